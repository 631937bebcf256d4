/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage`: what concerns the stores as a whole. Opens them and hands over to the action. Main thread.
 */
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include "postprocess/cmd_storage.h"

static const struct { const char *name; storage_action_h *run; bool without; } actions[] = {     /* without: any store */
	{ "setup", storage_setup, false }, { "check", storage_check_action, false }, { "rekey", storage_rekey, false }, { "forget", storage_forget, true },
};

int cmd_storage(struct app *a)
{
	struct stores *stores = NULL;
	char why[256];
	int code = app_settings(a), err;
	size_t action = 0;

	if (code)
		return code;
	while (action + 1 < G_N_ELEMENTS(actions) && strcmp(a->o.args[0], actions[action].name))
		action++;
	if (actions[action].without)
		return actions[action].run(a, NULL);
	if (!a->settings->nstorages)
		return app_fail(a, EXIT_NOT_FOUND, "the configuration has no storage");
	err = stores_open(&stores, a->settings, why, sizeof(why));
	if (err)
		return app_fail(a, app_exit_code(err), "%s", why);
	code = actions[action].run(a, stores);
	stores_unref(&stores);
	return code;
}

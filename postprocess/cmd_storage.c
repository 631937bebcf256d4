/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage`: what concerns the stores as a whole. Opens them and hands over to the action. Main thread.
 */
#include <glib.h>
#include <string.h>
#include "postprocess/cmd_storage.h"

static const struct { const char *name; storage_action_h *run; } actions[] = {
	{ "setup", storage_setup }, { "check", storage_check_action }, { "rekey", storage_rekey },
};

int cmd_storage(struct app *a)
{
	struct stores *stores = NULL;
	char why[256];
	int code = app_settings(a), err;

	if (code)
		return code;
	if (!a->settings->nstorages)
		return app_fail(a, EXIT_NOT_FOUND, "the configuration has no storage");
	err = stores_open(&stores, a->settings, why, sizeof(why));
	if (err)
		return app_fail(a, app_exit_code(err), "%s", why);
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
		if (!strcmp(a->o.args[0], actions[i].name))
			code = actions[i].run(a, stores);
	stores_unref(&stores);
	return code;
}

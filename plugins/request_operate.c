/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests of operators: over Janus' Admin API, and the reload also by who has the server's key.
 */
#include "plugins/meter.h"
#include "plugins/reload.h"
#include "plugins/request.h"

static enum app_error on_metrics(struct request *r)
{
	char *text = meter_text();

	r->reply = json_pack("{ss ss}", "recroom", "metrics", "text", text);
	g_free(text);
	return r->reply ? APP_OK : APP_INTERNAL;
}

static enum app_error on_reload(struct request *r)
{
	enum app_error err = request_check_key(r, NULL);

	return err ? err : request_query(r, reload);
}

static const struct json_param reload_params[] = { { "admin_key", P_STRING, 0, 256 }, { NULL, P_STRING, 0, 0 } };

const struct request_row request_operators[] = {
	{ "metrics", NULL, WHO_ADMIN, 0, on_metrics },
	{ "reload", reload_params, WHO_KEY, 0, on_reload },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};

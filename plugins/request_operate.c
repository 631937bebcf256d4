/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests of operators, over Janus' Admin API alone.
 */
#include "plugins/meter.h"
#include "plugins/request.h"

static enum app_error on_metrics(struct request *r)
{
	char *text = meter_text();

	r->reply = json_pack("{ss ss}", "recroom", "metrics", "text", text);
	g_free(text);
	return r->reply ? APP_OK : APP_INTERNAL;
}

const struct request_row request_operators[] = {
	{ "metrics", NULL, WHO_ADMIN, 0, on_metrics },
	{ NULL, NULL, WHO_NOBODY, 0, NULL },
};

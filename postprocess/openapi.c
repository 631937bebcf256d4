/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The description of REST, for programs that make clients of it. HTTP threads.
 */
#include <glib.h>
#include "postprocess/openapi.h"
#include "postprocess/service.h"

enum app_error page_openapi(struct http_request *rq, struct http_reply *rp)
{
	GString *text = g_string_new(NULL);
	gsize size;
	char *whole;

	(void)rq;
	for (const char *const *line = openapi_lines; *line; line++)
		g_string_append(text, *line);
	size = text->len;
	whole = g_string_free(text, FALSE);
	rp->status = MHD_HTTP_OK;
	rp->response = MHD_create_response_from_buffer_with_free_callback(size, whole, g_free);
	if (!rp->response) {
		g_free(whole);
		return APP_INTERNAL;
	}
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, "application/yaml");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
	return APP_OK;
}

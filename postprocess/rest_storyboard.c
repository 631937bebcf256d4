/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A storyboard's index over a signed link. Called by rest_file() on HTTP threads.
 *
 * A player that was given a link to the index fetches the sheet by the name that stands in it, and cannot sign that: so the name gets a signature here, good as
 * long as the one the index was asked for with.
 */
#include <glib.h>
#include <string.h>
#include <unistd.h>
#include "common/json.h"
#include "postprocess/files.h"
#include "postprocess/service.h"
#include "postprocess/view.h"

enum { INDEX_MAX = 1 << 16 };

static bool is_kind(json_t *file, const char *kind)
{
	const char *is = json_str(file, "kind");

	return is && !strcmp(is, kind);
}

bool rest_storyboard_applies(struct http_request *rq, json_t *file)
{
	return is_kind(file, "storyboard_index") && http_query(rq, "sig");
}

/** All of a small file. */
static char *read_all(const struct file_reply_conf *conf)
{
	size_t size = (size_t)conf->st.st_size;
	char *text = conf->st.st_size >= 0 && size <= INDEX_MAX ? g_malloc0(size + 1) : NULL;

	if (text && pread(conf->fd, text, size, 0) != (ssize_t)size)
		g_clear_pointer(&text, g_free);
	return text;
}

/** The sheet that belongs to an index: the same name with another ending, and in the catalog; NULL if there is none. */
static char *sheet_of(json_t *row, const char *index)
{
	g_autofree char *name = g_strndup(index, strlen(index) - strlen(".vtt")), *sheet = g_strconcat(name, ".jpg", NULL);
	json_t *file = view_file(row, sheet);

	return file && is_kind(file, "storyboard") ? g_steal_pointer(&sheet) : NULL;
}

enum app_error rest_storyboard(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file, const struct file_reply_conf *conf)
{
	const struct service *svc = rq->ctx;
	const char *name = json_str(file, "name");
	g_autofree char *text = read_all(conf), *sheet = g_str_has_suffix(name, ".vtt") ? sheet_of(row, name) : NULL, *base = NULL, *path = NULL, *plain = NULL, *linked = NULL;
	gint64 exp_s = g_ascii_strtoll(http_query(rq, "exp"), NULL, 10);
	GString *out;
	char sig[65];

	close(conf->fd);
	if (!text || !sheet)
		return APP_NOT_FOUND;
	base = g_path_get_basename(sheet);
	path = g_strdup_printf("/recording/%s/files/%s", json_str(row, "id"), sheet);
	url_sign(sig, svc->keys, path, exp_s);
	plain = g_strconcat(base, "#xywh=", NULL);
	linked = g_strdup_printf("%s?exp=%lld&sig=%s#xywh=", base, (long long)exp_s, sig);
	out = g_string_new(text);
	g_string_replace(out, plain, linked, 0);
	rp->status = MHD_HTTP_OK;
	rp->response = MHD_create_response_from_buffer(out->len, out->str, MHD_RESPMEM_MUST_COPY);
	g_string_free(out, TRUE);
	if (!rp->response)
		return APP_INTERNAL;
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, "text/vtt");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-cache");
	return APP_OK;
}

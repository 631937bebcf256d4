/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Catalog rows to REST objects. Called by rest.c on HTTP threads.
 */
#include <glib.h>
#include <string.h>
#include "common/disposition.h"
#include "common/json.h"
#include "postprocess/delivery.h"
#include "postprocess/view.h"

static json_t *str_or_null(const char *s)
{
	return s && *s ? json_string(s) : json_null();
}

static bool output_done(json_t *output)
{
	const char *state = json_str(output, "state");

	return state && !strcmp(state, "done");
}

/* The first finished output, borrowed, or NULL. */
static json_t *primary_output(json_t *row)
{
	size_t i;
	json_t *output;

	json_array_foreach(json_object_get(row, "outputs"), i, output)
		if (output_done(output))
			return output;
	return NULL;
}

static json_t *file_of_kind(json_t *output, const char *kind)
{
	size_t i;
	json_t *file;

	json_array_foreach(json_object_get(output, "files"), i, file)
		if (json_str(file, "kind") && json_str(file, "name") && !strcmp(json_str(file, "kind"), kind))
			return file;
	return NULL;
}

json_t *view_file(json_t *row, const char *name)
{
	size_t i, k;
	json_t *output, *file;

	json_array_foreach(json_object_get(row, "outputs"), i, output) {
		if (!output_done(output))
			continue;
		json_array_foreach(json_object_get(output, "files"), k, file)
			if (json_str(file, "name") && !strcmp(json_str(file, "name"), name))
				return file;
	}
	return NULL;
}

const char *view_ending(json_t *row, const char *name)
{
	const char *base = strrchr(name, '/'), *dot, *found = NULL;
	json_t *p;
	size_t i;

	base = base ? base + 1 : name;
	dot = strrchr(base, '.');
	json_array_foreach(json_object_get(row, "participants"), i, p) {
		g_autofree char *part = g_strdup_printf("-%s", json_str(p, "id") ? json_str(p, "id") : "");
		const char *at = part[1] ? strstr(base, part) : NULL;

		if (at && strchr(".-", at[strlen(part)]))
			found = at;
	}
	return found ? found : dot ? dot : "";
}

static json_t *view_participants(json_t *row, bool full)
{
	json_t *list = json_array(), *p;
	size_t i;

	json_array_foreach(json_object_get(row, "participants"), i, p) {
		json_t *o = json_pack("{s:o,s:o}", "id", str_or_null(json_str(p, "id")), "name", str_or_null(json_str(p, "name")));

		if (full) {
			json_object_set_new(o, "role", str_or_null(json_str(p, "role")));
			json_object_set_new(o, "consent", str_or_null(json_str(p, "consent")));
		}
		json_array_append_new(list, o);
	}
	return list;
}

/* How far an open job is; of one that has no more than begun, that it waits. */
static json_t *view_progress(json_t *job)
{
	const char *stage = json_str(job, "stage"), *state = json_str(job, "state");
	static const char *const open[] = { "queued", "running", "retrying", NULL };

	if (!state || !g_strv_contains(open, state))
		return json_null();
	return json_pack("{s:s,s:I,s:I,s:I}", "stage", stage && *stage ? stage : "waiting", "percent", (json_int_t)json_num(job, "percent", 0), "etaMs",
			 (json_int_t)(stage && *stage ? json_num(job, "eta_ms", -1) : -1), "lagMs", (json_int_t)json_num(job, "lag_ms", 0));
}

/* Steps of a quarter of the time to live: a list asked for every second keeps its links, and the browser its pictures. */
static int64_t expiry(const struct view *v)
{
	int64_t step = MAX(v->ttl_s / 4, 1);

	return (v->now_s + v->ttl_s) / step * step;
}

static void put(json_t *r, const char *member, json_t *url, int64_t exp_s)
{
	json_object_set_new(r, member, url);
	json_object_set_new(r, "expiresAt", json_integer(exp_s * 1000));
}

/* One of ours: a path of this server. */
static void put_url(json_t *r, const struct view *v, const char *member, const char *id, const char *name, const char *more)
{
	char *path = g_strdup_printf("/recording/%s/files/%s", id, name), sig[65];
	int64_t exp_s = expiry(v);

	url_sign(sig, v->keys, path, exp_s);
	put(r, member, json_sprintf("%s?exp=%lld&sig=%s%s", path, (long long)exp_s, sig, more), exp_s);
	g_free(path);
}

/* The store's, if it has a copy that others can read. Links are kept as ours are: made anew for each quarter of their time. */
static bool put_store_url(json_t *r, const struct view *v, const char *member, json_t *file, const char *disposition)
{
	struct delivery_ask ask = { .method = "GET", .disposition = disposition, .mime = json_str(file, "mime"), .exp_s = expiry(v), .ttl_s = v->ttl_s };
	struct delivery_copy copy;
	char *url = NULL;

	if (!delivery_find(v->delivery, file, &copy) || delivery_url(v->delivery, &copy, &ask, &url))
		return false;
	put(r, member, json_string(url), ask.exp_s);
	g_free(url);
	return true;
}

static char *save_as(json_t *row, const struct view *v, const char *name)
{
	char *file_name = disposition_name(json_str(row, "title"), json_num(row, "started_ms", 0), v->time_zone, view_ending(row, name)), *value;

	value = disposition_value("attachment", file_name);
	g_free(file_name);
	return value;
}

/* To be saved, under its name. */
static void put_download(json_t *r, const struct view *v, json_t *row, json_t *file)
{
	char *disposition = save_as(row, v, json_str(file, "name"));

	if (!put_store_url(r, v, "downloadUrl", file, disposition))
		put_url(r, v, "downloadUrl", json_str(row, "id"), json_str(file, "name"), "&download=1");
	g_free(disposition);
}

static void put_media(json_t *r, const struct view *v, json_t *row, json_t *file)
{
	if (!put_store_url(r, v, "url", file, NULL))
		put_url(r, v, "url", json_str(row, "id"), json_str(file, "name"), "");
	put_download(r, v, row, file);
}

/* What a page's script reads comes from us always: from another origin it would have to be allowed there. */
static void put_urls(json_t *r, const struct view *v, json_t *row, json_t *output)
{
	static const struct { const char *kind, *member; } beside[] = {
		{ "captions", "captionsUrl" }, { "chapters", "chaptersUrl" }, { "storyboard_index", "storyboardUrl" },
	};
	json_t *media = file_of_kind(output, "media"), *thumbnail = file_of_kind(output, "thumbnail");
	const char *id = json_str(row, "id");

	if (media)
		put_media(r, v, row, media);
	if (thumbnail && !put_store_url(r, v, "thumbnailUrl", thumbnail, NULL))
		put_url(r, v, "thumbnailUrl", id, json_str(thumbnail, "name"), "");
	for (size_t i = 0; i < G_N_ELEMENTS(beside); i++)
		if (file_of_kind(output, beside[i].kind))
			put_url(r, v, beside[i].member, id, json_str(file_of_kind(output, beside[i].kind), "name"), "");
}

/* Of an output of several files each has a link of its own. */
static json_t *view_files(json_t *row, json_t *output, const struct view *v)
{
	static const char *const saved[] = { "media", "participant", NULL };
	json_t *list = json_array(), *file;
	size_t i;

	json_array_foreach(json_object_get(output, "files"), i, file) {
		const char *name = json_str(file, "name"), *kind = json_str(file, "kind");
		json_t *o = json_pack("{s:o,s:o,s:o,s:I,s:o}", "name", str_or_null(name), "kind", str_or_null(kind), "mime", str_or_null(json_str(file, "mime")), "size",
				      (json_int_t)json_num(file, "size", 0), "sha256", str_or_null(json_str(file, "sha256")));

		if (v->urls && output_done(output) && name && kind && g_strv_contains(saved, kind))
			put_download(o, v, row, file);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *view_output(json_t *row, json_t *output, const struct view *v)
{
	json_t *spec = json_object_get(output, "spec"), *o;

	o = json_pack("{s:I,s:o,s:o,s:I,s:I,s:o,s:o}", "outputId", (json_int_t)json_num(output, "id", 0), "state", str_or_null(json_str(output, "state")), "mime",
		      str_or_null(json_str(output, "mime")), "size", (json_int_t)json_num(output, "size", 0), "duration",
		      (json_int_t)json_num(output, "duration_ms", 0), "reason", str_or_null(json_str(output, "reason")), "files", view_files(row, output, v));
	json_object_set_new(o, "spec", json_is_object(spec) ? json_incref(spec) : json_null());
	json_object_set_new(o, "progress", view_progress(json_object_get(output, "job")));
	if (v->urls && output_done(output))
		put_urls(o, v, row, output);
	return o;
}

static json_t *view_outputs(json_t *row, const struct view *v)
{
	json_t *list = json_array(), *o;
	size_t i;

	json_array_foreach(json_object_get(row, "outputs"), i, o)
		json_array_append_new(list, view_output(row, o, v));
	return list;
}

bool view_has_urls(json_t *r)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(r, "outputs"), i, o)
		if (json_object_get(o, "expiresAt"))
			return true;
	return json_object_get(r, "expiresAt") != NULL;
}

/* Until when it is kept; null: for ever, or not known yet. */
static void put_times(json_t *r, json_t *row)
{
	bool gone = json_num(row, "chunks_gone_ms", 0) != 0;
	int64_t originals_ms = json_num(row, gone ? "chunks_gone_ms" : "chunks_until_ms", 0), ms = json_num(row, "keep_until_ms", 0);

	json_object_set_new(r, "keepUntil", ms ? json_integer(ms) : json_null());
	json_object_set_new(r, "originalsUntil", originals_ms ? json_integer(originals_ms) : json_null());
}

json_t *view_recording(json_t *row, const struct view *v)
{
	json_t *output = primary_output(row), *flags = json_object_get(row, "flags"), *r;
	const char *status = json_str(row, "status");

	r = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "recordingId", str_or_null(json_str(row, "id")), "roomId", str_or_null(json_str(row, "room")),
		      "callId", str_or_null(json_str(row, "call_id")), "title", str_or_null(json_str(row, "title")), "status", str_or_null(status),
		      "flags", json_is_array(flags) ? json_incref(flags) : json_array());
	json_object_set_new(r, "startedAt", json_integer(json_num(row, "started_ms", 0)));
	json_object_set_new(r, "duration", json_integer(json_num(row, "duration_ms", 0)));
	json_object_set_new(r, "elapsed", json_integer(json_num(row, "elapsed_ms", 0)));
	json_object_set_new(r, "size", json_integer(json_num(output, "size", json_num(row, "bytes", 0))));
	json_object_set_new(r, "chainHash", str_or_null(json_str(row, "chain_hash")));
	if (json_str(row, "continues"))
		json_object_set_new(r, "continues", json_string(json_str(row, "continues")));
	json_object_set_new(r, "participants", view_participants(row, v->full));
	json_object_set_new(r, "progress", view_progress(json_object_get(row, "job")));
	json_object_set_new(r, "reason", str_or_null(json_str(row, "reason")));
	put_times(r, row);
	if (v->full)
		json_object_set_new(r, "outputs", view_outputs(row, v));
	if (v->urls && output && status && !strcmp(status, "completed"))
		put_urls(r, v, row, output);
	return r;
}

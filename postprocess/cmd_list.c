/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp list`, `show` and `delete`: what the catalog knows, read and marked by hand. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/avinfo.h"
#include "postprocess/cmd.h"
#include "postprocess/text.h"

enum { PAGE = 100 };

/* Size of the first finished output, or of what was captured. */
static int64_t size_of(json_t *row)
{
	size_t i;
	json_t *output;

	json_array_foreach(json_object_get(row, "outputs"), i, output)
		if (json_num(output, "size", 0) > 0)
			return json_num(output, "size", 0);
	return json_num(row, "bytes", 0);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* The stores that have all of its first finished output, with commas; g_free(). */
static char *stores_of(json_t *row)
{
	json_t *files = json_object_get(json_array_get(json_object_get(row, "outputs"), 0), "files"), *copy;
	GString *names = g_string_new(NULL);
	size_t i;

	json_array_foreach(json_object_get(json_array_get(files, 0), "copies"), i, copy)
		if (!g_strcmp0(json_str(copy, "state"), "verified"))
			g_string_append_printf(names, "%s%s", names->len ? "," : "", json_str(copy, "store"));
	return g_string_free(names, FALSE);
}

/* Where it is besides here, and how long */
static void print_where(json_t *row)
{
	g_autofree char *stores = stores_of(row);
	char t[TEXT_SIZE];

	if (*stores)
		printf("  [%s]", stores);
	if (json_num(row, "held", 0))
		printf("  [held]");
	else if (json_num(row, "keep_until_ms", 0))
		printf("  [until %s]", text_time(t, json_num(row, "keep_until_ms", 0)));
	printf("\n");
}

static void print_row(json_t *row)
{
	char t[TEXT_SIZE], d[TEXT_SIZE], b[TEXT_SIZE];

	printf("%-44s  %-10s  %s  %8s  %9s  %s", or_empty(json_str(row, "id")), or_empty(json_str(row, "status")),
	       text_time(t, json_num(row, "started_ms", 0)), text_duration(d, json_num(row, "duration_ms", 0)), text_bytes(b, size_of(row)),
	       or_empty(json_str(row, "title")));
	print_where(row);
}

/* One page of the list; *left counts down. Empties next[] when no more is wanted. */
static void put_page(struct app *a, json_t *rows, int *left, char *next)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row) {
		if (*left == 0)
			break;
		if (a->o.json)
			app_json("recording", json_incref(row));
		else
			print_row(row);
		--*left;
	}
	if (*left == 0)
		next[0] = '\0';
}

int cmd_list(struct app *a)
{
	struct catalog_filter f = { .room = a->o.room, .status = a->o.status, .page_size = PAGE };
	int limit = a->o.limit ? a->o.limit : INT32_MAX, left = limit, err, code = app_catalog(a, false);
	char token[128], next[128] = "";

	if (code)
		return code;
	do {
		json_t *rows = NULL;

		memcpy(token, next, sizeof(token));
		f.page_token = token[0] ? token : NULL;
		err = catalog_recording_list(a->catalog, &f, &rows, next);
		if (err < 0)
			return app_fail(a, app_exit_code(err), "cannot list recordings: %s", err_str(err));
		put_page(a, rows, &left, next);
		json_decref(rows);
	} while (next[0]);
	if (left == limit && !a->o.json && !a->o.quiet)
		fprintf(stderr, "There are no recordings.\n");
	return app_done(a, json_pack("{s:i}", "recordings", limit - left));
}

/* The recording named on the command line into *row, or the exit code. */
static int get_row(struct app *a, json_t **row)
{
	const char *id = a->o.args[0];
	int code, err;

	if (!recording_id_valid(id))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no recording id", id);
	code = app_catalog(a, false);
	if (code)
		return code;
	err = catalog_recording_get(a->catalog, id, row);
	if (err == -ENOENT)
		return app_fail(a, EXIT_NOT_FOUND, "there is no recording %s", id);
	return err ? app_fail(a, app_exit_code(err), "cannot read the catalog: %s", err_str(err)) : EXIT_DONE;
}

static void print_people(json_t *row)
{
	size_t i;
	json_t *p;

	json_array_foreach(json_object_get(row, "participants"), i, p)
		printf("participant  %s  %s (%s)\n", or_empty(json_str(p, "id")), or_empty(json_str(p, "name")), or_empty(json_str(p, "role")));
}

/* A finished output gets its streams, as they are in the file. */
static void add_streams(struct app *a, json_t *row)
{
	size_t i;
	json_t *output;

	avinfo_log();
	json_array_foreach(json_object_get(row, "outputs"), i, output) {
		char *path = g_strdup_printf("%s/%s", a->settings->recordings, or_empty(json_str(output, "path")));

		if (json_str(output, "path"))
			json_object_set_new(output, "streams", avinfo_streams(path));
		g_free(path);
	}
}

static void print_stream(json_t *s)
{
	const char *kind = or_empty(json_str(s, "kind"));

	printf("stream       %s  %s", kind, or_empty(json_str(s, "codec")));
	if (!strcmp(kind, "video"))
		printf("  %lldx%lld  %.3g fps", (long long)json_num(s, "width", 0), (long long)json_num(s, "height", 0),
		       json_real_value(json_object_get(s, "fps")));
	if (!strcmp(kind, "audio"))
		printf("  %lld Hz  %lld channels", (long long)json_num(s, "rate_hz", 0), (long long)json_num(s, "channels", 0));
	printf("\n");
}

static void print_copies(json_t *file)
{
	char b[TEXT_SIZE];
	json_t *copy;
	size_t i;

	json_array_foreach(json_object_get(file, "copies"), i, copy)
		printf("copy         %s:%s  %s  %s%s%s\n", or_empty(json_str(copy, "store")), or_empty(json_str(copy, "key")), or_empty(json_str(copy, "state")),
		       text_bytes(b, json_num(copy, "size", 0)), json_str(copy, "reason") ? "  " : "", or_empty(json_str(copy, "reason")));
}

static void print_output(struct app *a, json_t *row, json_t *output)
{
	char b[TEXT_SIZE], d[TEXT_SIZE];
	size_t i;
	json_t *o;

	printf("output       %lld  %s  %s  %s%s%s\n", (long long)json_num(output, "id", 0), or_empty(json_str(output, "state")),
	       text_duration(d, json_num(output, "duration_ms", 0)), text_bytes(b, json_num(output, "size", 0)), json_str(output, "reason") ? "  " : "",
	       or_empty(json_str(output, "reason")));
	json_array_foreach(json_object_get(output, "files"), i, o) {
		printf("file         %s/%s/%s  %s\n", a->settings->recordings, or_empty(json_str(row, "id")), or_empty(json_str(o, "name")),
		       text_bytes(b, json_num(o, "size", 0)));
		print_copies(o);
	}
	json_array_foreach(json_object_get(output, "streams"), i, o)
		print_stream(o);
}

static void print_time(const char *what, json_t *row, const char *column)
{
	char t[TEXT_SIZE];

	if (json_num(row, column, 0))
		printf("%-12s %s UTC\n", what, text_time(t, json_num(row, column, 0)));
}

/* What keeps it, and how long */
static void print_kept(json_t *row)
{
	if (json_num(row, "held", 0))
		printf("held         %s\n", json_str(row, "held_reason") ? json_str(row, "held_reason") : "yes");
	print_time("kept until", row, "keep_until_ms");
	print_time(json_num(row, "chunks_gone_ms", 0) ? "originals, till" : "originals until", row, json_num(row, "chunks_gone_ms", 0) ? "chunks_gone_ms" : "chunks_until_ms");
	if (json_str(row, "backup"))
		printf("backup       %s\n", json_str(row, "backup"));
}

static void print_recording(struct app *a, json_t *row)
{
	char t[TEXT_SIZE], d[TEXT_SIZE];
	size_t i;
	json_t *o;

	printf("recording    %s\ndirectory    %s/%s\n", or_empty(json_str(row, "id")), a->settings->recordings, or_empty(json_str(row, "id")));
	if (*or_empty(json_str(row, "title")))
		printf("title        %s\n", json_str(row, "title"));
	printf("room         %s\ncall         %s\nstatus       %s%s%s\nstarted      %s UTC\nduration     %s\n", or_empty(json_str(row, "room")),
	       or_empty(json_str(row, "call_id")),
	       or_empty(json_str(row, "status")), json_str(row, "reason") ? ", " : "", or_empty(json_str(row, "reason")),
	       text_time(t, json_num(row, "started_ms", 0)), text_duration(d, json_num(row, "duration_ms", 0)));
	json_array_foreach(json_object_get(row, "flags"), i, o)
		printf("flag         %s\n", or_empty(json_string_value(o)));
	print_kept(row);
	o = json_object_get(row, "job");
	if (json_str(o, "state") && strcmp(json_str(o, "state"), "done"))
		printf("job          %s %s  %s %lld %%%s%s\n", or_empty(json_str(o, "kind")), or_empty(json_str(o, "state")), or_empty(json_str(o, "stage")),
		       (long long)json_num(o, "percent", 0), json_str(o, "reason") ? "  " : "", or_empty(json_str(o, "reason")));
	print_people(row);
	json_array_foreach(json_object_get(row, "outputs"), i, o)
		print_output(a, row, o);
}

int cmd_show(struct app *a)
{
	json_t *row = NULL;
	int code = get_row(a, &row);

	if (code)
		return code;
	add_streams(a, row);
	if (a->o.json)
		app_json("recording", json_incref(row));
	else
		print_recording(a, row);
	json_decref(row);
	return app_done(a, NULL);
}

int cmd_delete(struct app *a)
{
	json_t *row = NULL;
	const char *id = a->o.args[0];
	int code = get_row(a, &row), err;

	if (code)
		return code;
	if (a->o.dry_run && !a->o.json)
		print_recording(a, row);
	json_decref(row);
	err = a->o.dry_run ? 0 : catalog_recording_delete(a->catalog, id);
	if (err == -EPROTO)
		return app_fail(a, EXIT_LATER, "%s is being recorded; stop it first", id);
	if (err == -EPERM)
		return app_fail_with(a, EXIT_FAILED, json_pack("{s:s}", "code", "held"), "held: %s is held; \"recroom-pp hold %s --release\" first", id, id);
	if (err)
		return app_fail(a, app_exit_code(err), "cannot delete %s: %s", id, err_str(err));
	if (!a->o.dry_run)
		app_note(a, ACCESS_DELETED, id, NULL);
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, a->o.dry_run ? "Would delete this recording.\n" : "Deleting; a running recroom-pp serve removes the files.\n");
	return app_done(a, json_pack("{s:s,s:s,s:b}", "id", id, "status", "deleting", "dry_run", a->o.dry_run));
}

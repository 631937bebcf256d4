/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp hold` and `keep`: what of a recording stays, and how long. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_store.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/state_file.h"
#include "postprocess/text.h"

/* The catalog, and the id on the command line, or the exit code */
static int open_for(struct app *a)
{
	if (!recording_id_valid(a->o.args[0]))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no recording id", a->o.args[0]);
	return app_catalog(a, false);
}

static int change_failed(struct app *a, int err)
{
	const char *id = a->o.args[0];

	if (err == -ENOENT)
		return app_fail(a, EXIT_NOT_FOUND, "there is no recording %s", id);
	if (err == -EPROTO)
		return app_fail(a, EXIT_FAILED, "%s is being deleted", id);
	return app_fail(a, app_exit_code(err), "cannot change %s: %s", id, err_str(err));
}

int cmd_hold(struct app *a)
{
	bool held = !a->o.release;
	int code = open_for(a), err;

	if (code)
		return code;
	err = catalog_hold(a->catalog, a->o.args[0], held, a->o.reason);
	if (err)
		return change_failed(a, err);
	state_file_write(a->catalog, a->settings->recordings, a->o.args[0]);
	app_note(a, held ? ACCESS_HELD : ACCESS_RELEASED, a->o.args[0], NULL);
	if (!a->o.json && !a->o.quiet)
		fprintf(stderr, held ? "Held: nothing of it is removed until it is released.\n" : "Released.\n");
	return app_done(a, json_pack("{s:s,s:b,s:s?}", "id", a->o.args[0], "held", held, "reason", held ? a->o.reason : NULL));
}

/* "forever", a day, a point in time, or so long from now. */
static bool read_until(const char *text, bool *given, int64_t *out)
{
	g_autofree char *whole = g_strconcat(text ? text : "", text && strlen(text) == 10 && strchr(text, '-') ? "T00:00:00Z" : "", NULL);
	int64_t now_ms = clock_wall_ms(), since_ms;

	*given = text != NULL;
	*out = 0;
	if (!text || !strcmp(text, "forever"))
		return true;
	since_ms = text_since(whole, now_ms);
	*out = strchr(whole, 'T') ? since_ms : now_ms + (now_ms - since_ms);
	return since_ms > 0;
}

static void print_until(const char *what, bool given, int64_t ms)
{
	char t[TEXT_SIZE];

	if (given)
		fprintf(stderr, "%s kept %s%s.\n", what, ms ? "until " : "for ever", ms ? text_time(t, ms) : "");
}

int cmd_keep(struct app *a)
{
	struct catalog_keep k;
	int code, err;

	if (!read_until(a->o.until, &k.outputs, &k.keep_until_ms) || !read_until(a->o.chunks, &k.chunks, &k.chunks_until_ms) || (!k.outputs && !k.chunks))
		return app_fail(a, EXIT_USAGE, "keep wants --until or --chunks: 2027-01-31, 2027-01-31T18:00:00Z, 90d, or forever");
	code = open_for(a);
	if (code)
		return code;
	err = catalog_keep(a->catalog, a->o.args[0], &k);
	if (err)
		return change_failed(a, err);
	state_file_write(a->catalog, a->settings->recordings, a->o.args[0]);
	app_note(a, ACCESS_KEPT, a->o.args[0], NULL);
	if (!a->o.json && !a->o.quiet) {
		print_until("It is", k.outputs, k.keep_until_ms);
		print_until("Its originals are", k.chunks, k.chunks_until_ms);
	}
	return app_done(a, json_pack("{s:s,s:I,s:I}", "id", a->o.args[0], "keep_until_ms", (json_int_t)k.keep_until_ms, "chunks_until_ms",
				     (json_int_t)k.chunks_until_ms));
}

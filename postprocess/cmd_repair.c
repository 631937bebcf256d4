/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp repair DIR`: timeline and catalog rows from a recording's files. Main thread.
 */
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/avinfo.h"
#include "postprocess/cmd.h"
#include "postprocess/interrupt.h"
#include "postprocess/progress.h"
#include "postprocess/repair.h"
#include "postprocess/restore.h"
#include "postprocess/text.h"

enum { MIN_AGE_S = 60 };

static int on_progress(int64_t done, int64_t total, void *arg)
{
	int percent = total > 0 ? (int)MIN(100, (int)((double)done * 100 / (double)total)) : 0;

	progress_update(arg, "reading", percent, -1, clock_mono_us());
	return interrupt_signal();
}

/* Does the catalog of the configuration keep this directory? */
static bool is_ours(const struct app *a)
{
	g_autofree char *parent = g_path_get_dirname(a->o.args[0]);
	char *x = realpath(parent, NULL), *y = realpath(a->settings->recordings, NULL);
	bool same = x && y && !strcmp(x, y);

	free(x);
	free(y);
	return same;
}

/* 1 put in, 0 known, -ENOTSUP no catalog is asked for; *code is set when it failed, and why was said. */
static int put_rows(struct app *a, const struct repair_result *r, int *code)
{
	int put;

	*code = app_settings(a);
	if (*code || (!a->o.catalog && !is_ours(a)))
		return -ENOTSUP;
	if (a->o.catalog) {
		g_free(a->settings->catalog);
		a->settings->catalog = g_strdup(a->o.catalog);
	}
	*code = app_catalog(a, true);
	if (*code)
		return -ENOTSUP;
	put = restore_rows(a->catalog, a->o.args[0], a->settings->host_id, r);
	if (put < 0)
		*code = app_fail(a, app_exit_code(put), "the catalog could not be completed: %s", err_str(put));
	return put;
}

static json_t *result_json(const struct repair_result *r, int put)
{
	json_t *flags = json_loads(r->flags, 0, NULL);
	json_t *o = json_pack("{s:s,s:b,s:s,s:s,s:I,s:i,s:i,s:i,s:i}", "recording", r->id, "sound", r->sound, "chain_hash", r->chain, "kept_as", r->kept_as,
			      "duration_ms", (json_int_t)r->duration_ms, "chunks", (int)r->chunks, "made", (int)r->made, "altered", (int)r->altered,
			      "missing", (int)r->missing);

	json_object_update_new(o, json_pack("{s:i,s:i,s:i,s:i,s:s}", "unreadable", (int)r->unreadable, "adopted", (int)r->adopted, "lines_kept",
					    (int)r->lines_kept, "lines_lost", (int)r->lines_lost, "catalog", put > 0 ? "restored" : put == 0 ? "known" : "untouched"));
	json_object_update_new(o, json_pack("{s:I,s:I,s:I,s:i,s:o,s:s}", "started_ms", (json_int_t)r->started_ms, "elapsed_ms", (json_int_t)r->elapsed_ms, "bytes",
					    (json_int_t)r->bytes, "tracks", r->tracks, "flags", flags ? flags : json_array(), "reason", r->reason));
	return o;
}

static void print_result(const struct app *a, const struct repair_result *r, int put)
{
	char d[TEXT_SIZE];

	if (r->sound)
		printf("%s is sound: nothing was repaired\n", r->id);
	else
		printf("%s: %s%u chunks, %s; lines made for %u, changed for %u, missing %u, not to be read %u, temporary files taken %u; %u other lines kept, %u lost\n",
		       r->id, a->o.dry_run ? "it would be: " : "", r->chunks, text_duration(d, r->duration_ms), r->made, r->altered, r->missing, r->unreadable,
		       r->adopted, r->lines_kept, r->lines_lost);
	if (!r->sound && r->kept_as[0] && !a->o.dry_run)
		printf("the old timeline is %s\n", r->kept_as);
	if (put > 0)
		printf("the catalog knows it again\n");
	if (!r->sound && !a->o.dry_run)
		printf("chain hash %s\n", r->chain);
}

static int report_failure(struct app *a, int err)
{
	const char *dir = a->o.args[0];

	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted; the timeline is as it was");
	if (err == -EBUSY)
		return app_fail(a, EXIT_LATER, "%s was written to in the last %d s: it seems to be recorded right now", dir, MIN_AGE_S);
	if (err == -ENOENT || err == -ENOTDIR)
		return app_fail(a, EXIT_NOT_FOUND, "there is no directory %s", dir);
	if (err == -ENODATA)
		return app_fail(a, EXIT_NOT_FOUND, "%s holds nothing a recording can be made of", dir);
	if (err == -EPROTO)
		return app_fail(a, EXIT_FAILED, "%s was written by a newer version", dir);
	return app_fail(a, app_exit_code(err), "%s: %s", dir, err_str(err));
}

int cmd_repair(struct app *a)
{
	struct progress progress;
	struct repair_conf conf = { .dir = a->o.args[0], .dry_run = a->o.dry_run, .min_age_s = MIN_AGE_S, .progress = on_progress, .arg = &progress };
	struct repair_result r;
	int err, code = 0, put = -ENOTSUP;

	interrupt_catch();
	avinfo_log();
	progress_init(&progress, &a->o, stderr, 0, clock_mono_us());
	err = repair(&conf, &r);
	progress_end(&progress);
	if (err)
		return report_failure(a, err);
	if (!a->o.dry_run)
		put = put_rows(a, &r, &code);
	if (code)
		return code;
	if (!a->o.json)
		print_result(a, &r, put);
	return app_done(a, result_json(&r, put));
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What compose, recompose and erase have in common. Main thread, which is compose()'s calling thread.
 *
 *	lock, shared ─▶ compose() ─▶ progress: shown │ told to the catalog │ Ctrl-C or cancelled: give up ─▶ job done, failed, cancelled
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/child.h"
#include "postprocess/composing.h"
#include "postprocess/dirlock.h"
#include "postprocess/interrupt.h"
#include "postprocess/model_select.h"
#include "postprocess/text.h"

enum { TELL_US = 500000 };

char *composing_output(const struct output_spec *spec, int number)
{
	char name[96];

	if (number <= 1)
		return g_strdup("output");
	output_spec_name(spec, number, name, sizeof(name));
	return g_strconcat("outputs/", name, NULL);
}

static bool same_file(const char *x, const char *y)
{
	struct stat a, b;

	return stat(x, &a) == 0 && stat(y, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool composing_known(struct app *a, const char *dir, char id[ID_SIZE])
{
	g_autofree char *absolute = g_canonicalize_filename(dir, NULL), *parent = g_path_get_dirname(absolute), *name = g_path_get_basename(absolute);
	json_t *row = NULL;

	if (app_settings(a) || !recording_id_valid(name) || !same_file(parent, a->settings->recordings) || !app_catalog_there(a))
		return false;
	if (app_catalog(a, false) || catalog_recording_get(a->catalog, name, &row))
		return false;
	json_decref(row);
	g_strlcpy(id, name, ID_SIZE);
	return true;
}

int composing_originals_gone(struct app *a, const char *dir)
{
	return app_fail_with(a, EXIT_NOT_FOUND, json_pack("{s:s}", "code", "originals_gone"),
			     "originals_gone: the chunks of %s are no longer kept, so nothing new can be made of them", dir);
}

const char *composing_worker(struct composing *c)
{
	int err = c->hand ? 0 : hand_create(&c->hand, c->app->catalog, c->app->settings->host_id);

	if (err)
		app_fail(c->app, app_exit_code(err), "the catalog does not take the order: %s", err_str(err));
	return err ? NULL : hand_name(c->hand);
}

void composing_end(struct composing *c)
{
	hand_unref(&c->hand);
}

/* ---- the job ---- */

static void tell(struct composing *c, const struct compose_progress *now, int64_t now_us)
{
	int err = 0;

	if (!c->job.id || c->lost)
		return;
	if (now_us - c->told_us >= TELL_US) {
		c->told_us = now_us;
		err = catalog_job_progress(c->app->catalog, c->job.id, hand_name(c->hand),
					   &(struct catalog_progress){ now->stage, now->percent, now->eta_ms, MAX(now->lag_ms, 0) });
	}
	c->lost = err == -EPROTO;
}

static int on_progress(const struct compose_progress *now, void *arg)
{
	struct composing *c = arg;
	int64_t now_us = clock_mono_us();

	c->progress.lag_ms = now->lag_ms;
	progress_update(&c->progress, now->stage, now->percent, now->eta_ms, now_us);
	tell(c, now, now_us);
	return c->lost ? SIGTERM : interrupt_signal();
}

/* Whoever started us knows whether the output is still ours to be made: a line there and one back, or the end of the input. */
static bool ask(void)
{
	char answer[8] = "";

	app_json("ready", NULL);
	return fgets(answer, sizeof(answer), stdin) && !strcmp(answer, CHILD_GO);
}

/* The last look before anything gets its name. */
static int on_claim(void *arg)
{
	struct composing *c = arg;

	if (c->app->o.ask)
		c->lost = !ask();
	else if (c->job.id && !c->lost)
		c->lost = catalog_job_check(c->app->catalog, c->job.id, hand_name(c->hand)) == -EPROTO;
	return c->lost ? SIGTERM : 0;
}

static void job_done(struct composing *c)
{
	const struct compose_result *r = &c->result;
	struct catalog_file files[COMPOSE_FILES_MAX];
	struct catalog_result done = { .size = r->size, .duration_ms = r->duration_ms, .files = files, .nfiles = (size_t)r->nfiles };
	json_t *json = output_spec_json(&c->conf.spec);
	char *spec = json_dumps(json, JSON_COMPACT);
	g_autofree char *path = g_strdup_printf("%s/%s", c->job.recording, r->nfiles ? r->files[0].name : "");
	int err;

	for (int i = 0; i < r->nfiles; i++)
		files[i] = (struct catalog_file){ r->files[i].kind, r->files[i].name, r->files[i].mime, r->files[i].sha256, r->files[i].size };
	done.spec = spec;
	done.path = path;
	done.mime = r->nfiles ? r->files[0].mime : "";
	err = catalog_job_done(c->app->catalog, c->job.id, hand_name(c->hand), &done);
	if (err)
		log_warn("%s is made, but not written to the catalog: %s", path, err_str(err));
	free(spec);
	json_decref(json);
}

static void end_job(struct composing *c, int err)
{
	const char *why = c->result.why[0] ? c->result.why : err_str(err);

	if (!c->job.id || c->lost)
		return;
	if (!err)
		job_done(c);
	else if (err == -ECANCELED)
		catalog_output_cancel(c->app->catalog, c->job.recording, c->job.output);
	else
		catalog_job_failed(c->app->catalog, c->job.id, hand_name(c->hand), why, 0, 1, true);
}

/* ---- the command ---- */

/* How long it will be, for the speed; composing itself says what is wrong with a directory. */
static int64_t length(const struct compose_conf *conf)
{
	struct model *m = NULL;
	int64_t ms = 0;

	if (!conf->follow && model_load(&m, conf->dir) == 0 && model_select(m, &conf->spec) == 0)
		ms = m->duration_ms;
	model_unref(&m);
	return ms;
}

int composing_run(struct composing *c)
{
	int lock = dirlock_take(c->conf.dir, false), err;

	if (lock == -EBUSY)
		return lock;
	c->told_us = clock_mono_us();
	c->conf.progress = on_progress;
	c->conf.claim = on_claim;
	c->conf.arg = c;
	progress_init(&c->progress, &c->app->o, stderr, length(&c->conf), clock_mono_us());
	err = compose(&c->conf, &c->result);
	progress_end(&c->progress);
	if (lock >= 0)
		close(lock);
	end_job(c, err);
	return err;
}

int composing_failed(struct composing *c, int err)
{
	struct app *a = c->app;

	if (err == -ECANCELED && c->lost)
		return app_fail(a, EXIT_FAILED, "cancelled; nothing was written");
	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted; nothing was written");
	if (err == -EBUSY && !c->result.why[0])
		return app_fail(a, EXIT_LATER, "somebody is being taken out of %s right now", c->conf.dir);
	if (err == -EEXIST)
		return app_fail(a, EXIT_FAILED, "%s has an output already; --overwrite replaces it", c->conf.dir);
	return app_fail(a, app_exit_code(err), "%s", c->result.why[0] ? c->result.why : err_str(err));
}

json_t *composing_json(const struct composing *c)
{
	const struct compose_result *r = &c->result;
	json_t *files = json_array();

	for (int i = 0; i < r->nfiles; i++)
		json_array_append_new(files, json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", r->files[i].kind, "name", r->files[i].name, "mime", r->files[i].mime,
						       "sha256", r->files[i].sha256, "size", (json_int_t)r->files[i].size));
	return json_pack("{s:s,s:o,s:I,s:I,s:I,s:o}", "dir", c->conf.dir, "files", files, "size", (json_int_t)r->size, "duration_ms",
			 (json_int_t)r->duration_ms, "wall_ms", (json_int_t)r->wall_ms, "spec", output_spec_json(&c->conf.spec));
}

void composing_print(const struct composing *c)
{
	const struct compose_result *r = &c->result;
	char d[TEXT_SIZE], b[TEXT_SIZE], w[TEXT_SIZE];

	for (int i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].kind, "media"))
			printf("%s/%s  %s  %s  made in %s\n", c->conf.dir, r->files[i].name, text_duration(d, r->duration_ms),
			       text_bytes(b, r->files[i].size), text_duration(w, r->wall_ms));
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp erase DIR --participant ID`: somebody out of a recording for good, and the first output made again without them. Main thread; by hand, or as
 * the child of an "erase" job (--no-compose: the catalog then queues the output again).
 *
 *	asked ─▶ catalog: shown no more ─▶ .erase.json: what to make again ─▶ erase() ─▶ catalog: gone ─▶ compose ─▶ .erase.json away
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/avinfo.h"
#include "postprocess/composing.h"
#include "postprocess/erase_private.h"
#include "postprocess/interrupt.h"
#include "postprocess/text.h"

enum { WAIT_US = 15000000, AGAIN_US = 100000, NOTE_MODE = 0640 };

struct taking {
	struct app *a;
	const char *dir, *who;
	struct composing c;            /* its job: of the erasing, then of the composing */
	struct erase_result r;
	struct progress progress;
	bool noted;                    /* by us, not by one that was interrupted */
	bool left;                     /* what stores have is left to a runner */
};

static int on_progress(int done, int total, void *arg)
{
	struct taking *t = arg;

	if (!done)
		progress_update(&t->progress, "erasing", 0, -1, clock_mono_us());
	(void)total;
	return interrupt_signal();
}

/* ---- before ---- */

static const char *name_of(json_t *people, const char *who)
{
	const char *name = json_str(json_object_get(json_object_get(people, "participants"), who), "name");

	return name && *name ? name : who;
}

static bool agreed(const struct taking *t)
{
	g_autofree char *path = g_build_filename(t->dir, "participants.json", NULL);
	json_t *people = json_load_file(path, 0, NULL);
	char answer[16] = "";

	fprintf(stderr, "This removes all chunks, the name and the chat lines of %s (%s) from %s, and every finished file that holds them, for good.\nGo on? [y/N] ", t->who,
		name_of(people, t->who), t->dir);
	json_decref(people);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int check(const struct taking *t)
{
	struct app *a = t->a;

	if (!t->who)
		return app_fail(a, EXIT_USAGE, "--participant is missing");
	if (!participant_id_valid(t->who))
		return app_fail(a, EXIT_USAGE, "\"%s\" is no participant's id; they are user1, user2, …", t->who);
	if (a->o.yes || a->o.dry_run)
		return EXIT_DONE;
	if (!isatty(STDIN_FILENO))
		return app_fail(a, EXIT_USAGE, "this cannot be undone: say --yes");
	return agreed(t) ? EXIT_DONE : app_fail(a, EXIT_FAILED, "nothing was done");
}

static json_t *first_output(json_t *metadata)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(metadata, "outputs"), i, o)
		if (json_num(o, "id", 1) == 1)
			return o;
	return NULL;
}

/* What the first output was, for the one that takes its place; noted, since it goes before that one is made. */
static int note_spec(struct taking *t)
{
	g_autofree char *note = g_build_filename(t->dir, ERASE_NOTE, NULL), *metadata = g_build_filename(t->dir, "metadata.json", NULL);
	json_t *was = json_load_file(note, 0, NULL), *spec;
	char why[256], *text;
	int err = 0;

	output_spec_default(&t->c.conf.spec, t->a->settings);
	t->noted = !was;
	if (!was)
		was = json_load_file(metadata, 0, NULL);
	spec = json_object_get(first_output(was), "spec");
	if (spec && output_spec_read(&t->c.conf.spec, spec, why, sizeof(why)))
		log_warn("%s: what the output was is not understood, it is made as the configuration says: %s", t->dir, why);
	json_decref(was);
	was = json_pack("{s:[{s:o}]}", "outputs", "spec", output_spec_json(&t->c.conf.spec));
	text = json_dumps(was, JSON_COMPACT);
	if (!t->a->o.dry_run && !t->a->o.no_compose)
		err = fs_write_atomic(t->dir, ERASE_NOTE, text, strlen(text), NOTE_MODE, 1);
	free(text);
	json_decref(was);
	return err;
}

static void drop_note(const struct taking *t)
{
	g_autofree char *note = g_build_filename(t->dir, ERASE_NOTE, NULL);

	unlink(note);
}

static int held(struct taking *t, const char *id)
{
	return app_fail_with(t->a, EXIT_LATER, json_pack("{s:s}", "code", "held"), "held: %s is held, nobody is taken out of it", id);
}

/* Also of an order that was given before it was held. */
static int refuse_held(struct taking *t, const char *id)
{
	json_t *row = NULL;
	int err = catalog_recording_get(t->a->catalog, id, &row);
	bool is_held = !err && json_num(row, "held", 0);

	json_decref(row);
	return is_held ? held(t, id) : EXIT_DONE;
}

/* The catalog shows the person no more, and has what is being made ended. */
static int tell_catalog(struct taking *t)
{
	const char *worker;
	char id[ID_SIZE];
	int err;

	if (t->a->o.dry_run || !composing_known(t->a, t->dir, id))
		return EXIT_DONE;
	if (t->a->o.no_compose)
		return refuse_held(t, id);
	worker = composing_worker(&t->c);
	if (!worker)
		return EXIT_FAILED;
	err = catalog_erase(t->a->catalog, id, t->who, worker, &t->c.job);
	if (err == -ENOENT)
		return EXIT_DONE;      /* whom the catalog does not know it does not show */
	if (err == -EPERM)
		return held(t, id);
	if (err == -EPROTO)
		return app_fail(t->a, EXIT_LATER, "%s is being recorded, or its job to take %s out runs already", id, t->who);
	if (err)
		return app_fail(t->a, app_exit_code(err), "the catalog does not take the order: %s", err_str(err));
	app_note(t->a, ACCESS_ERASED, id, t->who);
	return EXIT_DONE;
}

/* ---- erasing ---- */

/* What the catalog cancelled may need a moment to end. */
static int take_out(struct taking *t)
{
	struct erase_conf conf = { .dir = t->dir, .participant = t->who, .dry_run = t->a->o.dry_run, .progress = on_progress, .arg = t };
	int64_t until_us = clock_mono_us() + (t->c.job.id ? WAIT_US : 0);
	int err;

	while ((err = erase(&conf, &t->r)) == -EBUSY && clock_mono_us() < until_us && !interrupt_signal())
		g_usleep(AGAIN_US);
	progress_update(&t->progress, "erasing", err ? 0 : 100, 0, clock_mono_us());
	progress_end(&t->progress);
	return err;
}

static int report_failure(struct taking *t, int err)
{
	struct app *a = t->a;

	if (t->noted && err != -ECANCELED && !t->r.begun)
		drop_note(t);
	if (t->c.job.id)       /* a running service goes on with it */
		catalog_job_failed(a->catalog, t->c.job.id, hand_name(t->c.hand), t->r.why, 0, 1, false);
	if (err == -ECANCELED)
		return app_fail(a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "%s", t->r.why);
	return app_fail(a, err == -ENXIO ? EXIT_NOT_FOUND : app_exit_code(err), "%s", t->r.why[0] ? t->r.why : err_str(err));
}

/* ---- after ---- */

/* What stores may have of them a runner takes out, and has the output made again: the job is its. */
static bool in_stores(struct taking *t, const struct catalog_job *erasing)
{
	json_t *names = NULL;
	bool there = t->a->settings->nstorages > 0 || (!catalog_recording_stores(t->a->catalog, erasing->recording, false, &names) && json_array_size(names) > 0);

	json_decref(names);
	if (there && catalog_job_give(t->a->catalog, erasing->id, hand_name(t->c.hand)))
		log_warn("%s: the job to take %s out of the stores is not given back; it will be taken from us", erasing->recording, t->who);
	return there;
}

/* Whoever is first makes it: we, or a running service. False: it is not for us. */
static bool take_job(struct taking *t)
{
	struct catalog_job erasing = t->c.job;
	int err;

	if (!erasing.id)
		return t->r.primary_gone;
	t->c.job = (struct catalog_job){ 0 };
	if (in_stores(t, &erasing)) {
		t->left = true;
		return false;
	}
	err = catalog_job_erased(t->a->catalog, erasing.id, hand_name(t->c.hand));
	if (err)
		log_warn("%s: %s is taken out, but not written to the catalog: %s", erasing.recording, t->who, err_str(err));
	return !err && !catalog_output_take(t->a->catalog, erasing.recording, 1, hand_name(t->c.hand), &t->c.job);
}

static json_t *result_json(const struct taking *t, bool made)
{
	const struct erase_result *r = &t->r;
	json_t *o = json_pack("{s:s,s:s,s:b,s:b,s:i,s:I,s:b}", "recording", r->id, "participant", t->who, "dry_run", t->a->o.dry_run, "begun_before", r->begun_before,
			      "chunks", (int)r->chunks, "bytes", (json_int_t)r->bytes, "named", r->named);

	json_object_update_new(o, json_pack("{s:i,s:i,s:i}", "chat_lines", (int)r->chat_lines, "outputs", (int)r->outputs, "kept", (int)r->kept));
	json_object_set_new(o, "output", made ? composing_json(&t->c) : json_null());
	return o;
}

static void print_result(const struct taking *t)
{
	const struct erase_result *r = &t->r;
	char b[TEXT_SIZE];

	printf("%s: %s %s: %u chunk files (%s), %s, %u chat lines, %u finished outputs; %u made without them %s\n", r->id,
	       t->a->o.dry_run ? "would take out" : "took out", t->who, r->chunks, text_bytes(b, r->bytes), r->named ? "their name" : "no name",
	       r->chat_lines, r->outputs, r->kept, t->a->o.dry_run ? "would stay" : "stay");
}

static int finish(struct taking *t)
{
	bool make = !t->a->o.dry_run && !t->a->o.no_compose && take_job(t);
	int err = 0;

	if (!t->a->o.json)
		print_result(t);
	if (make) {
		t->c.conf.overwrite = true;
		err = composing_run(&t->c);
	}
	if (err)
		return composing_failed(&t->c, err);
	if (t->left && !t->a->o.json && !t->a->o.quiet)
		fprintf(stderr, "A running recroom-pp serve takes them out of the stores, and makes the output again.\n");
	drop_note(t);
	if (make && !t->a->o.json)
		composing_print(&t->c);
	return app_done(t->a, result_json(t, make));
}

static int take(struct taking *t)
{
	struct app *a = t->a;
	int code = tell_catalog(t), err;

	if (code)
		return code;
	progress_init(&t->progress, &a->o, stderr, 0, clock_mono_us());
	err = note_spec(t);
	if (!err)
		err = take_out(t);
	if (err == -ENXIO && a->o.no_compose)      /* a job has nothing left to do; the catalog waits for its end before it has the output made again */
		err = 0;
	return err ? report_failure(t, err) : finish(t);
}

int cmd_erase(struct app *a)
{
	struct taking t = { .a = a, .dir = a->o.args[0], .who = a->o.participant, .c = { .app = a, .conf = { .dir = a->o.args[0], .threads = a->o.threads } } };
	int code = app_settings(a);

	if (!code && !g_file_test(t.dir, G_FILE_TEST_IS_DIR))
		code = app_fail(a, EXIT_NOT_FOUND, "there is no directory %s", t.dir);
	if (!code)
		code = check(&t);
	if (code)
		return code;
	interrupt_catch();
	avinfo_log();
	code = take(&t);
	composing_end(&t.c);
	return code;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The job "upload". Called by job.c on a runner's thread of the lane of transfers.
 *
 *	catalog: files, public id ─▶ their keys, noted before anything is sent ─▶ upload_send(), media first ─▶ catalog: copies verified ─▶ recording completed
 *	                                                                     └ failed ─▶ again later, another store, given up (common/catalog_upload.c)
 *	may: stopping ─▶ given back │ no sign of life of ours is heard ─▶ nothing new is sent │ somebody else's ─▶ nothing is written any more
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog_upload.h"
#include "common/data_key.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/dirlock.h"
#include "postprocess/job_private.h"
#include "postprocess/rehydrate.h"
#include "postprocess/stores.h"
#include "postprocess/upload_job.h"
#include "postprocess/upload_plan.h"

enum { DELAY_MAX_MS = 3600000, HALVES_MAX = 20 };

struct sending {
	const struct job_env *env;
	const struct catalog_job *job;
	struct store *store;
	struct upload_journal *journal;
	struct data_key key;
	struct upload_plan plan;
	json_t *row;
	int lock;                          /* shared: who empties the stores of it comes behind us */
	struct catalog_copy *copies;
	struct store_stat *stats;          /* the copies' strings */
	int64_t before, begun_us, sent;    /* bytes of files that are done */
	struct store_why why;
	bool lost;
};

int64_t upload_delay_ms(int first_ms, int attempt)
{
	int64_t ms = MIN((int64_t)MAX(first_ms, 1) << CLAMP(attempt - 1, 0, HALVES_MAX), DELAY_MAX_MS);

	return ms - ms / 4 + (int64_t)(g_random_double() * (double)(ms / 2));
}

/* ---- for upload_send() ---- */

static enum upload_may may(void *arg)
{
	struct sending *s = arg;
	bool stopping = s->env->stopping(s->env->arg);
	enum job_hold hold = s->env->hold(s->env->arg);

	s->lost |= hold == HOLD_LOST;
	return stopping || s->lost ? UPLOAD_STOP : hold == HOLD_UNSURE ? UPLOAD_WAIT : UPLOAD_GO;
}

static void progress(int64_t done, int64_t total, void *arg)
{
	struct sending *s = arg;
	int64_t all = MAX(s->plan.bytes, 1), there = MIN(s->before + done, all), spent_ms = (clock_mono_us() - s->begun_us) / 1000;
	struct catalog_progress p = { .stage = "uploading", .percent = (int)(there * 100 / all), .eta_ms = there > 0 ? (all - there) * spent_ms / there : -1 };

	(void)total;
	s->env->progress(s->env->arg, &p);
}

/* The catalog may take its time: without its word nothing gets its name. */
static int still_ours(void *arg)
{
	struct sending *s = arg;
	int err;

	do
		err = may(s) == UPLOAD_STOP ? -ECANCELED : catalog_job_check(s->env->catalog, s->job->id, s->env->owner);
	while (job_insist(s->env, err));
	s->lost |= err == -EPROTO;
	return err;
}

static int fail(struct sending *s, int err, bool again, const char *text)
{
	s->why = (struct store_why){ .err = err, .again = again };
	g_strlcpy(s->why.text, text, sizeof(s->why.text));
	return err;
}

/* ---- in order: what is needed, what is noted, what is sent ---- */

static int find_store(struct sending *s)
{
	char text[160];

	s->store = stores_find(s->env->stores, s->job->about);
	snprintf(text, sizeof(text), "the store %s is not in the configuration", s->job->about);
	return s->store ? 0 : fail(s, -ENOENT, true, text);
}

static int find_files(struct sending *s, const char *dir)
{
	int err;

	s->lock = dirlock_take(dir, false);
	if (s->lock < 0)
		return fail(s, s->lock == -ENOENT ? -ENXIO : s->lock, true, s->lock == -EBUSY ? "something is being taken out of it" : "there is no directory of it");
	err = catalog_recording_get(s->env->catalog, s->job->recording, &s->row);
	if (err)
		return fail(s, err, true, "the catalog did not answer");
	err = upload_plan_make(&s->plan, s->row, s->job->output, dir, store_conf(s->store));
	if (err)
		return fail(s, err, false, err == -ENOENT ? "there are no files" : "a file has a name that no store takes");
	err = upload_journal_open(&s->journal, dir, s->job->about, s->job->output);
	return err ? fail(s, err, true, "the upload's journal could not be opened") : 0;
}

static int find_key(struct sending *s)
{
	char why[240] = "";
	int err;

	if (!store_conf(s->store)->encrypt)
		return 0;
	err = data_key_for(s->env->catalog, s->env->masters, s->job->recording, s->job->output, &s->key, why, sizeof(why));
	return err ? fail(s, err, true, why) : 0;
}

static const char *key_id(const struct sending *s)
{
	return s->key.id[0] ? s->key.id : NULL;
}

static int note_names(struct sending *s)
{
	int err;

	s->copies = g_new0(struct catalog_copy, s->plan.n);
	s->stats = g_new0(struct store_stat, s->plan.n);
	for (size_t i = 0; i < s->plan.n; i++) {
		const struct upload_file *f = &s->plan.files[i];

		s->copies[i] = (struct catalog_copy){ .file = f->name, .key = f->key, .key_id = key_id(s), .size = MAX(f->size, 0) };
	}
	do
		err = catalog_upload_begin(s->env->catalog, s->job->id, s->env->owner, s->copies, s->plan.n);
	while (job_insist(s->env, err));
	s->lost |= err == -EPROTO;
	return err ? fail(s, err, true, err_str(err)) : 0;
}

static void note_copy(struct sending *s, size_t i, const struct upload_result *r)
{
	struct catalog_copy *c = &s->copies[i];
	struct store_stat *st = &s->stats[i];

	*st = r->st;
	c->size = st->size;
	c->etag = *st->etag ? st->etag : NULL;
	c->version = *st->version ? st->version : NULL;
	c->sha256 = *st->sha256 ? st->sha256 : NULL;
}

/* An object of that name that is another one was made on a host that is lost, of what had not been backed up. */
static bool stands_in(const struct sending *s, struct upload_file *f, int err)
{
	g_autofree char *dir = g_path_get_dirname(f->path), *mark = g_build_filename(dir, REHYDRATE_MARK, NULL);

	if (err != -EEXIST || f->replace || !g_file_test(mark, G_FILE_TEST_EXISTS))
		return false;
	log_warn("recording %s: %s in store %s was made on a host that is lost; it is replaced", s->job->recording, f->key, s->job->about);
	f->replace = true;
	return true;
}

static int send_files(struct sending *s)
{
	struct upload_conf conf = { .store = s->store, .journal = s->journal, .key = key_id(s) ? s->key.key : NULL, .key_id = key_id(s), .may = may, .progress = progress,
				    .still_ours = still_ours, .arg = s };
	struct upload_result r;
	int err = 0;

	for (size_t i = 0; !err && i < s->plan.n; i++) {
		err = may(s) == UPLOAD_STOP ? -ECANCELED : upload_send(&conf, &s->plan.files[i], &r, &s->why);
		if (stands_in(s, &s->plan.files[i], err))
			err = upload_send(&conf, &s->plan.files[i], &r, &s->why);
		if (err)
			break;
		note_copy(s, i, &r);
		s->sent += r.sent;
		s->before += MAX(s->plan.files[i].size, 0);
	}
	return err;
}

/* ---- ending ---- */

static struct catalog_upload_rules rules_of(const struct job_env *env, const char ***names)
{
	*names = g_new0(const char *, env->settings->nstorages + 1);
	return upload_rules(env->settings, *names);
}

static int put_done(struct sending *s)
{
	const char **names;
	struct catalog_upload_rules rules = rules_of(s->env, &names);
	int err;

	do
		err = catalog_upload_done(s->env->catalog, s->job->id, s->env->owner, s->copies, s->plan.n, &rules);
	while (job_insist(s->env, err));
	g_free(names);
	return err;
}

static void report_failed(struct sending *s)
{
	struct catalog_upload_failure f = { .reason = s->why.text, .delay_ms = MAX(upload_delay_ms(s->env->retry_ms[0], s->job->attempts), s->why.retry_after_ms),
					    .final = s->why.err == -ENXIO };
	const char **names;
	struct catalog_upload_rules rules = rules_of(s->env, &names);
	int err;

	do
		err = catalog_upload_failed(s->env->catalog, s->job->id, s->env->owner, &f, &rules);
	while (job_insist(s->env, err));
	g_free(names);
	if (err == 1 && s->store && s->journal)
		upload_abort(s->store, s->journal);
	job_ended(err == 1 ? "failed" : "retrying");
	if (err == 1)
		log_error("job %lld: recording %s: output %d: the upload to store %s is given up: %s; its files are kept", (long long)s->job->id, s->job->recording,
			  s->job->output, s->job->about, s->why.text);
	else
		log_warn("job %lld: recording %s: output %d to store %s, attempt %d: %s; again in %lld s", (long long)s->job->id, s->job->recording, s->job->output,
			 s->job->about, s->job->attempts, s->why.text, (long long)(f.delay_ms / 1000));
	if (err < 0)
		log_warn("job %lld: not written to the catalog: %s", (long long)s->job->id, err_str(err));
}

static void report_done(struct sending *s)
{
	int err = put_done(s);

	if (err == -EINVAL) {
		fail(s, -EAGAIN, true, "the output's files are others by now");
		report_failed(s);
		return;
	}
	job_ended(err ? "other" : "done");
	if (err) {
		log_warn("job %lld: recording %s: uploaded, but not written to the catalog: %s", (long long)s->job->id, s->job->recording, err_str(err));
		return;
	}
	upload_journal_remove(s->journal);
	log_info("job %lld: recording %s: output %d is in store %s, %lld bytes sent in %lld ms", (long long)s->job->id, s->job->recording, s->job->output, s->job->about,
		 (long long)s->sent, (long long)((clock_mono_us() - s->begun_us) / 1000));
}

static void report(struct sending *s, int err)
{
	size_t label = metric_label(METRIC_UPLOADS, !err ? "done" : err == -ECANCELED ? "stopped" : "failed");

	metric_add(METRIC_UPLOADS, label, 1);
	if (!err) {
		report_done(s);
	} else if (s->lost) {
		job_ended("lost");
		log_warn("job %lld: recording %s: the lease was lost; the upload ended", (long long)s->job->id, s->job->recording);
	} else if (err == -ECANCELED) {
		job_ended("given_back");
		catalog_job_give(s->env->catalog, s->job->id, s->env->owner);
		log_info("job %lld: recording %s: given back", (long long)s->job->id, s->job->recording);
	} else {
		report_failed(s);
	}
}

void upload_job_run(const struct job_env *env, const struct catalog_job *job, const char *dir)
{
	struct sending s = { .env = env, .job = job, .lock = -1, .begun_us = clock_mono_us() };
	int err = find_store(&s);

	if (!err)
		err = find_files(&s, dir);
	if (!err)
		err = find_key(&s);
	if (!err)
		err = note_names(&s);
	if (!err)
		err = send_files(&s);
	report(&s, err);
	upload_journal_unref(&s.journal);
	upload_plan_clear(&s.plan);
	json_decref(s.row);
	g_free(s.copies);
	g_free(s.stats);
	data_key_wipe(&s.key);
	if (s.lock >= 0)
		close(s.lock);
}

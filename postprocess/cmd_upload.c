/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp upload`: what is not in the stores yet, sent by hand. Main thread.
 *
 *	catalog: a job for each output and store ─▶ ours ─▶ job_run(), here │ a running service was faster: its progress is waited for
 */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "common/catalog_upload.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/master_key.h"
#include "common/sync.h"
#include "postprocess/cmd.h"
#include "postprocess/hand.h"
#include "postprocess/interrupt.h"
#include "postprocess/job.h"
#include "postprocess/progress.h"
#include "postprocess/stores.h"
#include "postprocess/text.h"

enum { WAIT_MS = 300, FIRST_DELAY_MS = 2000 };

struct uploading {
	struct app *a;
	struct stores *stores;
	struct master_keys *masters;
	struct hand *hand;
	const char *one[2];                /* --store */
	struct progress progress;
	int64_t bytes, begun_us;           /* of the output under way */
	json_t *copies;                    /* of all recordings, as they are in the end */
	int missing;                       /* copies that are not verified */
};

static const char *const *stores_of(const struct uploading *u)
{
	return u->one[0] ? u->one : stores_targets(u->stores);
}

/* ---- for the job ---- */

static bool is_stopping(void *arg)
{
	(void)arg;
	return interrupt_signal() != 0;
}

/* Another one's it can only become when no sign of life reaches the catalog; that is asked before anything gets its name. */
static enum job_hold hold(void *arg)
{
	(void)arg;
	return HOLD_OURS;
}

static void show(void *arg, const struct catalog_progress *now)
{
	struct uploading *u = arg;
	int64_t now_us = clock_mono_us(), spent_us = now_us - u->begun_us;

	u->progress.bytes_per_s = spent_us > 1000000 ? (int64_t)((double)u->bytes * now->percent / 100 * 1000000 / (double)spent_us) : 0;
	progress_update(&u->progress, now->stage, now->percent, now->eta_ms, now_us);
}

static void send_here(struct uploading *u, const struct catalog_job *job)
{
	const struct settings *set = u->a->settings;
	struct job_env env = { .catalog = u->a->catalog, .owner = hand_name(u->hand), .recordings = set->recordings, .host_id = set->host_id, .settings = set,
			       .stores = u->stores, .masters = u->masters, .retry_ms = { FIRST_DELAY_MS }, .stopping = is_stopping, .hold = hold, .progress = show, .arg = u };

	progress_init(&u->progress, &u->a->o, stderr, 0, clock_mono_us());
	u->begun_us = clock_mono_us();
	job_run(&env, job);
	progress_end(&u->progress);
}

/* One attempt of ours, or the end of that of somebody else. */
static int send_output(struct uploading *u, const char *id, json_t *output, const char *store)
{
	struct catalog_job *job = g_new0(struct catalog_job, 1);
	int got;

	u->bytes = json_num(output, "size", 0);
	while ((got = catalog_upload_take(u->a->catalog, id, (int)json_num(output, "id", 0), store, hand_name(u->hand), job)) == -EPROTO && !interrupt_signal())
		g_usleep(WAIT_MS * 1000);
	if (got == 1)
		send_here(u, job);
	g_free(job);
	return interrupt_signal() ? -ECANCELED : got == -EPROTO ? 0 : MIN(got, 0);
}

static int send_outputs(struct uploading *u, json_t *row)
{
	json_t *output;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(row, "outputs"), i, output)
		for (const char *const *s = stores_of(u); !err && *s; s++)
			err = send_output(u, json_str(row, "id"), output, *s);
	return err;
}

/* ---- what there is, and what is missing ---- */

static json_t *find_copy(json_t *copies, const char *file, const char *store)
{
	json_t *c;
	size_t i;

	json_array_foreach(copies, i, c)
		if (!g_strcmp0(json_str(c, "name"), file) && !g_strcmp0(json_str(c, "store"), store))
			return c;
	return NULL;
}

static void say(struct uploading *u, const char *id, json_t *file, const char *store, json_t *copy)
{
	const char *state = json_str(copy, "state"), *reason = json_str(copy, "reason"), *key = json_str(copy, "key");
	char b[TEXT_SIZE];
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:I,s:s*,s:s*}", "recording", id, "file", json_str(file, "name"), "store", store, "state", state ? state : "missing", "size",
			      (json_int_t)json_num(file, "size", 0), "key", key && *key ? key : NULL, "reason", reason);

	u->missing += g_strcmp0(state, "verified") != 0;
	if (u->a->o.json)
		app_json("copy", json_incref(o));
	else if (!u->a->o.quiet || g_strcmp0(state, "verified"))
		printf("%s  %s  %s  %s  %s%s%s\n", id, json_str(file, "name"), text_bytes(b, json_num(file, "size", 0)), store, state ? state : "missing", reason ? ": " : "",
		       reason ? reason : "");
	json_array_append_new(u->copies, o);
}

static int report(struct uploading *u, json_t *row)
{
	const char *id = json_str(row, "id");
	json_t *copies = NULL, *output, *file;
	size_t i, k;
	int err = catalog_copies(u->a->catalog, id, &copies);

	json_array_foreach(json_object_get(row, "outputs"), i, output)
		json_array_foreach(json_object_get(output, "files"), k, file)
			for (const char *const *s = stores_of(u); !err && *s; s++)
				if (!g_strcmp0(json_str(output, "state"), "done"))
					say(u, id, file, *s, find_copy(copies, json_str(file, "name"), *s));
	json_decref(copies);
	return err;
}

/* ---- the command ---- */

static int upload_one(struct uploading *u, const char *arg)
{
	g_autofree char *id = g_path_get_basename(arg);        /* a directory's name is its recording's */
	json_t *row = NULL;
	int err = recording_id_valid(id) ? catalog_recording_get(u->a->catalog, id, &row) : -ENOENT, n = 0;

	if (!err && !u->a->o.dry_run)
		err = n = catalog_upload_again(u->a->catalog, id, stores_of(u));
	if (err > 0)
		err = send_outputs(u, row);
	if (!err)
		err = report(u, row);
	json_decref(row);
	if (err == -ECANCELED)
		return app_fail(u->a, interrupt_signal() == SIGTERM ? EXIT_TERM : EXIT_INT, "interrupted; what was sent is not sent again");
	if (err == -ENOENT)
		return app_fail(u->a, EXIT_NOT_FOUND, "there is no recording %s", id);
	if (err == -EPROTO)
		return app_fail(u->a, EXIT_LATER, "%s is still being recorded or made", id);
	return err < 0 ? app_fail(u->a, app_exit_code(err), "%s: %s", id, err_str(err)) : EXIT_DONE;
}

static int open_all(struct uploading *u)
{
	struct app *a = u->a;
	char why[600];
	int code = app_settings(a), err;

	if (!code && !a->settings->nstorages)
		return app_fail(a, EXIT_USAGE, "the configuration has no storage");
	if (!code)
		code = app_catalog(a, false);
	if (code)
		return code;
	if (a->settings->master_key_file && *a->settings->master_key_file && master_keys_load(&u->masters, a->settings->master_key_file, why, sizeof(why)))
		return app_fail(a, EXIT_FAILED, "%s", why);
	if (stores_open(&u->stores, a->settings, why, sizeof(why)))
		return app_fail(a, EXIT_FAILED, "%s", why);
	u->one[0] = a->o.store;
	if (a->o.store && !stores_find(u->stores, a->o.store))
		return app_fail(a, EXIT_USAGE, "the configuration has no store %s", a->o.store);
	err = a->o.dry_run ? 0 : hand_create(&u->hand, a->catalog, a->settings->host_id);
	return err ? app_fail(a, app_exit_code(err), "the catalog does not take the order: %s", err_str(err)) : EXIT_DONE;
}

int cmd_upload(struct app *a)
{
	struct uploading u = { .a = a, .copies = json_array() };
	int code = open_all(&u);

	interrupt_catch();
	for (char **id = a->o.args; !code && *id; id++)
		code = upload_one(&u, *id);
	hand_unref(&u.hand);
	if (!code && u.missing && !a->o.dry_run)
		code = app_fail_with(a, EXIT_LATER, json_pack("{s:O}", "copies", u.copies), "%d of %d copies are not there yet", u.missing, (int)json_array_size(u.copies));
	else if (!code)
		code = app_done(a, json_pack("{s:O,s:i}", "copies", u.copies, "missing", u.missing));
	stores_unref(&u.stores);
	master_keys_unref(&u.masters);
	json_decref(u.copies);
	return code;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reconciler. cmd_serve() creates it; one thread, a catalog connection of its own.
 *
 *	every minute ─▶ where this host listens ─▶ catalog
 *	             ├▶ lease "reconcile" ours? ─▶ catalog_sweep(): of all hosts, what the catalog alone can tell
 *	             └▶ this host's directory, locked ─┬▶ without a row for an hour ─▶ recroom-pp repair: rows from files
 *	                                               ├▶ of one that another host has finished from a store ─▶ put aside (leftover.c)
 *	                                               └▶ of one that failed for it was missing ─▶ it goes on
 *	             └▶ outputs that are in their stores for long enough ─▶ local copies removed
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/catalog_host.h"
#include "common/catalog_idempotent.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/root.h"
#include "common/sync.h"
#include "postprocess/closing.h"
#include "postprocess/leftover.h"
#include "postprocess/local_copies.h"
#include "postprocess/reconcile.h"

enum { EVERY_MS = 60000, YOUNG_MS = 3600000, WEEK_MS = 7 * 24 * 3600000, LOST_H = 24, RESTORED_AT_ONCE = 20, AGAIN_US = 1000000, LEASE_SLACK_MS = 5000 };

struct reconciler {
	struct reconcile_conf conf;
	char *name;                    /* of this process, for the lease */
	pthread_t thread;
	bool started;
	struct lock lock;
	struct cond wake;
	bool stop;                     /* under lock */
	/* the thread's own */
	struct catalog *catalog;
	GHashTable *tried;             /* directories nothing could be made of */
	int last_err;
};

static bool is_stopping(void *arg)
{
	struct reconciler *r = arg;
	bool stop;

	lock_take(&r->lock);
	stop = r->stop;
	lock_release(&r->lock);
	return stop;
}

static void wait_until(struct reconciler *r, int64_t until_us)
{
	lock_take(&r->lock);
	while (!r->stop && cond_wait_until(&r->wake, &r->lock, until_us))
		;
	lock_release(&r->lock);
}

/* Was anything written there lately? By whoever records there, or by one who restores it by hand. */
static bool is_young(const struct reconciler *r, const char *dir)
{
	static const char *const parts[] = { "", "timeline.jsonl", "chunks" };
	int64_t newest_ms = 0;
	struct stat st;

	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *path = g_build_filename(dir, parts[i], NULL);

		if (!stat(path, &st))
			newest_ms = MAX(newest_ms, (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	}
	return clock_wall_ms() - newest_ms < r->conf.young_ms;
}

static void restore(struct reconciler *r, const char *id, const char *dir)
{
	json_t *summary = NULL;
	int code;

	log_warn("recording %s: the catalog does not know it; restored from its files", id);
	code = closing_repair(r->conf.composer, r->conf.config, dir, is_stopping, r, &summary);
	if (code && code != -ECANCELED) {
		log_warn("recording %s: not restored: exit status %d; left as it is until the next start", id, code);
		g_hash_table_add(r->tried, g_strdup(id));
	}
	json_decref(summary);
}

static struct leftover_conf leftover_of(const struct reconciler *r)
{
	return (struct leftover_conf){ .recordings = r->conf.recordings, .host_id = r->conf.host_id, .keep_ms = r->conf.keep_taken_ms };
}

/* 1 when it took a process to deal with it. */
static int look_at(struct reconciler *r, const char *id)
{
	g_autofree char *dir = g_build_filename(r->conf.recordings, id, NULL);
	struct leftover_conf conf = leftover_of(r);
	json_t *row = NULL;
	int err = g_hash_table_contains(r->tried, id) ? 0 : catalog_recording_get(r->catalog, id, &row);

	if (err == -ENOENT && !is_young(r, dir)) {
		restore(r, id, dir);
		err = 1;
	} else if (!err && (err = leftover_look(r->catalog, &conf, id, row, is_young(r, dir)))) {
		err = MIN(err, 0);
	} else if (!err && !g_strcmp0(json_str(row, "status"), "failed")) {
		err = catalog_recording_found(r->catalog, id);
		if (err > 0)
			log_info("recording %s: its files are there again, it goes on", id);
	}
	json_decref(row);
	return err == -ENOENT ? 0 : err;
}

static int look_at_directories(struct reconciler *r)
{
	DIR *d = opendir(r->conf.recordings);
	struct dirent *e;
	int err = 0, work = 0;

	while (d && err >= 0 && work < RESTORED_AT_ONCE && !is_stopping(r) && (e = readdir(d))) {
		if (!recording_id_valid(e->d_name))
			continue;
		err = look_at(r, e->d_name);
		work += err > 0;
	}
	if (d)
		closedir(d);
	return MIN(err, 0);
}

/* Of several that share the directory one does. */
static int look_alone(struct reconciler *r)
{
	g_autofree char *word = g_build_filename(r->conf.recordings, ".recroom", NULL);
	struct leftover_conf conf = leftover_of(r);
	int fd = open(word, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = flock(fd, LOCK_EX | LOCK_NB) ? 0 : look_at_directories(r);
	if (!err)
		err = leftover_clean(r->catalog, &conf);
	close(fd);
	return err;
}

static int sweep(struct reconciler *r)
{
	struct catalog_sweep s = { .lost_ms = (int64_t)r->conf.lost_h * 3600000, .takeover_ms = (int64_t)r->conf.takeover_min * 60000 };
	int got = catalog_lease(r->catalog, "reconcile", r->name, r->conf.every_ms + LEASE_SLACK_MS), err = 0;

	if (got > 0)
		err = catalog_sweep(r->catalog, &s);
	if (got > 0 && !err)
		err = MIN(catalog_once_clean(r->catalog), 0);
	return got < 0 ? got : err;
}

static int pass(struct reconciler *r)
{
	int err = r->catalog ? 0 : catalog_open(&r->catalog, r->conf.catalog), there;

	if (!err && r->conf.address)
		err = catalog_host_serves(r->catalog, r->conf.host_id, r->conf.address);
	if (err || !r->conf.sweep)
		return err;
	err = sweep(r);
	if (err)
		return err;
	there = root_is_there(r->catalog, r->conf.recordings, r->conf.host_id);
	if (there <= 0)
		return there;
	err = look_alone(r);
	if (!err && r->conf.local_ms)
		err = local_copies_remove(r->catalog, r->conf.recordings, r->conf.host_id, r->conf.local_ms, is_stopping, r);
	return MIN(err, 0);
}

static void *reconciler_main(void *arg)
{
	struct reconciler *r = arg;
	int err;

	while (!is_stopping(r)) {
		err = pass(r);
		if (err && err != r->last_err)
			log_warn("reconciler: %s; tried again", err_str(err));
		r->last_err = err;
		wait_until(r, clock_mono_us() + (err ? AGAIN_US : r->conf.every_ms * 1000LL));
	}
	return NULL;
}

int reconciler_create(struct reconciler **out, const struct reconcile_conf *conf)
{
	struct reconciler *r = g_new0(struct reconciler, 1);
	char random[SECRET_SIZE];
	int err;

	r->conf = *conf;
	r->conf.every_ms = conf->every_ms ? conf->every_ms : EVERY_MS;
	r->conf.young_ms = conf->young_ms ? conf->young_ms : YOUNG_MS;
	r->conf.keep_taken_ms = conf->keep_taken_ms ? conf->keep_taken_ms : WEEK_MS;
	r->conf.lost_h = conf->lost_h ? conf->lost_h : LOST_H;
	secret_make(random);
	r->name = g_strdup_printf("%s:%d:%.8s", conf->host_id, (int)getpid(), random);
	r->tried = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	lock_init(&r->lock);
	cond_init(&r->wake);
	err = thread_start(&r->thread, "reconciler", reconciler_main, r);
	r->started = !err;
	if (err)
		reconciler_unref(&r);
	*out = r;
	return err;
}

void reconciler_unref(struct reconciler **rp)
{
	struct reconciler *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	lock_take(&r->lock);
	r->stop = true;
	cond_broadcast(&r->wake);
	lock_release(&r->lock);
	if (r->started)
		pthread_join(r->thread, NULL);
	catalog_close(&r->catalog);
	g_hash_table_unref(r->tried);
	cond_destroy(&r->wake);
	lock_destroy(&r->lock);
	g_free(r->name);
	g_free(r);
}

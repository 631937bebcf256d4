/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bundles into chunk files. Threads of rehydrate.c's; the one that began them waits here, and tells how far they are.
 *
 *	next bundle ─▶ store ─▶ bundle_reader ─▶ .name.N.tmp, hash on the way ─┬▶ what the timeline says: name
 *	                                                                      ├▶ something else: name.damaged
 *	                                                                      └▶ nobody's: left out
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/log.h"
#include "postprocess/bundle.h"
#include "postprocess/rehydrate_private.h"

enum { TICK_US = 100000, THREADS_MAX = 16, ATTEMPTS = 4, PATIENCE_MS = 60000, MODE = 0640 };

struct fetcher {
	struct rehydration *r;
	int number;
	const struct listed *bundle;
	/* the file at hand */
	char name[NAME_SIZE], temporary[NAME_SIZE + 16];
	int fd;                        /* -1: it is left out */
	struct sha256 *sum;
	int64_t time_s;
	json_t *marks;                 /* of the bundle's files */
};

/* ---- one file ---- */

static bool is_left_out(struct rehydration *r, const char *participant, const char *name)
{
	return g_hash_table_contains(r->erased, participant) || (r->out->closed && !g_hash_table_contains(r->wanted, name));
}

static int on_begin(const struct chunk_name *chunk, const char *name, int64_t size, int64_t time_s, void *arg)
{
	struct fetcher *f = arg;
	g_autofree char *path = NULL;

	(void)size;
	g_strlcpy(f->name, name, sizeof(f->name));
	snprintf(f->temporary, sizeof(f->temporary), ".%s.%d.tmp", name, f->number);
	f->time_s = time_s;
	f->fd = -1;
	sha256_reset(f->sum);
	if (is_left_out(f->r, chunk->participant, name)) {
		lock_take(&f->r->lock);
		f->r->out->left_out++;
		lock_release(&f->r->lock);
		return 0;
	}
	path = g_build_filename(f->r->chunks, f->temporary, NULL);
	f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, MODE);
	return f->fd < 0 ? -errno : 0;
}

static int on_data(const void *data, size_t len, void *arg)
{
	struct fetcher *f = arg;
	const char *p = data;

	if (f->fd < 0)
		return 0;
	sha256_update(f->sum, data, len);
	while (len) {
		ssize_t n = write(f->fd, p, len);

		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Its final name, or NULL: it is there already. A file of which no line tells was sent before its line could be. */
static char *final_name(struct fetcher *f, const char *sha256)
{
	struct rehydration *r = f->r;
	struct wanted *w = g_hash_table_lookup(r->wanted, f->name);
	bool good = !w || !w->sha256[0] || !strcmp(w->sha256, sha256);

	if (w && w->got)
		return NULL;
	if (w && good)
		w->got = true;
	r->out->files += good;
	r->out->damaged += !good;
	return good ? g_strdup(f->name) : g_strconcat(f->name, ".damaged", NULL);
}

static int put_file(struct fetcher *f)
{
	struct rehydration *r = f->r;
	const struct timespec times[2] = { { .tv_sec = f->time_s }, { .tv_sec = f->time_s } };
	g_autofree char *from = g_build_filename(r->chunks, f->temporary, NULL), *name = NULL, *to = NULL;
	char sha256[SHA256_HEX];
	struct stat st = { 0 };

	sha256_peek(f->sum, sha256);
	if (fstat(f->fd, &st) || futimens(f->fd, times))
		return -errno;
	lock_take(&r->lock);
	name = final_name(f, sha256);
	r->out->bytes += name ? st.st_size : 0;
	lock_release(&r->lock);
	if (name) {
		g_autofree char *mark = backup_file_mark(f->name, sha256);

		json_array_append_new(f->marks, json_string(mark));
	}
	to = g_build_filename(r->chunks, name ? name : f->temporary, NULL);
	return (name ? rename(from, to) : unlink(from)) ? -errno : 0;
}

static int on_end(void *arg)
{
	struct fetcher *f = arg;
	int err;

	if (f->fd < 0)
		return 0;
	err = put_file(f);
	close(f->fd);
	f->fd = -1;
	return err;
}

/* ---- one bundle ---- */

static int feed(const void *data, size_t len, void *arg)
{
	return bundle_reader_feed(arg, data, len);
}

/* A bundle that is no bundle costs itself: what else there is is brought. */
static int fetch(struct fetcher *f, struct store_why *why)
{
	struct bundle_reader *reader = bundle_reader_create(&(struct bundle_sink){ on_begin, on_data, on_end, f }, f->bundle->o.participant);
	int err = original_get(f->r->conf->at, f->bundle->object.name, feed, reader, why);

	if (!err)
		err = bundle_reader_end(reader);
	bundle_reader_free(reader);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	return err;
}

static void remove_temporary(const struct fetcher *f)
{
	g_autofree char *path = g_build_filename(f->r->chunks, f->temporary, NULL);

	unlink(path);
}

static int note(struct fetcher *f, int err)
{
	struct rehydration *r = f->r;

	lock_take(&r->lock);
	if (err == -EBADMSG || err == -ENOENT) {
		log_warn("recording %s: %s cannot be used: %s", r->conf->at->id, f->bundle->object.name, err == -ENOENT ? "it is gone" : "it is no bundle of this participant's chunks");
		r->out->damaged++;
		err = 0;
	} else if (!err) {
		r->out->objects++;
		err = backup_journal_bundle(r->journal, &f->bundle->object, 0, f->marks);
	}
	r->done += f->bundle->object.size;
	lock_release(&r->lock);
	return err;
}

static int fetch_one(struct fetcher *f, struct store_why *why)
{
	int err;

	f->marks = json_array();
	f->temporary[0] = '\0';
	err = fetch(f, why);
	if (err && f->temporary[0])
		remove_temporary(f);
	err = note(f, err);
	json_decref(f->marks);
	return err;
}

/* ---- many ---- */

static bool is_stopping(void *arg)
{
	struct rehydration *r = arg;

	return r->conf->stopping && r->conf->stopping(r->conf->arg);
}

static const struct listed *take(struct rehydration *r)
{
	const struct listed *b = NULL;

	lock_take(&r->lock);
	if (!r->err && r->next < r->bundles->len)
		b = &g_array_index(r->bundles, struct listed, r->next++);
	lock_release(&r->lock);
	return b;
}

static void *fetcher_main(void *arg)
{
	struct fetcher *f = arg;
	struct rehydration *r = f->r;
	struct store_patience patience = { .attempts = ATTEMPTS, .total_ms = PATIENCE_MS, .stopping = is_stopping, .arg = r };
	struct store_why why = { 0 };
	int err = 0;

	store_patience(&patience);
	f->sum = sha256_create();
	while (!err && (f->bundle = take(r)))
		err = is_stopping(r) ? -ECANCELED : fetch_one(f, &why);
	sha256_free(f->sum);
	lock_take(&r->lock);
	if (err && !r->err) {
		r->err = err;
		r->why = why;
	}
	r->running--;
	cond_broadcast(&r->wake);
	lock_release(&r->lock);
	return NULL;
}

static void wait_for_all(struct rehydration *r)
{
	lock_take(&r->lock);
	while (r->running) {
		int64_t done = r->done;

		lock_release(&r->lock);
		if (r->conf->progress)
			r->conf->progress(done, r->total, r->conf->arg);
		lock_take(&r->lock);
		if (r->running)
			cond_wait_until(&r->wake, &r->lock, clock_mono_us() + TICK_US);
	}
	lock_release(&r->lock);
}

int rehydrate_bundles(struct rehydration *r)
{
	int want = (int)CLAMP((guint)CLAMP(r->conf->threads, 1, THREADS_MAX), 1, MAX(r->bundles->len, 1)), n = 0, err = 0;
	struct fetcher fetchers[THREADS_MAX];
	pthread_t threads[THREADS_MAX];

	for (guint i = 0; i < r->bundles->len; i++)
		r->total += g_array_index(r->bundles, struct listed, i).object.size;
	r->running = want;
	for (; n < want && !err; n++) {
		fetchers[n] = (struct fetcher){ .r = r, .number = n, .fd = -1 };
		err = thread_start(&threads[n], "fetch", fetcher_main, &fetchers[n]);
	}
	if (err) {
		n--;
		lock_take(&r->lock);
		r->err = r->err ? r->err : err;
		r->running -= want - n;
		lock_release(&r->lock);
	}
	wait_for_all(r);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return r->err;
}

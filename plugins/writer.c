/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writer thread. It alone touches chunk files, timeline and participants.json of recordings that run; a disk that stalls stalls it and
 * nobody else.
 *
 *	capture thread ─▶ inbox ─▶ queue:  line  chunk  chunk  seal  line …
 *	                                         │ at once:  .name.tmp           a killed process leaves whole temporary files
 *	                                         ▼ a tick:   sync, rename, sync the directory
 *	                                   lines up to the first chunk without its name ─▶ timeline, sync ─▶ on_sealed
 *
 * A tick is due with each seal, at most once a second (`interval`), or at once (`none`, `chunk`). What fails stays queued and is tried again; what
 * has waited for longer than a disk that stalls for the budget explains is replaced by `gap` lines, pictures first.
 */
#include "plugins/held.h"
#include "plugins/writer.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "plugins/backlog.h"
#include "plugins/line.h"
#include "plugins/meter.h"
#include "plugins/rectime.h"
#include "plugins/syncing.h"

enum { TICK_US = 1000000, SEAL_TICK_US = 900000, RETRY_US = 250000, POLL_US = 100000, GATHER_US = 10000, TOGETHER = 4 };

struct writer {
	struct writer_conf conf;
	char *dir, *chunks;
	int64_t patience_us;       /* a chunk that waits for so long had a disk that stalled for longer than the budget */
	struct lock lock;          /* guards inbox, people, closing, closed; leaf */
	struct cond done;
	struct backlog *inbox;
	json_t *people;
	bool closing, closed, blocked;   /* blocked: something was dropped from the inbox */
	size_t taken_bytes, most_bytes;  /* of chunks the thread has taken and not let go; the most there was, of all */
	/* the writer thread's own */
	bool ending, has_people;   /* closing and people, as last seen */
	bool more;                 /* there is more in the inbox than was taken */
	struct backlog *backlog;
	struct timeline *timeline;
	struct syncing syncing;
	bool dir_dirty, unflushed; /* names to sync; lines in the timeline's buffer */
	bool trouble;              /* the disk refuses */
	int64_t lost_us;           /* when something was dropped last */
	bool lost, sweep;          /* something was dropped and not told; temporary files may lie about */
	bool put_degraded;         /* a `degraded` line goes in front of the next `gap disk` */
	bool has_seal;             /* in the backlog */
	struct space_watch space;
	int64_t retry_us, tick_us, give_up_us;
	bool sealed;               /* on_sealed is to be called, with these */
	int64_t closed_us;
	int64_t sealed_ms;
	int sealed_tracks;
	struct writer_result result;
};

static struct {
	struct lock lock;          /* guards what follows */
	struct cond cond;
	GPtrArray *writers;
	bool stopping;
	unsigned poked, looked;    /* times; equal: the thread has seen it all */
	struct cond seen;
	pthread_t thread;
} pool = { .lock = LOCK_INIT };

int writer_create(struct writer **out, const struct writer_conf *conf)
{
	struct writer *w = g_new0(struct writer, 1);

	w->conf = *conf;
	w->conf.dir = w->dir = g_strdup(conf->dir);
	w->chunks = g_build_filename(conf->dir, "chunks", NULL);
	w->patience_us = conf->stall_budget_us + RETRY_US + (conf->durability == DURABILITY_INTERVAL ? TICK_US : 0);
	w->timeline = conf->timeline;
	syncing_open(&w->syncing, w->chunks);
	w->tick_us = rec_clock_us() - TICK_US;
	w->lost_us = INT64_MIN / 2;
	w->give_up_us = INT64_MAX;
	w->backlog = backlog_new();
	w->inbox = backlog_new();
	lock_init(&w->lock);
	cond_init(&w->done);
	held_take(&pool.lock);
	g_ptr_array_add(pool.writers, w);
	held_release(&pool.lock);
	*out = w;
	return 0;
}

static void writer_free(struct writer *w)
{
	backlog_free(w->inbox);
	backlog_free(w->backlog);
	timeline_close(&w->timeline);
	syncing_close(&w->syncing);
	json_decref(w->people);
	lock_destroy(&w->lock);
	cond_destroy(&w->done);
	g_free(w->chunks);
	g_free(w->dir);
	g_free(w);
}

static void poke(void)
{
	held_take(&pool.lock);
	pool.poked++;
	cond_signal(&pool.cond);
	held_release(&pool.lock);
}

void writer_settle(void)
{
	held_take(&pool.lock);
	while (pool.looked != pool.poked)
		cond_wait(&pool.seen, &pool.lock);
	held_release(&pool.lock);
}

static void on_drop(const struct chunk_file *f, void *arg)
{
	struct writer *w = arg;

	w->conf.on_dropped(f->name.participant, f->name.source, f->name.segment, w->conf.arg);
}

/* A disk that holds the writer thread for longer than the budget must not fill the memory: what waits here was not touched by that thread. */
static void shed_inbox_locked(struct writer *w, int64_t now_us)
{
	const struct backlog_item *oldest = backlog_head(w->inbox);

	if (oldest && now_us - oldest->queued_us > w->patience_us)
		w->blocked |= backlog_shed(w->inbox, w->chunks, now_us, w->patience_us, on_drop, w) > 0;
}

static void post(struct writer *w, struct backlog_item item)
{
	struct backlog_item *it = g_memdup2(&item, sizeof(item));

	it->queued_us = rec_clock_us();
	held_take(&w->lock);
	backlog_push(w->inbox, it);
	shed_inbox_locked(w, it->queued_us);
	w->most_bytes = MAX(w->most_bytes, w->taken_bytes + backlog_bytes(w->inbox));
	held_release(&w->lock);
	poke();
}

void writer_line(struct writer *w, json_t *line)
{
	post(w, (struct backlog_item){ .kind = BACKLOG_LINE, .line = line });
}

void writer_chunk(struct writer *w, struct chunk_file *file)
{
	post(w, (struct backlog_item){ .kind = BACKLOG_CHUNK, .spool = spool_new(file), .wall_ms = clock_wall_ms() });
}

void writer_seal(struct writer *w, json_t *line, int64_t duration_ms, int tracks)
{
	post(w, (struct backlog_item){ .kind = BACKLOG_SEAL, .line = line, .duration_ms = duration_ms, .tracks = tracks });
}

void writer_people(struct writer *w, json_t *people)
{
	json_t *old;

	held_take(&w->lock);
	old = w->people;
	w->people = people;
	held_release(&w->lock);
	json_decref(old);
	poke();
}

/* A second at a time: what this thread has taken nobody else can shed while it waits for the disk. */
static void take_inbox(struct writer *w)
{
	held_take(&w->lock);
	if (!w->has_seal)
		w->has_seal = backlog_take(w->backlog, w->inbox);
	w->more = backlog_head(w->inbox);
	w->taken_bytes = backlog_bytes(w->backlog);
	w->lost |= w->blocked;
	w->blocked = false;
	w->ending = w->closing;
	w->has_people = w->people;
	held_release(&w->lock);
}

static bool syncs(const struct writer *w)
{
	return w->conf.durability != DURABILITY_NONE;
}

static int write_people(struct writer *w)
{
	json_t *people;
	char *text;
	int err;

	if (!w->has_people)
		return 0;
	held_take(&w->lock);
	people = g_steal_pointer(&w->people);   /* ours alone: jansson's counts are not for two threads that both let go */
	held_release(&w->lock);
	text = json_dumps(people, JSON_COMPACT);
	err = text ? fs_write_atomic(w->dir, "participants.json", text, strlen(text), 0660, syncs(w)) : -ENOMEM;
	free(text);
	held_take(&w->lock);
	if (err && !w->people)
		w->people = g_steal_pointer(&people);
	w->has_people = w->people;
	held_release(&w->lock);
	json_decref(people);
	return err;
}

/* Writes temporary files; the first failure ends it, the disk has had its chance. */
static int write_chunks(struct writer *w)
{
	int err = 0;

	for (const GList *l = backlog_items(w->backlog); l && !err; l = l->next) {
		const struct backlog_item *it = l->data;

		if (it->kind == BACKLOG_CHUNK)
			err = spool_write(it->spool, w->chunks);
	}
	return err;
}

static bool waits_for_name(const struct backlog_item *it)
{
	return it->kind == BACKLOG_CHUNK && !spool_named(it->spool) && spool_written(it->spool);
}

/* Many files of a tick go to the disk at once, others set out together, so that their syncs wait for one another's work and not one after the other: a third
 * of the time. */
static void sync_chunks(struct writer *w)
{
	int n = 0;
	bool done;

	for (const GList *l = backlog_items(w->backlog); l; l = l->next)
		n += waits_for_name(l->data);
	done = n >= TOGETHER && syncing_all(&w->syncing, rec_clock_us());
	for (const GList *l = backlog_items(w->backlog); l; l = l->next) {
		const struct backlog_item *it = l->data;

		if (waits_for_name(it))
			(done ? spool_synced : spool_push)(it->spool);
	}
}

static int name_chunks(struct writer *w)
{
	int err = 0;

	if (syncs(w))
		sync_chunks(w);
	for (const GList *l = backlog_items(w->backlog); l && !err; l = l->next) {
		const struct backlog_item *it = l->data;

		if (!waits_for_name(it))
			continue;
		err = spool_name(it->spool, w->chunks, syncs(w));
		if (err)
			break;
		w->dir_dirty = true;
		w->result.bytes += (int64_t)spool_file(it->spool)->size;
	}
	if (!err && w->dir_dirty && syncs(w))
		err = fs_sync_dir(w->chunks);
	if (!err)
		w->dir_dirty = false;
	return err;
}

/* Where the first thing is missing. */
static void append_degraded(struct writer *w, json_t *gap)
{
	const char *reason = json_string_value(json_object_get(gap, "reason"));
	json_t *line;

	if (!reason || strcmp(reason, "disk"))
		return;
	line = line_new("degraded", json_integer_value(json_object_get(gap, "t_ms")));
	line_str(line, "reason", reason);
	timeline_append(w->timeline, line);
	w->put_degraded = false;
}

static void add_flag(json_t *flags, const char *flag)
{
	json_t *one;
	size_t i;

	json_array_foreach(flags, i, one)
		if (!strcmp(json_string_value(one), flag))
			return;
	json_array_append_new(flags, json_string(flag));
}

static void note(struct writer *w, struct backlog_item *it)
{
	const char *type;

	if (it->kind == BACKLOG_CHUNK) {
		it->line = line_chunk(spool_file(it->spool));
		line_int(it->line, "wall_ms", it->wall_ms);
	}
	type = json_string_value(json_object_get(it->line, "type"));
	if (w->put_degraded && !strcmp(type, "gap"))
		append_degraded(w, it->line);
	if (it->kind == BACKLOG_SEAL) {
		w->has_seal = false;
		w->sealed = true;
		w->closed_us = it->queued_us;
		w->sealed_ms = it->duration_ms;
		w->sealed_tracks = it->tracks;
	}
	meter_line(it->line);
	if (w->result.degraded && !strcmp(type, "stop"))
		add_flag(json_object_get(it->line, "flags"), "degraded");
}

/* One line into the timeline's buffer; behind the last one its signature, so that both are written at once. */
static void append(struct writer *w, json_t *line)
{
	int err = timeline_append(w->timeline, line);

	if (!err)
		err = timeline_sign(w->timeline, w->conf.sign_key);
	if (err)
		log_error("recording %s: a line or signature is missing: %s", w->dir, err_str(err));
	w->unflushed = true;
}

/* Takes the lines of all that is done into the timeline and brings that to the disk. */
static int append_done(struct writer *w)
{
	struct backlog_item *it;
	int err;

	while ((it = backlog_head(w->backlog)) && (it->kind != BACKLOG_CHUNK || spool_named(it->spool))) {
		note(w, it);
		backlog_pop(w->backlog);
		append(w, g_steal_pointer(&it->line));
		backlog_item_free(it);
	}
	err = w->unflushed ? timeline_flush(w->timeline, syncs(w)) : 0;
	if (!err)
		w->unflushed = false;
	return err;
}

static bool idle(const struct writer *w)
{
	return !backlog_head(w->backlog) && !w->more && !w->unflushed && !w->has_people;
}

static bool tick_due(const struct writer *w, int64_t now_us)
{
	int64_t since = now_us - w->tick_us;

	if (w->conf.durability != DURABILITY_INTERVAL || w->ending || w->more)
		return true;
	return since >= TICK_US || (w->has_seal && since >= SEAL_TICK_US);
}

static int tick(struct writer *w, int64_t now_us)
{
	int err = name_chunks(w);

	if (!err)
		err = append_done(w);
	if (!err)
		w->tick_us = now_us;
	return err;
}

static void note_trouble(struct writer *w, int err, int64_t now_us)
{
	w->retry_us = err ? now_us + RETRY_US : now_us;
	if (err)
		metric_add(METRIC_DISK_ERRORS, 0, 1);
	if (err && !w->trouble)
		log_warn("recording %s: the disk refuses: %s; kept in memory for %d ms", w->dir, err_str(err), (int)(w->conf.stall_budget_us / 1000));
	if (!err && w->trouble)
		log_info("recording %s: the disk takes data again", w->dir);
	w->trouble = err != 0;
}

/* Gives up what is too old, whether the disk refuses or is only slow. */
static void shed(struct writer *w, int64_t now_us)
{
	bool new_trouble = now_us - w->lost_us > 2 * w->conf.stall_budget_us;

	w->lost |= backlog_shed(w->backlog, w->chunks, now_us, w->patience_us, on_drop, w) > 0;
	if (!w->lost)
		return;
	w->lost = false;
	w->sweep = w->result.degraded = true;
	w->lost_us = now_us;
	if (!new_trouble)
		return;
	w->put_degraded = true;
	log_error("recording %s: the disk is behind by more than %d ms, media are lost", w->dir, (int)(w->conf.stall_budget_us / 1000));
	w->conf.on_degraded("disk", w->conf.arg);
}

static void watch_space(struct writer *w, int64_t now_us)
{
	if (!space_turned_low(&w->space, w->dir, &w->conf.min_free, now_us))
		return;
	log_warn("recording %s: less than %" PRId64 " MiB or %" PRId64 " inodes are free on its disk", w->dir, w->conf.min_free.bytes >> 20,
		 w->conf.min_free.inodes);
	w->conf.on_degraded("disk_low", w->conf.arg);
}

static void write_down(struct writer *w, int64_t now_us)
{
	int err = write_chunks(w);

	if (tick_due(w, now_us)) {
		/* What was written before a failure can have its name; and who reads that somebody joined shall find the name. */
		int people = write_people(w), later = tick(w, now_us);

		err = err ? err : later ? later : people;
	}
	note_trouble(w, err, now_us);
	if (w->sealed && !w->unflushed) {
		w->sealed = false;
		meter_sealed(w->closed_us, rec_clock_us());
		w->conf.on_sealed(w->sealed_ms, w->result.bytes, w->sealed_tracks, w->conf.arg);
	}
}

/* One pass over one recording: a second, or as many as wait. */
static void work(struct writer *w, int64_t now_us)
{
	do {
		take_inbox(w);
		shed(w, now_us);
		if (w->trouble && now_us < w->retry_us)
			return;
		watch_space(w, now_us);
		write_down(w, now_us);
	} while (w->more && !w->trouble && !w->has_seal);
}

/* Lets writer_close() go when everything is written or the disk had its time; w is not ours any more then. */
static bool finish(struct writer *w, int64_t now_us)
{
	if (!w->ending)
		return false;
	if (w->give_up_us == INT64_MAX)
		w->give_up_us = now_us + w->conf.stall_budget_us;
	if (!idle(w) && now_us < w->give_up_us)
		return false;
	if (w->sweep && idle(w))       /* what was not written may still be adopted */
		spool_sweep(w->chunks);
	held_take(&pool.lock);
	g_ptr_array_remove(pool.writers, w);
	held_release(&pool.lock);
	held_take(&w->lock);
	w->closed = true;
	cond_signal(&w->done);
	held_release(&w->lock);
	return true;
}

int64_t writer_waiting_bytes(void)
{
	int64_t bytes = 0;

	held_take(&pool.lock);
	for (guint i = 0; pool.writers && i < pool.writers->len; i++) {
		struct writer *w = pool.writers->pdata[i];

		held_take(&w->lock);
		bytes += (int64_t)(w->taken_bytes + backlog_bytes(w->inbox));
		held_release(&w->lock);
	}
	held_release(&pool.lock);
	return bytes;
}

/* A pass over all recordings; true while one of them has something to do. */
static bool work_all(int64_t now_us)
{
	GPtrArray *all;
	bool busy = false;

	held_take(&pool.lock);
	all = g_ptr_array_copy(pool.writers, NULL, NULL);
	held_release(&pool.lock);
	for (guint i = 0; i < all->len; i++) {
		struct writer *w = all->pdata[i];

		work(w, now_us);
		busy |= !finish(w, now_us) && !idle(w);
	}
	g_ptr_array_unref(all);
	return busy;
}

/* The chunks of a second end within a few milliseconds of each other: one pass for them all, not a wake-up for each. Nobody waits on the condition
 * meanwhile, so that a poke is no system call. */
static void gather(void)
{
	const struct timespec wait = { .tv_nsec = GATHER_US * 1000 };

	nanosleep(&wait, NULL);
}

/* Until something was posted, or it is time to look again. */
static void await_work(bool busy)
{
	bool posted;

	held_take(&pool.lock);
	while (pool.looked == pool.poked && !pool.stopping) {
		if (!busy)
			cond_wait(&pool.cond, &pool.lock);
		else if (!cond_wait_until(&pool.cond, &pool.lock, clock_mono_us() + POLL_US))
			break;
	}
	posted = pool.looked != pool.poked && !pool.stopping;
	held_release(&pool.lock);
	if (posted)
		gather();
}

static void *writer_main(void *arg)
{
	bool busy = false, stopping;
	unsigned poked;

	(void)arg;
	do {
		await_work(busy);
		held_take(&pool.lock);
		poked = pool.poked;
		stopping = pool.stopping;
		held_release(&pool.lock);
		busy = work_all(rec_clock_us());
		held_take(&pool.lock);
		pool.looked = poked;
		cond_broadcast(&pool.seen);
		held_release(&pool.lock);
	} while (!stopping);
	return NULL;
}

int writer_init(void)
{
	cond_init(&pool.cond);
	cond_init(&pool.seen);
	pool.writers = g_ptr_array_new();
	pool.looked = pool.poked = 0;
	pool.stopping = false;
	return thread_start(&pool.thread, "recroom-writer", writer_main, NULL);
}

void writer_exit(void)
{
	held_take(&pool.lock);
	pool.stopping = true;
	cond_signal(&pool.cond);
	held_release(&pool.lock);
	pthread_join(pool.thread, NULL);
	g_clear_pointer(&pool.writers, g_ptr_array_unref);
	cond_destroy(&pool.cond);
	cond_destroy(&pool.seen);
}

int writer_close(struct writer **wp, struct writer_result *out)
{
	struct writer *w = *wp;
	int err;

	held_take(&w->lock);
	w->closing = true;
	held_release(&w->lock);
	poke();
	held_take(&w->lock);
	while (!w->closed)
		cond_wait(&w->done, &w->lock);
	held_release(&w->lock);
	err = idle(w) ? 0 : -EIO;
	w->result.degraded |= err != 0;
	w->result.waited_bytes = (int64_t)w->most_bytes;
	g_strlcpy(w->result.chain, timeline_chain(w->timeline), sizeof(w->result.chain));
	*out = w->result;
	writer_free(w);
	*wp = NULL;
	return err;
}

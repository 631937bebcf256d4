/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closing what a crash left open. On a thread of its own, for a long recording takes seconds and Janus shall start.
 *
 *   catalog: unclosed, not live here ─────────────┬▶ capture_recover ─▶ event recordingstopped ─▶ catalog: stopped, flag interrupted, job
 *   directory the catalog does not know ─▶ row ───┘          └▶ gone, or not to be read: failed, event recordingfailed
 *
 * The catalog forgets its last moments in a power cut (the timeline does not), and a process killed in its first moment may not have told it of a
 * recording; the directory knows.
 */
#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "common/timeline.h"
#include "plugins/capture.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/orphans.h"
#include "plugins/recording.h"

enum { YOUNG_MS = 5000, STEP_US = 100000, RETRY_US = 1000000 };

static struct {
	pthread_t thread;
	bool running;
	atomic_bool stop;
	int64_t before_ms;         /* later ones are of this process */
	struct lock lock;          /* guards later; leaf */
	struct cond wake;
	GQueue later;              /* struct later */
} orphans = { .lock = LOCK_INIT };

/* One whose disk must come back first. */
struct later {
	char *id, *room;           /* room: that it stopped is still to be told, NULL: that is known */
};

static void later_free(struct later *l)
{
	g_free(l->id);
	g_free(l->room);
	g_free(l);
}

static void drop(gpointer l)
{
	later_free(l);
}

static void put_off(struct later *l)
{
	held_take(&orphans.lock);
	g_queue_push_tail(&orphans.later, l);
	cond_signal(&orphans.wake);
	held_release(&orphans.lock);
}

static struct later *later_new(const char *id, const char *room)
{
	struct later *l = g_new0(struct later, 1);

	l->id = g_strdup(id);
	l->room = g_strdup(room);
	return l;
}

static void into_catalog(const char *id, const struct capture_result *res)
{
	struct catalog_stop row = { .stopped_ms = clock_wall_ms(), .duration_ms = res->duration_ms, .elapsed_ms = res->elapsed_ms, .bytes = res->bytes,
				    .tracks = res->tracks, .chain_hash = res->chain,
				    .flags = res->degraded ? "[\"interrupted\",\"degraded\"]" : "[\"interrupted\"]", .reason = "interrupted" };

	ledger_recording_stop(life_ledger(), id, &row);
}

/* Does it help to try again? */
static bool passes(int err)
{
	static const int passing[] = { EAGAIN, EIO, ENOSPC, EDQUOT, EROFS, ESTALE, ETIMEDOUT, EMFILE, ENFILE, ENOMEM };

	for (size_t i = 0; i < G_N_ELEMENTS(passing); i++)
		if (err == -passing[i])
			return true;
	return false;
}

/* There is nothing to close it by: it ends here, and everybody is told. */
static void give_up(const char *id, const char *room, const char *reason)
{
	ledger_event(life_ledger(), id, 0, "recordingfailed", json_pack("{ss ss ss}", "roomId", room ? room : "", "recordingId", id, "reason", reason));
	ledger_recording_status(life_ledger(), id, "failed", reason);
}

/* False: the disk does not let it be closed just now. */
static bool close_one(const char *id, const char *room)
{
	struct capture_result res = { 0 };
	int err = capture_recover(life_settings(), id, &res);

	if (err == -ENOENT && ledger_root_is_there(life_ledger()) <= 0)
		return false;          /* it may be on a disk that is not mounted */
	if (err == -ENOENT) {
		log_warn("recording %s: was left open, and its directory is gone", id);
		give_up(id, room, "missing");
		return true;
	}
	if (err && passes(err))
		return false;
	if (err) {
		log_error("recording %s: was left open and cannot be closed: %s", id, err_str(err));
		give_up(id, room, "unreadable");
		return true;
	}
	ledger_event(life_ledger(), id, 0, "recordingstopped", json_pack("{ss ss sI}", "roomId", room ? room : "", "recordingId", id,
									"duration", (json_int_t)res.duration_ms));
	into_catalog(id, &res);
	log_info("recording %s: was left open; closed at %lld ms", id, (long long)res.duration_ms);
	return true;
}

static void close_or_put_off(const char *id, const char *room)
{
	if (close_one(id, room))
		return;
	log_warn("recording %s: was left open, and its disk does not let it be closed: tried again", id);
	put_off(later_new(id, room ? room : ""));
}

static int take_start(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	(void)t_ms;
	if (type == TL_START)
		*(json_t **)arg = json_incref(o);
	return -ECANCELED;
}

/* rec_<room>_<ms>_<random> → <room>; caller g_free()s. */
static char *room_in(const char *id)
{
	char *room = g_strdup(id + strlen("rec_"));

	for (int i = 0; i < 2; i++)
		*strrchr(room, '_') = 0;
	return room;
}

/* What the first line, or else the name, of a directory says becomes its row. */
static void take_in(const char *dir, const char *id)
{
	char *path = g_build_filename(dir, "timeline.jsonl", NULL), *room = room_in(id), *call = g_strdup_printf("call_%s", id + strlen("rec_"));
	struct catalog_new_recording row = { .id = id, .room = room, .call_id = call, .title = "", .layout = "grid",
					     .started_ms = recording_id_time(id) };
	json_t *start = NULL;

	timeline_read(path, take_start, &start, NULL);
	row.call_id = json_str(start, "call") ? json_str(start, "call") : row.call_id;
	row.title = json_str(start, "title") ? json_str(start, "title") : row.title;
	row.layout = json_str(start, "layout") ? json_str(start, "layout") : row.layout;
	log_warn("recording %s: the catalog did not know it", id);
	ledger_recording_insert(life_ledger(), &row);
	ledger_recording_status(life_ledger(), id, "recording", NULL);
	close_or_put_off(id, room);
	json_decref(start);
	g_free(path);
	g_free(room);
	g_free(call);
}

static bool unknown(const char *id)
{
	json_t *row = NULL;
	int err = ledger_recording_get(life_ledger(), id, &row);

	json_decref(row);
	return err == -ENOENT;
}

/* Somebody else's, perhaps, who has just made the directory and not yet the row. */
static void let_it_age(const char *id)
{
	while (!atomic_load(&orphans.stop) && clock_wall_ms() - recording_id_time(id) < YOUNG_MS && unknown(id))
		g_usleep(STEP_US);
}

/* One that was never mixed; those that were are for `recroom-pp repair`. */
static void look_at(const char *name)
{
	char *dir = g_build_filename(life_settings()->recordings, name, NULL), *done = g_build_filename(dir, "metadata.json", NULL);

	if (recording_id_time(name) < orphans.before_ms && !recording_is_live(name) && !g_file_test(done, G_FILE_TEST_EXISTS) && unknown(name)) {
		let_it_age(name);
		if (!atomic_load(&orphans.stop) && unknown(name))
			take_in(dir, name);
	}
	g_free(dir);
	g_free(done);
}

static void look_for_unknown(void)
{
	DIR *d = opendir(life_settings()->recordings);
	struct dirent *e;

	while (d && !atomic_load(&orphans.stop) && (e = readdir(d)))
		if (recording_id_valid(e->d_name))
			look_at(e->d_name);
	if (d)
		closedir(d);
}

/* Its `recordingstopped` has been told. */
static bool close_stopped(const char *id)
{
	struct capture_result res = { 0 };
	int err = capture_recover(life_settings(), id, &res);

	if (err) {
		log_debug("recording %s: not closed yet: %s", id, err_str(err));
		return false;
	}
	res.degraded = true;
	into_catalog(id, &res);
	log_info("recording %s: its disk is back, closed at %lld ms", id, (long long)res.duration_ms);
	return true;
}

/* The next one to try, or NULL when it is time to go. */
static struct later *next_later(void)
{
	struct later *l = NULL;

	held_take(&orphans.lock);
	while (!atomic_load(&orphans.stop) && !(l = g_queue_pop_head(&orphans.later)))
		cond_wait(&orphans.wake, &orphans.lock);
	held_release(&orphans.lock);
	return l;
}

static void wait_for(int64_t us)
{
	int64_t until_us = clock_mono_us() + us;

	held_take(&orphans.lock);
	while (!atomic_load(&orphans.stop) && cond_wait_until(&orphans.wake, &orphans.lock, until_us))
		;
	held_release(&orphans.lock);
}

static void close_later_ones(void)
{
	struct later *l;

	while ((l = next_later())) {
		if (l->room ? close_one(l->id, l->room) : close_stopped(l->id)) {
			later_free(l);
			continue;
		}
		put_off(l);
		wait_for(RETRY_US);
	}
}

void orphans_later(const char *id)
{
	put_off(later_new(id, NULL));
}

/* What was left open is known when the catalog answers and has what the last process wrote for it. False: it is time to go. */
static bool wait_for_catalog(json_t **rows)
{
	int err = -EBUSY;

	while (!atomic_load(&orphans.stop)) {
		err = ledger_caught_up(life_ledger()) ? ledger_recording_unclosed(life_ledger(), rows) : -EBUSY;
		if (!err)
			return true;
		wait_for(err == -EBUSY ? STEP_US : RETRY_US);
	}
	return false;
}

static void *orphans_main(void *arg)
{
	json_t *rows = NULL, *row;
	size_t i;

	(void)arg;
	if (!wait_for_catalog(&rows))
		return NULL;
	if (json_array_size(rows) == 0)        /* nothing can be missed now: the word that tells the disk from an empty mount point is there from the first start on */
		ledger_root_is_there(life_ledger());
	json_array_foreach(rows, i, row) {
		const char *id = json_str(row, "id");

		if (atomic_load(&orphans.stop))
			break;
		if (!id || json_num(row, "started_ms", 0) >= orphans.before_ms || recording_is_live(id))
			continue;
		ledger_recording_epoch(life_ledger(), id, json_num(row, "epoch", 1));
		close_or_put_off(id, json_str(row, "room"));
	}
	json_decref(rows);
	look_for_unknown();
	close_later_ones();
	return NULL;
}

int orphans_start(void)
{
	int err;

	atomic_store(&orphans.stop, false);
	cond_init(&orphans.wake);
	orphans.before_ms = clock_wall_ms();
	err = thread_start(&orphans.thread, "recroom orphans", orphans_main, NULL);
	orphans.running = !err;
	return err;
}

void orphans_stop(void)
{
	if (!orphans.running)
		return;
	held_take(&orphans.lock);
	atomic_store(&orphans.stop, true);
	cond_broadcast(&orphans.wake);
	held_release(&orphans.lock);
	pthread_join(orphans.thread, NULL);
	orphans.running = false;
}

void orphans_free(void)
{
	held_take(&orphans.lock);
	g_queue_clear_full(&orphans.later, drop);
	held_release(&orphans.lock);
}

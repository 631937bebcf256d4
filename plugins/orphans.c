/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closing what a crash left open. On a thread of its own, for a long recording takes seconds and Janus shall start.
 *
 *   catalog: unclosed, not live here ─────────────┬▶ capture_recover ─▶ event recordingstopped ─▶ catalog: stopped, flag interrupted, job
 *   directory the catalog does not know ─▶ row ───┘
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
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/orphans.h"
#include "plugins/recording.h"

enum { YOUNG_MS = 5000, STEP_US = 100000 };

static struct {
	pthread_t thread;
	bool running;
	atomic_bool stop;
	int64_t before_ms;         /* later ones are of this process */
} orphans;

static void close_one(const char *id, const char *room)
{
	struct capture_result res = { 0 };
	struct catalog_stop row;
	int err = capture_recover(life_settings(), id, &res);

	if (err == -ENOENT) {
		log_warn("recording %s: was left open, and its directory is gone", id);
		ledger_recording_status(life_ledger(), id, "failed", "missing");
		return;
	}
	if (err) {
		log_error("recording %s: was left open and cannot be closed: %s", id, err_str(err));
		return;
	}
	row = (struct catalog_stop){ .stopped_ms = clock_wall_ms(), .duration_ms = res.duration_ms, .elapsed_ms = res.elapsed_ms,
				     .bytes = res.bytes, .tracks = res.tracks, .chain_hash = res.chain,
				     .flags = res.degraded ? "[\"interrupted\",\"degraded\"]" : "[\"interrupted\"]", .reason = "interrupted" };
	ledger_event(life_ledger(), id, 0, "recordingstopped", json_pack("{ss ss sI}", "roomId", room ? room : "", "recordingId", id,
									"duration", (json_int_t)res.duration_ms));
	ledger_recording_stop(life_ledger(), id, &row);
	log_info("recording %s: was left open; closed at %lld ms", id, (long long)res.duration_ms);
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
	close_one(id, room);
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

static void *orphans_main(void *arg)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = ledger_recording_unclosed(life_ledger(), &rows);

	(void)arg;
	if (err < 0)
		log_error("cannot look for recordings left open: %s", err_str(err));
	json_array_foreach(rows, i, row) {
		const char *id = json_str(row, "id");

		if (atomic_load(&orphans.stop))
			break;
		if (id && json_num(row, "started_ms", 0) < orphans.before_ms && !recording_is_live(id))
			close_one(id, json_str(row, "room"));
	}
	json_decref(rows);
	look_for_unknown();
	return NULL;
}

int orphans_start(void)
{
	int err;

	atomic_store(&orphans.stop, false);
	orphans.before_ms = clock_wall_ms();
	err = thread_start(&orphans.thread, "recroom orphans", orphans_main, NULL);
	orphans.running = !err;
	return err;
}

void orphans_stop(void)
{
	if (!orphans.running)
		return;
	atomic_store(&orphans.stop, true);
	pthread_join(orphans.thread, NULL);
	orphans.running = false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closing what a crash left open. On a thread of its own, for a long recording takes seconds and Janus shall start.
 *
 *   catalog: unclosed, not live here ─▶ capture_recover ─▶ event recordingstopped ─▶ catalog: stopped, flag interrupted, job
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "plugins/capture.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/orphans.h"
#include "plugins/recording.h"

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
				     .bytes = res.bytes, .tracks = res.tracks, .chain_hash = res.chain, .flags = "[\"interrupted\"]",
				     .reason = "interrupted" };
	ledger_event(life_ledger(), id, 0, "recordingstopped", json_pack("{ss ss sI}", "roomId", room ? room : "", "recordingId", id,
									"duration", (json_int_t)res.duration_ms));
	ledger_recording_stop(life_ledger(), id, &row);
	log_info("recording %s: was left open; closed at %lld ms", id, (long long)res.duration_ms);
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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a recording stops: the end is fixed and answered at once, then it is drained, and then the worker gets it. On the recording's strand.
 *
 *   stop ─▶ capture_end ─▶ answer ─▶ capture_stop: drain, seal, stop line ─▶ catalog: event, row, job ─▶ recordingstopped to the room
 */
#include <string.h>
#include "common/log.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/orphans.h"
#include "plugins/recording_state.h"
#include "plugins/request.h"
#include "plugins/room.h"

/* The flags of the stop line and of the catalog: an end that nobody asked for, and lost data. */
static size_t flags_of(const char *reason, bool degraded, const char *out[3])
{
	size_t n = 0;

	if (!strcmp(reason, "shutdown"))
		out[n++] = "interrupted";
	if (degraded)
		out[n++] = "degraded";
	out[n] = NULL;
	return n;
}

static void into_catalog(struct recording *rec, const char *reason, const struct capture_result *res)
{
	const char *flags[3];
	size_t n = flags_of(reason, res->degraded || rec->refused, flags);
	json_t *list = json_array();
	struct catalog_stop row = { .stopped_ms = clock_wall_ms(), .duration_ms = res->duration_ms, .elapsed_ms = res->elapsed_ms,
				    .bytes = res->bytes, .tracks = res->tracks, .chain_hash = res->chain, .reason = reason };
	char *text;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(flags[i]));
	text = json_dumps(list, JSON_COMPACT);
	row.flags = text;
	ledger_recording_stop(life_ledger(), rec->id, &row);
	json_decref(list);
	free(text);
}

static void drain(struct recording *rec, const char *reason)
{
	struct capture_result res = { 0 };
	const char *flags[3];
	int err;

	flags_of(reason, rec->refused, flags);
	err = capture_stop(&rec->capture, rec->seq + 1, reason, flags, &res);
	if (err)
		log_error("recording %s: its end could not be written whole: %s", rec->id, err_str(err));
	recording_note_sealed(rec, res.duration_ms, res.bytes, res.tracks);
	/* The event first: a worker numbers its own after the ones that are there when the job appears. */
	recording_event(rec, "recordingstopped", json_pack("{sI}", "duration", (json_int_t)res.duration_ms));
	if (err)
		orphans_later(rec->id);
	else
		into_catalog(rec, reason, &res);
}

void recording_finish(struct recording *rec, const char *reason)
{
	if (rec->capture)
		drain(rec, reason);
	g_hash_table_remove_all(rec->streams);
	g_hash_table_remove_all(rec->people);
	g_hash_table_remove_all(rec->here);
	recording_notice_end(rec);
	recording_forget(rec);
}

static void on_stop(struct op *op)
{
	struct recording *rec = op->rec;

	if (rec->over) {
		request_answer(&op->request, APP_NOT_RECORDING, NULL);
		return;
	}
	rec->over = true;
	if (rec->capture)
		capture_end(rec->capture);
	recording_note(rec, "processing");
	auto_ended(rec->room, rec->call_id, op->reason);
	room_clear_recording(rec->room, rec);
	if (rec->starter)
		request_answer(&rec->starter, APP_NOT_RECORDING, NULL);
	if (rec->resumer)
		request_answer(&rec->resumer, APP_NOT_RECORDING, NULL);
	if (op->request)
		request_answer(&op->request, APP_OK, recording_reply(rec));
	recording_finish(rec, op->reason);
}

void recording_stop(struct recording *rec, const char *reason, struct request *r)
{
	recording_post(rec, on_stop, (struct op){ .reason = reason, .request = r ? request_ref(r) : NULL });
}

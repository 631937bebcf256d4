/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is said about a recording: answers, `joined.recording`, events to the room and into the catalog.
 */
#include "common/event.h"
#include "plugins/capture.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/notify.h"
#include "plugins/recording_state.h"
#include "plugins/room.h"

void recording_note(struct recording *rec, const char *status)
{
	int64_t duration_ms = 0, elapsed_ms = 0;

	if (rec->capture)
		capture_times(rec->capture, &duration_ms, &elapsed_ms);
	held_take(&rec->lock);
	rec->status = status;
	rec->duration_ms = duration_ms;
	rec->elapsed_ms = elapsed_ms;
	rec->at_us = clock_mono_us();
	held_release(&rec->lock);
}

void recording_note_sealed(struct recording *rec, int64_t duration_ms, int64_t bytes, int tracks)
{
	(void)duration_ms;         /* of the seal; what is shown is the clock */
	held_take(&rec->lock);
	rec->bytes = bytes;
	rec->tracks = tracks;
	held_release(&rec->lock);
}

const char *recording_id(const struct recording *rec)
{
	return rec->id;
}

struct known { const char *status; int64_t duration_ms, elapsed_ms, bytes; int tracks; };

static struct known known(struct recording *rec)
{
	struct known k;
	int64_t since_ms;

	held_take(&rec->lock);
	since_ms = (clock_mono_us() - rec->at_us) / 1000;
	k = (struct known){ rec->status, rec->duration_ms, rec->elapsed_ms, rec->bytes, rec->tracks };
	held_release(&rec->lock);
	if (g_str_equal(k.status, "recording"))
		k.duration_ms += since_ms;
	if (g_str_equal(k.status, "recording") || g_str_equal(k.status, "paused"))
		k.elapsed_ms += since_ms;
	return k;
}

json_t *recording_json(struct recording *rec)
{
	struct known k = known(rec);

	return json_pack("{ss ss sI sI sI sI si}", "recordingId", rec->id, "status", k.status, "startedAt", (json_int_t)rec->started_ms,
			 "duration", (json_int_t)k.duration_ms, "elapsed", (json_int_t)k.elapsed_ms, "bytes", (json_int_t)k.bytes, "tracks", k.tracks);
}

json_t *recording_reply(struct recording *rec)
{
	struct known k = known(rec);
	json_t *o;

	o = json_pack("{ss ss ss ss ss sI sI sI}", "recroom", "recording", "room", rec->room->id, "callId", rec->call_id, "recordingId", rec->id, "status", k.status,
			 "startedAt", (json_int_t)rec->started_ms, "duration", (json_int_t)k.duration_ms, "elapsed", (json_int_t)k.elapsed_ms);
	if (ledger_behind(life_ledger()))
		json_object_set_new(o, "catalog", json_string("behind"));
	return o;
}

static json_t *payload(struct recording *rec, const char *name, json_t *more)
{
	enum event_type type = event_find(name);
	json_t *o = event_payload(type, rec->room->id, rec->id, json_incref(more));

	if (rec->custom && event_stored(type))
		json_object_set_new(o, "custom", json_loads(rec->custom, JSON_DECODE_ANY, NULL));
	return o;
}

json_t *recording_members(struct recording *rec, const char *type, int64_t seq, json_t *more)
{
	json_t *o = json_pack("{ss}", "event", type), *p = payload(rec, type, more);

	json_object_update(o, p);
	json_decref(p);
	if (seq)
		json_object_set_new(o, "seq", json_integer(seq));
	return o;
}

void recording_event(struct recording *rec, const char *type, json_t *more)
{
	int64_t seq = ++rec->seq;

	ledger_event(life_ledger(), rec->id, seq, type, payload(rec, type, more));
	notify_room(rec->room, recording_members(rec, type, seq, more), NULL);
	json_decref(more);
}

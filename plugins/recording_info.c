/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is said about a recording: answers, `joined.recording`, events to the room and into the catalog.
 */
#include "common/event.h"
#include "plugins/capture.h"
#include "plugins/follow.h"
#include "plugins/gateway.h"
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

void recording_note_layout(struct recording *rec, json_t *look)
{
	held_take(&rec->lock);
	rec->layout = g_intern_string(json_str(look, "layout"));
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

struct known { const char *status, *layout; int64_t duration_ms, elapsed_ms, bytes; int tracks; };

static struct known known(struct recording *rec)
{
	struct known k;
	int64_t since_ms;

	held_take(&rec->lock);
	since_ms = (clock_mono_us() - rec->at_us) / 1000;
	k = (struct known){ rec->status, rec->layout, rec->duration_ms, rec->elapsed_ms, rec->bytes, rec->tracks };
	held_release(&rec->lock);
	if (g_str_equal(k.status, "recording"))
		k.duration_ms += since_ms;
	if (g_str_equal(k.status, "recording") || g_str_equal(k.status, "paused"))
		k.elapsed_ms += since_ms;
	return k;
}

/* What those must know who are asked. */
static json_t *with_consent(const struct recording *rec, json_t *o)
{
	json_object_set_new(o, "consent", json_string(consent_policy_name(rec->policy.consent)));
	if (rec->policy.consent_text[0])
		json_object_set_new(o, "consentText", json_string(rec->policy.consent_text));
	if (rec->policy.consent_url[0])
		json_object_set_new(o, "consentUrl", json_string(rec->policy.consent_url));
	return o;
}

/* A participant; nobody where the room's configuration, or a token of an application's own, has asked. */
static json_t *with_starter(const struct recording *rec, json_t *o)
{
	if (rec->by[0])
		json_object_set_new(o, "startedBy", json_string(rec->by));
	if (rec->by_name)
		json_object_set_new(o, "startedByName", json_string(rec->by_name));
	return o;
}

static json_t *with_end(const struct recording *rec, json_t *o)
{
	if (rec->policy.max_recording_s)
		json_object_set_new(o, "endsAt", json_integer(rec->started_ms - rec->before_ms + rec->policy.max_recording_s * 1000LL));
	return o;
}

void recording_age(struct recording *rec, int64_t *elapsed_ms, int64_t *limit_ms)
{
	*elapsed_ms = rec->before_ms + known(rec).elapsed_ms;
	*limit_ms = rec->policy.max_recording_s * 1000LL;
}

json_t *recording_json(struct recording *rec)
{
	struct known k = known(rec);

	return with_consent(rec, with_starter(rec, with_end(rec, json_pack("{ss ss sI sI sI sI si ss}", "recordingId", rec->id, "status", k.status,
			 "startedAt", (json_int_t)rec->started_ms, "duration", (json_int_t)k.duration_ms, "elapsed", (json_int_t)k.elapsed_ms,
			 "bytes", (json_int_t)k.bytes, "tracks", k.tracks, "layout", k.layout))));
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

/* Those that say that it captures, or is about to. */
static bool is_notice(const char *type)
{
	static const char *const notices[] = { "recordingstarting", "recordingstarted", "recordingpaused", "recordingresumed", NULL };

	return g_strv_contains(notices, type);
}

json_t *recording_members(struct recording *rec, const char *type, int64_t seq, json_t *more)
{
	json_t *o = json_pack("{ss}", "event", type), *p = payload(rec, type, more);

	json_object_update(o, p);
	json_decref(p);
	if (seq)
		json_object_set_new(o, "seq", json_integer(seq));
	return is_notice(type) ? with_consent(rec, with_starter(rec, o)) : o;
}

void recording_tell_others(struct recording *rec, const char *type)
{
	json_t *members = recording_members(rec, type, rec->seq, NULL), *event;

	follow_tell(rec->room->id, rec->id, json_incref(members));
	event = notify_event(rec->room->id, members);
	gateway_notify(NULL, event);
	json_decref(event);
}

void recording_tell_room(struct recording *rec, json_t *members)
{
	follow_tell(rec->room->id, rec->id, json_incref(members));
	notify_room(rec->room, members, NULL);
}

int64_t recording_store_event(struct recording *rec, const char *type, json_t *more)
{
	int64_t seq = ++rec->seq;

	ledger_event(life_ledger(), rec->id, seq, type, payload(rec, type, more));
	return seq;
}

void recording_event(struct recording *rec, const char *type, json_t *more)
{
	int64_t seq = recording_store_event(rec, type, more);

	recording_tell_room(rec, recording_members(rec, type, seq, more));
	json_decref(more);
}

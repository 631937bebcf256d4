/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a recording starts: first everybody is told, then it begins; nobody is captured before the notice has gone to their transport.
 *
 *   start_recording ─▶ quota? ─▶ recordingstarting ─▶ strand of each person ─ sent ─▶ told ┐
 *                                                                    last one, or 2 s ──────┴─▶ directory, catalog, recordingstarted, answer
 */
#include <errno.h>
#include <string.h>
#include "common/log.h"
#include "common/spec.h"
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/recording_state.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/stream.h"

/* Numbers of its first events, behind recordingstarting: timeline and catalog name them alike. */
enum { STARTED_SEQ = 2, PAUSED_SEQ, STATUS_PEOPLE = 10, STATUS_SLACK_US = 400000 };

static void drop_participant(gpointer p)
{
	struct participant *one = p;

	participant_unref(&one);
}

static void drop_stream(gpointer p)
{
	struct stream *one = p;

	recording_give_track();
	stream_unref(&one);
}

/* Who asks for a recording agrees to it: over REST known by the token's sub, which is "<call>/<participant>". */
static void note_starter(struct recording *rec, const struct request *r)
{
	size_t n = strlen(rec->call_id);
	struct participant *p;

	rec->automatic = !r;
	if (r && r->participant)
		g_strlcpy(rec->by, r->participant->id, sizeof(rec->by));
	else if (r && r->by && !strncmp(r->by, rec->call_id, n) && r->by[n] == '/')
		g_strlcpy(rec->by, r->by + n + 1, sizeof(rec->by));
	p = rec->by[0] ? room_participant(rec->room, rec->by) : NULL;
	rec->by_name = p ? participant_display(p) : NULL;
	participant_unref(&p);
}

/* old: the one it continues, or NULL. */
static struct recording *create(struct room *room, const char *call_id, const struct recording_conf *conf, struct request *r, struct recording *old)
{
	struct recording *rec = g_new0(struct recording, 1);

	atomic_init(&rec->ref, 1);
	lock_init(&rec->lock);
	rec->started_ms = clock_wall_ms();
	recording_id_make(rec->id, room->id, rec->started_ms);
	g_strlcpy(rec->call_id, call_id, sizeof(rec->call_id));
	rec->room = room_ref(room);
	rec->title = g_strdup(conf->title ? conf->title : "");
	rec->look = conf->look ? look_of(conf->look) : json_pack("{ss}", "layout", room->layout);
	rec->custom = g_strdup(conf->custom);
	rec->outputs = json_dumps(conf->outputs, JSON_COMPACT);
	rec->status = "starting";
	recording_note_layout(rec, rec->look);
	rec->strand = old ? strand_ref(old->strand) : strand_create(TASK_DISK);
	room_policy_get(room, &rec->policy);
	rec->consents = consents_create(rec->policy.consent, conf->exclude);
	rec->here = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, drop_participant);
	rec->people = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, drop_participant);
	rec->talkers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	rec->streams = g_hash_table_new_full(NULL, NULL, drop_stream, NULL);
	note_starter(rec, r);
	rec->starter = r ? request_ref(r) : NULL;
	return rec;
}

struct recording *recording_create_next(struct recording *old)
{
	json_t *outputs = json_loads(old->outputs, 0, NULL);
	struct recording_conf conf = { .title = old->title, .custom = old->custom, .look = old->look, .outputs = outputs };
	struct recording *rec = create(old->room, old->call_id, &conf, NULL, old);

	json_decref(outputs);
	g_strlcpy(rec->continues, old->id, sizeof(rec->continues));
	g_strlcpy(rec->by, old->by, sizeof(rec->by));
	rec->by_name = g_strdup(old->by_name);
	rec->automatic = old->automatic;
	rec->policy = old->policy;
	return rec;
}

static void refuse(struct recording *rec, enum app_error err)
{
	log_warn("recording %s: not started: %s", rec->id, app_error_info(err)->code);
	rec->over = true;
	recording_note(rec, "failed");
	room_clear_recording(rec->room, rec);
	auto_ended(rec->room, rec->call_id, NULL);
	request_answer(&rec->starter, err, NULL);
	recording_forget(rec);
}

/* The strand's first piece. */
static void on_open(struct op *op)
{
	struct recording *rec = op->rec;
	enum app_error err = rec->over ? APP_OK : recording_check_quota(rec);

	if (rec->over)
		return;
	if (err) {
		refuse(rec, err);
		return;
	}
	rec->opened = true;
	rec->seq = 1;
	recording_tell_all(rec, "recordingstarting", recording_begin);
	recording_tell_others(rec, "recordingstarting");
	if (rec->by[0])
		consents_answer(rec->consents, rec->by, true);
}

enum app_error recording_start(struct room *room, const char *call_id, const struct recording_conf *conf, struct request *r)
{
	struct recording *rec = create(room, call_id, conf, r, NULL);
	enum app_error err = recordings_draining() ? APP_DRAINING : recording_register(rec) ? APP_OK : APP_LIMIT;

	if (!err && !room_set_recording(room, rec->call_id, rec)) {
		recording_forget(rec);
		err = APP_ALREADY_RECORDING;
	}
	if (err) {
		recording_unref(&rec);
		return err;
	}
	recording_post(rec, on_open, (struct op){ 0 });
	recording_unref(&rec);
	return APP_OK;
}

/* With each second; in a large room less often, for each of them is a message to everybody there. Clients know the time between two by their own clock. */
static void tell_status(struct recording *rec)
{
	int64_t now_us = clock_mono_us();
	GPtrArray *people;
	json_t *info;

	if (now_us < rec->status_us)
		return;
	people = room_people(rec->room);
	rec->status_us = people->len > STATUS_PEOPLE ? now_us + (people->len - 1) / STATUS_PEOPLE * INT64_C(1000000) + STATUS_SLACK_US : 0;
	g_ptr_array_unref(people);
	info = recording_json(rec);
	recording_tell_room(rec, recording_members(rec, "recordingstatus", 0, info));
	json_decref(info);
}

static void on_sealed(struct op *op)
{
	struct recording *rec = op->rec;

	recording_note_sealed(rec, op->duration_ms, op->bytes, op->tracks);
	if (rec->over)
		return;
	tell_status(rec);
	recording_follow_quota(rec, op->bytes);
}

static void sealed(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	recording_post(arg, on_sealed, (struct op){ .duration_ms = duration_ms, .bytes = bytes, .tracks = tracks, .own = true });
}

/* Of one that has been taken over it is on its stop line. */
static void on_degraded(struct op *op)
{
	if (!op->rec->next)
		recording_event(op->rec, "recordingdegraded", json_pack("{ss}", "reason", op->reason));
}

static void degraded(const char *reason, void *arg)
{
	recording_post(arg, on_degraded, (struct op){ .reason = g_intern_string(reason), .own = true });
}

static void fail(struct recording *rec, int err)
{
	enum app_error code = err == -ENOSPC || err == -EDQUOT ? APP_DISK_FULL : APP_STORAGE;
	json_t *why;

	log_error("recording %s: not started: %s", rec->id, err_str(err));
	rec->over = true;
	recording_note(rec, "failed");
	room_clear_recording(rec->room, rec);
	why = json_pack("{ss}", "reason", app_error_info(code)->code);
	recording_tell_room(rec, recording_members(rec, "recordingfailed", 0, why));
	json_decref(why);
	auto_ended(rec->room, rec->call_id, NULL);
	request_answer(&rec->starter, code, NULL);
	request_answer(&rec->resumer, code, NULL);
	recording_forget(rec);
}

/* What cannot be made while the call runs would only keep a runner of such jobs waiting. */
static bool made_live(const struct recording *rec)
{
	json_t *outputs = json_loads(rec->outputs, 0, NULL);
	struct output_spec spec;
	char why[200];
	bool live;

	output_spec_default(&spec, life_settings());
	live = life_settings()->compose_live && !output_spec_read(&spec, json_array_get(outputs, 0), why, sizeof(why)) && output_spec_live(&spec);
	json_decref(outputs);
	return live;
}

static void enter_in_catalog(struct recording *rec)
{
	struct catalog_new_recording row = { .id = rec->id, .room = rec->room->id, .call_id = rec->call_id, .title = rec->title,
					     .layout = json_str(rec->look, "layout"), .custom = rec->custom, .outputs = rec->outputs, .started_ms = rec->started_ms,
					     .continues = rec->continues[0] ? rec->continues : NULL, .keep_outputs_days = rec->policy.keep_outputs_days,
					     .keep_chunks_days = rec->policy.keep_chunks_days };

	ledger_recording_insert(life_ledger(), &row);
	ledger_recording_status(life_ledger(), rec->id, "recording", NULL);
	if (made_live(rec))
		ledger_compose_live(life_ledger(), rec->id);
	ledger_event(life_ledger(), rec->id, 1, "recordingstarting", json_pack("{ss ss}", "roomId", rec->room->id, "recordingId", rec->id));
}

/* It goes on from one that was paused, or was about to end its pause: nothing of anybody may be captured until that is over. */
static void stay_paused(struct recording *rec)
{
	if (!rec->begins_paused)
		return;
	recording_show_paused(rec);
	if (rec->resuming)
		rec->resume_seq = recording_store_event(rec, "recordingresumed", NULL);
}

void recording_begin(struct op *op)
{
	struct recording *rec = op->rec;
	struct capture_conf conf = { .settings = life_settings(), .recording_id = rec->id, .room = rec->room->id, .call_id = rec->call_id,
				     .title = rec->title, .layout = json_str(rec->look, "layout"), .consent = consent_policy_name(rec->policy.consent), .seq = STARTED_SEQ,
				     .continues = rec->continues[0] ? rec->continues : NULL, .on_sealed = sealed, .on_degraded = degraded, .arg = rec };
	int err;

	recording_notice_end(rec);
	if (rec->over)
		return;
	err = capture_create(&rec->capture, &conf);
	if (err) {
		fail(rec, err);
		return;
	}
	if (rec->begins_paused)
		capture_pause(rec->capture, PAUSED_SEQ);       /* before there is anything to capture */
	rec->begun = true;
	recording_first_look(rec);
	enter_in_catalog(rec);
	recording_note(rec, rec->begins_paused ? "paused" : "recording");
	recording_settle_all(rec);
	recording_event(rec, "recordingstarted", rec->continues[0] ? json_pack("{ss}", "continues", rec->continues) : NULL);
	stay_paused(rec);
	log_info("recording %s: started by %s in room %s", rec->id, rec->starter ? request_who(rec->starter) : "the configuration", rec->room->id);
	request_answer(&rec->starter, APP_OK, recording_reply(rec));
}

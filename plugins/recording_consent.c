/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: whose media are captured. On the recording's strand, but for what is said at the requests.
 *
 *   told, yes, no, left out, taken in ─▶ consents ─▶ settle: may, and is not captured ─▶ `joined`, streams
 *                                          │                 may not, and is ─▶ streams end, gap, `left`
 *                                          └─▶ `consent` line, row of the catalog, event to the hosts
 */
#include <errno.h>
#include <string.h>
#include "common/log.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording_state.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/stream.h"

void recording_show_consents(struct recording *rec)
{
	struct consent_rows *rows = consents_rows(rec->consents), *old;

	held_take(&rec->lock);
	old = rec->consent_rows;
	rec->consent_rows = rows;
	held_release(&rec->lock);
	consent_rows_unref(&old);
}

/* Before the timeline and the catalog's row are there nothing is put down: recording_settle_all() comes. */
void recording_note_consent(struct recording *rec, const char *id, int64_t wall_ms)
{
	const char *state = consents_state(rec->consents, id);

	recording_show_consents(rec);
	if (!rec->begun || !state)
		return;
	capture_consent(rec->capture, id, state, wall_ms);
	ledger_consent(life_ledger(), rec->id, id, state, consents_told_ms(rec->consents, id), wall_ms);
}

/* Said once; the recording goes on with what it has. */
static void refuse_track(struct recording *rec, struct stream *st)
{
	log_warn("recording %s: %s of %s is not recorded: limits.max_recorded_tracks is reached", rec->id, st->source, st->participant->id);
	if (!rec->refused)
		recording_event(rec, "recordingdegraded", json_pack("{ss}", "reason", "tracks"));
	rec->refused = true;
}

void recording_capture_stream(struct recording *rec, struct stream *st)
{
	int err;

	if (!rec->capture || rec->over || !g_hash_table_contains(rec->people, st->participant->id) || g_hash_table_contains(rec->streams, st))
		return;
	if (!consents_allow(rec->consents, st->participant->id))
		return;
	if (!recording_take_track()) {
		refuse_track(rec, st);
		return;
	}
	err = capture_add(rec->capture, st->participant->id, st->source, st->tap);
	if (err) {
		recording_give_track();
		log_warn("recording %s: cannot capture %s of %s: %s", rec->id, st->source, st->participant->id, err_str(err));
		return;
	}
	g_hash_table_add(rec->streams, stream_ref(st));
}

void recording_follow_talking(struct recording *rec, struct participant *p)
{
	bool talks = atomic_load(&p->talking) > 0;

	if (!rec->capture || rec->over || !g_hash_table_contains(rec->people, p->id) || talks == g_hash_table_contains(rec->talkers, p->id))
		return;
	if (talks)
		g_hash_table_add(rec->talkers, g_strdup(p->id));
	else
		g_hash_table_remove(rec->talkers, p->id);
	capture_talking(rec->capture, p->id, talks);
}

static GPtrArray *streams_of(struct participant *p)
{
	struct session *s = participant_publisher(p);
	struct publisher *pub = s ? session_publisher(s) : NULL;
	GPtrArray *streams = pub ? publisher_streams(pub) : NULL;

	publisher_unref(&pub);
	session_unref(&s);
	return streams;
}

static void capture_streams(struct recording *rec, struct participant *p)
{
	GPtrArray *streams = streams_of(p);

	for (guint i = 0; streams && i < streams->len; i++)
		recording_capture_stream(rec, streams->pdata[i]);
	if (streams)
		g_ptr_array_unref(streams);
	recording_follow_talking(rec, p);
}

static void take_in(struct recording *rec, struct participant *p)
{
	char *name;

	if (!rec->capture)
		return;
	if (g_hash_table_insert(rec->people, p->id, participant_ref(p))) {
		name = participant_display(p);
		capture_joined(rec->capture, p->id, p->identity, name, participant_role(p));
		g_free(name);
	}
	capture_streams(rec, p);
}

static void end_streams(struct recording *rec, const char *id)
{
	struct stream *st;
	GHashTableIter it;

	g_hash_table_iter_init(&it, rec->streams);
	while (g_hash_table_iter_next(&it, (gpointer *)&st, NULL)) {
		if (strcmp(st->participant->id, id))
			continue;
		capture_remove(rec->capture, st->tap);
		g_hash_table_iter_remove(&it);
	}
}

/* Who only has yet to be told stays in the picture. */
static void take_out(struct recording *rec, struct participant *p)
{
	const char *state = consents_state(rec->consents, p->id);

	end_streams(rec, p->id);
	if (strcmp(state, "declined") && strcmp(state, "left_out"))
		return;
	if (g_hash_table_remove(rec->talkers, p->id))
		capture_talking(rec->capture, p->id, false);
	capture_withheld(rec->capture, p->id, state);
	capture_left(rec->capture, p->id);
	g_hash_table_remove(rec->people, p->id);
}

void recording_settle(struct recording *rec, struct participant *p)
{
	if (rec->over)
		return;
	if (consents_allow(rec->consents, p->id))
		take_in(rec, p);
	else if (g_hash_table_contains(rec->people, p->id))
		take_out(rec, p);
	recording_show_consents(rec);
}

void recording_settle_all(struct recording *rec)
{
	struct consent_rows *rows = consents_rows(rec->consents);
	struct participant *p;
	GHashTableIter it;

	for (unsigned i = 0; i < rows->n; i++) {
		const struct consent_row *row = &rows->row[i];
		int64_t told_ms = consents_told_ms(rec->consents, row->id);

		if (told_ms)
			capture_consent(rec->capture, row->id, "told", told_ms);
		if (row->state && strcmp(row->state, "told"))
			capture_consent(rec->capture, row->id, row->state, clock_wall_ms());
		if (row->state)
			ledger_consent(life_ledger(), rec->id, row->id, row->state, told_ms, clock_wall_ms());
	}
	consent_rows_unref(&rows);
	g_hash_table_iter_init(&it, rec->here);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		recording_settle(rec, p);
}

/* To the hosts, and to the one it is about. */
static void tell_consent(struct recording *rec, const char *id)
{
	const char *state = consents_state(rec->consents, id);
	struct participant *p;
	GHashTableIter it;

	g_hash_table_iter_init(&it, rec->here);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (state && (p->host || !strcmp(p->id, id)))
			notify_participant(p, json_pack("{ss ss ss ss}", "event", "consentchanged", "recordingId", rec->id, "id", id, "state", state));
}

static void on_answer(struct op *op)
{
	struct recording *rec = op->rec;
	struct participant *p = op->participant;
	int changed = rec->over ? -ENOENT : consents_answer(rec->consents, p->id, op->flag);
	json_t *reply;

	if (changed < 0) {
		request_answer(&op->request, APP_NOT_RECORDING, NULL);
		return;
	}
	if (changed) {
		recording_note_consent(rec, p->id, op->at_ms);
		recording_settle(rec, p);
		tell_consent(rec, p->id);
	}
	reply = request_reply(op->request, "consent");
	json_object_set_new(reply, "recordingId", json_string(rec->id));
	json_object_set_new(reply, "state", json_string(consents_state(rec->consents, p->id)));
	request_answer(&op->request, APP_OK, reply);
}

/* The strand may be behind somebody's slow disk; what is sent from now on reaches no recording all the same. */
static void cut_off(struct participant *p)
{
	GPtrArray *streams = streams_of(p);

	for (guint i = 0; streams && i < streams->len; i++)
		tap_detach_all(((struct stream *)streams->pdata[i])->tap);
	if (streams)
		g_ptr_array_unref(streams);
}

void recording_answer(struct recording *rec, struct request *r, bool agree)
{
	if (!agree)
		cut_off(r->participant);
	recording_post(rec, on_answer, (struct op){ .participant = participant_ref(r->participant), .request = request_ref(r), .flag = agree,
						    .at_ms = clock_wall_ms() });
}

/* Whom the change concerns and who is here. */
static void exclusion_changed(struct recording *rec, const char *id, int64_t wall_ms)
{
	struct participant *p = g_hash_table_lookup(rec->here, id);

	if (consents_is_out(rec->consents, id))
		recording_note_consent(rec, id, wall_ms);
	tell_consent(rec, id);
	if (!p)
		return;
	recording_settle(rec, p);
	if (!consents_is_out(rec->consents, id))
		recording_tell(rec, p, recording_notice_type(rec));
}

/* Who was cut off for a change that did not come about is captured again. */
static void take_up_again(struct recording *rec, const char *key)
{
	struct participant *p;
	const char *id;
	unsigned at = 0;

	while (!rec->over && (id = consents_named(rec->consents, key, &at))) {
		p = g_hash_table_lookup(rec->here, id);
		if (p && rec->capture)
			end_streams(rec, id);
		if (p)
			recording_settle(rec, p);
	}
}

static void on_exclude(struct op *op)
{
	struct recording *rec = op->rec;
	const char *key = json_str(op->request->body, "id"), *id;
	unsigned at = 0;
	int changed = rec->over ? -EPROTO : consents_exclude(rec->consents, key, op->flag);

	if (changed < 0) {
		take_up_again(rec, key);
		request_answer(&op->request, changed == -ENOSPC ? APP_LIMIT : APP_NOT_RECORDING, NULL);
		return;
	}
	while (changed && (id = consents_named(rec->consents, key, &at)))
		exclusion_changed(rec, id, op->at_ms);
	request_answer(&op->request, APP_OK, recording_reply(rec));
}

void recording_exclude(struct recording *rec, struct request *r)
{
	bool out = json_flag(r->body, "exclude", true);
	const char *key = json_str(r->body, "id");
	GPtrArray *people = room_people(rec->room);

	for (guint i = 0; out && i < people->len; i++) {
		struct participant *p = people->pdata[i];

		if (!strcmp(p->id, key) || (*key && !strcmp(p->identity, key)))
			cut_off(p);
	}
	g_ptr_array_unref(people);
	recording_post(rec, on_exclude, (struct op){ .request = request_ref(r), .flag = out, .at_ms = clock_wall_ms() });
}

static struct consent_rows *rows_now(struct recording *rec)
{
	struct consent_rows *rows;

	held_take(&rec->lock);
	rows = consent_rows_ref(rec->consent_rows);
	held_release(&rec->lock);
	return rows;
}

/* Who has not said yes where that is needed, for all to see is only oneself. */
json_t *recording_consent_json(struct recording *rec, const struct participant *p, bool all)
{
	struct consent_rows *rows = rows_now(rec);
	json_t *o = json_pack("{ss}", "policy", consent_policy_name(rec->policy.consent)), *people = json_array(), *missing = json_array();

	for (unsigned i = 0; rows && i < rows->n; i++) {
		const struct consent_row *row = &rows->row[i];
		const char *state = row->state ? row->state : "untold";

		if (p && !strcmp(p->id, row->id))
			json_object_set_new(o, "you", json_string(state));
		json_array_append_new(people, json_pack("{ss ss sb sb}", "id", row->id, "state", state, "here", row->here, "captured", row->allowed));
		if (row->here && !row->allowed && (!row->state || !strcmp(row->state, "told")))
			json_array_append_new(missing, json_string(row->id));
	}
	if (all)
		json_object_set(o, "people", people);
	if (all)
		json_object_set(o, "missing", missing);
	json_decref(people);
	json_decref(missing);
	consent_rows_unref(&rows);
	return o;
}

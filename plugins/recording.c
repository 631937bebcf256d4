/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: what happens on their strands after the start. Posted to by task threads, the writer thread and the ticker.
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

static struct {
	struct lock lock;          /* table (leaf) */
	GHashTable *table;         /* recordings (reference) from start until drained */
	atomic_int tracks;         /* captured in all of them */
} live = { .lock = LOCK_INIT };

void recordings_init(void)
{
	live.table = g_hash_table_new(NULL, NULL);
}

bool recording_register(struct recording *rec)
{
	bool fits;

	held_take(&live.lock);
	fits = g_hash_table_size(live.table) < (guint)life_settings()->max_recordings;
	if (fits)
		g_hash_table_add(live.table, recording_ref(rec));
	held_release(&live.lock);
	return fits;
}

bool recording_take_track(void)
{
	if (atomic_fetch_add(&live.tracks, 1) < life_settings()->max_recorded_tracks)
		return true;
	atomic_fetch_sub(&live.tracks, 1);
	return false;
}

void recording_give_track(void)
{
	atomic_fetch_sub(&live.tracks, 1);
}

void recording_forget(struct recording *rec)
{
	bool mine;

	held_take(&live.lock);
	mine = g_hash_table_remove(live.table, rec);
	held_release(&live.lock);
	if (mine)
		recording_unref(&rec);
}

static void drop(gpointer p)
{
	struct recording *rec = p;

	recording_unref(&rec);
}

/* None before the start and after the end. */
static GPtrArray *all_live(void)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(drop);
	struct recording *rec;
	GHashTableIter it;

	held_take(&live.lock);
	if (live.table) {
		g_hash_table_iter_init(&it, live.table);
		while (g_hash_table_iter_next(&it, (gpointer *)&rec, NULL))
			g_ptr_array_add(all, recording_ref(rec));
	}
	held_release(&live.lock);
	return all;
}

bool recording_is_live(const char *id)
{
	GPtrArray *all = all_live();
	bool found = false;

	for (guint i = 0; i < all->len; i++)
		found |= !strcmp(((struct recording *)all->pdata[i])->id, id);
	g_ptr_array_unref(all);
	return found;
}

void recordings_tick(int64_t now_us)
{
	GPtrArray *all = all_live();

	for (guint i = 0; i < all->len; i++)
		recording_expire_notice(all->pdata[i], now_us);
	g_ptr_array_unref(all);
}

void recordings_exit(void)
{
	GPtrArray *all = all_live();

	for (guint i = 0; i < all->len; i++)
		recording_stop(all->pdata[i], "shutdown", NULL);
	g_ptr_array_unref(all);
}

void recordings_free(void)
{
	g_hash_table_destroy(live.table);
	live.table = NULL;
}

struct recording *recording_ref(struct recording *rec)
{
	atomic_fetch_add(&rec->ref, 1);
	return rec;
}

void recording_unref(struct recording **p)
{
	struct recording *rec = *p;

	*p = NULL;
	if (!rec || atomic_fetch_sub(&rec->ref, 1) != 1)
		return;
	g_hash_table_destroy(rec->people);
	g_hash_table_destroy(rec->streams);
	g_hash_table_destroy(rec->talkers);
	request_unref(&rec->starter);
	strand_unref(&rec->strand);
	room_unref(&rec->room);
	lock_destroy(&rec->lock);
	g_free(rec->title);
	json_decref(rec->look);
	g_free(rec->custom);
	free(rec->outputs);
	g_free(rec);
}

struct post {
	struct op op;
	void (*run)(struct op *op);
};

static void run_post(void *arg, bool cancelled)
{
	struct post *t = arg;

	if (!cancelled)
		t->run(&t->op);
	participant_unref(&t->op.participant);
	stream_unref(&t->op.stream);
	request_unref(&t->op.request);
	json_decref(t->op.members);
	recording_unref(&t->op.rec);
	g_free(t);
}

void recording_post(struct recording *rec, void (*run)(struct op *op), struct op op)
{
	struct post *t = g_new(struct post, 1);

	*t = (struct post){ op, run };
	t->op.rec = recording_ref(rec);
	strand_post(rec->strand, run_post, t);
}

/* Said once; the recording goes on with what it has. */
static void refuse_track(struct recording *rec, struct stream *st)
{
	log_warn("recording %s: %s of %s is not recorded: limits.max_recorded_tracks is reached", rec->id, st->source, st->participant->id);
	if (!rec->refused)
		recording_event(rec, "recordingdegraded", json_pack("{ss}", "reason", "tracks"));
	rec->refused = true;
}

static void capture_stream(struct recording *rec, struct stream *st)
{
	int err;

	if (!rec->capture || rec->over || g_hash_table_contains(rec->streams, st))
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

static void follow_talking(struct recording *rec, struct participant *p)
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

void recording_capture_person(struct recording *rec, struct participant *p)
{
	struct session *s = participant_publisher(p);
	struct publisher *pub = s ? session_publisher(s) : NULL;
	GPtrArray *streams = pub ? publisher_streams(pub) : NULL;
	char *name = participant_display(p);

	capture_joined(rec->capture, p->id, p->identity, name, participant_role(p));
	for (guint i = 0; streams && i < streams->len; i++)
		capture_stream(rec, streams->pdata[i]);
	follow_talking(rec, p);
	if (streams)
		g_ptr_array_unref(streams);
	g_free(name);
	publisher_unref(&pub);
	session_unref(&s);
}

static void on_admit(struct op *op)
{
	struct recording *rec = op->rec;
	struct participant *p = op->participant;

	if (rec->over || strcmp(p->call_id, rec->call_id) || g_hash_table_contains(rec->people, p->id))
		return;
	g_hash_table_insert(rec->people, p->id, participant_ref(p));
	if (rec->capture)
		recording_capture_person(rec, p);
}

void recording_admit(struct recording *rec, struct participant *p)
{
	recording_post(rec, on_admit, (struct op){ .participant = participant_ref(p) });
}

static void on_told(struct participant *p, void *arg)
{
	struct recording *rec = arg;

	recording_admit(rec, p);
	recording_unref(&rec);
}

/* From the strand, so that the newcomer hears of the state as it is in the order of events. */
static void on_joined(struct op *op)
{
	struct recording *rec = op->rec;
	const char *type = !rec->begun ? "recordingstarting" : !strcmp(rec->status, "paused") ? "recordingpaused" : "recordingstarted";

	if (rec->over)
		return;
	recording_ref(rec);
	if (!notify_participant_then(op->participant, recording_members(rec, type, rec->seq, NULL), on_told, rec))
		recording_unref(&rec);
}

void recording_joined(struct recording *rec, struct participant *p)
{
	recording_post(rec, on_joined, (struct op){ .participant = participant_ref(p) });
}

static void on_left(struct op *op)
{
	struct recording *rec = op->rec;

	g_hash_table_remove(rec->talkers, op->participant->id);
	if (g_hash_table_remove(rec->people, op->participant->id) && rec->capture && !rec->over)
		capture_left(rec->capture, op->participant->id);
}

void recording_left(struct recording *rec, struct participant *p)
{
	recording_post(rec, on_left, (struct op){ .participant = participant_ref(p) });
}

static void on_said(struct op *op)
{
	struct recording *rec = op->rec;

	if (rec->capture && !rec->over && g_hash_table_contains(rec->people, op->participant->id))
		capture_said(rec->capture, op->participant->id, op->reason, op->members);
}

void recording_said(struct recording *rec, struct participant *p, const char *type, const json_t *members)
{
	recording_post(rec, on_said, (struct op){ .participant = participant_ref(p), .reason = type, .members = json_deep_copy(members) });
}

static void on_talking(struct op *op)
{
	follow_talking(op->rec, op->participant);
}

void recording_talking(struct recording *rec, struct participant *p)
{
	recording_post(rec, on_talking, (struct op){ .participant = participant_ref(p) });
}

static void on_add(struct op *op)
{
	if (g_hash_table_contains(op->rec->people, op->stream->participant->id))
		capture_stream(op->rec, op->stream);
}

void recording_add(struct recording *rec, struct stream *st)
{
	recording_post(rec, on_add, (struct op){ .stream = stream_ref(st) });
}

static void on_remove(struct op *op)
{
	struct recording *rec = op->rec;

	if (rec->capture && !rec->over && g_hash_table_contains(rec->streams, op->stream))
		capture_remove(rec->capture, op->stream->tap);
	g_hash_table_remove(rec->streams, op->stream);
}

void recording_remove(struct recording *rec, struct stream *st)
{
	recording_post(rec, on_remove, (struct op){ .stream = stream_ref(st) });
}

static void turn(struct op *op, bool pause)
{
	struct recording *rec = op->rec;
	const char *status = pause ? "paused" : "recording", *type = pause ? "recordingpaused" : "recordingresumed";
	int err = -EPROTO;

	if (rec->capture && !rec->over)
		err = pause ? capture_pause(rec->capture, rec->seq + 1) : capture_resume(rec->capture, rec->seq + 1);
	if (err) {
		request_answer(&op->request, rec->over || !rec->capture ? APP_NOT_RECORDING : APP_RECORDING_BUSY, NULL);
		return;
	}
	recording_note(rec, status);
	ledger_recording_status(life_ledger(), rec->id, status, NULL);
	recording_event(rec, type, NULL);
	request_answer(&op->request, APP_OK, recording_reply(rec));
}

static void on_pause(struct op *op)
{
	turn(op, true);
}

static void on_resume(struct op *op)
{
	turn(op, false);
}

void recording_pause(struct recording *rec, struct request *r)
{
	recording_post(rec, on_pause, (struct op){ .request = request_ref(r) });
}

void recording_resume(struct recording *rec, struct request *r)
{
	recording_post(rec, on_resume, (struct op){ .request = request_ref(r) });
}

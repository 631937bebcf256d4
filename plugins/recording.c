/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: what happens on their strands after the start. Posted to by task threads, the writer thread and the ticker.
 */
#include <errno.h>
#include <string.h>
#include "common/log.h"
#include "common/json.h"
#include "common/metrics.h"
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
	atomic_bool draining;
} live = { .lock = LOCK_INIT };

void recordings_init(void)
{
	live.table = g_hash_table_new(NULL, NULL);
	atomic_store(&live.draining, false);
}

void recordings_drain(bool on)
{
	if (atomic_exchange(&live.draining, on) == on)
		return;
	ledger_set_draining(life_ledger(), on);
	log_info("%s", on ? "draining: no new recordings" : "recordings may start again");
}

bool recordings_draining(void)
{
	return atomic_load(&live.draining);
}

bool recording_register(struct recording *rec)
{
	bool fits;

	held_take(&live.lock);
	fits = rec->continues[0] || g_hash_table_size(live.table) < (guint)life_settings()->max_recordings;
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

unsigned recordings_running(void)
{
	unsigned n;

	held_take(&live.lock);
	n = live.table ? g_hash_table_size(live.table) : 0;
	held_release(&live.lock);
	return n;
}

struct recording *recording_find(const char *id)
{
	GPtrArray *all = all_live();
	struct recording *found = NULL;

	for (guint i = 0; i < all->len && !found; i++)
		if (!strcmp(((struct recording *)all->pdata[i])->id, id))
			found = recording_ref(all->pdata[i]);
	g_ptr_array_unref(all);
	return found;
}

void recordings_measure(void)
{
	GPtrArray *all = all_live();
	int64_t sums[8] = { 0 };

	for (guint i = 0; i < all->len; i++) {
		json_t *o = recording_json(all->pdata[i]);

		sums[metric_label(METRIC_RECORDINGS, json_str(o, "status"))]++;
		json_decref(o);
	}
	for (size_t k = 0; k <= metric_label(METRIC_RECORDINGS, "other"); k++)
		metric_set(METRIC_RECORDINGS, k, sums[k]);
	metric_set(METRIC_RECORDED_TRACKS, 0, atomic_load(&live.tracks));
	g_ptr_array_unref(all);
}

bool recording_is_live(const char *id)
{
	struct recording *found = recording_find(id);
	bool is = found != NULL;

	recording_unref(&found);
	return is;
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

/* The ledger still writes what is left, and may ask for a recording that another host has taken over. */
void recordings_free(void)
{
	GHashTable *table;

	held_take(&live.lock);
	table = live.table;
	live.table = NULL;
	held_release(&live.lock);
	g_hash_table_destroy(table);
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
	g_hash_table_destroy(rec->here);
	g_hash_table_destroy(rec->people);
	consents_unref(&rec->consents);
	consent_rows_unref(&rec->consent_rows);
	g_hash_table_destroy(rec->streams);
	g_hash_table_destroy(rec->talkers);
	recording_unref(&rec->next);
	request_unref(&rec->starter);
	request_unref(&rec->resumer);
	recording_notice_end(rec);
	strand_unref(&rec->strand);
	room_unref(&rec->room);
	lock_destroy(&rec->lock);
	g_free(rec->title);
	g_free(rec->by_name);
	json_decref(rec->look);
	g_free(rec->custom);
	free(rec->outputs);
	g_free(rec);
}

struct post {
	struct op op;
	void (*run)(struct op *op);
};

/* `next` is written and read on the strand that the two have in common. */
static void follow_on(struct op *op)
{
	struct recording *old = op->rec;

	while (!op->own && old->next) {
		op->rec = recording_ref(old->next);
		recording_unref(&old);
		old = op->rec;
	}
}

static void run_post(void *arg, bool cancelled)
{
	struct post *t = arg;

	if (!cancelled) {
		follow_on(&t->op);
		t->run(&t->op);
	}
	participant_unref(&t->op.participant);
	stream_unref(&t->op.stream);
	request_unref(&t->op.request);
	json_decref(t->op.members);
	recording_unref(&t->op.rec);
	g_free(t);
}

void recording_post_to(struct strand *strand, struct recording *rec, void (*run)(struct op *op), struct op op)
{
	struct post *t = g_new(struct post, 1);

	*t = (struct post){ op, run };
	t->op.rec = recording_ref(rec);
	strand_post(strand, run_post, t);
}

void recording_post(struct recording *rec, void (*run)(struct op *op), struct op op)
{
	recording_post_to(rec->strand, rec, run, op);
}

/* From the strand, so that the newcomer hears of the state as it is in the order of events. */
static void on_joined(struct op *op)
{
	struct recording *rec = op->rec;

	if (rec->opened && !rec->over && !strcmp(op->participant->call_id, rec->call_id))
		recording_tell(rec, op->participant, recording_notice_type(rec));
}

void recording_joined(struct recording *rec, struct participant *p)
{
	recording_post(rec, on_joined, (struct op){ .participant = participant_ref(p) });
}

static void on_left(struct op *op)
{
	struct recording *rec = op->rec;
	const char *id = op->participant->id;

	consents_left(rec->consents, id);
	g_hash_table_remove(rec->talkers, id);
	if (g_hash_table_remove(rec->people, id) && rec->capture && !rec->over)
		capture_left(rec->capture, id);
	g_hash_table_remove(rec->here, id);
	recording_show_consents(rec);
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
	recording_follow_talking(op->rec, op->participant);
}

void recording_talking(struct recording *rec, struct participant *p)
{
	recording_post(rec, on_talking, (struct op){ .participant = participant_ref(p) });
}

static void on_add(struct op *op)
{
	recording_capture_stream(op->rec, op->stream);
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

static void turned(struct recording *rec, const char *status)
{
	recording_note(rec, status);
	ledger_recording_status(life_ledger(), rec->id, status, NULL);
}

void recording_show_paused(struct recording *rec)
{
	turned(rec, "paused");
	recording_event(rec, "recordingpaused", NULL);
}

static void on_pause(struct op *op)
{
	struct recording *rec = op->rec;
	int err = -EPROTO;

	if (rec->capture && !rec->over && !rec->resuming)
		err = capture_pause(rec->capture, rec->seq + 1);
	if (err) {
		request_answer(&op->request, rec->over || !rec->capture ? APP_NOT_RECORDING : APP_RECORDING_BUSY, NULL);
		return;
	}
	recording_show_paused(rec);
	request_answer(&op->request, APP_OK, recording_reply(rec));
}

/* All have been told, or time is up: the others are captured when they have been. */
static void go_on(struct op *op)
{
	struct recording *rec = op->rec;
	struct participant *p;
	GHashTableIter it;

	recording_notice_end(rec);
	if (rec->over)
		return;
	rec->resuming = false;
	g_hash_table_iter_init(&it, rec->here);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		recording_settle(rec, p);
	capture_resume(rec->capture, rec->resume_seq);
	turned(rec, "recording");
	request_answer(&rec->resumer, APP_OK, recording_reply(rec));
}

static void on_resume(struct op *op)
{
	struct recording *rec = op->rec;

	if (rec->over || !rec->capture || rec->resuming || strcmp(rec->status, "paused")) {
		request_answer(&op->request, rec->over || !rec->capture ? APP_NOT_RECORDING : APP_RECORDING_BUSY, NULL);
		return;
	}
	rec->resuming = true;
	rec->resumer = g_steal_pointer(&op->request);
	rec->resume_seq = recording_store_event(rec, "recordingresumed", NULL);
	recording_tell_all(rec, "recordingresumed", go_on);
	recording_tell_others(rec, "recordingresumed");
}

void recording_pause(struct recording *rec, struct request *r)
{
	recording_post(rec, on_pause, (struct op){ .request = request_ref(r) });
}

void recording_resume(struct recording *rec, struct request *r)
{
	recording_post(rec, on_resume, (struct op){ .request = request_ref(r) });
}

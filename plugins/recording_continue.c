/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording that another host has taken over (ours could not be heard for too long) goes on under another id: what the old directory has is closed where
 * it is, what comes is captured in a new one. Begun on the ledger's thread, done on the strands of the two.
 *
 *   -ESTALE ─▶ old strand: people and their consent handed over ─▶ new strand: begins, captures ─▶ old strand: ends, is drained
 *                                                    both capture for a moment: nothing is missed in between; a paused one stays paused
 */
#include <string.h>
#include "common/log.h"
#include "plugins/capture.h"
#include "plugins/consent.h"
#include "plugins/recording_state.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/stream.h"

/* Two recordings need not agree to the millisecond on when a packet was sampled; so long both have what comes, and neither needs the other for it. */
enum { OVERLAP_US = 200000 };

static void on_replaced(struct op *op)
{
	struct recording *rec = op->rec;

	capture_end_in(rec->capture, op->flag ? OVERLAP_US : 0);
	recording_note(rec, "processing");
	recording_finish(rec, "taken_over");
}

static void begin_next(struct op *op)
{
	struct recording *rec = op->rec, *old = rec->before;

	rec->before = NULL;
	recording_begin(op);
	recording_post(old, on_replaced, (struct op){ .flag = true });
	recording_unref(&old);
}

static void drop_uncounted(gpointer p)
{
	struct stream *one = p;

	stream_unref(&one);
}

/* The two capture the same for a moment; that shall not be one of limits.max_recorded_tracks twice. */
static void give_tracks(struct recording *old)
{
	GHashTable *counted = old->streams;
	struct stream *st;
	GHashTableIter it;

	old->streams = g_hash_table_new_full(NULL, NULL, drop_uncounted, NULL);
	g_hash_table_iter_init(&it, counted);
	while (g_hash_table_iter_next(&it, (gpointer *)&st, NULL))
		g_hash_table_add(old->streams, stream_ref(st));
	g_hash_table_destroy(counted);
}

/* Everybody there has been told, and has said yes or no: that holds. */
static void hand_over(struct recording *old, struct recording *next)
{
	struct consents *consents = next->consents;
	GHashTable *here = next->here;

	next->consents = old->consents;
	next->here = old->here;
	old->consents = consents;
	old->here = here;
	give_tracks(old);
	next->opened = true;
	next->begins_paused = !strcmp(old->status, "paused");
	next->seq = 1;
	next->before = recording_ref(old);
}

static void on_stale(struct op *op)
{
	struct recording *rec = op->rec, *next;
	bool goes_on;

	if (rec->over || !rec->capture)
		return;
	next = recording_create_next(rec);
	rec->over = true;
	if (rec->resumer)
		request_answer(&rec->resumer, APP_RECORDING_BUSY, NULL);
	room_clear_recording(rec->room, rec);
	goes_on = recording_register(next);
	if (goes_on && !room_set_recording(rec->room, next->call_id, next)) {
		recording_forget(next);
		goes_on = false;
	}
	log_warn("recording %s: another host has taken it over; it goes on as %s", rec->id, goes_on ? next->id : "nothing, for the call is over or limits are reached");
	if (goes_on) {
		hand_over(rec, next);
		recording_post(next, begin_next, (struct op){ 0 });
	} else {
		on_replaced(op);
	}
	recording_unref(&next);
}

void recordings_stale(const char *id, void *arg)
{
	struct recording *rec = recording_find(id);

	(void)arg;
	if (rec)
		recording_post(rec, on_stale, (struct op){ 0 });
	recording_unref(&rec);
}

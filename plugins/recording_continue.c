/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording that another host has taken over (ours could not be heard for too long) goes on under another id: what the old directory has is closed where
 * it is, what comes is captured in a new one. Begun on the ledger's thread, done on the strand of the old one, which is the new one's from then on.
 *
 *   -ESTALE ─▶ strand: people, consent, pause, limits handed over ─▶ in the room's place ─▶ begins, captures ─▶ the old one ends ─▶ strand of its own: drained
 *                                                                    both capture for a moment: nothing is missed in between; a paused one stays paused
 *
 * As the two share the strand, what anybody has posted to the old one and what they post to the new one happens in the order it was posted in, and all
 * that comes behind the handing over is for the new one (run_post() of recording.c). Neither a no nor a stop can fall between the two.
 */
#include "common/log.h"
#include "plugins/capture.h"
#include "plugins/consent.h"
#include "plugins/held.h"
#include "plugins/recording_state.h"
#include "plugins/request.h"
#include "plugins/room.h"

/* Two recordings need not agree to the millisecond on when a packet was sampled; so long both have what comes, and neither needs the other for it. */
enum { OVERLAP_US = 200000 };

static void on_replaced(struct op *op)
{
	recording_finish(op->rec, "taken_over");
}

/* Everybody there has been told, and has said yes or no: that holds. */
static void hand_over_people(struct recording *old, struct recording *next)
{
	struct consents *consents = next->consents;
	GHashTable *here = next->here;

	next->consents = old->consents;
	next->here = old->here;
	old->consents = consents;
	old->here = here;
	next->opened = true;
	next->seq = 1;
	recording_show_consents(next);
	g_hash_table_remove_all(old->streams);     /* its capture keeps them; the tracks are the new one's to take */
}

/* Who is told of the end of a pause just now need not be told again: that round goes on, and its end is the new one's. */
static void hand_over_pause(struct recording *old, struct recording *next)
{
	next->begins_paused = g_str_equal(old->status, "paused");
	next->resuming = old->resuming;
	next->resumer = g_steal_pointer(&old->resumer);
}

/* Being taken over makes no room for more. */
static void hand_over_limits(struct recording *old, struct recording *next)
{
	int64_t bytes, limit_ms;

	recording_age(old, &next->before_ms, &limit_ms);
	held_take(&old->lock);
	bytes = old->bytes;
	held_release(&old->lock);
	next->quota_bytes = old->quota_bytes ? MAX(old->quota_bytes - bytes, 1) : 0;
	next->quota_told = old->quota_told;
}

static void end_old(struct recording *old, int64_t overlap_us)
{
	struct strand *strand = strand_create(TASK_DISK);

	capture_end_in(old->capture, overlap_us);
	recording_note(old, "processing");
	recording_post_to(strand, old, on_replaced, (struct op){ .own = true });
	strand_unref(&strand);
}

static void on_stale(struct op *op)
{
	struct recording *rec = op->rec, *next;
	bool goes_on;

	if (rec->over || !rec->capture)
		return;
	next = recording_create_next(rec);
	hand_over_limits(rec, next);
	hand_over_people(rec, next);
	hand_over_pause(rec, next);
	rec->over = true;
	rec->next = recording_ref(next);
	goes_on = room_replace_recording(rec->room, rec, next);
	log_warn("recording %s: another host has taken it over; it goes on as %s", rec->id, goes_on ? next->id : "nothing, for the call is over");
	if (goes_on) {
		recording_register(next);
		recording_begin(&(struct op){ .rec = next });
		recording_notice_hand_over(rec, next);
	} else {
		next->over = true;
		request_answer(&next->resumer, APP_NOT_RECORDING, NULL);
	}
	end_old(rec, next->over ? 0 : OVERLAP_US);
	recording_unref(&next);
}

void recordings_stale(const char *id, void *arg)
{
	struct recording *rec = recording_find(id);

	(void)arg;
	if (rec)
		recording_post(rec, on_stale, (struct op){ .own = true });
	recording_unref(&rec);
}

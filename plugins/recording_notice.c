/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: telling people. Nothing of anybody is captured before a notice of what is going on has been given to their transport; a notice that says
 * less than what is true by then does not count.
 *
 *   everybody (start, resume) or one (late, back, taken in again) ─▶ strand of each handle ─ sent ─▶ recording's strand: told ─▶ media taken
 *                    └─ a round ends when all have been told, or 2 s later ─▶ begin, go on
 */
#include <string.h>
#include "plugins/held.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/recording_state.h"
#include "plugins/room.h"

enum { NOTICE_US = 2000000 };

struct round {
	atomic_int ref, open;      /* open: not told yet, and one for the telling itself */
	atomic_bool over;
	void (*then)(struct op *op);
	int64_t until_us;
};

/* One notice on its way to one person. */
struct notice {
	struct recording *rec;
	struct round *round;       /* NULL: of none */
	unsigned number;
};

static struct round *round_ref(struct round *r)
{
	if (r)
		atomic_fetch_add(&r->ref, 1);
	return r;
}

static void round_unref(struct round *r)
{
	if (r && atomic_fetch_sub(&r->ref, 1) == 1)
		g_free(r);
}

static void round_end(struct recording *rec, struct round *r)
{
	if (!atomic_exchange(&r->over, true))
		recording_post(rec, r->then, (struct op){ 0 });
}

static void round_one_less(struct recording *rec, struct round *r)
{
	if (r && atomic_fetch_sub(&r->open, 1) == 1)
		round_end(rec, r);
}

static void set_round(struct recording *rec, struct round *r)
{
	struct round *old;

	held_take(&rec->lock);
	old = rec->round;
	rec->round = r;
	held_release(&rec->lock);
	round_unref(old);
}

void recording_notice_end(struct recording *rec)
{
	set_round(rec, NULL);
}

void recording_notice_hand_over(struct recording *old, struct recording *next)
{
	struct round *r;

	held_take(&old->lock);
	r = old->round;
	old->round = NULL;
	held_release(&old->lock);
	set_round(next, r);
}

void recording_expire_notice(struct recording *rec, int64_t now_us)
{
	struct round *r;

	held_take(&rec->lock);
	r = round_ref(rec->round);
	held_release(&rec->lock);
	if (r && now_us >= r->until_us)
		round_end(rec, r);
	round_unref(r);
}

static void on_told(struct op *op)
{
	struct recording *rec = op->rec;

	if (rec->over || !consents_told(rec->consents, op->participant->id, op->notice, op->at_ms))
		return;
	recording_note_consent(rec, op->participant->id, op->at_ms);
	recording_settle(rec, op->participant);
}

/* On the strand of the person's handle. What their transport did not take told them nothing. */
static void on_sent(struct participant *p, bool sent, void *arg)
{
	struct notice *n = arg;

	if (sent)
		recording_post(n->rec, on_told, (struct op){ .participant = participant_ref(p), .notice = n->number, .at_ms = clock_wall_ms() });
	round_one_less(n->rec, n->round);
	round_unref(n->round);
	recording_unref(&n->rec);
	g_free(n);
}

static void tell(struct recording *rec, struct participant *p, const char *type, int64_t seq, struct round *round)
{
	json_t *members = recording_members(rec, type, seq, NULL);
	struct notice *n = g_new(struct notice, 1);

	*n = (struct notice){ recording_ref(rec), round_ref(round), consents_meet(rec->consents, p->id, p->identity) };
	g_hash_table_replace(rec->here, p->id, participant_ref(p));
	if (consents_is_out(rec->consents, p->id))
		json_object_set_new(members, "excluded", json_true());
	if (round)
		atomic_fetch_add(&round->open, 1);
	if (!notify_participant_then(p, members, on_sent, n))
		on_sent(p, false, n);
}

const char *recording_notice_type(const struct recording *rec)
{
	if (!rec->begun)
		return "recordingstarting";
	return rec->resuming ? "recordingresumed" : !strcmp(rec->status, "paused") ? "recordingpaused" : "recordingstarted";
}

void recording_tell(struct recording *rec, struct participant *p, const char *type)
{
	tell(rec, p, type, rec->seq, NULL);
	recording_settle(rec, p);
}

void recording_tell_all(struct recording *rec, const char *type, void (*then)(struct op *op))
{
	GPtrArray *people = room_people(rec->room);
	struct round *round = g_new0(struct round, 1);

	atomic_init(&round->ref, 1);
	atomic_init(&round->open, 1);
	round->then = then;
	round->until_us = clock_mono_us() + NOTICE_US;
	for (guint i = 0; i < people->len; i++)
		if (!strcmp(((struct participant *)people->pdata[i])->call_id, rec->call_id))
			tell(rec, people->pdata[i], type, rec->seq, round);
	set_round(rec, round_ref(round));
	round_one_less(rec, round);
	round_unref(round);
	g_ptr_array_unref(people);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coming into rooms and leaving them, and how calls begin and end by that. Task threads and the ticker.
 *
 *   first in ─▶ call opens ─▶ people come, leave, come back ─▶ last out ─ call_end_grace_s ─▶ call closes, its recording ends ("empty")
 */
#include <string.h>
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/room.h"

enum { REMEMBER_US = 600 * 1000000 };

/* Somebody known: by the resume secret, or by a token. */
static enum app_error find_known_locked(struct room *r, const struct room_entry *e, bool subscriber, struct participant **out)
{
	struct participant *p = NULL;
	const char *own;

	if (e->resume) {
		p = r->call ? call_by_resume(r->call, e->resume) : NULL;
		if (!p)
			return APP_UNAUTHORIZED;
	} else if (e->token_sub && r->call) {
		own = call_own_sub(r->call, e->token_sub);
		p = own ? call_by_id(r->call, own) : call_by_identity(r->call, e->token_sub);
		if (p && p->present && !subscriber)
			return APP_ID_TAKEN;
	}
	if (p && p->kicked)
		return APP_FORBIDDEN;
	if (subscriber && !(p && p->present))
		return APP_UNAUTHORIZED;
	*out = p;
	return APP_OK;
}

/* An id from a token of ours that we have forgotten is given again; "" otherwise. */
static const char *old_id(const struct call *c, const struct room_entry *e)
{
	const char *own = e->token_sub ? call_own_sub(c, e->token_sub) : NULL;

	return own ? own : "";
}

static struct participant *make_locked(struct room *r, const struct room_entry *e)
{
	char id[PARTICIPANT_SIZE];
	bool foreign = e->token_sub && strncmp(e->token_sub, "call_", 5);
	struct participant_conf conf = { .call_id = r->call->id, .identity = foreign ? e->token_sub : NULL, .display = e->display,
					 .host = e->host, .grants = e->grants };
	struct participant *p;

	g_strlcpy(id, old_id(r->call, e), sizeof(id));
	if (!id[0])
		call_next_id(r->call, id);
	conf.id = id;
	p = participant_create(r, &conf);
	call_add(r->call, p);
	return p;
}

static void drop(gpointer p)
{
	struct participant *one = p;

	participant_unref(&one);
}

enum app_error room_enter(struct room *r, const struct room_entry *e, bool subscriber, struct participant **out, bool *back)
{
	struct participant *p = NULL;
	char call_id[ID_SIZE] = "";
	GPtrArray *forgotten = g_ptr_array_new_with_free_func(drop);
	int64_t now_ms = clock_wall_ms();
	enum app_error err;

	held_take(&r->lock);
	err = r->destroyed ? APP_NO_SUCH_ROOM : find_known_locked(r, e, subscriber, &p);
	if (!err && !p && !r->call) {
		r->call = call_create(r->id, now_ms);
		g_strlcpy(call_id, r->call->id, sizeof(call_id));
	}
	if (!err && !(p && p->present) && r->call->present >= (unsigned)r->people)
		err = APP_CALL_FULL;
	if (!err && !p && !call_make_room(r->call, 2 * (unsigned)r->people, forgotten))
		err = APP_CALL_FULL;
	if (!err) {
		p = p ? participant_ref(p) : make_locked(r, e);
		*back = !p->present;
		call_set_present(r->call, p, true, clock_mono_us());
	}
	held_release(&r->lock);
	g_ptr_array_unref(forgotten);
	if (err)
		return err;
	if (call_id[0])
		ledger_call_open(life_ledger(), call_id, r->id, now_ms);
	if (*back) {
		char *name = participant_display(p);

		ledger_participant(life_ledger(), p->call_id, p->id, p->identity, name, p->host ? "host" : "guest", p->joined_ms, 0);
		g_free(name);
	}
	*out = p;
	return APP_OK;
}

bool room_leave(struct room *r, struct participant *p, bool kicked)
{
	char *name;
	bool left;

	held_take(&r->lock);
	left = p->present;
	p->kicked |= kicked;
	if (r->call && !strcmp(r->call->id, p->call_id))
		call_set_present(r->call, p, false, clock_mono_us());
	p->present = false;
	held_release(&r->lock);
	if (!left)
		return false;
	name = participant_display(p);
	ledger_participant(life_ledger(), p->call_id, p->id, p->identity, name, p->host ? "host" : "guest", p->joined_ms, clock_wall_ms());
	g_free(name);
	return true;
}

GPtrArray *room_people_locked(struct room *r)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(drop);
	struct participant *p;
	GHashTableIter it;

	if (!r->call)
		return all;
	g_hash_table_iter_init(&it, r->call->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (p->present)
			g_ptr_array_add(all, participant_ref(p));
	return all;
}

GPtrArray *room_people(struct room *r)
{
	GPtrArray *all;

	held_take(&r->lock);
	all = room_people_locked(r);
	held_release(&r->lock);
	return all;
}

bool room_is_in(struct room *r, const struct participant *p)
{
	bool in;

	held_take(&r->lock);
	in = p->present && !r->destroyed;
	held_release(&r->lock);
	return in;
}

struct participant *room_participant(struct room *r, const char *id)
{
	struct participant *p = NULL;

	held_take(&r->lock);
	if (r->call)
		p = call_by_id(r->call, id);
	if (p)
		p = p->present ? participant_ref(p) : NULL;
	held_release(&r->lock);
	return p;
}

struct recording *room_recording(struct room *r)
{
	struct recording *rec;

	held_take(&r->lock);
	rec = r->recording ? recording_ref(r->recording) : NULL;
	held_release(&r->lock);
	return rec;
}

bool room_call_id(struct room *r, char out[ID_SIZE])
{
	held_take(&r->lock);
	g_strlcpy(out, r->call ? r->call->id : "", ID_SIZE);
	held_release(&r->lock);
	return out[0] != '\0';
}

bool room_set_recording(struct room *r, struct recording *rec)
{
	bool mine;

	held_take(&r->lock);
	mine = !r->recording && r->call && !r->destroyed;
	if (mine)
		r->recording = recording_ref(rec);
	held_release(&r->lock);
	return mine;
}

void room_clear_recording(struct room *r, struct recording *rec)
{
	struct recording *old = NULL;

	held_take(&r->lock);
	if (r->recording == rec) {
		old = r->recording;
		r->recording = NULL;
	}
	held_release(&r->lock);
	recording_unref(&old);
}

void room_ended_call(struct room *r, struct call *call, const char *reason)
{
	struct recording *rec = room_recording(r);

	if (rec)
		recording_stop(rec, reason, NULL);
	recording_unref(&rec);
	if (!call)
		return;
	ledger_call_close(life_ledger(), call->id, clock_wall_ms());
	call_free(call);
}

static void tick_room(struct room *r, int64_t now_us)
{
	int64_t grace_us = (int64_t)life_settings()->call_end_grace_s * 1000000;
	GPtrArray *gone = g_ptr_array_new_with_free_func(drop);
	struct call *over = NULL;

	held_take(&r->lock);
	if (r->call && !r->call->present && now_us - r->call->empty_since_us >= grace_us) {
		over = r->call;
		r->call = NULL;
	} else if (r->call) {
		call_forget(r->call, now_us - REMEMBER_US, gone);
	}
	held_release(&r->lock);
	if (over)
		room_ended_call(r, over, "empty");
	g_ptr_array_unref(gone);
}

void rooms_tick(int64_t now_us)
{
	GPtrArray *all = rooms_all();

	for (guint i = 0; i < all->len; i++)
		tick_room(all->pdata[i], now_us);
	g_ptr_array_unref(all);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Coming into rooms and leaving them, and how calls begin and end by that. Task threads and the ticker.
 *
 *   first in ─▶ call opens ─▶ people come, leave, come back ─▶ last out ─ call_end_grace_s ─▶ call closes, its recording ends ("empty")
 */
#include <string.h>
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/hosts.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/room.h"

enum { REMEMBER_US = 600 * 1000000 };

/* Who was kicked is nobody by the secret or token of before; by a name of their own they are a newcomer when the time is over. */
static enum app_error known_by_token_locked(struct call *c, const char *sub, struct participant **out)
{
	const char *own = call_own_sub(c, sub);
	struct participant *p = own ? call_by_id(c, own) : call_by_identity(c, sub);
	struct call_record was = { .kicked = false };

	if (own && !p && call_record(c, own, &was) && was.kicked)
		return APP_DENIED;
	if (p && p->kicked && (own || clock_mono_us() < p->kicked_until_us))
		return APP_DENIED;
	*out = p && !p->kicked ? p : NULL;
	return APP_OK;
}

/* Of a host whom we have forgotten the role was kept. */
static bool was_host(const struct call *c, const struct room_entry *e, struct call_record *out)
{
	const char *own = c && e->token_sub ? call_own_sub(c, e->token_sub) : NULL;

	return own && call_record(c, own, out) && out->host;
}

/* A secret makes a host of nobody whose token leaves nothing to a host. Asked before anything is done, so that nobody is left behind half in. */
static bool may_lead(const struct room_entry *e, const struct participant *p)
{
	unsigned out;

	return !e->secret || gate_promote(p ? participant_host_grants(p) : e->grants, 0, &out);
}

/* Somebody known: by the resume secret, or by a token. */
static enum app_error find_known_locked(struct room *r, const struct room_entry *e, bool subscriber, struct participant **out)
{
	struct participant *p = NULL;
	enum app_error err = APP_OK;

	if (e->resume) {
		p = r->call ? call_by_resume(r->call, e->resume) : NULL;
		err = !p ? APP_UNAUTHORIZED : p->kicked ? APP_DENIED : APP_OK;
	} else if (e->token_sub && r->call) {
		err = known_by_token_locked(r->call, e->token_sub, &p);
		if (!err && p && p->present && !subscriber)
			err = APP_ID_TAKEN;
	}
	if (!err && subscriber && !(p && p->present))
		err = APP_UNAUTHORIZED;
	*out = err ? NULL : p;
	return err;
}

enum gate_way room_gate_locked(struct room *r, const struct room_entry *e, bool known)
{
	struct call *c = r->call;
	int64_t now_us = clock_mono_us();
	bool nobody = c && !known && !e->token_sub;
	struct call_record was;
	struct gate_question q = { .admission = r->gate.admission, .locked = c ? c->locked : r->gate.locked, .host_here = c && c->hosts,
				   .host = e->host || was_host(c, e, &was), .known = known, .admitted = e->admitted != NULL,
				   .kicked = nobody && call_kicked_handle(c, e->handle, now_us),
				   .resembles = nobody && call_kicked_name(c, e->folded, now_us) };

	return gate_decide(&q);
}

/* In, or into the lobby, or neither. */
static enum app_error pass_gate_locked(struct room *r, const struct room_entry *e, bool known)
{
	enum gate_way way = room_gate_locked(r, e, known);

	if (way == GATE_ENTER)
		return APP_OK;
	if (!e->waiter || (way != GATE_WAIT_HOST && way != GATE_WAIT_LOBBY))
		return gate_error(way);
	return lobby_put(&r->lobby, e->waiter, way == GATE_WAIT_HOST, life_settings()->max_waiting) ? APP_WAITING : APP_LIMIT;
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
	struct call_record was;
	bool again = was_host(r->call, e, &was);
	struct participant *p;

	g_strlcpy(id, old_id(r->call, e), sizeof(id));
	if (!id[0])
		call_next_id(r->call, id);
	conf.id = id;
	p = participant_create(r, &conf);
	if (again)
		participant_restore(p, &was);
	call_add(r->call, p);
	return p;
}

static void drop(gpointer p)
{
	struct participant *one = p;

	participant_unref(&one);
}

static void put_in_catalog(struct participant *p, int64_t left_ms)
{
	char *name = participant_display(p);

	ledger_participant(life_ledger(), p->call_id, p->id, p->identity, name, participant_role(p), p->joined_ms, left_ms);
	g_free(name);
}

bool room_has_call(struct room *r)
{
	bool has;

	held_take(&r->lock);
	has = r->call != NULL;
	held_release(&r->lock);
	return has;
}

bool room_may_open(struct room *r, const struct room_entry *e)
{
	bool may;

	held_take(&r->lock);
	may = !r->call && !r->destroyed && !e->resume && may_lead(e, NULL) && room_gate_locked(r, e, false) == GATE_ENTER;
	held_release(&r->lock);
	return may;
}

bool room_is_call(struct room *r, const char *call_id)
{
	bool is;

	held_take(&r->lock);
	is = r->call && !strcmp(r->call->id, call_id);
	held_release(&r->lock);
	return is;
}

/* What room_enter() does when the lock is released again. */
struct entering {
	char opened[ID_SIZE];      /* the call, if there was none; else "" */
	bool back;
	GPtrArray *forgotten;
};

static void open_call_locked(struct room *r, const char *call_id, int64_t now_ms, struct entering *n)
{
	r->call = call_create(r->id, call_id, now_ms);
	r->call->locked = r->gate.locked;
	g_strlcpy(n->opened, r->call->id, sizeof(n->opened));
}

static bool has_place_locked(struct room *r, const struct participant *known, struct entering *n)
{
	if (!(known && known->present) && r->call->present >= (unsigned)r->people)
		return false;
	return known || call_make_room(r->call, 2 * (unsigned)r->people, n->forgotten);
}

static enum app_error enter_locked(struct room *r, const struct room_entry *e, bool subscriber, int64_t now_ms, struct entering *n, struct participant **out)
{
	struct participant *p = NULL;
	bool over = e->admitted && !(r->call && !strcmp(r->call->id, e->admitted));
	enum app_error err = over ? APP_NO_CALL : r->destroyed ? APP_NO_SUCH_ROOM : find_known_locked(r, e, subscriber, &p);

	if (!err && !may_lead(e, p))
		err = APP_FORBIDDEN;
	if (!err && !subscriber)
		err = pass_gate_locked(r, e, p != NULL);
	if (err)
		return err;
	if (!r->call)
		open_call_locked(r, e->call_id, now_ms, n);
	if (!has_place_locked(r, p, n))
		return APP_CALL_FULL;
	p = p ? participant_ref(p) : make_locked(r, e);
	n->back = !p->present;
	p->entering += !subscriber;
	call_set_present(r->call, p, true, clock_mono_us());
	*out = p;
	return APP_OK;
}

enum app_error room_enter(struct room *r, const struct room_entry *e, bool subscriber, struct participant **out, bool *back)
{
	struct entering n = { .forgotten = g_ptr_array_new_with_free_func(drop) };
	int64_t now_ms = clock_wall_ms();
	enum app_error err;

	held_take(&r->lock);
	err = enter_locked(r, e, subscriber, now_ms, &n, out);
	held_release(&r->lock);
	g_ptr_array_unref(n.forgotten);
	if (n.opened[0])
		ledger_call_open(life_ledger(), n.opened, r->id, now_ms);
	*back = n.back;
	if (n.back)
		put_in_catalog(*out, 0);
	return err;
}

void room_kick(struct room *r, struct participant *p, const struct room_kick *kick)
{
	char *name = participant_display(p), *folded = lobby_fold(name), *old;

	held_take(&r->lock);
	p->kicked = true;
	p->kicked_until_us = kick->until_us;
	p->kicked_handle = kick->handle;
	old = p->kicked_name;
	p->kicked_name = folded;
	if (r->call)
		r->call->kicks = true;
	held_release(&r->lock);
	g_free(old);
	g_free(name);
}

void room_entered(struct room *r, struct participant *p)
{
	held_take(&r->lock);
	p->entering--;
	held_release(&r->lock);
}

static bool leave_locked(struct room *r, struct participant *p)
{
	bool left = p->present;

	if (r->call && !strcmp(r->call->id, p->call_id))
		call_set_present(r->call, p, false, clock_mono_us());
	p->present = false;
	return left;
}

bool room_leave(struct room *r, struct participant *p)
{
	bool left;

	held_take(&r->lock);
	left = leave_locked(r, p);
	held_release(&r->lock);
	if (left)
		put_in_catalog(p, clock_wall_ms());
	return left;
}

bool room_leave_if_gone(struct room *r, struct participant *p)
{
	bool left;

	held_take(&r->lock);
	left = !p->entering && !participant_has_publisher(p) && leave_locked(r, p);
	held_release(&r->lock);
	if (left)
		put_in_catalog(p, clock_wall_ms());
	return left;
}

bool room_set_role(struct room *r, struct participant *p, bool host, unsigned grants)
{
	bool changed;

	held_take(&r->lock);
	changed = p->present && p->host != host && r->call && !strcmp(r->call->id, p->call_id);
	if (changed)
		call_set_role(r->call, p, host, grants, clock_mono_us());
	held_release(&r->lock);
	if (changed)
		put_in_catalog(p, 0);
	return changed;
}

struct room_ended room_end_locked(struct room *r)
{
	struct room_ended e = { r->call, r->recording };

	r->call = NULL;
	r->recording = NULL;
	return e;
}

bool room_end_call(struct room *r, const char *reason, GPtrArray **people)
{
	struct room_ended e;
	bool mine;

	held_take(&r->lock);
	mine = r->call != NULL;
	*people = mine ? room_people_locked(r) : NULL;
	e = room_end_locked(r);
	held_release(&r->lock);
	room_ended(&e, reason);
	return mine;
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
	in = p->present && !p->kicked && !r->destroyed && r->call && !strcmp(r->call->id, p->call_id);
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

bool room_set_recording(struct room *r, const char *call_id, struct recording *rec)
{
	bool mine;

	held_take(&r->lock);
	mine = !r->recording && r->call && !strcmp(r->call->id, call_id) && !r->destroyed;
	if (mine)
		r->recording = recording_ref(rec);
	held_release(&r->lock);
	return mine;
}

bool room_replace_recording(struct room *r, struct recording *old, struct recording *next)
{
	bool mine;

	held_take(&r->lock);
	mine = r->recording == old;
	if (mine)
		r->recording = recording_ref(next);
	held_release(&r->lock);
	if (mine)
		recording_unref(&old);
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

void room_ended(struct room_ended *e, const char *reason)
{
	if (e->recording)
		recording_stop(e->recording, reason, NULL);
	recording_unref(&e->recording);
	if (!e->call)
		return;
	ledger_call_close(life_ledger(), e->call->id, clock_wall_ms());
	call_free(e->call);
	e->call = NULL;
}

static void tick_room(struct room *r, int64_t now_us)
{
	int64_t grace_us = (int64_t)life_settings()->call_end_grace_s * 1000000;
	GPtrArray *gone = g_ptr_array_new_with_free_func(drop);
	enum gate_leaves without_host = GATE_CONTINUE;
	struct room_ended over = { 0 };
	bool late;

	held_take(&r->lock);
	if (r->call && !r->call->present && now_us - r->call->empty_since_us >= grace_us) {
		over = room_end_locked(r);
	} else if (r->call) {
		call_forget(r->call, now_us - REMEMBER_US, gone);
		without_host = gate_absent(&r->call->absence, &r->gate, now_us);
	}
	late = lobby_is_late(&r->lobby, now_us);
	held_release(&r->lock);
	room_ended(&over, "empty");
	if (without_host != GATE_CONTINUE)
		hosts_gone(r, without_host);
	if (late)
		lobby_expire(r, now_us);
	g_ptr_array_unref(gone);
}

void rooms_tick(int64_t now_us)
{
	GPtrArray *all = rooms_all();

	for (guint i = 0; i < all->len; i++) {
		tick_room(all->pdata[i], now_us);
		auto_tick(all->pdata[i], now_us);
	}
	g_ptr_array_unref(all);
}

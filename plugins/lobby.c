/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lobby. Called by entry.c (under the room's lock), by the requests of hosts and waiters on their strands, and by the ticker.
 *
 *   join ─▶ gate: wait ─▶ in the lobby, hosts told ─┬─ admitted, a host comes, unlocked ─▶ waiter's strand: joined
 *                                                   ├─ denied, time, call or room over ──▶ waiter's strand: denied
 *                                                   └─ leaves, detached                        hosts told of each
 */
#include <string.h>
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/lobby.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/request.h"
#include "plugins/room.h"
#include "plugins/session.h"

struct waiter *waiter_create(struct session *s, struct room *r, const struct waiter_conf *conf)
{
	struct waiter *w = g_new0(struct waiter, 1);

	atomic_init(&w->ref, 1);
	w->session = session_ref(s);
	w->room = room_ref(r);
	w->display = g_strdup(conf->display);
	w->folded = lobby_fold(conf->display);
	w->token_sub = g_strdup(conf->token_sub);
	w->grants = conf->grants;
	return w;
}

struct waiter *waiter_ref(struct waiter *w)
{
	atomic_fetch_add(&w->ref, 1);
	return w;
}

void waiter_unref(struct waiter **ww)
{
	struct waiter *w = *ww;

	*ww = NULL;
	if (!w || atomic_fetch_sub(&w->ref, 1) != 1)
		return;
	session_unref(&w->session);
	room_unref(&w->room);
	g_free(w->display);
	g_free(w->folded);
	g_free(w->token_sub);
	g_free(w);
}

char *lobby_fold(const char *display)
{
	char *stripped, *folded;

	if (!display || !*display)
		return NULL;
	stripped = g_strstrip(g_utf8_normalize(display, -1, G_NORMALIZE_ALL));
	folded = g_utf8_casefold(stripped, -1);
	g_free(stripped);
	return folded;
}

bool lobby_put(struct lobby *l, struct waiter *w, bool for_host, int max)
{
	if (l->waiting.length >= (guint)max)
		return false;
	g_snprintf(w->id, sizeof(w->id), "wait%u", ++l->last);
	w->for_host = for_host;
	w->since_us = clock_mono_us();
	g_queue_push_tail(&l->waiting, waiter_ref(w));
	return true;
}

static void drop(gpointer p)
{
	struct waiter *w = p;

	waiter_unref(&w);
}

void lobby_clear(struct lobby *l)
{
	g_queue_clear_full(&l->waiting, drop);
}

/* --- who is taken out, and by that is the caller's to deal with --- */

struct choice {
	const char *id;            /* that one */
	const struct waiter *waiter;       /* or this one */
	int64_t before_us;         /* or those who have waited since before */
	bool all, gate;            /* or all; or whom the gate lets in now */
};

static bool gate_opens_locked(struct room *r, const struct waiter *w)
{
	const struct room_entry e = { .token_sub = w->token_sub, .folded = w->folded, .handle = w->session->number };

	return room_gate_locked(r, &e, false) == GATE_ENTER;
}

static bool is_chosen_locked(struct room *r, const struct waiter *w, const struct choice *c)
{
	return c->all || c->waiter == w || (c->id && !strcmp(c->id, w->id)) || w->since_us < c->before_us || (c->gate && gate_opens_locked(r, w));
}

/* Room's lock; it was not admitted yet, so that nobody reads it. */
static void note_call(struct waiter *w, const struct call *c)
{
	g_strlcpy(w->call_id, c ? c->id : "", sizeof(w->call_id));
}

static GPtrArray *take_out(struct room *r, struct choice c)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(drop);
	GList *at, *next;

	held_take(&r->lock);
	for (at = r->lobby.waiting.head; at; at = next) {
		next = at->next;
		if (!is_chosen_locked(r, at->data, &c))
			continue;
		g_ptr_array_add(out, at->data);
		note_call(at->data, r->call);
		g_queue_delete_link(&r->lobby.waiting, at);
	}
	held_release(&r->lock);
	return out;
}

/* --- what becomes of them --- */

static void send_end(struct waiter *w, const struct waiter_end *end)
{
	json_t *members = json_pack("{ss ss}", "event", end->event, "id", w->id);

	if (end->reason)
		json_object_set_new(members, "reason", json_string(end->reason));
	if (end->by[0])
		json_object_set_new(members, "by", json_string(end->by));
	notify_hosts(w->room, members);
}

/* event and reason are constants. Never before the hosts have heard that it waits: they would keep it on their lists. */
static void tell_hosts(struct waiter *w, const char *event, const char *reason, const struct participant *by)
{
	struct waiter_end end = { event, reason, "" };
	bool now;

	g_strlcpy(end.by, by ? by->id : "", sizeof(end.by));
	held_take(&w->room->lock);
	now = w->announced;
	w->end = end;
	held_release(&w->room->lock);
	if (now)
		send_end(w, &end);
}

void lobby_tell(struct waiter *w)
{
	json_t *members = json_pack("{ss ss ss}", "event", "waiting", "id", w->id, "reason", w->for_host ? "host" : "lobby");
	struct waiter_end end;

	json_object_set_new(members, "display", json_string(w->display ? w->display : ""));
	if (w->token_sub)
		json_object_set_new(members, "identity", json_string(w->token_sub));
	notify_hosts(w->room, members);
	held_take(&w->room->lock);
	w->announced = true;
	end = w->end;
	held_release(&w->room->lock);
	if (end.event)
		send_end(w, &end);
}

/* On the waiter's strand, behind the event that said so. */
static void waits_no_more(void *arg, bool sent)
{
	struct waiter *w = arg;

	(void)sent;
	if (w->session->waiter == w)
		waiter_unref(&w->session->waiter);
	waiter_unref(&w);
}

static void turn_away(struct waiter *w, const char *reason)
{
	json_t *event = notify_event(w->room->id, json_pack("{ss ss ss}", "event", "denied", "id", w->id, "reason", reason));

	session_send_then(w->session, event, waits_no_more, waiter_ref(w));
	json_decref(event);
}

static void turn_all_away(GPtrArray *those, const char *reason, const struct participant *by)
{
	for (guint i = 0; i < those->len; i++) {
		turn_away(those->pdata[i], reason);
		tell_hosts(those->pdata[i], "denied", reason, by);
	}
	g_ptr_array_unref(those);
}

static void let_all_in(GPtrArray *those, const struct participant *by)
{
	for (guint i = 0; i < those->len; i++) {
		struct waiter *w = those->pdata[i];

		tell_hosts(w, "admitted", NULL, by);
		atomic_store(&w->admitted, true);
		session_post(w->session, request_let_in);
	}
	g_ptr_array_unref(those);
}

static json_t *ids_of(const GPtrArray *those)
{
	json_t *ids = json_array();

	for (guint i = 0; i < those->len; i++)
		json_array_append_new(ids, json_string(((struct waiter *)those->pdata[i])->id));
	return ids;
}

json_t *lobby_admit(struct room *r, const char *id, const struct participant *by)
{
	GPtrArray *those = take_out(r, (struct choice){ .id = id, .all = !id });
	json_t *ids = ids_of(those);

	let_all_in(those, by);
	return ids;
}

json_t *lobby_deny(struct room *r, const char *id, const struct participant *by)
{
	GPtrArray *those = take_out(r, (struct choice){ .id = id, .all = !id });
	json_t *ids = ids_of(those);

	turn_all_away(those, "denied", by);
	return ids;
}

void lobby_failed(struct waiter *w, const char *reason)
{
	tell_hosts(w, "denied", reason, NULL);
}

void lobby_reconsider(struct room *r)
{
	let_all_in(take_out(r, (struct choice){ .gate = true }), NULL);
}

void lobby_close(struct room *r, const char *reason)
{
	turn_all_away(take_out(r, (struct choice){ .all = true }), reason, NULL);
}

void lobby_leave(struct session *s)
{
	struct waiter *w = s->waiter;
	GPtrArray *mine;

	if (!w)
		return;
	s->waiter = NULL;
	mine = take_out(w->room, (struct choice){ .waiter = w });
	if (mine->len)
		tell_hosts(w, "denied", "left", NULL);
	g_ptr_array_unref(mine);
	waiter_unref(&w);
}

static int64_t waiting_us(void)
{
	return (int64_t)life_settings()->waiting_s * 1000000;
}

bool lobby_is_late(const struct lobby *l, int64_t now_us)
{
	const struct waiter *first = l->waiting.head ? l->waiting.head->data : NULL;

	return first && now_us - first->since_us > waiting_us();
}

void lobby_expire(struct room *r, int64_t now_us)
{
	turn_all_away(take_out(r, (struct choice){ .before_us = now_us - waiting_us() }), "timeout", NULL);
}

json_t *lobby_json(struct room *r)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(drop);
	json_t *list = json_array();

	held_take(&r->lock);
	for (GList *at = r->lobby.waiting.head; at; at = at->next)
		g_ptr_array_add(all, waiter_ref(at->data));
	held_release(&r->lock);
	for (guint i = 0; i < all->len; i++) {
		struct waiter *w = all->pdata[i];

		json_array_append_new(list, json_pack("{ss ss ss}", "id", w->id, "display", w->display ? w->display : "", "reason", w->for_host ? "host" : "lobby"));
	}
	g_ptr_array_unref(all);
	return list;
}

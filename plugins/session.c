/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Janus handles. The core is not trusted about lifetimes: messages may come for a handle that is being detached, so they look it up here; only the loop
 * thread, which detaches it, may follow the pointer in the handle.
 */
#include <errno.h>
#include <glib.h>
#include "common/log.h"
#include "plugins/follow.h"
#include "plugins/gateway.h"
#include "plugins/held.h"
#include "plugins/leave.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

enum { WAITING_MAX = 1000 };

static struct {
	struct lock lock;          /* table (leaf) */
	GHashTable *table;         /* handle → session (reference) */
	_Atomic uint64_t last;     /* number given */
} sessions;

/* The core reads a handle until it has delivered destroy_session, which may be after destroy(): its reference is given back by the later of the two,
 * the end of our session and that call. */
static struct {
	struct lock lock;          /* half (leaf) */
	GHashTable *half;          /* handles of which one of the two is over */
} endings = { .lock = LOCK_INIT };

int sessions_init(void)
{
	lock_init(&sessions.lock);
	sessions.table = g_hash_table_new(NULL, NULL);
	return 0;
}

struct session *session_ref(struct session *s)
{
	atomic_fetch_add(&s->ref, 1);
	return s;
}

static void half_over(janus_plugin_session *handle)
{
	bool both;

	held_take(&endings.lock);
	if (!endings.half)
		endings.half = g_hash_table_new(NULL, NULL);
	both = g_hash_table_remove(endings.half, handle);
	if (!both)
		g_hash_table_add(endings.half, handle);
	if (!g_hash_table_size(endings.half))
		g_clear_pointer(&endings.half, g_hash_table_destroy);
	held_release(&endings.lock);
	if (both)
		compat_handle_unref(handle);
}

void session_delivered(janus_plugin_session *handle)
{
	half_over(handle);
}

void session_unref(struct session **ss)
{
	struct session *s = *ss;

	*ss = NULL;
	if (!s || atomic_fetch_sub(&s->ref, 1) != 1)
		return;
	participant_unref(&s->participant);
	publisher_unref(&s->publisher);
	subscriber_unref(&s->subscriber);
	strand_unref(&s->strand);
	lock_destroy(&s->lock);
	half_over(s->handle);
	g_free(s);
}

/* The handle's own count is not initialised before this returns: it is not touched here. */
int session_create(janus_plugin_session *handle)
{
	struct session *s = g_new0(struct session, 1);
	bool full;

	atomic_init(&s->ref, 1);
	lock_init(&s->lock);
	s->handle = handle;
	s->number = atomic_fetch_add(&sessions.last, 1) + 1;
	s->strand = strand_create(TASK_CALL);
	held_take(&sessions.lock);
	full = g_hash_table_size(sessions.table) >= (guint)life_settings()->max_sessions;
	if (!full)
		g_hash_table_insert(sessions.table, handle, s);
	held_release(&sessions.lock);
	if (full) {
		strand_unref(&s->strand);
		lock_destroy(&s->lock);
		g_free(s);
		return -EMFILE;
	}
	handle->plugin_handle = s;
	return 0;
}

static struct session *take_out(janus_plugin_session *handle)
{
	struct session *s;

	held_take(&sessions.lock);
	s = g_hash_table_lookup(sessions.table, handle);
	g_hash_table_remove(sessions.table, handle);
	held_release(&sessions.lock);
	return s;
}

static void on_destroyed(struct session *s)
{
	leave_handle(s, false);
	follow_remove(s, NULL);
}

void session_destroy(janus_plugin_session *handle)
{
	struct session *s = take_out(handle);

	if (!s)
		return;
	handle->plugin_handle = NULL;
	atomic_store(&s->gone, true);
	session_media_forget(s);
	session_post(s, on_destroyed);
	session_unref(&s);
}

void sessions_exit(void)
{
	GList *all, *at;

	held_take(&sessions.lock);
	all = g_hash_table_get_values(sessions.table);
	g_hash_table_remove_all(sessions.table);
	held_release(&sessions.lock);
	for (at = all; at; at = at->next) {
		struct session *s = at->data;

		atomic_store(&s->gone, true);
		s->handle->plugin_handle = NULL;       /* nobody follows it: the callbacks have ended */
		session_media_forget(s);
		leave_handle(s, false);
		session_unref(&s);
	}
	g_list_free(all);
	g_hash_table_destroy(sessions.table);
	lock_destroy(&sessions.lock);
}

struct session *session_find(janus_plugin_session *handle)
{
	struct session *s;

	held_take(&sessions.lock);
	s = g_hash_table_lookup(sessions.table, handle);
	if (s)
		session_ref(s);
	held_release(&sessions.lock);
	return s;
}

struct session *session_of(janus_plugin_session *handle)
{
	struct session *s = handle ? handle->plugin_handle : NULL;

	return s ? session_ref(s) : NULL;
}

struct session *session_here(janus_plugin_session *handle)
{
	return handle ? handle->plugin_handle : NULL;
}

/* Takes over what the session has now. */
static void follow_media(struct session *s)
{
	struct publisher *pub = s->loop.publisher;
	struct subscriber *sub = s->loop.subscriber;

	held_take(&s->lock);
	s->loop.seen = atomic_load(&s->changes);
	s->loop.publisher = s->publisher ? publisher_ref(s->publisher) : NULL;
	s->loop.subscriber = s->subscriber ? subscriber_ref(s->subscriber) : NULL;
	held_release(&s->lock);
	if (pub)
		publisher_forget(pub);
	publisher_unref(&pub);
	subscriber_unref(&sub);
}

void session_media(struct session *s, struct publisher **pub, struct subscriber **sub)
{
	if (atomic_load(&s->changes) != s->loop.seen)
		follow_media(s);
	*pub = s->loop.publisher;
	*sub = s->loop.subscriber;
}

void session_media_forget(struct session *s)
{
	s->loop.seen = atomic_load(&s->changes) - 1;
	if (s->loop.publisher)
		publisher_forget(s->loop.publisher);
	publisher_unref(&s->loop.publisher);
	subscriber_unref(&s->loop.subscriber);
}

struct participant *session_participant(struct session *s)
{
	struct participant *p;

	held_take(&s->lock);
	p = s->participant ? participant_ref(s->participant) : NULL;
	held_release(&s->lock);
	return p;
}

struct publisher *session_publisher(struct session *s)
{
	struct publisher *p;

	held_take(&s->lock);
	p = s->publisher ? publisher_ref(s->publisher) : NULL;
	held_release(&s->lock);
	return p;
}

struct subscriber *session_subscriber(struct session *s)
{
	struct subscriber *p;

	held_take(&s->lock);
	p = s->subscriber ? subscriber_ref(s->subscriber) : NULL;
	held_release(&s->lock);
	return p;
}

bool session_attach(struct session *s, struct participant *p, struct publisher *pub, struct subscriber *sub)
{
	bool is_free;

	held_take(&s->lock);
	is_free = !s->participant;
	if (is_free) {
		atomic_fetch_add(&s->changes, 1);
		s->participant = participant_ref(p);
		s->publisher = pub ? publisher_ref(pub) : NULL;
		s->subscriber = sub ? subscriber_ref(sub) : NULL;
	}
	held_release(&s->lock);
	return is_free;
}

void session_detach(struct session *s, bool close_pc)
{
	struct participant *p;
	struct publisher *pub;
	struct subscriber *sub;

	held_take(&s->lock);
	p = s->participant;
	pub = s->publisher;
	sub = s->subscriber;
	s->participant = NULL;
	s->publisher = NULL;
	s->subscriber = NULL;
	atomic_fetch_add(&s->changes, 1);
	held_release(&s->lock);
	if (close_pc && ((pub && publisher_negotiated(pub)) || (sub && subscriber_negotiated(sub))))
		session_close_pc(s);
	if (pub)
		publisher_close(pub);
	if (sub)
		subscriber_close(sub);
	publisher_unref(&pub);
	subscriber_unref(&sub);
	participant_unref(&p);
}

void session_close_pc(struct session *s)
{
	if (atomic_load(&s->gone))
		return;
	atomic_store(&s->closing, true);
	gateway_close_pc(s->handle);
}

struct post {
	struct session *session;
	json_t *message;
	void (*run)(struct session *s);
	void (*then)(void *arg, bool sent);
	void *arg;
};

/* Each post owns its message: jansson's counts do not order what threads did before the last one frees. */
static void run_post(void *arg, bool cancelled)
{
	struct post *t = arg;
	bool sent = false;

	if (!cancelled && t->message && !atomic_load(&t->session->gone))
		sent = !gateway_push(t->session->handle, NULL, t->message, NULL);
	if (!cancelled && t->run)
		t->run(t->session);
	if (t->then)
		t->then(t->arg, sent);
	json_decref(t->message);
	session_unref(&t->session);
	g_free(t);
}

/* Who does not get its events taken, for its negotiation hangs or everybody floods it, must not fill the memory. */
static bool is_drowning(struct session *s)
{
	if (strand_pending(s->strand) < WAITING_MAX)
		return false;
	if (!atomic_exchange(&s->drowned, true)) {
		log_warn("a handle is ended: %d events wait to be sent to it", WAITING_MAX);
		gateway_end(s->handle);
	}
	return true;
}

static void post(struct session *s, struct post with)
{
	struct post *t;

	if (with.message && is_drowning(s)) {
		json_decref(with.message);
		with.message = NULL;
	}
	if (!with.message && !with.run && !with.then)
		return;
	t = g_new(struct post, 1);
	*t = with;
	t->session = session_ref(s);
	strand_post(s->strand, run_post, t);
}

void session_post(struct session *s, void (*run)(struct session *s))
{
	post(s, (struct post){ .run = run });
}

void session_send(struct session *s, json_t *message)
{
	post(s, (struct post){ .message = json_deep_copy(message) });
}

void session_send_then(struct session *s, json_t *message, void (*then)(void *arg, bool sent), void *arg)
{
	post(s, (struct post){ .message = json_deep_copy(message), .then = then, .arg = arg });
}

json_t *session_query(janus_plugin_session *handle)
{
	struct session *s = session_find(handle);
	struct participant *p = s ? session_participant(s) : NULL;
	json_t *o = json_object();

	if (p) {
		json_object_set_new(o, "room", json_string(p->room->id));
		json_object_set_new(o, "id", json_string(p->id));
		json_object_set_new(o, "role", json_string(participant_role(p)));
	}
	if (s)
		json_object_set_new(o, "pending", json_integer(strand_pending(s->strand)));
	json_object_set_new(o, "draining", json_boolean(recordings_draining()));
	participant_unref(&p);
	session_unref(&s);
	return o;
}

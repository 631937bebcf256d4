/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who follows which recording. Requests add and remove, sessions go, the strands of recordings and the workers' news tell.
 */
#include "plugins/follow.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/ids.h"
#include "common/sync.h"
#include "common/token.h"
#include "plugins/held.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/room.h"
#include "plugins/session.h"

struct follower {
	struct session *session;
	char recording[ID_SIZE];
	bool links;
	char *room, *sub;          /* of the token it showed, or NULL */
	int64_t until_s;           /* wall clock; INT64_MAX: no end by itself */
};

static struct {
	struct lock lock;          /* list (leaf) */
	GPtrArray *list;           /* of struct follower */
} all = { .lock = LOCK_INIT };

static void free_follower(gpointer p)
{
	struct follower *f = p;

	session_unref(&f->session);
	g_free(f->room);
	g_free(f->sub);
	g_free(f);
}

void follow_init(void)
{
	held_take(&all.lock);
	all.list = g_ptr_array_new();
	held_release(&all.lock);
}

void follow_exit(void)
{
	g_ptr_array_set_free_func(all.list, free_follower);
	g_ptr_array_unref(all.list);
	all.list = NULL;
}

static struct follower *follower_new(struct session *s, const char *recording_id, bool links, const struct token *token)
{
	struct follower *f = g_new0(struct follower, 1);

	f->session = session_ref(s);
	f->links = links;
	g_strlcpy(f->recording, recording_id, sizeof(f->recording));
	f->room = token ? g_strdup(token->room) : NULL;
	f->sub = token ? g_strdup(token->sub) : NULL;
	f->until_s = token ? token->exp_s + TOKEN_LEEWAY_S : INT64_MAX;
	return f;
}

/* Takes those that are meant off the list, and frees them without the lock. */
static void drop(bool (*is)(const struct follower *f, const void *what), const void *what)
{
	GPtrArray *gone = g_ptr_array_new_with_free_func(free_follower);

	held_take(&all.lock);
	for (guint i = all.list ? all.list->len : 0; i-- > 0;)
		if (is(all.list->pdata[i], what))
			g_ptr_array_add(gone, g_ptr_array_remove_index_fast(all.list, i));
	held_release(&all.lock);
	g_ptr_array_unref(gone);
}

static bool is_over(const struct follower *f, const void *now_s)
{
	return f->until_s <= *(const int64_t *)now_s;
}

static void drop_those_over(void)
{
	int64_t now_s = clock_wall_ms() / 1000;

	drop(is_over, &now_s);
}

/* Index, or -1; *own: how many the handle has. */
static int find_locked(const struct session *s, const char *recording_id, unsigned *own)
{
	int found = -1;

	*own = 0;
	for (guint i = 0; i < all.list->len; i++) {
		const struct follower *f = all.list->pdata[i];

		if (f->session != s)
			continue;
		(*own)++;
		if (!strcmp(f->recording, recording_id))
			found = (int)i;
	}
	return found;
}

int follow_add(struct session *s, const char *recording_id, bool links, const struct token *token)
{
	struct follower *f = follower_new(s, recording_id, links, token), *old = NULL;
	unsigned own;
	int found, err = 0;

	drop_those_over();
	held_take(&all.lock);
	found = find_locked(s, recording_id, &own);
	if (found >= 0)
		old = g_ptr_array_remove_index_fast(all.list, (guint)found);
	else
		err = own >= FOLLOW_HANDLE_MAX || all.list->len >= FOLLOW_MAX ? -EDQUOT : 0;
	if (!err)
		g_ptr_array_add(all.list, g_steal_pointer(&f));
	held_release(&all.lock);
	if (f)
		free_follower(f);
	if (old)
		free_follower(old);
	if (atomic_load(&s->gone))         /* meanwhile, and nobody else takes it off again */
		follow_remove(s, NULL);
	return err;
}

struct meant { const struct session *session; const char *recording; };

static bool is_meant(const struct follower *f, const void *what)
{
	const struct meant *m = what;

	return f->session == m->session && (!m->recording || !strcmp(f->recording, m->recording));
}

void follow_remove(struct session *s, const char *recording_id)
{
	const struct meant m = { s, recording_id };

	drop(is_meant, &m);
}

/* A token of `join` names call and participant, one of the application whom it calls so. */
static bool is_theirs(const struct follower *f, const void *what)
{
	const struct participant *p = what;
	size_t n = strlen(p->call_id);

	if (!f->sub || strcmp(f->room, p->room->id))
		return false;
	return !strncmp(f->sub, p->call_id, n) && f->sub[n] == '/' ? !strcmp(f->sub + n + 1, p->id) : p->identity[0] && !strcmp(f->sub, p->identity);
}

void follow_end(struct participant *p)
{
	struct session *handles[] = { participant_publisher(p), participant_subscriber(p) };

	for (size_t i = 0; i < G_N_ELEMENTS(handles); i++) {
		if (handles[i])
			follow_remove(handles[i], NULL);
		session_unref(&handles[i]);
	}
	drop(is_theirs, p);
}

struct recipient { struct session *session; bool links; };

static GArray *recipients(const char *recording_id)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct recipient));

	drop_those_over();
	held_take(&all.lock);
	for (guint i = 0; all.list && i < all.list->len; i++) {          /* none yet: news comes as soon as there is a catalog */
		const struct follower *f = all.list->pdata[i];
		struct recipient r = { f->session, f->links };

		if (strcmp(f->recording, recording_id))
			continue;
		session_ref(r.session);
		g_array_append_val(list, r);
	}
	held_release(&all.lock);
	return list;
}

static bool is_in_room(struct session *s, const char *room_id)
{
	struct participant *p = session_participant(s);
	bool in = p && !strcmp(p->room->id, room_id);

	participant_unref(&p);
	return in;
}

void follow_tell(const char *room_id, const char *recording_id, json_t *members)
{
	GArray *list = recipients(recording_id);
	json_t *event = NULL, *plain = NULL;

	for (guint i = 0; i < list->len; i++) {
		struct recipient *r = &g_array_index(list, struct recipient, i);

		if (!event) {
			event = notify_event(room_id, json_incref(members));
			plain = json_deep_copy(event);
			json_object_del(plain, "url");
			json_object_del(plain, "thumbnailUrl");
		}
		if (!is_in_room(r->session, room_id))
			session_send(r->session, r->links ? event : plain);
		session_unref(&r->session);
	}
	json_decref(event);
	json_decref(plain);
	json_decref(members);
	g_array_unref(list);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Participants. Made by room.c on task threads; its handles are read by notify.c from any thread.
 */
#include <glib.h>
#include <string.h>
#include "common/token.h"
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/room.h"
#include "plugins/session.h"

struct participant *participant_create(struct room *room, const struct participant_conf *conf)
{
	struct participant *p = g_new0(struct participant, 1);

	atomic_init(&p->ref, 1);
	lock_init(&p->lock);
	p->room = room_ref(room);
	g_strlcpy(p->id, conf->id, sizeof(p->id));
	g_strlcpy(p->call_id, conf->call_id, sizeof(p->call_id));
	secret_make(p->resume);
	p->identity = g_strdup(conf->identity ? conf->identity : "");
	p->display = g_strdup(conf->display && *conf->display ? conf->display : conf->id);
	p->host = p->own_host = conf->host;
	p->grants = p->own_grants = conf->grants;
	p->joined_ms = clock_wall_ms();
	return p;
}

void participant_restore(struct participant *p, const struct call_record *was)
{
	p->host = was->host;
	p->grants = was->grants;
	p->own_host = was->own_host;
	p->own_grants = was->own_grants;
}

/* `download` of a guest's token gives; of a host's it narrows. */
unsigned participant_host_grants(const struct participant *p)
{
	return p->own_host ? p->own_grants : p->own_grants & ~(unsigned)GRANT_DOWNLOAD;
}

struct participant *participant_ref(struct participant *p)
{
	atomic_fetch_add(&p->ref, 1);
	return p;
}

void participant_unref(struct participant **pp)
{
	struct participant *p = *pp;

	*pp = NULL;
	if (!p || atomic_fetch_sub(&p->ref, 1) != 1)
		return;
	session_unref(&p->publisher);
	session_unref(&p->subscriber);
	room_unref(&p->room);
	lock_destroy(&p->lock);
	g_free(p->kicked_name);
	g_free(p->identity);
	g_free(p->display);
	g_free(p);
}

char *participant_display(struct participant *p)
{
	char *copy;

	held_take(&p->lock);
	copy = g_strdup(p->display);
	held_release(&p->lock);
	return copy;
}

void participant_set_display(struct participant *p, const char *display)
{
	char *copy = g_strdup(display), *old;

	held_take(&p->lock);
	old = p->display;
	p->display = copy;
	held_release(&p->lock);
	g_free(old);
}

static struct session *replace(struct participant *p, struct session **place, struct session *s)
{
	struct session *old;

	if (s)
		session_ref(s);
	held_take(&p->lock);
	old = *place;
	*place = s;
	held_release(&p->lock);
	return old;
}

struct session *participant_publisher(struct participant *p)
{
	struct session *s;

	held_take(&p->lock);
	s = p->publisher ? session_ref(p->publisher) : NULL;
	held_release(&p->lock);
	return s;
}

bool participant_has_publisher(struct participant *p)
{
	bool has;

	held_take(&p->lock);
	has = p->publisher != NULL;
	held_release(&p->lock);
	return has;
}

struct session *participant_subscriber(struct participant *p)
{
	struct session *s;

	held_take(&p->lock);
	s = p->subscriber ? session_ref(p->subscriber) : NULL;
	held_release(&p->lock);
	return s;
}

struct session *participant_set_publisher(struct participant *p, struct session *s)
{
	return replace(p, &p->publisher, s);
}

struct session *participant_set_subscriber(struct participant *p, struct session *s)
{
	return replace(p, &p->subscriber, s);
}

bool participant_drop_handle(struct participant *p, struct session *s)
{
	struct session *old = NULL;
	bool was_publisher;

	held_take(&p->lock);
	was_publisher = p->publisher == s;
	if (was_publisher) {
		old = p->publisher;
		p->publisher = NULL;
	} else if (p->subscriber == s) {
		old = p->subscriber;
		p->subscriber = NULL;
	}
	held_release(&p->lock);
	session_unref(&old);
	return was_publisher;
}

void participant_actor(struct participant *p, struct session *s, struct actor *out)
{
	held_take(&p->lock);
	*out = (struct actor){ .publisher = p->publisher == s, .subscriber = p->subscriber == s, .host = p->host, .grants = p->grants };
	held_release(&p->lock);
	out->joined = out->publisher || out->subscriber;
}

void participant_moderate(struct participant *p, const char *source, bool mute)
{
	held_take(&p->lock);
	moderation_set(&p->moderation, source, mute);
	held_release(&p->lock);
}

bool participant_mutes(struct participant *p, const char *source)
{
	bool mutes;

	held_take(&p->lock);
	mutes = moderation_mutes(&p->moderation, source);
	held_release(&p->lock);
	return mutes;
}

bool participant_may(const struct participant *p, unsigned grant)
{
	const struct actor a = { .host = p->host, .grants = p->grants };

	return permission_grant(&a, grant);
}

const char *participant_role(const struct participant *p)
{
	return p->host ? "host" : "guest";
}

json_t *participant_json(struct participant *p)
{
	char *display = participant_display(p);
	json_t *o = json_pack("{ss ss ss}", "id", p->id, "display", display, "role", participant_role(p));

	g_free(display);
	return o;
}

/* All that this person may do, spelled out, for those who read the token. */
static unsigned grants_of(const struct participant *p)
{
	unsigned all = p->grants & GRANT_ONLY;

	for (unsigned g = GRANT_RECORD; g <= GRANT_SUBSCRIBE; g <<= 1)
		all |= participant_may(p, g) ? g : 0;
	return room_guests_download(p->room) ? all | GRANT_DOWNLOAD : all;
}

char *participant_token(struct participant *p)
{
	char *display = participant_display(p), *jwt = NULL;
	struct token t = { .host = p->host, .grants = grants_of(p), .exp_s = clock_wall_ms() / 1000 + life_settings()->token_ttl_s };

	g_strlcpy(t.room, p->room->id, sizeof(t.room));
	g_snprintf(t.sub, sizeof(t.sub), "%s/%s", p->call_id, p->id);
	g_strlcpy(t.name, display, sizeof(t.name));
	if (token_mint(&jwt, life_keys(), NULL, &t, clock_wall_ms() / 1000))
		jwt = NULL;
	g_free(display);
	return jwt;
}

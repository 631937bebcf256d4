/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rooms: the table of them and what is configured about each. Task threads, Janus' task threads for the Admin API; who is in them is in entry.c.
 */
#include <string.h>
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "common/layouts.h"

static struct {
	struct lock lock;          /* table ("rooms" in the lock order) */
	GHashTable *table;         /* id → room (reference) */
} rooms;

static void drop(gpointer p)
{
	struct room *r = p;

	room_unref(&r);
}

static void replace(char **place, const char *text)
{
	g_free(*place);
	*place = g_strdup(text);
}

static void set_conf(struct room *r, const struct settings_room *conf)
{
	replace(&r->description, conf->description ? conf->description : conf->id);
	replace(&r->secret, conf->secret);
	replace(&r->host_secret, conf->host_secret);
	replace(&r->pin, conf->pin);
	replace(&r->outputs, conf->outputs);
	r->people = conf->people;
	r->publishers = conf->publishers;
	r->bitrate = conf->bitrate;
	r->layout = layout_names[conf->layout];
	r->guests_download = conf->guests_download;
	room_media_of(&r->media, conf);
	gate_conf_of(&r->gate, conf);
	room_policy_of(&r->policy, conf);
}

static struct room *room_new(const struct settings_room *conf, const struct room_media *media, const struct gate_conf *gate,
			     const struct room_policy *policy)
{
	struct room *r = g_new0(struct room, 1);

	atomic_init(&r->ref, 1);
	lock_init(&r->lock);
	g_strlcpy(r->id, conf->id, sizeof(r->id));
	guess_lock_init(&r->guesses);
	set_conf(r, conf);
	if (media)
		r->media = *media;
	if (gate)
		r->gate = *gate;
	if (policy)
		r->policy = *policy;
	return r;
}

void room_configure(struct room *r, const struct settings_room *conf)
{
	held_take(&r->lock);
	set_conf(r, conf);
	held_release(&r->lock);
}

int rooms_init(const struct settings *s)
{
	lock_init(&rooms.lock);
	rooms.table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, drop);
	for (size_t i = 0; i < s->nrooms; i++)
		room_create(&s->rooms[i], NULL, NULL, NULL);
	return 0;
}

void rooms_exit(void)
{
	GPtrArray *all = rooms_all();

	for (guint i = 0; i < all->len; i++)
		room_remove(all->pdata[i], NULL);
	g_ptr_array_unref(all);
	g_hash_table_destroy(rooms.table);
	lock_destroy(&rooms.lock);
}

enum app_error room_create(const struct settings_room *conf, const struct room_media *media, const struct gate_conf *gate,
			   const struct room_policy *policy)
{
	struct room *r = room_new(conf, media, gate, policy);
	enum app_error err = APP_OK;

	held_take(&rooms.lock);
	if (g_hash_table_contains(rooms.table, r->id))
		err = APP_ROOM_EXISTS;
	else if (g_hash_table_size(rooms.table) >= (guint)life_settings()->max_rooms)
		err = APP_LIMIT;
	else
		g_hash_table_insert(rooms.table, r->id, room_ref(r));
	held_release(&rooms.lock);
	room_unref(&r);
	return err;
}

struct room *room_find(const char *id)
{
	struct room *r;

	held_take(&rooms.lock);
	r = rooms.table ? g_hash_table_lookup(rooms.table, id) : NULL;      /* none yet: news comes as soon as there is a catalog */
	if (r)
		room_ref(r);
	held_release(&rooms.lock);
	return r;
}

struct room *room_ref(struct room *r)
{
	atomic_fetch_add(&r->ref, 1);
	return r;
}

void room_unref(struct room **rr)
{
	struct room *r = *rr;

	*rr = NULL;
	if (!r || atomic_fetch_sub(&r->ref, 1) != 1)
		return;
	if (r->call)
		call_free(r->call);
	recording_unref(&r->recording);
	lobby_clear(&r->lobby);
	lock_destroy(&r->lock);
	guess_lock_destroy(&r->guesses);
	g_free(r->description);
	g_free(r->secret);
	g_free(r->host_secret);
	g_free(r->pin);
	g_free(r->outputs);
	g_free(r);
}

/* An empty text means none. */
static void set_text(char **place, const char *text)
{
	if (!text)
		return;
	g_free(*place);
	*place = *text ? g_strdup(text) : NULL;
}

void room_edit(struct room *r, const struct room_edit *e)
{
	held_take(&r->lock);
	set_text(&r->description, e->description);
	set_text(&r->secret, e->secret && *e->secret ? e->secret : NULL);
	set_text(&r->pin, e->pin);
	if (e->media)
		r->media = *e->media;
	if (e->gate)
		r->gate = *e->gate;
	if (e->policy)
		r->policy = *e->policy;
	held_release(&r->lock);
}

bool room_remove(struct room *r, GPtrArray **people)
{
	struct room_ended e;
	bool mine;

	held_take(&rooms.lock);
	mine = g_hash_table_lookup(rooms.table, r->id) == r;
	if (mine)
		g_hash_table_steal(rooms.table, r->id);
	held_release(&rooms.lock);
	if (!mine)
		return false;
	held_take(&r->lock);
	r->destroyed = true;
	if (people)
		*people = room_people_locked(r);
	e = room_end_locked(r);
	held_release(&r->lock);
	room_ended(&e, "destroyed");
	drop(r);
	return true;
}

static void array_drop(gpointer p)
{
	drop(p);
}

GPtrArray *rooms_all(void)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(array_drop);
	struct room *r;
	GHashTableIter it;

	held_take(&rooms.lock);
	g_hash_table_iter_init(&it, rooms.table);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&r))
		g_ptr_array_add(all, room_ref(r));
	held_release(&rooms.lock);
	return all;
}

json_t *room_json(struct room *r)
{
	char *description;
	bool recording, pin;
	unsigned people;
	json_t *o;

	held_take(&r->lock);
	description = g_strdup(r->description ? r->description : r->id);
	recording = r->recording != NULL;
	pin = r->pin != NULL;
	people = r->call ? r->call->present : 0;
	held_release(&r->lock);
	o = json_pack("{ss ss si sb sb}", "room", r->id, "description", description, "num_participants", (int)people, "recording", recording,
		      "pin_required", pin);
	g_free(description);
	return o;
}

static bool equal_locked(struct room *r, char *const *place, const char *text)
{
	bool equal;

	held_take(&r->lock);
	equal = secret_equal(*place, text);
	held_release(&r->lock);
	return equal;
}

bool room_is_secret(struct room *r, const char *secret)
{
	return equal_locked(r, &r->secret, secret);
}

bool room_is_host_secret(struct room *r, const char *secret)
{
	return equal_locked(r, &r->host_secret, secret);
}

bool room_is_pin(struct room *r, const char *pin)
{
	bool needed;

	held_take(&r->lock);
	needed = r->pin != NULL;
	held_release(&r->lock);
	return !needed || equal_locked(r, &r->pin, pin);
}

char *room_outputs(struct room *r)
{
	char *outputs;

	held_take(&r->lock);
	outputs = g_strdup(r->outputs);
	held_release(&r->lock);
	return outputs;
}

int room_bitrate(struct room *r)
{
	return r->bitrate;
}

int room_publishers(struct room *r)
{
	return r->publishers;
}

bool room_guests_download(struct room *r)
{
	return r->guests_download;
}

void room_media_get(struct room *r, struct room_media *out)
{
	held_take(&r->lock);
	*out = r->media;
	held_release(&r->lock);
}

void room_gate_get(struct room *r, struct gate_conf *out, bool *locked)
{
	held_take(&r->lock);
	*out = r->gate;
	*locked = r->call ? r->call->locked : r->gate.locked;
	held_release(&r->lock);
}

bool room_lock(struct room *r, bool locked)
{
	bool changed;

	held_take(&r->lock);
	changed = r->call && r->call->locked != locked;
	if (changed)
		r->call->locked = locked;
	held_release(&r->lock);
	return changed;
}

void room_policy_get(struct room *r, struct room_policy *out)
{
	held_take(&r->lock);
	*out = r->policy;
	held_release(&r->lock);
}

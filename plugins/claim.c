/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Claims of rooms, one at a time in each: who joins meanwhile waits for the answer and shares it. Task threads.
 *
 *   first join ─▶ ledger_claim ─▶ ours: room_enter opens the call under that id       no answer: it opens all the same, and the catalog finds out later
 *                             └─▶ another host's: room_elsewhere
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/sync.h"
#include "plugins/claim.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/room.h"

/* Of a room whose first people are coming in. */
struct asked {
	char call_id[ID_SIZE];
	struct catalog_owner other;
	int err;
	bool answered;
	unsigned users;
};

static struct {
	struct lock lock;          /* guards rooms; leaf */
	struct cond answered;
	GHashTable *rooms;         /* id → struct asked */
} claims = { .lock = LOCK_INIT };

int claims_init(void)
{
	cond_init(&claims.answered);
	return 0;
}

void claims_exit(void)
{
	cond_destroy(&claims.answered);
}

static struct asked *share_locked(const char *room, bool *first)
{
	struct asked *a;

	if (!claims.rooms)
		claims.rooms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	a = g_hash_table_lookup(claims.rooms, room);
	*first = !a;
	if (!a) {
		a = g_new0(struct asked, 1);
		g_hash_table_insert(claims.rooms, g_strdup(room), a);
	}
	a->users++;
	return a;
}

static void release_locked(const char *room, struct asked *a)
{
	if (--a->users)
		return;
	g_hash_table_remove(claims.rooms, room);
	if (!g_hash_table_size(claims.rooms))
		g_clear_pointer(&claims.rooms, g_hash_table_unref);
}

/* Nothing to ask: there is a call. */
static void settle(struct asked *a)
{
	held_take(&claims.lock);
	a->answered = true;
	cond_broadcast(&claims.answered);
	held_release(&claims.lock);
}

static void ask(const char *room, struct asked *a)
{
	struct catalog_owner other = { .silent = false };
	int64_t now_ms = clock_wall_ms();
	char call_id[ID_SIZE];
	int err;

	call_id_make(call_id, room, now_ms);
	err = ledger_claim(life_ledger(), call_id, room, now_ms, &other);
	held_take(&claims.lock);
	g_strlcpy(a->call_id, err ? "" : call_id, sizeof(a->call_id));
	a->other = other;
	a->err = err;
	a->answered = true;
	cond_broadcast(&claims.answered);
	held_release(&claims.lock);
}

enum app_error claim_begin(struct room *r, struct claim *out)
{
	struct asked *a;
	bool first, elsewhere;

	*out = (struct claim){ .call_id = "" };
	if (room_has_call(r))
		return APP_OK;
	held_take(&claims.lock);
	a = share_locked(r->id, &first);
	held_release(&claims.lock);
	if (first && room_has_call(r)) {       /* it opened since, and that claim is through: another would close it */
		settle(a);
		first = false;
	}
	if (first)
		ask(r->id, a);
	held_take(&claims.lock);
	while (!a->answered)
		cond_wait(&claims.answered, &claims.lock);
	elsewhere = a->err == -EEXIST;
	g_strlcpy(out->call_id, a->call_id, sizeof(out->call_id));
	g_strlcpy(out->address, elsewhere ? a->other.address : "", sizeof(out->address));
	if (!out->call_id[0])
		release_locked(r->id, a);
	held_release(&claims.lock);
	return elsewhere ? APP_ROOM_ELSEWHERE : APP_OK;
}

enum app_error claim_look(struct room *r, struct claim *out)
{
	struct catalog_owner other = { .silent = false };

	*out = (struct claim){ .call_id = "" };
	if (room_has_call(r) || ledger_claim(life_ledger(), "", r->id, clock_wall_ms(), &other) != -EEXIST)
		return APP_OK;
	g_strlcpy(out->address, other.address, sizeof(out->address));
	return APP_ROOM_ELSEWHERE;
}

void claim_end(struct room *r, const struct claim *c)
{
	struct asked *a;
	bool last;

	if (!c->call_id[0])
		return;
	held_take(&claims.lock);
	a = g_hash_table_lookup(claims.rooms, r->id);
	last = a->users == 1;
	release_locked(r->id, a);
	held_release(&claims.lock);
	if (last && !room_is_call(r, c->call_id))
		ledger_call_close(life_ledger(), c->call_id, clock_wall_ms());
}

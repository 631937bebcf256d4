/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Calls. Called by room.c under the room's lock; no calls out of here but to memory.
 */
#include <string.h>
#include "plugins/call.h"
#include "plugins/participant.h"

static void drop(gpointer p)
{
	struct participant *one = p;

	participant_unref(&one);
}

struct call *call_create(const char *room, int64_t wall_ms)
{
	struct call *c = g_new0(struct call, 1);

	call_id_make(c->id, room, wall_ms);
	c->people = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, drop);
	return c;
}

void call_free(struct call *c)
{
	g_hash_table_destroy(c->people);
	g_free(c);
}

void call_next_id(struct call *c, char out[PARTICIPANT_SIZE])
{
	g_snprintf(out, PARTICIPANT_SIZE, "user%u", ++c->last);
}

bool call_make_room(struct call *c, unsigned max, GPtrArray *out)
{
	struct participant *p, *oldest = NULL;
	GHashTableIter it;
	unsigned kicked = 0;

	if (g_hash_table_size(c->people) < max)
		return true;
	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p)) {
		kicked += p->kicked;
		if (!p->present && !p->kicked && (!oldest || p->left_us < oldest->left_us))
			oldest = p;
	}
	if (g_hash_table_size(c->people) - kicked < max)
		return g_hash_table_size(c->people) < CALL_PEOPLE_MAX;
	if (!oldest)
		return false;
	g_ptr_array_add(out, participant_ref(oldest));
	g_hash_table_remove(c->people, oldest->id);
	return true;
}

void call_add(struct call *c, struct participant *p)
{
	g_hash_table_insert(c->people, p->id, participant_ref(p));
}

struct participant *call_by_resume(struct call *c, const char *resume)
{
	struct participant *p, *found = NULL;
	GHashTableIter it;

	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (secret_equal(p->resume, resume))
			found = p;
	return found;
}

struct participant *call_by_id(struct call *c, const char *id)
{
	return g_hash_table_lookup(c->people, id);
}

struct participant *call_by_identity(struct call *c, const char *identity)
{
	struct participant *p;
	GHashTableIter it;

	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (p->identity[0] && !strcmp(p->identity, identity))
			return p;
	return NULL;
}

const char *call_own_sub(const struct call *c, const char *sub)
{
	size_t n = strlen(c->id);

	return !strncmp(sub, c->id, n) && sub[n] == '/' && participant_id_valid(sub + n + 1) ? sub + n + 1 : NULL;
}

void call_set_present(struct call *c, struct participant *p, bool present, int64_t now_us)
{
	if (p->present == present)
		return;
	p->present = present;
	if (present) {
		c->present++;
		return;
	}
	p->left_us = now_us;
	if (!--c->present)
		c->empty_since_us = now_us;
}

void call_forget(struct call *c, int64_t since_us, GPtrArray *out)
{
	struct participant *p;
	GHashTableIter it;

	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (!p->present && !p->kicked && p->left_us < since_us) {
			g_ptr_array_add(out, participant_ref(p));
			g_hash_table_iter_remove(&it);
		}
}

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

struct call *call_create(const char *room, const char *id, int64_t wall_ms)
{
	struct call *c = g_new0(struct call, 1);

	if (id && *id)
		g_strlcpy(c->id, id, sizeof(c->id));
	else
		call_id_make(c->id, room, wall_ms);
	c->people = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, drop);
	return c;
}

void call_free(struct call *c)
{
	g_hash_table_destroy(c->people);
	g_clear_pointer(&c->records, g_hash_table_unref);
	g_free(c);
}

void call_next_id(struct call *c, char out[PARTICIPANT_SIZE])
{
	g_snprintf(out, PARTICIPANT_SIZE, "user%u", ++c->last);
}

/* Their token still says what they were when it was made: what they are is kept. */
static void forget(struct call *c, struct participant *p, GPtrArray *out)
{
	g_ptr_array_add(out, participant_ref(p));
	if (!p->host && !p->kicked)
		return;
	if (!c->records)
		c->records = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (g_hash_table_size(c->records) < CALL_PEOPLE_MAX) {
		struct call_record *r = g_new(struct call_record, 1);

		*r = (struct call_record){ p->host, p->own_host, p->kicked, p->grants, p->own_grants };
		g_hash_table_insert(c->records, g_strdup(p->id), r);
	} else {
		c->unsure = true;
	}
}

bool call_record(const struct call *c, const char *id, struct call_record *out)
{
	const struct call_record *r = c->records ? g_hash_table_lookup(c->records, id) : NULL;

	*out = r ? *r : (struct call_record){ .kicked = c->unsure };
	return r || c->unsure;
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
	forget(c, oldest, out);
	g_hash_table_remove(c->people, oldest->id);
	return true;
}

void call_add(struct call *c, struct participant *p)
{
	g_hash_table_insert(c->people, p->id, participant_ref(p));
	if (c->records)
		g_hash_table_remove(c->records, p->id);
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

static int64_t rank(const struct participant *p)
{
	return p->kicked ? p->kicked_until_us : INT64_MAX;
}

struct participant *call_by_identity(struct call *c, const char *identity)
{
	struct participant *p, *found = NULL;
	GHashTableIter it;

	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (p->identity[0] && !strcmp(p->identity, identity) && (!found || rank(found) < rank(p)))
			found = p;
	return found;
}

static struct participant *find_kicked(struct call *c, bool (*is)(const struct participant *p, const void *what), const void *what, int64_t now_us)
{
	struct participant *p;
	GHashTableIter it;

	if (!c->kicks)
		return NULL;
	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (p->kicked && now_us < p->kicked_until_us && is(p, what))
			return p;
	return NULL;
}

static bool had_handle(const struct participant *p, const void *what)
{
	return p->kicked_handle == *(const uint64_t *)what;
}

static bool had_name(const struct participant *p, const void *what)
{
	return !p->identity[0] && p->kicked_name && !strcmp(p->kicked_name, what);
}

bool call_kicked_handle(struct call *c, uint64_t handle, int64_t now_us)
{
	return find_kicked(c, had_handle, &handle, now_us) != NULL;
}

bool call_kicked_name(struct call *c, const char *folded, int64_t now_us)
{
	return folded && find_kicked(c, had_name, folded, now_us);
}

const char *call_own_sub(const struct call *c, const char *sub)
{
	size_t n = strlen(c->id);

	return !strncmp(sub, c->id, n) && sub[n] == '/' && participant_id_valid(sub + n + 1) ? sub + n + 1 : NULL;
}

static void hosts_come(struct call *c)
{
	c->hosts++;
	c->absence = (struct gate_absence){ 0 };
}

static void hosts_go(struct call *c, int64_t now_us)
{
	if (!--c->hosts)
		c->absence.since_us = now_us;
}

void call_set_role(struct call *c, struct participant *p, bool host, unsigned grants, int64_t now_us)
{
	bool before = p->host;

	atomic_store(&p->grants, grants);
	atomic_store(&p->host, host);
	if (!p->present || before == host)
		return;
	if (host)
		hosts_come(c);
	else
		hosts_go(c, now_us);
}

void call_set_present(struct call *c, struct participant *p, bool present, int64_t now_us)
{
	if (p->present == present)
		return;
	p->present = present;
	if (present) {
		c->present++;
		if (p->host)
			hosts_come(c);
		return;
	}
	p->left_us = now_us;
	if (p->host)
		hosts_go(c, now_us);
	if (!--c->present)
		c->empty_since_us = now_us;
}

void call_forget(struct call *c, int64_t since_us, GPtrArray *out)
{
	struct participant *p;
	GHashTableIter it;

	g_hash_table_iter_init(&it, c->people);
	while (g_hash_table_iter_next(&it, NULL, (gpointer *)&p))
		if (!p->present && p->left_us < since_us && (!p->kicked || p->kicked_until_us < since_us)) {
			forget(c, p, out);
			g_hash_table_iter_remove(&it);
		}
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Consent to one recording. Called on its strand; see the header for the states.
 */
#include <errno.h>
#include <string.h>
#include "plugins/consent.h"

enum answer { NO_ANSWER, YES, NO };

struct one {
	char id[PARTICIPANT_SIZE];
	char *identity;
	bool here, told, ever_told, out;
	enum answer answer;
	int64_t told_ms;
	unsigned notice;           /* number of the newest */
};

struct consents {
	enum consent_policy policy;
	GPtrArray *people;         /* of struct one, in the order met */
	GHashTable *excluded;      /* ids and identities */
};

static void free_one(gpointer p)
{
	struct one *o = p;

	g_free(o->identity);
	g_free(o);
}

struct consents *consents_create(enum consent_policy policy, json_t *exclude)
{
	struct consents *c = g_new0(struct consents, 1);
	json_t *key;
	size_t i;

	c->policy = policy;
	c->people = g_ptr_array_new_with_free_func(free_one);
	c->excluded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	json_array_foreach(exclude, i, key)
		g_hash_table_add(c->excluded, g_strdup(json_string_value(key)));
	return c;
}

void consents_unref(struct consents **cp)
{
	struct consents *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	g_ptr_array_unref(c->people);
	g_hash_table_unref(c->excluded);
	g_free(c);
}

static struct one *find(const struct consents *c, const char *id)
{
	for (guint i = 0; i < c->people->len; i++) {
		struct one *o = c->people->pdata[i];

		if (!strcmp(o->id, id))
			return o;
	}
	return NULL;
}

static bool is_named(const struct one *o, const char *key)
{
	return !strcmp(o->id, key) || (o->identity[0] && !strcmp(o->identity, key));
}

unsigned consents_meet(struct consents *c, const char *id, const char *identity)
{
	struct one *o = find(c, id);

	if (!o) {
		o = g_new0(struct one, 1);
		g_strlcpy(o->id, id, sizeof(o->id));
		o->identity = g_strdup(identity);
		o->out = g_hash_table_contains(c->excluded, id) || (*identity && g_hash_table_contains(c->excluded, identity));
		g_ptr_array_add(c->people, o);
	}
	o->here = true;
	o->told = false;
	return ++o->notice;
}

bool consents_told(struct consents *c, const char *id, unsigned notice, int64_t wall_ms)
{
	struct one *o = find(c, id);

	if (!o || !o->here || o->notice != notice)
		return false;
	o->told = o->ever_told = true;
	o->told_ms = wall_ms;
	return true;
}

void consents_left(struct consents *c, const char *id)
{
	struct one *o = find(c, id);

	if (o)
		o->here = o->told = false;
}

int consents_answer(struct consents *c, const char *id, bool agree)
{
	struct one *o = find(c, id);
	enum answer answer = agree ? YES : NO;
	bool changed;

	if (!o)
		return -ENOENT;
	changed = o->answer != answer;
	o->answer = answer;
	return changed;
}

/* Of those named twice, by id and by identity, both must be taken back. */
static bool still_out(const struct consents *c, const struct one *o)
{
	return g_hash_table_contains(c->excluded, o->id) || (o->identity[0] && g_hash_table_contains(c->excluded, o->identity));
}

int consents_exclude(struct consents *c, const char *key, bool out)
{
	bool changed;

	if (out && g_hash_table_size(c->excluded) >= CONSENT_EXCLUDED_MAX && !g_hash_table_contains(c->excluded, key))
		return -ENOSPC;
	changed = out ? g_hash_table_add(c->excluded, g_strdup(key)) : g_hash_table_remove(c->excluded, key);
	for (guint i = 0; i < c->people->len; i++) {
		struct one *o = c->people->pdata[i];

		if (!is_named(o, key) || o->out == still_out(c, o))
			continue;
		o->out = !o->out;
		if (o->out)
			continue;
		o->told = false;
		o->notice++;
		o->answer = o->answer == NO ? NO : NO_ANSWER;
	}
	return changed;
}

bool consents_allow(const struct consents *c, const char *id)
{
	const struct one *o = find(c, id);

	return o && o->told && !o->out && o->answer != NO && (c->policy == CONSENT_NOTICE || o->answer == YES);
}

static const char *state_of(const struct one *o)
{
	static const char *const answers[] = { [NO_ANSWER] = "told", [YES] = "agreed", [NO] = "declined" };

	return o->out ? "left_out" : o->answer ? answers[o->answer] : o->ever_told ? "told" : NULL;
}

const char *consents_state(const struct consents *c, const char *id)
{
	const struct one *o = find(c, id);

	return o ? state_of(o) : NULL;
}

bool consents_is_out(const struct consents *c, const char *id)
{
	const struct one *o = find(c, id);

	return o && o->out;
}

int64_t consents_told_ms(const struct consents *c, const char *id)
{
	const struct one *o = find(c, id);

	return o ? o->told_ms : 0;
}

const char *consents_named(const struct consents *c, const char *key, unsigned *at)
{
	while (*at < c->people->len) {
		const struct one *o = c->people->pdata[(*at)++];

		if (is_named(o, key))
			return o->id;
	}
	return NULL;
}

struct consent_rows *consents_rows(const struct consents *c)
{
	struct consent_rows *rows = g_malloc0(sizeof(*rows) + c->people->len * sizeof(rows->row[0]));

	atomic_init(&rows->ref, 1);
	rows->n = c->people->len;
	for (unsigned i = 0; i < rows->n; i++) {
		const struct one *o = c->people->pdata[i];

		rows->row[i] = (struct consent_row){ .state = state_of(o), .here = o->here, .allowed = consents_allow(c, o->id) };
		g_strlcpy(rows->row[i].id, o->id, sizeof(rows->row[i].id));
	}
	return rows;
}

struct consent_rows *consent_rows_ref(struct consent_rows *rows)
{
	if (rows)
		atomic_fetch_add(&rows->ref, 1);
	return rows;
}

void consent_rows_unref(struct consent_rows **p)
{
	struct consent_rows *rows = *p;

	*p = NULL;
	if (rows && atomic_fetch_sub(&rows->ref, 1) == 1)
		g_free(rows);
}

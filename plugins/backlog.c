/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The queue between memory and disk, and its policy when the disk is too slow or full; used by writer, for what the writer
 * thread has taken and for what it has not (that one under a lock).
 *
 *	oldest ─▶ chunk v0 · chunk a0 · seal 0 · chunk v1 · chunk a1 · seal 1 …
 *	             ╳ v0 is older than the budget: a gap; v1 rests on it: a gap; a0 may wait twice as long
 */
#include "plugins/backlog.h"

#include <string.h>
#include "plugins/line.h"

struct backlog {
	GQueue items;
	size_t bytes;              /* of chunks among them */
	GHashTable *broken;        /* "user1_video" → segment + 1 whose chunks cannot be decoded before a keyframe */
	GHashTable *gaps;          /* "user1_video" → line of its last `gap disk`, while that is queued */
};

struct backlog *backlog_new(void)
{
	struct backlog *b = g_new0(struct backlog, 1);

	g_queue_init(&b->items);
	b->broken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	b->gaps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_decref);
	return b;
}

void backlog_item_free(struct backlog_item *it)
{
	json_decref(it->line);
	spool_free(it->spool);
	g_free(it);
}

void backlog_free(struct backlog *b)
{
	g_queue_clear_full(&b->items, (GDestroyNotify)backlog_item_free);
	g_hash_table_unref(b->broken);
	g_hash_table_unref(b->gaps);
	g_free(b);
}

static size_t size_of(const struct backlog_item *it)
{
	return it->spool ? spool_file(it->spool)->size : 0;
}

size_t backlog_bytes(const struct backlog *b)
{
	return b->bytes;
}

void backlog_push(struct backlog *b, struct backlog_item *it)
{
	g_queue_push_tail(&b->items, it);
	b->bytes += size_of(it);
}

/* Segments are numbered upwards: what b has seen break since is not forgotten. */
static void copy_broken(struct backlog *b, struct backlog *from)
{
	GHashTableIter i;
	gpointer key, segment;

	g_hash_table_iter_init(&i, from->broken);
	while (g_hash_table_iter_next(&i, &key, &segment))
		if (GPOINTER_TO_UINT(segment) > GPOINTER_TO_UINT(g_hash_table_lookup(b->broken, key)))
			g_hash_table_insert(b->broken, g_strdup(key), segment);
	if (!backlog_head(from))
		g_hash_table_remove_all(from->broken);
}

bool backlog_take(struct backlog *b, struct backlog *from)
{
	struct backlog_item *it;
	bool seal = false;

	while (!seal && (it = backlog_pop(from))) {
		seal = it->kind == BACKLOG_SEAL;
		backlog_push(b, it);
	}
	copy_broken(b, from);
	return seal;
}

struct backlog_item *backlog_head(const struct backlog *b)
{
	return b->items.head ? b->items.head->data : NULL;
}

const GList *backlog_items(const struct backlog *b)
{
	return b->items.head;
}

static gboolean is_line(gpointer key, gpointer value, gpointer line)
{
	(void)key;
	return value == line;
}

struct backlog_item *backlog_pop(struct backlog *b)
{
	struct backlog_item *it = g_queue_pop_head(&b->items);

	b->bytes -= it ? size_of(it) : 0;
	if (it && g_hash_table_size(b->gaps) > 0)
		g_hash_table_foreach_remove(b->gaps, is_line, it->line);
	return it;
}

static char *key_of(const struct chunk_file *f)
{
	return g_strdup_printf("%s_%s", f->name.participant, f->name.source);
}

static bool is_broken(struct backlog *b, const char *key, unsigned segment)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(b->broken, key)) == segment + 1;
}

/* Must a chunk go: it is too old, or rests on one that went? */
static bool must_go(struct backlog *b, const struct backlog_item *it, const char *key, int64_t now_us, int64_t budget_us)
{
	const struct chunk_file *f = spool_file(it->spool);

	if (spool_named(it->spool))
		return false;
	if (is_broken(b, key, f->name.segment)) {
		if (!f->keyframe)
			return true;
		g_hash_table_remove(b->broken, key);
	}
	return now_us - it->queued_us > (f->video ? budget_us : 2 * budget_us);
}

/* The chunk's place in the queue becomes a gap, or part of the gap before it; true when the item itself is to go. */
static bool become_gap(struct backlog *b, struct backlog_item *it, const char *key)
{
	const struct chunk_file *f = spool_file(it->spool);
	json_t *gap = g_hash_table_lookup(b->gaps, key);

	if (gap && json_integer_value(json_object_get(gap, "segment")) == f->name.segment) {
		line_int(gap, "to_ms", f->end_ms);
		return true;
	}
	json_decref(it->line);
	it->line = line_gap(f->from_ms, f->end_ms, f->name.participant, f->name.source, f->name.segment, "disk");
	g_hash_table_insert(b->gaps, g_strdup(key), json_incref(it->line));
	it->kind = BACKLOG_LINE;
	g_clear_pointer(&it->spool, spool_free);
	return false;
}

/* True when the item is to leave the queue; *dropped counts chunks. */
static bool shed_chunk(struct backlog *b, struct backlog_item *it, const char *dir, int *dropped, backlog_drop_h *drop, void *arg)
{
	const struct chunk_file *f = spool_file(it->spool);
	char *key = key_of(f);
	bool leaves;

	spool_discard(it->spool, dir);
	b->bytes -= size_of(it);
	++*dropped;
	if (f->video && !is_broken(b, key, f->name.segment)) {
		g_hash_table_insert(b->broken, g_strdup(key), GUINT_TO_POINTER(f->name.segment + 1));
		drop(f, arg);
	}
	leaves = become_gap(b, it, key);
	g_free(key);
	return leaves;
}

static bool chunk_must_go(struct backlog *b, const struct backlog_item *it, int64_t now_us, int64_t budget_us)
{
	char *key = key_of(spool_file(it->spool));
	bool go = must_go(b, it, key, now_us, budget_us);

	g_free(key);
	return go;
}

/* Observations of the clock rest on nothing when what they explain is gone; a seal says what those before it said. */
static bool is_idle_talk(const struct backlog_item *it, bool has_next_seal)
{
	const char *type = json_string_value(json_object_get(it->line, "type"));

	return it->kind == BACKLOG_SEAL ? has_next_seal : !strcmp(type, "sync");
}

static bool later_seal(const GList *l)
{
	while (l && ((const struct backlog_item *)l->data)->kind != BACKLOG_SEAL)
		l = l->next;
	return l;
}

int backlog_shed(struct backlog *b, const char *dir, int64_t now_us, int64_t budget_us, backlog_drop_h *drop, void *arg)
{
	int dropped = 0;

	for (GList *l = b->items.head, *next; l; l = next) {
		struct backlog_item *it = l->data;
		bool leaves;

		next = l->next;
		if (it->kind == BACKLOG_CHUNK)
			leaves = chunk_must_go(b, it, now_us, budget_us) && shed_chunk(b, it, dir, &dropped, drop, arg);
		else
			leaves = now_us - it->queued_us > 2 * budget_us && is_idle_talk(it, later_seal(next));
		if (!leaves)
			continue;
		backlog_item_free(it);
		g_queue_delete_link(&b->items, l);
	}
	return dropped;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Compares configurations by the tables of their keys. Called by the plugin's reload, any thread.
 *
 *   file ──settings_load──▶ next ──settings_keep: what may not change is taken from now──▶ next is used, now stays as long as somebody may look at it
 */
#include <string.h>
#include "common/settings_change.h"
#include "common/settings_rows.h"
#include "common/words.h"

static bool is_text(enum row_type type)
{
	return type == R_STRING || type == R_TEXT || type == R_ID || type == R_ONE || type == R_WORDS;
}

static bool equal(const struct row *r, const void *a, const void *b)
{
	const char *x = (const char *)a + r->offset, *y = (const char *)b + r->offset;

	if (is_text(r->type))
		return !g_strcmp0(*(char *const *)x, *(char *const *)y);
	return r->type == R_BOOL ? *(const bool *)x == *(const bool *)y : *(const int *)x == *(const int *)y;
}

static void copy(const struct row *r, void *to, const void *from)
{
	char *x = (char *)to + r->offset;
	const char *y = (const char *)from + r->offset;

	if (is_text(r->type)) {
		g_free(*(char **)x);
		*(char **)x = g_strdup(*(char *const *)y);
	} else if (r->type == R_BOOL) {
		*(bool *)x = *(const bool *)y;
	} else {
		*(int *)x = *(const int *)y;
	}
}

static bool items_equal(const struct table *t, const void *a, const void *b)
{
	bool same = true;

	for (size_t i = 0; same && i < t->n; i++)
		same = equal(&t->rows[i], a, b);
	return same;
}

static char **items_of(const struct list *l, struct settings *s)
{
	return (char **)((char *)s + l->items);
}

static size_t *count_of(const struct list *l, struct settings *s)
{
	return (size_t *)((char *)s + l->count);
}

static void drop_list(const struct list *l, struct settings *s)
{
	char **items = items_of(l, s);

	for (size_t i = 0; i < *count_of(l, s); i++)
		for (size_t k = 0; k < l->table.n; k++)
			if (is_text(l->table.rows[k].type))
				g_free(*(char **)(*items + i * l->item_size + l->table.rows[k].offset));
	g_clear_pointer(items, g_free);
	*count_of(l, s) = 0;
}

static bool lists_equal(const struct list *l, const struct settings *a, const struct settings *b)
{
	size_t n = *count_of(l, (struct settings *)a);
	const char *x = *items_of(l, (struct settings *)a), *y = *items_of(l, (struct settings *)b);
	bool same = n == *count_of(l, (struct settings *)b);

	for (size_t i = 0; same && i < n; i++)
		same = items_equal(&l->table, x + i * l->item_size, y + i * l->item_size);
	return same;
}

static void copy_list(const struct list *l, struct settings *to, const struct settings *from)
{
	size_t n = *count_of(l, (struct settings *)from);
	const char *y = *items_of(l, (struct settings *)from);
	char *x = g_malloc0((n + 1) * l->item_size);

	drop_list(l, to);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < l->table.n; k++)
			copy(&l->table.rows[k], x + i * l->item_size, y + i * l->item_size);
	*items_of(l, to) = x;
	*count_of(l, to) = n;
}

static void keep_row(const struct row *r, struct settings *next, const struct settings *now, settings_may_h *may, GPtrArray *changed, GPtrArray *kept)
{
	bool yes;

	if (equal(r, next, now))
		return;
	yes = may(r->section, r->key);
	g_ptr_array_add(yes ? changed : kept, g_strdup_printf("%s.%s", r->section, r->key));
	if (!yes)
		copy(r, next, now);
}

void settings_keep(struct settings *next, const struct settings *now, const char *sections, settings_may_h *may, GPtrArray *changed, GPtrArray *kept)
{
	const struct list *keys = &settings_lists[LIST_TOKEN_KEYS];

	for (size_t i = 0; i < settings_main.n; i++)
		if (word_index(sections, ' ', settings_main.rows[i].section) >= 0)
			keep_row(&settings_main.rows[i], next, now, may, changed, kept);
	if (lists_equal(keys, next, now))
		return;
	g_ptr_array_add(kept, g_strdup(keys->section));
	copy_list(keys, next, now);
}

const struct settings_room *settings_room_find(const struct settings *s, const char *id)
{
	for (size_t i = 0; i < s->nrooms; i++)
		if (!strcmp(s->rooms[i].id, id))
			return &s->rooms[i];
	return NULL;
}

bool settings_room_equal(const struct settings_room *a, const struct settings_room *b)
{
	return items_equal(&settings_lists[LIST_ROOMS].table, a, b);
}

void settings_drop_lists(struct settings *s)
{
	for (size_t i = 0; i < settings_nlists; i++)
		drop_list(&settings_lists[i], s);
}

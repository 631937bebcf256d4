/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory of the access logs. Used by recroom-pp serve (postprocess/access.c) and by the plugin (plugins/accesses.c), each under a lock of its own.
 */
#include <glib.h>
#include "common/lately.h"

enum { SEEN_MAX = 8192 };
#define SEEN_US 1800000000LL

struct lately { GHashTable *seen; };     /* what was looked at ─▶ when last, monotonic */

struct lately *lately_create(void)
{
	struct lately *l = g_new0(struct lately, 1);

	l->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return l;
}

void lately_free(struct lately *l)
{
	if (!l)
		return;
	g_hash_table_unref(l->seen);
	g_free(l);
}

static gboolean is_old(gpointer key, gpointer value, gpointer now)
{
	(void)key;
	return *(int64_t *)now - *(int64_t *)value >= SEEN_US;
}

/* With more than can be remembered all are forgotten: then some count twice. */
static void make_room(struct lately *l, int64_t now_us)
{
	if (g_hash_table_size(l->seen) < SEEN_MAX)
		return;
	g_hash_table_foreach_remove(l->seen, is_old, &now_us);
	if (g_hash_table_size(l->seen) >= SEEN_MAX)
		g_hash_table_remove_all(l->seen);
}

bool lately_again(struct lately *l, const struct catalog_access *a, int64_t now_us)
{
	int64_t *last;
	bool again;
	char *key;

	if (a->action > ACCESS_SHARED)
		return false;
	key = g_strdup_printf("%d %s %s %s %s", a->action, a->recording, a->item ? a->item : "", a->actor, a->address ? a->address : "");
	last = g_hash_table_lookup(l->seen, key);
	again = last && now_us - *last < SEEN_US;
	if (last) {
		*last = now_us;
		g_free(key);
	} else {
		make_room(l, now_us);
		g_hash_table_insert(l->seen, key, g_memdup2(&now_us, sizeof(now_us)));
	}
	return again;
}

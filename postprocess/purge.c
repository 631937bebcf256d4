/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Removing from stores. Called by jobs that delete, expire or erase, on a runner's thread, and to look by `recroom-pp storage check`.
 *
 *	prefixes of the recording, keys of the catalog ─▶ list of uploads ─▶ abort each
 *	                                               └▶ list of versions ─▶ remove each, a page in one request where the store can ─▶ list again: nothing? ─▶ done
 *
 * What is found is gathered first, since a store's list is a request under way while it is given.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/store_key.h"
#include "postprocess/purge.h"

enum { PAGE = 1000, ROUNDS = 3, REFUSALS = 8 };

/* A place to look at: all of the recording's below a prefix, or one key. */
struct place {
	char *prefix;
	bool exact;
};
struct found {
	char *key, *version, *upload;
};
struct look {
	struct store *store;
	const struct purge *p;
	GArray *places;                /* struct place */
	const struct place *at;
	int (*each)(const struct store_item *i, void *arg);
	void *arg;
};

/* ---- where ---- */

static void clear_place(gpointer place)
{
	g_free(((struct place *)place)->prefix);
}

static void add_place(GArray *places, char *prefix, bool exact)
{
	struct place place = { prefix, exact };

	g_array_append_val(places, place);
}

/* A key below a prefix that is looked at anyway needs no look of its own. */
static bool covered(const GArray *places, const char *key)
{
	for (guint i = 0; i < places->len; i++) {
		const struct place *at = &g_array_index(places, struct place, i);

		if (at->exact ? !strcmp(key, at->prefix) : store_key_is_of(key, at->prefix))
			return true;
	}
	return false;
}

static int add_search(GArray *places, const char *prefix, const char *recording, const char *public_id)
{
	char *search = NULL;
	int err = store_key_search(&search, prefix, recording, public_id);

	if (!err)
		add_place(places, search, false);
	return err;
}

static int find_places(struct look *l)
{
	const struct settings_storage *conf = store_conf(l->store);
	const struct purge *p = l->p;
	int err = 0;

	l->places = g_array_new(FALSE, TRUE, sizeof(struct place));
	g_array_set_clear_func(l->places, clear_place);
	if (p->what & PURGE_OUTPUTS)
		err = add_search(l->places, conf->prefix, p->recording, NULL);
	if (!err && (p->what & PURGE_OUTPUTS) && p->public_id)
		err = add_search(l->places, conf->prefix, p->recording, p->public_id);
	if (!err && (p->what & PURGE_ORIGINALS))
		err = add_search(l->places, conf->chunk_prefix, p->recording, NULL);
	for (const struct purge_key *k = p->keys; !err && k && k->key; k++) {
		if (k->key[0] && !covered(l->places, k->key))
			add_place(l->places, g_strdup(k->key), true);
	}
	return err;
}

/* ---- what is there ---- */

static int see(const struct store_item *i, void *arg)
{
	struct look *l = arg;
	bool ours = l->at->exact ? !strcmp(i->key, l->at->prefix) : store_key_is_of(i->key, l->at->prefix);

	if (!ours || (l->p->wanted && !l->p->wanted(i, l->p->arg)))
		return 0;
	return l->each(i, l->arg);
}

static int look(struct look *l, bool uploads, struct store_why *why)
{
	bool versions = !uploads && store_conf(l->store)->versions && store_can(l->store, STORE_CAN_VERSIONS);
	int err = 0;

	for (guint i = 0; !err && i < l->places->len; i++) {
		struct store_list list = { .versions = versions, .uploads = uploads };

		l->at = &g_array_index(l->places, struct place, i);
		list.prefix = l->at->prefix;
		err = store_list(l->store, &list, see, l, why);
	}
	return err;
}

static void clear_found(gpointer f)
{
	g_free(((struct found *)f)->key);
	g_free(((struct found *)f)->version);
	g_free(((struct found *)f)->upload);
}

static int gather(const struct store_item *i, void *arg)
{
	GArray *all = arg;
	struct found f = { g_strdup(i->key), i->version && i->version[0] ? g_strdup(i->version) : NULL, i->upload && i->upload[0] ? g_strdup(i->upload) : NULL };

	g_array_append_val(all, f);
	return all->len >= PAGE ? -EINPROGRESS : 0;
}

/* A page of what is there; uploads first, so that none of them becomes an object behind our back. */
static int find(struct look *l, GArray *all, struct store_why *why)
{
	int err;

	l->each = gather;
	l->arg = all;
	err = look(l, true, why);
	if (!err)
		err = look(l, false, why);
	return err == -EINPROGRESS ? 0 : err;
}

/* ---- away with it ---- */

static bool is_stopping(const struct purge *p)
{
	return p->stop && p->stop(p->arg);
}

/* How many may go at once from here on: of one kind, as many as the store takes in a request, no more than `most`; 0: no more. */
static size_t next_batch(const struct look *l, const GArray *all, guint at, const struct purge_result *out)
{
	size_t room = l->p->most ? (size_t)MAX(l->p->most - out->removed - out->aborted, 0) : STORE_BATCH_MAX, most = MIN(room, store_batch(l->store)), n = 0;

	if (g_array_index(all, struct found, at).upload)
		return MIN(room, 1);
	while (n < most && at + n < all->len && !g_array_index(all, struct found, at + n).upload)
		n++;
	return n;
}

static int take(const struct look *l, const struct found *f, size_t n, struct purge_result *out, struct store_why *why)
{
	g_autofree struct store_gone *g = g_new(struct store_gone, n);
	size_t gone = 0;
	int err;

	if (f->upload) {
		err = store_parts_abort(l->store, f->key, f->upload, why);
		out->aborted += !err;
		return err;
	}
	for (size_t i = 0; i < n; i++)
		g[i] = (struct store_gone){ f[i].key, f[i].version };
	err = store_remove_some(l->store, g, n, &gone, why);
	out->removed += (int)gone;
	return err;
}

/* One that the store does not let go of does not keep the others; a store that refuses all is not asked for ever. */
static int take_all(struct look *l, const GArray *all, struct purge_result *out, struct store_why *why)
{
	struct store_why this;
	int first = 0, refused = 0, err;

	for (guint i = 0, n; refused < REFUSALS && i < all->len; i += n) {
		n = (guint)next_batch(l, all, i, out);
		if (!n || is_stopping(l->p))
			return first ? first : n ? -ECANCELED : -EINPROGRESS;
		err = take(l, &g_array_index(all, struct found, i), n, out, &this);
		refused += err != 0;
		if (err && !first)
			*why = this;
		first = first ? first : err;
	}
	return first;
}

/* One page: how many there were, or negative errno. */
static int round_of(struct look *l, struct purge_result *out, struct store_why *why)
{
	GArray *all = g_array_new(FALSE, TRUE, sizeof(struct found));
	int err, n;

	g_array_set_clear_func(all, clear_found);
	err = find(l, all, why);
	n = (int)all->len;
	if (!err)
		err = take_all(l, all, out, why);
	g_array_unref(all);
	return err ? err : n;
}

static int remove_all(struct look *l, struct purge_result *out, struct store_why *why)
{
	int small = 0, n;

	do {
		n = round_of(l, out, why);
		small += n < PAGE;     /* after a page that is not full there should be nothing */
	} while (n > 0 && small < ROUNDS);
	out->left = MAX(n, 0);
	return n > 0 ? -EINPROGRESS : n;
}

/* Of Azure's: blocks beside a blob are in no list, and only when that is gone they can be told to go. *n: how many there were. */
static int end_known_uploads(struct look *l, int *n, struct store_why *why)
{
	int err = 0;

	for (const struct purge_key *k = l->p->keys; !err && k && k->key; k++) {
		struct store_item i = { .key = k->key, .version = "", .upload = k->upload ? k->upload : "", .etag = "" };

		if (!k->key[0] || !i.upload[0] || (l->p->wanted && !l->p->wanted(&i, l->p->arg)))
			continue;
		err = store_parts_abort(l->store, k->key, k->upload, why);
		++*n;
	}
	return err;
}

int purge(struct store *s, const struct purge *p, struct purge_result *out, struct store_why *why)
{
	struct look l = { .store = s, .p = p };
	int err = find_places(&l), known = 0;

	*out = (struct purge_result){ 0 };
	if (!err)
		err = remove_all(&l, out, why);
	if (!err)
		err = end_known_uploads(&l, &known, why);
	if (!err && known)
		err = remove_all(&l, out, why);
	g_array_unref(l.places);
	return err;
}

int purge_look(struct store *s, const struct purge *p, int (*each)(const struct store_item *i, void *arg), void *arg, struct store_why *why)
{
	struct look l = { .store = s, .p = p, .each = each, .arg = arg };
	int err = find_places(&l);

	if (!err)
		err = look(&l, true, why);
	if (!err)
		err = look(&l, false, why);
	g_array_unref(l.places);
	return err;
}

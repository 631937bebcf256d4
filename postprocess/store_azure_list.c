/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of a container, page by page: blobs, versions, and names under which blocks wait. Called through store_list().
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/store_azure.h"

struct walk {
	struct store *s;
	const struct store_list *l;
	store_each_h *each;
	void *arg;
	char *marker;
};

/* The uploads that blocks under one name belong to, each once. */
struct uploads { GHashTable *seen; };

static int on_block(const char *id, int64_t size, void *arg)
{
	struct uploads *u = arg;
	gsize len = 0;
	char *plain = (char *)g_base64_decode(id, &len);

	(void)size;
	if (len > AZURE_UPLOAD && plain[AZURE_UPLOAD] == '.')
		g_hash_table_add(u->seen, g_strndup(plain, AZURE_UPLOAD));
	g_free(plain);
	return 0;
}

static int give_uploads(struct walk *w, const char *key, int64_t modified_ms, struct store_why *why)
{
	struct uploads u = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
	GHashTableIter i;
	void *id;
	int err = azure_blocks(w->s, key, on_block, &u, why);

	if (err == -ENOENT) {
		memset(why, 0, sizeof(*why));
		err = 0;
	}
	g_hash_table_iter_init(&i, u.seen);
	while (!err && g_hash_table_iter_next(&i, &id, NULL))
		err = w->each(&(struct store_item){ .key = key, .version = "", .upload = id, .etag = "", .size = -1, .modified_ms = modified_ms }, w->arg);
	g_hash_table_unref(u.seen);
	return err;
}

/* A name without a blob has no size; whether blocks wait under it has to be asked. Blocks that wait beside a blob are not looked for. */
static int give(struct walk *w, const struct xml_node *n, struct store_why *why)
{
	const char *current = xml_text(n, "IsCurrentVersion"), *modified = xml_text(n, "Properties/Last-Modified"), *etag = xml_text(n, "Properties/Etag");
	struct store_item i = { .key = xml_text(n, "Name"), .version = w->l->versions ? xml_text(n, "VersionId") : "", .upload = "", .etag = etag,
				.size = g_ascii_strtoll(xml_text(n, "Properties/Content-Length"), NULL, 10),
				.modified_ms = *modified ? MAX(0, (int64_t)curl_getdate(modified, NULL)) * 1000 : 0,
				.is_latest = !*xml_text(n, "VersionId") || !strcmp(current, "true") };
	char *bare = NULL;
	int err = 0;

	if (w->l->uploads) {
		if (!i.size)
			err = give_uploads(w, i.key, i.modified_ms, why);
	} else {
		bare = g_strdup(etag);
		g_strdelimit(bare, "\"", ' ');
		i.etag = g_strstrip(bare);
		err = w->each(&i, w->arg);
	}
	g_free(bare);
	return err;
}

static int take_page(struct walk *w, const struct xml_node *root, bool *more, struct store_why *why)
{
	const struct xml_node *blobs = xml_child(root, "Blobs");
	const char *next = xml_text(root, "NextMarker");
	int err = 0;

	for (guint i = 0; !err && blobs && i < blobs->children->len; i++)
		err = give(w, blobs->children->pdata[i], why);
	*more = *next && g_strcmp0(next, w->marker);
	g_free(w->marker);
	w->marker = g_strdup(next);
	return err;
}

static int ask_page(struct walk *w, bool *more, struct store_why *why)
{
	char page[16];
	struct uri_pair query[8] = { { "restype", "container" }, { "comp", "list" }, { "maxresults", page } };
	struct store_answer answer;
	struct xml_node *root = NULL;
	size_t n = 3;
	int err;

	snprintf(page, sizeof(page), "%d", w->s->page);
	if (*w->l->prefix)
		query[n++] = (struct uri_pair){ "prefix", w->l->prefix };
	if (w->marker && *w->marker)
		query[n++] = (struct uri_pair){ "marker", w->marker };
	if (w->l->uploads || w->l->versions)
		query[n++] = (struct uri_pair){ "include", w->l->uploads ? "uncommittedblobs" : "versions" };
	err = store_call(w->s, &(struct store_call){ .method = "GET", .query = query, .root = "EnumerationResults", .answer = &answer }, NULL, why);
	*more = false;
	if (!err) {
		xml_parse(&root, answer.text->str, answer.text->len);
		err = take_page(w, root, more, why);
	}
	xml_free(&root);
	store_answer_clear(&answer);
	return err;
}

int azure_list(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why)
{
	struct walk w = { .s = s, .l = l, .each = each, .arg = arg };
	bool more = true;
	int err = 0;

	while (!err && more)
		err = ask_page(&w, &more, why);
	g_free(w.marker);
	return err;
}

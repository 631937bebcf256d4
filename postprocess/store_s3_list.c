/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of a bucket, page by page: objects, versions, unfinished uploads. A row of the table each. Called through store_list().
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/store_s3.h"

/* Names are asked for percent-encoded, as XML cannot hold all of them; a plus stands for a blank then. */
static const struct listing {
	const char *mode, *value;      /* first query parameter */
	const char *root;
	const char *items[2];          /* elements that are items; the second kind are delete markers */
	struct { const char *query, *element; bool encoded; } markers[2];      /* where the next page begins */
} listings[] = {
	{ "list-type", "2", "ListBucketResult", { "Contents" }, { { "continuation-token", "NextContinuationToken", false } } },
	{ "versions", "", "ListVersionsResult", { "Version", "DeleteMarker" },
	  { { "key-marker", "NextKeyMarker", true }, { "version-id-marker", "NextVersionIdMarker", false } } },
	{ "uploads", "", "ListMultipartUploadsResult", { "Upload" },
	  { { "key-marker", "NextKeyMarker", true }, { "upload-id-marker", "NextUploadIdMarker", false } } },
};

struct walk {
	struct store *s;
	const struct listing *listing;
	const struct store_list *l;
	store_each_h *each;
	void *arg;
	char *markers[2];
};

static char *decoded(const char *text)
{
	char **pieces = g_strsplit(text, "+", -1), *blanks = g_strjoinv(" ", pieces), *plain = NULL;

	if (uri_decode(&plain, blanks))
		plain = g_strdup(text);
	g_strfreev(pieces);
	g_free(blanks);
	return plain;
}

static int64_t time_ms(const char *iso)
{
	GDateTime *t = *iso ? g_date_time_new_from_iso8601(iso, NULL) : NULL;
	int64_t ms = t ? g_date_time_to_unix(t) * 1000 + g_date_time_get_microsecond(t) / 1000 : 0;

	if (t)
		g_date_time_unref(t);
	return ms;
}

static int give(struct walk *w, const struct xml_node *n, bool marker)
{
	const struct s3 *s3 = w->s->own;
	char *key = decoded(xml_text(n, "Key")), *etag = g_strdup(xml_text(n, "ETag"));
	const char *latest = xml_text(n, "IsLatest"), *version = xml_text(n, s3->profile->version_element);
	struct store_item i = { .key = key, .version = w->l->versions ? version : "", .upload = xml_text(n, "UploadId"), .etag = etag,
				.size = w->l->uploads ? -1 : g_ascii_strtoll(xml_text(n, "Size"), NULL, 10),
				.modified_ms = time_ms(xml_text(n, w->l->uploads ? "Initiated" : "LastModified")),
				.is_latest = w->l->versions ? !strcmp(latest, "true") : !w->l->uploads, .delete_marker = marker };
	size_t len = strlen(etag);
	int err;

	if (len > 1 && etag[len - 1] == '"' && *etag == '"') {
		etag[len - 1] = '\0';
		i.etag = etag + 1;
	}
	err = w->each(&i, w->arg);
	g_free(etag);
	g_free(key);
	return err;
}

/* 1: there is another page. */
static int take_page(struct walk *w, const struct xml_node *root)
{
	const struct listing *l = w->listing;
	bool more = !strcmp(xml_text(root, "IsTruncated"), "true"), moved = false;
	int err = 0;

	for (guint i = 0; !err && i < root->children->len; i++) {
		const struct xml_node *n = root->children->pdata[i];

		for (int k = 0; !err && k < 2 && l->items[k]; k++)
			if (!strcmp(n->name, l->items[k]))
				err = give(w, n, k == 1);
	}
	for (int k = 0; k < 2 && l->markers[k].query; k++) {
		const char *text = xml_text(root, l->markers[k].element);
		char *next = l->markers[k].encoded ? decoded(text) : g_strdup(text);

		moved = moved || g_strcmp0(next, w->markers[k]);
		g_free(w->markers[k]);
		w->markers[k] = next;
	}
	return err ? err : more && moved ? 1 : 0;
}

/* *more: each() has not ended it, and there is another page. */
static int ask_page(struct walk *w, bool *more, struct store_why *why)
{
	const struct listing *l = w->listing;
	char page[16];
	struct uri_pair query[8] = { { l->mode, l->value }, { "encoding-type", "url" }, { w->l->uploads ? "max-uploads" : "max-keys", page } };
	struct xml_node *root = NULL;
	struct store_answer answer;
	size_t n = 3;
	int err;

	snprintf(page, sizeof(page), "%d", w->s->page);
	if (*w->l->prefix)
		query[n++] = (struct uri_pair){ "prefix", w->l->prefix };
	for (int k = 0; k < 2 && l->markers[k].query; k++)
		if (w->markers[k] && *w->markers[k])
			query[n++] = (struct uri_pair){ l->markers[k].query, w->markers[k] };
	err = store_call(w->s, &(struct store_call){ .method = "GET", .query = query, .root = l->root, .answer = &answer }, NULL, why);
	if (!err) {
		xml_parse(&root, answer.text->str, answer.text->len);  /* it was judged by its root, so it is one */
		err = take_page(w, root);
		*more = err == 1;
		err = *more ? 0 : err;
	}
	xml_free(&root);
	store_answer_clear(&answer);
	return err;
}

int s3_list(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why)
{
	struct walk w = { .s = s, .l = l, .each = each, .arg = arg, .listing = &listings[l->uploads ? 2 : l->versions ? 1 : 0] };
	bool more = true;
	int err = 0;

	while (!err && more)
		err = ask_page(&w, &more, why);
	g_free(w.markers[0]);
	g_free(w.markers[1]);
	return err;
}

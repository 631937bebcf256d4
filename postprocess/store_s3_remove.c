/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Many objects out of a bucket in one request (DeleteObjects): what was an hour of ten people are thousands. Called through the table of store_s3.c.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/store_body.h"
#include "postprocess/store_error.h"
#include "postprocess/store_s3.h"

static void add_text(GString *xml, const char *element, const char *text)
{
	g_autofree char *escaped = g_markup_escape_text(text, -1);

	g_string_append_printf(xml, "<%s>%s</%s>", element, escaped, element);
}

static char *list_of(const struct store_gone *g, size_t n)
{
	GString *xml = g_string_new("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");

	for (size_t i = 0; i < n; i++) {
		g_string_append(xml, "<Object>");
		add_text(xml, "Key", g[i].key);
		if (g[i].version && *g[i].version)
			add_text(xml, "VersionId", g[i].version);
		g_string_append(xml, "</Object>");
	}
	g_string_append(xml, "</Delete>");
	return g_string_free(xml, FALSE);
}

/* Of one that stays: what a request of its own would have said. */
static int kept(struct store *s, const struct xml_node *e, struct store_why *why)
{
	const char *code = xml_text(e, "Code");
	int err = store_error_of(why, strcmp(code, "AccessDenied") ? 500 : 403, code);

	if (err == -ENOENT)
		return 0;
	return store_fail(s, why, err, "DELETE %.90s: %.60s: %.80s", xml_text(e, "Key"), code, xml_text(e, "Message"));
}

/* It tells of those that stay alone. */
static int read_answer(struct store *s, const struct store_answer *a, size_t n, size_t *gone, struct store_why *why)
{
	struct xml_node *root = NULL;
	struct store_why this, first = { 0 };
	size_t left = 0;
	int err = xml_parse(&root, a->text->str, a->text->len);

	for (guint i = 0; !err && i < root->children->len; i++) {
		const struct xml_node *e = root->children->pdata[i];

		this = (struct store_why){ 0 };
		if (strcmp(e->name, "Error") || !kept(s, e, &this))
			continue;
		left++;
		if (!first.err)
			first = this;
	}
	xml_free(&root);
	if (err)
		return store_fail(s, why, -EPROTO, "POST ?delete: an answer that cannot be read");
	*gone = n - MIN(left, n);
	*why = first;
	return first.err;
}

int s3_remove_some(struct store *s, const struct store_gone *g, size_t n, size_t *gone, struct store_why *why)
{
	static const struct uri_pair query[] = { { "delete", "" }, { NULL, NULL } };
	const struct s3 *s3 = s->own;
	char md5[STORE_MD5] = "";
	struct uri_pair headers[] = { { "Content-Type", "application/xml" }, { "Content-MD5", md5 }, { NULL, NULL } };
	g_autofree char *xml = s3->profile->batch ? list_of(g, n) : NULL;
	struct store_body body = { .data = xml, .len = xml ? strlen(xml) : 0 };
	struct store_answer answer;
	int err = xml ? store_body_md5(&body, md5) : -ENOTSUP;

	if (err)
		return store_fail(s, why, -ENOTSUP, "POST ?delete: not here");
	err = store_call(s, &(struct store_call){ .method = "POST", .query = query, .headers = headers, .body = &body, .root = "DeleteResult", .answer = &answer }, NULL, why);
	if (!err)
		err = read_answer(s, &answer, n, gone, why);
	store_answer_clear(&answer);
	return err;
}

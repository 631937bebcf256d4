/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads to Azure in blocks. Azure knows no uploads, only blocks that wait under a name: the upload and the content's hash are in a block's id, so that two
 * uploads, or two contents of one part, are told apart. Called through the table of store_azure.c.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/store_azure.h"
#include "postprocess/store_body.h"

int azure_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why)
{
	(void)s;
	(void)p;
	(void)part_size;
	(void)why;
	snprintf(upload, STORE_UPLOAD, "%08x%08x", g_random_int(), g_random_int());
	return 0;
}

static bool is_id(const char *upload)
{
	return strlen(upload) == AZURE_UPLOAD && strspn(upload, "0123456789abcdef") == AZURE_UPLOAD;
}

int azure_part(struct store *s, const struct store_part *p, char *etag, struct store_why *why)
{
	char md5[STORE_MD5] = "", hash[STORE_SHA256] = "", id[AZURE_BLOCK], *block;
	struct uri_pair query[] = { { "comp", "block" }, { "blockid", NULL }, { NULL, NULL } }, headers[] = { { "Content-MD5", md5 }, { NULL, NULL } };
	struct store_answer answer = { 0 };
	int err = is_id(p->upload) ? 0 : -ENOENT;

	err = err ? err : store_body_md5(p->body, md5);
	err = err ? err : store_body_sha256(p->body, hash);
	if (err)
		return store_fail(s, why, err, "PUT %.90s part %d: %s", p->key, p->number, err == -ENOENT ? "there is no such upload" : "what is to be sent cannot be read");
	snprintf(id, sizeof(id), "%.16s.%05d.%.16s", p->upload, p->number, hash);
	block = g_base64_encode((const guchar *)id, strlen(id));
	query[1].value = block;
	err = store_call(s, &(struct store_call){ .method = "PUT", .key = p->key, .query = query, .headers = headers, .body = p->body, .answer = &answer }, NULL, why);
	if (!err)
		g_strlcpy(etag, block, STORE_ETAG);
	store_answer_clear(&answer);
	g_free(block);
	return err;
}

int azure_blocks(struct store *s, const char *key, int (*each)(const char *id, int64_t size, void *arg), void *arg, struct store_why *why)
{
	static const struct uri_pair query[] = { { "comp", "blocklist" }, { "blocklisttype", "uncommitted" }, { NULL, NULL } };
	struct store_answer answer;
	struct xml_node *root = NULL;
	const struct xml_node *blocks;
	int err = store_call(s, &(struct store_call){ .method = "GET", .key = key, .query = query, .root = "BlockList", .answer = &answer }, NULL, why);

	if (!err)
		xml_parse(&root, answer.text->str, answer.text->len);
	blocks = xml_child(root, "UncommittedBlocks");
	for (guint i = 0; !err && blocks && i < blocks->children->len; i++)
		err = each(xml_text(blocks->children->pdata[i], "Name"), g_ascii_strtoll(xml_text(blocks->children->pdata[i], "Size"), NULL, 10), arg);
	xml_free(&root);
	store_answer_clear(&answer);
	return err;
}

struct parts {
	const struct store_part *p;
	store_each_part_h *each;
	void *arg;
};

static int on_block(const char *id, int64_t size, void *arg)
{
	struct parts *l = arg;
	gsize len = 0;
	char *plain = (char *)g_base64_decode(id, &len), upload[AZURE_UPLOAD + 1] = "";
	int number = 0, err = 0;

	plain = g_realloc(plain, len + 1);
	plain[len] = '\0';
	if (sscanf(plain, "%16[0-9a-f].%5d.", upload, &number) == 2 && !strcmp(upload, l->p->upload) && number > 0)
		err = l->each(number, size, id, l->arg);
	g_free(plain);
	return err;
}

int azure_parts_list(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why)
{
	struct parts l = { p, each, arg };
	int err = is_id(p->upload) ? azure_blocks(s, p->key, on_block, &l, why) : store_fail(s, why, -ENOENT, "%.90s: there is no such upload", p->key);

	if (err == -ENOENT && is_id(p->upload) && strcmp(why->code, "ContainerNotFound")) {    /* none was sent yet */
		memset(why, 0, sizeof(*why));
		err = 0;
	}
	return err;
}

static char *list_of(const struct store_parts *parts)
{
	GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");

	for (size_t i = 0; i < parts->n; i++)
		g_string_append_printf(xml, "<Latest>%s</Latest>", parts->part[i].etag);
	g_string_append(xml, "</BlockList>");
	return g_string_free(xml, FALSE);
}

/* The first answer was lost, and the second says that it is there: if it has our parts, it is ours. */
static bool was_completed(struct store *s, const struct store_put *p, const struct store_parts *parts)
{
	static const struct uri_pair query[] = { { "comp", "blocklist" }, { "blocklisttype", "committed" }, { NULL, NULL } };
	struct store_answer answer;
	struct store_why why = { 0 };
	struct xml_node *root = NULL;
	const struct xml_node *blocks;
	bool same;
	int err = store_call(s, &(struct store_call){ .method = "GET", .key = p->key, .query = query, .root = "BlockList", .answer = &answer }, NULL, &why);

	if (!err)
		xml_parse(&root, answer.text->str, answer.text->len);
	blocks = xml_child(root, "CommittedBlocks");
	same = blocks && blocks->children->len == parts->n;
	for (guint i = 0; same && i < blocks->children->len; i++)
		same = !strcmp(xml_text(blocks->children->pdata[i], "Name"), parts->part[i].etag);
	xml_free(&root);
	store_answer_clear(&answer);
	return same;
}

int azure_parts_end(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why)
{
	static const struct uri_pair query[] = { { "comp", "blocklist" }, { NULL, NULL } };
	struct uri_pair *headers = azure_put_headers(s, p), *all;
	char *xml = list_of(parts), md5[STORE_MD5] = "";
	struct store_body body = { .data = xml, .len = strlen(xml) };
	struct store_answer answer = { 0 };
	size_t n = 0;
	int err = store_body_md5(&body, md5);

	while (headers[n].name)
		n++;
	all = g_new0(struct uri_pair, n + 3);
	memcpy(all, headers, n * sizeof(*headers));
	all[n] = (struct uri_pair){ "Content-Type", "application/xml" };
	all[n + 1] = (struct uri_pair){ "Content-MD5", md5 };
	if (err)
		store_fail(s, why, err, "PUT %.90s: no MD5 here", p->key);
	else
		err = store_call(s, &(struct store_call){ .method = "PUT", .key = p->key, .query = query, .headers = all, .body = &body, .answer = &answer }, NULL, why);
	if ((err == -EEXIST || err == -ENOENT) && was_completed(s, p, parts))
		err = 0;
	store_answer_clear(&answer);
	g_free(all);
	g_free(xml);
	azure_headers_free(headers);
	if (err)
		return err;
	memset(why, 0, sizeof(*why));
	return s->driver->head(s, p->key, st, why);
}

/* Blocks that a list of blocks does not name are gone: an empty list makes an empty blob, which is there for a moment and then deleted. Where there is a blob
 * it is left alone, and they go by themselves after a week. */
int azure_parts_abort(struct store *s, const struct store_part *p, struct store_why *why)
{
	struct store_put empty = { .key = p->key, .if_absent = true };
	struct store_parts none = { p->upload, NULL, 0 };
	struct store_stat st;
	int err = is_id(p->upload) ? s->driver->head(s, p->key, &st, why) : 0;

	if (err != -ENOENT || !strcmp(why->code, "ContainerNotFound"))
		return err;
	err = azure_parts_end(s, &empty, &none, &st, why);
	if (!err)
		err = s->driver->remove(s, p->key, NULL, why);
	return err == -EEXIST ? 0 : err;
}

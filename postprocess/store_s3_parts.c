/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads to S3 in parts, and addresses that are signed. Called through the table of store_s3.c.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include "common/sign_aws.h"
#include "postprocess/store_body.h"
#include "postprocess/store_retry.h"
#include "postprocess/store_s3.h"

enum { COMPLETE_TRIES = 10 };          /* of STORE_S3_COMPLETE_MS each: large objects are put together for minutes, by some stores with a blank now and then */

int s3_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why)
{
	static const struct uri_pair query[] = { { "uploads", "" }, { NULL, NULL } };
	struct uri_pair *headers = s3_put_headers(s, p, false);
	struct store_answer answer;
	struct xml_node *root = NULL;
	struct store_call c = { .method = "POST", .key = p->key, .query = query, .headers = headers, .root = "InitiateMultipartUploadResult", .answer = &answer };
	int err = store_call(s, &c, NULL, why);

	(void)part_size;
	if (!err) {
		xml_parse(&root, answer.text->str, answer.text->len);
		if (!*xml_text(root, "UploadId") || strlen(xml_text(root, "UploadId")) >= STORE_UPLOAD)
			err = store_fail(s, why, -EPROTO, "POST %.90s: an answer without the upload's id", p->key);
		else
			g_strlcpy(upload, xml_text(root, "UploadId"), STORE_UPLOAD);
	}
	xml_free(&root);
	store_answer_clear(&answer);
	s3_headers_free(headers);
	return err;
}

int s3_part(struct store *s, const struct store_part *p, char *etag, struct store_why *why)
{
	const struct s3 *s3 = s->own;
	char number[16], md5[STORE_MD5] = "";
	struct uri_pair query[] = { { "partNumber", number }, { "uploadId", p->upload }, { NULL, NULL } };
	struct uri_pair headers[] = { { s3->profile->md5 ? "Content-MD5" : NULL, md5 }, { NULL, NULL } };
	struct store_answer answer;
	struct store_stat st;
	int err = s3->profile->md5 ? store_body_md5(p->body, md5) : 0;

	if (err)
		return store_fail(s, why, err, "PUT %.90s part %d: what is to be sent cannot be read", p->key, p->number);
	snprintf(number, sizeof(number), "%d", p->number);
	err = store_call(s, &(struct store_call){ .method = "PUT", .key = p->key, .query = query, .headers = headers, .body = p->body, .answer = &answer }, NULL, why);
	if (!err) {
		s3_stat(s3, &answer, &st);
		if (*st.etag)
			g_strlcpy(etag, st.etag, STORE_ETAG);
		else
			err = store_fail(s, why, -EPROTO, "PUT %.90s part %d: an answer without ETag", p->key, p->number);
	}
	store_answer_clear(&answer);
	return err;
}

static int give_parts(const struct xml_node *root, store_each_part_h *each, void *arg)
{
	int err = 0;

	for (guint i = 0; !err && i < root->children->len; i++) {
		const struct xml_node *n = root->children->pdata[i];
		char *etag;

		if (strcmp(n->name, "Part"))
			continue;
		etag = g_strdup(xml_text(n, "ETag"));
		g_strdelimit(etag, "\"", ' ');
		err = each((int)g_ascii_strtoll(xml_text(n, "PartNumber"), NULL, 10), g_ascii_strtoll(xml_text(n, "Size"), NULL, 10), g_strstrip(etag), arg);
		g_free(etag);
	}
	return err;
}

int s3_parts_list(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why)
{
	char marker[16] = "0", page[16];
	bool more = true;
	int err = 0;

	snprintf(page, sizeof(page), "%d", s->page);
	while (!err && more) {
		struct uri_pair query[] = { { "uploadId", p->upload }, { "max-parts", page }, { "part-number-marker", marker }, { NULL, NULL } };
		struct store_answer answer;
		struct xml_node *root = NULL;

		err = store_call(s, &(struct store_call){ .method = "GET", .key = p->key, .query = query, .root = "ListPartsResult", .answer = &answer }, NULL, why);
		more = false;
		if (!err) {
			xml_parse(&root, answer.text->str, answer.text->len);
			more = !strcmp(xml_text(root, "IsTruncated"), "true")
				&& g_ascii_strtoll(xml_text(root, "NextPartNumberMarker"), NULL, 10) > g_ascii_strtoll(marker, NULL, 10);
			g_strlcpy(marker, xml_text(root, "NextPartNumberMarker"), sizeof(marker));
			err = give_parts(root, each, arg);
		}
		xml_free(&root);
		store_answer_clear(&answer);
	}
	return err;
}

/* MD5 of the parts' MD5s and their number, which S3 makes the object's ETag of; "" where the parts' are no MD5s (KMS). */
static void whole_etag(const struct store_parts *parts, char *out, size_t size)
{
	GByteArray *all = g_byte_array_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < parts->n; i++) {
		const char *etag = parts->part[i].etag;

		for (size_t k = 0; strlen(etag) == 32 && k < 16; k++) {
			guint8 byte = (guint8)(g_ascii_xdigit_value(etag[2 * k]) << 4 | g_ascii_xdigit_value(etag[2 * k + 1]));

			g_byte_array_append(all, &byte, 1);
		}
	}
	if (all->len == 16 * parts->n && EVP_Digest(all->data, all->len, digest, &n, EVP_md5(), NULL))
		for (unsigned k = 0; k < n; k++)
			g_string_append_printf(text, "%02x", digest[k]);
	if (text->len)
		g_string_append_printf(text, "-%zu", parts->n);
	g_strlcpy(out, text->str, size);
	g_string_free(text, TRUE);
	g_byte_array_unref(all);
}

/* The first answer was lost, and the second says that there is no such upload any more, or that the object is there, or (RGW) that it cannot: but it is this
 * one that is there. */
static bool was_completed(struct store *s, const struct store_put *p, const struct store_parts *parts)
{
	struct store_why why = { 0 };
	struct store_stat st;
	char etag[STORE_ETAG];

	whole_etag(parts, etag, sizeof(etag));
	return *etag && !s->driver->head(s, p->key, &st, &why) && !strcmp(st.etag, etag);
}

/* No answer: it is being put together, or the request or its answer got lost. Nobody can tell, but whether it is there by now; and asking once more does no
 * harm, whichever it was. */
static int put_together(struct store *s, const struct store_call *c, const struct store_put *p, const struct store_parts *parts, struct store_why *why)
{
	bool more = true;
	int err = 0;

	for (int n = 0; more && n < COMPLETE_TRIES; n++) {
		store_answer_clear(c->answer);
		err = store_call(s, c, NULL, why);
		more = err == -ETIMEDOUT && !why->status && !store_stopping();
		if (more && was_completed(s, p, parts)) {
			err = 0;
			more = false;
		}
	}
	return err;
}

static char *list_of(const struct store_parts *parts)
{
	GString *xml = g_string_new("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");

	for (size_t i = 0; i < parts->n; i++)
		g_string_append_printf(xml, "<Part><PartNumber>%d</PartNumber><ETag>\"%s\"</ETag></Part>", parts->part[i].number, parts->part[i].etag);
	g_string_append(xml, "</CompleteMultipartUpload>");
	return g_string_free(xml, FALSE);
}

/* -EEXIST unless it is absent now. Stores that know no condition, or overlook it, are asked before. */
static int check_absent(struct store *s, const struct store_put *p, struct store_why *why)
{
	struct store_stat st;
	int err = s->driver->head(s, p->key, &st, why);

	if (!err)
		return store_fail(s, why, -EEXIST, "POST %.90s: it is there already", p->key);
	if (err == -ENOENT)
		memset(why, 0, sizeof(*why));
	return err == -ENOENT ? 0 : err;
}

int s3_parts_end(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why)
{
	struct s3 *s3 = s->own;
	bool condition = p->if_absent && s3->profile->condition && !__atomic_load_n(&s3->no_condition, __ATOMIC_RELAXED);
	struct uri_pair query[] = { { "uploadId", parts->upload }, { NULL, NULL } };
	struct uri_pair headers[] = { { "Content-Type", "application/xml" }, { condition ? "If-None-Match" : NULL, "*" }, { NULL, NULL } };
	char *xml = list_of(parts);
	struct store_body body = { .data = xml, .len = strlen(xml) };
	struct store_answer answer = { 0 };
	struct store_call c = { .method = "POST", .key = p->key, .query = query, .headers = headers, .body = &body, .root = "CompleteMultipartUploadResult",
			     .idle_ms = s3->complete_ms, .answer = &answer };
	int err = p->if_absent ? check_absent(s, p, why) : 0;

	if (!err)
		err = put_together(s, &c, p, parts, why);
	if (err == -ENOTSUP && condition) {
		__atomic_store_n(&s3->no_condition, 1, __ATOMIC_RELAXED);
		headers[1].name = NULL;
		err = put_together(s, &c, p, parts, why);
	}
	if ((err == -ENOENT || err == -EEXIST || err == -EIO) && was_completed(s, p, parts))
		err = 0;
	store_answer_clear(&answer);
	g_free(xml);
	if (err)
		return err;
	memset(why, 0, sizeof(*why));
	return s->driver->head(s, p->key, st, why);
}

int s3_parts_abort(struct store *s, const struct store_part *p, struct store_why *why)
{
	struct uri_pair query[] = { { "uploadId", p->upload }, { NULL, NULL } };
	struct store_answer answer;
	int err = store_call(s, &(struct store_call){ .method = "DELETE", .key = p->key, .query = query, .answer = &answer }, NULL, why);

	store_answer_clear(&answer);
	return err;
}

int s3_url(struct store *s, const struct store_url *u, char **out, struct store_why *why)
{
	const struct s3 *s3 = s->own;
	struct uri_pair query[3] = { { NULL, NULL } };
	struct credential key = { 0 };
	struct sign_aws_key k = { .scheme = SIGN_AWS4, .region = s3->region };
	char *path = g_strconcat(s3->remote.base, "/", u->key, NULL), *signed_query = NULL, said[200];
	struct sign_request r = { .method = u->method, .host = s3->remote.host, .path = path, .query = query, .now_s = u->now_s };
	size_t n = 0;
	int err = 0;

	if (s->conf->public && !strcmp(u->method, "GET")) {
		*out = store_remote_url(&s3->remote, u->key, NULL);
	} else if ((err = credentials_get(s3->remote.credentials, &key, said, sizeof(said)))) {
		why->again = err == -EAGAIN;
		store_fail(s, why, err, "%s", said);
	} else {
		if (u->disposition)
			query[n++] = (struct uri_pair){ "response-content-disposition", u->disposition };
		if (u->mime)
			query[n++] = (struct uri_pair){ "response-content-type", u->mime };
		k.id = key.id;
		k.secret = key.secret;
		k.token = key.token;
		err = sign_aws_query(&signed_query, &k, &r, u->ttl_s);
		if (err)
			store_fail(s, why, err, "%.90s: an address cannot be signed", u->key);
		else
			*out = store_remote_url(&s3->remote, u->key, signed_query);
	}
	credential_clear(&key);
	g_free(signed_query);
	g_free(path);
	return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a store lets us do, tried. A step is a row of the table; one that cannot be tried because an earlier one failed says so. Called by storage_setup.c.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/sha256.h"
#include "common/sync.h"
#include "postprocess/fetch.h"
#include "postprocess/storage_probe.h"

enum { PART = 5 << 20 };
static const char text[] = "recroom-pp storage setup tries what it may do here; this object may be deleted.\n";

struct probe {
	struct store *s;
	char *key, *chunk_key, *parts_key;
	char upload[STORE_UPLOAD];
	struct store_part_done part;
	bool there, lost;              /* the object was written; there is no use in going on */
	char said[256];                /* where it is no answer of the store */
};

static int say(struct probe *p, const char *what, int err)
{
	g_strlcpy(p->said, what, sizeof(p->said));
	return err;
}

static int put(struct probe *p, const char *key, bool if_absent, struct store_why *why)
{
	char hash[SHA256_HEX];
	struct store_put o = { .key = key, .mime = "text/plain", .sha256 = hash, .body = { .data = text, .len = sizeof(text) - 1 }, .if_absent = if_absent };

	sha256_hex(hash, text, sizeof(text) - 1);
	return store_put(p->s, &o, NULL, why);
}

static int no_item(const struct store_item *i, void *arg)
{
	(void)i;
	(void)arg;
	return 0;
}

/* Is the bucket there, and does it know us? That we may not list is another question. */
static int try_reach(struct probe *p, struct store_why *why)
{
	int err = store_list(p->s, &(struct store_list){ .prefix = p->key }, no_item, NULL, why);

	return err == -EACCES && (!strcmp(why->code, "AccessDenied") || !strncmp(why->code, "AuthorizationPermission", 23)) ? 0 : err;
}

/* A store that says 403 for what is not there lets nobody list. */
static int try_missing(struct probe *p, struct store_why *why)
{
	int err = store_head(p->s, p->key, NULL, why);

	if (err == -ENOENT)
		return 0;
	return err ? err : say(p, "an object that is not there was found", -EPROTO);
}

static int try_put(struct probe *p, struct store_why *why)
{
	int err = put(p, p->key, false, why);

	p->there = !err;
	return err;
}

static int try_head(struct probe *p, struct store_why *why)
{
	struct store_stat st;
	int err = store_head(p->s, p->key, &st, why);

	return err || st.size == sizeof(text) - 1 ? err : say(p, "its size is another than was sent", -EBADMSG);
}

static int append(const void *data, size_t n, void *arg)
{
	g_string_append_len(arg, data, (gssize)n);
	return 0;
}

static int try_get(struct probe *p, struct store_why *why)
{
	GString *got = g_string_new(NULL);
	int err = store_get(p->s, p->key, 8, 10, append, got, NULL, why);

	if (!err && (got->len != 10 || memcmp(got->str, text + 8, 10)))
		err = say(p, "other bytes came back than were sent", -EBADMSG);
	g_string_free(got, TRUE);
	return err;
}

static int try_absent(struct probe *p, struct store_why *why)
{
	int err = put(p, p->key, true, why);

	return err == -EEXIST ? 0 : err ? err : say(p, "it was replaced", -EPROTO);
}

static int note_item(const struct store_item *i, void *arg)
{
	struct probe *p = arg;

	if (!strcmp(i->key, p->key))
		p->said[0] = '\0';
	return 0;
}

static int list(struct probe *p, bool versions, bool uploads, struct store_why *why)
{
	char *prefix = g_strconcat(store_conf(p->s)->prefix, "/.", NULL);
	int err;

	say(p, "the object that was written is not in the list", 0);
	err = store_list(p->s, &(struct store_list){ .prefix = prefix, .versions = versions, .uploads = uploads }, note_item, p, why);
	g_free(prefix);
	if (uploads)
		p->said[0] = '\0';
	return err || !*p->said ? err : -EPROTO;
}

static int try_list(struct probe *p, struct store_why *why)
{
	return list(p, false, false, why);
}

static int try_versions(struct probe *p, struct store_why *why)
{
	return list(p, true, false, why);
}

static int try_uploads(struct probe *p, struct store_why *why)
{
	return list(p, false, true, why);
}

static int try_part(struct probe *p, struct store_why *why)
{
	struct store_put o = { .key = p->parts_key, .mime = "text/plain" };
	int err = store_parts_begin(p->s, &o, PART, p->upload, why);

	p->part.number = 1;
	return err ? err : store_part(p->s, p->parts_key, p->upload, 1, &(struct store_body){ .data = text, .len = sizeof(text) - 1 }, p->part.etag, why);
}

static int count_part(int number, int64_t size, const char *etag, void *arg)
{
	(void)number;
	(void)size;
	(void)etag;
	++*(int *)arg;
	return 0;
}

static int try_part_list(struct probe *p, struct store_why *why)
{
	int n = 0, err = store_parts_list(p->s, p->parts_key, p->upload, count_part, &n, why);

	return err || n == 1 ? err : say(p, "the part that was sent is not in the list", -EPROTO);
}

static int try_abort(struct probe *p, struct store_why *why)
{
	return store_parts_abort(p->s, p->parts_key, p->upload, why);
}

static int try_url(struct probe *p, struct store_why *why)
{
	struct store_url u = { .key = p->key, .method = "GET", .ttl_s = 300, .now_s = clock_wall_ms() / 1000 };
	struct fetch_conf conf = { .method = "GET", .connect_ms = 10000, .timeout_ms = 30000, .max = 4096, .ca = store_conf(p->s)->ca_file };
	struct fetched f;
	char *url = NULL;
	int err = store_url(p->s, &u, &url, why);

	conf.url = url;
	if (!err && fetch(&f, &conf)) {
		err = say(p, "an address for others could not be fetched", -EIO);
	} else if (!err) {
		if (f.status != 200 || strcmp(f.body->str, text)) {
			err = -EACCES;
			snprintf(p->said, sizeof(p->said), store_conf(p->s)->public ? "whoever has an address cannot read it (%d): is the bucket public?"
				 : "an address that was signed for others gives %d", f.status);
		}
		fetched_free(&f);
	}
	g_free(url);
	return err;
}

static int try_chunks(struct probe *p, struct store_why *why)
{
	int err = put(p, p->chunk_key, false, why);

	return err ? err : store_remove(p->s, p->chunk_key, NULL, why);
}

static int try_remove(struct probe *p, struct store_why *why)
{
	int err = store_remove(p->s, p->key, NULL, why);

	return err ? err : try_missing(p, why);
}

struct sweep { struct probe *p; struct store_why *why; };

static int remove_version(const struct store_item *i, void *arg)
{
	struct sweep *w = arg;
	bool ours = !strcmp(i->key, w->p->key) || !strcmp(i->key, w->p->chunk_key);

	return ours && *i->version ? store_remove(w->p->s, i->key, i->version, w->why) : 0;
}

static int try_remove_versions(struct probe *p, struct store_why *why)
{
	struct sweep w = { p, why };
	const char *keys[] = { p->key, p->chunk_key };
	int err = 0;

	for (size_t i = 0; !err && i < G_N_ELEMENTS(keys); i++)
		err = store_list(p->s, &(struct store_list){ .prefix = keys[i], .versions = true }, remove_version, &w, why);
	return err;
}

/* Which of them is tried: of what the store can, and of what the settings ask for. */
enum { ALWAYS, OBJECT = 1, UPLOAD = 2, VERSIONS = 4, URLS = 8, FIRST = 16 };

static const struct step {
	const char *what;
	const char *permission[4];     /* by kind */
	int (*run)(struct probe *p, struct store_why *why);
	int wants;                     /* OBJECT, UPLOAD: that it was written, begun; VERSIONS, URLS: settings and kind have them; FIRST: or nothing else */
} steps[] = {
	{ "reach it", { "read the directory", "the bucket, and keys that are good", "the bucket, and keys that are good", "the container, and keys that are good" }, try_reach, FIRST },
	{ "find out that an object is missing", { "read the directory", "s3:ListBucket", "storage.objects.list", "read, list" }, try_missing, ALWAYS },
	{ "write an object", { "write in the directory", "s3:PutObject", "storage.objects.create", "write" }, try_put, ALWAYS },
	{ "see its size and checksum", { "read the directory", "s3:GetObject", "storage.objects.get", "read" }, try_head, OBJECT },
	{ "read a part of it", { "read in the directory", "s3:GetObject", "storage.objects.get", "read" }, try_get, OBJECT },
	{ "not replace what is there", { "read the directory", "s3:GetObject", "storage.objects.get", "read" }, try_absent, OBJECT },
	{ "list objects", { "read the directory", "s3:ListBucket", "storage.objects.list", "list" }, try_list, OBJECT },
	{ "list versions", { "", "s3:ListBucketVersions", "storage.objects.list", "list" }, try_versions, OBJECT | VERSIONS },
	{ "begin an upload in parts and send one", { "write in the directory", "s3:PutObject", "storage.multipartUploads.create", "write" }, try_part, ALWAYS },
	{ "see which parts are there", { "read in the directory", "s3:ListMultipartUploadParts", "storage.multipartUploads.listParts", "read" }, try_part_list, UPLOAD },
	{ "find unfinished uploads", { "read the directory", "s3:ListBucketMultipartUploads", "storage.multipartUploads.list", "list" }, try_uploads, ALWAYS },
	{ "abort an upload", { "write in the directory", "s3:AbortMultipartUpload", "storage.multipartUploads.abort", "write, delete" }, try_abort, UPLOAD },
	{ "give out addresses", { "", "s3:GetObject", "storage.objects.get", "the account's key" }, try_url, OBJECT | URLS },
	{ "write and delete originals", { "write in the directory", "s3:PutObject, s3:DeleteObject", "storage.objects.create, .delete", "write, delete" }, try_chunks, ALWAYS },
	{ "delete an object", { "write in the directory", "s3:DeleteObject", "storage.objects.delete", "delete" }, try_remove, OBJECT },
	{ "delete versions", { "", "s3:DeleteObjectVersion", "storage.objects.delete", "delete, delete version" }, try_remove_versions, OBJECT | VERSIONS },
};

static bool is_wanted(const struct probe *p, const struct step *t)
{
	const struct settings_storage *c = store_conf(p->s);

	if (t->wants & VERSIONS && !(c->versions && store_can(p->s, STORE_CAN_VERSIONS)))
		return false;
	return !(t->wants & URLS) || (store_can(p->s, STORE_CAN_URLS) && !c->encrypt);
}

static struct probe_result try_step(struct probe *p, const struct step *t, struct store_why *why)
{
	struct probe_result r = { .what = t->what, .permission = t->permission[store_conf(p->s)->kind], .needed = true };

	p->said[0] = '\0';
	memset(why, 0, sizeof(*why));
	if ((t->wants & OBJECT && !p->there) || (t->wants & UPLOAD && !*p->upload))
		r.why = "could not be tried, as an object could not be written";
	else
		r.ok = !t->run(p, why);
	if (!r.ok && !r.why)
		r.why = *p->said ? p->said : why->text;
	return r;
}

int storage_probe(struct store *s, void (*each)(const struct probe_result *r, void *arg), void *arg)
{
	static const struct store_patience patient = { .attempts = 2, .total_ms = 20000 };
	const struct settings_storage *c = store_conf(s);
	struct probe p = { .s = s };
	unsigned n = g_random_int();
	int failed = 0;

	p.key = g_strdup_printf("%s/.recroom-probe-%08x", c->prefix, n);
	p.chunk_key = g_strdup_printf("%s/.recroom-probe-%08x", c->chunk_prefix, n);
	p.parts_key = g_strdup_printf("%s/.recroom-probe-%08x-parts", c->prefix, n);
	store_patience(&patient);
	for (size_t i = 0; !p.lost && i < G_N_ELEMENTS(steps); i++) {
		struct store_why why;
		struct probe_result r;

		if (!is_wanted(&p, &steps[i]))
			continue;
		r = try_step(&p, &steps[i], &why);
		failed += !r.ok && r.needed;
		p.lost = !r.ok && steps[i].wants & FIRST;
		each(&r, arg);
	}
	store_patience(NULL);
	g_free(p.key);
	g_free(p.chunk_key);
	g_free(p.parts_key);
	return failed;
}

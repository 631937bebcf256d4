/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings to be uploaded, and what became of them, for upload_faults.py:
 *
 *	store-uploads CONFIG seed PREFIX COUNT BYTES…   that many recordings, made and not uploaded, of media so large in turn; prints their ids
 *	store-uploads CONFIG bucket [STORE]             makes the bucket, of the first store or that one
 *	store-uploads CONFIG look [ENDPOINT]            a line of JSON: how many in which state; how many of the completed ones are in their stores byte for byte
 *	                                                (read past the proxy from ENDPOINT); reasons; unfinished uploads; verified copies by store
 *	store-uploads CONFIG older SECONDS              all uploads began so long ago
 *	store-uploads CONFIG raw KEY FILE               the object as it lies in the first store
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/catalog_upload.h"
#include "common/json.h"
#include "common/settings.h"
#include "postprocess/checksum.h"
#include "postprocess/store_remote.h"
#include "postprocess/stores.h"
#include "tests/lib/catalog_rows.h"

enum { WHY = 600 };

static void die(const char *what, int err, const char *why)
{
	fprintf(stderr, "%s: %d %s\n", what, err, why);
	exit(1);
}

#define OK(call) do { int err_ = (call); if (err_ < 0) die(#call, err_, ""); } while (0)

/* ---- seed ---- */

static void put_file(const char *dir, struct catalog_file *f, const char *kind, const char *name, const char *mime, const char *data, gsize len)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	static char sums[3][SHA256_HEX];
	static int n;
	char *sum = sums[n++ % 3];

	if (!g_file_set_contents(path, data, (gssize)len, NULL))
		die(path, -EIO, "not written");
	sha256_hex(sum, data, len);
	*f = (struct catalog_file){ kind, name, mime, sum, (int64_t)len };
}

/* As the composer does: hashes of its blocks into metadata.json, that of their list into the catalog. */
static char *metadata_of(const char *data, gsize len, char list_hash[SHA256_HEX])
{
	struct sha256 *list = sha256_create();
	json_t *blocks = json_array();
	char hex[SHA256_HEX], *text;
	json_t *o;

	for (gsize at = 0; at < len || !at; at += CHECKSUM_BLOCK) {
		sha256_hex(hex, data + at, MIN(len - at, CHECKSUM_BLOCK));
		sha256_update(list, hex, SHA256_HEX - 1);
		sha256_update(list, "\n", 1);
		json_array_append_new(blocks, json_string(hex));
	}
	sha256_final(list, list_hash);
	o = json_pack("{s:[{s:s,s:{s:s,s:o}}]}", "outputs", "file", "output.webm", "checksum", "list", list_hash, "blocks", blocks);
	text = json_dumps(o, 0);
	json_decref(o);
	return text;
}

/* Noise, made once, and a number that makes each another. */
static char *media_of(int i, gsize bytes)
{
	static guint32 *noise;
	static gsize len;

	if (bytes > len) {
		len = bytes + sizeof(*noise);
		noise = g_realloc(noise, len);
		for (gsize k = 0; k < len / sizeof(*noise); k++)
			noise[k] = g_random_int();
	}
	noise[0] = (guint32)i;
	return g_memdup2(noise, bytes);
}

static void seed_one(const struct settings *set, struct stores *stores, struct catalog *c, const char *prefix, int i, gsize bytes)
{
	g_autofree char *id = g_strdup_printf("rec_%s_%lld_aaaaaa", prefix, 1760090400000LL + i), *dir = g_build_filename(set->recordings, id, NULL);
	g_autofree char *path = g_strdup_printf("%s/output.webm", id), *data = media_of(i, bytes);
	char list_hash[SHA256_HEX], *metadata;
	struct catalog_file files[3];
	struct catalog_result r = { .path = path, .mime = "video/webm", .size = (int64_t)bytes, .duration_ms = 60000, .files = files, .nfiles = 3, .spec = "{}",
				    .stores = stores_targets(stores) };
	struct catalog_job *job = g_new0(struct catalog_job, 1);

	g_mkdir_with_parents(dir, 0770);
	put_file(dir, &files[0], "media", "output.webm", "video/webm", data, bytes);
	metadata = metadata_of(data, bytes, list_hash);
	files[0].sha256 = list_hash;
	put_file(dir, &files[1], "metadata", "metadata.json", "application/json", metadata, strlen(metadata));
	put_file(dir, &files[2], "thumbnail", "thumbnail.jpg", "image/jpeg", "a picture", 9);
	OK(add_stopped_recording(c, id, prefix, "Upload", 1760090400000LL + i));
	if (take_which(c, "seed", CATALOG_LATE, job) != 1)
		die(id, -ENOENT, "no job");
	OK(catalog_job_done(c, job->id, "seed", &r));
	printf("%s\n", id);
	g_free(job);
	free(metadata);
}

/* ---- look ---- */

struct comparing { FILE *file; bool differs; };

static int compare(const void *data, size_t n, void *arg)
{
	struct comparing *c = arg;
	g_autofree char *mine = g_malloc(n);

	c->differs |= fread(mine, 1, n, c->file) != n || memcmp(mine, data, n);
	return 0;
}

static bool is_same(struct store *s, const char *key, const char *path)
{
	struct comparing c = { .file = fopen(path, "r") };
	struct store_why why;
	int err = c.file ? store_get(s, key, 0, -1, compare, &c, NULL, &why) : -ENOENT;

	if (err)
		fprintf(stderr, "%s: %s\n", key, c.file ? why.text : "no local file");
	c.differs |= err || fgetc(c.file) != EOF;
	if (c.file)
		fclose(c.file);
	return !c.differs;
}

static void count_copy(json_t *copies, const char *store)
{
	json_object_set_new(copies, store, json_integer(json_num(copies, store, 0) + 1));
}

static bool all_there(const struct settings *set, struct stores *stores, struct catalog *c, const char *id, json_t *reasons, json_t *verified)
{
	json_t *copies = NULL, *row;
	size_t i;
	bool same = true;

	OK(catalog_copies(c, id, &copies));
	json_array_foreach(copies, i, row) {
		g_autofree char *path = g_build_filename(set->recordings, id, json_str(row, "name"), NULL);
		const char *reason = json_str(row, "reason");

		if (reason)
			json_object_set_new(reasons, reason, json_true());
		if (!g_strcmp0(json_str(row, "state"), "verified"))
			count_copy(verified, json_str(row, "store"));
		if (!g_strcmp0(json_str(row, "state"), "verified"))
			same &= is_same(stores_find(stores, json_str(row, "store")), json_str(row, "key"), path);
		else
			same = false;
	}
	json_decref(copies);
	return same;
}

static int count(const struct store_item *i, void *arg)
{
	(void)i;
	++*(int *)arg;
	return 0;
}

static void look(const struct settings *set, struct stores *stores, struct catalog *c)
{
	json_t *states = json_object(), *reasons = json_object(), *copies = json_object(), *rows = NULL, *row, *o;
	int same = 0, uploads = 0;
	struct store_why why;
	size_t i;
	char next[128] = "", *text;

	do {
		OK(catalog_recording_list(c, &(struct catalog_filter){ .page_size = 100, .page_token = *next ? next : NULL }, &rows, next));
		json_array_foreach(rows, i, row) {
			const char *status = json_str(row, "status");
			bool there = all_there(set, stores, c, json_str(row, "id"), reasons, copies);

			json_object_set_new(states, status, json_integer(json_num(states, status, 0) + 1));
			same += there && !strcmp(status, "completed");
		}
		json_decref(rows);
	} while (*next);
	if (store_list(stores_primary(stores), &(struct store_list){ .prefix = "", .uploads = true }, count, &uploads, &why))
		uploads = -1;
	o = json_pack("{s:o,s:i,s:o,s:i,s:o}", "states", states, "same", same, "reasons", reasons, "unfinished", uploads, "copies", copies);
	text = json_dumps(o, JSON_COMPACT);
	printf("%s\n", text);
	free(text);
	json_decref(o);
}

/* ---- the rest ---- */

static void make_bucket(const struct stores *stores, const char *name)
{
	static const struct uri_pair container[] = { { "restype", "container" }, { NULL, NULL } };
	struct store *s = name ? stores_find(stores, name) : stores_primary(stores);
	struct store_answer answer;
	struct store_why why;

	if (store_call(s, &(struct store_call){ .method = "PUT", .query = store_conf(s)->kind == STORAGE_AZURE ? container : NULL, .answer = &answer }, NULL, &why))
		die("bucket", why.err, why.text);
	store_answer_clear(&answer);
}

static void older(const struct settings *set, const char *seconds)
{
	g_autofree char *path = g_build_filename(set->recordings, "recroom.db", NULL);
	g_autofree char *text = g_strdup_printf("UPDATE copies SET changed_ms = changed_ms - %d000; UPDATE jobs SET not_before_ms = 0 WHERE state = 'retrying'", atoi(seconds));
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) || sqlite3_busy_timeout(db, 10000) || sqlite3_exec(db, text, NULL, NULL, NULL))
		die("older", -EIO, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static int put_raw(const void *data, size_t n, void *arg)
{
	return fwrite(data, 1, n, arg) == n ? 0 : -EIO;
}

static void raw(const struct stores *stores, const char *key, const char *path)
{
	FILE *f = fopen(path, "w");
	struct store_why why;

	if (!f || store_get(stores_at(stores, 0), key, 0, -1, put_raw, f, NULL, &why) || fclose(f))
		die(key, -EIO, f ? why.text : path);
}

int main(int argc, char **argv)
{
	struct settings *set = NULL;
	struct stores *stores = NULL;
	struct catalog *c = NULL;
	char why[WHY] = "";
	const char *what = argc > 2 ? argv[2] : "";

	if (argc < 3 || settings_load(&set, argv[1], false, why, sizeof(why)))
		die("usage: store-uploads CONFIG seed|bucket|look|older|raw …", -EINVAL, why);
	if (!strcmp(what, "look") && argc > 3) {
		g_free(set->storages[0].endpoint);
		set->storages[0].endpoint = g_strdup(argv[3]);
	}
	if (stores_open(&stores, set, why, sizeof(why)))
		die("stores", -EINVAL, why);
	g_mkdir_with_parents(set->recordings, 0770);
	if (strcmp(what, "bucket"))
		OK(catalog_open(&c, set->catalog));
	if (!strcmp(what, "bucket"))
		make_bucket(stores, argc > 3 ? argv[3] : NULL);
	else if (!strcmp(what, "look"))
		look(set, stores, c);
	else if (!strcmp(what, "older") && argc > 3)
		older(set, argv[3]);
	else if (!strcmp(what, "raw") && argc > 4)
		raw(stores, argv[3], argv[4]);
	for (int i = 0; !strcmp(what, "seed") && argc > 5 && i < atoi(argv[4]); i++)
		seed_one(set, stores, c, argv[3], i, (gsize)atol(argv[5 + i % (argc - 5)]));
	if (c)
		catalog_close(&c);
	stores_unref(&stores);
	settings_unref(&set);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs that take away, with stores: deleted, expired, erased, and what the store's own list says then. In `make check` with a directory as the store; in
 * tests/store/run.sh, which says where they are, with Ceph's gateway, a bucket there that keeps versions, and azurite.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/catalog_db.h"
#include "common/catalog_host.h"
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/sha256.h"
#include "common/store_key.h"
#include "common/sync.h"
#include "postprocess/job_private.h"
#include "postprocess/purge.h"
#include "postprocess/storage_check.h"
#include "postprocess/store_remote.h"
#include "postprocess/stores.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"

#define ID "rec_demo_1795357800000_aaaaaa"
#define OTHER "rec_demo_1795357800000_bbbbbb"
#define DAY "2026/11/22/"
#define LINES "{\"type\":\"start\",\"format\":1,\"t_ms\":0,\"wall_ms\":0}\n{\"type\":\"stop\",\"t_ms\":60000,\"wall_ms\":60000,\"duration_ms\":60000}\n"

static struct target {
	const char *name;
	bool versioned;
	struct settings_storage conf;
} targets[] = {
	{ .name = "local", .conf = { .kind = STORAGE_LOCAL } },
	{ .name = "s3", .conf = { .kind = STORAGE_S3, .path_style = true } },
	{ .name = "s3-versions", .versioned = true, .conf = { .kind = STORAGE_S3, .path_style = true, .versions = true } },
	{ .name = "azure", .conf = { .kind = STORAGE_AZURE } },
};
static struct target *t;
static struct {
	char *top, *recordings, *dir;
	struct catalog *c;
	struct settings set;
	struct settings_storage storages[2];
	struct stores *stores;
	struct store *store;
} box;
static struct store_why why;

#define OK(call) do { int err_ = (call); if (err_) TEST_FAIL("%s: %s = %d: %s", t->name, #call, err_, why.text); } while (0)

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static enum job_hold ours(void *arg)
{
	(void)arg;
	return HOLD_OURS;
}

static struct job_env env_of(void)
{
	return (struct job_env){ .catalog = box.c, .owner = "w", .recordings = box.recordings, .stores = box.stores, .retry_ms = { 1, 1, 1 }, .stopping = never,
				 .hold = ours };
}

/* ---- the store ---- */

static void configure(struct settings_storage *c, const struct target *x, const char *name)
{
	*c = x->conf;
	c->name = (char *)(uintptr_t)name;
	c->prefix = "recordings";
	c->chunk_prefix = "originals";
	c->credentials = CREDENTIALS_ENVIRONMENT;
	c->credentials_profile = "default";
	c->part_mb = 8;
	c->plain = true;
	c->tags = "";
}

static void make_bucket(struct store *s)
{
	static const struct uri_pair container[] = { { "restype", "container" }, { NULL, NULL } }, versioning[] = { { "versioning", "" }, { NULL, NULL } };
	static const char on[] = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
	struct store_body body = { .data = on, .len = sizeof(on) - 1 };
	struct store_answer answer;

	if (t->conf.kind == STORAGE_LOCAL)
		return;
	OK(store_call(s, &(struct store_call){ .method = "PUT", .query = t->conf.kind == STORAGE_AZURE ? container : NULL, .answer = &answer }, NULL, &why));
	store_answer_clear(&answer);
	if (!t->versioned)
		return;
	OK(store_call(s, &(struct store_call){ .method = "PUT", .query = versioning, .body = &body, .answer = &answer }, NULL, &why));
	store_answer_clear(&answer);
}

static void open_stores(size_t n)
{
	char text[300] = "";

	box.set.storages = box.storages;
	box.set.nstorages = n;
	if (stores_open(&box.stores, &box.set, text, sizeof(text)))
		TEST_FAIL("%s", text);
	box.store = stores_at(box.stores, 0);
}

static void begin(void)
{
	static int run;
	struct settings_storage *c = &box.storages[0];

	memset(&box, 0, sizeof(box));
	box.top = g_dir_make_tmp("recroom-remove-XXXXXX", NULL);
	box.recordings = g_build_filename(box.top, "recordings", NULL);
	box.dir = g_build_filename(box.recordings, ID, NULL);
	CHECK_INT(fs_mkdirs(box.recordings, 0700), 0);
	g_autofree char *url = g_build_filename(box.top, "recroom.db", NULL);
	CHECK_INT(catalog_open(&box.c, url), 0);
	configure(c, t, "main");
	c->directory = g_build_filename(box.top, "store", NULL);
	CHECK_INT(g_mkdir(c->directory, 0700), 0);
	c->bucket = g_strdup_printf("keep-%s-%d-%d", t->name, (int)getpid(), ++run);
	if (t->conf.kind == STORAGE_AZURE)
		c->account = (char *)(uintptr_t)getenv("RECROOM_AZURE_ACCOUNT");
	else
		c->region = (char *)(uintptr_t)getenv("RECROOM_S3_REGION");
	c->endpoint = (char *)(uintptr_t)getenv(t->conf.kind == STORAGE_AZURE ? "RECROOM_AZURE_ENDPOINT" : "RECROOM_S3_ENDPOINT");
	open_stores(1);
	make_bucket(box.store);
}

static void end(void)
{
	stores_unref(&box.stores);
	catalog_close(&box.c);
	fs_remove_tree(box.top);
	g_free(box.storages[0].directory);
	g_free(box.storages[0].bucket);
	g_free(box.dir);
	g_free(box.recordings);
	g_free(box.top);
}

static void put(const char *key, const char *text)
{
	struct store_put p = { .key = key, .body = { .data = text, .len = strlen(text) } };

	OK(store_put(box.store, &p, NULL, &why));
}

static int add_name(const struct store_item *i, void *arg)
{
	char mark = i->upload[0] ? '?' : i->delete_marker ? '-' : i->is_latest ? ' ' : '=';

	g_ptr_array_add(arg, g_strdup_printf("%s%c", i->key, mark));
	return 0;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All that is in the store: keys, "=" old versions, "-" delete markers, "?" uploads. Azurite keeps blocks that were never committed, and lists none of them. */
static char *contents(void)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);

	OK(store_list(box.store, &(struct store_list){ .prefix = "", .versions = t->versioned }, add_name, all, &why));
	OK(store_list(box.store, &(struct store_list){ .prefix = "", .uploads = true }, add_name, all, &why));
	g_ptr_array_sort(all, by_name);
	g_ptr_array_add(all, NULL);
	return g_strjoinv(",", (char **)all->pdata);
}

static void check_contents(const char *want)
{
	g_autofree char *got = contents();

	if (strcmp(got, want))
		TEST_FAIL("%s: the store has \"%s\", expected \"%s\"", t->name, got, want);
}

/* ---- the recording ---- */

static void sql(const char *text)
{
	CHECK_INT(catalog_begin(box.c), 0);
	CHECK(catalog_end(box.c, db_exec(box.c->db, text, "")) >= 0);
}

static void copy(const char *file, const char *store, bool first)
{
	char *key = NULL;
	struct catalog_copy row = { .recording = ID, .file = file, .store = store, .state = "verified", .size = 1 };

	CHECK_INT(store_key_output(&key, "recordings", ID, NULL, file, first), 0);
	row.key = key;
	CHECK_INT(catalog_copy_put(box.c, &row), 0);
	if (!strcmp(store, "main")) {
		put(key, "an older one");
		put(key, "x");
	}
	g_free(key);
}

static void local(const char *name)
{
	g_autofree char *path = g_build_filename(box.dir, name, NULL), *folder = g_path_get_dirname(path);

	CHECK_INT(fs_mkdirs(folder, 0700), 0);
	CHECK(g_file_set_contents(path, name, -1, NULL));
}

static bool is_local(const char *name)
{
	g_autofree char *path = g_build_filename(box.dir, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Completed, here and in the store, with originals, old versions and somebody else's beside it */
static void completed(void)
{
	g_autofree char *lines = g_build_filename(box.dir, "timeline.jsonl", NULL);
	static const char *const originals[] = { "user1/1-000001.tar", "user2/1-000001.tar", "participants.json", "timeline/1-000001.jsonl" };

	CHECK_INT(add_stopped_recording(box.c, ID, "demo", "Hi", 1795357800000), 0);
	CHECK_INT(finish_recording(box.c, ID, ID "/output.webm", 10, "aa"), 0);
	local("output.webm");
	local("timeline.jsonl");
	CHECK(g_file_set_contents(lines, LINES, -1, NULL));
	local("chunks/user1_audio_00_000000.webm");
	copy("output.webm", "main", true);
	copy("metadata.json", "main", true);
	for (size_t i = 0; i < G_N_ELEMENTS(originals); i++) {
		char *key = NULL;

		CHECK_INT(store_key_originals(&key, "originals", ID, originals[i]), 0);
		put(key, originals[i]);
		g_free(key);
	}
	CHECK_INT(catalog_originals_put(box.c, &(struct catalog_originals){ .recording = ID, .store = "main", .state = "verified", .objects = 4, .bytes = 9 }, true), 0);
	put("recordings/" DAY OTHER ".webm", "theirs");
}
#define THEIRS "recordings/" DAY OTHER ".webm "

static struct catalog_job run(const char *kind)
{
	struct job_env env = env_of();
	struct catalog_job j;

	CHECK_INT(take_job(box.c, "w", &j), 1);
	CHECK_STR(j.kind, kind);
	job_run(&env, &j);
	return j;
}

static void check_status(const char *want)
{
	json_t *r = NULL;

	CHECK_INT(catalog_recording_get(box.c, ID, &r), 0);
	CHECK_STR(json_str(r, "status"), want);
	json_decref(r);
}

/* What of its job the catalog says is the reason why it did not end */
static void check_waits(const char *why_not)
{
	json_t *r = NULL;
	const char *got;

	CHECK_INT(catalog_recording_get(box.c, ID, &r), 0);
	CHECK_STR(json_str(json_object_get(r, "job"), "state"), "retrying");
	got = json_str(json_object_get(r, "job"), "reason");
	if (!got || !strstr(got, why_not))
		TEST_FAIL("%s: \"%s\" does not say \"%s\"", t->name, got, why_not);
	json_decref(r);
	sql("UPDATE jobs SET not_before_ms = 0 WHERE state = 'retrying'");
}

/* ---- tests ---- */

static void test_delete(void)
{
	struct catalog_key key = { .id = "k1", .master = "m1", .wrapped = "wrapped" };

	begin();
	completed();
	CHECK_INT(catalog_key_put(box.c, ID, 1, &key, &key), 0);
	put("recordings/" DAY ID "/nobody-knows.webm", "x");
	CHECK_INT(catalog_recording_delete(box.c, ID), 0);
	run("delete");
	check_status("deleted");
	check_contents(THEIRS);
	CHECK(!is_local(""));
	CHECK_INT(catalog_key_get(box.c, "k1", &key), -ENOENT);
	end();
}

/* Whoever was sending finds nothing to go on with. */
static void test_delete_under_way(void)
{
	struct store_put p = { .key = "recordings/" DAY ID ".webm" };
	struct catalog_copy row = { .recording = ID, .file = "output.webm", .store = "main", .key = p.key, .state = "uploading", .size = 1 };
	char upload[STORE_UPLOAD], *part = g_strnfill(5 << 20, 'x');
	struct store_part_done done = { .number = 1 };

	begin();
	completed();
	OK(store_parts_begin(box.store, &p, 5 << 20, upload, &why));
	row.upload = upload;
	CHECK_INT(catalog_copy_put(box.c, &row), 0);
	OK(store_part(box.store, p.key, upload, 1, &(struct store_body){ .data = part, .len = 5 << 20 }, done.etag, &why));
	CHECK_INT(catalog_recording_delete(box.c, ID), 0);
	run("delete");
	check_status("deleted");
	check_contents(THEIRS);
	CHECK(store_parts_end(box.store, &p, upload, &done, 1, NULL, &why) < 0);
	check_contents(THEIRS);
	g_free(part);
	end();
}

/* One store refuses: what is in the other goes, and it is not called deleted. */
static void test_delete_away(void)
{
	struct target away = { .name = "away", .conf = { .kind = STORAGE_S3, .path_style = true } };

	begin();
	completed();
	g_setenv("AWS_ACCESS_KEY_ID", "key", FALSE);
	g_setenv("AWS_SECRET_ACCESS_KEY", "secret", FALSE);
	configure(&box.storages[1], &away, "away");
	box.storages[1].role = STORAGE_MIRROR;
	box.storages[1].endpoint = "http://127.0.0.1:9";
	box.storages[1].bucket = "away";
	box.storages[1].region = "us-east-1";
	stores_unref(&box.stores);
	open_stores(2);
	CHECK_INT(catalog_recording_delete(box.c, ID), 0);
	run("delete");
	check_status("deleting");
	check_waits("away");
	check_contents(THEIRS);
	stores_unref(&box.stores);
	open_stores(1);
	run("delete");
	check_status("deleted");
	end();
}

static void test_delete_not_configured(void)
{
	begin();
	completed();
	copy("thumbnail.jpg", "former", true);
	CHECK_INT(catalog_recording_delete(box.c, ID), 0);
	run("delete");
	check_status("deleting");
	check_waits("store former, which has something of it, is configured no more");
	check_contents(THEIRS);
	end();
}

/* The timeline, once, so that whoever verifies it finds nothing missing */
static void check_says_so(void)
{
	g_autofree char *path = g_build_filename(box.dir, "timeline.jsonl", NULL), *text = NULL;
	const char *line;

	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	line = strstr(text, "\"expired\"");
	CHECK(line && !strstr(line + 1, "\"expired\""));
}

static void test_expire(void)
{
	struct catalog_sweep s = { .lost_ms = 86400000 };

	begin();
	completed();
	sql("UPDATE recordings SET chunks_until_ms = 1");
	CHECK_INT(catalog_sweep(box.c, &s), 0);
	CHECK_INT(s.expired, 1);
	run("expire");
	check_status("completed");
	CHECK(!is_local("chunks") && is_local("output.webm") && is_local("timeline.jsonl"));
	check_says_so();
	check_contents(t->versioned ? "recordings/" DAY ID ".json ,recordings/" DAY ID ".json=,recordings/" DAY ID ".webm ,recordings/" DAY ID ".webm=," THEIRS :
				      "recordings/" DAY ID ".json ,recordings/" DAY ID ".webm ," THEIRS);
	CHECK_INT(catalog_sweep(box.c, &s), 0);
	CHECK_INT(s.expired, 0);
	end();
}

/* Made without user2, so it stays when they go */
static void second_output(void)
{
	static const struct catalog_file files[] = { { "media", "outputs/2-x.webm", "video/webm", NULL, 1 }, { "metadata", "outputs/2-x.json", "application/json", NULL, 1 } };
	struct catalog_result r = { .path = ID "/outputs/2-x.webm", .mime = "video/webm", .size = 1, .files = files, .nfiles = 2, .spec = "{\"without\":[\"user2\"]}" };
	struct catalog_job j;

	CHECK_INT(catalog_output_add(box.c, &(struct catalog_new_output){ .recording = ID, .spec = r.spec }, &j), 0);
	CHECK_INT(take_job(box.c, "w", &j), 1);
	CHECK_INT(catalog_job_done(box.c, j.id, "w", &r), 0);
	copy("outputs/2-x.webm", "main", false);
	copy("outputs/2-x.json", "main", false);
}

static void test_erase(void)
{
	struct job_env env = env_of();
	struct catalog_job j;
	char reason[JOB_REASON];
	json_t *rows = NULL;

	begin();
	env = env_of();
	completed();
	second_output();
	CHECK_INT(catalog_worker_put(box.c, &(struct catalog_worker){ .id = "w", .host_id = "testhost", .version = "1", .cores = 64000 }), 0);
	CHECK_INT(catalog_erase(box.c, ID, "user2", "w", &j), 0);
	CHECK_INT(job_erase_stores(&env, &j, reason), 0);
	check_contents("originals/" DAY ID "/timeline/1-000001.jsonl ,originals/" DAY ID "/user1/1-000001.tar ,recordings/" DAY ID "/outputs/2-x.webm ," THEIRS);
	CHECK_INT(catalog_job_erased(box.c, j.id, "w"), 0);
	CHECK_INT(catalog_originals(box.c, ID, &rows), 0);
	CHECK_STR(json_str(json_array_get(rows, 0), "state"), "running");
	json_decref(rows);
	CHECK_INT(catalog_jobs_list(box.c, &(struct catalog_jobs){ .recording = ID, .limit = 10 }, &rows), 0);
	CHECK_INT(json_array_size(rows), 2);           /* its metadata again, and the primary output without them */
	json_decref(rows);
	end();
}

/* ---- storage check ---- */

static void note_difference(const struct difference *d, void *arg)
{
	GString *all = arg;
	const char *name = strrchr(d->name, '/') ? strrchr(d->name, '/') + 1 : d->name;

	g_string_append_printf(all, "%s %s:%s,", d->kind, *d->store ? d->store : "disk", name);
}

static void check_differences(bool deep, const char *want)
{
	g_autoptr(GString) got = g_string_new("");
	struct storage_check c = { .catalog = box.c, .stores = box.stores, .recordings = box.recordings, .deep = deep, .found = note_difference, .arg = got,
				   .now_ms = clock_wall_ms() };
	json_t *row = NULL;

	CHECK_INT(catalog_recording_get(box.c, ID, &row), 0);
	CHECK_INT(storage_check_recording(&c, row), 0);
	CHECK_INT(storage_check_strangers(&c), 0);
	json_decref(row);
	if (strcmp(got->str, want))
		TEST_FAIL("%s: \"%s\", expected \"%s\"", t->name, got->str, want);
}

static char *key_of(const char *file)
{
	char *key = NULL;

	CHECK_INT(store_key_output(&key, "recordings", ID, NULL, file, true), 0);
	return key;
}

/* All files here and in the store, of the size and content the catalog has */
static void sound(void)
{
	static const char *const files[] = { "output.webm", "metadata.json", "thumbnail.jpg", "chapters.vtt", "storyboard.jpg", "storyboard.vtt" };
	struct catalog_copy row = { .recording = ID, .store = "main", .state = "verified" };

	completed();
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *key = key_of(files[i]), *text = g_strdup_printf("UPDATE files SET size = %zu, sha256 = NULL WHERE name = '%s'", strlen(files[i]), files[i]);

		local(files[i]);
		sql(text);
		put(key, files[i]);
		row.file = files[i];
		row.key = key;
		row.size = (int64_t)strlen(files[i]);
		CHECK_INT(catalog_copy_put(box.c, &row), 0);
	}
	CHECK_INT(add_stopped_recording(box.c, OTHER, "demo", "Theirs", 1795357800000), 0);
}

static void test_check(void)
{
	char sha256[SHA256_HEX], *text;
	struct store_put p = { .key = "recordings/" DAY ID "/x.webm" };
	char upload[STORE_UPLOAD];

	begin();
	sound();
	check_differences(true, "");
	g_autofree char *media = key_of("output.webm"), *picture = key_of("thumbnail.jpg");
	sha256_hex(sha256, "output.webm", strlen("output.webm"));
	text = g_strdup_printf("UPDATE files SET sha256 = '%s' WHERE name = 'output.webm'", sha256);
	sql(text);
	g_free(text);
	check_differences(true, "");
	put(media, "output.weBm");                     /* same size */
	check_differences(false, "");
	check_differences(true, "checksum main:" ID ".webm,");
	put(media, "output");
	check_differences(false, "size main:" ID ".webm,");
	put(media, "output.webm");
	OK(store_remove(box.store, picture, NULL, &why));
	check_differences(false, "missing main:" ID ".jpg,");
	put(picture, "thumbnail.jpg");
	put("recordings/" DAY ID "/nobody-knows.webm", "x");
	check_differences(false, "extra main:nobody-knows.webm,");
	OK(store_remove(box.store, "recordings/" DAY ID "/nobody-knows.webm", NULL, &why));
	put("recordings/" DAY "rec_demo_1795357800000_cccccc.webm", "x");
	check_differences(false, "extra main:rec_demo_1795357800000_cccccc.webm,");
	OK(store_remove(box.store, "recordings/" DAY "rec_demo_1795357800000_cccccc.webm", NULL, &why));
	if (!t->versioned)
		check_differences(false, "");
	OK(store_remove(box.store, "originals/" DAY ID "/user1/1-000001.tar", NULL, &why));
	end();
	begin();
	sound();
	sql("UPDATE copies SET state = 'failed', reason = 'refused' WHERE file IN (SELECT id FROM files WHERE name = 'chapters.vtt')");
	sql("UPDATE copies SET key_id = 'k9' WHERE file IN (SELECT id FROM files WHERE name = 'thumbnail.jpg')");
	check_differences(false, "key_missing main:" ID ".jpg,unverified main:chapters.vtt,");
	sql("UPDATE copies SET state = 'verified', key_id = NULL");
	OK(store_remove(box.store, "originals/" DAY ID "/user1/1-000001.tar", NULL, &why));
	check_differences(false, "missing main:" ID ",");
	put("originals/" DAY ID "/user1/1-000001.tar", "x");
	g_autofree char *here = g_build_filename(box.dir, "chapters.vtt", NULL), *there = g_build_filename(box.dir, "storyboard.jpg", NULL);
	CHECK(!g_unlink(here) && g_file_set_contents(there, "short", -1, NULL));
	sql("UPDATE files SET sha256 = '0000000000000000000000000000000000000000000000000000000000000000' WHERE name IN ('storyboard.jpg')");
	check_differences(false, "missing disk:chapters.vtt,size disk:storyboard.jpg,");
	sql("UPDATE recordings SET local_gone_ms = 1, chunks_gone_ms = 1");
	check_differences(false, "extra disk:chunks,");
	OK(store_parts_begin(box.store, &p, 5 << 20, upload, &why));
	check_differences(false, "extra disk:chunks,");
	end();
}

static const struct test tests[] = { TEST(test_delete), TEST(test_delete_under_way), TEST(test_delete_away), TEST(test_delete_not_configured), TEST(test_expire),
				     TEST(test_erase), TEST(test_check) };

int main(int argc, char **argv)
{
	size_t n = getenv("RECROOM_S3_ENDPOINT") && getenv("RECROOM_AZURE_ENDPOINT") ? G_N_ELEMENTS(targets) : 1;
	int passed = 0, failed = 0;

	if (n > 1) {
		g_setenv("AWS_ACCESS_KEY_ID", getenv("RECROOM_S3_KEY"), TRUE);
		g_setenv("AWS_SECRET_ACCESS_KEY", getenv("RECROOM_S3_SECRET"), TRUE);
		g_setenv("AZURE_STORAGE_KEY", getenv("RECROOM_AZURE_KEY"), TRUE);
	}
	for (t = targets; t < targets + n; t++) {
		printf("%s:\n", t->name);
		test_each(tests, G_N_ELEMENTS(tests), argc, argv, &passed, &failed);
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}

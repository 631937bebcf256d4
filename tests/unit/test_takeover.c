/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A host burns down: what it recorded is finished by another one from the store. In `make check` with a directory as the store; in tests/store/run.sh, which says
 * where they are, with Ceph's gateway and azurite. Both engines of the catalog.
 *
 *	host a: a recording grows, backup ─▶ store          its directory is removed, it is silent
 *	host b: reconciler ─▶ jobs at store:main ─▶ worker ─▶ recroom-pp fetch, repair, compose, each in a process of its own ─▶ completed
 */
#include "common/catalog_sqlite.c"
#include "common/catalog_host.h"
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/log.h"
#include "common/root.h"
#include "common/settings.h"
#include "common/store_key.h"
#include "common/sync.h"
#include "postprocess/backup.h"
#include "postprocess/job.h"
#include "postprocess/originals.h"
#include "postprocess/reconcile.h"
#include "postprocess/store_remote.h"
#include "postprocess/stores.h"
#include "postprocess/worker.h"
#include "tests/lib/grow.h"
#include "tests/lib/make_recording.h"
#include "catalog_box.h"

enum { SECONDS = 6, CHUNK_MS = 500, TIMEOUT_MS = 60000, STEP_US = 10000, UP_MS = 100000000, BUNDLE_MS = 100 };
#define A "host-a"
#define B "host-b"

static const char *kind = "local";     /* of the store: local s3 azure */
static char *top, *at_a, *at_b, *dir;  /* recordings of both; the recording at a */
static char id[ID_SIZE];
static int serial;
static struct catalog *cat;
static struct settings *set;
static struct stores *stores;
static struct grow *grow;
static struct backup *backup;
static struct worker *worker;
static struct reconciler *reconciler;

/* ---- the store ---- */

static char *storage_text(void)
{
	const char *s3 = getenv("RECROOM_S3_ENDPOINT"), *azure = getenv("RECROOM_AZURE_ENDPOINT");

	if (!strcmp(kind, "s3"))
		return g_strdup_printf("kind = \"s3\"; bucket = \"takeover-%d-%d\"; endpoint = \"%s\"; region = \"%s\"; path_style = true; plain = true", (int)getpid(), serial, s3,
				       getenv("RECROOM_S3_REGION"));
	if (!strcmp(kind, "azure"))
		return g_strdup_printf("kind = \"azure\"; bucket = \"takeover-%d-%d\"; endpoint = \"%s\"; account = \"%s\"; plain = true", (int)getpid(), serial, azure,
				       getenv("RECROOM_AZURE_ACCOUNT"));
	return g_strdup_printf("kind = \"local\"; directory = \"%s/store\"", top);
}

static void make_bucket(void)
{
	static const struct uri_pair container[] = { { "restype", "container" }, { NULL, NULL } };
	bool azure = !strcmp(kind, "azure");
	struct store_answer answer;
	struct store_why why;

	if (!strcmp(kind, "local"))
		return;
	if (store_call(stores_at(stores, 0), &(struct store_call){ .method = "PUT", .query = azure ? container : NULL, .answer = &answer }, NULL, &why))
		TEST_FAIL("%s", why.text);
	store_answer_clear(&answer);
}

static char *config_path(void)
{
	return g_build_filename(top, "recroom.jcfg", NULL);
}

/* Of host b, whose programs read it. */
static void configure(void)
{
	g_autofree char *storage = storage_text(), *path = config_path(), *store_dir = g_build_filename(top, "store", NULL);
	g_autofree char *text = g_strdup_printf("general: { recordings = \"%s\"; catalog = \"%s\"; host_id = \"" B "\" }\nmix: { width = 160; height = 120; fps = 10 }\n"
						"storage = ( { name = \"main\"; %s } )\nstore: { backup = true }\n", at_b, box_path, storage);
	char why[600] = "";

	CHECK_INT(fs_mkdirs(store_dir, 0700), 0);
	CHECK_INT(fs_write_atomic(top, "recroom.jcfg", text, strlen(text), 0600, 0), 0);
	if (settings_load(&set, path, false, why, sizeof(why)) || stores_open(&stores, set, why, sizeof(why)))
		TEST_FAIL("%s", why);
	make_bucket();
}

/* ---- two hosts ---- */

/* As far as they can tell the database has been up for long. */
static void database_up(void)
{
	if (box_pg)
		box_sql("CREATE OR REPLACE FUNCTION uptime_ms() RETURNS BIGINT LANGUAGE SQL AS 'SELECT CAST(100000000 AS BIGINT)'");
	atomic_store(&first_open_us, clock_mono_us() - UP_MS * 1000LL);
}

static void make_growing(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 64, .height = 48, .fps = 10 } } },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio" } } }, { .id = NULL },
	};

	snprintf(id, sizeof(id), "rec_demo_%lld_aaaaaa", (long long)clock_wall_ms() - 7200000 + serial++);
	dir = g_build_filename(at_a, id, NULL);
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = SECONDS * 1000, .chunk_ms = CHUNK_MS, .title = "", .people = people }), 0);
	grow = grow_create(dir);
}

static void tell(int64_t seq, const char *type)
{
	json_t *o = json_object();

	CHECK_INT(catalog_event_put(cat, id, 1, seq, type, o, "plugin"), 0);
	json_decref(o);
}

/* What the plugin of host a tells the catalog when a recording begins. */
static void tell_begun(void)
{
	struct catalog_new_recording r = { .id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = A, .title = "", .layout = "grid", .started_ms = recording_id_time(id) };

	CHECK_INT(catalog_recording_insert(cat, &r), 0);
	tell(1, "recordingstarting");
	CHECK_INT(catalog_recording_status(cat, id, "recording", NULL), 0);
	tell(2, "recordingstarted");
}

static void tell_stopped(void)
{
	struct catalog_stop s = { .stopped_ms = clock_wall_ms(), .duration_ms = SECONDS * 1000, .elapsed_ms = SECONDS * 1000, .tracks = 3, .chain_hash = "ab", .flags = "[]", .reason = "host" };

	tell(3, "recordingstopped");
	CHECK_INT(catalog_recording_stop(cat, id, &s), 0);
}

static void box_begin(void)
{
	struct backup_conf bc = { .catalog = box_path, .host_id = A, .every_ms = BUNDLE_MS, .look_ms = 20, .fallback_ms = 1000 };

	top = g_dir_make_tmp("recroom-takeover-XXXXXX", NULL);
	at_a = g_build_filename(top, "a", NULL);
	at_b = g_build_filename(top, "b", NULL);
	CHECK_INT(fs_mkdirs(at_a, 0700), 0);
	CHECK_INT(fs_mkdirs(at_b, 0700), 0);
	cat = box_open();
	database_up();
	CHECK_INT(catalog_host_beat(cat, A, "0.1", false), 0);
	CHECK_INT(catalog_host_beat(cat, B, "0.1", false), 0);
	CHECK_INT(root_is_there(cat, at_a, A), 1);
	CHECK_INT(root_is_there(cat, at_b, B), 1);
	configure();
	make_growing();
	tell_begun();
	bc.recordings = at_a;
	bc.stores = stores;
	CHECK_INT(backup_create(&backup, &bc), 0);
}

static void begin_b(void)
{
	static char *exe, *config;
	struct worker_conf wc = { .catalog = box_path, .host_id = B, .recordings = at_b, .jobs = 1, .cores = 64000, .stores = stores, .settings = set, .beat_ms = 200,
				  .grace_ms = 1000, .retry_ms = { 50, 100, 100 } };
	struct reconcile_conf rc = { .catalog = box_path, .host_id = B, .recordings = at_b, .address = "http://b:8090", .sweep = true, .every_ms = 100, .takeover_min = 15 };

	g_free(exe);
	g_free(config);
	wc.composer = rc.composer = exe = g_canonicalize_filename("recroom-pp", getenv("BUILD"));
	wc.config = rc.config = config = config_path();
	CHECK_INT(worker_create(&worker, &wc), 0);
	CHECK_INT(reconciler_create(&reconciler, &rc), 0);
}

static void box_end(void)
{
	reconciler_unref(&reconciler);
	worker_unref(&worker);
	backup_unref(&backup);
	grow_unref(&grow);
	stores_unref(&stores);
	settings_unref(&set);
	fs_remove_tree(top);
	g_clear_pointer(&top, g_free);
	g_clear_pointer(&at_a, g_free);
	g_clear_pointer(&at_b, g_free);
	g_clear_pointer(&dir, g_free);
	box_close(cat);
}

/* ---- what happens ---- */

static int64_t number(const char *sql)
{
	int64_t n = 0;
	int err;

	CHECK_INT(catalog_view(cat), 0);
	err = db_int(cat->db, &n, sql, "s", id);
	CHECK(catalog_end(cat, err) >= 0);
	return n;
}

static void await_number(const char *sql, int64_t least)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (number(sql) < least) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("\"%s\" does not come to %d", sql, (int)least);
		g_usleep(STEP_US);
	}
}

static void await_status(const char *want)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	g_autofree char *got = NULL;

	while (g_strcmp0(got, want)) {
		json_t *row = NULL;

		if (clock_mono_us() > until_us)
			TEST_FAIL("it does not become %s, it is %s", want, got ? got : "not there");
		g_usleep(STEP_US);
		CHECK_INT(catalog_recording_get(cat, id, &row), 0);
		g_free(got);
		got = g_strdup(json_str(row, "status"));
		json_decref(row);
	}
}

/* The journal says that the timeline is in the store as far as it is written. */
static void await_backed_up(void)
{
	g_autofree char *timeline = g_build_filename(dir, "timeline.jsonl", NULL), *journal = g_build_filename(dir, ".backup", "main.jsonl", NULL), *whole = NULL, *want = NULL;
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	bool there = false;
	size_t len = 0;

	CHECK_INT(fs_read(timeline, 64 << 20, &whole, &len), 0);
	want = g_strdup_printf("\"to\":%zu,\"plain\"", len);
	while (!there) {
		g_autofree char *text = NULL;

		CHECK(clock_mono_us() < until_us);
		there = g_file_get_contents(journal, &text, NULL, NULL) && strstr(text, want);
		g_usleep(STEP_US);
	}
	await_number("SELECT COUNT(*) FROM originals WHERE recording = ?1 AND objects > 0", 1);
	await_number("SELECT CASE WHEN backup = 'main' AND backup_ms > 0 THEN 1 ELSE 0 END FROM recordings WHERE id = ?1", 1);
}

/* The host is gone with its disk, and has been for 16 minutes. */
static void lose_a(void)
{
	backup_unref(&backup);
	fs_remove_tree(at_a);
	box_sql("UPDATE hosts SET heartbeat_ms = heartbeat_ms - 960000 WHERE id = '" A "'");
}

static void check_events(const char *want)
{
	g_autoptr(GString) text = g_string_new(NULL);
	json_t *rows = NULL, *row;
	size_t i;

	CHECK_INT(catalog_event_since(cat, 0, 1000, &rows), 0);
	json_array_foreach(rows, i, row)
		g_string_append_printf(text, "%s%s", text->len ? " " : "", json_str(row, "type") + strlen("recording"));
	json_decref(rows);
	CHECK_STR(text->str, want);
}

static json_t *row_of(void)
{
	json_t *row = NULL;

	CHECK_INT(catalog_recording_get(cat, id, &row), 0);
	CHECK_STR(json_str(row, "host_id"), B);
	return row;
}

static char *at_b_file(const char *name)
{
	return g_build_filename(at_b, id, name, NULL);
}

/* In mid-call: all that was sealed when the last bundle left is in the output; that was a bundle, a chunk and the sending ago at most. */
static void test_in_mid_call(void)
{
	g_autofree char *output = NULL;
	json_t *row;

	box_begin();
	for (int i = 0; i < 2 * (SECONDS - 2); i++)
		grow_second(grow);
	await_backed_up();
	lose_a();
	begin_b();
	await_status("completed");
	check_events("starting started stopped completed");
	row = row_of();
	CHECK_INT(json_num(row, "duration_ms", 0), (SECONDS - 2) * 1000);      /* to the last seal */
	CHECK(json_num(row, "epoch", 0) >= 2);
	CHECK_STR(json_string_value(json_array_get(json_object_get(row, "flags"), 0)), "interrupted");
	json_decref(row);
	output = at_b_file("output.webm");
	CHECK(g_file_test(output, G_FILE_TEST_EXISTS));
	box_end();
}

/* It was stopped and not yet composed: the same file is made of it, and another one later, when b has no chunks any more either. */
static void test_stopped(void)
{
	static const char spec[] = "{\"layout\":\"audio\",\"format\":\"opus\"}";
	g_autofree char *chunks = NULL, *output = NULL, *chain = NULL;
	struct catalog_job job;
	json_t *row;

	box_begin();
	grow_all(grow);
	tell_stopped();
	await_number("SELECT COUNT(*) FROM originals WHERE recording = ?1 AND state = 'verified'", 1);
	lose_a();
	begin_b();
	await_status("completed");
	row = row_of();
	chain = g_strdup(json_str(row, "chain_hash"));
	json_decref(row);
	CHECK_INT(strlen(chain), 64);
	check_events("starting started stopped completed");
	chunks = at_b_file("chunks");
	CHECK_INT(fs_remove_tree(chunks), 0);
	CHECK_INT(catalog_output_add(cat, &(struct catalog_new_output){ .recording = id, .spec = spec, .at_least = 2 }, &job), 0);
	await_number("SELECT COUNT(*) FROM outputs WHERE recording = ?1 AND id = 2 AND state = 'done'", 1);
	output = at_b_file("");
	CHECK_INT(originals_there(output), 1);
	box_end();
}

/* As if a worker of host a had made it: the job that sends it waits there. */
static void made_at_a(void)
{
	const struct catalog_file files[] = { { "media", "output.webm", "video/webm", "ab", 1000 }, { "metadata", "metadata.json", "application/json", NULL, 2 } };
	g_autofree char *path = g_strdup_printf("%s/output.webm", id);
	struct catalog_result r = { .path = path, .mime = "video/webm", .size = 1000, .duration_ms = SECONDS * 1000, .files = files, .nfiles = 2, .spec = "{}",
				    .stores = stores_targets(stores) };
	struct catalog_job job;

	CHECK_INT(take_which(cat, "wa", CATALOG_ANY, &job), 1);
	CHECK_INT(catalog_job_done(cat, job.id, "wa", &r), 0);
	CHECK_INT(catalog_worker_gone(cat, "wa"), 0);
	CHECK_INT(number("SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'upload' AND state = 'queued' AND place = 'host:" A "'"), 1);
}

/* Perhaps it had been sent, too, and nobody was told. */
static void leave_object(const char *text)
{
	struct store_put p = { .body = { .data = text, .len = strlen(text) } };
	struct store_why why;
	char *key = NULL;

	CHECK_INT(store_key_output(&key, store_conf(stores_at(stores, 0))->prefix, id, NULL, "output.webm", true), 0);
	p.key = key;
	CHECK_INT(store_put(stores_at(stores, 0), &p, NULL, &why), 0);
	g_free(key);
}

/* It was made, and on its way to the store: it is made again there, and stands in for what the lost host may have left of it. */
static void test_uploading(void)
{
	box_begin();
	grow_all(grow);
	tell_stopped();
	await_number("SELECT COUNT(*) FROM originals WHERE recording = ?1 AND state = 'verified'", 1);
	made_at_a();
	leave_object("what it had made");
	lose_a();
	begin_b();
	await_number("SELECT COUNT(*) FROM copies c JOIN files f ON f.id = c.file WHERE f.recording = ?1 AND f.kind = 'media' AND c.state = 'verified' AND c.size > 1000", 1);
	await_status("completed");
	json_decref(row_of());
	check_events("starting started stopped completed");
	box_end();
}

static int count_theirs(const struct store_item *i, void *arg)
{
	*(int *)arg += strstr(i->key, "/user2/") != NULL;
	return 0;
}

static int theirs_in_store(void)
{
	struct store_why why;
	int n = 0;

	CHECK_INT(store_list(stores_at(stores, 0), &(struct store_list){ .prefix = "" }, count_theirs, &n, &why), 0);
	return n;
}

/* Somebody is to be erased, and the host that had their files is gone: it is done where they are. */
static void test_erased(void)
{
	struct catalog_job job;

	box_begin();
	CHECK_INT(catalog_participant_put(cat, "call_demo_1_aaaaaa", "user2", "bob", "Bob", "guest", recording_id_time(id), 0), 0);
	grow_all(grow);
	tell_stopped();
	await_number("SELECT COUNT(*) FROM originals WHERE recording = ?1 AND state = 'verified'", 1);
	CHECK(theirs_in_store() > 0);
	CHECK_INT(catalog_erase(cat, id, "user2", NULL, &job), 0);
	lose_a();
	begin_b();
	await_number("SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'erase' AND state = 'done'", 1);
	await_status("completed");
	CHECK_INT(theirs_in_store(), 0);
	json_decref(row_of());
	box_end();
}

/* The host comes back with its disk when all is over: what it has is nobody's, and goes with the recording. */
static void test_comes_back(void)
{
	struct reconcile_conf rc = { .catalog = box_path, .host_id = A, .address = "http://a:8090", .sweep = true, .every_ms = 50, .young_ms = 1 };
	g_autofree char *aside = NULL, *kept = NULL;
	struct reconciler *a = NULL;
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	box_begin();
	kept = g_build_filename(top, "kept", NULL);
	grow_second(grow);
	grow_second(grow);
	await_backed_up();
	backup_unref(&backup);
	CHECK_INT(rename(at_a, kept), 0);
	lose_a();
	begin_b();
	await_status("completed");
	CHECK_INT(rename(kept, at_a), 0);
	CHECK_INT(catalog_host_beat(cat, A, "0.1", false), 0);
	rc.recordings = at_a;
	CHECK_INT(reconciler_create(&a, &rc), 0);
	aside = g_strdup_printf("%s/.taken-%s", at_a, id);
	while (!g_file_test(aside, G_FILE_TEST_IS_DIR) && clock_mono_us() < until_us)
		g_usleep(STEP_US);
	CHECK(g_file_test(aside, G_FILE_TEST_IS_DIR));
	CHECK(!g_file_test(dir, G_FILE_TEST_EXISTS));
	await_status("completed");
	CHECK_INT(catalog_recording_delete(cat, id), 0);
	while (g_file_test(aside, G_FILE_TEST_EXISTS) && clock_mono_us() < until_us)
		g_usleep(STEP_US);
	CHECK(!g_file_test(aside, G_FILE_TEST_EXISTS));
	reconciler_unref(&a);
	box_end();
}

/* Not yet: silent for less than takeover_min, or its files are reached by somebody. */
static void test_not_yet(void)
{
	struct catalog_sweep s = { .takeover_ms = 900000 };
	const char *const places[] = { "host:" A, NULL };

	box_begin();
	grow_second(grow);
	await_backed_up();
	box_sql("UPDATE hosts SET heartbeat_ms = heartbeat_ms - 100000 WHERE id = '" A "'");
	CHECK_INT(catalog_sweep(cat, &s), 0);
	CHECK_INT(s.taken, 1);
	CHECK_INT(s.moved, 0);
	box_sql("UPDATE hosts SET heartbeat_ms = heartbeat_ms - 860000 WHERE id = '" A "'");
	CHECK_INT(catalog_worker_put(cat, &(struct catalog_worker){ "w", A, "0.1", 1000, places }), 0);
	CHECK_INT(catalog_sweep(cat, &s), 0);
	CHECK_INT(s.moved, 0);
	CHECK_INT(catalog_worker_gone(cat, "w"), 0);
	CHECK_INT(catalog_sweep(cat, &s), 0);
	CHECK_INT(s.moved, 1);
	s.takeover_ms = 0;
	CHECK_INT(number("SELECT COUNT(*) FROM jobs WHERE recording = ?1 AND kind = 'close' AND place = 'store:main'"), 1);
	box_end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_in_mid_call), TEST(test_stopped), TEST(test_uploading), TEST(test_erased), TEST(test_comes_back), TEST(test_not_yet) };

	log_set_level(getenv("RECROOM_TEST_LOG") ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR);
	if (getenv("RECROOM_TAKEOVER")) {
		kind = getenv("RECROOM_TAKEOVER");
		g_setenv("AWS_ACCESS_KEY_ID", getenv("RECROOM_S3_KEY"), TRUE);
		g_setenv("AWS_SECRET_ACCESS_KEY", getenv("RECROOM_S3_SECRET"), TRUE);
		g_setenv("AZURE_STORAGE_KEY", getenv("RECROOM_AZURE_KEY"), TRUE);
	}
	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

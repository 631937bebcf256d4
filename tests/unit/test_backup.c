/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording that grows, its backup in a store that is a directory, and the recording that comes back from there.
 *
 *	make_recording ─▶ grow: a second at a time ─▶ backup_round() ─▶ store/ ─▶ rehydrate() ─▶ the same directory again, as far as it had come
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include "common/catalog_host.h"
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/log.h"
#include "common/master_key.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/backup.h"
#include "postprocess/backup_round.h"
#include "postprocess/bundle.h"
#include "postprocess/rehydrate.h"
#include "postprocess/repair.h"
#include "postprocess/stores.h"
#include "postprocess/verify.h"
#include "tests/lib/grow.h"
#include "tests/lib/make_recording.h"
#include "catalog_box.h"

enum { SECONDS = 6, CHUNK_MS = 500, TIMEOUT_MS = 20000, STEP_US = 5000 };
#define ID "rec_demo_1760090400123_k3v7qa"
#define DAY "originals/2025/10/10/" ID
#define HOST "testhost"

static char *top, *dir, *other;        /* other: where what comes back is put */
static struct settings_storage conf[2];
static struct settings set;
static struct stores *stores;
static struct grow *grow;
static struct backup_round one;

/* ---- the box ---- */

static void open_stores(void)
{
	static const char *const names[] = { "main", "second" };
	char why[300] = "";

	for (size_t i = 0; i < G_N_ELEMENTS(conf); i++) {
		g_free(conf[i].directory);
		conf[i] = (struct settings_storage){ .name = (char *)(uintptr_t)names[i], .kind = STORAGE_LOCAL, .role = i ? STORAGE_MIRROR : STORAGE_PRIMARY,
						     .prefix = (char *)(uintptr_t)"recordings", .chunk_prefix = (char *)(uintptr_t)"originals", .part_mb = 8, .parallel = 2,
						     .directory = g_build_filename(top, names[i], NULL) };
		CHECK_INT(fs_mkdirs(conf[i].directory, 0700), 0);
	}
	set = (struct settings){ .storages = conf, .nstorages = 2 };
	if (stores_open(&stores, &set, why, sizeof(why)))
		TEST_FAIL("%s", why);
}

static void begin(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 64, .height = 48, .fps = 10 } } },
		{ .id = "user2", .name = "Bob", .joined_ms = 2500, .sources = { { .source = "audio", .from_ms = 2600 } } }, { .id = NULL },
	};

	top = g_dir_make_tmp("recroom-backup-XXXXXX", NULL);
	dir = g_build_filename(top, "here", ID, NULL);
	other = g_build_filename(top, "there", NULL);
	CHECK_INT(fs_mkdirs(other, 0700), 0);
	g_autofree char *here = g_path_get_dirname(dir);
	CHECK_INT(fs_mkdirs(here, 0700), 0);
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = SECONDS * 1000, .chunk_ms = CHUNK_MS, .title = "", .people = people }), 0);
	grow = grow_create(dir);
	open_stores();
	one = (struct backup_round){ .dir = dir, .at = { .store = stores_at(stores, 0), .id = ID } };
}

static void end(void)
{
	backup_round_done(&one);
	grow_unref(&grow);
	stores_unref(&stores);
	fs_remove_tree(top);
	g_clear_pointer(&top, g_free);
	g_clear_pointer(&dir, g_free);
	g_clear_pointer(&other, g_free);
}

static void go_round(int want)
{
	struct store_why why;
	int err = backup_round(&one, &why);

	if (err != want)
		TEST_FAIL("a round ends with %d, expected %d: %s", err, want, why.text);
}

/* As a program that is started again. */
static void start_again(void)
{
	backup_round_done(&one);
	one = (struct backup_round){ .dir = dir, .at = { .store = stores_at(stores, 0), .id = ID } };
}

static char *read_file(const char *path)
{
	char *text = NULL;
	size_t len;

	if (fs_read(path, 64 << 20, &text, &len))
		text = g_strdup("");
	return text;
}

/* ---- what is in the store ---- */

static char *in_store(const char *name)
{
	return g_build_filename(conf[0].directory, DAY, name, NULL);
}

/* The piece of the timeline that begins there. */
static char *piece_at(int64_t from)
{
	g_autofree char *name = g_strdup_printf("timeline/1-%012" PRId64 ".jsonl", from);

	return in_store(name);
}

static int count_files(const char *path)
{
	GDir *d = g_dir_open(path, 0, NULL);
	const char *name;
	int n = 0;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		n += g_file_test(below, G_FILE_TEST_IS_DIR) ? count_files(below) : name[0] != '.';
	}
	if (d)
		g_dir_close(d);
	return n;
}

static int objects(void)
{
	g_autofree char *path = in_store("");

	return count_files(path);
}

/* ---- what comes back ---- */

static int fetch(struct rehydrate_result *r)
{
	struct rehydrate_conf c = { .recordings = other, .at = &one.at, .threads = 3 };
	struct store_why why;

	return rehydrate(&c, r, &why);
}

static void check_same_file(const char *name)
{
	g_autofree char *a = g_build_filename(dir, name, NULL), *b = g_build_filename(other, ID, name, NULL), *x = NULL, *y = NULL;
	size_t nx = 0, ny = 0;

	if (fs_read(a, 64 << 20, &x, &nx) || fs_read(b, 64 << 20, &y, &ny))
		TEST_FAIL("%s is not in both directories", name);
	if (nx != ny || memcmp(x, y, nx))
		TEST_FAIL("%s is not the same: %zu and %zu bytes", name, nx, ny);
}

static void check_same_chunks(void)
{
	g_autofree char *a = g_build_filename(dir, "chunks", NULL), *b = g_build_filename(other, ID, "chunks", NULL);
	GDir *d = g_dir_open(b, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *file = g_build_filename("chunks", name, NULL);

		check_same_file(file);
	}
	if (d)
		g_dir_close(d);
	CHECK_INT(count_files(a), count_files(b));
}

/* All of it, and it verifies. */
static void check_whole(void)
{
	static const char *const names[] = { "timeline.jsonl", "participants.json" };
	g_autofree char *back = g_build_filename(other, ID, NULL);
	struct verify_conf vc = { .dir = back, .no_outputs = true };
	struct verify_result v;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		check_same_file(names[i]);
	check_same_chunks();
	CHECK_INT(verify(&vc, &v), 0);
	CHECK_INT(v.findings->len, 0);
	CHECK(v.summary.closed);
	verify_done(&v);
}

static void forget_back(void)
{
	g_autofree char *back = g_build_filename(other, ID, NULL);

	fs_remove_tree(back);
}

/* ---- rounds ---- */

/* At any moment what comes back is what was sealed then: the timeline up to the last seal, and every chunk it names. */
static void test_grows(void)
{
	struct rehydrate_result r;
	int seconds = 0;
	bool more = true, stopped;

	begin();
	CHECK_INT(fetch(&r), -ENOENT);
	go_round(-ENOENT);                     /* there is no timeline yet */
	while (more) {
		more = grow_second(grow);
		CHECK(backup_round_due(&one, &stopped));
		CHECK_INT(stopped, !more);
		go_round(0);
		seconds++;
		if (more && seconds % 3 == 1) {
			CHECK_INT(fetch(&r), 0);
			CHECK_INT(r.damaged + r.missing + r.left_out, 0);
			CHECK(!r.closed);
			check_same_file("timeline.jsonl");
			check_same_chunks();
			forget_back();
		}
	}
	CHECK(!backup_round_due(&one, &stopped));
	CHECK(stopped);
	CHECK_INT(one.journal->end, BACKUP_VERIFIED);
	CHECK_INT(one.journal->objects, objects());
	CHECK_INT(fetch(&r), 0);
	CHECK(r.closed);
	CHECK_INT(r.objects, objects());
	check_whole();
	CHECK_INT(fetch(&r), -EEXIST);
	end();
}

/* Started again after each round, with a journal that was cut in mid-line: nothing is put twice, nothing is forgotten. */
static void test_started_again(void)
{
	struct rehydrate_result r;
	g_autofree char *journal = NULL;
	int64_t before = 0;

	begin();
	journal = g_build_filename(dir, ".backup", "main.jsonl", NULL);
	while (grow_second(grow)) {
		g_autofree char *text = NULL, *torn = NULL;

		go_round(0);
		CHECK(one.journal->objects > before);
		before = one.journal->objects;
		CHECK_INT(before, objects() + (one.journal->objects - objects()));
		backup_round_done(&one);
		text = read_file(journal);
		torn = g_strconcat(text, "{\"type\":\"bundle\",\"na", NULL);
		CHECK(g_file_set_contents(journal, torn, -1, NULL));
		start_again();
		go_round(0);
		CHECK_INT(one.journal->objects, before);
	}
	go_round(0);
	CHECK_INT(one.journal->objects, objects());
	start_again();
	go_round(0);
	CHECK_INT(one.put->len, 0);
	CHECK_INT(one.journal->end, BACKUP_VERIFIED);
	CHECK_INT(fetch(&r), 0);
	check_whole();
	end();
}

static void copy_tree(const char *from, const char *to)
{
	char *argv[] = { "cp", "-a", (char *)(uintptr_t)from, (char *)(uintptr_t)to, NULL };
	int status = -1;

	fs_remove_tree(to);
	CHECK(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
	CHECK_INT(status, 0);
}

/* Killed between an object and its line: any end of the journal is missing. What is put again has the names of what is there. */
static void test_killed(void)
{
	g_autofree char *journal = NULL, *text = NULL, *kept = NULL;
	char **lines;
	guint n;

	begin();
	journal = g_build_filename(dir, ".backup", "main.jsonl", NULL);
	for (int i = 0; i < 3; i++) {
		grow_second(grow);
		go_round(0);
	}
	grow_all(grow);
	kept = g_strconcat(conf[0].directory, ".kept", NULL);
	copy_tree(conf[0].directory, kept);
	text = read_file(journal);
	lines = g_strsplit(text, "\n", -1);
	n = g_strv_length(lines) - 1;
	for (guint keep = 0; keep <= n; keep++) {
		g_autoptr(GString) cut = g_string_new(NULL);
		struct rehydrate_result r;

		for (guint i = 0; i < keep; i++)
			g_string_append_printf(cut, "%s\n", lines[i]);
		copy_tree(kept, conf[0].directory);
		backup_round_done(&one);
		CHECK(g_file_set_contents(journal, cut->str, -1, NULL));
		start_again();
		go_round(0);
		CHECK_INT(one.journal->end, BACKUP_VERIFIED);
		CHECK_INT(fetch(&r), 0);
		CHECK_INT(r.damaged + r.missing, 0);
		check_whole();
		forget_back();
	}
	g_strfreev(lines);
	end();
}

/* ---- a timeline written anew ---- */

/* Never closed, its host lost: what came back is closed by repair, and backed up from there under names of its own, without a chunk sent twice. */
static void test_repaired(void)
{
	g_autofree char *back = NULL;
	struct repair_result repaired;
	struct rehydrate_result r;
	int before;

	begin();
	for (int i = 0; i < 2 * (SECONDS - 2); i++)
		grow_second(grow);
	go_round(0);
	CHECK_INT(fetch(&r), 0);
	back = g_build_filename(other, ID, NULL);
	CHECK_INT(repair(&(struct repair_conf){ .dir = back, .min_age_s = 60 }, &repaired), 0);        /* nobody seems to write there */
	CHECK(!repaired.sound);
	CHECK(repaired.duration_ms >= (SECONDS - 2) * 1000);
	before = objects();
	backup_round_done(&one);
	one = (struct backup_round){ .dir = back, .at = one.at };
	go_round(0);
	CHECK_INT(one.journal->end, BACKUP_VERIFIED);
	CHECK_INT(one.journal->generation, 2);
	CHECK_INT(objects(), before + 1);      /* the timeline, whole */
	go_round(0);
	CHECK_INT(objects(), before + 1);
	fs_remove_tree(dir);
	CHECK_INT(rename(back, dir), 0);
	CHECK_INT(fetch(&r), 0);
	CHECK(r.closed);
	check_whole();
	one.dir = dir;
	end();
}

/* An object that vanished, or is another one, is found and put again before anything is called verified. */
static void test_lost_objects(void)
{
	static const char *const names[] = { "user1/1-000001.tar", NULL, "participants.json" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = NULL;
		struct rehydrate_result r;

		begin();
		grow_second(grow);
		go_round(0);
		path = names[i] ? in_store(names[i]) : piece_at(one.journal->last.to);
		grow_second(grow);
		go_round(0);
		if (!names[i])
			CHECK(g_file_set_contents(path, "{}\n", -1, NULL));
		else
			CHECK_INT(unlink(path), 0);
		grow_all(grow);
		go_round(1);
		go_round(0);
		CHECK_INT(one.journal->end, BACKUP_VERIFIED);
		CHECK_INT(fetch(&r), 0);
		check_whole();
		end();
	}
}

/* ---- what comes back from a store that is not as it was left ---- */

static void flip(const char *path, size_t at)
{
	g_autofree char *data = NULL;
	gsize len;

	CHECK(g_file_get_contents(path, &data, &len, NULL));
	CHECK(len > at);
	data[at] ^= 1;
	CHECK(g_file_set_contents(path, data, (gssize)len, NULL));
}

static void test_damaged(void)
{
	g_autofree char *bundle = NULL, *second = NULL, *third = NULL, *beside = NULL;
	struct rehydrate_result r;

	begin();
	for (int i = 0; i < 3; i++) {
		grow_second(grow);
		go_round(0);
	}
	grow_all(grow);
	go_round(0);
	bundle = in_store("user1/1-000001.tar");
	second = in_store("user1/1-000002.tar");
	third = in_store("user1/1-000003.tar");
	flip(bundle, 600);                     /* in a chunk */
	flip(second, 130);                     /* in a header */
	CHECK_INT(unlink(third), 0);
	CHECK_INT(fetch(&r), 0);
	CHECK_INT(r.damaged, 2);
	CHECK(r.missing >= 3);
	CHECK(r.closed);
	beside = g_build_filename(other, ID, "chunks", "user1_audio_00_000000.webm.damaged", NULL);
	CHECK(g_file_test(beside, G_FILE_TEST_EXISTS));
	end();
}

/* A piece that is missing ends the timeline there; what bundles hold beyond is there for repair to find. */
static void test_hole(void)
{
	g_autofree char *piece = NULL, *back = NULL;
	struct repair_result repaired;
	struct rehydrate_result r;

	begin();
	grow_second(grow);
	go_round(0);
	piece = piece_at(one.journal->last.to);
	while (grow_second(grow))
		go_round(0);
	go_round(0);
	CHECK_INT(unlink(piece), 0);
	CHECK_INT(fetch(&r), 0);
	CHECK(!r.closed);
	CHECK_INT(r.missing + r.damaged + r.left_out, 0);
	check_same_chunks();
	back = g_build_filename(other, ID, NULL);
	CHECK_INT(repair(&(struct repair_conf){ .dir = back, .min_age_s = 60 }, &repaired), 0);
	CHECK(repaired.duration_ms >= (SECONDS - 1) * 1000);
	end();
}

static void append_line(const char *line)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL), *text = read_file(path), *more = g_strconcat(text, line, "\n", NULL);

	CHECK(g_file_set_contents(path, more, -1, NULL));
}

/* Who was erased stays so, whatever is still in the store; what a closed timeline does not know does not come in. */
static void test_erased(void)
{
	g_autofree char *chunks = NULL, *stray = NULL;
	g_autoptr(GByteArray) tar = g_byte_array_new();
	struct rehydrate_result r;

	begin();
	grow_all(grow);
	go_round(0);
	append_line("{\"type\":\"erased\",\"t_ms\":0,\"wall_ms\":1,\"participant\":\"user2\"}");
	CHECK_INT(bundle_add(tar, "user1_audio_07_000000.webm", "x", 1, 0), 0);
	bundle_end(tar);
	stray = in_store("user1/1-000009.tar");
	CHECK(g_file_set_contents(stray, (char *)tar->data, (gssize)tar->len, NULL));
	go_round(0);
	CHECK_INT(fetch(&r), 0);
	CHECK(r.left_out > 1);
	CHECK_INT(r.missing, 0);
	chunks = g_build_filename(other, ID, "chunks", NULL);
	GDir *d = g_dir_open(chunks, 0, NULL);
	for (const char *name; (name = g_dir_read_name(d));)
		CHECK(g_str_has_prefix(name, "user1_") && !strstr(name, "_07_"));
	g_dir_close(d);
	end();
}

/* Only chunks were missing here: what else there is stays as it is. */
static void test_into_place(void)
{
	g_autofree char *back = NULL, *mine = NULL, *chunks = NULL, *text = NULL;
	struct rehydrate_result r;

	begin();
	grow_all(grow);
	go_round(0);
	back = g_build_filename(other, ID, NULL);
	chunks = g_build_filename(back, "chunks", NULL);
	mine = g_build_filename(back, "metadata.json", NULL);
	CHECK_INT(fs_mkdirs(chunks, 0700), 0);
	CHECK(g_file_set_contents(mine, "{}", -1, NULL));
	CHECK_INT(fetch(&r), 0);
	check_whole();
	text = read_file(mine);
	CHECK_STR(text, "{}");
	end();
}

/* ---- sealed ---- */

static const char *const secrets[] = { "user1_audio", "Ann", "\"participant\"" };

static void check_nothing_legible(const char *path)
{
	GDir *d = g_dir_open(path, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *below = g_build_filename(path, name, NULL), *data = NULL;
		gsize len;

		if (g_file_test(below, G_FILE_TEST_IS_DIR)) {
			check_nothing_legible(below);
			continue;
		}
		CHECK(g_file_get_contents(below, &data, &len, NULL));
		for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++)
			if (memmem(data, len, secrets[i], strlen(secrets[i])))
				TEST_FAIL("%s is legible in %s", secrets[i], below);
	}
	if (d)
		g_dir_close(d);
}

static void insert(struct catalog *c)
{
	struct catalog_new_recording r = { .id = ID, .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = HOST, .title = "", .layout = "grid", .started_ms = 1760090400123 };

	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_status(c, ID, "recording", NULL), 0);
}

static void test_sealed(void)
{
	struct catalog *c = box_open();
	struct master_keys *masters = NULL;
	g_autofree char *key = NULL, *objects_dir = NULL, *bundle = NULL, *piece = NULL;
	const struct timespec later[2] = { { .tv_sec = clock_wall_ms() / 1000 + 120 }, { .tv_sec = clock_wall_ms() / 1000 + 120 } };
	struct rehydrate_result r;
	char why[300];

	begin();
	insert(c);
	key = g_build_filename(top, "master.key", NULL);
	CHECK_INT(fs_write_atomic(top, "master.key", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 48, 0600, 0), 0);
	if (master_keys_load(&masters, key, why, sizeof(why)))
		TEST_FAIL("%s", why);
	conf[0].encrypt = true;
	go_round(-ENOENT);
	grow_second(grow);
	go_round(-ENOKEY);
	one.at.catalog = c;
	one.at.masters = masters;
	go_round(0);
	grow_all(grow);
	go_round(0);
	CHECK_INT(one.journal->end, BACKUP_VERIFIED);
	objects_dir = in_store("");
	check_nothing_legible(objects_dir);
	CHECK_INT(fetch(&r), 0);
	check_whole();
	forget_back();
	bundle = in_store("user1/1-000001.tar");
	flip(bundle, 700);
	CHECK_INT(fetch(&r), 0);
	CHECK(r.damaged == 1 && r.missing > 0);
	forget_back();
	/* one in the clear that came later than the key is somebody else's */
	piece = in_store("timeline/1-000000000000.jsonl");
	CHECK(g_file_set_contents(piece, "{\"type\":\"start\"}\n", -1, NULL));
	CHECK(!utimensat(AT_FDCWD, piece, later, 0));
	CHECK_INT(fetch(&r), -EBADMSG);
	forget_back();
	CHECK_INT(catalog_key_drop(c, ID, 0), 1);
	CHECK_INT(fetch(&r), -ENOKEY);         /* shredded */
	master_keys_unref(&masters);
	end();
	box_close(c);
}

/* ---- the threads ---- */

static void await_state(struct catalog *c, const char *store, const char *state)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;
	g_autofree char *got = NULL;

	while (g_strcmp0(got, state)) {
		json_t *rows = NULL, *row;
		size_t i;

		if (clock_mono_us() > until_us)
			TEST_FAIL("originals in %s do not become %s, they are %s", store, state, got ? got : "nowhere");
		CHECK_INT(catalog_originals(c, ID, &rows), 0);
		json_array_foreach(rows, i, row)
			if (!strcmp(json_str(row, "store"), store)) {
				g_free(got);
				got = g_strdup(json_str(row, "state"));
			}
		json_decref(rows);
		g_usleep(STEP_US);
	}
}

static void await_objects(int n)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (objects() < n) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("there are %d objects, not %d", objects(), n);
		g_usleep(STEP_US);
	}
}

static struct backup *start(int every_ms)
{
	static char *here;
	struct backup_conf bc = { .catalog = box_path, .host_id = HOST, .stores = stores, .every_ms = every_ms, .look_ms = 20, .fallback_ms = 200 };
	struct backup *b = NULL;

	g_free(here);
	here = g_path_get_dirname(dir);
	bc.recordings = here;
	CHECK_INT(backup_create(&b, &bc), 0);
	return b;
}

/* In both stores while it runs, and verified after its end; started again in between. One store is away for a while, and the other does not wait. */
static void test_threads(void)
{
	struct catalog *c = box_open();
	g_autofree char *aside = NULL;
	struct rehydrate_result r;
	struct backup *b;

	begin();
	insert(c);
	aside = g_strconcat(conf[1].directory, ".away", NULL);
	CHECK_INT(rename(conf[1].directory, aside), 0);
	b = start(50);
	grow_second(grow);
	grow_second(grow);
	await_objects(3);
	backup_unref(&b);
	CHECK(!b);
	b = start(50);
	grow_all(grow);
	await_state(c, "main", "verified");
	await_state(c, "second", "running");
	CHECK_INT(rename(aside, conf[1].directory), 0);
	await_state(c, "second", "verified");
	CHECK_INT(fetch(&r), 0);
	check_whole();
	backup_unref(&b);
	end();
	box_close(c);
}

/* Deleted while it is being sent: nothing is put any more, and what was under way is gone. */
static void test_deleted_meanwhile(void)
{
	struct catalog_stop s = { .stopped_ms = 1, .duration_ms = 1, .chain_hash = "", .flags = "[]", .reason = "host" };
	struct catalog *c = box_open();
	struct backup *b;
	int before;

	begin();
	insert(c);
	b = start(1);
	grow_second(grow);
	await_objects(2);
	CHECK_INT(catalog_recording_stop(c, ID, &s), 0);
	CHECK_INT(catalog_recording_delete(c, ID), 0);
	CHECK_INT(catalog_originals_may(c, ID, HOST), -EPROTO);
	backup_unref(&b);
	grow_second(grow);
	go_round(0);                           /* somebody's round that had begun before */
	before = objects();
	backup_round_undo(&one);
	CHECK(objects() < before);
	CHECK_INT(catalog_originals_put(c, &(struct catalog_originals){ .recording = ID, .store = "main", .state = "running" }, true), -EPROTO);
	end();
	box_close(c);
}

/* ---- the catalog ---- */

static void test_catalog(void)
{
	struct catalog *c = box_open();
	struct catalog_originals o = { .recording = ID, .store = "second", .host_id = HOST, .state = "running", .objects = 2, .bytes = 10 };
	json_t *rows = NULL;

	CHECK_INT(catalog_originals_put(c, &o, false), -ENOENT);
	insert(c);
	CHECK_INT(catalog_originals_put(c, &o, false), 0);
	o.store = "main";
	o.objects = 3;
	CHECK_INT(catalog_originals_put(c, &o, true), 0);
	CHECK_INT(catalog_originals(c, ID, &rows), 0);
	CHECK_INT(json_array_size(rows), 2);
	CHECK_STR(json_str(json_array_get(rows, 0), "store"), "main");
	json_decref(rows);
	o.host_id = "another";
	CHECK_INT(catalog_originals_put(c, &o, true), -ESTALE);
	CHECK_INT(catalog_originals_may(c, ID, "another"), -ESTALE);
	CHECK_INT(catalog_originals_may(c, ID, HOST), 0);
	CHECK_INT(catalog_originals_open(c, HOST, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	json_decref(rows);
	CHECK_INT(catalog_originals_open(c, "another", &rows), 0);
	CHECK_INT(json_array_size(rows), 0);
	json_decref(rows);
	o.host_id = HOST;
	o.state = "verified";
	CHECK_INT(catalog_originals_put(c, &o, true), 0);
	CHECK_INT(catalog_originals_again(c, ID), 1);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test once[] = {
		TEST(test_grows), TEST(test_started_again), TEST(test_killed), TEST(test_repaired), TEST(test_lost_objects), TEST(test_damaged), TEST(test_hole), TEST(test_erased),
		TEST(test_into_place), TEST(test_sealed), TEST(test_threads),
	};
	static const struct test both[] = { TEST(test_deleted_meanwhile), TEST(test_catalog) };

	log_set_level(LOG_LEVEL_ERROR);
	return box_main_of(both, G_N_ELEMENTS(both), once, G_N_ELEMENTS(once), NULL, 0, argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small recording, damaged in every way and repaired: what comes out verifies as sound and repaired, keeps every file that can be read, and composes.
 */
#include "postprocess/repair.c"
#include "test.h"
#include "common/catalog_db.h"
#include "common/catalog_store.h"
#include "common/json.h"
#include "postprocess/avinfo.h"
#include "postprocess/compose.h"
#include "postprocess/model.h"
#include "postprocess/restore.h"
#include "postprocess/state_file.h"
#include "tests/lib/damage.h"
#include "tests/lib/make_recording.h"

enum { CHUNKS = 12 };

static struct damage *d;
static struct repair_result r;
static char *sound_text;       /* of the timeline before */

static char *timeline_text(void)
{
	char *path = g_build_filename(damage_dir(d), "timeline.jsonl", NULL), *text = NULL;

	fs_read(path, 1 << 24, &text, NULL);
	g_free(path);
	return text;
}

static int do_repair(bool dry_run, int min_age_s)
{
	struct repair_conf conf = { .dir = damage_dir(d), .dry_run = dry_run, .min_age_s = min_age_s };

	damage_touch(d);
	return repair(&conf, &r);
}

static void verify_again(const char *what, unsigned repaired)
{
	struct verify_conf conf = { .dir = damage_dir(d) };
	struct verify_result v;
	char s[512];

	CHECK_INT(verify(&conf, &v), 0);
	if (v.findings->len)
		TEST_FAIL("after %s, repaired: %s", what, verify_say(s, &g_array_index(v.findings, struct chain_finding, 0)));
	CHECK(v.summary.closed);
	CHECK_INT(v.summary.repaired, repaired);
	CHECK_STR(v.summary.chain, r.chain);
	verify_done(&v);
}

/* Repairs, looks at the result, and repairs again, which changes nothing. */
static void expect(const char *what, unsigned chunks)
{
	char *before, *after;
	struct model *m;
	size_t found = 0;

	CHECK_INT(do_repair(false, 0), 0);
	if (r.sound)
		TEST_FAIL("after %s: sound", what);
	if (r.chunks != chunks)
		TEST_FAIL("after %s: %u chunks, expected %u", what, r.chunks, chunks);
	verify_again(what, 1);
	CHECK_INT(model_load(&m, damage_dir(d)), 0);
	CHECK(m->stopped && g_strv_contains((const char *const *)m->flags, "repaired"));
	CHECK_INT(m->missing_chunks, 0);
	for (size_t i = 0; i < m->nparticipants; i++)
		for (size_t k = 0; k < m->participants[i]->nsources; k++)
			for (size_t s = 0; s < m->participants[i]->sources[k]->nsegments; s++)
				found += m->participants[i]->sources[k]->segments[s]->nchunks;
	CHECK_INT(found, chunks);
	model_unref(&m);
	before = timeline_text();
	CHECK_INT(do_repair(false, 0), 0);
	CHECK(r.sound);
	after = timeline_text();
	CHECK_STR(after, before);
	g_free(before);
	g_free(after);
}

static void compose_output(const char *output, int64_t duration_ms)
{
	struct compose_conf conf = { .dir = damage_dir(d), .output = output, .overwrite = true };
	struct compose_result c = { 0 };

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 160;
	conf.spec.height = 120;
	conf.spec.fps = 5;

	if (compose(&conf, &c))
		TEST_FAIL("it does not compose: %s", c.why);
	CHECK_NEAR(c.duration_ms, duration_ms, 250);
}

static void compose_it(int64_t duration_ms)
{
	compose_output("output", duration_ms);
}

static void test_sound(void)
{
	char *after;

	damage_reset(d);
	CHECK_INT(do_repair(false, 60), 0);
	CHECK(r.sound);
	CHECK_INT(r.chunks, CHUNKS);
	CHECK_STR(r.id, "rec_demo_1760090400123_abcdef");
	after = timeline_text();
	CHECK_STR(after, sound_text);
	g_free(after);
}

/* From the files alone. */
static void test_no_timeline(void)
{
	char *text;

	damage_reset(d);
	damage_remove_timeline(d);
	expect("no timeline", CHUNKS);
	CHECK_STR(r.room, "demo");
	CHECK_NEAR(r.duration_ms, 4000, 250);
	CHECK_INT(r.tracks, 3);
	text = timeline_text();
	CHECK(strstr(text, "\"participant\":\"user1\",\"role\":\"host\""));
	CHECK(strstr(text, "\"codec\":\"vp8\"") && strstr(text, "\"width\":64"));
	CHECK(!strstr(text, "\"muted\""));
	g_free(text);
	compose_it(4000);
}

static void test_chunk_length(void)
{
	struct make_participant people[] = { { .id = "user1", .sources = { { .source = "audio" } } }, { 0 } };
	struct make_conf conf = { .dir = make_scratch("rec_demo_1760090400123_abcdef"), .duration_ms = 9000, .chunk_ms = 2500, .people = people,
				  .no_timeline = true };
	struct repair_conf rc = { .dir = conf.dir };
	char *path = g_build_filename(conf.dir, "timeline.jsonl", NULL), *text = NULL;

	CHECK_INT(make_recording(&conf), 0);
	CHECK_INT(repair(&rc, &r), 0);
	CHECK_INT(fs_read(path, 1 << 20, &text, NULL), 0);
	CHECK(strstr(text, "\"chunk_ms\":2500"));
	g_free(text);
	g_free(path);
	make_remove((char **)&conf.dir);
}

static char *repaired_text(const char *dir)
{
	struct repair_conf conf = { .dir = dir };
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL);
	char *text = NULL;

	CHECK_INT(repair(&conf, &r), 0);
	CHECK(!r.sound);
	CHECK_INT(fs_read(path, 1 << 24, &text, NULL), 0);
	return text;
}

/* How pictures are turned is in the chunks as well: what the lines no longer say comes from there, but for the second in which it changed. */
static void test_rotation(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .sources = { { .source = "video", .width = 64, .height = 48, .fps = 10, .rotation = 90, .turn = { 1500, 180 } } } }, { 0 },
	};
	struct make_conf conf = { .dir = make_scratch("rec_demo_1760090400123_rotate"), .duration_ms = 4000, .people = people };
	g_autofree char *path = g_build_filename(conf.dir, "timeline.jsonl", NULL);
	char *text = NULL, *at, *end;

	CHECK_INT(make_recording(&conf), 0);
	CHECK_INT(fs_read(path, 1 << 24, &text, NULL), 0);
	at = strstr(text, "{\"type\":\"rotation\"");
	CHECK(at != NULL);
	end = strchr(at, '\n') + 1;
	memmove(at, end, strlen(end) + 1);
	CHECK(g_file_set_contents(path, text, -1, NULL));
	g_free(text);
	text = repaired_text(conf.dir);
	CHECK(strstr(text, "\"rotation\":90,") && !strstr(text, "\"reason\":\"repaired\""));
	at = strstr(text, "{\"type\":\"rotation\",\"t_ms\":2000,");
	CHECK(at && strstr(at, "\"rotation\":180}") && !strstr(at + 1, "{\"type\":\"rotation\""));
	g_free(text);
	CHECK_INT(unlink(path), 0);
	text = repaired_text(conf.dir);
	CHECK(strstr(text, "\"rotation\":90,\"reason\":\"repaired\"}"));
	CHECK(strstr(text, "{\"type\":\"rotation\",\"t_ms\":2000,"));
	g_free(text);
	make_remove((char **)&conf.dir);
}

static void test_cut_timeline(void)
{
	for (guint keep = 0; keep < 28; keep += 3) {
		damage_reset(d);
		if (keep >= damage_lines(d))
			break;
		damage_truncate(d, keep);
		expect("the end cut off", CHUNKS);
		CHECK_NEAR(r.duration_ms, 4000, 250);
		CHECK(keep == 0 || r.lines_kept > 0);
	}
}

static void test_lines(void)
{
	static char what[1024];

	damage_reset(d);
	for (guint i = 0; i < damage_lines(d); i++) {
		damage_reset(d);
		damage_garble_line(d, i);
		expect("a line garbled", CHUNKS);
		CHECK_INT(r.duration_ms, i + 1 == damage_lines(d) ? r.duration_ms : 4000);
		damage_reset(d);
		damage_remove_line(d, i);
		expect("a line removed", CHUNKS);
		for (int k = getenv("RECROOM_FULL") && *getenv("RECROOM_FULL") ? 100 : 1; k > 0; k--) {
			damage_reset(d);
			damage_flip_line(d, i);
			snprintf(what, sizeof(what), "a character changed: %.900s", damage_line(d, i));
			if (do_repair(true, 0) == 0 && !r.sound)
				expect(what, CHUNKS);
		}
	}
	damage_reset(d);
	damage_garble_line(d, damage_first_chunk(d));
	CHECK_INT(do_repair(false, 0), 0);
	compose_it(4000);
}

static void test_files(void)
{
	char *file, *next, *text;

	damage_reset(d);
	for (guint i = damage_first_chunk(d); i < damage_lines(d); i += 3) {
		damage_reset(d);
		if (!damage_file(d, i))
			continue;
		file = g_strdup(damage_file(d, i));
		next = g_strdup(damage_next_file(d, i));
		damage_remove_file(d, file);
		expect("a file removed", CHUNKS - 1);
		text = timeline_text();
		CHECK(strstr(text, "\"reason\":\"missing\""));
		g_free(text);
		damage_reset(d);
		damage_flip_file(d, file, 0.9);
		expect("a bit in a file", CHUNKS);
		damage_reset(d);
		damage_remove_line(d, i);
		damage_remove_file(d, file);
		expect("line and file removed", CHUNKS - 1);
		damage_reset(d);
		damage_link(d, file);
		expect("a link", CHUNKS - 1);
		if (next) {
			damage_reset(d);
			damage_remove_file(d, file);
			damage_remove_file(d, next);
			damage_remove_timeline(d);
			expect("two files and the timeline removed", CHUNKS - 2);
		}
		g_free(file);
		g_free(next);
	}
	compose_it(4000);
}

static void write_chunk_file(const char *name, const char *text)
{
	char *path = g_build_filename(damage_dir(d), "chunks", name, NULL);

	CHECK(g_file_set_contents(path, text, -1, NULL));
	g_free(path);
}

static bool there(const char *name)
{
	char *path = g_build_filename(damage_dir(d), name, NULL);
	bool yes = access(path, F_OK) == 0;

	g_free(path);
	return yes;
}

/* As after a kill: newest lines are missing, one file has its temporary name, one is half, one is rubbish. */
static void test_temporaries(void)
{
	damage_reset(d);
	damage_truncate(d, damage_first_chunk(d) + 6);
	damage_rename(d, "user1_audio_00_000003.webm", ".user1_audio_00_000003.webm.tmp");
	write_chunk_file(".user2_audio_00_000004.webm.tmp", "half");
	write_chunk_file("user2_video_00_000009.webm", "rubbish");
	expect("temporary files", CHUNKS);
	CHECK(there("chunks/user1_audio_00_000003.webm") && there("chunks/user2_video_00_000009.webm.damaged"));
	CHECK(there("timeline.jsonl.damaged-1") && !there("timeline.jsonl.damaged-2"));
	damage_remove_file(d, "user1_audio_00_000000.webm");
	CHECK_INT(do_repair(false, 0), 0);
	verify_again("second damage", 2);
	CHECK(there("timeline.jsonl.damaged-2"));
	CHECK_STR(r.kept_as, "timeline.jsonl.damaged-2");
}

static void test_dry_run(void)
{
	char *before, *after;

	damage_reset(d);
	damage_garble_line(d, 5);
	damage_rename(d, "user1_audio_00_000003.webm", ".user1_audio_00_000003.webm.tmp");
	before = timeline_text();
	CHECK_INT(do_repair(true, 0), 0);
	CHECK(!r.sound && r.adopted == 1);
	after = timeline_text();
	CHECK_STR(after, before);
	CHECK(there("chunks/.user1_audio_00_000003.webm.tmp") && !there("timeline.jsonl.damaged-1") && !there(NEW_NAME));
	g_free(before);
	g_free(after);
}

static void set_mtime(const char *name, time_t t)
{
	char *path = g_build_filename(damage_dir(d), name, NULL);
	struct timespec times[2] = { { t, 0 }, { t, 0 } };

	CHECK_INT(utimensat(AT_FDCWD, path, times, 0), 0);
	g_free(path);
}

/* Not closed: `age_s` after the last write to it, it may be repaired or not. */
static void check_age(int age_s, int min_age_s, int expected)
{
	damage_reset(d);
	damage_truncate(d, 12);
	set_mtime("timeline.jsonl", time(NULL) - age_s);
	set_mtime("chunks", time(NULL) - age_s);
	CHECK_INT(do_repair(true, min_age_s), expected);
}

static void test_refuses(void)
{
	struct repair_conf conf = { .dir = "/nonexistent" };

	damage_reset(d);
	damage_truncate(d, 12);
	CHECK_INT(do_repair(false, 60), -EBUSY);
	check_age(600, 60, 0);
	check_age(-600, 60, -EBUSY);
	check_age(-600, 0, 0);
	CHECK_INT(repair(&conf, &r), -ENOENT);
	conf.dir = "/tmp";
	CHECK_INT(repair(&conf, &r), -ENODATA);
	damage_reset(d);
	damage_flip_text(d, 0, "\"format\":1", "\"format\":2");
	CHECK_INT(do_repair(false, 0), -EPROTO);
}

static json_t *row_of(struct catalog *c)
{
	json_t *o = NULL;

	CHECK_INT(catalog_recording_get(c, r.id, &o), 0);
	return o;
}

/* A catalog that is lost: the recording comes back with a job, or, where its file is there, completed. */
static void test_catalog(void)
{
	char *root = g_path_get_dirname(damage_dir(d)), *url = g_build_filename(root, "recroom.db", NULL);
	struct catalog *c;
	json_t *o, *later;

	damage_reset(d);
	damage_remove_timeline(d);
	CHECK_INT(do_repair(false, 0), 0);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(restore_rows(c, damage_dir(d), "host", &r), 1);
	CHECK_INT(restore_rows(c, damage_dir(d), "host", &r), 0);
	o = row_of(c);
	CHECK_STR(json_str(o, "status"), "processing");
	CHECK_STR(json_str(o, "chain_hash"), r.chain);
	CHECK_STR(json_str(json_object_get(o, "job"), "state"), "queued");
	CHECK_INT(json_array_size(json_object_get(o, "participants")), 2);
	CHECK_STR(json_str(json_array_get(json_object_get(o, "participants"), 0), "name"), "Ann");
	CHECK_STR(json_string_value(json_array_get(json_object_get(o, "flags"), 1)), "repaired");
	json_decref(o);
	CHECK_INT(catalog_hold(c, r.id, true, "Case 4711"), 0);
	CHECK_INT(catalog_keep(c, r.id, &(struct catalog_keep){ .outputs = true, .keep_until_ms = 4000000000000 }), 0);
	state_file_write(c, root, r.id);
	catalog_close(&c);
	unlink(url);
	compose_it(4000);
	compose_output("outputs/3-grid-160x120", 4000);
	CHECK_INT(do_repair(false, 0), 0);
	CHECK(r.sound);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(restore_rows(c, damage_dir(d), "host", &r), 1);
	o = row_of(c);
	CHECK_STR(json_str(o, "held_reason"), "Case 4711");
	CHECK_INT(json_num(o, "keep_until_ms", 0), 4000000000000);
	CHECK_STR(json_str(o, "status"), "completed");
	CHECK_INT(json_array_size(json_object_get(json_array_get(json_object_get(o, "outputs"), 0), "files")), 7);
	later = json_array_get(json_object_get(o, "outputs"), 1);               /* its number is not given away */
	CHECK_INT(json_num(later, "id", 0), 3);
	CHECK_STR(json_str(later, "state"), "done");
	CHECK(g_str_has_suffix(json_str(later, "path"), "/outputs/3-grid-160x120.webm"));
	CHECK_INT(json_array_size(json_object_get(later, "files")), 7);
	json_decref(o);
	catalog_close(&c);
	g_free(url);
	g_free(root);
}

/* Who was told, who agreed and who did not is known again, as it was last; and when they were told. */
static void test_consents(void)
{
	static const char *const lines[] = {
		"{\"type\":\"consent\",\"t_ms\":0,\"wall_ms\":1795357800001,\"participant\":\"user1\",\"state\":\"told\"}",
		"{\"type\":\"consent\",\"t_ms\":0,\"wall_ms\":1795357800002,\"participant\":\"user2\",\"state\":\"told\"}",
		"{\"type\":\"consent\",\"t_ms\":0,\"wall_ms\":1795357800003,\"participant\":\"user2\",\"state\":\"agreed\"}",
		"{\"type\":\"consent\",\"t_ms\":0,\"wall_ms\":1795357800004,\"participant\":\"user2\",\"state\":\"declined\"}",
	};
	char *root = g_path_get_dirname(damage_dir(d)), *url = g_build_filename(root, "recroom.db", NULL);
	json_t *o, *people;
	struct catalog *c;
	int64_t n = 0;

	damage_reset(d);
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
		damage_insert_line(d, (guint)(1 + i), lines[i]);
	CHECK_INT(do_repair(false, 0), 0);
	unlink(url);
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(restore_rows(c, damage_dir(d), "host", &r), 1);
	o = row_of(c);
	people = json_object_get(o, "participants");
	CHECK_INT(json_array_size(people), 2);
	CHECK_STR(json_str(json_array_get(people, 0), "consent"), "told");
	CHECK_STR(json_str(json_array_get(people, 1), "consent"), "declined");
	json_decref(o);
	CHECK_INT(catalog_view(c), 0);
	CHECK_INT(catalog_end(c, db_int(c->db, &n, "SELECT told_ms FROM consents WHERE participant = 'user2' AND at_ms = 1795357800004", "")), 1);
	CHECK_INT(n, 1795357800002);
	catalog_close(&c);
	unlink(url);
	g_free(url);
	g_free(root);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_sound), TEST(test_no_timeline), TEST(test_chunk_length), TEST(test_rotation), TEST(test_cut_timeline), TEST(test_lines), TEST(test_files),
		TEST(test_temporaries), TEST(test_dry_run), TEST(test_refuses), TEST(test_catalog), TEST(test_consents),
	};
	int failed;

	avinfo_log();
	d = damage_create();
	sound_text = timeline_text();
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	damage_free(d);
	g_free(sound_text);
	return failed;
}

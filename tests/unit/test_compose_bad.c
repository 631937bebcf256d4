/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever has become of a recording's directory: composing ends, with a file of what can be saved, or with a sentence and nothing under a final name; and
 * the chunks are as they were. What is missing lies in a gap in metadata.json that says why.
 */
#include <glib.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/sha256.h"
#include "tests/lib/encode.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/damages.h"
#include "postprocess/compose.h"

enum { SECONDS = 240 };        /* for all of it: a hang ends the test */

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 160, .height = 90, .fps = 10 } } },
	{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .tone_hz = 660 }, { .source = "video", .width = 64, .height = 48, .fps = 10 } } },
	{ 0 }
};
static const struct make_participant nobody[] = { { 0 } };

#define V0 "chunks/user1_video_00_000000.webm"
#define V1 "chunks/user1_video_00_000001.webm"
#define A0 "chunks/user1_audio_00_000000.webm"
#define A1 "chunks/user1_audio_00_000001.webm"
#define OTHER_V "chunks/user2_video_00_000001.webm"

/* ---- the table ---- */

#define TL "timeline.jsonl"
#define NAMES "participants.json"
static const struct {
	const char *what;
	void (*damage)(const char *name, const char *arg);
	const char *name, *arg;
	bool composed;
	const char *expected;      /* what metadata.json says: each gap, "bad_lines"; or, instead of a file, a sentence like this */
} rows[] = {
	{ "whole", nothing, "", "", true, "" },
	{ "a chunk missing", gone, V0, "", true, "user1 video missing, user1 video decode" },
	{ "a sound missing", gone, A0, "", true, "user1 audio missing" },
	{ "zero-length", cut, V1, "0", true, "user1 video damaged" },
	{ "truncated in its header", cut, V1, "5", true, "user1 video damaged" },
	{ "truncated picture", cut, V0, "70", true, "user1 video damaged, user1 video decode" },
	{ "truncated", cut, A1, "60", true, "user1 audio damaged" },
	{ "corrupt", noise, V0, "", true, "user1 video damaged, user1 video decode" },
	{ "corrupt sound", noise, A0, "", true, "user1 audio damaged" },
	{ "duplicated", copy, V1, V0, true, "user1 video foreign" },
	{ "somebody else's", copy, V1, OTHER_V, true, "user1 video foreign" },
	{ "somebody else's sound", copy, A0, "chunks/user2_audio_00_000000.webm", true, "user1 audio foreign" },
	{ "sound for a picture", copy, V0, A0, true, "user1 video foreign, user1 video decode" },
	{ "claims 16383x16383 in its frame", huge, V0, "", true, "user1 video decode" },
	{ "a link", link_to, V1, "/etc/passwd", true, "user1 video damaged" },
	{ "a link to itself", link_to, V1, "user1_video_00_000001.webm", true, "user1 video damaged" },
	{ "a link to a device", link_to, V1, "/dev/zero", true, "user1 video damaged" },
	{ "a pipe", fifo, V1, "", true, "user1 video damaged" },
	{ "a pipe for sound", fifo, A0, "", true, "user1 audio damaged" },
	{ "a directory", folder, V0, "", true, "user1 video damaged, user1 video decode" },
	{ "timeline empty", text, TL, "", true, "" },
	{ "timeline no JSON", text, TL, "\x01\x02 nonsense\n\n{}\n[]\n7\n", true, "bad_lines" },
	{ "timeline cut in mid-line", cut, TL, "55", true, "" },
	{ "timeline missing", gone, TL, "", true, "" },
	{ "timeline a pipe", fifo, TL, "", false, "^timeline.jsonl is not a plain file; .*repair" },
	{ "timeline a directory", folder, TL, "", false, "^timeline.jsonl is not a plain file; .*repair" },
	{ "timeline a link to a device", link_to, TL, "/dev/zero", false, "^timeline.jsonl is not a plain file; .*repair" },
	{ "timeline a link to nothing", link_to, TL, "nothing", false, "^timeline.jsonl is not a plain file; .*repair" },
	{ "newer format", edit, TL, "\"format\":1|\"format\":7", false, "^The recording was written by a newer version .*; compose it with that one" },
	{ "claims 16384x16384", edit, TL, "\"width\":160,\"height\":90|\"width\":16384,\"height\":16384", true, "" },
	{ "claims more", edit, TL, "\"width\":160|\"width\":99999999999", true, "" },
	{ "negative times", edit, TL, "\"t_ms\":1000|\"t_ms\":-1000", true, "bad_lines" },
	{ "absurd times", edit, TL, "\"end_ms\":1|\"end_ms\":99999999999991", true, "bad_lines" },
	{ "three weeks long", drop_stop, TL, "1814400000", true, "bad_lines" },
	{ "a thousand years long", drop_stop, TL, "31536000000000", true, "bad_lines" },
	{ "negative length", drop_stop, TL, "-5", true, "bad_lines" },
	{ "other codec than it says", edit, TL, "\"codec\":\"vp8\"|\"codec\":\"av1\"", true, "user1 video damaged, user2 video damaged" },
	{ "unknown codec", edit, TL, "\"codec\":\"vp8\"|\"codec\":\"mpeg\"", true, "user1 video damaged, user2 video damaged" },
	{ "names no JSON", text, NAMES, "{\"participants\":", true, "" },
	{ "names a pipe", fifo, NAMES, "", true, "" },
	{ "names a directory", folder, NAMES, "", true, "" },
	{ "names a link to a device", link_to, NAMES, "/dev/zero", true, "" },
	{ "names missing", gone, NAMES, "", true, "" },
};

/* ---- what composing may not touch ---- */

static void hash_entry(struct sha256 *hash, const char *name)
{
	g_autofree char *path = at(name), *data = NULL;
	struct stat st = { 0 };
	gsize len = 0;

	sha256_update(hash, name, strlen(name) + 1);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && g_file_get_contents(path, &data, &len, NULL))
		sha256_update(hash, data, len);
	sha256_update(hash, &st.st_mode, sizeof(st.st_mode));
	sha256_update(hash, &st.st_ino, sizeof(st.st_ino));
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void hash_originals(char out[SHA256_HEX])
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = at("chunks");
	GDir *d = g_dir_open(path, 0, NULL);
	struct sha256 *hash = sha256_create();
	const char *name;

	while (d && (name = g_dir_read_name(d)))
		g_ptr_array_add(names, g_build_filename("chunks", name, NULL));
	if (d)
		g_dir_close(d);
	g_ptr_array_add(names, g_strdup(TL));
	g_ptr_array_add(names, g_strdup(NAMES));
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++)
		hash_entry(hash, names->pdata[i]);
	sha256_final(hash, out);
}

/* ---- what came of it ---- */

static bool has_leftovers(void)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;
	bool found = false;

	while ((name = g_dir_read_name(d)))
		found = found || (strcmp(name, "chunks") && strcmp(name, TL) && strcmp(name, NAMES));
	g_dir_close(d);
	return found;
}

/** "user1 video damaged": once each, in the order of tracks. */
static void say_gaps(GString *found, const char *id, json_t *track)
{
	json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(track, "gaps"), i, gap) {
		g_autofree char *word = g_strdup_printf("%s %s %s", id, json_str(track, "source"), json_str(gap, "reason"));

		CHECK(json_num(gap, "to_ms", -1) > json_num(gap, "from_ms", -1) && json_num(gap, "from_ms", -1) >= 0);
		if (!strstr(found->str, word))
			g_string_append_printf(found, "%s%s", found->len ? ", " : "", word);
	}
}

static char *found_in_metadata(void)
{
	g_autofree char *path = at("metadata.json");
	json_t *doc = json_load_file(path, 0, NULL), *call_ = json_object_get(doc, "call"), *who, *track;
	GString *found = g_string_new(json_num(call_, "bad_lines", 0) ? "bad_lines" : "");
	size_t i, k;

	json_array_foreach(json_object_get(call_, "participants"), i, who)
		json_array_foreach(json_object_get(who, "tracks"), k, track)
			say_gaps(found, json_str(who, "id"), track);
	json_decref(doc);
	return g_string_free(found, FALSE);
}

static void check_composed(const char *what, const char *expected, const struct compose_result *r)
{
	g_autofree char *output = at("output.webm"), *found = NULL;

	if (access(output, F_OK) || r->duration_ms > 3700000)
		TEST_FAIL("%s: no output, or one of %lld ms", what, (long long)r->duration_ms);
	found = found_in_metadata();
	if (strcmp(found, expected))
		TEST_FAIL("%s: metadata.json says \"%s\", expected \"%s\"", what, found, expected);
}

static void compose_it(const char *what, bool composed, const char *expected)
{
	struct compose_conf conf = { .dir = dir, .threads = 1 };
	char before[SHA256_HEX], after[SHA256_HEX];
	struct compose_result r;
	int err;

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 160;
	conf.spec.height = 90;
	conf.spec.fps = 5;
	hash_originals(before);
	err = compose(&conf, &r);
	hash_originals(after);
	if (strcmp(before, after))
		TEST_FAIL("%s: the originals were changed", what);
	if (!err != composed)
		TEST_FAIL("%s: %d %s", what, err, r.why);
	if (!composed && (!g_regex_match_simple(expected, r.why, 0, 0) || has_leftovers()))
		TEST_FAIL("%s: something is left, or another sentence: %s", what, r.why);
	if (composed)
		check_composed(what, expected, &r);
}

static void make(int64_t duration_ms, const struct make_participant *people)
{
	dir = make_scratch("rec_demo_1760090400123_abcdef");
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = duration_ms, .people = people }), 0);
}

static void test_table(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		make(1200, call);
		rows[i].damage(rows[i].name, rows[i].arg);
		compose_it(rows[i].what, rows[i].composed, rows[i].expected);
		make_remove(&dir);
	}
}

/* ---- pictures nobody sends ---- */

enum { CLIP = 8 };

/** Pictures of one a `step_ms`, of sizes as `size` says; encoder e of the last one. */
static struct make_clip clip_of(int64_t step_ms, int (*size)(int i), bool keyframes)
{
	struct make_clip clip = { g_new0(AVPacket *, CLIP), CLIP, CLIP * step_ms };
	struct encode *e = NULL;

	for (int i = 0, width = 0; i < CLIP; i++) {
		bool anew = size(i) != width;

		width = size(i);
		if (anew)
			encode_unref(&e);
		if (anew)
			CHECK_INT(encode_create(&e, "vp8", width, width / 2), 0);
		clip.packets[i] = av_packet_alloc();
		memset(encode_picture(e)->data[0], 40 + 20 * i, (size_t)encode_picture(e)->linesize[0]);
		CHECK_INT(encode_frame(e, i * step_ms, keyframes && anew, clip.packets[i]), 0);
		clip.packets[i]->pts = i * step_ms;
		clip.packets[i]->duration = step_ms;
	}
	encode_unref(&e);
	return clip;
}

static void drop_clip(struct make_clip *clip)
{
	for (size_t i = 0; i < clip->npackets; i++)
		av_packet_free(&clip->packets[i]);
	g_free(clip->packets);
}

static void compose_clip(const char *what, const struct make_clip *clip, const char *found)
{
	struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" },
		{ .source = "video", .width = 160, .height = 80, .clip = clip } } }, { 0 } };

	make(8000, people);
	compose_it(what, true, found);
	make_remove(&dir);
}

static int another_size(int i)
{
	static const int sizes[] = { 160, 16, 640, 2, 320, 1280, 30, 162 };

	return sizes[i % (int)G_N_ELEMENTS(sizes)];
}

static int one_size(int i)
{
	(void)i;
	return 160;
}

static void test_sizes_every_second(void)
{
	struct make_clip clip = clip_of(1000, another_size, true);

	compose_clip("another size every second", &clip, "");
	drop_clip(&clip);
}

static void test_no_keyframe(void)
{
	struct make_clip clip = clip_of(125, one_size, true);

	av_packet_free(&clip.packets[0]);
	memmove(clip.packets, clip.packets + 1, --clip.npackets * sizeof(*clip.packets));
	compose_clip("no keyframe", &clip, "user1 video decode");
	drop_clip(&clip);
}

/* ---- too little, too much ---- */

static void test_nobody(void)
{
	make(1000, nobody);
	compose_it("nobody", true, "");
	make_remove(&dir);
}

/* Lines nobody needs, by the megabyte */
static void test_large_timeline(void)
{
	const char *full = getenv("RECROOM_FULL");
	int lines = full && *full ? 1000000 : 50000;
	g_autofree char *path = NULL;
	FILE *f;

	dir = make_scratch("rec_demo_1760090400123_abcdef");
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1000, .no_stop = true, .people = call }), 0);
	path = at(TL);
	f = fopen(path, "a");
	for (int i = 0; i < lines; i++)
		fprintf(f, "{\"type\":\"%s\",\"t_ms\":%d,\"wall_ms\":0,\"participant\":\"user%d\",\"source\":\"audio\"}\n", i & 1 ? "muted" : "whatever", i % 1000, 1 + i % 2);
	CHECK_INT(fclose(f), 0);
	compose_it("large timeline", true, "");
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_table), TEST(test_sizes_every_second), TEST(test_no_keyframe), TEST(test_nobody), TEST(test_large_timeline) };

	alarm(SECONDS);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

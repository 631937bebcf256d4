/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composing as a whole, on small synthetic recordings: everybody in their place and time, the same bytes whatever the number of threads, and a file
 * from whatever a crash leaves.
 */
#include "common/json.h"
#include "tests/lib/make_recording.h"
#include "tests/lib/read_output.h"
#include "tests/lib/schema.h"
#include "tests/unit/test.h"
#include "postprocess/compose.c"
#include "postprocess/director.h"

enum { FRAME_MS = 34, GREEN = 0x00b43c, BLUE = 0x3050c0 };

static struct compose_conf conf_for(const char *dir)
{
	struct compose_conf conf = { .dir = dir, .threads = 2 };

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 320;
	conf.spec.height = 180;
	conf.spec.video_bitrate = 800000;
	conf.spec.segment_ms = 1000;
	return conf;
}

static char *make(int64_t duration_ms, const struct make_participant *people)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = duration_ms, .title = "Weekly", .people = people }), 0);
	return dir;
}

/** Composes and reads the file back. */
static struct output *composed(const char *dir, struct compose_result *r)
{
	struct compose_conf conf = conf_for(dir);
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL), *fault = NULL;
	struct output *o = NULL;
	int err = compose(&conf, r);

	if (err)
		TEST_FAIL("compose: %d, %s", err, r->why);
	fault = schema_metadata_fault(SRCDIR, dir);
	if (fault)
		TEST_FAIL("metadata.json: %s", fault);
	CHECK_INT(output_read(&o, path), 0);
	return o;
}

static bool looks(const struct output *o, int64_t t_ms, int x, int y, int want)
{
	int rgb[3];

	output_rgb(o, t_ms, x, y, rgb);
	return abs(rgb[0] - (want >> 16 & 255)) <= 12 && abs(rgb[1] - (want >> 8 & 255)) <= 12 && abs(rgb[2] - (want & 255)) <= 12;
}

static void check_colour(const struct output *o, int64_t t_ms, int x, int y, int want)
{
	int rgb[3];

	output_rgb(o, t_ms, x, y, rgb);
	if (!looks(o, t_ms, x, y, want))
		TEST_FAIL("at %d ms, %d‰ %d‰: %02x%02x%02x, expected %06x", (int)t_ms, x, y, (unsigned)rgb[0], (unsigned)rgb[1], (unsigned)rgb[2], (unsigned)want);
}

/* ---- place and time ---- */

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .rgb = GREEN } } },
	{ .id = "user2", .name = "Bob", .joined_ms = 1000, .left_ms = 3000,
	  .sources = { { .source = "audio", .from_ms = 1000, .to_ms = 3000, .tone_hz = 660 },
		       { .source = "video", .from_ms = 1000, .to_ms = 3000, .fps = 20, .rgb = BLUE, .muted = { { 2000, 2500 } } } } },
	{ 0 }
};

/** Flashes are where the tile is, from the whole second on, and nowhere else. A quarter of the picture's width lies in the left tile, or in the only one. */
static void check_flashes(const struct output *o, int x, int64_t from_ms, int64_t to_ms, int colour)
{
	for (guint i = 0; i < o->frames->len; i++) {
		const AVFrame *f = o->frames->pdata[i];
		int64_t in_second = f->pts % 1000;

		if (f->pts < from_ms || f->pts >= to_ms)
			continue;
		if (in_second < MAKE_FLASH_MS - FRAME_MS)
			check_colour(o, f->pts, x, 400, 0xffffff);
		else if (in_second > MAKE_FLASH_MS + 50)       /* a 20 fps source is up to 50 ms behind */
			check_colour(o, f->pts, x, 400, colour);
	}
}

static void test_place_and_time(void)
{
	enum { JOINED_MS = 1000 + DIRECTOR_SETTLE_MS, LEFT_MS = JOINED_MS + DIRECTOR_CALM_MS, MOVED_MS = SCENE_MOVE_MS + FRAME_MS };
	char *dir = make(5500, call);
	struct compose_result r;
	struct output *o = composed(dir, &r);

	check_flashes(o, 250, 0, 5500, GREEN);
	check_flashes(o, 750, 0, JOINED_MS, GREEN);    /* alone */
	check_flashes(o, 750, JOINED_MS + MOVED_MS, 2000, BLUE);
	check_flashes(o, 750, 2500, 3000, BLUE);
	for (int64_t t_ms = 3050; t_ms < LEFT_MS; t_ms += 100)
		check_colour(o, t_ms, 750, 500, 0x16181d);     /* the early leaver's place is empty at once, and closed when that is calm */
	check_flashes(o, 750, LEFT_MS + MOVED_MS, 5500, GREEN);
	CHECK(!looks(o, 2000, 750, 400, 0xffffff));    /* camera off: no flash, no frozen picture */
	for (int64_t t_ms = 2000; t_ms < 2500; t_ms += 50)
		check_colour(o, t_ms, 530, 300, 0x22262e);
	CHECK(!looks(o, 2300, 750, 500, 0x22262e));    /* initials in a circle */
	CHECK_INT(o->width, 320);
	CHECK(o->bt709);
	CHECK_STR(o->title, "Weekly");
	output_unref(&o);
	make_remove(&dir);
}

static void test_container(void)
{
	char *dir = make(4210, call);
	struct compose_result r;
	struct output *o = composed(dir, &r);

	CHECK_NEAR(o->duration_ms, 4210, FRAME_MS);
	CHECK_INT(((AVFrame *)o->frames->pdata[o->frames->len - 1])->pts, 4200);
	CHECK_NEAR(o->audio_end_ms, 4210, 20);
	CHECK_NEAR(o->audio_begin_us, -6500, 1000);    /* the pre-skip: what is heard first is at 0 */
	CHECK_INT(r.duration_ms, 4210);
	CHECK_INT(o->keys->len, 5);
	CHECK_INT(o->cues, 5);
	for (guint i = 0; i < o->keys->len; i++)
		CHECK_INT(g_array_index(o->keys, int64_t, i), 1000 * i);
	CHECK_INT(r.nfiles, 7);
	output_unref(&o);
	make_remove(&dir);
}

/** Frames in which nothing changed are left out, but one a second. */
static void test_still(void)
{
	static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } }, { 0 } };
	char *dir = make(3500, people);
	struct compose_conf conf = conf_for(dir);
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	struct compose_result r;
	struct output *o = NULL;

	conf.spec.segment_ms = 10000;
	CHECK_INT(compose(&conf, &r), 0);
	CHECK_INT(output_read(&o, path), 0);
	CHECK_INT(o->frames->len, 4);
	CHECK_NEAR(o->duration_ms, 3500, FRAME_MS);
	output_unref(&o);
	make_remove(&dir);
}

/** What stood for long is there once more right before it changes: who looks for the next frame from there on finds the one that belongs. */
static void test_stood(void)
{
	static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } },
							  { .id = "user2", .name = "Bob", .joined_ms = 2500 }, { 0 } };
	char *dir = make(3500, people);
	struct compose_conf conf = conf_for(dir);
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	struct compose_result r;
	struct output *o = NULL;

	conf.spec.segment_ms = 10000;
	CHECK_INT(compose(&conf, &r), 0);
	CHECK_INT(output_read(&o, path), 0);
	CHECK(o->frames->len > 4);
	if (o->frames->len > 4) {
		AVFrame **f = (AVFrame **)o->frames->pdata;

		CHECK_INT(f[2]->pts, 2000);
		CHECK(f[3]->pts >= 2500 - FRAME_MS && f[3]->pts < 3000);       /* Bob's tile does not come at once */
		CHECK(f[4]->pts - f[3]->pts <= FRAME_MS);
	}
	output_unref(&o);
	make_remove(&dir);
}

/* ---- the same bytes ---- */

static void digest_of(const char *dir, const char *format, int threads, char out[65])
{
	struct compose_conf conf = conf_for(dir);
	struct compose_result r;

	conf.threads = threads;
	conf.overwrite = true;
	g_strlcpy(conf.spec.format, format, sizeof(conf.spec.format));
	CHECK_INT(compose(&conf, &r), 0);
	g_strlcpy(out, r.files[0].sha256, 65);
}

static void test_same_bytes(void)
{
	static const char *const formats[] = { "md5", "webm" };
	char *dir = make(3000, call), one[65], two[65], again[65];

	for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
		digest_of(dir, formats[i], 1, one);
		digest_of(dir, formats[i], 2, two);
		digest_of(dir, formats[i], 2, again);
		CHECK(strlen(one) >= 32);
		CHECK_STR(two, one);
		CHECK_STR(again, one);
	}
	make_remove(&dir);
}

/* ---- little or nothing there ---- */

static void test_nobody(void)
{
	static const struct { int64_t duration_ms, expect_ms; } rows[] = { { 2000, 2000 }, { 0, 33 }, { 5, 5 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *dir = make(rows[i].duration_ms, NULL);
		struct compose_result r;
		struct output *o = composed(dir, &r);
		int bright = 0;

		CHECK_NEAR(o->duration_ms, rows[i].expect_ms, FRAME_MS);
		check_colour(o, 0, 500, 100, 0x16181d);
		for (int k = 0; k < 50 * 50; k++)
			bright += !looks(o, 0, k % 50 * 20, 300 + k / 50 * 8, 0x16181d);
		CHECK(bright > 50);                    /* a sentence */
		output_unref(&o);
		make_remove(&dir);
	}
}

static void test_video_only(void)
{
	static const struct make_participant people[] = { { .id = "user1", .sources = { { .source = "video", .rgb = BLUE } } }, { 0 } };
	char *dir = make(1500, people);
	struct compose_result r;
	struct output *o = composed(dir, &r);

	check_flashes(o, 500, 0, 1500, BLUE);
	CHECK(o->audio_packets > 0);
	output_unref(&o);
	make_remove(&dir);
}

/* ---- damage ---- */

static json_t *metadata_of(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);
	json_t *doc = json_load_file(path, 0, NULL);

	CHECK(doc != NULL);
	return doc;
}

static json_t *track_of(json_t *doc, size_t participant, size_t track)
{
	json_t *people = json_object_get(json_object_get(doc, "call"), "participants");

	return json_array_get(json_object_get(json_array_get(people, participant), "tracks"), track);
}

static void check_decode_gap(const char *dir, int64_t from_ms, int64_t to_ms)
{
	json_t *doc = metadata_of(dir), *gaps = json_object_get(track_of(doc, 0, 0), "gaps"), *gap = json_array_get(gaps, json_array_size(gaps) - 1);

	CHECK_STR(json_str(gap, "reason"), "decode");      /* behind the chunk that is missing */
	CHECK_NEAR(json_num(gap, "from_ms", -1), from_ms, FRAME_MS);
	CHECK_NEAR(json_num(gap, "to_ms", -1), to_ms, FRAME_MS);
	json_decref(doc);
}

/** After a lost chunk nothing can be decoded until a keyframe, and none comes: a placeholder instead of a picture that falls apart. */
static void test_missing_chunk(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "video", .rgb = GREEN, .missing = { 2 } } } }, { 0 }
	};
	char *dir = make(5000, people);
	struct compose_result r;
	struct output *o = composed(dir, &r);

	check_colour(o, 900, 250, 300, GREEN);
	check_colour(o, 4500, 100, 300, 0x22262e);
	check_decode_gap(dir, 2000, 5000);
	CHECK_NEAR(o->duration_ms, 5000, FRAME_MS);
	output_unref(&o);
	make_remove(&dir);
}

/** A keyframe that claims 16383 × 16383. */
static void test_hostile_size(void)
{
	static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "video", .rgb = GREEN } } }, { 0 } };
	static const uint8_t code[] = { 0x9d, 0x01, 0x2a };
	char *dir = make(1500, people);
	g_autofree char *chunks = g_build_filename(dir, "chunks", NULL), *first = g_build_filename(chunks, "user1_video_00_000000.webm", NULL), *data = NULL;
	struct compose_result r;
	struct output *o;
	uint8_t *at;
	size_t len;

	CHECK_INT(fs_read(first, 1 << 24, &data, &len), 0);
	at = memmem(data, len, code, sizeof(code));
	CHECK(at != NULL);
	memset(at + sizeof(code), 0xff, 4);
	CHECK_INT(fs_write_atomic(chunks, "user1_video_00_000000.webm", data, len, 0644, 0), 0);
	o = composed(dir, &r);
	check_colour(o, 1200, 100, 300, 0x22262e);
	check_decode_gap(dir, 0, 1500);
	output_unref(&o);
	make_remove(&dir);
}

static void test_crashed(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;
	struct output *o;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 2000, .people = call, .no_timeline = true }), 0);
	o = composed(dir, &r);
	CHECK_NEAR(o->duration_ms, 3000, FRAME_MS);    /* user2 has chunks up to there */
	check_flashes(o, 250, 0, 1000, GREEN);
	output_unref(&o);
	make_remove(&dir);
}

/* ---- refusals and cancelling ---- */

static int cancel_when_composing(const struct compose_progress *now, void *arg)
{
	return !strcmp(now->stage, arg);
}

static void check_nothing_left(const char *dir)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(d)))
		if (strcmp(name, "chunks") && strcmp(name, "timeline.jsonl") && strcmp(name, "participants.json"))
			TEST_FAIL("%s was left", name);
	g_dir_close(d);
}

static void test_cancel(void)
{
	static char stages[][12] = { "reading", "composing", "finishing", "thumbnail" };
	char *dir = make(2000, call);

	for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
		struct compose_conf conf = conf_for(dir);
		struct compose_result r;

		conf.progress = cancel_when_composing;
		conf.arg = stages[i];
		CHECK_INT(compose(&conf, &r), -ECANCELED);
		CHECK_INT(r.nfiles, 0);
		check_nothing_left(dir);
	}
	make_remove(&dir);
}

static void test_refused(void)
{
	char *dir = make(500, NULL);
	struct compose_conf conf = conf_for(dir);
	struct compose_result r;

	conf.spec.width = 321;
	CHECK_INT(compose(&conf, &r), -EINVAL);
	CHECK_STR(r.why, "The output's size is 321×180; both must be even.");
	conf = conf_for(dir);
	strcpy(conf.spec.format, "avi");
	CHECK_INT(compose(&conf, &r), -EINVAL);
	CHECK_STR(r.why, "The output's format must be one of webm|mp4|opus|m4a|participants|stems|null|md5.");
	conf = conf_for(dir);
	CHECK_INT(compose(&conf, &r), 0);
	CHECK_INT(compose(&conf, &r), -EEXIST);
	conf.overwrite = true;
	CHECK_INT(compose(&conf, &r), 0);
	conf.dir = "/nonexistent/rec_demo_1760090400123_abcdef";
	CHECK_INT(compose(&conf, &r), -ENOENT);
	CHECK(*r.why);
	make_remove(&dir);
}

static int check_progress(const struct compose_progress *now, void *arg)
{
	int *last = arg;

	if (now->percent < *last || now->percent > 100 || now->lag_ms != -1)
		*last = 1000;
	else
		*last = now->percent;
	return 0;
}

static void test_progress(void)
{
	char *dir = make(2000, call);
	struct compose_conf conf = conf_for(dir);
	struct compose_result r;
	int last = 0;

	conf.progress = check_progress;
	conf.arg = &last;
	CHECK_INT(compose(&conf, &r), 0);
	CHECK_INT(last, 100);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_place_and_time), TEST(test_container), TEST(test_still), TEST(test_stood), TEST(test_same_bytes), TEST(test_nobody), TEST(test_video_only),
		TEST(test_missing_chunk), TEST(test_hostile_size), TEST(test_crashed), TEST(test_cancel), TEST(test_refused), TEST(test_progress),
	};

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

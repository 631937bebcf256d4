/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One call in which everybody sends another codec, one of them a picture that must be turned, and then another codec and size: each is in their place,
 * upright, from their first picture to their last.
 */
#include <glib.h>
#include "common/json.h"
#include "postprocess/compose.h"
#include "postprocess/decoder.c"
#include "postprocess/cast.h"
#include "tests/lib/make_recording.h"
#include "tests/lib/read_output.h"
#include "tests/lib/schema.h"
#include "tests/unit/test.h"

enum { PEOPLE = 5, TURNED = 4, DURATION_MS = 3000, CHANGE_MS = 1200, TURN_MS = 2100, WIDTH = 480, HEIGHT = 270 };

static const struct { const char *codec; int rgb; } sent[PEOPLE] = {
	{ "vp8", 0x00b43c }, { "vp9", 0x3050c0 }, { "h264", 0xc03020 }, { "av1", 0xc0a020 }, { "h264", 0x20a0a0 },
};

static char *make(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct make_participant people[PEOPLE + 1] = { { 0 } };
	static const char *const ids[] = { "user1", "user2", "user3", "user4", "user5" };
	struct make_source *turned = &people[TURNED].sources[0];

	for (int i = 0; i < PEOPLE; i++) {
		people[i] = (struct make_participant){ .id = ids[i], .name = ids[i] };
		people[i].sources[0] = (struct make_source){ .source = "video", .codec = sent[i].codec, .rgb = (unsigned)sent[i].rgb, .fps = 15, .plain = true,
							     .width = 192, .height = 108 };
	}
	turned->halves = true;
	turned->width = turned->height = 128;
	turned->change.at_ms = CHANGE_MS;
	turned->change.codec = "vp9";
	turned->change.width = turned->change.height = 192;
	turned->rotation = 90;
	turned->turn.at_ms = TURN_MS;
	turned->turn.rotation = 180;
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = DURATION_MS, .people = people }), 0);
	return dir;
}

static void compose_it(const char *dir, struct rect where[PEOPLE])
{
	struct compose_conf conf = { .dir = dir, .threads = 2 };
	struct layout_item items[LAYOUT_ITEMS_MAX];
	struct layout_view view = { "grid", WIDTH, HEIGHT, items, PEOPLE, 0, 0, NULL, 0 };
	struct layout_plan plan;
	struct compose_result r;
	struct model *m = NULL;
	g_autofree char *fault = NULL;

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = WIDTH;
	conf.spec.height = HEIGHT;
	conf.spec.video_bitrate = 1000000;
	conf.spec.segment_ms = 1000;
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(cast_at(m, 100, layout_wants("grid"), items), PEOPLE);
	CHECK_INT(layout_place(&view, &plan), 0);
	for (size_t i = 0; i < PEOPLE; i++)
		where[i] = plan.tiles[i].r;
	model_unref(&m);
	CHECK_INT(compose(&conf, &r), 0);
	fault = schema_metadata_fault(SRCDIR, dir);
	if (fault)
		TEST_FAIL("metadata.json: %s", fault);
}

static void check_colour(const struct output *o, int64_t t_ms, int x, int y, int want, const char *what)
{
	int rgb[3], off = 0;

	output_rgb(o, t_ms, (x * 1000 + WIDTH / 2) / WIDTH, (y * 1000 + HEIGHT / 2) / HEIGHT, rgb);
	for (int i = 0; i < 3; i++)
		off = MAX(off, abs(rgb[i] - (want >> (16 - 8 * i) & 255)));
	if (off > 16)
		TEST_FAIL("%s at %d ms, %d×%d: %02x%02x%02x, expected %06x", what, (int)t_ms, x, y, (unsigned)rgb[0], (unsigned)rgb[1], (unsigned)rgb[2],
			  (unsigned)want);
}

/* The upper half of what is sent has the colour: turned by 90° clockwise it lies right, by 180° below. */
static void check_turned(const struct output *o, int64_t t_ms, const struct rect *w)
{
	int x = w->x + w->w / 2, y = w->y + w->h / 2, step = w->h / 4, colour = sent[TURNED].rgb;

	if (t_ms < TURN_MS) {
		check_colour(o, t_ms, x + step, y, colour, "right");
		check_colour(o, t_ms, x - step, y, 0, "left");
	} else {
		check_colour(o, t_ms, x, y + step, colour, "below");
		check_colour(o, t_ms, x, y - step, 0, "above");
	}
}

static void check_metadata(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);
	json_t *doc = json_load_file(path, 0, NULL), *people, *track;

	CHECK(doc);
	people = json_object_get(json_object_get(doc, "call"), "participants");
	CHECK_INT(json_array_size(people), PEOPLE);
	for (size_t i = 0; i < PEOPLE; i++) {
		track = json_array_get(json_object_get(json_array_get(people, i), "tracks"), 0);
		CHECK_STR(json_str(track, "codec"), sent[i].codec);
		CHECK_INT(json_array_size(json_object_get(track, "gaps")), 0);
	}
	CHECK_STR(json_str(json_array_get(json_object_get(track, "segments"), 1), "codec"), "vp9");
	json_decref(doc);
}

static void test_all_codecs(void)
{
	char *dir = make();
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	struct rect where[PEOPLE];
	struct output *o = NULL;
	int frames = 0;

	compose_it(dir, where);
	CHECK_INT(output_read(&o, path), 0);
	for (guint k = 0; k < o->frames->len; k++) {
		int64_t t_ms = ((AVFrame *)o->frames->pdata[k])->pts;

		if (t_ms >= DURATION_MS - 34 || llabs(t_ms - TURN_MS) < 100)
			continue;
		for (int i = 0; i < TURNED; i++)
			check_colour(o, t_ms, where[i].x + where[i].w / 2, where[i].y + where[i].h / 2, sent[i].rgb, sent[i].codec);
		check_turned(o, t_ms, &where[TURNED]);
		frames++;
	}
	printf("%d frames, %d people in their places in each\n", frames, PEOPLE);
	CHECK(frames > 3);
	check_metadata(dir);
	output_unref(&o);
	make_remove(&dir);
}

static void test_keyframes(void)
{
	static const struct { enum AVCodecID id; uint8_t data[12]; int size; bool flag, key; } rows[] = {
		{ AV_CODEC_ID_VP8, { 0x10, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0 }, 10, true, true },
		{ AV_CODEC_ID_VP8, { 0x10, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0 }, 10, false, false },
		{ AV_CODEC_ID_VP8, { 0x11, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0 }, 10, true, false },
		{ AV_CODEC_ID_VP8, { 0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0xff, 0x3f }, 10, true, false },
		{ AV_CODEC_ID_VP9, { 0x82, 0x49 }, 2, true, true },
		{ AV_CODEC_ID_VP9, { 0x86, 0x49 }, 2, true, false },
		{ AV_CODEC_ID_VP9, { 0x8a, 0x49 }, 2, true, false },            /* shown again */
		{ AV_CODEC_ID_H264, { 0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65 }, 10, true, true },
		{ AV_CODEC_ID_H264, { 0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x41 }, 10, true, false },
		{ AV_CODEC_ID_H264, { 0, 0, 0, 9, 0x67, 0, 0, 0, 1, 0x65 }, 10, true, false },
		{ AV_CODEC_ID_AV1, { 0x0a, 0 }, 2, true, true },
		{ AV_CODEC_ID_AV1, { 0x32, 0 }, 2, true, false },
		{ AV_CODEC_ID_OPUS, { 0x78, 0 }, 2, true, false },
		{ AV_CODEC_ID_H263, { 0x78, 0 }, 2, true, false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		AVPacket *p = av_packet_alloc();

		av_new_packet(p, rows[i].size);
		memcpy(p->data, rows[i].data, (size_t)rows[i].size);
		p->flags = rows[i].flag ? AV_PKT_FLAG_KEY : 0;
		if (decoder_keyframe(p, rows[i].id) != rows[i].key)
			TEST_FAIL("row %d", (int)i);
		av_packet_free(&p);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_keyframes), TEST(test_all_codecs) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

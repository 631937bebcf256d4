/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The picture over time: the same pixels whether the recording is whole or grows, movements that end where they should, and no work where nothing is new.
 */
#include "common/fsio.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/border.c"
#include "postprocess/scene.c"
#include "postprocess/tile.c"

enum { WIDTH = 320, HEIGHT = 180, TEST_FPS = 30, LONG_MS = 6000, RED = 0xc03030, GREEN = 0x00b43c, BLUE = 0x3050c0 };

/** Everything that makes the picture move: somebody comes, somebody talks, a screen, somebody goes. */
static const struct make_participant people[] = {
	{ .id = "user1", .name = "Ann", .talking = { { 0, 1300 } }, .sources = { { .source = "video", .width = 160, .height = 90, .fps = 10, .rgb = GREEN } } },
	{ .id = "user2", .name = "Bob", .left_ms = 5000, .talking = { { 1500, 3400 } },
	  .sources = { { .source = "video", .width = 160, .height = 120, .fps = 10, .rgb = BLUE, .to_ms = 5000, .muted = { { 2900, 3300 } } },
		       { .source = "screen", .width = 320, .height = 200, .fps = 5, .rgb = RED, .from_ms = 3500, .to_ms = 4600 } } },
	{ .id = "user3", .name = "Cem", .joined_ms = 1200, .sources = { { .source = "audio", .from_ms = 1200, .muted = { { 2000, 2500 } } } } },
	{ 0 }
};

static char *make(const struct make_participant *who)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = LONG_MS, .people = who }), 0);
	return dir;
}

static struct output_spec spec_of(const char *layout)
{
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	spec.width = WIDTH;
	spec.height = HEIGHT;
	spec.fps = TEST_FPS;
	g_strlcpy(spec.layout, layout, sizeof(spec.layout));
	return spec;
}

static uint32_t hash(const AVFrame *f)
{
	uint32_t h = 2166136261u;

	for (int plane = 0; plane < 3; plane++)
		for (int y = 0; y < f->height >> !!plane; y++)
			for (int x = 0; x < f->width >> !!plane; x++)
				h = (h ^ f->data[plane][y * f->linesize[plane] + x]) * 16777619u;
	return h;
}

static bool luma_is(struct scene *s, int x, int y, unsigned rgb)
{
	const AVFrame *f = canvas_image(s->canvas);

	return abs(f->data[0][y * f->linesize[0] + x] - colour_rgb(rgb).y) <= 3;
}

/** Appends lines of `text` from *at up to and with the next seal; false: there is none. */
static bool next_second(const char *path, const char *text, size_t *at)
{
	const char *seal = strstr(text + *at, "\"sealed\""), *to = seal ? strchr(seal, '\n') + 1 : text + strlen(text);
	FILE *f = fopen(path, "a");

	CHECK(f && fwrite(text + *at, 1, (size_t)(to - text) - *at, f) == (size_t)(to - text) - *at && fclose(f) == 0);
	*at = (size_t)(to - text);
	return seal != NULL;
}

static void draw_all(struct scene *s, int64_t *n, int64_t to_ms, GArray *hashes)
{
	for (; *n * 1000 / TEST_FPS < MIN(to_ms, LONG_MS); ++*n) {
		bool changed;
		uint32_t h;

		CHECK_INT(scene_at(s, *n * 1000 / TEST_FPS, &changed), 0);
		h = hash(canvas_image(s->canvas));
		if (!changed && hashes->len)
			CHECK(h == g_array_index(hashes, uint32_t, hashes->len - 1));
		g_array_append_val(hashes, h);
	}
}

static void test_live_is_afterwards(void)
{
	static const char *const layouts[] = { "grid", "speaker", "single" };
	char *dir = make(people), *path = g_build_filename(dir, "timeline.jsonl", NULL), *text;

	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(layouts); i++) {
		GArray *after = g_array_new(FALSE, FALSE, sizeof(uint32_t)), *live = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		struct output_spec spec = spec_of(layouts[i]);
		struct model *whole_model = NULL, *growing = NULL;
		struct scene *s = NULL;
		int64_t n = 0;
		size_t at = 0;
		bool more;

		CHECK_INT(model_load(&whole_model, dir), 0);
		CHECK_INT(scene_create(&s, whole_model, &spec), 0);
		draw_all(s, &n, LONG_MS, after);
		scene_unref(&s);
		CHECK(g_file_set_contents(path, "", 0, NULL));
		CHECK_INT(model_open(&growing, dir), 0);
		CHECK_INT(scene_create(&s, growing, &spec), 0);
		n = 0;
		do {
			more = next_second(path, text, &at);
			CHECK(model_advance(growing) >= 0);
			draw_all(s, &n, growing->sealed_ms, live);
		} while (more);
		CHECK_INT(live->len, after->len);
		for (guint k = 0; k < live->len; k++)
			if (g_array_index(live, uint32_t, k) != g_array_index(after, uint32_t, k))
				TEST_FAIL("%s: frame %u is another one", layouts[i], k);
		scene_unref(&s);
		model_unref(&whole_model);
		model_unref(&growing);
		g_array_unref(after);
		g_array_unref(live);
	}
	g_free(text);
	g_free(path);
	make_remove(&dir);
}

/** Draws until t; returns how many of the frames from `from_ms` on were new. */
static int draw_until(struct scene *s, int64_t *n, int64_t from_ms, int64_t to_ms)
{
	int count = 0;

	for (; *n * 1000 / TEST_FPS <= to_ms; ++*n) {
		bool changed;

		CHECK_INT(scene_at(s, *n * 1000 / TEST_FPS, &changed), 0);
		count += changed && *n * 1000 / TEST_FPS >= from_ms;
	}
	return count;
}

/** A new speaker fades in where the old one was, within SCENE_MOVE_MS; at the end nothing is left of what was before. */
static void test_speaker_fades(void)
{
	static const struct make_participant two[] = {
		{ .id = "user1", .name = "Ann", .talking = { { 0, 1000 } }, .sources = { { .source = "video", .fps = 10, .rgb = RED, .plain = true } } },
		{ .id = "user2", .name = "Bob", .talking = { { 1000, 5000 } }, .sources = { { .source = "video", .fps = 10, .rgb = GREEN, .plain = true } } },
		{ 0 }
	};
	char *dir = make(two);
	struct output_spec spec = spec_of("speaker");
	struct scene *s = NULL;
	struct model *m = NULL;
	int64_t n = 0;
	int between_both = 0;

	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(scene_create(&s, m, &spec), 0);
	draw_until(s, &n, 0, 1900);
	CHECK(luma_is(s, 100, 60, RED));
	for (int64_t t_ms = 1900; t_ms < 3500; t_ms += 33) {
		draw_until(s, &n, 0, t_ms);
		between_both += !luma_is(s, 100, 60, RED) && !luma_is(s, 100, 60, GREEN);
	}
	CHECK(between_both >= 4 && between_both <= SCENE_MOVE_MS * TEST_FPS / 1000);
	CHECK(luma_is(s, 100, 60, GREEN));
	CHECK(!s->moving && !s->before);
	scene_unref(&s);
	model_unref(&m);
	make_remove(&dir);
}

/** Ten pictures a second make ten new frames a second, at rest; a camera that is off makes none. */
static void test_no_work(void)
{
	static const struct make_participant quiet[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "video", .fps = 10, .rgb = RED, .muted = { { 3000, 6000 } } } } },
		{ .id = "user2", .name = "Bob" },
		{ 0 }
	};
	char *dir = make(quiet);
	struct output_spec spec = spec_of("grid");
	struct scene *s = NULL;
	struct model *m = NULL;
	int64_t n = 0;

	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(scene_create(&s, m, &spec), 0);
	CHECK_INT(draw_until(s, &n, 1000, 1999), 10);
	draw_until(s, &n, 0, 3500);
	CHECK_INT(draw_until(s, &n, 0, 5900), 0);
	CHECK_INT(s->ntiles, 2);
	scene_unref(&s);
	model_unref(&m);
	make_remove(&dir);
}

/** Corners: background outside, nothing inside, the line between. */
static void test_border(void)
{
	struct border *b = border_create(8, 4, 0x000000, 0xffffff);
	struct canvas *c = NULL;
	const AVFrame *f;

	CHECK_INT(canvas_create(&c, 64, 64), 0);
	f = canvas_image(c);
	for (int lit = 0; lit < 2; lit++) {
		canvas_fill(c, (struct rect){ 0, 0, 64, 64 }, colour_rgb(0x808080));
		border_draw(b, c, (struct rect){ 8, 8, 48, 48 }, lit);
		for (int corner = 0; corner < 4; corner++) {
			int x = corner == 1 || corner == 2 ? 55 : 8, y = corner >= 2 ? 55 : 8, in_x = x < 32 ? 12 : -12, in_y = y < 32 ? 12 : -12;

			CHECK_INT(f->data[0][y * f->linesize[0] + x], 16);
			CHECK_INT(f->data[0][y * f->linesize[0] + x + in_x], lit ? 235 : colour_rgb(0x808080).y);
			CHECK_INT(f->data[0][(y + in_y) * f->linesize[0] + x + in_x], colour_rgb(0x808080).y);
		}
		CHECK_INT(f->data[0][7 * f->linesize[0] + 30], colour_rgb(0x808080).y);
	}
	canvas_unref(&c);
	border_unref(&b);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_live_is_afterwards), TEST(test_speaker_fades), TEST(test_no_work), TEST(test_border) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Layouts: known rectangles for small calls, and what must hold for every size of call on every shape of canvas.
 */
#include "common/fsio.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/layout.c"

static void items_of(struct layout_item *items, size_t people, size_t screens)
{
	for (size_t i = 0; i < people + screens; i++)
		items[i] = (struct layout_item){ NULL, NULL, i >= people };
}

static void test_known(void)
{
	static const struct { int w, h; size_t people, screens; struct rect r[5]; } rows[] = {
		{ 1280, 720, 1, 0, { { 0, 0, 1280, 720 } } },
		{ 1280, 720, 2, 0, { { 8, 124, 628, 470 }, { 644, 124, 628, 470 } } },
		{ 1280, 720, 3, 0, { { 18, 8, 618, 348 }, { 644, 8, 618, 348 }, { 330, 364, 618, 348 } } },
		{ 1280, 720, 4, 0, { { 18, 8, 618, 348 }, { 644, 8, 618, 348 }, { 18, 364, 618, 348 }, { 644, 364, 618, 348 } } },
		{ 720, 1280, 2, 0, { { 14, 114, 692, 518 }, { 14, 646, 692, 518 } } },
		{ 1280, 720, 1, 1, { { 1032, 270, 240, 180 }, { 8, 8, 1016, 704 } } },
		{ 1280, 720, 0, 1, { { 0, 0, 1280, 720 } } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct layout_item items[5];
		struct rect r[5];

		items_of(items, rows[i].people, rows[i].screens);
		CHECK_INT(layout_place("grid", items, rows[i].people + rows[i].screens, rows[i].w, rows[i].h, r), 0);
		for (size_t k = 0; k < rows[i].people + rows[i].screens; k++)
			if (memcmp(&r[k], &rows[i].r[k], sizeof(r[k])))
				TEST_FAIL("row %zu tile %zu: %d,%d %d×%d", i, k, r[k].x, r[k].y, r[k].w, r[k].h);
	}
}

static bool apart(const struct rect *a, const struct rect *b)
{
	return a->x + a->w <= b->x || b->x + b->w <= a->x || a->y + a->h <= b->y || b->y + b->h <= a->y;
}

static void check_rects(const struct rect *r, size_t n, int w, int h)
{
	for (size_t i = 0; i < n; i++) {
		if (r[i].x < 0 || r[i].y < 0 || r[i].w < 2 || r[i].h < 2 || r[i].x + r[i].w > w || r[i].y + r[i].h > h)
			TEST_FAIL("%d×%d, %zu tiles: tile %zu is %d,%d %d×%d", w, h, n, i, r[i].x, r[i].y, r[i].w, r[i].h);
		CHECK(!((r[i].x | r[i].y | r[i].w | r[i].h) & 1));
		for (size_t k = 0; k < i; k++)
			CHECK(apart(&r[i], &r[k]));
	}
}

static void test_every_size(void)
{
	static const int canvases[][2] = { { 1280, 720 }, { 1920, 1080 }, { 320, 180 }, { 720, 1280 }, { 640, 640 }, { 3840, 720 } };

	for (size_t c = 0; c < sizeof(canvases) / sizeof(canvases[0]); c++)
		for (size_t screens = 0; screens <= 2; screens++)
			for (size_t n = 1; n + screens <= LAYOUT_MAX; n++) {
				struct layout_item items[LAYOUT_MAX];
				struct rect r[LAYOUT_MAX];
				int w = canvases[c][0], h = canvases[c][1];

				items_of(items, n, screens);
				CHECK_INT(layout_place("grid", items, n + screens, w, h, r), 0);
				check_rects(r, n + screens, w, h);
				for (size_t i = 1; i < n; i++)
					CHECK(r[i].w == r[0].w && r[i].h == r[0].h);
				if (screens == 1 && (c < 2 || canvases[c][0] == 720))
					CHECK((double)r[n].w * r[n].h >= 0.75 * w * h);
			}
}

/** The grid uses the canvas: tiles of an allowed shape cover at least half of it, for any number. */
static void test_uses_canvas(void)
{
	for (size_t n = 1; n <= LAYOUT_MAX; n++) {
		struct layout_item items[LAYOUT_MAX];
		struct rect r[LAYOUT_MAX];

		items_of(items, n, 0);
		CHECK_INT(layout_place("grid", items, n, 1280, 720, r), 0);
		if ((double)n * r[0].w * r[0].h < 0.5 * 1280 * 720)
			TEST_FAIL("%zu tiles of %d×%d", n, r[0].w, r[0].h);
	}
}

static void test_refused(void)
{
	struct layout_item items[LAYOUT_MAX + 1];
	struct rect r[LAYOUT_MAX + 1];

	items_of(items, LAYOUT_MAX + 1, 0);
	CHECK_INT(layout_place("mosaic", items, 1, 1280, 720, r), -EINVAL);
	CHECK_INT(layout_place("grid", items, LAYOUT_MAX + 1, 1280, 720, r), -EINVAL);
	CHECK_INT(layout_place("grid", items, 1, 1281, 720, r), -EINVAL);
	CHECK_INT(layout_place("grid", items, 1, 32, 32, r), -EINVAL);
	CHECK_INT(layout_place("grid", items, 0, 1280, 720, r), 0);
}

static void test_items(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "screen", .from_ms = 1000, .to_ms = 2000 } } },
		{ .id = "user2", .name = "Bob", .joined_ms = 500, .left_ms = 2500,
		  .sources = { { .source = "video", .from_ms = 600, .to_ms = 2500, .muted = { { 1000, 1500 } } },
			       { .source = "video2", .from_ms = 1500, .to_ms = 2000 } } },
		{ 0 }
	};
	static const struct { int64_t t_ms; size_t n; bool screen; } rows[] = {
		{ 0, 1, false }, { 499, 1, false }, { 500, 2, false }, { 1000, 3, true }, { 1500, 4, true }, { 2499, 4, true }, { 2500, 1, false },
	};
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct layout_item items[LAYOUT_MAX];
	struct model *m = NULL;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 3000, .people = people }), 0);
	CHECK_INT(model_load(&m, dir), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = layout_items(m, rows[i].t_ms, items);

		if (n != rows[i].n)
			TEST_FAIL("at %d ms: %zu items", (int)rows[i].t_ms, n);
		CHECK(items[n - 1].screen == rows[i].screen);
		CHECK(!items[0].source);
	}
	model_unref(&m);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_known), TEST(test_every_size), TEST(test_uses_canvas), TEST(test_refused), TEST(test_items) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

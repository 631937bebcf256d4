/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decoded pictures on the canvas: colours survive scaling and conversion within a level, pictures are turned the right way, what is cut off is what may be,
 * and no size breaks anything.
 */
#include <math.h>
#include "tests/unit/test.h"
#include "postprocess/picture.c"

static void set_plane(AVFrame *f, int plane, int x, int y, int w, int h, uint8_t value)
{
	for (int row = y; row < y + h; row++)
		memset(f->data[plane] + row * f->linesize[plane] + x, value, (size_t)w);
}

static AVFrame *flat(int w, int h, struct yuv c)
{
	AVFrame *f = av_frame_alloc();

	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	CHECK_INT(av_frame_get_buffer(f, 0), 0);
	set_plane(f, 0, 0, 0, w, h, c.y);
	set_plane(f, 1, 0, 0, (w + 1) / 2, (h + 1) / 2, c.u);
	set_plane(f, 2, 0, 0, (w + 1) / 2, (h + 1) / 2, c.v);
	return f;
}

static struct yuv at(const struct canvas *c, int x, int y)
{
	const AVFrame *f = canvas_image(c);

	return (struct yuv){ f->data[0][y * f->linesize[0] + x], f->data[1][y / 2 * f->linesize[1] + x / 2], f->data[2][y / 2 * f->linesize[2] + x / 2] };
}

/** As a browser makes it: RGB to BT.601 limited. */
static struct yuv bt601(unsigned rgb)
{
	double r = (rgb >> 16 & 255) / 255.0, g = (rgb >> 8 & 255) / 255.0, b = (rgb & 255) / 255.0, y = 0.299 * r + 0.587 * g + 0.114 * b;

	return (struct yuv){ (uint8_t)lrint(16 + 219 * y), (uint8_t)lrint(128 + 224 * (b - y) / 1.772), (uint8_t)lrint(128 + 224 * (r - y) / 1.402) };
}

static void check_flat(unsigned rgb, int w, int h, struct rect r)
{
	struct yuv want = colour_rgb(rgb);
	struct canvas *c = NULL;
	struct scaler *s = NULL;
	AVFrame *f = flat(w, h, bt601(rgb));

	CHECK_INT(canvas_create(&c, 640, 360), 0);
	canvas_fill(c, r, want);
	CHECK_INT(canvas_video(c, &s, f, r, 0), 0);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++) {
			struct yuv got = at(c, x, y);

			if (abs(got.y - want.y) > 1 || abs(got.u - want.u) > 1 || abs(got.v - want.v) > 1)
				TEST_FAIL("%06x, %d×%d: at %d,%d %d %d %d, expected %d %d %d", rgb, w, h, x, y, got.y, got.u, got.v, want.y, want.u, want.v);
		}
	av_frame_free(&f);
	scaler_unref(&s);
	canvas_unref(&c);
}

static void test_flat_colours(void)
{
	static const unsigned colours[] = { 0x00b43c, 0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0xff00ff, 0x00ffff, 0xffffff, 0x000000, 0x808080, 0x3050c0, 0xc04030 };
	static const struct { int w, h; struct rect r; } sizes[] = {
		{ 320, 180, { 0, 0, 320, 180 } }, { 640, 480, { 8, 8, 316, 176 } }, { 1280, 720, { 322, 182, 318, 178 } }, { 175, 143, { 10, 20, 300, 200 } },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(colours); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++)
			check_flat(colours[i], sizes[k].w, sizes[k].h, sizes[k].r);
}

static void test_matrix_there_and_back(void)
{
	struct colour_map to, back;

	colour_map_init(&to, COLOUR_BT709, COLOUR_JPEG);
	colour_map_init(&back, COLOUR_JPEG, COLOUR_BT709);
	for (int y = 40; y <= 210; y += 17)
		for (int u = 90; u <= 166; u += 19)
			for (int v = 90; v <= 166; v += 19) {
				AVFrame *f = flat(4, 4, (struct yuv){ (uint8_t)y, (uint8_t)u, (uint8_t)v });

				colour_map_apply(&to, f);
				colour_map_apply(&back, f);
				CHECK_NEAR(f->data[0][1], y, 2);
				CHECK_NEAR(f->data[1][0], u, 1);
				CHECK_NEAR(f->data[2][0], v, 1);
				av_frame_free(&f);
			}
}

/** A picture whose left upper quarter is white shows where its corner went. */
static void test_rotation(void)
{
	static const struct { int rotation, x, y; } rows[] = { { 0, 20, 20 }, { 90, 180, 20 }, { 180, 180, 180 }, { 270, 20, 180 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct canvas *c = NULL;
		struct scaler *s = NULL;
		AVFrame *f = flat(100, 100, (struct yuv){ 16, 128, 128 });

		set_plane(f, 0, 0, 0, 50, 50, 235);
		CHECK_INT(canvas_create(&c, 200, 200), 0);
		CHECK_INT(canvas_video(c, &s, f, (struct rect){ 0, 0, 200, 200 }, rows[i].rotation), 0);
		for (int y = 20; y <= 180; y += 160)
			for (int x = 20; x <= 180; x += 160)
				if (at(c, x, y).y != (x == rows[i].x && y == rows[i].y ? 235 : 16))
					TEST_FAIL("rotation %d: at %d,%d %d", rows[i].rotation, x, y, at(c, x, y).y);
		av_frame_free(&f);
		scaler_unref(&s);
		canvas_unref(&c);
	}
}


/** Where pictures of all shapes go, and what of them is seen (in the picture as it came). */
static void test_shape(void)
{
	static const struct { int w, h; struct look look; struct rect r; double x, y, seen_w, seen_h; } rows[] = {
		/* whole: bars */
		{ 640, 480, { 0, false, false }, { 80, 0, 480, 360 }, 0, 0, 640, 480 },
		{ 640, 360, { 0, false, false }, { 0, 0, 640, 360 }, 0, 0, 640, 360 },
		{ 640, 480, { 90, false, false }, { 184, 0, 270, 360 }, 0, 0, 640, 480 },
		{ 1280, 320, { 0, false, false }, { 0, 100, 640, 160 }, 0, 0, 1280, 320 },
		/* nearly the same shape: no hair's breadth of bars */
		{ 636, 360, { 0, false, false }, { 0, 0, 640, 360 }, 0, 0.75, 636, 357.75 },
		{ 636, 360, { 0, false, true }, { 2, 0, 636, 360 }, 0, 0, 636, 360 },
		/* fill: 4:3 loses a quarter of its height, more below than above */
		{ 640, 480, { 0, true, false }, { 0, 0, 640, 360 }, 0, 40, 640, 360 },
		{ 480, 640, { 90, true, false }, { 0, 0, 640, 360 }, 40, 0, 360, 640 },
		{ 640, 480, { 180, true, false }, { 0, 0, 640, 360 }, 0, 80, 640, 360 },
		{ 480, 640, { 270, true, false }, { 0, 0, 640, 360 }, 80, 0, 360, 640 },
		{ 860, 360, { 0, true, false }, { 0, 0, 640, 360 }, 110, 0, 640, 360 },
		/* an upright phone, a square, a panorama: whole */
		{ 360, 640, { 0, true, false }, { 218, 0, 202, 360 }, 0, 0, 360, 640 },
		{ 640, 360, { 90, true, false }, { 218, 0, 202, 360 }, 0, 0, 640, 360 },
		{ 480, 480, { 0, true, false }, { 140, 0, 360, 360 }, 0, 0, 480, 480 },
		/* a screen is never cut */
		{ 640, 480, { 0, true, true }, { 80, 0, 480, 360 }, 0, 0, 640, 480 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct scaler s = { .src_w = rows[i].w, .src_h = rows[i].h, .w = 640, .h = 360, .look = rows[i].look };
		struct area a = place(&s);

		if (memcmp(&s.to, &rows[i].r, sizeof(s.to)))
			TEST_FAIL("row %zu: %d,%d %d×%d", i, s.to.x, s.to.y, s.to.w, s.to.h);
		if (fabs(a.x - rows[i].x) + fabs(a.y - rows[i].y) + fabs(a.w - rows[i].seen_w) + fabs(a.h - rows[i].seen_h) > 1e-6)
			TEST_FAIL("row %zu: of the picture %g,%g %g×%g", i, a.x, a.y, a.w, a.h);
	}
}

/** A screen of the tile's size arrives sample by sample. */
static void test_one_to_one(void)
{
	AVFrame *f = flat(320, 180, (struct yuv){ 0, 128, 128 });
	struct canvas *c = NULL;
	struct scaler *s = NULL;

	for (int i = 0; i < 320 * 180; i++)
		f->data[0][i / 320 * f->linesize[0] + i % 320] = (uint8_t)(i * 37 >> 2);
	f->colorspace = AVCOL_SPC_BT709;
	CHECK_INT(canvas_create(&c, 640, 360), 0);
	CHECK_INT(canvas_picture(c, &s, f, (struct rect){ 100, 50, 320, 180 }, &(struct look){ 0, false, true }, NULL), 0);
	CHECK(s->plain);
	for (int i = 0; i < 320 * 180; i++)
		CHECK_INT(at(c, 100 + i % 320, 50 + i / 320).y, f->data[0][i / 320 * f->linesize[0] + i % 320]);
	av_frame_free(&f);
	scaler_unref(&s);
	canvas_unref(&c);
}

/** A colour's edge stays where it was against the edge of brightness, at any size and rotation. Both kinds' samples lie "left": the edge between two of
 *  chroma is half a luma sample further left than where it was painted, and as much of the picture as that remains when the canvas' own are summed up. */
static void test_chroma_in_place(void)
{
	static const int tiles[][2] = { { 80, 60 }, { 160, 120 }, { 320, 240 }, { 638, 478 }, { 640, 480 } };
	static const double own[] = { -0.5, 0, 0.5, 0 };

	for (size_t i = 0; i < G_N_ELEMENTS(tiles) * 4; i++) {
		int rotation = (int)(i % 4) * 90, w = tiles[i / 4][0], h = tiles[i / 4][1];
		AVFrame *f = flat(320, 240, (struct yuv){ 60, 90, 128 });
		struct canvas *c = NULL;
		struct scaler *s = NULL;
		double luma = 0, chroma = 0;

		set_plane(f, 0, 160, 0, 160, 240, 180);
		set_plane(f, 1, 80, 0, 80, 120, 170);
		f->colorspace = AVCOL_SPC_BT709;
		CHECK_INT(canvas_create(&c, 640, 640), 0);
		CHECK_INT(canvas_picture(c, &s, f, (struct rect){ 0, 0, lies(rotation) ? h : w, lies(rotation) ? w : h }, &(struct look){ rotation, false, false }, NULL), 0);
		for (int k = 0; k < w; k++) {
			struct yuv v = lies(rotation) ? at(c, h / 2, k) : at(c, k, h / 2);

			luma += (v.y - 60) / 120.0;
			chroma += (v.u - 90) / 80.0;
		}
		CHECK_NEAR(luma, w / 2.0, 0.1);
		CHECK_NEAR(chroma, w / 2.0 + 0.5 * w / 320 + own[i % 4], 0.25);
		av_frame_free(&f);
		scaler_unref(&s);
		canvas_unref(&c);
	}
}

/** Whatever a sender claims: nothing breaks, nothing is drawn outside, the centre has the picture's colour. */
static void test_sizes(void)
{
	static const int sides[] = { 1, 2, 3, 17, 175, 1080, 4095 };
	static const struct look looks[] = { { 0, true, false }, { 90, false, false }, { 180, true, true }, { 270, true, false } };
	const struct rect r = { 20, 10, 60, 44 };

	for (size_t i = 0; i < G_N_ELEMENTS(sides) * G_N_ELEMENTS(sides); i++) {
		AVFrame *f = flat(sides[i / G_N_ELEMENTS(sides)], sides[i % G_N_ELEMENTS(sides)], (struct yuv){ 200, 128, 128 });
		struct canvas *c = NULL;
		struct scaler *s = NULL;
		struct rect covered;

		CHECK_INT(canvas_create(&c, 100, 64), 0);
		canvas_fill(c, (struct rect){ 0, 0, 100, 64 }, (struct yuv){ 50, 128, 128 });
		CHECK_INT(canvas_picture(c, &s, f, r, &looks[i % 4], &covered), 0);
		for (int k = 0; k < 100 * 64; k++) {
			int x = k % 100 - covered.x, y = k / 100 - covered.y;

			CHECK_INT(at(c, k % 100, k / 100).y, x >= 0 && x < covered.w && y >= 0 && y < covered.h ? 200 : 50);
		}
		CHECK(covered.x >= r.x && covered.y >= r.y && covered.x + covered.w <= r.x + r.w && covered.y + covered.h <= r.y + r.h);
		av_frame_free(&f);
		scaler_unref(&s);
		canvas_unref(&c);
	}
}

/** 4:4:4, ten bits, rotations nobody knows: refused, nothing drawn. */
static void test_refused(void)
{
	struct canvas *c = NULL;
	struct scaler *s = NULL;
	AVFrame *f = flat(64, 64, (struct yuv){ 200, 128, 128 });

	CHECK_INT(canvas_create(&c, 64, 64), 0);
	CHECK_INT(canvas_video(c, &s, f, (struct rect){ 0, 0, 64, 64 }, 45), -EINVAL);
	CHECK_INT(canvas_video(c, &s, f, (struct rect){ 0, 0, 64, 64 }, -90), -EINVAL);
	f->format = AV_PIX_FMT_YUV420P10;
	CHECK_INT(canvas_video(c, &s, f, (struct rect){ 0, 0, 64, 64 }, 0), -EINVAL);
	CHECK_INT(at(c, 32, 32).y, 0);
	f->format = AV_PIX_FMT_YUV420P;
	av_frame_free(&f);
	scaler_unref(&s);
	canvas_unref(&c);
}

/** The vectors' conversion is the plain one's, whatever the width. */
static void test_rows_exact(void)
{
	struct colour_map quick, plain;
	uint8_t a[6][70], b[6][70];

	colour_map_init(&quick, COLOUR_BT601, COLOUR_BT709);
	plain = quick;
	plain.y_add = 1;           /* changes no result, but is not what the vectors take */
	for (int w = 2; w <= 70; w += 2)
		for (int round = 0; round < 50; round++) {
			for (size_t i = 0; i < sizeof(a); i++)
				((uint8_t *)a)[i] = ((uint8_t *)b)[i] = (uint8_t)(((unsigned)i + (unsigned)round * 977) * 2654435761u >> 23);
			colour_map_rows(&quick, a[0], a[1], a[2], a[3], w);
			colour_map_rows(&plain, b[0], b[1], b[2], b[3], w);
			for (size_t i = 0; i < sizeof(a); i++)
				if (abs(((uint8_t *)a)[i] - ((uint8_t *)b)[i]) > 1)
					TEST_FAIL("width %d, byte %zu: %d and %d", w, i, ((uint8_t *)a)[i], ((uint8_t *)b)[i]);
		}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_flat_colours), TEST(test_matrix_there_and_back), TEST(test_rotation), TEST(test_shape), TEST(test_one_to_one),
		TEST(test_chroma_in_place), TEST(test_sizes), TEST(test_refused), TEST(test_rows_exact),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

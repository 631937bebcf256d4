/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drawing on the picture: colours survive scaling and conversion within a level, pictures are turned the right way, overlays add up.
 */
#include <math.h>
#include "tests/unit/test.h"
#include "postprocess/canvas.c"

static AVFrame *flat(int w, int h, struct yuv c)
{
	AVFrame *f = av_frame_alloc();

	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	CHECK_INT(av_frame_get_buffer(f, 0), 0);
	fill_plane(f, 0, 0, 0, w, h, c.y);
	fill_plane(f, 1, 0, 0, (w + 1) / 2, (h + 1) / 2, c.u);
	fill_plane(f, 2, 0, 0, (w + 1) / 2, (h + 1) / 2, c.v);
	return f;
}

static struct yuv at(const struct canvas *c, int x, int y)
{
	const AVFrame *f = c->image;

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

		fill_plane(f, 0, 0, 0, 50, 50, 235);
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

static void test_shape(void)
{
	static const struct { int w, h, rotation; struct rect r; } rows[] = {
		{ 640, 480, 0, { 80, 0, 480, 360 } },   { 640, 360, 0, { 0, 0, 640, 360 } }, { 640, 480, 90, { 184, 0, 270, 360 } },
		{ 1280, 320, 0, { 0, 100, 640, 160 } }, { 636, 360, 0, { 0, 0, 640, 360 } },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		AVFrame f = { .width = rows[i].w, .height = rows[i].h };
		struct rect got = fit((struct rect){ 0, 0, 640, 360 }, &f, rows[i].rotation);

		if (memcmp(&got, &rows[i].r, sizeof(got)))
			TEST_FAIL("row %zu: %d,%d %d×%d", i, got.x, got.y, got.w, got.h);
	}
}

static void test_blend(void)
{
	struct overlay *o = overlay_create(4, 4);
	struct canvas *c = NULL;

	CHECK_INT(canvas_create(&c, 64, 64), 0);
	canvas_fill(c, (struct rect){ 0, 0, 64, 64 }, (struct yuv){ 200, 90, 160 });
	canvas_blend(c, o, 60, 62);                       /* nothing, and cut off below */
	CHECK_INT(at(c, 62, 63).y, 200);
	memset(o->a, 255, 16);
	memset(o->ca, 255, 4);
	memset(o->y, 50, 16);
	memset(o->u, 128, 4);
	memset(o->v, 130, 4);
	canvas_blend(c, o, 0, 0);
	CHECK_INT(at(c, 3, 3).y, 50);
	CHECK_INT(at(c, 3, 3).v, 130);
	CHECK_INT(at(c, 4, 4).y, 200);
	memset(o->a, 128, 16);
	memset(o->y, 25, 16);                             /* 50 at half strength */
	canvas_blend(c, o, 8, 8);
	CHECK_NEAR(at(c, 8, 8).y, 125, 1);
	overlay_unref(&o);
	canvas_unref(&c);
}

/** The same twice, and a copy keeps what the canvas then changes. */
static void test_copy(void)
{
	struct canvas *c = NULL;
	AVFrame *f;

	CHECK_INT(canvas_create(&c, 64, 64), 0);
	canvas_fill(c, (struct rect){ 0, 0, 64, 64 }, (struct yuv){ 10, 20, 30 });
	f = canvas_copy(c);
	canvas_fill(c, (struct rect){ 0, 0, 64, 64 }, (struct yuv){ 50, 60, 70 });
	canvas_unref(&c);
	CHECK_INT(f->data[0][0], 10);
	CHECK_INT(f->data[2][0], 30);
	CHECK_INT(f->colorspace, AVCOL_SPC_BT709);
	av_frame_free(&f);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_flat_colours), TEST(test_matrix_there_and_back), TEST(test_rotation), TEST(test_shape), TEST(test_blend), TEST(test_copy),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drawing on the picture: overlays add up, areas are filled to their edges, copies keep what they have.
 */
#include "tests/unit/test.h"
#include "postprocess/canvas.c"

static struct yuv at(const struct canvas *c, int x, int y)
{
	const AVFrame *f = c->image;

	return (struct yuv){ f->data[0][y * f->linesize[0] + x], f->data[1][y / 2 * f->linesize[1] + x / 2], f->data[2][y / 2 * f->linesize[2] + x / 2] };
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

/** Every sample of the frame around it, none of what is inside or outside. */
static void test_surround(void)
{
	static const struct rect outer = { 8, 4, 40, 30 }, inners[] = { { 8, 4, 40, 30 }, { 8, 10, 40, 20 }, { 20, 4, 10, 30 }, { 12, 8, 30, 20 } };

	for (size_t i = 0; i < G_N_ELEMENTS(inners); i++) {
		struct canvas *c = NULL;
		int n = 0;

		CHECK_INT(canvas_create(&c, 64, 64), 0);
		canvas_fill(c, (struct rect){ 0, 0, 64, 64 }, (struct yuv){ 10, 20, 30 });
		canvas_surround(c, outer, inners[i], (struct yuv){ 99, 98, 97 });
		for (int k = 0; k < 64 * 64; k++)
			n += at(c, k % 64, k / 64).y == 99;
		CHECK_INT(n, outer.w * outer.h - inners[i].w * inners[i].h);
		CHECK_INT(at(c, inners[i].x, inners[i].y).y, 10);
		canvas_unref(&c);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_blend), TEST(test_copy), TEST(test_surround) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

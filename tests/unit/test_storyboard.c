/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The storyboard: every picture is where its index says, for any length and shape.
 */
#include <libavcodec/avcodec.h>
#include "tests/unit/test.h"
#include "postprocess/storyboard.c"

/** A luma that tells the time, to the second. */
static int luma_at(int64_t t_ms)
{
	return 20 + (int)(t_ms / 1000 * 37 % 200);
}

static struct storyboard *made(int w, int h, int fps, int64_t duration_ms)
{
	struct storyboard *s = NULL;
	struct canvas *c = NULL;

	CHECK_INT(storyboard_create(&s, w, h), 0);
	CHECK_INT(canvas_create(&c, w, h), 0);
	for (int64_t n = 0; n * 1000 / fps < duration_ms; n++) {
		int64_t t_ms = n * 1000 / fps;

		if (!storyboard_due(s, t_ms))
			continue;
		canvas_fill(c, (struct rect){ 0, 0, w, h }, (struct yuv){ (uint8_t)luma_at(t_ms), 128, 128 });
		CHECK_INT(storyboard_offer(s, c, t_ms), 0);
	}
	canvas_unref(&c);
	return s;
}

struct cue { int64_t from_ms, to_ms; struct rect r; };

static int64_t ms_of(const int t[4])
{
	return ((t[0] * 60LL + t[1]) * 60 + t[2]) * 1000 + t[3];
}

static int read_cues(const char *vtt, struct cue *cues, int max)
{
	int n = 0;

	CHECK(g_str_has_prefix(vtt, "WEBVTT\n\n"));
	for (const char *p = strstr(vtt, "\n\n"); p && n < max; p = strstr(p + 2, "\n\n"), n++) {
		int f[4], t[4];
		struct rect *r = &cues[n].r;

		CHECK_INT(sscanf(p + 2, "%d:%d:%d.%d --> %d:%d:%d.%d\nstoryboard.jpg#xywh=%d,%d,%d,%d\n", &f[0], &f[1], &f[2], &f[3], &t[0], &t[1], &t[2], &t[3],
				 &r->x, &r->y, &r->w, &r->h), 12);
		cues[n].from_ms = ms_of(f);
		cues[n].to_ms = ms_of(t);
	}
	return n;
}

static void check_pictures(const struct storyboard *s, const struct cue *cues, int n, int64_t duration_ms)
{
	const AVFrame *f = canvas_image(s->sheet);

	for (int i = 0; i < n; i++) {
		int got = f->data[0][(ptrdiff_t)(cues[i].r.y + cues[i].r.h / 2) * f->linesize[0] + cues[i].r.x + cues[i].r.w / 2];

		CHECK_INT(cues[i].from_ms, i ? cues[i - 1].to_ms : 0);
		CHECK_NEAR(got, luma_at(cues[i].from_ms), 1);
		CHECK(cues[i].r.x + cues[i].r.w <= f->width && cues[i].r.y + cues[i].r.h <= f->height);
	}
	CHECK_INT(cues[n - 1].to_ms, duration_ms);
}

static void test_every_length(void)
{
	static const struct { int w, h, fps; int64_t duration_ms; int pictures; } rows[] = {
		{ 320, 180, 30, 33, 1 }, { 320, 180, 30, 1000, 1 }, { 320, 180, 30, 4210, 5 }, { 320, 180, 15, 99500, 100 }, { 320, 180, 15, 100500, 51 },
		{ 320, 180, 24, 201000, 51 }, { 320, 180, 1, 3600000, 57 }, { 320, 180, 7, 18000000, 71 }, { 240, 320, 10, 60000, 60 }, { 640, 480, 10, 60000, 60 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct storyboard *s = made(rows[i].w, rows[i].h, rows[i].fps, rows[i].duration_ms);
		g_autofree char *vtt = storyboard_vtt(s, "storyboard.jpg", rows[i].duration_ms);
		struct cue cues[COLUMNS * ROWS + 1];
		int n = read_cues(vtt, cues, COLUMNS * ROWS + 1);

		CHECK_INT(n, rows[i].pictures);
		check_pictures(s, cues, n, rows[i].duration_ms);
		CHECK(cues[0].r.w <= TILE_W && cues[0].r.h <= TILE_H);
		CHECK_NEAR((double)cues[0].r.w / cues[0].r.h, (double)rows[i].w / rows[i].h, 0.03);
		storyboard_unref(&s);
	}
}

/** The sheet is as large as it must be, and what is left of its last row is black. */
static void test_sheet(void)
{
	static const struct { int64_t duration_ms; int w, h; } rows[] = { { 3000, 480, 90 }, { 10000, 1600, 90 }, { 11000, 1600, 180 }, { 100000, 1600, 900 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct storyboard *s = made(320, 180, 10, rows[i].duration_ms);
		GByteArray *jpeg = NULL;
		guint at = 0;

		CHECK_INT(storyboard_jpeg(s, &jpeg), 0);
		while (at + 9 < jpeg->len && !(jpeg->data[at] == 0xff && jpeg->data[at + 1] == 0xc0))
			at++;
		CHECK(at + 9 < jpeg->len);
		CHECK_INT(jpeg->data[at + 5] << 8 | jpeg->data[at + 6], rows[i].h);
		CHECK_INT(jpeg->data[at + 7] << 8 | jpeg->data[at + 8], rows[i].w);
		g_byte_array_unref(jpeg);
		storyboard_unref(&s);
	}
}

static void test_nothing(void)
{
	struct storyboard *s = NULL;
	GByteArray *jpeg = NULL;
	g_autofree char *vtt = NULL;

	CHECK_INT(storyboard_create(&s, 1280, 720), 0);
	CHECK_INT(storyboard_jpeg(s, &jpeg), -ENODATA);
	vtt = storyboard_vtt(s, "storyboard.jpg", 0);
	CHECK_STR(vtt, "WEBVTT\n");
	storyboard_unref(&s);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_every_length), TEST(test_sheet), TEST(test_nothing) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which candidate becomes the thumbnail: against a plain search over all candidates that are left, for recordings of any length.
 */
#include <libavcodec/avcodec.h>
#include "tests/unit/test.h"
#include "postprocess/thumbnail.c"

enum { W = 64, H = 36 };

/** The first `stripes` columns alternate: the more, the sharper. */
static void draw(struct canvas *c, int background, int stripes)
{
	const AVFrame *f = canvas_image(c);

	canvas_fill(c, (struct rect){ 0, 0, W, H }, (struct yuv){ (uint8_t)background, 128, 128 });
	for (int y = 0; y < H; y++)
		for (int x = 0; x < stripes; x++)
			f->data[0][(ptrdiff_t)y * f->linesize[0] + x] = (uint8_t)(background + (x & 1 ? 9 : -9));
}

static int64_t chosen(const struct thumbnail *t)
{
	const AVFrame *f = choose(t);

	for (int i = 0; f && i <= SPREAD_LEVELS; i++)
		if (t->best[i].picture == f)
			return t->best[i].number;
	return -1;
}

struct candidate { int background, stripes; unsigned live; };

static bool wins(const struct candidate *a, const struct candidate *b)
{
	bool blank_a = a->background < DARK - 9, blank_b = b->background < DARK - 9;

	if (blank_a != blank_b)
		return blank_b;
	return a->live != b->live ? a->live > b->live : a->stripes > b->stripes;
}

static int64_t search(const struct candidate *all, int64_t n)
{
	int64_t step = 1, best = 0;

	while ((n - 1) / step >= MOST)
		step *= 2;
	for (int64_t k = 0; k < n; k += step)
		if (wins(&all[k], &all[best]))
			best = k;
	return best;
}

/** After every candidate; and never more pictures are kept than there are levels in use. */
static void test_chooses_the_best(void)
{
	enum { N = 3000 };
	struct candidate *all = g_new0(struct candidate, N);
	struct thumbnail *t = thumbnail_create();
	struct canvas *c = NULL;
	unsigned seed = 7;

	CHECK_INT(canvas_create(&c, W, H), 0);
	for (int64_t k = 0; k < N; k++) {
		int pictures = 0;

		all[k] = (struct candidate){ rand_r(&seed) % 5 ? 120 : 30, (int)(rand_r(&seed) % 30), rand_r(&seed) % 4 };
		draw(c, all[k].background, all[k].stripes);
		if (thumbnail_due(t, k * STEP_MS))
			CHECK_INT(thumbnail_offer(t, c, k * STEP_MS, all[k].live), 0);
		CHECK_INT(chosen(t), search(all, k + 1));
		for (int i = 0; i <= SPREAD_LEVELS; i++)
			pictures += t->best[i].picture != NULL;
		CHECK(pictures <= 8);
	}
	canvas_unref(&c);
	thumbnail_unref(&t);
	g_free(all);
}

/** Evenly spread, whatever the frame rate, from 20 to 40 once there are so many. */
static void test_candidates(void)
{
	static const int rates[] = { 1, 7, 15, 24, 30, 60 };

	for (size_t i = 0; i < G_N_ELEMENTS(rates); i++) {
		struct spread s = { .step_ms = STEP_MS, .most = MOST };
		int64_t kept = 0;
		bool halved;

		for (int64_t n = 0; n < 3600 * rates[i]; n++) {
			int64_t t_ms = n * 1000 / rates[i], k;

			if (!spread_due(&s, t_ms))
				continue;
			k = spread_take(&s, t_ms, &halved);
			CHECK(k * STEP_MS <= t_ms && t_ms < k * STEP_MS + 1000 / rates[i] + 500);
			kept = (k >> s.level) + 1;
			CHECK(kept <= MOST);
			CHECK(s.level == 0 || kept > MOST / 2);
		}
		CHECK(kept >= 20);
	}
}

static void test_blank(void)
{
	static const struct { int background, stripes; bool blank; } rows[] = {
		{ 16, 0, true }, { 40, 0, true }, { 235, 0, true }, { 225, 2, true }, { 235 - 9, 20, false }, { 120, 0, false }, { 70, 0, false },
	};
	struct canvas *c = NULL;

	CHECK_INT(canvas_create(&c, W, H), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		draw(c, rows[i].background, 0);
		if (rows[i].stripes)       /* a page with some writing on it */
			canvas_fill(c, (struct rect){ 10, 10, rows[i].stripes, H / 2 }, (struct yuv){ 30, 128, 128 });
		if (score_of(canvas_image(c), 1).blank != rows[i].blank)
			TEST_FAIL("luma %d with %d dark columns: blank %d", rows[i].background, rows[i].stripes, !rows[i].blank);
	}
	canvas_unref(&c);
}

static void test_jpeg(void)
{
	static const struct { int w, h; int want_w, want_h; } rows[] = { { 1280, 720, 640, 360 }, { 320, 180, 320, 180 }, { 720, 1280, 202, 360 }, { 1920, 1080, 640, 360 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct thumbnail *t = thumbnail_create();
		struct canvas *c = NULL;
		GByteArray *jpeg = NULL, *again = NULL;

		CHECK_INT(thumbnail_jpeg(t, &jpeg), -ENODATA);
		CHECK_INT(canvas_create(&c, rows[i].w, rows[i].h), 0);
		CHECK_INT(thumbnail_offer(t, c, 0, 0), 0);
		CHECK_INT(thumbnail_jpeg(t, &jpeg), 0);
		CHECK_INT(thumbnail_jpeg(t, &again), 0);
		CHECK(jpeg->len == again->len && !memcmp(jpeg->data, again->data, jpeg->len));
		CHECK(jpeg->len > 200 && jpeg->data[0] == 0xff && jpeg->data[1] == 0xd8);
		for (guint at = 0; at + 9 < jpeg->len; at++)       /* SOF0 */
			if (jpeg->data[at] == 0xff && jpeg->data[at + 1] == 0xc0) {
				CHECK_INT(jpeg->data[at + 5] << 8 | jpeg->data[at + 6], rows[i].want_h);
				CHECK_INT(jpeg->data[at + 7] << 8 | jpeg->data[at + 8], rows[i].want_w);
				break;
			}
		g_byte_array_unref(jpeg);
		g_byte_array_unref(again);
		canvas_unref(&c);
		thumbnail_unref(&t);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_chooses_the_best), TEST(test_candidates), TEST(test_blank), TEST(test_jpeg) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

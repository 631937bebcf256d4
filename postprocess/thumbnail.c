/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chooses and encodes the thumbnail. Called by beside: candidates on the composing thread; the JPEG after it has ended.
 *
 *	candidate k ─▶ score ─▶ better than the best of its level? ─▶ copied          level: how often k can be halved
 *
 * Candidates are given up by level as the recording grows (spread.h), so the best of each level is all that can still win: a few pictures, whatever the length.
 */
#include <errno.h>
#include <stdlib.h>
#include "postprocess/jpeg.h"
#include "postprocess/spread.h"
#include "postprocess/thumbnail.h"

enum {
	WIDTH = 640, HEIGHT = 360, MOST = 40, STEP_MS = 500,
	ROWS = 4,                  /* one in so many is looked at */
	DARK = 56, BRIGHT = 208,   /* luma; a tile without a picture is dark */
	BLANK_PERCENT = 95,
	EDGE_MAX = 48,             /* an edge counts no more than this: letters and borders are in every picture */
};

struct score {
	bool blank;
	unsigned live;
	int64_t sharp;
};

struct thumbnail {
	struct spread spread;
	struct { AVFrame *picture; struct score score; int64_t number; } best[SPREAD_LEVELS + 1];
};

struct thumbnail *thumbnail_create(void)
{
	struct thumbnail *t = g_new0(struct thumbnail, 1);

	t->spread = (struct spread){ .step_ms = STEP_MS, .most = MOST };
	return t;
}

bool thumbnail_due(const struct thumbnail *t, int64_t t_ms)
{
	return spread_due(&t->spread, t_ms);
}

struct sums { int64_t sharp, dark, bright, all; };

/** Second differences in both directions: a picture out of focus, or in motion, has small ones. */
static void add_row(struct sums *sum, const uint8_t *row, int stride, int w)
{
	for (int x = 1; x < w - 1; x++) {
		int c = row[x], d = abs(2 * c - row[x - 1] - row[x + 1]) + abs(2 * c - row[x - stride] - row[x + stride]);

		sum->sharp += d < EDGE_MAX ? d : EDGE_MAX;
		sum->dark += c < DARK;
		sum->bright += c > BRIGHT;
	}
	sum->all += w - 2;
}

static struct score score_of(const AVFrame *f, unsigned live)
{
	struct sums sum = { 0 };

	for (int y = 1; y < f->height - 1; y += ROWS)
		add_row(&sum, f->data[0] + (ptrdiff_t)y * f->linesize[0], f->linesize[0], f->width);
	return (struct score){ MAX(sum.dark, sum.bright) * 100 > sum.all * BLANK_PERCENT, live, sum.sharp };
}

static bool better(const struct score *a, const struct score *b)
{
	if (a->blank != b->blank)
		return b->blank;
	return a->live != b->live ? a->live > b->live : a->sharp > b->sharp;
}

int thumbnail_offer(struct thumbnail *t, struct canvas *c, int64_t t_ms, unsigned live)
{
	struct score score = score_of(canvas_image(c), live);
	bool halved;
	int64_t k = spread_take(&t->spread, t_ms, &halved);
	int level = spread_level_of(k);
	AVFrame *copy;

	if (halved)
		av_frame_free(&t->best[t->spread.level - 1].picture);
	if (level < t->spread.level || (t->best[level].picture && !better(&score, &t->best[level].score)))
		return 0;
	copy = canvas_copy(c);
	if (!copy)
		return -ENOMEM;
	av_frame_free(&t->best[level].picture);
	t->best[level].picture = copy;
	t->best[level].score = score;
	t->best[level].number = k;
	return 0;
}

/** Among equals the earliest. */
static const AVFrame *choose(const struct thumbnail *t)
{
	int n = -1;

	for (int i = t->spread.level; i <= SPREAD_LEVELS; i++) {
		bool same = n >= 0 && !better(&t->best[n].score, &t->best[i].score) && !better(&t->best[i].score, &t->best[n].score);

		if (!t->best[i].picture)
			continue;
		if (n < 0 || better(&t->best[i].score, &t->best[n].score) || (same && t->best[i].number < t->best[n].number))
			n = i;
	}
	return n < 0 ? NULL : t->best[n].picture;
}

int thumbnail_jpeg(const struct thumbnail *t, GByteArray **jpeg)
{
	const AVFrame *f = choose(t);
	double scale = f ? MIN(1, MIN((double)WIDTH / f->width, (double)HEIGHT / f->height)) : 0;
	struct rect r = { 0, 0, f ? MAX(2, (int)(f->width * scale) & ~1) : 0, f ? MAX(2, (int)(f->height * scale) & ~1) : 0 };
	struct canvas *c = NULL;
	struct scaler *s = NULL;
	int err = f ? canvas_create(&c, r.w, r.h) : -ENODATA;

	if (!err)
		err = canvas_video(c, &s, f, r, 0);
	if (!err)
		err = jpeg_encode(canvas_image(c), r.w, r.h, jpeg);
	scaler_unref(&s);
	canvas_unref(&c);
	return err;
}

void thumbnail_unref(struct thumbnail **t)
{
	for (int i = 0; *t && i <= SPREAD_LEVELS; i++)
		av_frame_free(&(*t)->best[i].picture);
	g_clear_pointer(t, g_free);
}

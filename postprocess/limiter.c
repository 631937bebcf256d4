/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A look-ahead limiter for both channels together. Called by sound, on the thread that makes the sound.
 *
 *   in ─▶ × gain ─┬─▶ peak of each sample and the three points after it ─▶ gain it needs ─▶ least of the next 5 ms ─▶ slow release ─▶ mean of the last 5 ms ─┐
 *                 └─▶ a block of delay ───────────────────────────────────────────────────────────────────────────────────────────────────────────▶ × ─▶ out
 *
 * The mean of 5 ms is a straight ramp that has arrived at a peak's gain when the peak comes: every value in it covers that peak. Where neither the block nor the memory of
 * the last reduction asks for anything, all of this is skipped.
 */
#include <math.h>
#include <string.h>
#include <glib.h>
#include "postprocess/limiter.h"
#include "postprocess/loudness.h"
#include "postprocess/pcm.h"
#include "postprocess/true_peak.h"

enum {
	AHEAD = 240,                               /* samples: 5 ms */
	SPAN = 2 * PCM_BLOCK,
};
static const double release_s = 0.08;

struct limiter {
	double ceiling;
	struct true_peak meter;
	float pcm[SPAN][PCM_CHANNELS];             /* the block before, this block */
	float need[SPAN];                          /* gain each sample needs; the last TRUE_PEAK_HALF are not known yet and 1 */
	float held[AHEAD + PCM_BLOCK];             /* after release: the last AHEAD of the block before, this block's */
	double level, least;                       /* the release's state; the least ever */
	bool idle;                                 /* held is all 1 */
};

void limiter_create(struct limiter **out, double ceiling_db)
{
	struct limiter *l = g_new0(struct limiter, 1);

	l->ceiling = db_to_gain(ceiling_db);
	l->level = l->least = 1;
	l->idle = true;
	for (int i = 0; i < SPAN; i++)
		l->need[i] = 1;
	for (int i = 0; i < AHEAD + PCM_BLOCK; i++)
		l->held[i] = 1;
	true_peak_init(&l->meter);
	*out = l;
}

/* What can be known now: the samples up to TRUE_PEAK_HALF before the end. A point between two samples is charged to both. */
static bool find_needs(struct limiter *l)
{
	float limit = (float)l->ceiling, peaks[PCM_BLOCK];
	int from = PCM_BLOCK - TRUE_PEAK_HALF;

	if (true_peak_find(&l->meter, (const float (*)[PCM_CHANNELS])&l->pcm[from], PCM_BLOCK, limit, peaks) <= limit)
		return false;
	for (int i = 0; i < PCM_BLOCK; i++) {
		float need = peaks[i] > limit ? limit / peaks[i] : 1;

		l->need[from + i] = MIN(l->need[from + i], need);
		l->need[from + i + 1] = MIN(l->need[from + i + 1], need);
	}
	return true;
}

/* Least need of the AHEAD samples from each of the block before on, then the release. Walks backwards with the index of the least. */
static void hold(struct limiter *l)
{
	double rate = 1 - exp(-1 / (release_s * PCM_RATE));
	float least[PCM_BLOCK];

	for (int i = PCM_BLOCK - 1, at = -1; i >= 0; i--) {
		if (at < 0 || at >= i + AHEAD) {
			at = i;
			for (int j = i + 1; j < i + AHEAD; j++)
				at = l->need[j] < l->need[at] ? j : at;
		} else if (l->need[i] <= l->need[at]) {
			at = i;
		}
		least[i] = l->need[at];
	}
	for (int i = 0; i < PCM_BLOCK; i++) {
		l->level = MIN((double)least[i], l->level + (1 - l->level) * rate);
		if (l->level > 0.99999)
			l->level = 1;
		l->held[AHEAD + i] = (float)l->level;
		l->least = MIN(l->least, l->level);
	}
}

static void apply(struct limiter *l, float *out)
{
	double sum = 0;

	for (int i = 0; i < AHEAD; i++)
		sum += (double)l->held[i + 1];
	for (int i = 0; i < PCM_BLOCK; i++) {
		float gain = (float)(sum / AHEAD);

		out[2 * i] = l->pcm[i][0] * gain;
		out[2 * i + 1] = l->pcm[i][1] * gain;
		if (i + 1 < PCM_BLOCK)
			sum += (double)l->held[AHEAD + i + 1] - (double)l->held[i + 1];
	}
}

/* Makes room: what was this block becomes the one before. */
static void shift(struct limiter *l)
{
	memmove(l->pcm[0], l->pcm[PCM_BLOCK], PCM_BLOCK_VALUES * sizeof(float));
	memmove(l->need, l->need + PCM_BLOCK, PCM_BLOCK * sizeof(float));
	for (int i = PCM_BLOCK; i < SPAN; i++)
		l->need[i] = 1;
}

static void amplify(const float *in, float *out, double from, double to)
{
	float gain = (float)from, step = (float)((to - from) / PCM_BLOCK);

	for (int i = 0; i < PCM_BLOCK; i++) {
		out[2 * i] = in[2 * i] * (gain + step * (float)i);
		out[2 * i + 1] = in[2 * i + 1] * (gain + step * (float)i);
	}
}

bool limiter_run(struct limiter *l, const float *in, double gain_from, double gain_to, float *out)
{
	float *pcm = l->pcm[PCM_BLOCK];
	bool asked;

	shift(l);
	amplify(in, pcm, gain_from, gain_to);
	asked = find_needs(l);
	if (l->idle && !asked) {
		memcpy(out, l->pcm[0], PCM_BLOCK_VALUES * sizeof(float));
		return false;
	}
	hold(l);
	apply(l, out);
	memmove(l->held, l->held + PCM_BLOCK, AHEAD * sizeof(float));
	l->idle = !asked && l->level >= 1 && l->held[0] >= 1;
	return true;
}

double limiter_reduction_db(const struct limiter *l)
{
	return gain_to_db(l->least);
}

void limiter_unref(struct limiter **l)
{
	g_free(*l);
	*l = NULL;
}

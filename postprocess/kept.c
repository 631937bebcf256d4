/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called by master, on the thread that makes the sound. Stop waits for the search, so the mix is measured as it comes, and a trial runs the limiter alone: what that takes
 * away from a block's energy it takes from its loudness, to a hundredth of a unit. What comes out in the end is measured for itself.
 *
 *   blocks ─▶ pieces of 10 s        K-weighted powers ─× gain² ─× what the limiter left ─▶ 400 ms each 100 ms ─▶ gates ─▶ LUFS
 */
#include <math.h>
#include <string.h>
#include <glib.h>
#include "postprocess/kept.h"
#include "postprocess/kweight.h"
#include "postprocess/limiter.h"
#include "postprocess/loudness.h"

enum { PIECE = 500, WINDOW = 20, HOP = 5, TRIALS = 6 };    /* blocks */
static const double near_enough = 0.05, relative_lu = -10, absolute_lufs = -70;

struct kept {
	GPtrArray *pieces;         /* of PIECE blocks */
	GArray *powers, *gains;    /* double, a block each; the gains it had at first */
	struct kweight filter;
	int64_t blocks;
};

void kept_create(struct kept **out)
{
	struct kept *k = g_new0(struct kept, 1);

	k->pieces = g_ptr_array_new_with_free_func(g_free);
	k->powers = g_array_new(FALSE, FALSE, sizeof(double));
	k->gains = g_array_new(FALSE, FALSE, sizeof(double));
	*out = k;
}

void kept_add(struct kept *k, const float *pcm, double gain_db)
{
	double power = kweight_power(&k->filter, pcm), gain = db_to_gain(gain_db);

	if (k->blocks % PIECE == 0)
		g_ptr_array_add(k->pieces, g_new(float, PIECE * PCM_BLOCK_VALUES));
	memcpy((float *)k->pieces->pdata[k->blocks / PIECE] + k->blocks % PIECE * PCM_BLOCK_VALUES, pcm, PCM_BLOCK_VALUES * sizeof(float));
	g_array_append_val(k->powers, power);
	g_array_append_val(k->gains, gain);
	k->blocks++;
}

int64_t kept_blocks(const struct kept *k)
{
	return k->blocks;
}

const float *kept_block(const struct kept *k, int64_t n)
{
	return (const float *)k->pieces->pdata[n / PIECE] + n % PIECE * PCM_BLOCK_VALUES;
}

static double energy(const float *pcm)
{
	double sum = 0;

	for (int i = 0; i < PCM_BLOCK_VALUES; i++)
		sum += (double)pcm[i] * (double)pcm[i];
	return sum;
}

/* What is left of a block's power; `out` is the block after gain and limiter. */
static double share_left(const float *in, const float *out)
{
	double before = energy(in);

	return before > 0 ? energy(out) / before : 0;
}

/* Powers of all blocks with a gain each, or, `stride` 0, one for all, limited. */
static void limited(const struct kept *k, const double *gains, int stride, double ceiling_db, double *powers)
{
	static const float silence[PCM_BLOCK_VALUES];
	struct limiter *limiter;
	double before = 1;

	limiter_create(&limiter, ceiling_db);
	for (int64_t n = 0; n <= k->blocks; n++) {
		float out[PCM_BLOCK_VALUES];
		double gain = n < k->blocks ? gains[n * stride] : 1;
		bool acted = limiter_run(limiter, n < k->blocks ? kept_block(k, n) : silence, gain, gain, out);

		if (n > 0)
			powers[n - 1] = g_array_index(k->powers, double, n - 1) * (acted ? share_left(kept_block(k, n - 1), out) : before * before);
		before = gain;
	}
	limiter_unref(&limiter);
}

/* Mean power of the windows above a gate. */
static double mean_above(const double *powers, int64_t n, double gate)
{
	double sum = 0, windows = 0;

	for (int64_t at = 0; at + WINDOW <= n; at += HOP) {
		double p = 0;

		for (int i = 0; i < WINDOW; i++)
			p += powers[at + i] / WINDOW;
		if (p <= gate)
			continue;
		sum += p;
		windows++;
	}
	return windows > 0 ? sum / windows : 0;
}

static double integrated(const double *powers, int64_t n)
{
	double gate = lufs_to_power(absolute_lufs), first = mean_above(powers, n, gate);

	return power_to_lufs(mean_above(powers, n, MAX(gate, first * pow(10, relative_lu / 10))));
}

double kept_loudness(const struct kept *k, double ceiling_db)
{
	g_autofree double *powers = g_new0(double, k->blocks + 1);

	limited(k, (const double *)(void *)k->gains->data, 1, ceiling_db, powers);
	return integrated(powers, k->blocks);
}

/* What the limiter takes away is given again, as long as that helps. */
double kept_gain_db(const struct kept *k, double aim_lufs, double ceiling_db, double max_db)
{
	g_autofree double *powers = g_new0(double, k->blocks + 1);
	double lufs = integrated((const double *)(void *)k->powers->data, k->blocks), gain_db = MIN(aim_lufs - lufs, max_db);

	if (!isfinite(lufs))
		return 0;
	for (int i = 0; i < TRIALS; i++) {
		double gain = db_to_gain(gain_db);

		limited(k, &gain, 0, ceiling_db, powers);
		lufs = integrated(powers, k->blocks);
		if (!isfinite(lufs) || fabs(aim_lufs - lufs) < near_enough)
			break;
		gain_db = MIN(gain_db + aim_lufs - lufs, max_db);
	}
	return gain_db;
}

void kept_unref(struct kept **k)
{
	if (!*k)
		return;
	g_ptr_array_unref((*k)->pieces);
	g_array_unref((*k)->powers);
	g_array_unref((*k)->gains);
	g_clear_pointer(k, g_free);
}

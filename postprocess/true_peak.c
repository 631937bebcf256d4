/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Interpolation by a Hann-windowed sinc. Called by limiter and loudness. Speech spends most of its time far below its peaks, so a stretch of samples is only
 * interpolated where its own samples come within reach of what is asked for.
 */
#include <math.h>
#include <string.h>
#include <glib.h>
#include "postprocess/true_peak.h"

static const float overshoot = 2.1f;               /* no point between samples exceeds them by more: the sum of the taps' magnitudes */

void true_peak_init(struct true_peak *t)
{
	for (int p = 0; p < TRUE_PEAK_PHASES; p++) {
		double sum = 0;

		for (int i = 0; i < TRUE_PEAK_TAPS; i++) {
			double x = i - TRUE_PEAK_HALF + 1 - p / (double)TRUE_PEAK_PHASES, w = x / TRUE_PEAK_HALF;

			w = fabs(w) < 1 ? cos(G_PI / 2 * w) : 0;
			t->taps[p][i] = (float)((fabs(x) < 1e-9 ? 1 : sin(G_PI * x) / (G_PI * x)) * w * w);
			sum += (double)t->taps[p][i];
		}
		for (int i = 0; i < TRUE_PEAK_TAPS; i++)
			t->taps[p][i] /= (float)sum;
	}
}

/* Of frames [from, to) around pcm. */
static float max_abs(const float (*pcm)[PCM_CHANNELS], int from, int to)
{
	float left = 0, right = 0;

	for (int i = from; i < to; i++) {
		left = MAX(left, fabsf(pcm[i][0]));
		right = MAX(right, fabsf(pcm[i][1]));
	}
	return MAX(left, right);
}

static float peak_at(const struct true_peak *t, const float (*at)[PCM_CHANNELS])
{
	const float (*x)[PCM_CHANNELS] = at - TRUE_PEAK_HALF + 1;
	float peak = max_abs(at, 0, 1);

	for (int p = 1; p < TRUE_PEAK_PHASES; p++) {
		float left = 0, right = 0;

		for (int i = 0; i < TRUE_PEAK_TAPS; i++) {
			left += t->taps[p][i] * x[i][0];
			right += t->taps[p][i] * x[i][1];
		}
		peak = MAX(peak, MAX(fabsf(left), fabsf(right)));
	}
	return peak;
}

float true_peak_find(const struct true_peak *t, const float (*pcm)[PCM_CHANNELS], int frames, float floor, float *peaks)
{
	float highest = 0;

	memset(peaks, 0, (size_t)frames * sizeof(*peaks));
	for (int i = 0; i < frames; i += TRUE_PEAK_TAPS) {
		int end = MIN(i + TRUE_PEAK_TAPS, frames);

		if (max_abs(pcm, i - TRUE_PEAK_HALF, end + TRUE_PEAK_HALF) * overshoot <= floor)
			continue;
		for (int k = i; k < end; k++) {
			peaks[k] = peak_at(t, &pcm[k]);
			highest = MAX(highest, peaks[k]);
		}
	}
	return highest;
}

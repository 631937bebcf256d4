/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of sound listen with: test signals, and where beeps begin. Buffers are as in postprocess/pcm.h. Included after tests/unit/test.h.
 */
#pragma once
#include "postprocess/pcm.h"

enum { PROBE_QUIET = 200 * PCM_PER_MS };

/** The sender's test signal: 100 ms of 440 Hz at half of full scale at the beginning of every second. */
static inline double probe_beep(double t_s)
{
	return fmod(t_s, 1.0) < 0.1 ? 0.5 * sin(2 * M_PI * 440 * t_s) : 0;
}

/** Uniform noise in -1..1, the same in every run. */
static inline float probe_noise(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (float)((double)(*state >> 8) / 8388608.0 - 1);
}

/** The first sample at or after `from` that is louder than `level`, or -1. */
static inline int64_t probe_above(const float *pcm, int64_t from, int64_t frames, float level)
{
	for (int64_t i = from; i < frames; i++)
		if (fabsf(pcm[i * PCM_CHANNELS]) > level)
			return i;
	return -1;
}

/** Onsets: samples louder than `level` after 200 ms below it (the beginning counts as quiet). Returns how many there are; at most `max` are stored. */
static inline int probe_onsets(const float *pcm, int64_t frames, float level, int64_t *at, int max)
{
	int64_t last = -PROBE_QUIET;
	int n = 0;

	for (int64_t i = 0; (i = probe_above(pcm, i, frames, level)) >= 0; last = i++)
		if (i - last >= PROBE_QUIET && n++ < max)
			at[n - 1] = i;
	return n;
}

static inline float probe_peak(const float *pcm, int64_t from, int64_t to)
{
	float peak = 0;

	for (int64_t i = from * PCM_CHANNELS; i < to * PCM_CHANNELS; i++)
		peak = fmaxf(peak, fabsf(pcm[i]));
	return peak;
}

/** The largest step between neighbouring samples: a click stands out of a tone by it. */
static inline float probe_step(const float *pcm, int64_t from, int64_t to)
{
	float step = 0;

	for (int64_t i = from + 1; i < to; i++)
		step = fmaxf(step, fabsf(pcm[i * PCM_CHANNELS] - pcm[(i - 1) * PCM_CHANNELS]));
	return step;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Peaks between samples: four times oversampling as ITU-R BS.1770-4 annex 2 asks for, on pcm.h's frames. Looks only where a peak of interest can be. No state but the taps.
 */
#pragma once
#include "postprocess/pcm.h"

enum { TRUE_PEAK_TAPS = 16, TRUE_PEAK_HALF = TRUE_PEAK_TAPS / 2, TRUE_PEAK_PHASES = 4 };

struct true_peak {
	float taps[TRUE_PEAK_PHASES][TRUE_PEAK_TAPS];
};

void true_peak_init(struct true_peak *t);
/** For each of `frames` the highest magnitude of it and the three points after it, of both channels; 0 where it cannot be above `floor`. Reads
 *  TRUE_PEAK_HALF frames before `pcm` and as many after its end. Returns the highest. */
float true_peak_find(const struct true_peak *t, const float (*pcm)[PCM_CHANNELS], int frames, float floor, float *peaks);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libebur128 in histogram mode, so that an hour takes no more memory than a minute (bins of 0.1 LU), and our own true peak, since libebur128's costs twice as much as its
 * loudness and ours, which looks only where a new maximum can be, next to nothing. Called by sound.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <ebur128.h>
#include <glib.h>
#include "postprocess/loudness.h"
#include "postprocess/pcm.h"
#include "postprocess/true_peak.h"

enum { BEFORE = 2 * TRUE_PEAK_HALF };     /* frames kept: half of them were not yet asked about */

struct loudness {
	ebur128_state *state;
	bool with_peak;
	struct true_peak meter;
	float pcm[BEFORE + PCM_BLOCK][PCM_CHANNELS];
	float peak;
};

int loudness_create(struct loudness **out, enum loudness_kind kind)
{
	struct loudness *l = g_new0(struct loudness, 1);

	l->with_peak = kind != LOUDNESS_ONLY;
	true_peak_init(&l->meter);
	l->state = ebur128_init(PCM_CHANNELS, PCM_RATE, EBUR128_MODE_I | (kind == LOUDNESS_ALL ? EBUR128_MODE_LRA : 0) | EBUR128_MODE_HISTOGRAM);
	if (!l->state)
		loudness_unref(&l);
	*out = l;
	return l ? 0 : -ENOMEM;
}

/* At most a block. The last TRUE_PEAK_HALF samples of all are never asked about; nothing ends that loudly. */
static void add_peak(struct loudness *l, const float *pcm, int frames)
{
	float peaks[PCM_BLOCK], found;

	memcpy(l->pcm[BEFORE], pcm, (size_t)frames * sizeof(l->pcm[0]));
	found = true_peak_find(&l->meter, (const float (*)[PCM_CHANNELS])&l->pcm[TRUE_PEAK_HALF], frames, l->peak, peaks);
	l->peak = MAX(l->peak, found);
	memmove(l->pcm, l->pcm[frames], BEFORE * sizeof(l->pcm[0]));
}

int loudness_add(struct loudness *l, const float *pcm, int frames)
{
	for (int at = 0; l->with_peak && at < frames; at += PCM_BLOCK)
		add_peak(l, pcm + at * PCM_CHANNELS, MIN(frames - at, PCM_BLOCK));
	return ebur128_add_frames_float(l->state, pcm, (size_t)frames) == EBUR128_SUCCESS ? 0 : -ENOMEM;
}

double loudness_integrated(const struct loudness *l)
{
	double lufs = -HUGE_VAL;

	if (ebur128_loudness_global(l->state, &lufs) != EBUR128_SUCCESS)
		return -HUGE_VAL;
	return lufs;
}

double loudness_true_peak_db(const struct loudness *l)
{
	return gain_to_db((double)l->peak);
}

double loudness_range(const struct loudness *l)
{
	double range = 0;

	return ebur128_loudness_range(l->state, &range) == EBUR128_SUCCESS && isfinite(range) ? range : 0;
}

void loudness_unref(struct loudness **l)
{
	if (!*l)
		return;
	if ((*l)->state)
		ebur128_destroy(&(*l)->state);
	g_free(*l);
	*l = NULL;
}

double db_to_gain(double db)
{
	return pow(10, db / 20);
}

double gain_to_db(double gain)
{
	return gain > 0 ? 20 * log10(gain) : -HUGE_VAL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libebur128 with what sound needs of it: histogram mode, so that an hour takes no more memory than a minute (bins of 0.1 LU). Called by sound.
 */
#include <errno.h>
#include <math.h>
#include <ebur128.h>
#include <glib.h>
#include "postprocess/loudness.h"
#include "postprocess/pcm.h"

struct loudness {
	ebur128_state *state;
};

int loudness_create(struct loudness **out, enum loudness_kind kind)
{
	struct loudness *l = g_new0(struct loudness, 1);
	int mode = EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM;

	if (kind == LOUDNESS_AND_PEAK)
		mode |= EBUR128_MODE_TRUE_PEAK;
	l->state = ebur128_init(PCM_CHANNELS, PCM_RATE, mode);
	if (!l->state)
		loudness_unref(&l);
	*out = l;
	return l ? 0 : -ENOMEM;
}

int loudness_add(struct loudness *l, const float *pcm, int frames)
{
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
	double peak = 0;

	for (unsigned c = 0; c < PCM_CHANNELS; c++) {
		double p = 0;

		if (ebur128_true_peak(l->state, c, &p) == EBUR128_SUCCESS)
			peak = MAX(peak, p);
	}
	return gain_to_db(peak);
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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two biquads per channel. Called by leveller and kept, on the thread that makes the sound. Silence resets the filters, which would else crawl through denormal numbers.
 */
#include <math.h>
#include <string.h>
#include "postprocess/kweight.h"

struct biquad { double b0, b1, b2, a1, a2; };
static const struct biquad shelf = { 1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585 };  /* tables 1 and 2 */
static const struct biquad high_pass = { 1, -2, 1, -1.99004745483398, 0.99007225036621 };

static double channel_power(struct kweight *k, int channel, const float *in)
{
	double p1 = k->stage[channel][0].z1, p2 = k->stage[channel][0].z2, q1 = k->stage[channel][1].z1, q2 = k->stage[channel][1].z2, sum = 0;

	for (int i = channel; i < PCM_BLOCK_VALUES; i += PCM_CHANNELS) {
		double x = (double)in[i], y, z;

		y = shelf.b0 * x + p1;
		p1 = shelf.b1 * x - shelf.a1 * y + p2;
		p2 = shelf.b2 * x - shelf.a2 * y;
		z = high_pass.b0 * y + q1;
		q1 = high_pass.b1 * y - high_pass.a1 * z + q2;
		q2 = high_pass.b2 * y - high_pass.a2 * z;
		sum += z * z;
	}
	k->stage[channel][0].z1 = p1;
	k->stage[channel][0].z2 = p2;
	k->stage[channel][1].z1 = q1;
	k->stage[channel][1].z2 = q2;
	return sum / PCM_BLOCK;
}

double kweight_power(struct kweight *k, const float *in)
{
	double sum = 0;

	if (!in) {
		memset(k, 0, sizeof(*k));
		return 0;
	}
	for (int c = 0; c < PCM_CHANNELS; c++)
		sum += channel_power(k, c, in);
	return sum;
}

double power_to_lufs(double power)
{
	return power > 0 ? -0.691 + 10 * log10(power) : -HUGE_VAL;
}

double lufs_to_power(double lufs)
{
	return pow(10, (lufs + 0.691) / 10);
}

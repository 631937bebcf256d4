/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per source: measures, then turns a slow knob. Called by the mixer, on the thread that makes the sound.
 *
 *   in ─┬─▶ K-weighting ─▶ power of the block ─▶ 400 ms ─▶ gate ─▶ fading histogram ─▶ wanted gain ─┐
 *       └─▶ 20 blocks of delay ──────────────────────────────────────────────────────▶ × gain ─▶ out
 *
 * The measure is that of EBU R 128 (400 ms every 100 ms, a gate at -10 LU below the mean), but older sound counts less and less, and only what is above an absolute gate
 * counts at all: in pauses nothing moves. A source's first seconds may move the gain fast, and at once while what goes out is silence.
 */
#include <math.h>
#include <string.h>
#include <glib.h>
#include "postprocess/leveller.h"
#include "postprocess/loudness.h"
#include "postprocess/pcm.h"

enum { HOP = 5, BINS = 140 };                      /* blocks between measures; bins of 0.5 LU from the gate on */
static const double
	gate_lufs = -50,                           /* below it is room, not speech */
	quiet_lufs = -60,                          /* what may be turned without being noticed */
	relative_lu = -10,
	bin_lu = 0.5,
	memory_hops = 100,                         /* 10 s of speech */
	young_hops = 25,                           /* the first 2.5 s of it */
	young_db = 30, up_db = 2, down_db = 4;     /* per second */

struct biquad { double b0, b1, b2, a1, a2; };
struct biquad_state { double z1, z2; };
static const struct biquad k_weighting[2] = {      /* ITU-R BS.1770-4, tables 1 and 2 */
	{ 1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585 },
	{ 1, -2, 1, -1.99004745483398, 0.99007225036621 },
};

struct leveller {
	struct leveller_conf conf;
	struct biquad_state filter[PCM_CHANNELS][2];
	double power[LEVELLER_DELAY];              /* K-weighted, of the blocks in the delay */
	bool sound[LEVELLER_DELAY];
	float delay[LEVELLER_DELAY][PCM_BLOCK_VALUES];
	unsigned next;                             /* slot of the oldest block */
	unsigned hop;
	double bins[BINS], weight;
	bool active;
	double want_db, gain_db, talk_ms;
};

void leveller_create(struct leveller **out, const struct leveller_conf *conf)
{
	struct leveller *l = g_new0(struct leveller, 1);

	l->conf = *conf;
	*out = l;
}

static double lufs(double power)
{
	return power > 0 ? -0.691 + 10 * log10(power) : -HUGE_VAL;
}

static double channel_power(struct biquad_state *s, const float *in)
{
	const struct biquad *f = &k_weighting[0], *g = &k_weighting[1];
	struct biquad_state p = s[0], q = s[1];
	double sum = 0;

	for (int i = 0; i < PCM_BLOCK_VALUES; i += PCM_CHANNELS) {
		double x = (double)in[i], y, z;

		y = f->b0 * x + p.z1;
		p.z1 = f->b1 * x - f->a1 * y + p.z2;
		p.z2 = f->b2 * x - f->a2 * y;
		z = g->b0 * y + q.z1;
		q.z1 = g->b1 * y - g->a1 * z + q.z2;
		q.z2 = g->b2 * y - g->a2 * z;
		sum += z * z;
	}
	s[0] = p;
	s[1] = q;
	return sum / PCM_BLOCK;
}

/* BS.1770 adds the channels' powers. Silence resets the filters, which would else crawl through denormal numbers. */
static double block_power(struct leveller *l, const float *in)
{
	double sum = 0;

	if (!in) {
		memset(l->filter, 0, sizeof(l->filter));
		return 0;
	}
	for (int c = 0; c < PCM_CHANNELS; c++)
		sum += channel_power(l->filter[c], in + c);
	return sum;
}

static double bin_power(int bin)
{
	return pow(10, (gate_lufs + (bin + 0.5) * bin_lu + 0.691) / 10);
}

static double mean_power(const struct leveller *l, double above)
{
	double sum = 0, weight = 0;

	for (int i = 0; i < BINS; i++) {
		double p = bin_power(i);

		if (p < above)
			continue;
		sum += l->bins[i] * p;
		weight += l->bins[i];
	}
	return weight > 0 ? sum / weight : 0;
}

static void measure(struct leveller *l)
{
	double sum = 0, level;

	for (int i = 0; i < LEVELLER_DELAY; i++)
		sum += l->power[i];
	level = lufs(sum / LEVELLER_DELAY);
	l->active = level > gate_lufs;
	if (!l->active)
		return;
	for (int i = 0; i < BINS; i++)
		l->bins[i] *= 1 - 1 / memory_hops;
	l->bins[MIN((int)((level - gate_lufs) / bin_lu), BINS - 1)] += 1;
	l->weight = l->weight * (1 - 1 / memory_hops) + 1;
	sum = mean_power(l, mean_power(l, 0) * pow(10, relative_lu / 10));
	l->want_db = CLAMP(l->conf.target_lufs - lufs(sum), l->conf.min_db, l->conf.max_db);
}

/* The gain at the end of the block that goes out now, whose own level is `level`. */
static double turn(const struct leveller *l, double level)
{
	bool young = l->weight < young_hops;
	double up = (young ? young_db : up_db) * PCM_BLOCK_MS / 1000, down = (young ? young_db : down_db) * PCM_BLOCK_MS / 1000;

	if (!l->active)
		return l->gain_db;
	if (young && level < quiet_lufs)
		return l->want_db;
	return CLAMP(l->want_db, l->gain_db - down, l->gain_db + up);
}

static void amplify(const float *in, float *out, double from, double to)
{
	for (int i = 0; i < PCM_BLOCK; i++) {
		float gain = (float)(from + (to - from) * i / PCM_BLOCK);

		out[2 * i] = in[2 * i] * gain;
		out[2 * i + 1] = in[2 * i + 1] * gain;
	}
}

bool leveller_run(struct leveller *l, const float *in, float *out)
{
	unsigned slot = l->next;
	double level = lufs(l->power[slot]), before = l->gain_db, power = block_power(l, in);
	bool sound = l->sound[slot];

	l->power[slot] = power;
	l->next = (slot + 1) % LEVELLER_DELAY;
	if (++l->hop % HOP == 0)
		measure(l);
	l->gain_db = turn(l, level);
	if (sound)
		amplify(l->delay[slot], out, db_to_gain(before), db_to_gain(l->gain_db));
	if (level > gate_lufs)
		l->talk_ms += PCM_BLOCK_MS;
	l->sound[slot] = in;
	if (in)
		memcpy(l->delay[slot], in, sizeof(l->delay[slot]));
	return sound;
}

double leveller_talk_ms(const struct leveller *l)
{
	return l->talk_ms;
}

double leveller_gain_db(const struct leveller *l)
{
	return l->gain_db;
}

void leveller_unref(struct leveller **l)
{
	g_free(*l);
	*l = NULL;
}

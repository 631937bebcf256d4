/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Per source: measures, then turns a slow knob. Called by the mixer, on the thread that makes the sound.
 *
 *   in ─┬─▶ K-weighting ─▶ power of the block ─┬─▶ 400 ms ─▶ gate ─▶ fading histogram ─▶ wanted gain ─┐
 *       │                                      └─▶ voice? ────▲                                      │
 *       └─▶ 40 blocks of delay ─────────────────────────────────────────────────────────────▶ × gain ─▶ out
 *
 * The measure is that of EBU R 128 (400 ms every 100 ms, a gate at -10 LU below the mean), but older sound counts less and less, and only a voice above an absolute gate
 * counts at all: in pauses, however noisy, nothing moves. It takes two syllables to know a voice; what was heard in the second before it counts then too.
 * A source's first seconds may move the gain fast, and at once while what goes out is silence.
 */
#include <math.h>
#include <string.h>
#include <glib.h>
#include "postprocess/kweight.h"
#include "postprocess/leveller.h"
#include "postprocess/loudness.h"
#include "postprocess/voice.h"

enum {
	HOP = 5, WINDOW = 20,                      /* blocks between measures, and in one */
	BINS = 140,                                /* of 0.5 LU from the gate on */
	PENDING = 10,                              /* hops that may turn out to have been a voice */
	SYLLABLE = 15,                             /* blocks after a syllable's end that are talk too */
};
static const double
	target_lufs = -16,
	gate_lufs = -50,                           /* below it is room, not speech */
	quiet_lufs = -60,                          /* what may be turned without being noticed */
	relative_lu = -10,
	bin_lu = 0.5;

static const struct manner {
	double min_db, max_db;
	double memory_hops, young_hops;            /* of 100 ms of sound that counts */
	double young_db, up_db, down_db;           /* per second */
} manners[] = {
	[LEVELLER_OFF] = { .memory_hops = 100 },
	[LEVELLER_VOICE] = { .min_db = -12, .max_db = 24, .memory_hops = 100, .young_hops = 25, .young_db = 30, .up_db = 2, .down_db = 4 },
	[LEVELLER_PROGRAMME] = { .min_db = -12, .max_db = 12, .memory_hops = 600, .up_db = 0.2, .down_db = 0.4 },
};

struct leveller {
	enum leveller_kind kind;
	const struct manner *manner;
	struct kweight weight_filter;
	struct voice voice;
	double power[LEVELLER_DELAY];              /* K-weighted, of the blocks in the delay */
	bool sound[LEVELLER_DELAY];
	float delay[LEVELLER_DELAY][PCM_BLOCK_VALUES];
	unsigned next;                             /* slot of the oldest block */
	unsigned hop;
	double pending[PENDING];                   /* levels, the newest first; -HUGE_VAL: none, or counted already */
	double bins[BINS], all[BINS], weight;      /* fading, and not */
	double bin_power[BINS];
	bool active;
	double want_db, gain_db;
	double talk_blocks, gain_sum, gain_min, gain_max;
};

void leveller_create(struct leveller **out, enum leveller_kind kind)
{
	struct leveller *l = g_new0(struct leveller, 1);

	l->kind = kind;
	l->manner = &manners[kind];
	for (int i = 0; i < BINS; i++)
		l->bin_power[i] = lufs_to_power(gate_lufs + (i + 0.5) * bin_lu);
	for (int i = 0; i < PENDING; i++)
		l->pending[i] = -HUGE_VAL;
	l->gain_min = HUGE_VAL;
	l->gain_max = -HUGE_VAL;
	*out = l;
}

/* ---- how loud it is ---- */

static double mean_above(const struct leveller *l, const double *bins, double above)
{
	double sum = 0, weight = 0;

	for (int i = 0; i < BINS; i++) {
		if (l->bin_power[i] < above)
			continue;
		sum += bins[i] * l->bin_power[i];
		weight += bins[i];
	}
	return weight > 0 ? sum / weight : 0;
}

static double gated_lufs(const struct leveller *l, const double *bins)
{
	return power_to_lufs(mean_above(l, bins, mean_above(l, bins, 0) * pow(10, relative_lu / 10)));
}

static void count(struct leveller *l, double level)
{
	int bin = CLAMP((int)((level - gate_lufs) / bin_lu), 0, BINS - 1);
	double fade = 1 - 1 / l->manner->memory_hops;

	for (int i = 0; i < BINS; i++)
		l->bins[i] *= fade;
	l->bins[bin] += 1;
	l->all[bin] += 1;
	l->weight = l->weight * fade + 1;
}

static double level_now(const struct leveller *l)
{
	double sum = 0;

	for (unsigned i = 1; i <= WINDOW; i++)
		sum += l->power[(l->next + LEVELLER_DELAY - i) % LEVELLER_DELAY];
	return power_to_lufs(sum / WINDOW);
}

static bool counts(const struct leveller *l)
{
	return l->kind != LEVELLER_VOICE || voice_heard(&l->voice);
}

static void measure(struct leveller *l)
{
	double level = level_now(l);

	memmove(l->pending + 1, l->pending, (PENDING - 1) * sizeof(l->pending[0]));
	l->pending[0] = level > gate_lufs ? level : -HUGE_VAL;
	l->active = level > gate_lufs && counts(l);
	if (!counts(l))
		return;
	for (int i = PENDING - 1; i >= 0; i--) {
		if (l->pending[i] > gate_lufs)
			count(l, l->pending[i]);
		l->pending[i] = -HUGE_VAL;
	}
	if (l->active)
		l->want_db = CLAMP(target_lufs - gated_lufs(l, l->bins), l->manner->min_db, l->manner->max_db);
}

/* ---- the knob ---- */

/* The gain at the end of the block that goes out now, whose own level is `level`. */
static double turn(const struct leveller *l, double level)
{
	const struct manner *m = l->manner;
	bool young = l->weight < m->young_hops;
	double up = (young ? m->young_db : m->up_db) * PCM_BLOCK_MS / 1000, down = (young ? m->young_db : m->down_db) * PCM_BLOCK_MS / 1000;

	if (!l->active)
		return l->gain_db;
	if (young && level < quiet_lufs)
		return l->want_db;
	return CLAMP(l->want_db, l->gain_db - down, l->gain_db + up);
}

static void amplify(const float *in, float *out, double from_db, double to_db)
{
	double from = db_to_gain(from_db), to = from_db == to_db ? from : db_to_gain(to_db);

	for (int i = 0; i < PCM_BLOCK; i++) {
		float gain = (float)(from + (to - from) * i / PCM_BLOCK);

		out[2 * i] = in[2 * i] * gain;
		out[2 * i + 1] = in[2 * i + 1] * gain;
	}
}

/* Is the block that goes out now part of a syllable, or of what leads to one? */
static bool is_talk(const struct leveller *l, double level)
{
	return level > gate_lufs && (l->kind != LEVELLER_VOICE || (voice_heard(&l->voice) && voice_age(&l->voice) < LEVELLER_DELAY + SYLLABLE));
}

static void note_talk(struct leveller *l)
{
	l->talk_blocks++;
	l->gain_sum += l->gain_db;
	l->gain_min = MIN(l->gain_min, l->gain_db);
	l->gain_max = MAX(l->gain_max, l->gain_db);
}

bool leveller_run(struct leveller *l, const float *in, float *out)
{
	unsigned slot = l->next;
	double level = power_to_lufs(l->power[slot]), before = l->gain_db, power = kweight_power(&l->weight_filter, in);
	bool sound = l->sound[slot];

	voice_block(&l->voice, power);
	l->power[slot] = power;
	l->next = (slot + 1) % LEVELLER_DELAY;
	if (++l->hop % HOP == 0)
		measure(l);
	l->gain_db = turn(l, level);
	if (sound)
		amplify(l->delay[slot], out, before, l->gain_db);
	if (is_talk(l, level))
		note_talk(l);
	l->sound[slot] = in;
	if (in)
		memcpy(l->delay[slot], in, sizeof(l->delay[slot]));
	return sound;
}

double leveller_gain_db(const struct leveller *l)
{
	return l->gain_db;
}

void leveller_report(const struct leveller *l, struct leveller_report *r)
{
	*r = (struct leveller_report){ .talk_ms = l->talk_blocks * PCM_BLOCK_MS, .loudness_lufs = gated_lufs(l, l->all) };
	if (l->talk_blocks <= 0)
		return;
	r->gain_db = l->gain_sum / l->talk_blocks;
	r->gain_min_db = l->gain_min;
	r->gain_max_db = l->gain_max;
}

void leveller_unref(struct leveller **l)
{
	g_clear_pointer(l, g_free);
}

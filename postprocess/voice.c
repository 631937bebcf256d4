/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts falls of the level. Called by leveller, on the thread that makes the sound.
 *
 *   level of 40 ms:    ╭╮ ╭─╮  ╭╮            ╭──────────────     noise that begins has no fall, one that ends has one;
 *                   ───╯╰─╯ ╰──╯╰───     ────╯                   two of them in two seconds, after short sounds, are syllables
 */
#include <glib.h>
#include "postprocess/kweight.h"
#include "postprocess/voice.h"

enum { MEMORY = 100, SYLLABLE_MAX = 60 };  /* blocks: 2 s, 1.2 s */
static const double
	fall_lu = 6,                       /* steady noise of 40 ms keeps within ±2 */
	audible_lufs = -50,                /* a fall begins above it */
	least_lufs = -80;

static void follow_up(struct voice *v, double level)
{
	v->extreme = MAX(v->extreme, level);
	if (level > v->extreme - fall_lu)
		return;
	if (v->extreme > audible_lufs && v->blocks - v->since <= SYLLABLE_MAX) {
		v->falls[1] = v->falls[0];
		v->falls[0] = v->blocks;
	}
	v->up = false;
	v->extreme = level;
}

static void follow_down(struct voice *v, double level)
{
	v->extreme = MIN(v->extreme, level);
	if (level < v->extreme + fall_lu)
		return;
	v->up = true;
	v->since = v->blocks;
	v->extreme = level;
}

void voice_block(struct voice *v, double power)
{
	double level = MAX(power_to_lufs((power + v->before) / 2), least_lufs);

	v->blocks++;
	v->before = power;
	if (v->blocks == 1)
		v->extreme = least_lufs;
	if (v->up)
		follow_up(v, level);
	else
		follow_down(v, level);
}

bool voice_heard(const struct voice *v)
{
	return v->falls[1] && v->falls[1] > v->blocks - MEMORY;
}

int64_t voice_age(const struct voice *v)
{
	return v->blocks - v->falls[0];
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How loud something is: EBU R 128 integrated loudness and true peak, in bounded memory however long it lasts. One thread.
 */
#pragma once
#include <stdbool.h>

struct loudness;

enum loudness_kind { LOUDNESS_ONLY, LOUDNESS_AND_PEAK, LOUDNESS_ALL };     /* all: with the range */

int loudness_create(struct loudness **out, enum loudness_kind kind);
/** pcm as in pcm.h. 0 or -ENOMEM. */
int loudness_add(struct loudness *l, const float *pcm, int frames);
/** LUFS of everything so far; -HUGE_VAL while nothing was louder than the gate of -70 LUFS, or there were less than 400 ms. */
double loudness_integrated(const struct loudness *l);
/** dBTP of everything so far; -HUGE_VAL for silence. Not for LOUDNESS_ONLY. */
double loudness_true_peak_db(const struct loudness *l);
/** Loudness range in LU (EBU Tech 3342), 0 when there is too little to say. For LOUDNESS_ALL. */
double loudness_range(const struct loudness *l);
void loudness_unref(struct loudness **l);

double db_to_gain(double db);
double gain_to_db(double gain);

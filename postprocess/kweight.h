/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How loud blocks are: the K-weighting of ITU-R BS.1770-4, which EBU R 128 measures with, block by block. One thread.
 */
#pragma once
#include "postprocess/pcm.h"

struct kweight { struct { double z1, z2; } stage[PCM_CHANNELS][2]; };      /* zeroed to begin with */

/** Mean weighted power of one block (pcm.h; NULL: silence), the channels added up. */
double kweight_power(struct kweight *k, const float *in);
/** Powers to LUFS, and back; -HUGE_VAL for none. */
double power_to_lufs(double power);
double lufs_to_power(double lufs);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one shape sound has between decoder and encoder: 48 kHz, stereo, interleaved float (1.0 is full scale), in blocks of 20 ms. Positions are samples per channel
 * of recording time: sample n is at n/48 ms.
 */
#pragma once

enum {
	PCM_RATE = 48000,
	PCM_PER_MS = 48,
	PCM_CHANNELS = 2,
	PCM_BLOCK = 960,                              /* samples per channel */
	PCM_BLOCK_MS = 20,
	PCM_BLOCK_VALUES = PCM_BLOCK * PCM_CHANNELS,
};

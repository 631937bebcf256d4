/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The end of the sound's way: mix times a gain, limited, encoded, and listened to. One thread.
 */
#pragma once
#include <stdint.h>
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include "postprocess/loudness.h"

struct outlet;

/** codec, bitrate as encode_audio_create(); true peaks are kept under ceiling_db before the codec. */
int outlet_create(struct outlet **out, const char *codec, int bitrate, double ceiling_db);
/** The encoder's (encode_audio.h), owned by the outlet. */
const AVCodecParameters *outlet_codecpar(const struct outlet *o);
bool outlet_has_gain(const struct outlet *o);
/** The next block, its gain moving from `from_db` to `to_db`. */
int outlet_put(struct outlet *o, const float *pcm, double from_db, double to_db);
/** After the last block: the sound is so many samples long. Makes the last packets. */
int outlet_end(struct outlet *o, int64_t samples);
/** The next packet in order: 0, -EAGAIN when there is none, AVERROR_EOF after the last. */
int outlet_take(struct outlet *o, AVPacket *pkt);
/** Of all packets made so far, taken or not. */
const struct loudness *outlet_heard(const struct outlet *o);
void outlet_unref(struct outlet **o);

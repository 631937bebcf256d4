/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PCM blocks in, Opus packets out, on a grid of 20 ms. Same blocks, same bytes. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>

struct encode_audio;

/** `samples`: per channel, the length of the whole; the last packet says what of it is padding. */
int encode_audio_create(struct encode_audio **out, int bitrate, int64_t samples);
/** OpusHead as extradata, the pre-skip also as initial_padding. Owned by e. */
const AVCodecParameters *encode_audio_codecpar(const struct encode_audio *e);
/** True once all packets for `samples` were made. */
bool encode_audio_done(const struct encode_audio *e);
/** One block (pcm.h), silence after the end of the sound, and its packet. As libav has it, pts and dts count from minus the pre-skip on, in 1/48000 s, so that the first sample
 *  heard is at 0; the last packet's duration is what is heard of it, and its side data (AV_PKT_DATA_SKIP_SAMPLES) says what is not. 0, AVERROR_EOF when done, or a negative errno. */
int encode_audio_block(struct encode_audio *e, const float *pcm, AVPacket *pkt);
void encode_audio_unref(struct encode_audio **e);

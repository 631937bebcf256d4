/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PCM blocks in, packets out, on the codec's own grid from recording time 0: Opus 20 ms, AAC-LC 1024 samples. Same blocks, same bytes. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>

struct encode_audio;

/** codec: "opus" or "aac". -ENOENT: not known here. */
int encode_audio_create(struct encode_audio **out, const char *codec, int bitrate);
/** What a container must know: extradata (OpusHead, AudioSpecificConfig), the samples to be dropped at the beginning as initial_padding. Owned by e. */
const AVCodecParameters *encode_audio_codecpar(const struct encode_audio *e);
/** True where the container can say a gain that players apply (OpusHead, RFC 7845 §5.1). */
bool encode_audio_has_gain(const struct encode_audio *e);
/** The next block (pcm.h). Take all packets before putting another one. */
int encode_audio_put(struct encode_audio *e, const float *pcm);
/** The sound is so many samples long; to be said before a block is put that reaches beyond. What is put from there on is silence, as long as encode_audio_done() is false. */
void encode_audio_end(struct encode_audio *e, int64_t samples);
/** True once all packets for the whole were made. */
bool encode_audio_done(const struct encode_audio *e);
/** A packet. As libav has it, pts and dts count from minus the padding on, in 1/48000 s, so that the first sample heard is at 0; the last packet's duration is what is heard
 *  of it, and its side data (AV_PKT_DATA_SKIP_SAMPLES) says what is not. 0, -EAGAIN when blocks are missing, AVERROR_EOF after the last, or a negative errno. */
int encode_audio_take(struct encode_audio *e, AVPacket *pkt);
void encode_audio_unref(struct encode_audio **e);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures to frames of each codec, as a browser's encoder makes them: no reordering, no delay, keyframes only where asked for. For tests; one thread.
 */
#pragma once
#include <libavcodec/avcodec.h>
#include <stdbool.h>

struct encode;

/** codec: "vp8" "vp9" "h264" "av1"; "h264-main" is as H.264, with other parameter sets,
 *  "vp8-temporal" has the layers 0 2 1 2 in turn. -ENOENT when this libavcodec cannot encode it. */
int encode_create(struct encode **out, const char *codec, int width, int height);
void encode_unref(struct encode **e);
/** The picture to draw on: YUV 4:2:0, the encoder's until encode_frame(). */
AVFrame *encode_picture(struct encode *e);
/** Encodes the picture of that time [ms]: one frame into pkt (blank before), VP8 and VP9 as they are, H.264 as Annex B with its parameter sets, AV1 as a temporal unit. */
int encode_frame(struct encode *e, int64_t t_ms, bool keyframe, AVPacket *pkt);
/** Describes the stream for a muxer, with what a keyframe of H.264 or AV1 says about decoding it. */
int encode_describe(const struct encode *e, const AVPacket *keyframe, AVCodecParameters *par);

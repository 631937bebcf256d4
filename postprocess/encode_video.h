/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One closed piece of video: frames in, packets out, the first a keyframe and no other. What comes out depends on frames and spec alone. An encoder
 * belongs to one thread; several may run side by side.
 */
#pragma once
#include <glib.h>
#include <libavcodec/codec_par.h>
#include <libavutil/frame.h>
#include "postprocess/spec.h"

struct video_encoder;

/** codec: "vp8" "vp9" "av1" "h264". -EINVAL: none of that name; -ENOENT: this libavcodec has it not. */
int video_encoder_create(struct video_encoder **out, const char *codec, const struct output_spec *spec);
/** frame->pts counts in 1/fps and rises; NULL at the end. Appends AVPackets (pts in 1/fps) to `packets`, which owns them. */
int video_encoder_put(struct video_encoder *e, const AVFrame *frame, GPtrArray *packets);
void video_encoder_unref(struct video_encoder **e);
/** What a container is told about the stream. */
int video_encoder_parameters(AVCodecParameters *par, const char *codec, const struct output_spec *spec);

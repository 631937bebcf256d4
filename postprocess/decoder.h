/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The codecs that recordings hold, and decoding their pictures. One thread per decoder.
 */
#pragma once
#include <libavcodec/avcodec.h>
#include <stdbool.h>

/** A codec's name on `segment` lines to libavcodec's id; AV_CODEC_ID_NONE when we do not know it. */
enum AVCodecID decoder_codec(const char *name);
/** Of any codec a recording may hold, sound or pictures. */
bool decoder_knows(enum AVCodecID id);

/** For pictures, as their chunk describes them. -ENOENT when this libavcodec cannot decode them. */
int decoder_open(AVCodecContext **out, const AVCodecParameters *par);
/** Does a keyframe of a size that can be shown begin here? What the container says is believed only where the frame does not say otherwise. */
bool decoder_keyframe(const AVPacket *pkt, enum AVCodecID id);
/** Decodes a packet: 1 and the one picture to show (of several layers the highest), 0 when there is none to show, or negative. */
int decoder_picture(AVCodecContext *d, const AVPacket *pkt, AVFrame *out);

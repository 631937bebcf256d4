/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Listens to our own packets as a player would: decoded, padding dropped, measured. One thread.
 */
#pragma once
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include "postprocess/loudness.h"

struct hearing;

/** Of the encoder whose packets will come. */
int hearing_create(struct hearing **out, const AVCodecParameters *par);
/** The next packet, as from encode_audio_take(). */
int hearing_add(struct hearing *h, const AVPacket *pkt);
/** What was heard so far. */
const struct loudness *hearing_loudness(const struct hearing *h);
void hearing_unref(struct hearing **h);

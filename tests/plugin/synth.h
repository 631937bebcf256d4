/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbered media, made and read: VP8 pictures that show their number as black and white blocks, Opus packets of a tone that carry theirs in the
 * padding. One thread per object.
 */
#pragma once
#include <libavcodec/avcodec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYNTH_WIDTH = 160, SYNTH_HEIGHT = 96, SYNTH_OPUS_MS = 20, SYNTH_OPUS_MAX = 400 };

struct synth_video;

struct synth_video *synth_video_create(int width, int height, int fps);
/** Encodes picture `number` (16 bits are shown). The packet belongs to the encoder until the next call. NULL when encoding failed. */
const AVPacket *synth_video_encode(struct synth_video *v, unsigned number, bool keyframe);
void synth_video_unref(struct synth_video **v);

/** One Opus packet of 20 ms with the number in its last four bytes, big-endian; returns its length. */
size_t synth_opus(uint8_t out[SYNTH_OPUS_MAX], uint32_t number);
/** The number in such a packet, -1 if it is none. */
int64_t synth_opus_number(const uint8_t *data, size_t len);

struct synth_reader;
/** Decodes pictures of one source in order. */
struct synth_reader *synth_reader_create(void);
/** Number in the picture of a VP8 frame, or a negative error: -EBADMSG when it does not decode. */
int synth_reader_number(struct synth_reader *r, const uint8_t *data, size_t len);
void synth_reader_unref(struct synth_reader **r);

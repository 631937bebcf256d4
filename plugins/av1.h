/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recorder must know of AV1 (bitstream specification §5): OBUs, the sequence header, a frame's kind and size. Pure; any thread.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum av1_obu_type {
	AV1_SEQUENCE = 1, AV1_TEMPORAL_DELIMITER = 2, AV1_FRAME_HEADER = 3, AV1_TILE_GROUP = 4, AV1_FRAME = 6, AV1_REDUNDANT = 7, AV1_TILE_LIST = 8, AV1_PADDING = 15
};
enum { AV1_LAYERS = 4, AV1_OPERATING_POINTS = 32 };

struct av1_obu {
	unsigned type, tid, sid;   /* temporal and spatial layer */
	size_t header;             /* [bytes], without the size field */
	const uint8_t *data;       /* what it holds, behind header and size field */
	size_t len;
};
/** An OBU at the start of the data; one without a size field fills it. 0 or -EBADMSG. */
int av1_obu_parse(struct av1_obu *out, const uint8_t *data, size_t len);
/** A number in bytes of seven bits (§4.10.5): moves *at behind it. 0, or -EBADMSG when it is cut off or over 32 bits. */
int av1_leb128(const uint8_t *data, size_t len, size_t *at, size_t *out);
/** Writes one into out[5]; its length. */
size_t av1_put_leb128(uint8_t out[5], size_t value);

/** A temporal unit of OBUs with sizes: 1 and the size of its highest layer for a keyframe with its sequence header, 0, or -EBADMSG. */
int av1_keyframe(const uint8_t *data, size_t len, int *width, int *height);
/** av1C (AV1 in ISOBMFF §2.3) of a keyframe replaces `out`. 0 or -EBADMSG. */
int av1_config(const uint8_t *data, size_t len, GByteArray *out);
/** Is this the header of a frame that is a keyframe to be shown? From its first byte. */
bool av1_begins_key(const uint8_t *frame_header, size_t len);

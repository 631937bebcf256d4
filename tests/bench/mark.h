/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What makes a sent picture recognisable for certain: sixteen bytes at its end, behind what a VP8 decoder reads (RFC 6386 §9.5: the last partition is
 * whatever is left).
 *
 *	encoded picture │ filler up to the wanted size │ "RRb1" │ number │ position │ CRC-32 of all before
 *
 * The position counts pictures since the keyframe and is what the decoded picture shows (tests/plugin/synth): a picture that shows another number
 * was decoded from the wrong reference.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MARK_SIZE = 16 };

struct mark {
	uint32_t number, position;
};

/** Writes the mark of a frame of `len` bytes, itself included, over its last MARK_SIZE bytes. */
void mark_put(uint8_t *frame, size_t len, const struct mark *m);
/** False when the bytes are not what mark_put() left. */
bool mark_get(struct mark *m, const uint8_t *frame, size_t len);

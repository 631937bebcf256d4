/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One receiver's picture numbers (VP8, VP9): when pictures are left out or another layer takes over, the numbers the receiver sees go on. Pure; the caller locks.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "plugins/descriptor.h"

enum { PICTURES_KEPT = 32 };

struct pictures {
	bool started, cut;
	uint16_t in, out;          /* of the newest picture; 15 bits */
	uint8_t tl0_offset, tl0;   /* TL0PICIDX: out = in + offset; newest out */
	/* What became of the last pictures, for packets that come late. */
	struct { uint16_t in, out; bool known, sent; } kept[PICTURES_KEPT];
};

void pictures_init(struct pictures *p);
/** The next picture is of another source or layer. */
void pictures_cut(struct pictures *p);
/** Is this the number of a picture that has not been seen? */
bool pictures_is_new(const struct pictures *p, const struct picture_number *n);
/** A new picture, which is sent or left out. */
void pictures_add(struct pictures *p, const struct picture_number *n, int tl0, bool sent);
/** The number and TL0PICIDX (where it has one) of a packet's picture for this receiver; false: the picture was left out, or is forgotten. */
bool pictures_map(const struct pictures *p, const struct picture_number *n, int tl0, unsigned *id, uint8_t *tl0_out);

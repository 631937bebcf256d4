/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bits of a header, most significant first. Never reads beyond the data: what is missing is 0, and `over` says so. Any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
	const uint8_t *data;
	size_t len, at;            /* [bytes], [bits] */
	bool over;                 /* more was read than there is, or a number was impossible */
};

static inline unsigned bits_1(struct bits *b)
{
	unsigned v;

	if (b->at >= b->len * 8) {
		b->over = true;
		return 0;
	}
	v = b->data[b->at / 8] >> (7 - b->at % 8) & 1u;
	b->at++;
	return v;
}

/** An unsigned number of n ≤ 32 bits. */
static inline uint32_t bits_u(struct bits *b, unsigned n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 1 | bits_1(b);
	return v;
}

/** Exp-Golomb (H.264 §9.1); at most 31 leading zeros. */
static inline uint32_t bits_ue(struct bits *b)
{
	unsigned zeros = 0;

	while (!b->over && bits_1(b) == 0) {
		if (++zeros == 32)
			b->over = true;
	}
	return b->over ? 0 : (uint32_t)((UINT64_C(1) << zeros) - 1) + bits_u(b, zeros);
}

static inline int32_t bits_se(struct bits *b)
{
	uint32_t v = bits_ue(b);

	return v & 1 ? (int32_t)(v / 2 + 1) : -(int32_t)(v / 2);
}

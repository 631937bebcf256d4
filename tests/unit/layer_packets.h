/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packets of streams with layers, for unit tests: VP8 with temporal layers and VP9 with spatial ones, headers true, the rest made up.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "plugins/rtp.h"

/* The parsed packet points into `data`: not to be copied. */
struct layer_packet {
	uint8_t data[200];
	size_t len;
	struct rtp_packet rtp;
};

struct layer_packet_conf {
	uint32_t ssrc, ts;
	uint16_t seq;
	int rid_ext;               /* 0: no header extension */
	const char *rid;
	bool marker, keyframe, start, end, sync, inter;
	int tid, sid;              /* negative: not told */
	int picture, tl0;
	bool short_id;             /* of 7 bits */
	size_t fill;
};

static void put_be(uint8_t *p, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

static void begin_packet(struct layer_packet *p, const struct layer_packet_conf *c)
{
	memset(p, 0, sizeof(*p));
	p->data[0] = c->rid_ext ? 0x90 : 0x80;
	p->data[1] = (uint8_t)(96 | (c->marker ? 0x80 : 0));
	put_be(p->data + 2, c->seq, 2);
	put_be(p->data + 4, c->ts, 4);
	put_be(p->data + 8, c->ssrc, 4);
	p->len = 12;
	if (c->rid_ext) {
		size_t n = strlen(c->rid), words = (1 + n + 3) / 4;

		put_be(p->data + 12, 0xbede, 2);
		put_be(p->data + 14, (uint32_t)words, 2);
		p->data[16] = (uint8_t)(c->rid_ext << 4 | (n - 1));
		memcpy(p->data + 17, c->rid, n);
		p->len += 4 + words * 4;
	}
}

static void end_packet(struct layer_packet *p, size_t fill)
{
	p->len += fill < 100 ? fill : 100;
	rtp_parse(&p->rtp, p->data, p->len);
}

static size_t put_picture(uint8_t *at, int id, bool one)
{
	put_be(at, one ? (uint32_t)id & 0x7f : 0x8000u | ((uint32_t)id & 0x7fff), one ? 1 : 2);
	return one ? 1 : 2;
}

static inline void vp8_packet(struct layer_packet *p, const struct layer_packet_conf *c)
{
	uint8_t *d;

	begin_packet(p, c);
	d = p->data + p->len;
	*d++ = (uint8_t)(0x80 | (c->start ? 0x10 : 0));
	*d++ = c->tid >= 0 ? 0xe0 : 0x80;
	d += put_picture(d, c->picture, c->short_id);
	if (c->tid >= 0) {
		*d++ = (uint8_t)c->tl0;
		*d++ = (uint8_t)(c->tid << 6 | (c->sync ? 0x20 : 0));
	}
	*d++ = c->keyframe ? 0 : 1;        /* frame tag */
	p->len = (size_t)(d - p->data);
	end_packet(p, 8 + c->fill);
}

static inline void vp9_packet(struct layer_packet *p, const struct layer_packet_conf *c)
{
	uint8_t *d;

	begin_packet(p, c);
	d = p->data + p->len;
	*d++ = (uint8_t)(0xa0 | (c->inter ? 0x40 : 0) | (c->start ? 8 : 0) | (c->end ? 4 : 0));
	d += put_picture(d, c->picture, c->short_id);
	*d++ = (uint8_t)(c->tid << 5 | (c->sync ? 0x10 : 0) | c->sid << 1 | (c->sid > 0));
	*d++ = (uint8_t)c->tl0;
	if (!c->inter && c->sid == 0)
		memcpy(d, "\x82\x49\x83\x42", 4);      /* header of a keyframe, VP9 specification §6.2 */
	p->len = (size_t)(d - p->data);
	end_packet(p, 8 + c->fill);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RED (RFC 2198). red_strip() and red_renumber() run in the RTP hook, the rest on the capture thread; no state.
 *
 *   1|pt|offset 14|len 10   1|pt|offset 14|len 10   0|pt   frame n-2   frame n-1   frame n
 */
#include "plugins/red.h"

#include <errno.h>
#include <string.h>

enum { MORE = 0x80, LONG_HEADER = 4 };

/* Headers only: how many, and where the frames begin. */
static int read_headers(struct red_block out[RED_BLOCKS], const uint8_t *p, size_t len, size_t *at)
{
	int n = 0;

	*at = 0;
	while (*at < len && p[*at] & MORE) {
		const uint8_t *h = p + *at;

		if (n == RED_BLOCKS - 1 || len - *at < LONG_HEADER)
			return -EBADMSG;
		out[n++] = (struct red_block){ .pt = h[0] & 127, .offset = (uint32_t)h[1] << 6 | h[2] >> 2, .len = (size_t)(h[2] & 3) << 8 | h[3] };
		*at += LONG_HEADER;
	}
	if (*at >= len)
		return -EBADMSG;
	out[n++] = (struct red_block){ .pt = p[(*at)++] };
	return n;
}

int red_parse(struct red_block out[RED_BLOCKS], const uint8_t *payload, size_t len)
{
	size_t at;
	int n = read_headers(out, payload, len, &at);

	for (int i = 0; i < n; i++) {
		if (i == n - 1)
			out[i].len = len - at;
		if (out[i].len > len - at)
			return -EBADMSG;
		out[i].data = payload + at;
		at += out[i].len;
	}
	return n;
}

static void put_head(uint8_t *out, const uint8_t *pkt, unsigned pt, unsigned back, uint32_t offset)
{
	uint16_t seq = (uint16_t)((pkt[2] << 8 | pkt[3]) - (int)back);
	uint32_t ts = ((uint32_t)pkt[4] << 24 | (uint32_t)pkt[5] << 16 | (uint32_t)pkt[6] << 8 | pkt[7]) - offset;

	memcpy(out, pkt, RTP_HEADER);
	out[0] = 0x80;             /* no CSRC, no extension, no padding */
	rtp_rewrite(out, pt, seq, ts);
}

void red_unpack(const uint8_t *pkt, const struct rtp_packet *rtp, unsigned pt, red_h *on_frame, void *arg)
{
	struct red_block blocks[RED_BLOCKS];
	uint8_t out[RTP_MAX];
	int n = red_parse(blocks, rtp->payload, rtp->len);

	for (int i = 0; i < n; i++) {
		const struct red_block *b = &blocks[i];
		bool own = i == n - 1;

		if (b->pt != pt || !b->len || (!own && !b->offset))
			continue;
		put_head(out, pkt, own ? pt : rtp->pt, (unsigned)(n - 1 - i), b->offset);
		memcpy(out + RTP_HEADER, b->data, b->len);     /* the whole packet fits, so does its part */
		on_frame(out, RTP_HEADER + b->len, arg);
	}
}

size_t red_strip(uint8_t out[RTP_MAX], const uint8_t *pkt, const struct rtp_packet *rtp, unsigned pt)
{
	struct red_block blocks[RED_BLOCKS];
	int n = red_parse(blocks, rtp->payload, rtp->len);
	size_t head = (size_t)(rtp->payload - pkt), len;

	if (n < 0 || blocks[n - 1].pt != pt)
		return 0;
	len = blocks[n - 1].len;
	memcpy(out, pkt, head);
	memcpy(out + head, blocks[n - 1].data, len);
	out[0] &= (uint8_t)~0x20;  /* the padding stays behind */
	out[1] = (uint8_t)((out[1] & 0x80) | pt);
	return head + len;
}

bool red_renumber(uint8_t *pkt, const struct rtp_packet *rtp, unsigned from, unsigned to)
{
	struct red_block blocks[RED_BLOCKS];
	int n = red_parse(blocks, rtp->payload, rtp->len);
	uint8_t *h = pkt + (rtp->payload - pkt);

	for (int i = 0; i < n; i++, h += LONG_HEADER)
		if (blocks[i].pt == from)
			*h = (uint8_t)((*h & MORE) | to);
	return n > 0;
}

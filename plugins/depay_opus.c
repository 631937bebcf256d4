/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opus (RFC 7587): one packet is one frame. Its duration comes from the TOC byte (RFC 6716 §3.1), because 20 ms is a habit and no rule.
 */
#include "plugins/depay.h"

#include <string.h>

enum { RATE_HZ = 48000, MAX_DURATION = RATE_HZ * 120 / 1000 };

/* Length of one frame in a packet of this configuration [samples]. */
static unsigned frame_samples(uint8_t toc)
{
	static const unsigned silk[] = { 480, 960, 1920, 2880 }, hybrid[] = { 480, 960 }, celt[] = { 120, 240, 480, 960 };
	unsigned config = toc >> 3;

	if (config < 12)
		return silk[config & 3];
	return config < 16 ? hybrid[config & 1] : celt[config & 3];
}

/* Length of the packet [samples], 0 when its framing is impossible. */
static unsigned packet_samples(const uint8_t *p, size_t len)
{
	static const unsigned frames[] = { 1, 2, 2 };
	unsigned code = p[0] & 3, count;

	if (code == 3 && len < 2)
		return 0;
	if (code == 1 && len % 2 == 0)   /* two frames of one size after the TOC */
		return 0;
	if (code == 2 && len < 2)
		return 0;
	count = code == 3 ? p[1] & 0x3fu : frames[code];
	return count * frame_samples(p[0]) > MAX_DURATION ? 0 : count * frame_samples(p[0]);
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct frame f = { .data = p->payload, .len = p->len, .rtp = p->rtp, .arrival_us = p->arrival_us, .keyframe = true };

	(void)state;
	if (p->len == 0)
		return;
	f.duration = packet_samples(p->payload, p->len);
	if (f.duration > 0)
		sink->on_frame(&f, sink->arg);
}

static void clear(void *state)
{
	(void)state;
}

/* OpusHead (RFC 7845 §5.1): no pre-skip, since a chunk may begin anywhere in the stream. */
static size_t opus_head(uint8_t out[64], unsigned channels)
{
	static const uint8_t head[19] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 0, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0 };

	memcpy(out, head, sizeof(head));
	out[9] = (uint8_t)channels;
	return sizeof(head);
}

const struct depay depay_opus = {
	.codec = "opus", .codec_id = "A_OPUS", .state_size = 1, .packet = on_packet, .clear = clear, .private_data = opus_head,
	.ext = "webm",
};

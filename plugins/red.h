/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Redundant sound (RFC 2198) as browsers send it: each packet carries its own frame and, before it, those of one or a few packets before. Pure; bounded
 * by the length given.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "plugins/rtp.h"

enum { RED_BLOCKS = 8 };

struct red_block {
	unsigned pt;
	uint32_t offset;           /* how much earlier than the packet's timestamp; 0: the packet's own frame */
	const uint8_t *data;       /* into the payload */
	size_t len;
};
/** The blocks, oldest first, the packet's own last: how many, or -EBADMSG. */
int red_parse(struct red_block out[RED_BLOCKS], const uint8_t *payload, size_t len);
/** A frame as the packet it would have come in without redundancy; pkt has RTP_HEADER bytes of header and no more. */
typedef void (red_h)(const uint8_t *pkt, size_t len, void *arg);
/** Hands out every frame of payload type pt, oldest first: the packet's own with that payload type, repeated ones, each numbered one lower than the
 *  next, with that of the whole packet, so that they can be told apart. */
void red_unpack(const uint8_t *pkt, const struct rtp_packet *rtp, unsigned pt, red_h *on_frame, void *arg);
/** The packet's own frame alone, header extensions included: its length, or 0 when it has none of payload type pt. */
size_t red_strip(uint8_t out[RTP_MAX], const uint8_t *pkt, const struct rtp_packet *rtp, unsigned pt);
/** The whole packet with `from` replaced by `to` as the payload type of its blocks; RTP_MAX bytes at most. False when it is malformed. */
bool red_renumber(uint8_t *pkt, const struct rtp_packet *rtp, unsigned from, unsigned to);

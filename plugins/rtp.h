/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTP and RTCP as far as forwarding needs them. Pure; bounded by the length given.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_HEADER = 12, RTP_MAX = 1500, RTCP_REMB_SIZE = 24 };

struct rtp_packet {
	unsigned pt;
	uint16_t seq;
	uint32_t ts, ssrc;
	const uint8_t *payload;    /* into the packet; padding and extensions left out */
	size_t len;                /* may be 0 */
};
/** 0 or -EBADMSG. */
int rtp_parse(struct rtp_packet *out, const uint8_t *pkt, size_t len);
/** A header extension (RFC 8285, both forms) of a packet that has passed rtp_parse(): its length, *data into the packet; -ENOENT when it has none of that
 *  id, or what it has is malformed. */
int rtp_extension(const uint8_t *pkt, unsigned id, const uint8_t **data);
/** Writes what a receiver of its own numbering needs. The packet must have passed rtp_parse(). */
void rtp_rewrite(uint8_t *pkt, unsigned pt, uint16_t seq, uint32_t ts);

struct rtcp_seen {
	bool keyframe;             /* a PLI or FIR */
	bool report;               /* a sender report, the last one */
	uint32_t ssrc, ntp_msw, ntp_lsw, rtp;
};
/** Reads a compound packet; stops at the first thing that is malformed. */
void rtcp_read(struct rtcp_seen *out, const uint8_t *buf, size_t len);
/** A REMB without the SSRCs, which the core fills in. */
void rtcp_remb(char out[RTCP_REMB_SIZE], unsigned bitrate);

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

/** What a receiver tells of one stream it gets (RFC 3550 §6.4.1). */
struct rtcp_block {
	int32_t lost;              /* packets since the beginning; falls when late ones come */
	uint32_t highest;          /* sequence number, extended by its rounds */
	uint32_t lsr, dlsr;        /* which of our reports it had last, and how long ago [2^-16 s]; lsr 0: none */
};
struct rtcp_seen {
	bool keyframe;             /* a PLI or FIR */
	bool report;               /* a sender report, the last one */
	uint32_t ssrc, ntp_msw, ntp_lsw, rtp;
	bool received;             /* a report block: the first, which the core makes speak of the m-line the packet came on */
	struct rtcp_block block;
	int64_t remb;              /* bit/s, the last one; 0: none */
};
/** Reads a compound packet; stops at the first thing that is malformed. */
void rtcp_read(struct rtcp_seen *out, const uint8_t *buf, size_t len);
/** Round trip by a block that came at wall_us, our wall clock, which the core's sender reports tell, too; 0: unknown. */
int64_t rtcp_rtt_us(const struct rtcp_block *b, int64_t wall_us);
/** A REMB without the SSRCs, which the core fills in. */
void rtcp_remb(char out[RTCP_REMB_SIZE], unsigned bitrate);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTP (RFC 3550), RTCP (RFC 3550, 4585, 5104), REMB, as far as forwarding needs them. Called in the RTP hook; no state.
 */
#include <errno.h>
#include <string.h>
#include "plugins/rtp.h"

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_PSFB = 206, PSFB_PLI = 1, PSFB_FIR = 4, PSFB_AFB = 15 };
enum { SR_SIZE = 28, RR_SIZE = 8, BLOCK_SIZE = 24, REMB_SIZE = 20, REMB_MANTISSA_BITS = 18 };
enum { NTP_TO_UNIX_S = 0x83aa7e80, RTT_MAX_US = 10000000 };

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

int rtp_parse(struct rtp_packet *out, const uint8_t *pkt, size_t len)
{
	size_t at = RTP_HEADER, pad = 0;

	if (len < RTP_HEADER || len > RTP_MAX || pkt[0] >> 6 != 2)
		return -EBADMSG;
	at += (size_t)(pkt[0] & 15) * 4;
	if (pkt[0] & 0x10) {
		if (at + 4 > len)
			return -EBADMSG;
		at += 4 + (size_t)get16(pkt + at + 2) * 4;
	}
	if (pkt[0] & 0x20)
		pad = pkt[len - 1];
	if (at > len || pad > len - at)
		return -EBADMSG;
	*out = (struct rtp_packet){ .pt = pkt[1] & 127, .seq = get16(pkt + 2), .ts = get32(pkt + 4), .ssrc = get32(pkt + 8),
				    .payload = pkt + at, .len = len - at - pad };
	return 0;
}

/* An element's header: how long it is, or 0 when nothing follows; *id 0 is padding. */
static size_t element_head(const uint8_t *p, size_t len, bool two_bytes, unsigned *id, size_t *data_len)
{
	*id = two_bytes ? p[0] : p[0] >> 4;
	*data_len = 0;
	if (!*id)
		return 1;
	if (two_bytes && len < 2)
		return 0;
	*data_len = two_bytes ? p[1] : (p[0] & 15) + 1u;
	return *id == 15 && !two_bytes ? 0 : 1 + two_bytes;
}

int rtp_extension(const uint8_t *pkt, unsigned id, const uint8_t **data)
{
	const uint8_t *p = pkt + RTP_HEADER + (size_t)(pkt[0] & 15) * 4;
	unsigned profile, found;
	size_t left, head, len;

	if (!(pkt[0] & 0x10) || !id)
		return -ENOENT;
	profile = get16(p);
	left = (size_t)get16(p + 2) * 4;
	p += 4;
	if (profile != 0xbede && profile >> 4 != 0x100)
		return -ENOENT;
	for (; left; p += head + len, left -= head + len) {
		head = element_head(p, left, profile != 0xbede, &found, &len);
		if (!head || head + len > left)
			return -ENOENT;
		if (found == id) {
			*data = p + head;
			return (int)len;
		}
	}
	return -ENOENT;
}

void rtp_rewrite(uint8_t *pkt, unsigned pt, uint16_t seq, uint32_t ts)
{
	pkt[1] = (uint8_t)((pkt[1] & 0x80) | (pt & 127));
	pkt[2] = (uint8_t)(seq >> 8);
	pkt[3] = (uint8_t)seq;
	put32(pkt + 4, ts);
}

static void read_block(struct rtcp_seen *out, const uint8_t *p, size_t len, size_t at)
{
	if (out->received || !(p[0] & 31) || at + BLOCK_SIZE > len)
		return;
	out->received = true;
	out->block = (struct rtcp_block){ .lost = (int32_t)(get32(p + at + 4) << 8) / 256, .highest = get32(p + at + 8), .lsr = get32(p + at + 16), .dlsr = get32(p + at + 20) };
}

static void read_report(struct rtcp_seen *out, const uint8_t *p, size_t len)
{
	if (len < SR_SIZE)
		return;
	out->report = true;
	out->ssrc = get32(p + 4);
	out->ntp_msw = get32(p + 8);
	out->ntp_lsw = get32(p + 12);
	out->rtp = get32(p + 16);
	read_block(out, p, len, SR_SIZE);
}

static void read_remb(struct rtcp_seen *out, const uint8_t *p, size_t len)
{
	unsigned exponent;
	uint64_t mantissa;

	if (len < REMB_SIZE || memcmp(p + 12, "REMB", 4))
		return;
	exponent = p[17] >> 2;
	mantissa = (uint64_t)(p[17] & 3) << 16 | get16(p + 18);
	out->remb = exponent > 40 ? INT64_MAX / 4 : (int64_t)(mantissa << exponent);
}

static void read_one(struct rtcp_seen *out, const uint8_t *p, size_t len)
{
	unsigned format = p[0] & 31;

	if (p[1] == RTCP_PSFB && (format == PSFB_PLI || format == PSFB_FIR))
		out->keyframe = true;
	else if (p[1] == RTCP_PSFB && format == PSFB_AFB)
		read_remb(out, p, len);
	else if (p[1] == RTCP_RR)
		read_block(out, p, len, RR_SIZE);
	else if (p[1] == RTCP_SR)
		read_report(out, p, len);
}

void rtcp_read(struct rtcp_seen *out, const uint8_t *buf, size_t len)
{
	memset(out, 0, sizeof(*out));
	while (len >= 4 && buf[0] >> 6 == 2) {
		size_t n = ((size_t)get16(buf + 2) + 1) * 4;

		if (n > len)
			return;
		read_one(out, buf, n);
		buf += n;
		len -= n;
	}
}

int64_t rtcp_rtt_us(const struct rtcp_block *b, int64_t wall_us)
{
	uint32_t now = (uint32_t)((uint64_t)(wall_us / 1000000 + NTP_TO_UNIX_S) << 16) | (uint32_t)((uint64_t)(wall_us % 1000000) * 65536 / 1000000);
	int64_t us = (int64_t)(int32_t)(now - b->lsr - b->dlsr) * 1000000 / 65536;

	return b->lsr && us > 0 && us < RTT_MAX_US ? us : 0;
}

void rtcp_remb(char out[RTCP_REMB_SIZE], unsigned bitrate)
{
	uint8_t *p = (uint8_t *)out;
	unsigned exponent = 0;

	while (bitrate >> REMB_MANTISSA_BITS) {
		bitrate >>= 1;
		exponent++;
	}
	memset(p, 0, RTCP_REMB_SIZE);
	p[0] = 0x80 | 15;
	p[1] = RTCP_PSFB;
	p[3] = RTCP_REMB_SIZE / 4 - 1;
	memcpy(p + 12, "REMB", 4);
	p[16] = 1;                                              /* one SSRC */
	p[17] = (uint8_t)(exponent << 2 | bitrate >> 16);
	p[18] = (uint8_t)(bitrate >> 8);
	p[19] = (uint8_t)bitrate;
}

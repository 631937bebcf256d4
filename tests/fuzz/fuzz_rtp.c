/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTP and RTCP from the network: a packet that is taken lies within its bytes, all its header extensions too; rewriting changes what it says and nothing
 * else; reports are read within their bytes. What we write of our own reads back.
 */
#include <glib.h>
#include <string.h>
#include "plugins/rtp.h"
#include "tests/fuzz/fuzz.h"

static void check_extensions(const uint8_t *pkt, size_t len)
{
	const uint8_t *data;

	for (unsigned id = 0; id <= 256; id++) {
		int n = rtp_extension(pkt, id, &data);

		FUZZ_CHECK(n < 0 || (data >= pkt + RTP_HEADER && data + n <= pkt + len));
	}
}

static void check_rewritten(const uint8_t *pkt, size_t len, const struct rtp_packet *p)
{
	uint8_t *copy = g_memdup2(pkt, len);
	struct rtp_packet q;

	rtp_rewrite(copy, 5, 7, 9);
	FUZZ_CHECK(!rtp_parse(&q, copy, len));
	FUZZ_CHECK(q.pt == 5 && q.seq == 7 && q.ts == 9 && q.ssrc == p->ssrc && q.len == p->len);
	FUZZ_CHECK(q.payload - copy == p->payload - pkt && (copy[1] & 0x80) == (pkt[1] & 0x80) && copy[0] == pkt[0]);
	FUZZ_CHECK(!memcmp(copy + 8, pkt + 8, len - 8));
	g_free(copy);
}

static void check_rtp(const uint8_t *pkt, size_t len)
{
	struct rtp_packet p;

	if (rtp_parse(&p, pkt, len))
		return;
	FUZZ_CHECK(len >= RTP_HEADER && len <= RTP_MAX && p.pt < 128);
	FUZZ_CHECK(p.payload >= pkt + RTP_HEADER && p.payload + p.len <= pkt + len);
	check_extensions(pkt, len);
	check_rewritten(pkt, len, &p);
}

static void check_rtcp(const uint8_t *data, size_t len)
{
	struct rtcp_seen s;

	rtcp_read(&s, data, len);
	FUZZ_CHECK(s.remb >= 0);
	FUZZ_CHECK(len >= 8 || (!s.report && !s.received && !s.remb));
	if (s.received)
		FUZZ_CHECK(rtcp_rtt_us(&s.block, INT64_C(1760000000000000)) >= 0);
}

/* A REMB is read as what was written, but for the bits its mantissa has no room for. */
static void check_remb(unsigned bitrate)
{
	char packet[RTCP_REMB_SIZE];
	struct rtcp_seen s;

	rtcp_remb(packet, bitrate);
	rtcp_read(&s, (const uint8_t *)packet, sizeof(packet));
	FUZZ_CHECK(s.remb <= bitrate && s.remb >= bitrate - (bitrate >> 17));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned bitrate = 0;

	check_rtp(data, size);
	check_rtcp(data, size);
	memcpy(&bitrate, data, MIN(size, sizeof(bitrate)));
	check_remb(bitrate);
	return 0;
}

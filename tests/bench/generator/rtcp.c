/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTCP; called by publisher on a loop thread.
 */
#include "tests/bench/generator/rtcp.h"

#include <libavutil/intreadwrite.h>
#include <string.h>

enum { SR = 200, SDES = 202, RTPFB = 205, PSFB = 206, NACK = 1, PLI = 1, FIR = 4, NTP_1970 = 2208988800u };

size_t rtcp_report(uint8_t *out, const struct rtcp_report *r)
{
	static const uint8_t cname[] = { 1, 2, 'g', 'n' };
	uint64_t us = (uint64_t)r->wall_us % 1000000;

	memset(out, 0, RTCP_REPORT_MAX);
	out[0] = 0x80;
	out[1] = SR;
	AV_WB16(out + 2, 6);
	AV_WB32(out + 4, r->ssrc);
	AV_WB32(out + 8, (uint32_t)(r->wall_us / 1000000) + NTP_1970);
	AV_WB32(out + 12, (uint32_t)((us << 32) / 1000000));
	AV_WB32(out + 16, r->rtp);
	AV_WB32(out + 20, r->packets);
	AV_WB32(out + 24, r->bytes);
	out[28] = 0x81;
	out[29] = SDES;
	AV_WB16(out + 30, 3);
	AV_WB32(out + 32, r->ssrc);
	memcpy(out + 36, cname, sizeof(cname));
	return 44;
}

static void add_nacks(struct rtcp_feedback *f, const uint8_t *fci, size_t len)
{
	for (; len >= 4; fci += 4, len -= 4) {
		unsigned first = AV_RB16(fci), mask = AV_RB16(fci + 2) << 1 | 1;

		for (unsigned bit = 0; bit <= 16; bit++)
			if (mask >> bit & 1 && f->n < RTCP_NACKS)
				f->seq[f->n++] = (uint16_t)(first + bit);
	}
}

void rtcp_read_feedback(struct rtcp_feedback *f, uint32_t ssrc, const uint8_t *data, size_t len)
{
	f->keyframe = false;
	f->n = 0;
	for (size_t n; len >= 12 && (n = 4 * (AV_RB16(data + 2) + 1u)) <= len; data += n, len -= n) {
		unsigned format = data[0] & 31;

		if (n < 12)
			continue;
		if (data[1] == RTPFB && format == NACK && AV_RB32(data + 8) == ssrc)
			add_nacks(f, data + 12, n - 12);
		/* FIR names its media sources behind the header */
		else if (data[1] == PSFB && ((format == PLI && AV_RB32(data + 8) == ssrc) || (format == FIR && n >= 20 && AV_RB32(data + 12) == ssrc)))
			f->keyframe = true;
	}
}

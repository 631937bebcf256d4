/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTCP as a browser sends and gets it (RFC 3550, 4585, 5104). Pure.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_REPORT_MAX = 64, RTCP_NACKS = 256 };

struct rtcp_report {
	uint32_t ssrc, rtp;
	int64_t wall_us;           /* of the sender, since 1970 */
	uint32_t packets, bytes;
};
/** A sender report with its SDES into out[RTCP_REPORT_MAX]; returns its length. */
size_t rtcp_report(uint8_t *out, const struct rtcp_report *r);

struct rtcp_feedback {
	bool keyframe;             /* PLI or FIR */
	unsigned n;                /* packets asked for again */
	uint16_t seq[RTCP_NACKS];
};
/** What a compound packet asks of the sender of `ssrc`. */
void rtcp_read_feedback(struct rtcp_feedback *f, uint32_t ssrc, const uint8_t *data, size_t len);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The clock mapping of two sources of one sender, fed by bytes: whatever RTP and NTP times a sender makes up, no frame is placed later than the newest packet,
 * none before the one it follows, and nothing overflows. Input: records of twelve bytes, what, milliseconds passed, RTP time, NTP time.
 */
#include "common/rtpclock.h"
#include "tests/fuzz/fuzz.h"

enum { RECORD = 12 };

struct source { struct rtp_clock clock; int64_t rtp, us; int mapped; };

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void map(struct source *q, struct sender_course *s, int64_t rtp, int64_t now_us, int jump)
{
	int64_t us = rtp_clock_map(&q->clock, s, rtp, now_us, jump);

	FUZZ_CHECK(us <= now_us);
	FUZZ_CHECK(!q->mapped || jump || rtp < q->rtp || us >= q->us);
	q->mapped = 1;
	q->rtp = rtp;
	q->us = us;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source src[2] = { 0 };
	struct sender_course course = { 0 };
	int64_t now_us = INT64_C(1000000000);

	rtp_clock_init(&src[0].clock, 48000);
	rtp_clock_init(&src[1].clock, 90000);
	for (; size >= RECORD; data += RECORD, size -= RECORD) {
		struct source *q = &src[data[0] & 1];

		now_us += ((int64_t)data[1] << 8 | data[2]) * 1000;
		switch (data[0] >> 1 & 3) {
		case 0:
			map(q, &course, rtp_clock_packet(&q->clock, word(data + 4), now_us), now_us, data[3] & 1);
			break;
		case 1:
			rtp_clock_report(&q->clock, &course.clock, word(data + 4), ntp_to_us(word(data + 8), word(data + 4)), now_us);
			break;
		case 2:
			rtp_clock_restart(&q->clock, &course.clock);
			q->mapped = 0;
			break;
		default:
			rtp_clock_follow(&q->clock, &course, &src[~data[0] & 1].clock, &course.clock);
			q->mapped = 0;
			break;
		}
	}
	return 0;
}

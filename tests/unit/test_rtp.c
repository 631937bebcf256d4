/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/rtp.c"
#include "test.h"

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define HEADER(first) first, 0xe0 | 0, 0x12, 0x34, 0, 0, 0, 9, 1, 2, 3, 4

static void test_parse(void)
{
	static const struct { uint8_t pkt[32]; size_t len; int err; size_t payload; } rows[] = {
		{ { HEADER(0x80), 1, 2, 3 }, 15, 0, 3 },
		{ { HEADER(0x80) }, 12, 0, 0 },
		{ { HEADER(0x80) }, 11, -EBADMSG, 0 },
		{ { HEADER(0x40) }, 12, -EBADMSG, 0 },
		{ { HEADER(0x81), 0, 0, 0, 0, 7 }, 17, 0, 1 },                       /* a CSRC */
		{ { HEADER(0x8f) }, 12, -EBADMSG, 0 },
		{ { HEADER(0x90), 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 5 }, 21, 0, 1 },     /* an extension */
		{ { HEADER(0x90), 0xbe, 0xde, 0xff, 0xff }, 16, -EBADMSG, 0 },
		{ { HEADER(0x90), 0xbe }, 13, -EBADMSG, 0 },
		{ { HEADER(0xa0), 1, 0, 0, 3 }, 16, 0, 1 },                          /* padding */
		{ { HEADER(0xa0), 1, 0, 0, 5 }, 16, -EBADMSG, 0 },
	};
	struct rtp_packet p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = rtp_parse(&p, rows[i].pkt, rows[i].len);

		if (err != rows[i].err || (!err && (p.len != rows[i].payload || p.pt != 0x60 || p.seq != 0x1234 || p.ts != 9 || p.ssrc != 0x01020304)))
			TEST_FAIL("row %zu", i);
	}
}

static void test_rewriting_keeps_the_marker(void)
{
	uint8_t pkt[] = { HEADER(0x80), 1 };
	struct rtp_packet p;

	rtp_rewrite(pkt, 96, 65535, 0xfedcba98u);
	CHECK_INT(rtp_parse(&p, pkt, sizeof(pkt)), 0);
	CHECK_INT(p.pt, 96);
	CHECK_INT(p.seq, 65535);
	CHECK(p.ts == 0xfedcba98u);
	CHECK(pkt[1] & 0x80);
}

static void test_rtcp(void)
{
	struct rtcp_seen s;

	rtcp_read(&s, BYTES(0x80, 200, 0, 6, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
			    0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2));
	CHECK(s.report && s.keyframe);
	CHECK_INT(s.ssrc, 5);
	CHECK_INT(s.ntp_msw, 1);
	CHECK_INT(s.ntp_lsw, 2);
	CHECK_INT(s.rtp, 3);
	rtcp_read(&s, BYTES(0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0));
	CHECK(s.keyframe && !s.report);
	rtcp_read(&s, BYTES(0x8f, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2));
	CHECK(!s.keyframe);
	rtcp_read(&s, BYTES(0x80, 200, 0, 1, 0, 0, 0, 5));                     /* too short for a report */
	CHECK(!s.report);
	rtcp_read(&s, BYTES(0x80, 200, 0xff, 0xff, 0, 0, 0, 5));
	CHECK(!s.report);
}

static void test_remb(void)
{
	static const struct { unsigned bitrate; uint8_t bytes[3]; } rows[] = {
		{ 1500000, { 3 << 2 | 2, 0xdc, 0x6c } }, { 262143, { 3, 0xff, 0xff } }, { 262144, { 1 << 2 | 2, 0, 0 } },
	};
	char out[RTCP_REMB_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rtcp_remb(out, rows[i].bitrate);
		CHECK(!memcmp(out + 17, rows[i].bytes, 3));
		CHECK(!memcmp(out + 12, "REMB", 4));
	}
}

static void test_extensions(void)
{
	/* version, CSRCs and X; the extension's header, its words */
	static const struct { uint8_t pkt[40]; size_t len; unsigned id; int result; uint8_t first; } rows[] = {
#define HEAD(first) first, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3
		{ { HEAD(0x80), 1 }, 13, 1, -ENOENT, 0 },
		{ { HEAD(0x90), 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0 }, 20, 1, 1, 0x85 },
		{ { HEAD(0x91), 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0 }, 24, 1, 1, 0x85 },
		{ { HEAD(0x90), 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0 }, 20, 0, -ENOENT, 0 },
		{ { HEAD(0x90), 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0 }, 20, 2, -ENOENT, 0 },
		{ { HEAD(0x90), 0xbe, 0xde, 0, 2, 0x12, 1, 2, 3, 0, 0x20, 7, 0 }, 24, 2, 1, 7 },
		{ { HEAD(0x90), 0xbe, 0xde, 0, 1, 0x13, 1, 2, 3 }, 20, 1, -ENOENT, 0 },          /* longer than what there is */
		{ { HEAD(0x90), 0xbe, 0xde, 0, 1, 0xf0, 0x10, 1, 0 }, 20, 1, -ENOENT, 0 },       /* nothing counts behind 15 */
		{ { HEAD(0x90), 0xbe, 0xde, 0, 0 }, 16, 1, -ENOENT, 0 },
		{ { HEAD(0x90), 0x10, 0x00, 0, 1, 20, 1, 9, 0 }, 20, 20, 1, 9 },
		{ { HEAD(0x90), 0x10, 0x05, 0, 2, 1, 0, 0, 20, 2, 9, 8, 0 }, 24, 20, 2, 9 },
		{ { HEAD(0x90), 0x10, 0x00, 0, 2, 1, 0, 0, 20, 2, 9, 8, 0 }, 24, 1, 0, 20 },     /* empty */
		{ { HEAD(0x90), 0x10, 0x00, 0, 1, 0, 0, 0, 20 }, 20, 20, -ENOENT, 0 },           /* no length */
		{ { HEAD(0x90), 0x10, 0x00, 0, 1, 20, 3, 9, 0 }, 20, 20, -ENOENT, 0 },
		{ { HEAD(0x90), 0x20, 0x00, 0, 1, 20, 1, 9, 0 }, 20, 20, -ENOENT, 0 },           /* another profile */
#undef HEAD
	};
	struct rtp_packet v;
	const uint8_t *data;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *copy = malloc(rows[i].len);    /* so that a sanitizer sees what is read behind the end */
		int n;

		memcpy(copy, rows[i].pkt, rows[i].len);
		CHECK_INT(rtp_parse(&v, copy, rows[i].len), 0);
		n = rtp_extension(copy, rows[i].id, &data);
		if (n != rows[i].result || (n > 0 && *data != rows[i].first))
			TEST_FAIL("row %zu", i);
		free(copy);
	}
}

static void test_receiver_reports(void)
{
	static const uint8_t rr[] = { 0x82, 201, 0, 13, 0, 0, 0, 1, 9, 9, 9, 9, 64, 0xff, 0xff, 0xfe, 0, 0, 1, 0, 0, 0, 0, 5, 0x12, 0x34, 0x80, 0, 0, 1, 0, 0,
				      8, 8, 8, 8, 255, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t none[] = { 0x80, 201, 0, 1, 0, 0, 0, 1 };
	struct rtcp_seen seen;

	rtcp_read(&seen, rr, sizeof(rr));
	CHECK(seen.received && seen.block.lost == -2 && seen.block.highest == 256 && seen.block.lsr == 0x12348000 && seen.block.dlsr == 0x10000 && !seen.report && !seen.keyframe);
	rtcp_read(&seen, none, sizeof(none));
	CHECK(!seen.received);
	for (size_t n = 0; n < sizeof(rr); n++) {
		rtcp_read(&seen, rr, n);
		CHECK(!seen.received);
	}
}

static void test_round_trip(void)
{
	/* 0x1234 seconds since 1900, in the low 16 bits, and a half */
	int64_t wall_us = ((int64_t)0xec001234 - 2208988800) * 1000000 + 500000;

	CHECK_NEAR(rtcp_rtt_us(&(struct rtcp_block){ .lsr = 0x12330000, .dlsr = 0x10000 }, wall_us), 500000, 20);
	CHECK_NEAR(rtcp_rtt_us(&(struct rtcp_block){ .lsr = 0x12347000, .dlsr = 0 }, wall_us), 62500, 20);
	CHECK_INT(rtcp_rtt_us(&(struct rtcp_block){ .lsr = 0, .dlsr = 0 }, wall_us), 0);
	CHECK_INT(rtcp_rtt_us(&(struct rtcp_block){ .lsr = 0x12349000, .dlsr = 0 }, wall_us), 0);      /* from the future */
	CHECK_INT(rtcp_rtt_us(&(struct rtcp_block){ .lsr = 0x10000000, .dlsr = 0 }, wall_us), 0);
}

static void test_reads_remb(void)
{
	static const int64_t rates[] = { 30000, 262143, 262144, 5000000, 4000000000 };

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		char out[RTCP_REMB_SIZE];
		struct rtcp_seen seen;

		rtcp_remb(out, (unsigned)rates[i]);
		rtcp_read(&seen, (const uint8_t *)out, sizeof(out));
		CHECK(seen.remb <= rates[i] && seen.remb > rates[i] - rates[i] / 100000 - 1 && !seen.keyframe);
		rtcp_read(&seen, (const uint8_t *)out, sizeof(out) - 4);
		CHECK_INT(seen.remb, 0);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_parse), TEST(test_rewriting_keeps_the_marker), TEST(test_rtcp), TEST(test_remb), TEST(test_extensions),
		TEST(test_receiver_reports), TEST(test_round_trip), TEST(test_reads_remb),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

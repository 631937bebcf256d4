/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include "plugins/red.c"
#include "test.h"

enum { OPUS = 111, RED = 63 };

/* Two repeated frames of one byte each, 1920 and 960 samples earlier, and the packet's own of two. */
static const uint8_t payload[] = { 0x80 | OPUS, 0x1e, 0x00, 1, 0x80 | OPUS, 0x0f, 0x00, 1, OPUS, 'a', 'b', 'c', 'd' };

static size_t packet(uint8_t out[RTP_MAX], const uint8_t *data, size_t len)
{
	static const uint8_t head[] = { 0x90, 0x80 | RED, 0, 1, 0, 0, 0x07, 0xd0, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0x85, 0, 0 };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), data, len);
	return sizeof(head) + len;
}

static void test_blocks(void)
{
	struct red_block b[RED_BLOCKS];

	CHECK_INT(red_parse(b, payload, sizeof(payload)), 3);
	CHECK_INT(b[0].offset, 1920);
	CHECK_INT(b[1].offset, 960);
	CHECK_INT(b[2].offset, 0);
	CHECK(b[0].len == 1 && *b[0].data == 'a' && b[1].len == 1 && *b[1].data == 'b');
	CHECK(b[2].len == 2 && !memcmp(b[2].data, "cd", 2));
	for (int i = 0; i < 3; i++)
		CHECK_INT(b[i].pt, OPUS);
}

static void test_malformed(void)
{
	static const struct { uint8_t data[40]; size_t len; int result; } rows[] = {
		{ { 0 }, 0, -EBADMSG },
		{ { OPUS }, 1, 1 },                                     /* an empty frame */
		{ { 0x80 | OPUS }, 1, -EBADMSG },
		{ { 0x80 | OPUS, 0, 0, 0 }, 4, -EBADMSG },              /* no frame of its own */
		{ { 0x80 | OPUS, 0, 0, 0, OPUS }, 5, 2 },
		{ { 0x80 | OPUS, 0, 0, 2, OPUS, 'a' }, 6, -EBADMSG },   /* shorter than it says */
		{ { 0x80 | OPUS, 0, 3, 255, OPUS, 'a' }, 6, -EBADMSG },
		{ { 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0 }, 29, RED_BLOCKS },
		{ { 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0 }, 33, -EBADMSG },
	};
	struct red_block b[RED_BLOCKS];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		uint8_t *copy = g_memdup2(rows[i].data, MAX(rows[i].len, 1));   /* so that a sanitizer sees what is read behind the end */

		if (red_parse(b, copy, rows[i].len) != rows[i].result)
			TEST_FAIL("row %zu", i);
		g_free(copy);
	}
}

static struct { uint8_t data[RTP_MAX]; size_t len; } got[RED_BLOCKS];
static int ngot;

static void keep(const uint8_t *pkt, size_t len, void *arg)
{
	CHECK(arg == got);
	memcpy(got[ngot].data, pkt, len);
	got[ngot++].len = len;
}

static void unpack(const uint8_t *data, size_t len)
{
	uint8_t pkt[RTP_MAX];
	struct rtp_packet rtp;
	size_t n = packet(pkt, data, len);

	ngot = 0;
	CHECK_INT(rtp_parse(&rtp, pkt, n), 0);
	red_unpack(pkt, &rtp, OPUS, keep, got);
}

static void test_unpacks_into_packets(void)
{
	static const struct { unsigned pt; uint16_t seq; uint32_t ts; const char *frame; } rows[] = {
		{ RED, 65535, 80, "a" }, { RED, 0, 1040, "b" }, { OPUS, 1, 2000, "cd" },
	};
	struct rtp_packet v;

	unpack(payload, sizeof(payload));
	CHECK_INT(ngot, 3);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(rtp_parse(&v, got[i].data, got[i].len), 0);
		CHECK_INT(v.pt, rows[i].pt);
		CHECK_INT(v.seq, rows[i].seq);
		CHECK_INT(v.ts, rows[i].ts);
		CHECK_INT(v.ssrc, 0x01020304);
		CHECK_INT(v.len, strlen(rows[i].frame));
		CHECK(!memcmp(v.payload, rows[i].frame, v.len));
	}
}

static void test_leaves_out_what_it_does_not_know(void)
{
	static const uint8_t other[] = { 0x80 | 9, 0x0f, 0x00, 1, OPUS, 'x', 'y' }, now[] = { 0x80 | OPUS, 0, 0x00, 1, OPUS, 'x', 'y' },
		none[] = { 0x80 | OPUS, 0x0f, 0, 0, OPUS, 'y' }, empty[] = { 0x80 | OPUS, 0x0f, 0x00, 1, OPUS, 'x' };

	unpack(other, sizeof(other));
	CHECK_INT(ngot, 1);
	unpack(now, sizeof(now));
	CHECK_INT(ngot, 1);
	unpack(none, sizeof(none));
	CHECK_INT(ngot, 1);
	unpack(empty, sizeof(empty));
	CHECK_INT(ngot, 1);
	CHECK_INT(got[0].data[1] & 127, RED);
}

static void test_strips(void)
{
	uint8_t pkt[RTP_MAX], out[RTP_MAX];
	struct rtp_packet rtp, v;
	size_t n = packet(pkt, payload, sizeof(payload)), len;

	pkt[n] = pkt[n + 1] = 2;   /* padding */
	pkt[0] |= 0x20;
	CHECK_INT(rtp_parse(&rtp, pkt, n + 2), 0);
	len = red_strip(out, pkt, &rtp, OPUS);
	CHECK_INT(len, 20 + 2);
	CHECK_INT(rtp_parse(&v, out, len), 0);
	CHECK_INT(v.pt, OPUS);
	CHECK_INT(v.seq, 1);
	CHECK(out[1] & 0x80);
	CHECK(out[0] & 0x10 && !memcmp(out + 12, pkt + 12, 8));     /* header extensions stay */
	CHECK(v.len == 2 && !memcmp(v.payload, "cd", 2));
	CHECK_INT(red_strip(out, pkt, &rtp, 96), 0);
	rtp.len = 8;
	CHECK_INT(red_strip(out, pkt, &rtp, OPUS), 0);
}

static void test_renumbers(void)
{
	uint8_t pkt[RTP_MAX];
	struct red_block b[RED_BLOCKS];
	struct rtp_packet rtp;
	size_t n = packet(pkt, payload, sizeof(payload));

	CHECK_INT(rtp_parse(&rtp, pkt, n), 0);
	CHECK(red_renumber(pkt, &rtp, OPUS, 100));
	CHECK_INT(red_parse(b, rtp.payload, rtp.len), 3);
	for (int i = 0; i < 3; i++)
		CHECK_INT(b[i].pt, 100);
	CHECK(!memcmp(rtp.payload + 9, "abcd", 4) && b[0].offset == 1920);
	CHECK(red_renumber(pkt, &rtp, OPUS, 99));
	CHECK_INT(red_parse(b, rtp.payload, rtp.len), 3);
	CHECK_INT(b[2].pt, 100);
	rtp.len = 8;
	CHECK(!red_renumber(pkt, &rtp, 100, OPUS));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_blocks), TEST(test_malformed), TEST(test_unpacks_into_packets), TEST(test_leaves_out_what_it_does_not_know), TEST(test_strips),
		TEST(test_renumbers),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

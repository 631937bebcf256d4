/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/rewrite.c"
#include "test.h"

enum { RATE = 48000 };

static bool feed(struct rewrite *r, int64_t now_ms, uint16_t seq, uint32_t ts, uint16_t *out_seq, uint32_t *out_ts)
{
	*out_seq = seq;
	*out_ts = ts;
	return rewrite_packet(r, RATE, now_ms * 1000, out_seq, out_ts);
}

static void test_first_source_goes_unchanged(void)
{
	struct rewrite r;
	uint16_t s;
	uint32_t t;

	rewrite_init(&r);
	CHECK(feed(&r, 0, 65534, 4294967000u, &s, &t) && s == 65534 && t == 4294967000u);
	CHECK(feed(&r, 20, 0, 664, &s, &t) && s == 0 && t == 664);
	CHECK(feed(&r, 21, 65535, 4294967000u + 960, &s, &t) && s == 65535);      /* late, and a hole stays a hole */
	CHECK(!feed(&r, 22, 65533, 0, &s, &t));                                    /* from before the beginning */
}

static void test_switch(void)
{
	struct rewrite r;
	uint16_t s;
	uint32_t t;

	rewrite_init(&r);
	CHECK(feed(&r, 1000, 10, 100000, &s, &t));
	CHECK(feed(&r, 1020, 11, 100960, &s, &t));
	rewrite_switch(&r);
	CHECK(feed(&r, 1520, 700, 5, &s, &t));
	CHECK_INT(s, 12);
	CHECK_INT(t, 100960 + RATE / 2);           /* half a second passed */
	CHECK(feed(&r, 1540, 702, 5 + 960, &s, &t));
	CHECK_INT(s, 14);
	CHECK(!feed(&r, 1541, 699, 0, &s, &t));
	CHECK(feed(&r, 1542, 701, 5 + 480, &s, &t));
	CHECK_INT(s, 13);
}

static void test_gap_keeps_the_sources_time(void)
{
	struct rewrite r;
	uint16_t s;
	uint32_t t;

	rewrite_init(&r);
	CHECK(feed(&r, 0, 1, 0, &s, &t));
	rewrite_gap(&r);
	CHECK(feed(&r, 3000, 151, 3 * RATE, &s, &t));
	CHECK_INT(s, 2);
	CHECK_INT(t, 3 * RATE);
	/* A gap while a switch is due is a switch. */
	rewrite_switch(&r);
	rewrite_gap(&r);
	CHECK(feed(&r, 4000, 9, 7, &s, &t));
	CHECK_INT(s, 3);
	CHECK_INT(t, 4 * RATE);
}

static void test_runs_for_hours(void)
{
	struct rewrite r;
	uint16_t s, last = 0;
	uint32_t t;

	rewrite_init(&r);
	for (int i = 0; i < 400000; i++) {
		CHECK(feed(&r, i * 20, (uint16_t)(i + 5), (uint32_t)i * 960, &s, &t));
		CHECK(!i || (uint16_t)(s - last) == 1);
		last = s;
	}
}

static void test_left_out_packets_close_up(void)
{
	struct rewrite r;
	uint16_t s;
	uint32_t t;

	rewrite_init(&r);
	CHECK(feed(&r, 0, 65533, 0, &s, &t) && s == 65533);
	rewrite_drop(&r, 65534);
	rewrite_drop(&r, 65535);
	CHECK(feed(&r, 10, 0, 1, &s, &t) && s == 65534);
	CHECK(feed(&r, 20, 2, 3, &s, &t) && s == 0);               /* 1 has not come: its place stays */
	rewrite_drop(&r, 3);
	CHECK(feed(&r, 30, 4, 5, &s, &t) && s == 1);
	CHECK(feed(&r, 31, 1, 2, &s, &t) && s == 65535);           /* late, from between two runs */
	CHECK(!feed(&r, 32, 65535, 0, &s, &t));                    /* one of those left out */
	rewrite_drop(&r, 1);                                       /* comes late: nothing to close any more */
	CHECK(feed(&r, 40, 5, 6, &s, &t) && s == 2);
	CHECK_INT(r.sent, 6);
}

static void test_left_out_for_hours(void)
{
	struct rewrite r;
	uint16_t s, last = 0;
	uint32_t t;

	rewrite_init(&r);
	for (int i = 0; i < 400000; i++) {
		if (i % 3 == 1) {
			rewrite_drop(&r, (uint16_t)i);
			continue;
		}
		CHECK(feed(&r, i, (uint16_t)i, (uint32_t)i, &s, &t));
		CHECK(!i || (uint16_t)(s - last) == 1);
		last = s;
		if (i > 100 && i % 3 == 2)                         /* repeated by the network */
			CHECK(feed(&r, i, (uint16_t)(i - 5), 0, &s, &t));
	}
}

static void test_layers_keep_capture_time(void)
{
	struct rewrite r;
	uint16_t s;
	uint32_t t;

	rewrite_init(&r);
	CHECK(feed(&r, 0, 1, 1000, &s, &t));
	/* The other layer is 5000 ahead; its picture is 960 later, and arrives 3 ms later than its time. */
	rewrite_layer(&r, 5000);
	CHECK(feed(&r, 23, 900, 6960, &s, &t));
	CHECK(s == 2 && t == 1960);
	/* The same picture again: as little later as can be. */
	rewrite_layer(&r, (uint32_t)-5000);
	CHECK(feed(&r, 24, 50, 1960, &s, &t));
	CHECK(s == 3 && t == 1961);
	/* A clock that says something absurd is not believed: arrival counts. */
	rewrite_layer(&r, 123456789);
	CHECK(feed(&r, 44, 7, 77, &s, &t));
	CHECK(s == 4 && t == 1961 + 960);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_first_source_goes_unchanged), TEST(test_switch), TEST(test_gap_keeps_the_sources_time), TEST(test_runs_for_hours),
		TEST(test_left_out_packets_close_up), TEST(test_left_out_for_hours), TEST(test_layers_keep_capture_time),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

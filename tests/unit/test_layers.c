/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/layers.c"
#include "layer_packets.h"
#include "test.h"

enum { RID_EXT = 4 };

static bool key8(const uint8_t *p, size_t len)
{
	struct vp8_descriptor d;

	return !vp8_descriptor(&d, p, len) && d.start && !(p[d.size] & 1);
}

static const struct layers_conf by_rids = { .n = 3, .rid_ext = RID_EXT, .rids = { "l", "mm", "high" } };
static const struct layers_conf by_ssrcs = { .n = 3, .ssrcs = { 11, 12, 13 } };

static int feed(struct layers *l, const struct layer_packet_conf *c, int64_t now_ms, struct layer_tag *t)
{
	struct layer_packet p;

	vp8_packet(&p, c);
	return layers_packet(l, p.data, &p.rtp, now_ms * 1000, t) ? t->substream : -1;
}

static void test_substreams_by_rid(void)
{
	struct layers l;
	struct layer_tag t;

	layers_init(&l, &by_rids, "vp8", key8);
	CHECK(l.used);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 103, .rid_ext = RID_EXT, .rid = "high", .start = true, .keyframe = true, .tid = 0 }, 1, &t), 2);
	CHECK(t.keyframe);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 101, .rid_ext = RID_EXT, .rid = "l", .tid = 1, .sync = true, .tl0 = 7, .picture = 300 }, 2, &t), 0);
	CHECK(!t.keyframe && t.temporal == 1 && t.sync && t.tl0 == 7 && t.picture.id == 300);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 102, .rid_ext = RID_EXT, .rid = "mm" }, 3, &t), 1);
	/* Later the rid is not told any more. */
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 103 }, 4, &t), 2);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 104, .rid_ext = RID_EXT, .rid = "hig" }, 5, &t), -1);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 104, .rid_ext = RID_EXT + 1, .rid = "l" }, 5, &t), -1);
}

static void test_substreams_by_ssrc(void)
{
	struct layers l;
	struct layer_tag t;

	layers_init(&l, &by_ssrcs, "vp8", key8);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 11 + i }, 1, &t), i);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 14 }, 1, &t), -1);
}

/* An m-line that is used again: no rid is ever told. */
static void test_substreams_without_a_rid(void)
{
	struct layers l;
	struct layer_tag t;

	layers_init(&l, &by_rids, "vp8", key8);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 50 - i }, 1, &t), i);
	CHECK_INT(feed(&l, &(struct layer_packet_conf){ .ssrc = 50 }, 1, &t), 0);
}

static void test_who_is_there(void)
{
	struct layers l;
	struct layer_tag t;
	int64_t ms = 1000;

	layers_init(&l, &by_ssrcs, "vp8", key8);
	for (; ms < 3000; ms += 33)
		for (uint32_t i = 0; i < 3; i++)
			feed(&l, &(struct layer_packet_conf){ .ssrc = 11 + i, .ts = (uint32_t)ms * 90 }, ms, &t);
	for (int i = 0; i < 3; i++)
		CHECK(layers_present(&l, i, ms * 1000));
	/* One a second from all: nobody is silent, though a second passes between substreams. */
	for (int k = 0; k < 5; k++, ms += 1000)
		for (uint32_t i = 0; i < 3; i++) {
			feed(&l, &(struct layer_packet_conf){ .ssrc = 11 + i, .ts = (uint32_t)ms * 90 }, ms, &t);
			CHECK(layers_present(&l, 2, ms * 1000));
		}
	/* The highest ends. */
	for (int64_t until = ms + 600; ms < until; ms += 33)
		for (uint32_t i = 0; i < 2; i++)
			feed(&l, &(struct layer_packet_conf){ .ssrc = 11 + i, .ts = (uint32_t)ms * 90 }, ms, &t);
	CHECK(!layers_present(&l, 2, ms * 1000) && layers_present(&l, 1, ms * 1000));
	CHECK(l.subs[1].since_us == 1000 * 1000);
	feed(&l, &(struct layer_packet_conf){ .ssrc = 13, .ts = (uint32_t)ms * 90 }, ms, &t);
	CHECK(layers_present(&l, 2, ms * 1000) && l.subs[2].since_us == ms * 1000);
}

static void test_rates(void)
{
	struct layers l;
	struct layer_tag t;
	int layer, temporal;

	layers_init(&l, &by_ssrcs, "vp8", key8);
	for (int64_t ms = 1000; ms < 6000; ms += 10)
		for (uint32_t i = 0; i < 2; i++)
			feed(&l, &(struct layer_packet_conf){ .ssrc = 11 + i, .ts = (uint32_t)ms * 90, .tid = ms / 10 % 2, .fill = i ? 80 : 0 }, ms, &t);
	layers_top(&l, &layer, &temporal);
	CHECK(layer == 1 && temporal == 1);
	CHECK_NEAR(layers_rate(&l, 0, 1), 100 * 27 * 8, 400);
	CHECK_NEAR(layers_rate(&l, 0, 0), 50 * 27 * 8, 400);
	CHECK_NEAR(layers_rate(&l, 1, 1), 100 * 107 * 8, 1000);            /* substreams do not rest on each other */
	CHECK(layers_rate(&l, 2, 3) == 0);
}

static void test_svc(void)
{
	struct layers l;
	struct layer_tag t;
	int layer, temporal;

	layers_init(&l, NULL, "vp9", key8);
	CHECK(!l.used);
	for (int64_t ms = 1000; ms < 6000; ms += 10)
		for (int s = 0; s < 3; s++) {
			struct layer_packet p;

			vp9_packet(&p, &(struct layer_packet_conf){ .ssrc = 5, .ts = (uint32_t)ms * 90, .sid = s, .start = true, .end = true,
								    .inter = ms > 1000, .picture = (int)ms / 10 });
			CHECK(layers_told(&l, &p.rtp));
			CHECK(layers_packet(&l, p.data, &p.rtp, ms * 1000, &t));
			CHECK(t.spatial == s && t.start && t.end && t.vp9 && t.inter == (ms > 1000));
		}
	CHECK(l.used);
	layers_top(&l, &layer, &temporal);
	CHECK(layer == 2 && temporal == 0);
	CHECK_NEAR(layers_rate(&l, 2, 0), 3.0 * layers_rate(&l, 0, 0), 2000);      /* spatial ones do */
}

static void test_shift(void)
{
	struct layers l;
	uint32_t shift;

	layers_init(&l, &by_ssrcs, "vp8", key8);
	CHECK(!layers_shift(&l, 0, 2, 90000, &shift));
	CHECK_INT(layers_report(&l, 99, 0, 0), -1);
	CHECK_INT(layers_report(&l, 11, 90000, 5000000), 0);
	CHECK(!layers_shift(&l, 0, 2, 90000, &shift));
	CHECK_INT(layers_report(&l, 13, 45000, 7000000), 2);
	CHECK(layers_shift(&l, 0, 2, 90000, &shift));
	CHECK_INT((int32_t)shift, 45000 - (90000 + 2 * 90000));
}

static void test_random_bytes(void)
{
	static const char *const names[] = { "vp8", "vp9", "h264" };
	unsigned seed = 99;

	for (int i = 0; i < 100000; i++) {
		struct layers l;
		struct layer_tag t;
		struct rtp_packet rtp;
		uint8_t p[60];
		size_t len = 12 + (size_t)rand_r(&seed) % 49;

		for (size_t k = 0; k < len; k++)
			p[k] = (uint8_t)(rand_r(&seed) >> 6);
		p[0] = (uint8_t)(0x80 | (p[0] & 0x11));
		layers_init(&l, i & 1 ? &by_rids : NULL, names[i % 3], key8);
		if (!rtp_parse(&rtp, p, len) && layers_packet(&l, p, &rtp, 1000 + i, &t))
			CHECK(t.spatial < LAYERS_SPATIAL && t.temporal < LAYERS_TEMPORAL && t.substream < LAYERS_SUBSTREAMS);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_substreams_by_rid), TEST(test_substreams_by_ssrc), TEST(test_substreams_without_a_rid), TEST(test_who_is_there), TEST(test_rates), TEST(test_svc), TEST(test_shift), TEST(test_random_bytes),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tap: what a ring gets, first its clock; mutes, SSRC changes, overflow; and all of it from several threads.
 */
#include "plugins/tap.c"

#include "test.h"

static int64_t now_us = 1000000;

static int64_t test_clock(void)
{
	return now_us += 10;
}

static struct tap *make(void)
{
	struct tap_conf conf = { .codec = "vp8", .rate_hz = 90000 };
	struct tap *t;

	CHECK_INT(tap_create(&t, &conf), 0);
	return t;
}

static void send(struct tap *t, uint32_t ssrc, uint16_t seq)
{
	uint8_t pkt[200] = { 0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, (uint8_t)(seq >> 8), (uint8_t)seq,
			     (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc };

	tap_rtp(t, pkt, sizeof(pkt), seq * 1000);
}

/* The kinds of records in a ring: C clock, P packet, R report. */
static const char *kinds(struct ring *r)
{
	static char out[256];
	uint8_t buf[TAP_RECORD_MAX];
	uint16_t kind;
	size_t n = 0;

	while (n < sizeof(out) - 1 && ring_pop(r, &kind, buf, sizeof(buf)) != -EAGAIN)
		out[n++] = "?CPR"[kind];
	out[n] = 0;
	return out;
}

static void test_clock_first(void)
{
	struct tap *t = make();
	struct ring *r;

	CHECK_INT(ring_create(&r, 4096), 0);
	send(t, 1, 1);
	tap_sender_report(t, 3900000000u, 0, 1, 1500);
	CHECK_INT(tap_attach(t, r), 0);
	CHECK_STR(kinds(r), "");
	send(t, 1, 2);
	tap_sender_report(t, 3900000000u, 100000, 2, 2500);
	send(t, 1, 3);
	CHECK_STR(kinds(r), "CPRP");
	tap_mute(t, true);
	send(t, 1, 4);
	CHECK_STR(kinds(r), "");
	tap_mute(t, false);
	send(t, 1, 5);
	send(t, 1, 6);
	CHECK_STR(kinds(r), "CPP");
	tap_mute(t, true);
	tap_mute(t, false);
	send(t, 1, 7);
	CHECK_STR(kinds(r), "CP");
	tap_detach(t, r);
	send(t, 1, 8);
	CHECK_STR(kinds(r), "");
	ring_unref(&r);
	tap_unref(&t);
}

static void test_ssrc(void)
{
	struct tap *t = make();
	struct ring *r;

	CHECK_INT(ring_create(&r, 4096), 0);
	CHECK_INT(tap_attach(t, r), 0);
	send(t, 1, 1);
	send(t, 2, 2);
	send(t, 1, 3);             /* a straggler */
	send(t, 2, 4);
	CHECK_STR(kinds(r), "CPCPP");
	ring_unref(&r);
	tap_unref(&t);
}

static void test_overflow(void)
{
	struct tap *t = make();
	struct tap_clock_record c;
	struct ring *r;
	uint16_t kind;

	CHECK_INT(ring_create(&r, 1024), 0);
	CHECK_INT(tap_attach(t, r), 0);
	for (uint16_t i = 1; i <= 10; i++)
		send(t, 1, i);
	CHECK_STR(kinds(r), "CPPP");
	send(t, 1, 11);
	CHECK_INT(ring_pop(r, &kind, &c, sizeof(c)), sizeof(c));
	CHECK_INT(kind, TAP_CLOCK);
	CHECK_INT(c.lost, 7);
	ring_unref(&r);
	tap_unref(&t);
}

static void test_refuses(void)
{
	struct tap *t = make();
	struct ring *rings[TAP_RINGS + 1];
	uint8_t big[1600] = { 0x80 };

	tap_rtp(t, big, sizeof(big), 1);
	tap_rtp(t, big, 11, 1);
	CHECK_INT(tap_refused(t), 2);
	for (int i = 0; i <= TAP_RINGS; i++) {
		CHECK_INT(ring_create(&rings[i], 1024), 0);
		CHECK_INT(tap_attach(t, rings[i]), i < TAP_RINGS ? 0 : -EBUSY);
	}
	tap_detach(t, rings[0]);
	CHECK_INT(tap_attach(t, rings[TAP_RINGS]), 0);
	tap_unref(&t);             /* lets go of all of them */
	for (int i = 0; i <= TAP_RINGS; i++)
		ring_unref(&rings[i]);
}

enum { ROUNDS = 2000 };

static void *hook(void *arg)
{
	struct tap *t = arg;

	for (uint16_t i = 0; i < ROUNDS * 5; i++)
		send(t, 1, i);
	tap_unref(&t);
	return NULL;
}

static void *record(void *arg)
{
	struct tap *t = arg;
	uint8_t buf[TAP_RECORD_MAX];
	struct ring *r;
	uint16_t kind;

	for (int i = 0; i < ROUNDS; i++) {
		if (ring_create(&r, 8192) || tap_attach(t, r))
			abort();
		for (int k = 0; k < 20; k++)
			ring_pop(r, &kind, buf, sizeof(buf));
		tap_mute(t, i & 1);
		tap_detach(t, r);
		ring_unref(&r);
	}
	tap_unref(&t);
	return NULL;
}

static void test_threads(void)
{
	struct tap *t = make();
	pthread_t h, a, b;

	rec_clock_us = clock_mono_us;
	CHECK_INT(thread_start(&h, "hook", hook, tap_ref(t)), 0);
	CHECK_INT(thread_start(&a, "record", record, tap_ref(t)), 0);
	CHECK_INT(thread_start(&b, "record", record, tap_ref(t)), 0);
	tap_unref(&t);
	pthread_join(h, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_clock_first), TEST(test_ssrc), TEST(test_overflow), TEST(test_refuses), TEST(test_threads) };

	rec_clock_us = test_clock;
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

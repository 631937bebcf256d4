/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The estimate with what it is divided over, against simulated links: does it come down quickly, go up again, and keep still in between?
 */
#include "plugins/bandwidth.c"
#include "plugins/share.c"
#include "test.h"

enum { REPORT_MS = 1000, SLOTS = 4 };

struct link {
	int64_t rate;              /* what it carries; the rest is dropped */
	double loss;               /* and this share besides */
	bool remb;                 /* the receiver tells its estimate, as browsers make it */
	int64_t estimate;
};

struct sim {
	struct bandwidth b;
	struct share slots[SLOTS];
	unsigned n;
	int64_t ms;
	unsigned downs, ups;       /* changes of any slot's level */
	int64_t trouble_ms;        /* with over a tenth of what was sent lost */
};

static const uint32_t camera[] = { 40000, 80000, 150000, 500000, 1500000 };

static void sim_begin(struct sim *s, unsigned n)
{
	memset(s, 0, sizeof(*s));
	bandwidth_init(&s->b);
	s->n = n;
	for (unsigned i = 0; i < n; i++) {
		s->slots[i] = (struct share){ .n = 5, .now = 4 };
		memcpy(s->slots[i].rates, camera, sizeof(camera));
	}
}

static int64_t sent(const struct sim *s)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < s->n; i++)
		sum += s->slots[i].rates[s->slots[i].now];
	return sum;
}

/* The receiver's estimate: falls to 0.85 of what comes through when the link is full, else rises by 8 % a second, to 1.5 times what comes through. */
static void estimate(struct link *l, int64_t through, bool full)
{
	int64_t most = through + through / 2 + 10000;

	if (full)
		l->estimate = through * 85 / 100;
	else
		l->estimate += l->estimate * 8 / 100 + 1000;
	if (!l->estimate || l->estimate > most)
		l->estimate = most;
}

static void apply(struct sim *s)
{
	for (unsigned i = 0; i < s->n; i++) {
		s->ups += s->slots[i].level > s->slots[i].now;
		s->downs += s->slots[i].level < s->slots[i].now;
		s->slots[i].now = s->slots[i].level;
	}
}

static void second(struct sim *s, struct link *l)
{
	int64_t rate = sent(s), through = rate < l->rate ? rate : l->rate, now_us;
	struct bandwidth_seen seen = { .sent = rate, .expected = (uint32_t)(rate / 8000) + 1, .rtt_us = 50000 };

	s->trouble_ms += rate - rate / 10 > l->rate ? REPORT_MS : 0;
	seen.lost = (uint32_t)((double)seen.expected * (1 - (double)through / (double)rate * (1 - l->loss)) + 0.5);
	if (l->remb) {
		estimate(l, through, rate > l->rate);
		seen.remb = l->estimate;
	}
	s->ms += REPORT_MS;
	now_us = s->ms * 1000;
	bandwidth_step(&s->b, &seen, now_us);
	share_divide(s->slots, s->n, bandwidth_limit(&s->b));
	if (bandwidth_may_rise(&s->b, now_us)) {
		int64_t next = share_next(s->slots, s->n);

		bandwidth_rise(&s->b, next, now_us);
		share_divide(s->slots, s->n, bandwidth_limit(&s->b));
	}
	apply(s);
}

static void run(struct sim *s, struct link *l, int seconds)
{
	for (int i = 0; i < seconds; i++)
		second(s, l);
}

static void test_good_link_is_left_alone(void)
{
	for (int remb = 0; remb < 2; remb++) {
		struct link l = { .rate = 20000000, .remb = remb };
		struct sim s;

		sim_begin(&s, 2);
		run(&s, &l, 600);
		CHECK(s.downs == 0 && s.ups == 0 && bandwidth_limit(&s.b) == INT64_MAX);
	}
}

/* Down within two seconds, there for as long as it takes, up again when the link is. */
static void test_down_and_up(void)
{
	static const struct { int64_t rate; unsigned level; } rows[] = { { 1000000, 3 }, { 600000, 3 }, { 300000, 2 }, { 100000, 1 }, { 20000, 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int remb = 0; remb < 2; remb++) {
			struct link l = { .rate = 3000000, .remb = remb };
			struct sim s;

			sim_begin(&s, 1);
			run(&s, &l, 30);
			l.rate = rows[i].rate;
			run(&s, &l, 2);
			CHECK(s.slots[0].now <= 3);
			run(&s, &l, 4);
			CHECK_INT(s.slots[0].now, rows[i].level);
			l.rate = 3000000;
			run(&s, &l, 80);
			CHECK_INT(s.slots[0].now, 4);
			CHECK(s.downs <= 4 && s.ups <= 4 + s.downs);
		}
}

/* On a link between two levels it tries in vain, ever less often. */
static void test_does_not_swing(void)
{
	for (int remb = 0; remb < 2; remb++) {
		struct link l = { .rate = 700000, .remb = remb };
		struct sim s;

		sim_begin(&s, 1);
		run(&s, &l, 60);
		s.ups = s.downs = 0;
		s.trouble_ms = 0;
		run(&s, &l, 600);
		printf("between levels%s: %u up, %u down, %lld ms of trouble in 10 minutes\n", remb ? " with REMB" : "", s.ups, s.downs, (long long)s.trouble_ms);
		CHECK(s.ups <= 12 && s.downs <= 12);
		CHECK(s.trouble_ms <= 600000 / 20);
	}
}

/* Loss that has nothing to do with the rate. */
static void test_a_lossy_link(void)
{
	struct link l = { .rate = 20000000, .loss = 0.05 };
	struct sim s;

	sim_begin(&s, 1);
	run(&s, &l, 120);
	CHECK(s.downs == 0 && s.slots[0].now == 4);
}

static void test_divides_fairly(void)
{
	struct link l = { .rate = 2200000 };
	struct sim s;

	sim_begin(&s, 4);
	run(&s, &l, 200);
	for (unsigned i = 0; i < 4; i++)
		CHECK(s.slots[i].now >= 2 && s.slots[i].now <= 4);
	CHECK(sent(&s) <= 2200000 + 1000000);
	l.rate = 700000;
	run(&s, &l, 8);
	CHECK(sent(&s) <= 700000);
	for (unsigned i = 0; i < 4; i++)
		CHECK(s.slots[i].now >= 1 && s.slots[i].now <= 2);
}

/* A client that says once and for all how much it wants. */
static void test_a_fixed_remb(void)
{
	struct sim s;

	sim_begin(&s, 1);
	for (int i = 0; i < 60; i++) {
		struct bandwidth_seen seen = { .sent = sent(&s), .expected = 100, .remb = 400000 };

		s.ms += 1000;
		bandwidth_step(&s.b, &seen, s.ms * 1000);
		share_divide(s.slots, 1, bandwidth_limit(&s.b));
		apply(&s);
		CHECK(i < 5 || s.slots[0].now == 2);
	}
}

static void test_share_table(void)
{
	struct share s[2] = { { .n = 3, .rates = { 100, 300, 900 } }, { .n = 3, .rates = { 100, 300, 700 } } };

	share_divide(s, 2, 1000);
	CHECK(s[0].level == 1 && s[1].level == 2);
	CHECK_INT(share_next(s, 2), 1600);
	share_divide(s, 2, 50);
	CHECK(s[0].level == 0 && s[1].level == 0);
	CHECK_INT(share_next(s, 2), 400);
	share_divide(s, 2, INT64_MAX);
	CHECK(s[0].level == 2 && s[1].level == 2 && share_next(s, 2) == 0);
	/* What is had is kept when it is a little too much, and not risen to. */
	s[0].now = s[1].now = 2;
	share_divide(s, 2, 1500);
	CHECK(s[0].level == 2 && s[1].level == 2);
	s[0].now = s[1].now = 1;
	share_divide(s, 2, 1500);
	CHECK(s[0].level == 2 && s[1].level == 1);
}

/* Links at random: what is sent keeps within what is carried nearly all the time, and not far below it. */
static void test_random_links(void)
{
	unsigned seed = 7;

	for (int k = 0; k < 50; k++) {
		struct link l = { .remb = k & 1 };
		struct sim s;

		sim_begin(&s, 1 + (unsigned)k % SLOTS);
		for (int i = 0; i < 10; i++) {
			l.rate = 200000 * (int64_t)s.n + rand_r(&seed) % 4000000;
			run(&s, &l, 6);
			s.trouble_ms = 0;
			run(&s, &l, 54);
			CHECK(s.trouble_ms <= 54000 / 6);
		}
		CHECK(s.downs <= 100 * s.n);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_good_link_is_left_alone), TEST(test_down_and_up), TEST(test_does_not_swing), TEST(test_a_lossy_link), TEST(test_divides_fairly),
		TEST(test_a_fixed_remb), TEST(test_share_table), TEST(test_random_links),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

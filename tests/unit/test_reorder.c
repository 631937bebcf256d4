/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reorder buffer: tables of {arrival, sequence number, expected result}, and what comes out when.
 */
#include "plugins/reorder.c"

#include "test.h"

#define MS 1000

enum { SLOTS = 64, WAIT = 500 * MS };

struct in { int at_ms; uint16_t seq; int result; };
struct out { int at_ms; int seq; unsigned lost; };       /* seq: low 16 bits */

struct row {
	const char *what;
	struct in in[12];
	struct out out[12];
};

static const uint8_t byte;

static const struct row rows[] = {
	{ "in order", { { 1, 10, 0 }, { 20, 11, 0 }, { 220, 12, 0 } }, { { 220, 10, 0 }, { 220, 11, 0 }, { 220, 12, 0 } } },
	{ "first two swapped", { { 1, 11, 0 }, { 20, 10, 0 } }, { { 210, 10, 0 }, { 210, 11, 0 } } },
	{ "first one repaired", { { 1, 11, 0 }, { 180, 10, 0 } }, { { 210, 10, 0 }, { 210, 11, 0 } } },
	{ "swapped", { { 1, 10, 0 }, { 210, 12, 0 }, { 230, 11, 0 } }, { { 210, 10, 0 }, { 230, 11, 0 }, { 230, 12, 0 } } },
	{ "duplicate", { { 1, 10, 0 }, { 2, 10, -EEXIST }, { 210, 11, 0 }, { 211, 11, -EEXIST }, { 212, 10, -EEXIST } },
	  { { 210, 10, 0 }, { 210, 11, 0 } } },
	{ "wrap", { { 1, 65534, 0 }, { 2, 0, 0 }, { 3, 65535, 0 }, { 210, 1, 0 } },
	  { { 210, 65534, 0 }, { 210, 65535, 0 }, { 210, 0, 0 }, { 210, 1, 0 } } },
	{ "lost after the wait", { { 1, 10, 0 }, { 300, 13, 0 }, { 400, 14, 0 }, { 799, 15, 0 }, { 800, 16, 0 } },
	  { { 300, 10, 0 }, { 800, 13, 2 }, { 800, 14, 0 }, { 800, 15, 0 }, { 800, 16, 0 } } },
	{ "late", { { 1, 10, 0 }, { 300, 12, 0 }, { 810, 13, 0 }, { 820, 11, -ESTALE } }, { { 300, 10, 0 }, { 810, 12, 1 }, { 810, 13, 0 } } },
	{ "far ahead with nothing held", { { 1, 10, 0 }, { 280, 11, 0 }, { 300, 1000, 0 }, { 900, 1001, 0 } },
	  { { 280, 10, 0 }, { 280, 11, 0 }, { 300, 1000, 988 }, { 900, 1001, 0 } } },
};

/* With `pass`, what may go at once does so without being copied in: the same comes out. */
static void run_row(const struct row *row, bool pass)
{
	const struct out *o = row->out;
	struct reorder *r;
	uint8_t data[4] = { 1, 2, 3, 4 };

	CHECK_INT(reorder_create(&r, SLOTS, WAIT), 0);
	for (const struct in *i = row->in; i->at_ms; i++) {
		int64_t now = (int64_t)i->at_ms * MS;
		struct reorder_packet *p;
		unsigned lost;
		int err;

		if (pass && reorder_pass(r, i->seq)) {
			if (i->result || (uint16_t)o->seq != i->seq || o->lost)
				TEST_FAIL("%s: packet %u at %d ms passed, expected %d after %u lost", row->what, i->seq, i->at_ms, o->seq, o->lost);
			o++;
			continue;
		}
		err = reorder_push(r, i->seq, 0, now, data, sizeof(data));

		if (err != i->result)
			TEST_FAIL("%s: packet %u at %d ms: %d, expected %d", row->what, i->seq, i->at_ms, err, i->result);
		while ((p = reorder_pop(r, now, &lost))) {
			if (o->at_ms < i->at_ms || (uint16_t)p->seq != o->seq || lost != o->lost)
				TEST_FAIL("%s: at %d ms came %d after %u lost, expected %d after %u at %d ms", row->what, i->at_ms, (uint16_t)p->seq, lost,
					  o->seq, o->lost, o->at_ms);
			CHECK_INT(p->len, 4);
			g_free(p);
			o++;
		}
	}
	for (struct reorder_packet *p; o->at_ms; o++) {
		unsigned lost;

		p = reorder_pop(r, (int64_t)o->at_ms * MS, &lost);
		if (!p || (uint16_t)p->seq != o->seq || lost != o->lost)
			TEST_FAIL("%s: %d did not come at %d ms", row->what, o->seq, o->at_ms);
		g_free(p);
	}
	CHECK(reorder_peek(r) == NULL);
	reorder_unref(&r);
}

static void test_table(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		run_row(&rows[i], false);
		run_row(&rows[i], true);
	}
}

static void test_full(void)
{
	struct reorder *r;
	struct reorder_packet *p;
	unsigned lost, sum = 0, n = 0;

	CHECK_INT(reorder_create(&r, 8, WAIT), 0);
	CHECK_INT(reorder_push(r, 1, 0, 0, &byte, 1), 0);
	CHECK_INT(reorder_push(r, 3, 0, 0, &byte, 1), 0);
	CHECK_INT(reorder_push(r, 9, 0, 0, &byte, 1), -ENOSPC);
	while ((p = reorder_pop(r, INT64_MAX, &lost))) {
		sum += lost;
		n++;
		g_free(p);
	}
	CHECK_INT(n, 2);
	CHECK_INT(sum, 1);
	CHECK_INT(reorder_push(r, 9, 0, 0, &byte, 1), 0);
	p = reorder_pop(r, INT64_MAX, &lost);
	CHECK_INT(lost, 5);
	g_free(p);
	reorder_unref(&r);
}

/* A sender that starts over with other numbers is followed after a while, and says that something is missing. */
static void test_jump_back(void)
{
	struct reorder *r;
	struct reorder_packet *p;
	unsigned lost = 0;
	int taken = 0;

	CHECK_INT(reorder_create(&r, SLOTS, WAIT), 0);
	CHECK_INT(reorder_push(r, 30000, 0, 0, &byte, 1), 0);
	g_free(reorder_pop(r, INT64_MAX, &lost));
	for (uint16_t i = 0; i < 60; i++)
		taken += reorder_push(r, (uint16_t)(100 + i), 0, 1000, &byte, 1) == 0;
	CHECK_INT(taken, 60 - STALE_RUN);
	p = reorder_pop(r, INT64_MAX, &lost);
	CHECK_INT(lost, 1);
	g_free(p);
	reorder_unref(&r);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_table), TEST(test_full), TEST(test_jump_back) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

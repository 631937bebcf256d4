/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The reorder buffer: whatever arrives, packets come out once, in order, and every number is either there or counted as lost. Input: records of four
 * bytes, sequence number, time step in ms, length.
 */
#include <errno.h>
#include <glib.h>
#include "plugins/reorder.h"
#include "tests/fuzz/fuzz.h"

enum { STALE_RUN = 50 };           /* so many late ones, and the buffer may begin a new order */

struct order {
	int64_t last;
	int seen, stale;
};

static void drain(struct reorder *r, struct order *o, int64_t now_us)
{
	struct reorder_packet *p;
	unsigned lost = 0;

	while ((p = reorder_pop(r, now_us, &lost))) {
		FUZZ_CHECK(!o->seen || p->seq > o->last);
		FUZZ_CHECK(!o->seen || p->seq == o->last + 1 + lost);
		FUZZ_CHECK((uint16_t)p->seq == (uint16_t)(p->data[0] << 8 | p->data[1]));
		o->last = p->seq;
		o->seen = 1;
		g_free(p);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct order o = { 0, 0, 0 };
	struct reorder *r = NULL;
	int64_t now_us = 0;

	FUZZ_CHECK(!reorder_create(&r, 64, 100000));
	for (; size >= 4; data += 4, size -= 4) {
		uint16_t seq = (uint16_t)(data[0] << 8 | data[1]);
		int err;

		now_us += data[2] * INT64_C(1000);
		if (o.stale >= STALE_RUN)
			o.seen = 0;
		err = reorder_push(r, seq, seq, now_us, data, 4);
		if (err == -ENOSPC) {
			drain(r, &o, INT64_MAX);
			err = reorder_push(r, seq, seq, now_us, data, 4);
		}
		FUZZ_CHECK(!err || err == -EEXIST || err == -ESTALE || err == -ENOSPC);
		o.stale = err == -ESTALE ? o.stale + 1 : err ? o.stale : 0;
		drain(r, &o, now_us);
	}
	drain(r, &o, INT64_MAX);
	FUZZ_CHECK(!reorder_peek(r));
	reorder_unref(&r);
	return 0;
}

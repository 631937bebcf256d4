/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A receiver's link, from its reports to the layers it gets: one for each subscriber handle.
 */
#pragma once
#include "common/sync.h"
#include "plugins/bandwidth.h"
#include "plugins/rtp.h"

enum { DOWNLINK_STEP_US = 800000 };

struct subscriber;

/** Packets, summed over m-lines since the last step. Receivers send a report with each NACK, so that a single one says little. */
struct downlink_loss {
	uint32_t expected;
	int64_t lost;              /* in the end, repaired ones not counted */
	int64_t missing;           /* of those, packets that had not come here either */
};

struct downlink {
	struct lock lock;          /* all of it (leaf) */
	struct bandwidth_seen seen;        /* since the last step, but `sent` and packets */
	struct downlink_loss loss;
	struct bandwidth bandwidth;
	int64_t due_us;            /* next step at the earliest */
	int64_t step_us;           /* last step */
	int64_t heard_us;          /* last feedback; 0: none */
	int64_t sent;              /* bit/s, as of the last step */
};
void downlink_init(struct downlink *d);
void downlink_destroy(struct downlink *d);

/** RTCP of the handle on an m-line. Loop thread; the rest happens on the strand. */
void downlink_feedback(struct subscriber *sub, int mindex, const struct rtcp_seen *seen);

/** Share lost on the way down and bit/s sent; false when nothing was heard in the last ten seconds. Any thread. */
bool downlink_state(struct subscriber *sub, double *lost, int64_t *sent, int64_t now_us);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the link of one receiver carries, from what it reports: loss and round trip of its receiver reports (RFC 3550 §6.4), and REMB where it sends one
 * (draft-alvestrand-rmcat-remb). Pure, the clock passed in. Rates in bit/s, of all that is sent to the receiver.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
	BANDWIDTH_UP_US = 5000000,         /* this long all must have been well before a step up is tried … */
	BANDWIDTH_UP_MAX_US = 60000000,    /* … twice as long after each that failed, up to this */
	BANDWIDTH_TRIAL_US = 8000000,      /* trouble within this time after a step up is put down to it */
	BANDWIDTH_SETTLE_US = 1500000,     /* after a step down reports still speak of what was before */
	BANDWIDTH_LEAST = 30000,
};

struct bandwidth {
	int64_t limit;             /* 0: nothing is known against it */
	int64_t step_us;           /* last step */
	int64_t down_us;           /* last step down */
	int64_t clean_us;          /* all has been well since; 0: it is not */
	int64_t trial_us;          /* last step up */
	unsigned failed;           /* steps up in a row that did */
	uint32_t expected, lost;   /* not judged yet */
	int64_t judged_us;
	double loss;               /* as last judged */
	int64_t remb, remb_us;     /* last one; 0: none */
	int64_t remb_low_us;       /* it has been below what is sent since, without rising; 0: it is not */
	int64_t rtt_us, least_rtt_us;      /* 0: unknown */
};

/** What was learnt since the last step. */
struct bandwidth_seen {
	uint32_t expected, lost;   /* packets, by receiver reports */
	int64_t remb;              /* 0: none came */
	int64_t rtt_us;            /* 0: none */
	int64_t sent;              /* on the average since the last step */
};

void bandwidth_init(struct bandwidth *b);
/** Takes a step, every half second to two. True when the limit went down. */
bool bandwidth_step(struct bandwidth *b, const struct bandwidth_seen *seen, int64_t now_us);
/** INT64_MAX when nothing is known. */
int64_t bandwidth_limit(const struct bandwidth *b);
/** It is time to try more. */
bool bandwidth_may_rise(const struct bandwidth *b, int64_t now_us);
/** More is tried: `rate` in all; 0: all that is wanted is sent, nothing is left to try. */
void bandwidth_rise(struct bandwidth *b, int64_t rate, int64_t now_us);

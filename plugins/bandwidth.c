/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A receiver's link. Stepped on the receiver's strand.
 *
 *   limit ─────┐ loss > 10 %, or REMB fell below what is sent     well for 5 s ┌─ trial ─ well for 8 s ─▶ stays
 *              └──────────────────────────────────────────────────────────────┘     └─ trouble: down again, twice the wait
 *
 * A receiver's REMB follows what it gets (browsers say at most 1.5 times that), so a low one proves nothing; one that falls, or stays low without rising, does.
 */
#include "plugins/bandwidth.h"

enum { ENOUGH_PACKETS = 20, JUDGE_US = 2000000, REMB_LOW_US = 3000000, REMB_FRESH_US = 10000000, RTT_SWOLLEN_US = 300000 };

static const double BAD = 0.10, BAD_ON_TRIAL = 0.04, GOOD = 0.02;      /* a trial begins where loss was below GOOD */

enum verdict { UNKNOWN, WELL, UNSURE, TROUBLE };

void bandwidth_init(struct bandwidth *b)
{
	*b = (struct bandwidth){ 0 };
}

static bool on_trial(const struct bandwidth *b, int64_t now_us)
{
	return b->trial_us && now_us - b->trial_us < BANDWIDTH_TRIAL_US;
}

/* Loss, once there is enough to tell. */
static enum verdict judge_loss(struct bandwidth *b, const struct bandwidth_seen *seen, int64_t now_us)
{
	b->expected += seen->expected;
	b->lost += seen->lost;
	if (!b->expected || (b->expected < ENOUGH_PACKETS && now_us - b->judged_us < JUDGE_US))
		return UNKNOWN;
	b->loss = (double)b->lost / b->expected;
	b->expected = b->lost = 0;
	b->judged_us = now_us;
	return b->loss > (on_trial(b, now_us) ? BAD_ON_TRIAL : BAD) ? TROUBLE : b->loss > GOOD ? UNSURE : WELL;
}

static enum verdict judge_remb(struct bandwidth *b, const struct bandwidth_seen *seen, int64_t now_us)
{
	int64_t before = now_us - b->remb_us < REMB_FRESH_US ? b->remb : 0;
	bool low = seen->remb < seen->sent - seen->sent / 10;

	if (!seen->remb)
		return UNKNOWN;
	b->remb = seen->remb;
	b->remb_us = now_us;
	if (!low || (before && seen->remb > before + before / 50))
		b->remb_low_us = 0;
	else if (!b->remb_low_us)
		b->remb_low_us = now_us;
	if (before && seen->remb < before - before / 32 && seen->remb < seen->sent)
		return TROUBLE;
	return b->remb_low_us && now_us - b->remb_low_us >= REMB_LOW_US ? TROUBLE : b->remb_low_us ? UNSURE : WELL;
}

/* A queue that grows before it overflows. */
static enum verdict judge_rtt(struct bandwidth *b, const struct bandwidth_seen *seen)
{
	if (!seen->rtt_us)
		return UNKNOWN;
	b->rtt_us = seen->rtt_us;
	if (!b->least_rtt_us || seen->rtt_us < b->least_rtt_us)
		b->least_rtt_us = seen->rtt_us;
	return seen->rtt_us > 2 * b->least_rtt_us + RTT_SWOLLEN_US ? UNSURE : WELL;
}

static int64_t at_least(int64_t rate)
{
	return rate > BANDWIDTH_LEAST ? rate : BANDWIDTH_LEAST;
}

static void go_down(struct bandwidth *b, int64_t rate, int64_t now_us)
{
	rate = at_least(rate);
	b->limit = b->limit && b->limit < rate ? b->limit : rate;
	b->failed = on_trial(b, now_us) ? b->failed + 1 : 0;
	b->trial_us = 0;
	b->down_us = now_us;
	b->clean_us = 0;
	b->remb_low_us = 0;
}

static void go_on(struct bandwidth *b, enum verdict all, int64_t sent, int64_t now_us)
{
	if (all != WELL) {
		b->clean_us = 0;
		return;
	}
	if (!b->clean_us)
		b->clean_us = now_us;
	if (b->limit && b->limit < sent)
		b->limit = sent;           /* it just carried that */
	if (b->trial_us && !on_trial(b, now_us)) {
		b->trial_us = 0;
		b->failed = 0;
	}
}

bool bandwidth_step(struct bandwidth *b, const struct bandwidth_seen *seen, int64_t now_us)
{
	enum verdict loss = judge_loss(b, seen, now_us), remb = judge_remb(b, seen, now_us), rtt = judge_rtt(b, seen), all;
	int64_t rate = INT64_MAX;

	all = loss > remb ? loss : remb;
	all = all > rtt ? all : rtt;
	b->step_us = now_us;
	if (all == UNKNOWN)
		return false;
	if (all != TROUBLE) {
		go_on(b, all, seen->sent, now_us);
		return false;
	}
	b->clean_us = 0;
	if (b->down_us && now_us - b->down_us < BANDWIDTH_SETTLE_US)
		return false;
	if (loss == TROUBLE)
		rate = (int64_t)((double)seen->sent * (1 - b->loss) * 0.95);
	if (remb == TROUBLE && seen->remb < rate)
		rate = seen->remb;
	go_down(b, rate, now_us);
	return true;
}

int64_t bandwidth_limit(const struct bandwidth *b)
{
	return b->limit ? b->limit : INT64_MAX;
}

bool bandwidth_may_rise(const struct bandwidth *b, int64_t now_us)
{
	int64_t wait_us = (int64_t)BANDWIDTH_UP_US << (b->failed < 4 ? b->failed : 4);

	if (wait_us > BANDWIDTH_UP_MAX_US)
		wait_us = BANDWIDTH_UP_MAX_US;
	return b->limit && b->clean_us && now_us - b->clean_us >= BANDWIDTH_UP_US && now_us - b->down_us >= wait_us &&
	       (!b->trial_us || now_us - b->trial_us >= BANDWIDTH_UP_US);
}

void bandwidth_rise(struct bandwidth *b, int64_t rate, int64_t now_us)
{
	b->limit = rate && b->limit < rate ? rate : rate ? b->limit : 0;
	if (rate)
		b->trial_us = now_us;
}

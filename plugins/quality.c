/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quality of connections. uplink_packet() is called in the RTP hook, the rest on the participant's strand.
 */
#include "plugins/quality.h"

enum { WORSE_STEPS = 2, BETTER_STEPS = 4 };

static const struct { double lost; unsigned jitter_ms; enum quality_level level; } bounds[] = {
	{ 0.02, 60, QUALITY_EXCELLENT }, { 0.08, 200, QUALITY_GOOD },
};

static unsigned get(atomic_uint *a)
{
	return atomic_load_explicit(a, memory_order_relaxed);
}

static void set(atomic_uint *a, unsigned v)
{
	atomic_store_explicit(a, v, memory_order_relaxed);
}

/* Packets of one picture are sent one after another: only the first of each timestamp tells how long it travelled. */
static void follow_jitter(struct uplink *u, uint32_t ts, unsigned rate_hz, int64_t now_us)
{
	int64_t passed_us = (int64_t)(int32_t)(ts - u->ts) * 1000000 / (int64_t)rate_hz, transit_us = u->transit_us + passed_us, d = now_us - transit_us;
	unsigned jitter = get(&u->jitter_us);

	d = d < 0 ? -d : d;
	if (d < 2000000)
		set(&u->jitter_us, (unsigned)((int)jitter + ((int)d - (int)jitter) / 16));
	u->ts = ts;
	u->transit_us = now_us;
}

void uplink_packet(struct uplink *u, uint16_t seq, uint32_t ts, unsigned rate_hz, int64_t now_us)
{
	int step = (int16_t)(uint16_t)(seq - u->highest);

	set(&u->received, get(&u->received) + 1);
	if (!u->started) {
		u->started = true;
		u->ts = ts;
		u->transit_us = now_us;
		step = 1;
	}
	if (step <= 0)
		return;
	set(&u->expected, get(&u->expected) + (unsigned)step);
	u->highest = seq;
	if ((int32_t)(ts - u->ts) > 0)
		follow_jitter(u, ts, rate_hz, now_us);
}

const char *quality_name(enum quality_level level)
{
	static const char *const names[] = { "lost", "poor", "good", "excellent" };

	return names[level];
}

static enum quality_level judge(const struct quality_seen *seen)
{
	double lost = seen->up_lost > seen->down_lost ? seen->up_lost : seen->down_lost;

	if (seen->silent)
		return QUALITY_LOST;
	for (unsigned i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (lost <= bounds[i].lost && seen->jitter_ms <= bounds[i].jitter_ms)
			return bounds[i].level;
	return QUALITY_POOR;
}

bool quality_step(struct quality *q, const struct quality_seen *seen)
{
	enum quality_level level = judge(seen);
	bool at_once = !q->told || level == QUALITY_LOST || q->level == QUALITY_LOST;

	if (!seen->up && !seen->down && !seen->silent)
		return false;
	if (q->told && level == q->level) {
		q->steps = 0;
		return false;
	}
	/* Steps that agree on the direction count, and the mildest of them is what it changes to. */
	if (q->steps && (level < q->level) == (q->other < q->level))
		q->other = (level < q->level) == (level > q->other) ? level : q->other;
	else
		q->steps = 0;
	if (!q->steps)
		q->other = level;
	q->steps++;
	if (!at_once && q->steps < (level < q->level ? WORSE_STEPS : BETTER_STEPS))
		return false;
	*q = (struct quality){ .told = true, .level = at_once ? level : q->other };
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Layers for one receiver. Called in the RTP hook under the slot's lock, and by the stream for its recording.
 *
 *   substreams   2 ────────x          x─────      the target is the highest that is allowed and arrives
 *                1     ────────────────           a switch happens at a keyframe of the target; the present one goes on until then,
 *   sent         1 1 1 2 2 2 1 1 1 1 1 2 2        and a keyframe is asked for, ever less often
 *
 *   spatial (VP9)  down at any picture, up where the higher layer rests on no earlier picture
 *   temporal       down at any picture, up at a keyframe or step by step where the bitstream says that it can be
 */
#include "plugins/selector.h"

const struct layer_limit layer_limit_none = { LAYERS_SUBSTREAMS - 1, LAYERS_SPATIAL - 1, LAYERS_TEMPORAL - 1 };

void selector_init(struct selector *s, int64_t up_us)
{
	*s = (struct selector){ .max = layer_limit_none, .up_us = up_us, .now = { -1, 0, 0 } };
}

void selector_restart(struct selector *s)
{
	s->now = (struct layer_limit){ -1, 0, 0 };
	s->in_picture = false;
	s->waits_us = 0;
}

void selector_adopt(struct selector *s)
{
	s->now = s->max;
	s->now.substream = 0;
}

static bool long_there(const struct selector *s, const struct layers *l, int i, int64_t now_us)
{
	return i <= s->now.substream || s->now.substream < 0 || now_us - l->subs[i].since_us >= s->up_us;
}

/* The highest substream within the limit that arrives; failing that, the lowest that does. */
static int target_of(const struct selector *s, const struct layers *l, int64_t now_us)
{
	int n = l->conf.n ? (int)l->conf.n : 1;

	for (int i = s->max.substream < n ? s->max.substream : n - 1; i >= 0; i--)
		if (layers_present(l, i, now_us) && long_there(s, l, i, now_us))
			return i;
	for (int i = 0; i < n; i++)
		if (layers_present(l, i, now_us))
			return i;
	return 0;
}

/* Begins at this keyframe? One who has nothing yet takes another than the target after a while. */
static bool begins(const struct selector *s, const struct layer_tag *tag, int target, int64_t now_us)
{
	if (!tag->keyframe || tag->substream == s->now.substream)
		return false;
	return tag->substream == target || (s->now.substream < 0 && now_us - s->waits_us >= SELECTOR_ANY_US && tag->substream <= s->max.substream);
}

static bool time_to_ask(struct selector *s, int64_t now_us)
{
	unsigned patience = s->now.substream < 0 ? 0 : s->asked < 3 ? s->asked : 3;        /* whoever sees nothing has none */
	int64_t wait_us = (int64_t)SELECTOR_ASK_US << patience;

	if (now_us < s->ask_us)
		return false;
	s->asked++;
	s->ask_us = now_us + wait_us;
	return true;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* A spatial layer begins where one rests on no earlier picture, which may be nowhere but at a keyframe. */
static void wait_for(struct selector *s, const struct layers *l, int target, int64_t now_us)
{
	int top = least(s->max.spatial, l->top_spatial);
	bool waiting = target != s->now.substream || s->now.spatial < top;

	if (!l->conf.n)
		target = top;
	if (waiting && (!s->waits_us || s->target != target)) {
		s->asked = 0;
		s->ask_us = 0;
	}
	if (waiting && !s->waits_us)
		s->waits_us = now_us;
	if (!waiting)
		s->waits_us = 0;
	s->target = target;
}

/* A new picture of the present substream: what is too high ends here. */
static void new_picture(struct selector *s, uint32_t ts)
{
	s->in_picture = true;
	s->ts = ts;
	s->now.spatial = least(s->now.spatial, s->max.spatial);
	s->now.temporal = least(s->now.temporal, s->max.temporal);
}

/* Steps up that this packet allows. */
static void climb(struct selector *s, const struct layer_tag *tag)
{
	if (tag->keyframe) {
		s->now.temporal = s->max.temporal;
		s->now.spatial = s->max.spatial;
	}
	if (tag->start && !tag->inter && tag->vp9 && tag->spatial == s->now.spatial + 1 && tag->spatial <= s->max.spatial)
		s->now.spatial = tag->spatial;
	if (s->now.temporal >= s->max.temporal || !tag->sync)
		return;
	if (tag->vp9 && tag->temporal <= s->now.temporal)
		s->now.temporal = s->max.temporal;
	else if (!tag->vp9 && tag->temporal == s->now.temporal + 1)
		s->now.temporal++;
}

static struct selection within(struct selector *s, const struct layer_tag *tag, uint32_t ts)
{
	struct selection d = { .what = SELECT_SEND };

	if (!s->in_picture || (int32_t)(ts - s->ts) > 0)
		new_picture(s, ts);
	if (ts == s->ts)
		climb(s, tag);
	if (tag->temporal > s->now.temporal || tag->spatial > s->now.spatial)
		d.what = SELECT_DROP;
	d.marker = tag->vp9 && tag->end && tag->spatial == s->now.spatial;
	return d;
}

struct selection selector_packet(struct selector *s, const struct layers *l, const struct layer_tag *tag, uint32_t ts, int64_t now_us)
{
	int target = l->conf.n == 0 ? 0 : target_of(s, l, now_us);
	struct selection d = { .what = SELECT_SKIP };

	wait_for(s, l, target, now_us);
	if (begins(s, tag, target, now_us)) {
		s->now.substream = tag->substream;
		s->in_picture = false;
		wait_for(s, l, target, now_us);
		d = within(s, tag, ts);
		d.what = SELECT_SWITCH;
	} else if (tag->substream == s->now.substream) {
		d = within(s, tag, ts);
	}
	d.ask = s->waits_us && time_to_ask(s, now_us);
	return d;
}

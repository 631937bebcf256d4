/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Turns. Called by captions and chapters when an output is finished.
 */
#include "postprocess/turns.h"

static gint by_time(gconstpointer a, gconstpointer b)
{
	const struct turn *x = a, *y = b;

	if (x->from_ms != y->from_ms)
		return x->from_ms < y->from_ms ? -1 : 1;
	return (x->who->number > y->who->number) - (x->who->number < y->who->number);
}

/** Adds a span of one person, or lengthens the last one; these come in order. `first`: where this person's begin in the list. */
static void add(GArray *turns, guint first, const struct turns_conf *conf, struct turn t)
{
	struct turn *last = turns->len > first ? &g_array_index(turns, struct turn, turns->len - 1) : NULL;

	t.to_ms = t.to_ms == OPEN_MS ? conf->end_ms : MIN(t.to_ms, conf->end_ms);
	if (t.to_ms <= t.from_ms)
		return;
	if (last && t.from_ms - last->to_ms <= conf->join_ms)
		last->to_ms = MAX(last->to_ms, t.to_ms);
	else
		g_array_append_val(turns, t);
}

static GArray *finish(GArray *turns, const struct turns_conf *conf)
{
	guint n = 0;

	for (guint i = 0; i < turns->len; i++) {
		const struct turn t = g_array_index(turns, struct turn, i);

		if (t.to_ms - t.from_ms >= conf->least_ms)
			g_array_index(turns, struct turn, n++) = t;
	}
	g_array_set_size(turns, n);
	g_array_sort(turns, by_time);
	return turns;
}

GArray *turns_speaking(const struct model *m, const struct turns_conf *conf)
{
	GArray *turns = g_array_new(FALSE, FALSE, sizeof(struct turn));

	for (size_t i = 0; i < m->nparticipants; i++) {
		const struct model_participant *p = m->participants[i];
		guint first = turns->len;

		for (size_t k = 0; k < p->ntalking; k++)
			add(turns, first, conf, (struct turn){ p->talking[k].from_ms, p->talking[k].to_ms, p });
	}
	return finish(turns, conf);
}

/** A segment without the times in which the source was muted. */
static void add_segment(GArray *turns, guint first, const struct turns_conf *conf, const struct model_source *s, const struct model_segment *g)
{
	int64_t end_ms = g->end_ms == OPEN_MS ? conf->end_ms : g->end_ms;
	struct turn t = { g->from_ms, end_ms, s->owner };

	for (size_t i = 0; i < s->nmuted; i++) {
		const struct span *mute = &s->muted[i];

		if (mute->from_ms >= end_ms || (mute->to_ms != OPEN_MS && mute->to_ms <= t.from_ms))
			continue;
		t.to_ms = mute->from_ms;
		add(turns, first, conf, t);
		t.from_ms = mute->to_ms == OPEN_MS ? end_ms : mute->to_ms;
		t.to_ms = end_ms;
	}
	add(turns, first, conf, t);
}

GArray *turns_sharing(const struct model *m, const struct turns_conf *conf)
{
	GArray *turns = g_array_new(FALSE, FALSE, sizeof(struct turn));

	for (size_t i = 0; i < m->nparticipants; i++) {
		const struct model_participant *p = m->participants[i];

		for (size_t k = 0; k < p->nsources; k++) {
			const struct model_source *s = p->sources[k];
			guint first = turns->len;

			for (size_t n = 0; s->screen && !s->audio && n < s->nsegments; n++)
				add_segment(turns, first, conf, s, s->segments[n]);
		}
	}
	return finish(turns, conf);
}

int64_t turns_within(const GArray *turns, const struct model_participant *who, int64_t from_ms, int64_t to_ms)
{
	int64_t sum = 0;

	for (guint i = 0; i < turns->len; i++) {
		const struct turn *t = &g_array_index(turns, struct turn, i);

		if (!who || t->who == who)
			sum += MAX(0, MIN(t->to_ms, to_ms) - MAX(t->from_ms, from_ms));
	}
	return sum;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Narrows a model. Called by compose on each thread that has a model, and by model.c for people who were erased.
 *
 *   people: lines about them are passed over (model_lines), files of theirs are not adopted, who is there already is dropped
 *   time:   recording ──────[from ═════════ to)──────   every time in the model − from, cut to the part; chunks kept from the keyframe before `from`
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/people.h"
#include "postprocess/model_build.h"
#include "postprocess/model_select.h"

enum { PREROLL_MS = 1000 };    /* of sound, for the decoder to settle */

/* ---- people ---- */

bool model_leaves_out(const struct model *m, const char *participant)
{
	return participant && (people_left_out(m->only, m->without, participant) || people_has(m->erased, participant));
}

void model_erase(struct model *m, const char *participant)
{
	char *list = m->erased ? g_strconcat(m->erased, ",", participant, NULL) : g_strdup(participant);

	g_free(m->erased);
	m->erased = list;
}

void model_drop(struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nparticipants; i++) {
		struct model_participant *p = m->participants[i];

		if (model_leaves_out(m, p->id))
			model_participant_free(p);
		else
			m->participants[n++] = p;
	}
	m->nparticipants = n;
	for (size_t i = 0; i < m->nlayouts; i++)
		if (model_leaves_out(m, m->layouts[i].focus))
			m->layouts[i].focus[0] = '\0';
}

static void set_list(char **list, const char *text)
{
	g_free(*list);
	*list = *text ? g_strdup(text) : NULL;
}

/* ---- time ---- */

struct window { int64_t from_ms, to_ms; };

/** A time within the part, counted from its beginning. */
static int64_t moved(const struct window *w, int64_t t_ms)
{
	return CLAMP(t_ms, w->from_ms, w->to_ms) - w->from_ms;
}

static bool overlaps(const struct window *w, int64_t from_ms, int64_t to_ms)
{
	return from_ms < w->to_ms && to_ms > w->from_ms;
}

static void cut_spans(const struct window *w, struct span *spans, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (overlaps(w, spans[i].from_ms, spans[i].to_ms))
			spans[kept++] = (struct span){ moved(w, spans[i].from_ms), moved(w, spans[i].to_ms) };
	*n = kept;
}

/** The first chunk that is needed: sound settles for a moment, a picture begins at a keyframe. */
static size_t first_chunk(const struct window *w, const struct model_source *s, const struct model_segment *g)
{
	size_t first = 0;

	for (size_t i = 0; i < g->nchunks && g->chunks[i].from_ms <= w->from_ms; i++)
		if (s->audio ? g->chunks[i].to_ms + PREROLL_MS < w->from_ms : g->chunks[i].keyframe)
			first = i;
	return first;
}

static void cut_chunks(const struct window *w, const struct model_source *s, struct model_segment *g)
{
	size_t first = first_chunk(w, s, g), n = 0;

	for (size_t i = first; i < g->nchunks && g->chunks[i].from_ms < w->to_ms; i++)
		g->chunks[n++] = g->chunks[i];
	g->nchunks = n;
}

static void cut_gaps(const struct window *w, struct model_segment *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->ngaps; i++) {
		struct model_gap gap = g->gaps[i];

		if (!overlaps(w, gap.from_ms, gap.to_ms))
			continue;
		gap.from_ms = moved(w, gap.from_ms);
		gap.to_ms = moved(w, gap.to_ms);
		g->gaps[n++] = gap;
	}
	g->ngaps = n;
}

static void cut_segment(const struct window *w, const struct model_source *s, struct model_segment *g)
{
	cut_chunks(w, s, g);
	cut_gaps(w, g);
	for (size_t i = 0; i < g->nturns; i++)
		g->turns[i].at_ms -= w->from_ms;
	g->from_ms = moved(w, g->from_ms);
	g->end_ms = moved(w, g->end_ms);
	g->to_ms = moved(w, g->to_ms);
}

static void cut_source(const struct window *w, struct model_source *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nsegments; i++) {
		struct model_segment *g = s->segments[i];

		if (overlaps(w, g->from_ms, MAX(g->end_ms, g->to_ms))) {
			cut_segment(w, s, g);
			s->segments[n++] = g;
		} else {
			model_segment_free(g);
		}
	}
	s->nsegments = n;
	cut_spans(w, s->muted, &s->nmuted);
}

static void cut_participant(const struct window *w, struct model_participant *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nsources; i++) {
		struct model_source *s = p->sources[i];

		cut_source(w, s);
		if (s->nsegments || s->nmuted)
			p->sources[n++] = s;
		else
			model_source_free(s);
	}
	p->nsources = n;
	cut_spans(w, p->present, &p->npresent);
	cut_spans(w, p->talking, &p->ntalking);
}

/** Who was not there in this time is not there at all. */
static void cut_people(const struct window *w, struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nparticipants; i++) {
		struct model_participant *p = m->participants[i];

		cut_participant(w, p);
		if (p->npresent)
			m->participants[n++] = p;
		else
			model_participant_free(p);
	}
	m->nparticipants = n;
}

/** The last change before the part holds from its beginning. */
static void cut_layouts(const struct window *w, struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nlayouts; i++) {
		struct model_layout l = m->layouts[i];
		bool over = i + 1 < m->nlayouts && m->layouts[i + 1].at_ms <= w->from_ms;

		if (over || l.at_ms >= w->to_ms) {
			g_free(l.regions);
			continue;
		}
		l.at_ms = moved(w, l.at_ms);
		m->layouts[n++] = l;
	}
	m->nlayouts = n;
}

static void cut_pauses(const struct window *w, struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->npauses; i++)
		if (m->pauses[i].at_ms >= w->from_ms && m->pauses[i].at_ms < w->to_ms)
			m->pauses[n++] = (struct model_pause){ m->pauses[i].at_ms - w->from_ms, m->pauses[i].length_ms };
	m->npauses = n;
}

static int cut(struct model *m, const struct output_spec *spec)
{
	struct window w = { spec->from_ms, spec->to_ms ? MIN(spec->to_ms, m->duration_ms) : m->duration_ms };
	int64_t begin_ms = model_wall_ms(m, w.from_ms), end_ms = model_wall_ms(m, w.to_ms);

	if (w.from_ms >= w.to_ms)
		return -ERANGE;
	cut_people(&w, m);
	cut_layouts(&w, m);
	cut_pauses(&w, m);
	m->start_wall_ms = begin_ms;
	m->duration_ms = w.to_ms - w.from_ms;
	m->elapsed_ms = end_ms - begin_ms;
	m->shift_ms = w.from_ms;
	return 0;
}

int model_select(struct model *m, const struct output_spec *spec)
{
	int err = 0;

	set_list(&m->only, spec->only);
	set_list(&m->without, spec->without);
	model_drop(m);
	if (spec->from_ms || spec->to_ms)
		err = m->complete ? cut(m, spec) : -EPROTO;
	if (m->complete)
		model_count_missing(m);
	return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A model written down by hand: people, when they speak, what they share. For tests of what is made of a model at the end.
 */
#pragma once
#include <glib.h>
#include <string.h>
#include "postprocess/model.h"

enum { PEOPLE = 4, PEOPLE_SPANS = 8 };

struct people_row { const char *name; struct span talking[PEOPLE_SPANS], screen[PEOPLE_SPANS]; };

struct people {
	struct model m;
	struct model_participant p[PEOPLE], *list[PEOPLE];
	struct model_source screens[PEOPLE], *sources[PEOPLE];
	struct model_segment segments[PEOPLE][PEOPLE_SPANS], *in_order[PEOPLE][PEOPLE_SPANS];
};

static size_t people_spans(const struct span *s)
{
	size_t n = 0;

	while (n < PEOPLE_SPANS && (s[n].to_ms > s[n].from_ms || s[n].to_ms == OPEN_MS))
		n++;
	return n;
}

/** Rows end with one without a name. */
static void people_init(struct people *x, const struct people_row *rows)
{
	memset(x, 0, sizeof(*x));
	x->m.participants = x->list;
	for (size_t i = 0; i < PEOPLE && rows[i].name; i++) {
		struct model_participant *p = &x->p[i];
		struct model_source *s = &x->screens[i];

		g_snprintf(p->id, sizeof(p->id), "user%zu", i + 1);
		p->number = (unsigned)i + 1;
		p->name = (char *)(uintptr_t)rows[i].name;
		p->talking = (struct span *)(uintptr_t)rows[i].talking;
		p->ntalking = people_spans(rows[i].talking);
		x->list[i] = p;
		x->m.nparticipants = i + 1;
		s->owner = p;
		s->screen = true;
		g_strlcpy(s->name, "screen", sizeof(s->name));
		s->nsegments = people_spans(rows[i].screen);
		s->segments = x->in_order[i];
		for (size_t k = 0; k < s->nsegments; k++) {
			x->segments[i][k].from_ms = rows[i].screen[k].from_ms;
			x->segments[i][k].end_ms = rows[i].screen[k].to_ms;
			x->in_order[i][k] = &x->segments[i][k];
		}
		x->sources[i] = s;
		p->sources = &x->sources[i];
		p->nsources = 1;
	}
}

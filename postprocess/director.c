/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decides for every frame time what is shown where. Called by scene, on the composing thread.
 *
 *   spec, `layout` lines ─▶ wish ┐
 *   model ─▶ cast ─▶ speaker ────┴▶ view ─▶ layout_place ─▶ wanted ── as shown? ── no ─▶ calm enough? ─▶ shown
 *
 * All state is in here, and made only of what was true at t or before: a picture made while the call runs is the one made afterwards.
 */
#include <glib.h>
#include <string.h>
#include "common/log.h"
#include "postprocess/cast.h"
#include "postprocess/director.h"
#include "postprocess/speaker.h"

/** How the picture is to be made now. */
struct wish {
	char mode[16];
	char focus[PARTICIPANT_SIZE];
	struct region regions[REGIONS_MAX];
	size_t nregions;
};

struct director {
	const struct output_spec *spec;
	struct wish wish;
	size_t lines;                          /* of the timeline's `layout` lines, taken in */
	struct speaker speaker;
	struct layout_item items[LAYOUT_ITEMS_MAX];
	size_t people;                         /* items that are people */
	struct layout_plan shown, wanted;
	bool gone[LAYOUT_MAX];                 /* tiles of `shown` */
	bool started;
	int64_t first_ms;                      /* the output's beginning */
	int64_t changed_ms;                    /* last change that counts */
	int64_t differs_ms;                    /* since when `wanted` is something else, -1: it is not */
};

/* ---- the wish ---- */

static void set_wish(struct wish *l, const char *mode, const char *focus, const char *regions)
{
	char why[200] = "";

	g_strlcpy(l->mode, layout_wants(mode) ? mode : "grid", sizeof(l->mode));
	g_strlcpy(l->focus, focus, sizeof(l->focus));
	l->nregions = 0;
	if (strcmp(l->mode, "custom"))
		return;
	if (!regions || regions_parse(regions, l->regions, &l->nregions, why, sizeof(why))) {
		log_warn("layout custom: %s The grid is shown.", regions ? why : "There are no regions.");
		g_strlcpy(l->mode, "grid", sizeof(l->mode));
	}
}

/** What the spec leaves open, the timeline says. */
static void follow_wish(struct director *d, const struct model *m, int64_t t_ms)
{
	const struct output_spec *s = d->spec;
	const struct model_layout *l = NULL;

	if (!d->started)
		set_wish(&d->wish, *s->layout ? s->layout : m->layout, s->focus, s->regions);
	for (; d->lines < m->nlayouts && m->layouts[d->lines].at_ms <= t_ms; d->lines++)
		l = &m->layouts[d->lines];
	if (l && !*s->layout)
		set_wish(&d->wish, l->mode, *s->focus ? s->focus : l->focus, l->regions);
}

/* ---- whose the stage is ---- */

static size_t person(const struct director *d, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!d->items[i].screen && !strcmp(d->items[i].who->id, id))
			return i;
	return n;
}

/** The screen of this person, or of anybody, that was begun last. */
static size_t screen_of(const struct director *d, size_t n, const char *id)
{
	for (size_t i = n; i-- > 0 && d->items[i].screen; )
		if (!*id || !strcmp(d->items[i].who->id, id))
			return i;
	return n;
}

/** Who shared a screen last. */
static size_t presenter(const struct director *d, size_t n, int64_t t_ms)
{
	int64_t last_ms = -1;
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		int64_t at_ms = d->items[i].screen || d->items[i].nth ? -1 : cast_shared_at(d->items[i].who, t_ms);

		if (at_ms <= last_ms)
			continue;
		last_ms = at_ms;
		best = i;
	}
	return best;
}

static size_t lead(const struct director *d, size_t n, size_t speaker, int64_t t_ms)
{
	const struct wish *l = &d->wish;
	bool single = !strcmp(l->mode, "single");
	size_t who = *l->focus ? person(d, n, l->focus) : n;

	if (single && screen_of(d, n, l->focus) < n)
		return screen_of(d, n, l->focus);
	if (who == n && !strcmp(l->mode, "presentation"))
		who = presenter(d, n, t_ms);
	return who < n || (single && *l->focus) ? who : speaker;
}

/* ---- from wanted to shown ---- */

static bool same_rect(const struct rect *a, const struct rect *b)
{
	return a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h;
}

static bool as_shown(const struct director *d)
{
	const struct layout_plan *a = &d->shown, *b = &d->wanted;

	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (!layout_same_item(&a->tiles[i].item, &b->tiles[i].item) || !same_rect(&a->tiles[i].r, &b->tiles[i].r) || a->tiles[i].stage != b->tiles[i].stage)
			return false;
	return a->n == b->n;
}

/** What may change at any time: who is behind a tile at all, and by which camera. */
static void refresh(struct director *d, size_t n)
{
	for (size_t i = 0; i < d->shown.n; i++) {
		struct layout_item *shown = &d->shown.tiles[i].item;

		d->gone[i] = true;
		for (size_t k = 0; k < n && d->gone[i]; k++) {
			if (!layout_same_item(shown, &d->items[k]))
				continue;
			*shown = d->items[k];
			d->gone[i] = false;
		}
	}
	memcpy(d->shown.rest, d->wanted.rest, d->wanted.nrest * sizeof(d->wanted.rest[0]));
	d->shown.nrest = d->wanted.nrest;
}

/** What has the whole picture, or its stage, went; or there was nothing. A region has nothing to do with the others. */
static bool empty(const struct director *d)
{
	bool custom = !strcmp(d->wish.mode, "custom");

	for (size_t i = 0; i < d->shown.n; i++)
		if (d->gone[i] && (custom || d->shown.tiles[i].stage))
			return true;
	for (size_t i = 0; i < d->shown.n; i++)
		if (!d->gone[i])
			return false;
	return true;
}

static bool may_change(const struct director *d, int64_t t_ms)
{
	bool opening = t_ms - d->first_ms < DIRECTOR_OPENING_MS, settled = t_ms - d->differs_ms >= DIRECTOR_SETTLE_MS;

	return opening || empty(d) || (settled && t_ms - d->changed_ms >= DIRECTOR_CALM_MS);
}

static enum direction change(struct director *d, int64_t t_ms)
{
	bool opening = t_ms - d->first_ms < DIRECTOR_OPENING_MS, cut = opening || !d->shown.n || !d->wanted.n;

	d->shown = d->wanted;
	memset(d->gone, 0, sizeof(d->gone));
	d->differs_ms = -1;
	if (!opening)
		d->changed_ms = t_ms;
	return cut ? DIRECTION_CUT : DIRECTION_MOVE;
}

static void want(struct director *d, size_t n, int64_t t_ms)
{
	size_t speaker = speaker_at(&d->speaker, d->items, n, t_ms);
	struct layout_view v = { d->wish.mode, d->spec->width, d->spec->height, d->items, n, 0, 0, d->wish.regions, d->wish.nregions };

	v.lead = lead(d, n, speaker, t_ms);
	if (n && d->items[n - 1].screen)
		v.shape = cast_shape(&d->items[n - 1], t_ms);
	if (layout_place(&v, &d->wanted))
		d->wanted.n = d->wanted.nrest = 0;
}

enum direction director_at(struct director *d, const struct model *m, int64_t t_ms)
{
	size_t n;

	follow_wish(d, m, t_ms);
	if (!d->started) {
		d->started = true;
		d->first_ms = t_ms;
		d->changed_ms = t_ms - DIRECTOR_CALM_MS;
	}
	n = cast_at(m, t_ms, layout_wants(d->wish.mode), d->items);
	d->people = 0;
	for (size_t i = 0; i < n; i++)
		d->people += !d->items[i].screen;
	want(d, n, t_ms);
	refresh(d, n);
	if (as_shown(d)) {
		d->differs_ms = -1;
		return DIRECTION_STAY;
	}
	if (d->differs_ms < 0)
		d->differs_ms = t_ms;
	return may_change(d, t_ms) ? change(d, t_ms) : DIRECTION_STAY;
}

/* ---- asking ---- */

const struct layout_plan *director_plan(const struct director *d)
{
	return &d->shown;
}

bool director_gone(const struct director *d, size_t i)
{
	return d->gone[i];
}

/** Who comes later is nobody yet, however far the lines are known. */
static bool came(const struct model_participant *p, int64_t t_ms)
{
	return p->npresent && p->present[0].from_ms <= t_ms;
}

char *director_message(const struct director *d, const struct model *m, int64_t t_ms)
{
	const struct wish *l = &d->wish;

	if (!d->people)
		return g_strdup("There is nobody in the call.");
	for (size_t i = 0; !strcmp(l->mode, "single") && i < m->nparticipants; i++)
		if (!strcmp(m->participants[i]->id, l->focus) && came(m->participants[i], t_ms))
			return g_strdup_printf("%s is not in the call.", m->participants[i]->name);
	return NULL;
}

const char *director_mode(const struct director *d)
{
	return d->wish.mode;
}

struct director *director_create(const struct output_spec *spec)
{
	struct director *d = g_new0(struct director, 1);

	d->spec = spec;
	d->differs_ms = -1;
	return d;
}

void director_unref(struct director **d)
{
	g_clear_pointer(d, g_free);
}

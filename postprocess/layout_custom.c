/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layout `custom`: regions of the operator's own. Called by layout_place(). Pure.
 *
 *   regions in order of z ─▶ whom does it show? (participant, n-th, speaker, screen: an item or nothing) ─▶ a tile
 *                           └ others: all people without a tile yet, as a grid
 */
#include <math.h>
#include <string.h>
#include "postprocess/layout_private.h"

struct custom {
	const struct layout_view *v;
	bool named[LAYOUT_ITEMS_MAX];          /* items that a region shows; for `others`, and for counting */
	size_t item[REGIONS_MAX];              /* of each region; v->n: nothing */
};

static int edge(double fraction, int size)
{
	return (int)lrint(fraction * size / 2) * 2;
}

/** Edges are rounded, not sizes: regions that touch go on touching. */
static struct rect rect_of(const struct region *r, const struct layout_view *v)
{
	int x = edge(r->x, v->w), y = edge(r->y, v->h), right = edge(r->x + r->w, v->w), low = edge(r->y + r->h, v->h);

	right = right > v->w ? v->w : right;
	low = low > v->h ? v->h : low;
	x = x > right - 2 ? right - 2 : x;
	y = y > low - 2 ? low - 2 : y;
	return (struct rect){ x, y, right - x, low - y };
}

/** A person's camera, by id. */
static size_t by_id(const struct layout_view *v, const char *id)
{
	for (size_t i = 0; i < v->n; i++)
		if (!v->items[i].screen && !strcmp(v->items[i].who->id, id))
			return i;
	return v->n;
}

/** The n-th person of those whom no region names. */
static size_t by_index(const struct custom *c, unsigned index)
{
	for (size_t i = 0; i < c->v->n; i++)
		if (!c->v->items[i].screen && !c->named[i] && --index == 0)
			return i;
	return c->v->n;
}

static size_t item_of(const struct custom *c, const struct region *r)
{
	const struct layout_view *v = c->v;
	size_t screen = v->n && v->items[v->n - 1].screen ? v->n - 1 : v->n;

	switch (r->show) {
	case REGION_PARTICIPANT: return by_id(v, r->participant);
	case REGION_INDEX: return by_index(c, r->index);
	case REGION_SPEAKER: return v->lead < v->n && !v->items[v->lead].screen ? v->lead : v->n;
	case REGION_SCREEN: return screen;
	case REGION_OTHERS: break;
	}
	return v->n;
}

/** First those who are named, so that numbers count the remaining people; then the numbers. */
static void assign(struct custom *c)
{
	const struct layout_view *v = c->v;

	for (size_t i = 0; i < v->nregions; i++)
		c->item[i] = v->regions[i].show == REGION_INDEX ? v->n : item_of(c, &v->regions[i]);
	for (size_t i = 0; i < v->nregions; i++)
		if (c->item[i] < v->n)
			c->named[c->item[i]] = true;
	for (size_t i = 0; i < v->nregions; i++)
		if (v->regions[i].show == REGION_INDEX)
			c->item[i] = item_of(c, &v->regions[i]);
	for (size_t i = 0; i < v->nregions; i++)
		if (c->item[i] < v->n)
			c->named[c->item[i]] = true;
}

static void place_others(const struct custom *c, struct rect r, struct layout_plan *out)
{
	size_t who[LAYOUT_ITEMS_MAX], n = 0;

	for (size_t i = 0; i < c->v->n; i++)
		if (!c->v->items[i].screen && !c->named[i])
			who[n++] = i;
	if (n)
		layout_fill(c->v, r, who, n, layout_least(c->v) / 2, out);
}

/** Indices of the regions, lowest first; equal ones keep their order. */
static void by_height(const struct layout_view *v, size_t *order)
{
	for (size_t i = 0; i < v->nregions; i++) {
		size_t at = i;

		for (; at > 0 && v->regions[order[at - 1]].z > v->regions[i].z; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

void layout_place_custom(const struct layout_view *v, struct layout_plan *out)
{
	struct custom c = { .v = v };
	size_t order[REGIONS_MAX];

	assign(&c);
	by_height(v, order);
	for (size_t i = 0; i < v->nregions; i++) {
		const struct region *r = &v->regions[order[i]];

		if (r->show == REGION_OTHERS)
			place_others(&c, rect_of(r, v), out);
		else if (c.item[order[i]] < v->n)
			layout_add(out, v->items[c.item[order[i]]], rect_of(r, v), false);
	}
}

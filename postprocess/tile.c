/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drawing one tile. Called by scene, on the composing thread.
 *
 *   picture, or initials ─▶ name ─▶ who else is there ─▶ line and corners
 *
 * What pango renders is rendered once for the tile's size; while a tile moves, its initials are scaled as if they were a picture.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/cast.h"
#include "postprocess/tile.h"

enum { ACCENT = 0x4fc38a, RADIUS_MAX = 14, LINE_PARTS = 160, NOTE_LEAST = 140 };

void tile_clear(struct tile *t)
{
	scaler_unref(&t->scaler);
	scaler_unref(&t->moving);
	overlay_unref(&t->name);
	overlay_unref(&t->initials);
	overlay_unref(&t->told);
	canvas_unref(&t->still);
	border_unref(&t->border);
	g_clear_pointer(&t->note, g_free);
}

void tile_inherit(struct tile *t, struct tile *old)
{
	t->scaler = g_steal_pointer(&old->scaler);
	t->name = g_steal_pointer(&old->name);
	t->initials = g_steal_pointer(&old->initials);
	t->border = g_steal_pointer(&old->border);
	t->name_muted = old->name_muted;
}

/* ---- what is to be seen ---- */

static bool mic_muted(const struct model_participant *p, int64_t t_ms)
{
	for (size_t i = 0; i < p->nsources; i++)
		if (p->sources[i]->audio && !p->sources[i]->screen && model_known(p->sources[i], t_ms))
			return model_muted(p->sources[i], t_ms);
	return false;
}

struct tile_state tile_state_at(const struct tile *t, struct video_source *v, int64_t t_ms, struct video_picture *pic)
{
	struct tile_state now = { .kind = TILE_EMPTY };

	*pic = (struct video_picture){ 0 };
	if (t->gone)
		return now;
	if (v)
		video_source_at(v, t_ms, pic);
	now.kind = pic->frame ? TILE_VIDEO : TILE_NAME;
	now.serial = pic->serial;
	now.rotation = pic->rotation;
	now.muted = !t->item.screen && mic_muted(t->item.who, t_ms);
	now.talks = t->framed && !t->stage && !t->item.screen && cast_talks_since(t->item.who, t_ms) >= 0;
	return now;
}

bool tile_same_state(const struct tile_state *a, const struct tile_state *b)
{
	return a->kind == b->kind && a->serial == b->serial && a->rotation == b->rotation && a->muted == b->muted && a->talks == b->talks;
}

/* ---- drawing ---- */

static bool resting(const struct tile *t, struct rect at)
{
	return at.w == t->r.w && at.h == t->r.h;
}

static void need_initials(struct tile *t)
{
	if (!t->initials)
		t->initials = label_placeholder(t->item.who->name, t->item.who->number - 1, t->r.w, t->r.h);
}

/** The initials as a picture of the tile's size, for being scaled. */
static int need_still(struct tile *t)
{
	int err = t->still ? 0 : canvas_create(&t->still, t->r.w & ~1, t->r.h & ~1);

	if (!err)
		canvas_blend(t->still, t->initials, 0, 0);
	return err;
}

static int draw_initials(struct tile *t, struct canvas *c, struct rect at)
{
	const struct look look = { .fill = true };
	int err;

	need_initials(t);
	if (resting(t, at)) {
		canvas_blend(c, t->initials, at.x, at.y);
		return 0;
	}
	err = need_still(t);
	if (!err)
		canvas_fill(c, at, colour_rgb(LABEL_TILE));
	return err ? err : canvas_picture(c, &t->moving, canvas_image(t->still), at, &look, NULL);
}

/** A picture of a format that is not ours leaves the initials; memory that is out ends the composing. */
static int draw_content(struct tile *t, struct canvas *c, struct rect at, const struct video_picture *pic, bool fill)
{
	struct look look = { pic->rotation, fill && !t->item.screen, t->item.screen && resting(t, at) };
	struct rect covered;
	int err;

	if (!pic->frame)
		return draw_initials(t, c, at);
	err = canvas_picture(c, resting(t, at) ? &t->scaler : &t->moving, pic->frame, at, &look, &covered);
	if (!err)
		canvas_surround(c, at, covered, colour_rgb(LABEL_TILE));
	return err == -EINVAL ? draw_initials(t, c, at) : err;
}

/** A tile as large as the canvas needs no larger letters than one of half its height. */
static int letters_h(const struct tile *t, const struct canvas *c)
{
	return MIN(t->r.h, canvas_image(c)->height / 2);
}

static int inset(const struct tile *t, const struct canvas *c)
{
	return MAX(4, letters_h(t, c) / 40) & ~1;
}

/** In the lower left corner; of a screen below it, if there is room: its text may be anywhere. */
static void place_name(struct tile *t, struct canvas *c, struct rect at, int gap)
{
	struct rect r = { at.x + gap, at.y + at.h - gap - t->name->h, t->name->w, t->name->h };

	if (t->caption >= t->name->h + 4 && resting(t, at)) {
		r.y = at.y + at.h + ((t->caption - t->name->h) / 2 & ~1);
		canvas_fill(c, r, colour_rgb(LABEL_BACKGROUND));
	}
	canvas_blend(c, t->name, r.x, r.y);
}

static void draw_name(struct tile *t, struct canvas *c, struct rect at, bool muted)
{
	enum label_mark mark = t->item.screen ? LABEL_SCREEN : muted ? LABEL_MUTED : LABEL_PLAIN;
	int gap = inset(t, c);

	if (t->name && t->name_muted != muted)
		overlay_unref(&t->name);
	if (!t->name)
		t->name = label_name(t->item.who->name, mark, t->r.w - 2 * gap, letters_h(t, c));
	t->name_muted = muted;
	place_name(t, c, at, gap);
}

/** Those without a tile, in the right upper corner. */
static void draw_note(struct tile *t, struct canvas *c, struct rect at)
{
	int gap = inset(t, c);

	if (!t->note)
		return;
	if (!t->told && t->r.w < NOTE_LEAST && strchr(t->note, ':'))
		*strchr(t->note, ':') = '\0';
	if (!t->told)
		t->told = label_name(t->note, LABEL_PLAIN, t->r.w - 2 * gap, letters_h(t, c));
	canvas_blend(c, t->told, MAX(at.x, at.x + at.w - gap - t->told->w), at.y + gap);
}

static void draw_border(struct tile *t, struct canvas *c, struct rect at, bool talks)
{
	int h = canvas_image(c)->height, radius = MIN(RADIUS_MAX * h / 720, MIN(t->r.w, t->r.h) / 8) & ~1;

	if (!t->framed)
		return;
	if (!t->border)
		t->border = border_create(MAX(2, radius), MAX(2, MIN(canvas_image(c)->width, h) / LINE_PARTS & ~1), LABEL_BACKGROUND, ACCENT);
	border_draw(t->border, c, at, talks);
}

int tile_draw(struct tile *t, struct canvas *c, struct rect at, const struct tile_state *now, const struct video_picture *pic, bool fill)
{
	int err;

	t->drawn = *now;
	if (now->kind == TILE_EMPTY) {
		canvas_fill(c, at, colour_rgb(LABEL_BACKGROUND));
		return 0;
	}
	err = draw_content(t, c, at, pic, fill);
	if (err)
		return err;
	draw_name(t, c, at, now->muted);
	draw_note(t, c, at);
	draw_border(t, c, at, now->talks);
	return 0;
}

void tile_settle(struct tile *t)
{
	t->from = t->r;
	t->fresh = t->other = false;
	scaler_unref(&t->moving);
	canvas_unref(&t->still);
}

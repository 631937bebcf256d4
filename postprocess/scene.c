/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composes the picture. Called by compose for each frame time, on the composing thread.
 *
 *   director ─ another plan? ─▶ tiles, for SCENE_MOVE_MS on their way ─┐
 *   video_source (one per camera or screen) ─▶ new picture? ───────────┼▶ canvas: only tiles with something new are drawn
 *   tile (labels rendered once per name and size) ─────────────────────┘
 *
 * Where only people change their places, the new one fades in over the old one; else tiles move. Meanwhile everything is drawn in each frame.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/director.h"
#include "postprocess/motion.h"
#include "postprocess/overlays.h"
#include "postprocess/scene.h"
#include "postprocess/tile.h"

enum { NAMES_MAX = 8 };        /* told of those without a tile */

struct scene {
	const struct model *m;
	const struct output_spec *spec;
	struct canvas *canvas;
	struct director *director;
	GHashTable *sources;       /* of const struct model_source: struct video_source, made when first shown */
	struct tile tiles[LAYOUT_MAX];
	size_t ntiles;
	bool drawn;                /* anything at all */
	bool moving;               /* since moved_ms */
	int64_t moved_ms;
	AVFrame *before;           /* the picture that fades out; NULL: tiles move */
	char *note;                /* of those without a tile */
	char *said;                /* instead of tiles */
	unsigned live;
	struct overlays *overlays; /* NULL: none */
};

static struct rect whole(const struct scene *s)
{
	return (struct rect){ 0, 0, s->spec->width, s->spec->height };
}

/* ---- movement ---- */

/** 0 … 256: slow at both ends; the frame of the change is the first step of it. */
static int progress(const struct scene *s, int64_t t_ms)
{
	double k = (double)(t_ms - s->moved_ms + 1000 / s->spec->fps) / SCENE_MOVE_MS;

	return k >= 1 ? 256 : (int)(256 * k * k * (3 - 2 * k));
}

/* ---- changes of the layout ---- */

static struct tile *old_tile(struct scene *s, const struct layout_item *item)
{
	for (size_t i = 0; i < s->ntiles; i++)
		if (s->tiles[i].drawn.kind != TILE_EMPTY && layout_same_item(&s->tiles[i].item, item))
			return &s->tiles[i];
	return NULL;
}

/** Where a tile comes from, and what it need not render again. */
static void take_over(struct scene *s, struct tile *t, int k)
{
	struct tile *old = old_tile(s, &t->item);

	t->fresh = !old;
	t->from = old ? rect_between(&old->from, &old->r, k) : rect_smaller(&t->r);
	if (old && old->r.w == t->r.w && old->r.h == t->r.h && old->framed == t->framed)
		tile_inherit(t, old);
}

/** Are the same places taken by others? */
static bool same_places(const struct scene *s, const struct layout_plan *plan)
{
	for (size_t i = 0; plan->n == s->ntiles && i < plan->n; i++)
		if (memcmp(&plan->tiles[i].r, &s->tiles[i].r, sizeof(struct rect)))
			return false;
	return plan->n == s->ntiles;
}

static bool overlap(const struct rect *a, const struct rect *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/** Corners are of the background: not for what fills the picture, lies on another tile, or is a screen on the stage. */
static bool framed(const struct scene *s, const struct layout_plan *plan, size_t i)
{
	const struct layout_tile *t = &plan->tiles[i];
	bool alone = !(t->stage && t->item.screen) && (t->r.w < s->spec->width || t->r.h < s->spec->height);

	for (size_t k = 0; k < i; k++)
		alone &= !overlap(&t->r, &plan->tiles[k].r);
	return alone;
}

/** Returns -ENOMEM or 0. */
static int begin_change(struct scene *s, const struct layout_plan *plan, enum direction how, int64_t t_ms)
{
	s->moving = how == DIRECTION_MOVE;
	s->moved_ms = t_ms;
	s->drawn = false;
	av_frame_free(&s->before);
	if (!s->moving || !same_places(s, plan))
		return 0;
	s->before = canvas_copy(s->canvas);
	return s->before ? 0 : -ENOMEM;
}

static int lay_out(struct scene *s, enum direction how, int64_t t_ms)
{
	const struct layout_plan *plan = director_plan(s->director);
	int k = s->moving && !s->before ? progress(s, t_ms) : 256, err = begin_change(s, plan, how, t_ms);
	struct tile tiles[LAYOUT_MAX] = { 0 };

	for (size_t i = 0; i < plan->n; i++) {
		struct tile *t = &tiles[i];

		*t = (struct tile){ .item = plan->tiles[i].item, .r = plan->tiles[i].r, .stage = plan->tiles[i].stage,
				   .caption = plan->tiles[i].caption };
		t->framed = framed(s, plan, i);
		t->other = s->before && !layout_same_item(&t->item, &s->tiles[i].item);
		take_over(s, t, k);
	}
	for (size_t i = 0; i < s->ntiles; i++)
		tile_clear(&s->tiles[i]);
	memcpy(s->tiles, tiles, sizeof(tiles));
	s->ntiles = plan->n;
	g_clear_pointer(&s->note, g_free);
	return err;
}

/** "+12: Ann, Bob, …" */
static char *note_of(const struct layout_plan *plan)
{
	GString *text;

	if (!plan->nrest)
		return NULL;
	text = g_string_new(NULL);
	g_string_printf(text, "+%zu", plan->nrest);
	for (size_t i = 0; i < plan->nrest && i < NAMES_MAX; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : ": ", plan->rest[i]->name);
	return g_string_free(text, FALSE);
}

/** What the director changes without a change of the layout. */
static void refresh(struct scene *s)
{
	const struct layout_plan *plan = director_plan(s->director);
	char *note = note_of(plan);
	struct tile *last = s->ntiles ? &s->tiles[s->ntiles - 1] : NULL;

	for (size_t i = 0; i < s->ntiles; i++) {
		s->tiles[i].item = plan->tiles[i].item;
		s->tiles[i].gone = director_gone(s->director, i);
	}
	if (last && g_strcmp0(note, s->note)) {
		g_free(last->note);
		last->note = g_strdup(note);
		overlay_unref(&last->told);
		last->drawn.kind = TILE_UNDRAWN;
	}
	g_free(s->note);
	s->note = note;
}

/* ---- drawing ---- */

static void source_free(void *arg)
{
	struct video_source *v = arg;

	video_source_unref(&v);
}

/** Made when first shown; NULL: there is none, or no memory (*err). */
static struct video_source *source_of(struct scene *s, const struct model_source *source, int *err)
{
	struct video_source *v = source ? g_hash_table_lookup(s->sources, source) : NULL;

	if (v || !source)
		return v;
	*err = video_source_create(&v, s->m, source);
	if (!*err)
		g_hash_table_insert(s->sources, (void *)(uintptr_t)source, v);
	return v;
}

/** What is drawn over has to be drawn again. */
static void touch_above(struct scene *s, size_t i)
{
	for (size_t k = i + 1; k < s->ntiles; k++)
		if (overlap(&s->tiles[i].r, &s->tiles[k].r))
			s->tiles[k].drawn.kind = TILE_UNDRAWN;
}

/** Tile i, at rest (k 256) or on its way. */
static int draw_tile(struct scene *s, size_t i, int64_t t_ms, int k, bool *changed)
{
	struct tile *t = &s->tiles[i];
	struct rect at = k < 256 ? rect_between(&t->from, &t->r, k) : t->r;
	struct video_picture pic;
	struct tile_state now;
	int err = 0;

	now = tile_state_at(t, source_of(s, t->item.source, &err), t_ms, &pic);
	s->live += now.kind == TILE_VIDEO;
	if (err || (k == 256 && tile_same_state(&now, &t->drawn)))
		return err;
	*changed = true;
	err = tile_draw(t, s->canvas, at, &now, &pic, strcmp(s->spec->fit, "fit") != 0);
	if (!err && t->fresh && k < 256)
		canvas_veil(s->canvas, at, colour_rgb(LABEL_BACKGROUND), 256 - k);
	if (k == 256)
		touch_above(s, i);
	return err;
}

/** New tiles lie lowest; of the others the large ones, which are first, cover the small. Regions keep their order. */
static int draw_moving(struct scene *s, int64_t t_ms, int k, bool *changed)
{
	bool custom = !strcmp(director_mode(s->director), "custom");
	size_t n = s->ntiles;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++)
		if (custom || s->tiles[i].fresh)
			err = draw_tile(s, i, t_ms, k, changed);
	for (size_t i = n; !err && i-- > 0; )
		if (!custom && !s->tiles[i].fresh)
			err = draw_tile(s, i, t_ms, k, changed);
	return err;
}

static int draw_resting(struct scene *s, int64_t t_ms, bool *changed)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->ntiles; i++)
		err = draw_tile(s, i, t_ms, 256, changed);
	return err;
}

/** The new picture, and what is left of the one before where it was somebody else's. */
static int draw_fading(struct scene *s, int64_t t_ms, int k, bool *changed)
{
	int err = draw_resting(s, t_ms, changed);

	for (size_t i = 0; !err && i < s->ntiles; i++)
		if (s->tiles[i].other)
			canvas_mix(s->canvas, s->tiles[i].r, s->before, 256 - k);
	return err;
}

/** A picture of nobody says so, instead of looking broken. */
static void draw_message(struct scene *s)
{
	struct overlay *o = label_message(s->said, s->spec->width, s->spec->height);

	canvas_blend(s->canvas, o, 0, 0);
	overlay_unref(&o);
}

static void clear(struct scene *s, bool *changed)
{
	canvas_fill(s->canvas, whole(s), colour_rgb(LABEL_BACKGROUND));
	for (size_t i = 0; i < s->ntiles; i++)
		s->tiles[i].drawn.kind = TILE_UNDRAWN;
	if (s->said)
		draw_message(s);
	s->drawn = *changed = true;
}

/** What is said where there are no tiles. */
static void say(struct scene *s, int64_t t_ms)
{
	char *text = s->ntiles ? NULL : director_message(s->director, s->m, t_ms);

	s->drawn &= !g_strcmp0(text, s->said);
	g_free(s->said);
	s->said = text;
}

/** The tiles, at rest or moving. */
static int draw(struct scene *s, int64_t t_ms, bool *changed)
{
	int k = s->moving ? progress(s, t_ms) : 256;

	s->live = 0;
	if (k < 256) {
		clear(s, changed);
		return s->before ? draw_fading(s, t_ms, k, changed) : draw_moving(s, t_ms, k, changed);
	}
	if (s->moving || !s->drawn)
		clear(s, changed);
	for (size_t i = 0; s->moving && i < s->ntiles; i++)
		tile_settle(&s->tiles[i]);
	s->moving = false;
	av_frame_free(&s->before);
	return draw_resting(s, t_ms, changed);
}

int scene_at(struct scene *s, int64_t t_ms, bool *changed)
{
	enum direction how = director_at(s->director, s->m, t_ms);
	int err = 0;

	*changed = false;
	overlays_lift(s->overlays, s->canvas);
	if (how != DIRECTION_STAY)
		err = lay_out(s, how, t_ms);
	refresh(s);
	say(s, t_ms);
	if (!err)
		err = draw(s, t_ms, changed);
	if (!err && overlays_lay(s->overlays, s->canvas, t_ms))
		*changed = true;
	return err;
}

/* ---- asking; the whole ---- */

struct canvas *scene_canvas(struct scene *s)
{
	return s->canvas;
}

unsigned scene_live(const struct scene *s)
{
	return s->live;
}

void scene_counts(const struct scene *s, const struct model_source *source, struct video_counts *out)
{
	struct video_source *v = g_hash_table_lookup(s->sources, source);

	*out = (struct video_counts){ 0 };
	if (v)
		video_source_counts(v, out);
}

int scene_create(struct scene **out, const struct model *m, const struct output_spec *spec)
{
	struct scene *s = g_new0(struct scene, 1);
	int err;

	s->m = m;
	s->spec = spec;
	s->director = director_create(spec);
	s->sources = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, source_free);
	err = canvas_create(&s->canvas, spec->width, spec->height);
	if (!err)
		err = overlays_create(&s->overlays, m, spec);
	if (err)
		scene_unref(&s);
	else
		*out = s;
	return err;
}

void scene_unref(struct scene **scene)
{
	struct scene *s = *scene;

	if (!s)
		return;
	for (size_t i = 0; i < s->ntiles; i++)
		tile_clear(&s->tiles[i]);
	g_free(s->note);
	g_free(s->said);
	g_hash_table_unref(s->sources);
	director_unref(&s->director);
	overlays_unref(&s->overlays);
	av_frame_free(&s->before);
	canvas_unref(&s->canvas);
	g_clear_pointer(scene, g_free);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composes the picture. Called by compose for each frame time, on the composing thread.
 *
 *   model ─▶ layout_items ─ changed? ─▶ layout_place ─▶ tiles ─┐
 *   video_source (one per camera or screen) ─▶ new picture? ───┼▶ canvas: only tiles with something new are drawn
 *   label (rendered once per name and size) ───────────────────┘
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/label.h"
#include "postprocess/overlays.h"
#include "postprocess/scene.h"

enum kind { KIND_NEW, KIND_PLACEHOLDER, KIND_VIDEO };

struct tile {
	struct layout_item item;
	struct rect r;
	/* what is drawn, to see whether it would be drawn the same */
	enum kind kind;
	uint64_t serial;
	bool mic_muted;
	/* kept from frame to frame */
	struct scaler *scaler;
	struct overlay *name, *placeholder;
	bool name_muted;           /* which of both the label shows */
};

struct scene {
	const struct model *m;
	const struct output_spec *spec;
	struct canvas *canvas;
	GHashTable *sources;       /* of const struct model_source: struct video_source, made when first shown */
	struct tile tiles[LAYOUT_MAX];
	size_t ntiles;
	struct overlay *corners[4];
	int radius;                /* of the corners */
	bool drawn;
	unsigned live;
	struct overlays *overlays; /* NULL: none */
};

static struct rect whole(const struct scene *s)
{
	return (struct rect){ 0, 0, s->spec->width, s->spec->height };
}

/* ---- changes of the layout ---- */

static void tile_clear(struct tile *t)
{
	scaler_unref(&t->scaler);
	overlay_unref(&t->name);
	overlay_unref(&t->placeholder);
}

static bool same_item(const struct layout_item *a, const struct layout_item *b)
{
	return a->who == b->who && a->source == b->source && a->screen == b->screen;
}

static bool same_layout(const struct scene *s, const struct layout_item *items, size_t n)
{
	if (!s->drawn || n != s->ntiles)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_item(&s->tiles[i].item, &items[i]))
			return false;
	return true;
}

/** Takes over what an old tile of the same content and size has rendered. */
static void inherit(struct scene *s, struct tile *t)
{
	for (size_t i = 0; i < s->ntiles; i++) {
		struct tile *old = &s->tiles[i];

		if (!same_item(&old->item, &t->item) || old->r.w != t->r.w || old->r.h != t->r.h)
			continue;
		t->scaler = g_steal_pointer(&old->scaler);
		t->name = g_steal_pointer(&old->name);
		t->placeholder = g_steal_pointer(&old->placeholder);
		t->name_muted = old->name_muted;
	}
}

static void set_corners(struct scene *s)
{
	int radius = s->ntiles > 1 ? label_radius(s->tiles[0].r.h) : 0;

	if (radius == s->radius)
		return;
	s->radius = radius;
	for (int i = 0; i < 4; i++) {
		overlay_unref(&s->corners[i]);
		if (radius)
			s->corners[i] = label_corner(i, radius);
	}
}

static int lay_out(struct scene *s, const struct layout_item *items, size_t n)
{
	struct tile tiles[LAYOUT_MAX] = { 0 };
	struct rect rects[LAYOUT_MAX];
	int err = layout_place(*s->spec->layout ? s->spec->layout : "grid", items, n, s->spec->width, s->spec->height, rects);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		tiles[i].item = items[i];
		tiles[i].r = rects[i];
		inherit(s, &tiles[i]);
	}
	for (size_t i = 0; i < s->ntiles; i++)
		tile_clear(&s->tiles[i]);
	memcpy(s->tiles, tiles, sizeof(tiles));
	s->ntiles = n;
	set_corners(s);
	canvas_fill(s->canvas, whole(s), colour_rgb(LABEL_BACKGROUND));
	return 0;
}

/* ---- one tile ---- */

static bool mic_muted(const struct model_participant *p, int64_t t_ms)
{
	for (size_t i = 0; i < p->nsources; i++)
		if (p->sources[i]->audio && !p->sources[i]->screen && model_known(p->sources[i], t_ms))
			return model_muted(p->sources[i], t_ms);
	return false;
}

static void draw_label(struct scene *s, struct tile *t)
{
	const struct model_participant *p = t->item.who;
	int h = MIN(t->r.h, s->spec->height / 2), margin = MAX(4, h / 40) & ~1;      /* a tile as large as the canvas needs no larger letters */

	if (t->name && t->name_muted != t->mic_muted)
		overlay_unref(&t->name);
	if (!t->name) {
		t->name = label_name(p->name, t->item.screen ? LABEL_SCREEN : t->mic_muted ? LABEL_MUTED : LABEL_PLAIN, t->r.w - 2 * margin, h);
		t->name_muted = t->mic_muted;
	}
	canvas_blend(s->canvas, t->name, t->r.x + margin, t->r.y + t->r.h - margin - t->name->h);
}

static void round_corners(struct scene *s, const struct rect *r)
{
	int right = r->x + r->w - s->radius, low = r->y + r->h - s->radius;

	if (!s->radius)
		return;
	canvas_blend(s->canvas, s->corners[0], r->x, r->y);
	canvas_blend(s->canvas, s->corners[1], right, r->y);
	canvas_blend(s->canvas, s->corners[2], right, low);
	canvas_blend(s->canvas, s->corners[3], r->x, low);
}

static void draw_placeholder(struct scene *s, struct tile *t)
{
	if (!t->placeholder)
		t->placeholder = label_placeholder(t->item.who->name, t->item.who->number - 1, t->r.w, t->r.h);
	canvas_blend(s->canvas, t->placeholder, t->r.x, t->r.y);
}

/** A picture of a format that is not ours leaves the placeholder; memory that is out ends the composing. */
static int draw_content(struct scene *s, struct tile *t, const struct video_picture *pic)
{
	struct look look = { pic->rotation, strcmp(s->spec->fit, "fit") != 0, t->item.screen };
	struct rect covered;
	int err = 0;

	if (pic->frame)
		err = canvas_picture(s->canvas, &t->scaler, pic->frame, t->r, &look, &covered);
	if (pic->frame && !err)
		canvas_surround(s->canvas, t->r, covered, colour_rgb(LABEL_TILE));
	if (!pic->frame || err == -EINVAL)
		draw_placeholder(s, t);
	return err == -EINVAL ? 0 : err;
}

static int draw_tile(struct scene *s, struct tile *t, int64_t t_ms, bool *changed)
{
	struct video_picture pic = { 0 };
	enum kind kind;
	bool muted = !t->item.screen && mic_muted(t->item.who, t_ms);
	struct video_source *v = t->item.source ? g_hash_table_lookup(s->sources, t->item.source) : NULL;
	int err;

	if (v)
		video_source_at(v, t_ms, &pic);
	kind = pic.frame ? KIND_VIDEO : KIND_PLACEHOLDER;
	s->live += kind == KIND_VIDEO;
	if (kind == t->kind && pic.serial == t->serial && muted == t->mic_muted)
		return 0;
	t->kind = kind;
	t->serial = pic.serial;
	t->mic_muted = muted;
	*changed = true;
	err = draw_content(s, t, &pic);
	if (err < 0)
		return err;
	draw_label(s, t);
	round_corners(s, &t->r);
	return 0;
}

/* ---- the whole ---- */

/** Was anything published by now? */
static bool has_media(const struct model *m, int64_t t_ms)
{
	for (size_t i = 0; i < m->nparticipants; i++)
		for (size_t k = 0; k < m->participants[i]->nsources; k++)
			if (model_known(m->participants[i]->sources[k], t_ms))
				return true;
	return false;
}

/** A recording of nothing, or nothing yet, says so, instead of looking broken. */
static int draw_nothing(struct scene *s, bool *changed)
{
	struct overlay *text;

	if (s->drawn)
		return 0;
	canvas_fill(s->canvas, whole(s), colour_rgb(LABEL_BACKGROUND));
	text = label_message("Nobody published audio or video in this recording.", s->spec->width, s->spec->height);
	canvas_blend(s->canvas, text, 0, 0);
	overlay_unref(&text);
	s->drawn = *changed = true;
	return 0;
}

static void source_free(void *arg)
{
	struct video_source *v = arg;

	video_source_unref(&v);
}

static int open_sources(struct scene *s, const struct layout_item *items, size_t n)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		struct video_source *v = NULL;

		if (!items[i].source || g_hash_table_contains(s->sources, items[i].source))
			continue;
		err = video_source_create(&v, s->m, items[i].source);
		if (!err)
			g_hash_table_insert(s->sources, (void *)(uintptr_t)items[i].source, v);
	}
	return err;
}

static int draw(struct scene *s, int64_t t_ms, bool *changed)
{
	struct layout_item items[LAYOUT_MAX];
	size_t n;
	int err;

	n = layout_items(s->m, t_ms, items);
	if (!n && !has_media(s->m, t_ms))
		return draw_nothing(s, changed);
	err = open_sources(s, items, n);
	if (!err && !same_layout(s, items, n)) {
		err = lay_out(s, items, n);
		s->drawn = *changed = true;
	}
	s->live = 0;
	for (size_t i = 0; !err && i < s->ntiles; i++)
		err = draw_tile(s, &s->tiles[i], t_ms, changed);
	return err;
}

int scene_at(struct scene *s, int64_t t_ms, bool *changed)
{
	int err;

	*changed = false;
	overlays_lift(s->overlays, s->canvas);
	err = draw(s, t_ms, changed);
	if (!err && overlays_lay(s->overlays, s->canvas, t_ms))
		*changed = true;
	return err;
}

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
	for (int i = 0; i < 4; i++)
		overlay_unref(&s->corners[i]);
	g_hash_table_unref(s->sources);
	overlays_unref(&s->overlays);
	canvas_unref(&s->canvas);
	g_clear_pointer(scene, g_free);
}

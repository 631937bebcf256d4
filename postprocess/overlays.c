/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Overlays. Called by scene around the drawing of tiles, on the composing thread.
 *
 *   lift: canvas ◀─ what was below          tiles are drawn          lay: what is below is kept, then blended over
 *
 *   ┌ text ──────┐
 *   ┌ 2026-11-23 16:44:15 CET ┐                    What the clock shows is the model's wall clock at that recording time, pauses and all: a function of
 *                                    ┌ image ┐     lines up to then, never of the machine's own.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/image.h"
#include "postprocess/label.h"
#include "postprocess/overlays.h"
#include "postprocess/paint.h"

enum { TEXT, CLOCK, IMAGE, ITEMS };

struct item {
	struct overlay *o;         /* NULL: not asked for */
	int x, y, w, h;            /* where it lies; w 0: it does not */
	uint8_t *below;            /* w × h luma, then u and v */
	size_t room;
};

struct overlays {
	const struct model *m;
	int canvas_w, canvas_h;
	struct item items[ITEMS];
	GTimeZone *zone;           /* NULL: no clock */
	int64_t shown_s;           /* what the clock shows, seconds since 1970 */
	bool drawn;
};

static int margin(const struct overlays *o)
{
	return MAX(8, o->canvas_h / 30) & ~1;
}

/* ---- the canvas below ---- */

/** Copies a rectangle's samples of all planes between canvas and buffer. */
static void transfer(const struct item *it, AVFrame *f, bool to_canvas)
{
	uint8_t *p = it->below;

	for (int plane = 0; plane < 3; plane++) {
		int sub = plane ? 2 : 1, w = it->w / sub;
		uint8_t *row = f->data[plane] + (ptrdiff_t)(it->y / sub) * f->linesize[plane] + it->x / sub;

		for (int y = 0; y < it->h / sub; y++, row += f->linesize[plane], p += w)
			memcpy(to_canvas ? row : p, to_canvas ? p : row, (size_t)w);
	}
}

static void lay(struct item *it, struct canvas *c, int x, int y)
{
	AVFrame *f = canvas_target(c);
	int w = MIN(it->o->w, f->width - x) & ~1, h = MIN(it->o->h, f->height - y) & ~1;
	size_t size;

	if (x < 0 || y < 0 || w <= 0 || h <= 0)
		return;
	size = (size_t)w * (size_t)h * 3 / 2;
	if (size > it->room)
		it->below = g_realloc(it->below, it->room = size);
	it->x = x, it->y = y, it->w = w, it->h = h;
	transfer(it, f, false);
	canvas_blend(c, it->o, x, y);
}

void overlays_lift(struct overlays *o, struct canvas *c)
{
	for (int i = ITEMS - 1; o && i >= 0; i--) {      /* backwards: one may lie on another */
		if (o->items[i].w)
			transfer(&o->items[i], canvas_target(c), true);
		o->items[i].w = 0;
	}
}

/* ---- the clock ---- */

/** "2026-11-23 16:44:15 CET"; zones that have no name but a number: "… UTC-03". g_free(). */
static char *clock_text(GTimeZone *zone, int64_t unix_s)
{
	GDateTime *utc = g_date_time_new_from_unix_utc(unix_s), *local = utc ? g_date_time_to_timezone(utc, zone) : NULL;
	g_autofree char *time = local ? g_date_time_format(local, "%Y-%m-%d %H:%M:%S") : g_strdup("");
	const char *name = local ? g_date_time_get_timezone_abbreviation(local) : "";
	char *text = g_strconcat(time, *name == '+' || *name == '-' ? " UTC" : " ", name, NULL);

	g_clear_pointer(&local, g_date_time_unref);
	g_clear_pointer(&utc, g_date_time_unref);
	return text;
}

static GTimeZone *zone_of(const struct output_spec *spec)
{
	return *spec->time_zone ? g_time_zone_new_identifier(spec->time_zone) : g_time_zone_new_utc();
}

/** true: it shows something else than before. */
static bool turn_clock(struct overlays *o, int64_t t_ms)
{
	int64_t wall_ms = model_wall_ms(o->m, t_ms), s = wall_ms / 1000;
	g_autofree char *text = NULL;

	if (!o->zone || (o->items[CLOCK].o && s == o->shown_s))
		return false;
	text = clock_text(o->zone, s);
	o->shown_s = s;
	overlay_unref(&o->items[CLOCK].o);
	o->items[CLOCK].o = label_line(text, o->canvas_w - 2 * margin(o), o->canvas_h);
	return true;
}

bool overlays_lay(struct overlays *o, struct canvas *c, int64_t t_ms)
{
	struct item *it;
	bool changed;
	int y;

	if (!o)
		return false;
	changed = turn_clock(o, t_ms) || !o->drawn;
	o->drawn = true;
	y = margin(o);
	for (it = o->items; it < o->items + IMAGE; it++)
		if (it->o) {
			lay(it, c, margin(o), y);
			y += it->o->h + (margin(o) / 2 & ~1);
		}
	if (it->o)
		lay(it, c, (o->canvas_w - margin(o) - it->o->w) & ~1, (o->canvas_h - margin(o) - it->o->h) & ~1);
	return changed;
}

/* ---- the image ---- */

/** A fifth of the width, a seventh of the height at most. */
static int load(const struct output_spec *spec, cairo_surface_t **out, char *why, size_t why_size)
{
	return image_load(out, spec->image, MAX(16, spec->width / 5), MAX(16, spec->height / 7), why, why_size);
}

static struct overlay *overlay_of(cairo_surface_t *s)
{
	struct paint p;

	paint_begin(&p, cairo_image_surface_get_width(s) + 1, cairo_image_surface_get_height(s) + 1);
	cairo_set_source_surface(p.cr, s, 0, 0);
	cairo_paint(p.cr);
	return paint_end(&p);
}

static int set_image(struct overlays *o, const struct output_spec *spec)
{
	cairo_surface_t *s = NULL;
	char why[512];
	int err = load(spec, &s, why, sizeof(why));

	if (!err)
		o->items[IMAGE].o = overlay_of(s);
	g_clear_pointer(&s, cairo_surface_destroy);
	return err;
}

/* ---- beginning and end ---- */

int overlays_check(const struct output_spec *spec, char *why, size_t why_size)
{
	cairo_surface_t *s = NULL;
	int err = *spec->image ? load(spec, &s, why, why_size) : 0;

	g_clear_pointer(&s, cairo_surface_destroy);
	return err;
}

int overlays_create(struct overlays **out, const struct model *m, const struct output_spec *spec)
{
	struct overlays *o;
	int err = 0;

	*out = NULL;
	if (!spec->clock && !*spec->text && !*spec->image)
		return 0;
	o = g_new0(struct overlays, 1);
	o->m = m;
	o->canvas_w = spec->width;
	o->canvas_h = spec->height;
	o->zone = spec->clock ? zone_of(spec) : NULL;
	if (*spec->text)
		o->items[TEXT].o = label_line(spec->text, spec->width - 2 * margin(o), spec->height);
	if (spec->clock && !o->zone)
		err = -EINVAL;
	if (!err && *spec->image)
		err = set_image(o, spec);
	if (err)
		overlays_unref(&o);
	else
		*out = o;
	return err;
}

void overlays_unref(struct overlays **o)
{
	if (!*o)
		return;
	for (int i = 0; i < ITEMS; i++) {
		overlay_unref(&(*o)->items[i].o);
		g_free((*o)->items[i].below);
	}
	g_clear_pointer(&(*o)->zone, g_time_zone_unref);
	g_clear_pointer(o, g_free);
}

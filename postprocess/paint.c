/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From cairo's ARGB to what the canvas blends. Called by label and overlays, on the composing thread.
 *
 *   cairo ARGB (premultiplied) ─▶ Y'CbCr BT.709 limited + alpha (premultiplied), chroma at half size
 */
#include <glib.h>
#include <math.h>
#include "postprocess/paint.h"

void paint_begin(struct paint *p, int w, int h)
{
	p->w = MAX(2, w & ~1);
	p->h = MAX(2, h & ~1);
	p->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, p->w, p->h);
	p->cr = cairo_create(p->surface);
}

/** Limited BT.709 of a premultiplied pixel: the offsets (16, 128) shrink with alpha, so that blending adds up. */
static void convert_block(const uint32_t *px, int stride, struct overlay *o, int x, int y)
{
	double r = 0, g = 0, b = 0, a = 0, luma;

	for (int i = 0; i < 4; i++) {
		uint32_t v = px[(i >> 1) * stride + (i & 1)];
		double pr = v >> 16 & 255, pg = v >> 8 & 255, pb = v & 255, pa = v >> 24;
		int at = (y + (i >> 1)) * o->w + x + (i & 1);

		o->a[at] = (uint8_t)pa;
		o->y[at] = (uint8_t)lrint((16 * pa + 219 * (0.2126 * pr + 0.7152 * pg + 0.0722 * pb)) / 255);
		r += pr / 4, g += pg / 4, b += pb / 4, a += pa / 4;
	}
	luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
	x /= 2, y /= 2;
	o->ca[y * (o->w / 2) + x] = (uint8_t)lrint(a);
	o->u[y * (o->w / 2) + x] = (uint8_t)lrint((128 * a + 224 * (b - luma) / 1.8556) / 255);
	o->v[y * (o->w / 2) + x] = (uint8_t)lrint((128 * a + 224 * (r - luma) / 1.5748) / 255);
}

struct overlay *paint_end(struct paint *p)
{
	struct overlay *o = overlay_create(p->w, p->h);
	const uint32_t *px;
	int stride;

	cairo_surface_flush(p->surface);
	px = (const uint32_t *)(const void *)cairo_image_surface_get_data(p->surface);
	stride = cairo_image_surface_get_stride(p->surface) / 4;
	for (int y = 0; px && y < p->h; y += 2)
		for (int x = 0; x < p->w; x += 2)
			convert_block(px + y * stride + x, stride, o, x, y);
	cairo_destroy(p->cr);
	cairo_surface_destroy(p->surface);
	return o;
}

void paint_colour(cairo_t *cr, unsigned rgb, double alpha)
{
	cairo_set_source_rgba(cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, alpha);
}

void paint_rounded(const struct paint *p, double r)
{
	cairo_new_sub_path(p->cr);
	cairo_arc(p->cr, p->w - r, r, r, -M_PI / 2, 0);
	cairo_arc(p->cr, p->w - r, p->h - r, r, 0, M_PI / 2);
	cairo_arc(p->cr, r, p->h - r, r, M_PI / 2, M_PI);
	cairo_arc(p->cr, r, r, r, M_PI, 3 * M_PI / 2);
	cairo_close_path(p->cr);
}

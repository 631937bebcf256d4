/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Colour conversion on 4:2:0 pictures. Called by canvas (sources to BT.709) and jpeg (BT.709 to JPEG).
 *
 *   Y2 = Y + a·Pb + b·Pr        Pb2 = c·Pb + d·Pr        Pr2 = e·Pb + f·Pr        (grey stays grey)
 *
 * libswscale goes through 8-bit RGB for this, which costs a second pass and a level or two.
 */
#include <math.h>
#include "postprocess/colour.h"

enum { SHIFT = 14, HALF = 1 << (SHIFT - 1) };

const struct colour COLOUR_BT601 = { 0.299, 0.114, false }, COLOUR_BT709 = { 0.2126, 0.0722, false }, COLOUR_JPEG = { 0.299, 0.114, true };

struct colour colour_of(const AVFrame *f)
{
	struct colour c = f->colorspace == AVCOL_SPC_BT709 ? COLOUR_BT709 : COLOUR_BT601;

	c.full = f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P;
	return c;
}

static double luma_scale(struct colour c)
{
	return c.full ? 255 : 219;
}

static double chroma_scale(struct colour c)
{
	return c.full ? 255 : 224;
}

static int fixed(double v)
{
	return (int)lrint(v * (1 << SHIFT));
}

void colour_map_init(struct colour_map *m, struct colour from, struct colour to)
{
	double kg = 1 - from.kr - from.kb;
	/* R, G and B as (Pb, Pr) on top of Y */
	double r_v = 2 * (1 - from.kr), b_u = 2 * (1 - from.kb), g_u = -from.kb * b_u / kg, g_v = -from.kr * r_v / kg;
	double to_kg = 1 - to.kr - to.kb;
	double a = to_kg * g_u + to.kb * b_u, b = to.kr * r_v + to_kg * g_v;
	double y = luma_scale(to) / luma_scale(from), c = chroma_scale(to) / chroma_scale(from), yc = luma_scale(to) / chroma_scale(from);

	m->identity = from.kr == to.kr && from.kb == to.kb && from.full == to.full;
	m->y_y = fixed(y);
	m->y_u = fixed(a * yc);
	m->y_v = fixed(b * yc);
	m->y_add = fixed((to.full ? 0 : 16) - (from.full ? 0 : 16) * y);
	m->u_u = fixed((b_u - a) / (2 * (1 - to.kb)) * c);
	m->u_v = fixed(-b / (2 * (1 - to.kb)) * c);
	m->v_u = fixed(-a / (2 * (1 - to.kr)) * c);
	m->v_v = fixed((r_v - b) / (2 * (1 - to.kr)) * c);
}

static inline uint8_t clip(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void luma_row(const struct colour_map *m, uint8_t *restrict y, const uint8_t *restrict u, const uint8_t *restrict v, int w)
{
	for (int x = 0; x < w; x++) {
		int add = m->y_u * (u[x >> 1] - 128) + m->y_v * (v[x >> 1] - 128) + m->y_add + HALF;

		y[x] = clip((m->y_y * y[x] + add) >> SHIFT);
	}
}

static void chroma_row(const struct colour_map *m, uint8_t *restrict u, uint8_t *restrict v, int w)
{
	for (int x = 0; x < w; x++) {
		int pb = u[x] - 128, pr = v[x] - 128;

		u[x] = clip(((m->u_u * pb + m->u_v * pr + HALF) >> SHIFT) + 128);
		v[x] = clip(((m->v_u * pb + m->v_v * pr + HALF) >> SHIFT) + 128);
	}
}

void colour_map_apply(const struct colour_map *m, AVFrame *f)
{
	if (m->identity)
		return;
	for (int row = 0; row < f->height; row++) {
		uint8_t *u = f->data[1] + (ptrdiff_t)(row >> 1) * f->linesize[1], *v = f->data[2] + (ptrdiff_t)(row >> 1) * f->linesize[2];

		luma_row(m, f->data[0] + (ptrdiff_t)row * f->linesize[0], u, v, f->width);
		if ((row & 1) || row == f->height - 1)      /* both luma rows have seen the old chroma */
			chroma_row(m, u, v, (f->width + 1) >> 1);
	}
}

struct yuv colour_rgb(unsigned rgb)
{
	double r = (rgb >> 16 & 255) / 255.0, g = (rgb >> 8 & 255) / 255.0, b = (rgb & 255) / 255.0;
	double y = COLOUR_BT709.kr * r + (1 - COLOUR_BT709.kr - COLOUR_BT709.kb) * g + COLOUR_BT709.kb * b;

	return (struct yuv){ (uint8_t)lrint(16 + 219 * y), (uint8_t)lrint(128 + 224 * (b - y) / (2 * (1 - COLOUR_BT709.kb))),
			     (uint8_t)lrint(128 + 224 * (r - y) / (2 * (1 - COLOUR_BT709.kr))) };
}

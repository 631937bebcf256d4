/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Colour conversion on 4:2:0 pictures. Called by picture (sources to BT.709) and jpeg (BT.709 to JPEG).
 *
 *   Y2 = Y + a·Pb + b·Pr        Pb2 = c·Pb + d·Pr        Pr2 = e·Pb + f·Pr        (grey stays grey)
 *
 * libswscale goes through 8-bit RGB for this, which costs a second pass and a level or two.
 */
#include <math.h>
#include "postprocess/colour.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

static void luma_row(const struct colour_map *m, uint8_t *restrict y, const uint8_t *restrict u, const uint8_t *restrict v, int from, int w)
{
	for (int x = from; x < w; x++) {
		int add = m->y_u * (u[x >> 1] - 128) + m->y_v * (v[x >> 1] - 128) + m->y_add + HALF;

		y[x] = clip((m->y_y * y[x] + add) >> SHIFT);
	}
}

static void chroma_row(const struct colour_map *m, uint8_t *restrict u, uint8_t *restrict v, int from, int w)
{
	for (int x = from; x < w; x++) {
		int pb = u[x] - 128, pr = v[x] - 128;

		u[x] = clip(((m->u_u * pb + m->u_v * pr + HALF) >> SHIFT) + 128);
		v[x] = clip(((m->v_u * pb + m->v_v * pr + HALF) >> SHIFT) + 128);
	}
}

#ifdef __SSE2__
/** The rounded sums of eight pairs (Pb, Pr), each weighted. */
static inline __m128i weighted(__m128i low, __m128i high, int wu, int wv)
{
	const __m128i w = _mm_set1_epi32((int)((unsigned)(uint16_t)wv << 16 | (uint16_t)wu)), half = _mm_set1_epi32(HALF);

	return _mm_packs_epi32(_mm_srai_epi32(_mm_add_epi32(_mm_madd_epi16(low, w), half), SHIFT),
			       _mm_srai_epi32(_mm_add_epi32(_mm_madd_epi16(high, w), half), SHIFT));
}

static inline __m128i load8_centred(const uint8_t *p)
{
	return _mm_sub_epi16(_mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(const void *)p), _mm_setzero_si128()), _mm_set1_epi16(128));
}

static inline void add_to_16(uint8_t *y, __m128i add)
{
	__m128i *at = (__m128i *)(void *)y, v = _mm_loadu_si128(at), zero = _mm_setzero_si128();
	__m128i low = _mm_add_epi16(_mm_unpacklo_epi8(v, zero), _mm_unpacklo_epi16(add, add));
	__m128i high = _mm_add_epi16(_mm_unpackhi_epi8(v, zero), _mm_unpackhi_epi16(add, add));

	_mm_storeu_si128(at, _mm_packus_epi16(low, high));
}

static inline void store8_centred(uint8_t *p, __m128i v)
{
	v = _mm_add_epi16(v, _mm_set1_epi16(128));
	_mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(v, v));
}

/** From one limited range to another, where luma only gets something added: to the same numbers as in C. Returns where it stopped, a multiple of 16. */
static int rows_fast(const struct colour_map *m, uint8_t *y0, uint8_t *y1, uint8_t *u, uint8_t *v, int w)
{
	int x = 0;

	if (m->y_y != 1 << SHIFT || m->y_add || !y1)
		return 0;
	for (; x + 16 <= w; x += 16) {
		__m128i pb = load8_centred(u + x / 2), pr = load8_centred(v + x / 2);
		__m128i low = _mm_unpacklo_epi16(pb, pr), high = _mm_unpackhi_epi16(pb, pr), add = weighted(low, high, m->y_u, m->y_v);

		add_to_16(y0 + x, add);
		add_to_16(y1 + x, add);
		store8_centred(u + x / 2, weighted(low, high, m->u_u, m->u_v));
		store8_centred(v + x / 2, weighted(low, high, m->v_u, m->v_v));
	}
	return x;
}
#else
static int rows_fast(const struct colour_map *m, uint8_t *y0, uint8_t *y1, uint8_t *u, uint8_t *v, int w)
{
	(void)m, (void)y0, (void)y1, (void)u, (void)v, (void)w;
	return 0;
}
#endif

void colour_map_rows(const struct colour_map *m, uint8_t *y0, uint8_t *y1, uint8_t *u, uint8_t *v, int w)
{
	int x = m->identity ? w : rows_fast(m, y0, y1, u, v, w);

	luma_row(m, y0, u, v, x, w);
	if (y1)
		luma_row(m, y1, u, v, x, w);
	chroma_row(m, u, v, (x + 1) / 2, m->identity ? 0 : (w + 1) / 2);       /* last: luma needs the old */
}

void colour_map_apply(const struct colour_map *m, AVFrame *f)
{
	for (int row = 0; row < f->height; row += 2) {
		uint8_t *y = f->data[0] + (ptrdiff_t)row * f->linesize[0], *next = row + 1 < f->height ? y + f->linesize[0] : NULL;

		colour_map_rows(m, y, next, f->data[1] + (ptrdiff_t)(row / 2) * f->linesize[1], f->data[2] + (ptrdiff_t)(row / 2) * f->linesize[2], f->width);
	}
}

struct yuv colour_rgb(unsigned rgb)
{
	double r = (rgb >> 16 & 255) / 255.0, g = (rgb >> 8 & 255) / 255.0, b = (rgb & 255) / 255.0;
	double y = COLOUR_BT709.kr * r + (1 - COLOUR_BT709.kr - COLOUR_BT709.kb) * g + COLOUR_BT709.kb * b;

	return (struct yuv){ (uint8_t)lrint(16 + 219 * y), (uint8_t)lrint(128 + 224 * (b - y) / (2 * (1 - COLOUR_BT709.kb))),
			     (uint8_t)lrint(128 + 224 * (r - y) / (2 * (1 - COLOUR_BT709.kr))) };
}

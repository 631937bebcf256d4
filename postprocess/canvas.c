/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drawing on the picture. Called by scene, on the composing thread.
 *
 *   decoded frame ─▶ picture.c ─▶ image ◀─ blend ◀─ label, placeholder, overlays
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>
#include <string.h>
#include "postprocess/canvas.h"

struct canvas {
	AVFrame *image;
	AVBufferPool *pool;
};

static void describe(AVFrame *f, int w, int h)
{
	f->format = AV_PIX_FMT_YUV420P;
	f->width = w;
	f->height = h;
	f->colorspace = AVCOL_SPC_BT709;
	f->color_primaries = AVCOL_PRI_BT709;
	f->color_trc = AVCOL_TRC_BT709;
	f->color_range = AVCOL_RANGE_MPEG;
}

/** A frame on memory from the pool. */
static AVFrame *frame_new(struct canvas *c, int w, int h)
{
	AVFrame *f = av_frame_alloc();

	if (!f)
		return NULL;
	describe(f, w, h);
	f->buf[0] = av_buffer_pool_get(c->pool);
	if (!f->buf[0] || av_image_fill_arrays(f->data, f->linesize, f->buf[0]->data, f->format, w, h, 64) < 0)
		av_frame_free(&f);
	return f;
}

int canvas_create(struct canvas **out, int w, int h)
{
	struct canvas *c = g_new0(struct canvas, 1);
	int size = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, w, h, 64);

	c->pool = size > 0 ? av_buffer_pool_init((size_t)size, av_buffer_allocz) : NULL;
	c->image = c->pool ? frame_new(c, w, h) : NULL;
	if (!c->image) {
		canvas_unref(&c);
		return size < 0 ? size : -ENOMEM;
	}
	*out = c;
	return 0;
}

void canvas_unref(struct canvas **c)
{
	if (!*c)
		return;
	av_frame_free(&(*c)->image);
	av_buffer_pool_uninit(&(*c)->pool);      /* lives on until the last copy is gone */
	g_clear_pointer(c, g_free);
}

const AVFrame *canvas_image(const struct canvas *c)
{
	return c->image;
}

AVFrame *canvas_target(struct canvas *c)
{
	return c->image;
}

AVFrame *canvas_copy(struct canvas *c)
{
	AVFrame *f = frame_new(c, c->image->width, c->image->height);

	if (f)
		memcpy(f->buf[0]->data, c->image->buf[0]->data, c->image->buf[0]->size);
	return f;
}

static void fill_plane(AVFrame *f, int plane, int x, int y, int w, int h, uint8_t value)
{
	for (int row = y; row < y + h; row++)
		memset(f->data[plane] + (ptrdiff_t)row * f->linesize[plane] + x, value, (size_t)w);
}

void canvas_fill(struct canvas *c, struct rect r, struct yuv colour)
{
	fill_plane(c->image, 0, r.x, r.y, r.w, r.h, colour.y);
	fill_plane(c->image, 1, r.x / 2, r.y / 2, r.w / 2, r.h / 2, colour.u);
	fill_plane(c->image, 2, r.x / 2, r.y / 2, r.w / 2, r.h / 2, colour.v);
}

void canvas_surround(struct canvas *c, struct rect r, struct rect inner, struct yuv colour)
{
	int right = inner.x + inner.w, low = inner.y + inner.h;

	canvas_fill(c, (struct rect){ r.x, r.y, r.w, inner.y - r.y }, colour);
	canvas_fill(c, (struct rect){ r.x, low, r.w, r.y + r.h - low }, colour);
	canvas_fill(c, (struct rect){ r.x, inner.y, inner.x - r.x, inner.h }, colour);
	canvas_fill(c, (struct rect){ right, inner.y, r.x + r.w - right, inner.h }, colour);
}

static void veil_plane(AVFrame *f, int plane, struct rect r, uint8_t value, int weight)
{
	int sub = plane ? 2 : 1, add = value * weight + 128;

	for (int row = r.y / sub; row < (r.y + r.h) / sub; row++) {
		uint8_t *p = f->data[plane] + (ptrdiff_t)row * f->linesize[plane] + r.x / sub;

		for (int x = 0; x < r.w / sub; x++)
			p[x] = (uint8_t)((p[x] * (256 - weight) + add) >> 8);
	}
}

void canvas_veil(struct canvas *c, struct rect r, struct yuv colour, int weight)
{
	veil_plane(c->image, 0, r, colour.y, weight);
	veil_plane(c->image, 1, r, colour.u, weight);
	veil_plane(c->image, 2, r, colour.v, weight);
}

static void mix_plane(AVFrame *f, const AVFrame *copy, int plane, struct rect r, int weight)
{
	int sub = plane ? 2 : 1;

	for (int row = r.y / sub; row < (r.y + r.h) / sub; row++) {
		uint8_t *p = f->data[plane] + (ptrdiff_t)row * f->linesize[plane] + r.x / sub;
		const uint8_t *q = copy->data[plane] + (ptrdiff_t)row * copy->linesize[plane] + r.x / sub;

		for (int x = 0; x < r.w / sub; x++)
			p[x] = (uint8_t)((p[x] * (256 - weight) + q[x] * weight + 128) >> 8);
	}
}

void canvas_mix(struct canvas *c, struct rect r, const AVFrame *copy, int weight)
{
	for (int plane = 0; plane < 3; plane++)
		mix_plane(c->image, copy, plane, r, weight);
}

/* ---- overlays ---- */

struct overlay *overlay_create(int w, int h)
{
	struct overlay *o = g_new0(struct overlay, 1);
	size_t luma = (size_t)w * (size_t)h, chroma = luma / 4;

	o->w = w;
	o->h = h;
	o->y = g_malloc0(2 * luma + 3 * chroma);
	o->a = o->y + luma;
	o->u = o->a + luma;
	o->v = o->u + chroma;
	o->ca = o->v + chroma;
	return o;
}

void overlay_unref(struct overlay **o)
{
	if (*o)
		g_free((*o)->y);
	g_clear_pointer(o, g_free);
}

static void blend_plane(uint8_t *dst, int stride, const uint8_t *restrict src, const uint8_t *restrict alpha, int src_w, int w, int h)
{
	for (int row = 0; row < h; row++, dst += stride, src += src_w, alpha += src_w)
		for (int x = 0; x < w; x++) {
			unsigned v = dst[x] * (255u - alpha[x]) + 127;

			dst[x] = (uint8_t)(src[x] + (v + 1 + (v >> 8)) / 256);      /* v / 255, exact enough */
		}
}

void canvas_blend(struct canvas *c, const struct overlay *o, int x, int y)
{
	AVFrame *f = c->image;
	int w = MIN(o->w, f->width - x), h = MIN(o->h, f->height - y);

	if (x < 0 || y < 0 || w <= 0 || h <= 0)
		return;
	blend_plane(f->data[0] + (ptrdiff_t)y * f->linesize[0] + x, f->linesize[0], o->y, o->a, o->w, w, h);
	blend_plane(f->data[1] + (ptrdiff_t)(y / 2) * f->linesize[1] + x / 2, f->linesize[1], o->u, o->ca, o->w / 2, w / 2, h / 2);
	blend_plane(f->data[2] + (ptrdiff_t)(y / 2) * f->linesize[2] + x / 2, f->linesize[2], o->v, o->ca, o->w / 2, w / 2, h / 2);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drawing on the picture. Called by scene, on the composing thread.
 *
 *   decoded frame ─▶ libswscale (size only, its own colours) ─▶ colour_map (to BT.709) ─▶ turn ─▶ image ◀─ blend ◀─ label, placeholder
 *
 * Everything is bit-exact: no CPU's quick inexact scaler decides about a byte.
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <string.h>
#include "postprocess/canvas.h"

struct canvas {
	AVFrame *image;
	AVBufferPool *pool;
};

struct scaler {
	struct SwsContext *sws;
	int src_w, src_h, src_format;
	struct colour colour;
	struct colour_map map;
	AVFrame *out;              /* scaled, not turned yet */
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

/* ---- video ---- */

void scaler_unref(struct scaler **s)
{
	if (!*s)
		return;
	sws_freeContext((*s)->sws);
	av_frame_free(&(*s)->out);
	g_clear_pointer(s, g_free);
}

static bool scaler_fits(const struct scaler *s, const AVFrame *f, int w, int h)
{
	struct colour colour = colour_of(f);

	return s->sws && s->src_w == f->width && s->src_h == f->height && s->src_format == f->format && s->out->width == w && s->out->height == h &&
	       s->colour.kr == colour.kr && s->colour.full == colour.full;
}

static int scaler_open(struct scaler *s, const AVFrame *f, int w, int h)
{
	const int *matrix = sws_getCoefficients(SWS_CS_ITU601);
	int err;

	sws_freeContext(s->sws);
	av_frame_free(&s->out);
	s->src_w = f->width;
	s->src_h = f->height;
	s->src_format = f->format;
	s->colour = colour_of(f);
	colour_map_init(&s->map, s->colour, COLOUR_BT709);
	s->sws = sws_getContext(f->width, f->height, f->format, w, h, f->format, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
	s->out = av_frame_alloc();
	if (!s->sws || !s->out)
		return -ENOMEM;
	/* The same on both sides, said aloud: libswscale is to change the size and nothing else. */
	sws_setColorspaceDetails(s->sws, matrix, s->colour.full, matrix, s->colour.full, 0, 1 << 16, 1 << 16);
	s->out->format = f->format;
	s->out->width = w;
	s->out->height = h;
	err = av_frame_get_buffer(s->out, 0);
	return err;
}

/** One plane of the scaled picture into its place, turned clockwise. */
static void turn_plane(const AVFrame *f, int plane, uint8_t *dst, int stride, int w, int h, int rotation)
{
	const uint8_t *src = f->data[plane];
	int src_w = rotation % 180 ? h : w, src_h = rotation % 180 ? w : h, src_stride = f->linesize[plane];
	/* where the target's first sample comes from, and the way to its right and lower neighbours' */
	ptrdiff_t first = 0, right = 1, down = src_stride;

	if (rotation == 90) {
		first = (ptrdiff_t)(src_h - 1) * src_stride;
		right = -src_stride;
		down = 1;
	} else if (rotation == 180) {
		first = (ptrdiff_t)(src_h - 1) * src_stride + src_w - 1;
		right = -1;
		down = -src_stride;
	} else if (rotation == 270) {
		first = src_w - 1;
		right = src_stride;
		down = -1;
	}
	for (int y = 0; y < h; y++, dst += stride)
		for (int x = 0; x < w; x++)
			dst[x] = src[first + y * down + x * right];
}

static void copy_plane(const AVFrame *f, int plane, uint8_t *dst, int stride, int w, int h, int rotation)
{
	if (rotation)
		turn_plane(f, plane, dst, stride, w, h, rotation);
	else
		av_image_copy_plane(dst, stride, f->data[plane], f->linesize[plane], w, h);
}

static int even_at_least_2(double v)
{
	int n = ((int)(v + 1) / 2) * 2;

	return n < 2 ? 2 : n;
}

/** The largest rectangle of the frame's shape in the middle of r; a shape within 2 % of r's fills it. */
static struct rect fit(struct rect r, const AVFrame *f, int rotation)
{
	double w = rotation % 180 ? f->height : f->width, h = rotation % 180 ? f->width : f->height;
	double shape = w / h, want = (double)r.w / r.h;
	struct rect o = r;

	if (shape > want * 1.02)
		o.h = MIN(r.h, even_at_least_2(r.w / shape));
	else if (shape < want / 1.02)
		o.w = MIN(r.w, even_at_least_2(r.h * shape));
	o.x += (r.w - o.w) / 4 * 2;
	o.y += (r.h - o.h) / 4 * 2;
	return o;
}

int canvas_video(struct canvas *c, struct scaler **scaler, const AVFrame *f, struct rect r, int rotation)
{
	struct rect to = fit(r, f, rotation);
	int w = rotation % 180 ? to.h : to.w, h = rotation % 180 ? to.w : to.h, err = 0;
	AVFrame *image = c->image;
	struct scaler *s;

	if ((f->format != AV_PIX_FMT_YUV420P && f->format != AV_PIX_FMT_YUVJ420P) || rotation % 90)
		return -EINVAL;
	if (!*scaler)
		*scaler = g_new0(struct scaler, 1);
	s = *scaler;
	if (!scaler_fits(s, f, w, h))
		err = scaler_open(s, f, w, h);
	if (err < 0)
		return err;
	err = sws_scale(s->sws, (const uint8_t *const *)f->data, f->linesize, 0, f->height, s->out->data, s->out->linesize);
	if (err < 0)
		return err;
	colour_map_apply(&s->map, s->out);
	for (int p = 0; p < 3; p++) {
		int sub = p ? 2 : 1;

		copy_plane(s->out, p, image->data[p] + (ptrdiff_t)(to.y / sub) * image->linesize[p] + to.x / sub, image->linesize[p], to.w / sub,
			   to.h / sub, rotation);
	}
	return 0;
}

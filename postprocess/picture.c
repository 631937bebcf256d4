/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decoded pictures onto the canvas: where they lie, what is cut off, their size, colours and rotation. Called by scene and jpeg; one thread a scaler.
 *
 *   frame ─ resize ─▶ two rows of luma, one of chroma ─ colour_map_rows ─▶ the canvas        (turned by 90° …: by way of a frame of its own)
 *
 * A tile's picture is read once, row by row, and written once. Integers throughout: no CPU's quick inexact way decides about a byte.
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/imgutils.h>
#include <math.h>
#include <string.h>
#include "postprocess/canvas.h"
#include "postprocess/resize.h"

/* Of a picture that fills a tile of another shape, so much must be seen: 4:3 in 16:9 is 0.75, upright in a wide tile 0.3. */
static const double FILL_LEAST = 2.0 / 3, SAME_SHAPE = 0.98;

enum { LUMA, CHROMA };

struct scaler {
	/* what it was made for */
	int src_w, src_h, format, w, h;
	enum AVChromaLocation chroma;
	struct colour colour;
	struct look look;
	/* what it does */
	struct rect to;            /* within the rectangle */
	struct axis across[2], down[2];
	struct colour_map map;
	bool plain;                /* nothing but copying */
	int16_t *column;
	AVFrame *turned;           /* for rotations: scaled, in the source's orientation */
};

static void scaler_clear(struct scaler *s)
{
	for (int i = LUMA; i <= CHROMA; i++) {
		axis_clear(&s->across[i]);
		axis_clear(&s->down[i]);
	}
	av_frame_free(&s->turned);
	g_clear_pointer(&s->column, g_free);
}

void scaler_unref(struct scaler **s)
{
	if (!*s)
		return;
	scaler_clear(*s);
	g_clear_pointer(s, g_free);
}

/* ---- where ---- */

struct area { double x, y, w, h; };

static bool lies(int rotation)
{
	return rotation % 180 != 0;
}

static int even_at_least_2(double v)
{
	int n = ((int)(v + 1) / 2) * 2;

	return n < 2 ? 2 : n;
}

/** The largest rectangle of the shape w:h in the middle of one of in_w × in_h. */
static struct rect fit(int in_w, int in_h, double shape)
{
	struct rect o = { 0, 0, in_w, in_h };

	if (shape > (double)in_w / in_h)
		o.h = MIN(in_h, even_at_least_2(in_w / shape));
	else
		o.w = MIN(in_w, even_at_least_2(in_h * shape));
	o.x = (in_w - o.w) / 4 * 2;
	o.y = (in_h - o.h) / 4 * 2;
	return o;
}

/** What of a picture of w × h is seen in a rectangle of shape `want`: its middle, but of its height rather the upper part, where heads are. */
static struct area seen_of(double w, double h, double want)
{
	double seen_w = MIN(w, h * want), seen_h = MIN(h, w / want);

	return (struct area){ (w - seen_w) / 2, (h - seen_h) / 3, seen_w, seen_h };
}

/** An area of the picture as shown, in the picture as it came. */
static struct area turn_back(struct area a, int rotation, double src_w, double src_h)
{
	switch (rotation) {
	case 90:
		return (struct area){ a.y, src_h - a.x - a.w, a.h, a.w };
	case 180:
		return (struct area){ src_w - a.x - a.w, src_h - a.y - a.h, a.w, a.h };
	case 270:
		return (struct area){ src_w - a.y - a.h, a.x, a.h, a.w };
	default:
		return a;
	}
}

/** Decides what is seen and where. */
static struct area place(struct scaler *s)
{
	int rotation = s->look.rotation;
	double w = lies(rotation) ? s->src_h : s->src_w, h = lies(rotation) ? s->src_w : s->src_h, shape = w / h, want = (double)s->w / s->h;
	double share = MIN(shape, want) / MAX(shape, want);
	struct area seen = { 0, 0, w, h };

	s->to = (struct rect){ 0, 0, s->w, s->h };
	if (!s->look.sharp && share >= (s->look.fill ? FILL_LEAST : SAME_SHAPE))
		seen = seen_of(w, h, want);
	else
		s->to = fit(s->w, s->h, shape);
	return turn_back(seen, rotation, s->src_w, s->src_h);
}

/* ---- how ---- */

/** Where the first chroma sample has its middle, in luma samples from the left and upper edge. Codecs say nothing or "left". */
static void chroma_of(enum AVChromaLocation l, double *x, double *y)
{
	*x = l == AVCHROMA_LOC_CENTER || l == AVCHROMA_LOC_TOP ? 1 : 0.5;
	*y = l == AVCHROMA_LOC_TOPLEFT || l == AVCHROMA_LOC_TOP ? 0.5 : 1;
}

static void make_axes(struct scaler *s, struct area seen, int w, int h)
{
	/* the canvas' chroma is "left"; before it is turned, that is elsewhere */
	static const struct { double x, y; } chroma_out[] = { { 0.5, 1 }, { 1, 1.5 }, { 1.5, 1 }, { 1, 0.5 } };
	enum resize_kernel kernel = s->look.sharp ? RESIZE_LANCZOS : RESIZE_CUBIC;
	double cx, cy;

	chroma_of(s->chroma, &cx, &cy);
	for (int i = LUMA; i <= CHROMA; i++) {
		int step = i + 1, turn = s->look.rotation / 90;
		double out_x = i ? chroma_out[turn].x : 0.5, out_y = i ? chroma_out[turn].y : 0.5;

		axis_init(&s->across[i], &(struct axis_conf){ (s->src_w + i) / step, w / step, step, seen.x, seen.w / w, i ? cx : 0.5, out_x, kernel });
		axis_init(&s->down[i], &(struct axis_conf){ (s->src_h + i) / step, h / step, step, seen.y, seen.h / h, i ? cy : 0.5, out_y, kernel });
	}
}

static int make_frame(AVFrame **out, int w, int h)
{
	*out = av_frame_alloc();
	if (!*out)
		return -ENOMEM;
	(*out)->format = AV_PIX_FMT_YUV420P;
	(*out)->width = w;
	(*out)->height = h;
	return av_frame_get_buffer(*out, 0);
}

static int scaler_open(struct scaler *s, const AVFrame *f, int w, int h, const struct look *look)
{
	struct area seen;

	scaler_clear(s);
	*s = (struct scaler){ .src_w = f->width, .src_h = f->height, .format = f->format, .w = w, .h = h, .chroma = f->chroma_location,
			      .colour = colour_of(f), .look = *look };
	seen = place(s);
	w = lies(look->rotation) ? s->to.h : s->to.w;
	h = lies(look->rotation) ? s->to.w : s->to.h;
	make_axes(s, seen, w, h);
	colour_map_init(&s->map, s->colour, COLOUR_BT709);
	s->plain = s->map.identity;
	for (int i = LUMA; i <= CHROMA; i++)
		s->plain &= s->across[i].copy && s->down[i].copy;
	s->column = g_new0(int16_t, (gsize)s->src_w + (gsize)s->across[LUMA].taps + (gsize)s->across[CHROMA].taps);
	return look->rotation ? make_frame(&s->turned, w, h) : 0;
}

static bool scaler_fits(const struct scaler *s, const AVFrame *f, int w, int h, const struct look *look)
{
	struct colour colour = colour_of(f);

	return s->column && s->src_w == f->width && s->src_h == f->height && s->format == f->format && s->w == w && s->h == h &&
	       s->chroma == f->chroma_location && s->colour.kr == colour.kr && s->colour.full == colour.full && s->look.rotation == look->rotation &&
	       s->look.fill == look->fill && s->look.sharp == look->sharp;
}

/* ---- drawing ---- */

/** One row of a plane, resized. */
static void make_row(struct scaler *s, const AVFrame *f, int plane, int n, uint8_t *out)
{
	int kind = plane ? CHROMA : LUMA, in = plane ? (f->height + 1) / 2 : f->height;
	const struct axis *across = &s->across[kind];

	resize_column(&s->down[kind], n, f->data[plane], f->linesize[plane], in, across->low, across->high, s->column);
	resize_row(across, s->column, out);
}

/** The whole picture to three planes of which `at` holds where each begins. */
static void resize_all(struct scaler *s, const AVFrame *f, uint8_t *const at[3], const int *stride)
{
	for (int n = 0; n < s->down[CHROMA].out; n++) {
		uint8_t *y0 = at[0] + (ptrdiff_t)(2 * n) * stride[0], *y1 = y0 + stride[0];
		uint8_t *u = at[1] + (ptrdiff_t)n * stride[1], *v = at[2] + (ptrdiff_t)n * stride[2];

		make_row(s, f, 0, 2 * n, y0);
		make_row(s, f, 0, 2 * n + 1, y1);
		make_row(s, f, 1, n, u);
		make_row(s, f, 2, n, v);
		colour_map_rows(&s->map, y0, y1, u, v, s->across[LUMA].out);
	}
}

static void copy_all(struct scaler *s, const AVFrame *f, uint8_t *const at[3], const int *stride)
{
	for (int p = 0; p < 3; p++) {
		const struct axis *across = &s->across[p ? CHROMA : LUMA], *down = &s->down[p ? CHROMA : LUMA];
		const uint8_t *from = f->data[p] + (ptrdiff_t)down->first[0] * f->linesize[p] + across->first[0];

		av_image_copy_plane(at[p], stride[p], from, f->linesize[p], across->out, down->out);
	}
}

/** One plane of the scaled picture into its place, turned clockwise. */
static void turn_plane(const AVFrame *f, int plane, uint8_t *dst, int stride, int w, int h, int rotation)
{
	const uint8_t *src = f->data[plane];
	int src_w = lies(rotation) ? h : w, src_h = lies(rotation) ? w : h, src_stride = f->linesize[plane];
	/* where the target's first sample comes from, and the way to its right and lower neighbours' */
	ptrdiff_t first = (ptrdiff_t)(src_h - 1) * src_stride, right = -src_stride, down = 1;

	if (rotation == 180) {
		first += src_w - 1;
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

static void draw(struct scaler *s, const AVFrame *f, uint8_t *const at[3], const int *stride)
{
	if (s->plain)
		copy_all(s, f, at, stride);
	else
		resize_all(s, f, at, stride);
}

static void draw_turned(struct scaler *s, const AVFrame *f, uint8_t *const at[3], const int *stride)
{
	draw(s, f, s->turned->data, s->turned->linesize);
	for (int p = 0; p < 3; p++)
		turn_plane(s->turned, p, at[p], stride[p], p ? s->to.w / 2 : s->to.w, p ? s->to.h / 2 : s->to.h, s->look.rotation);
}

static bool drawable(const AVFrame *f, const struct look *look)
{
	return (f->format == AV_PIX_FMT_YUV420P || f->format == AV_PIX_FMT_YUVJ420P) && f->width > 0 && f->height > 0 && look->rotation >= 0 &&
	       look->rotation < 360 && look->rotation % 90 == 0;
}

int canvas_picture(struct canvas *c, struct scaler **scaler, const AVFrame *f, struct rect r, const struct look *look, struct rect *covered)
{
	AVFrame *image = canvas_target(c);
	uint8_t *at[3];
	struct scaler *s;
	struct rect to;
	int err = 0;

	if (!drawable(f, look) || r.w < 2 || r.h < 2)
		return -EINVAL;
	if (!*scaler)
		*scaler = g_new0(struct scaler, 1);
	s = *scaler;
	if (!scaler_fits(s, f, r.w, r.h, look))
		err = scaler_open(s, f, r.w, r.h, look);
	if (err)
		return err;
	to = (struct rect){ r.x + s->to.x, r.y + s->to.y, s->to.w, s->to.h };
	for (int p = 0; p < 3; p++)
		at[p] = image->data[p] + (ptrdiff_t)(p ? to.y / 2 : to.y) * image->linesize[p] + (p ? to.x / 2 : to.x);
	if (s->look.rotation)
		draw_turned(s, f, at, image->linesize);
	else
		draw(s, f, at, image->linesize);
	if (covered)
		*covered = to;
	return 0;
}

int canvas_video(struct canvas *c, struct scaler **s, const AVFrame *f, struct rect r, int rotation)
{
	return canvas_picture(c, s, f, r, &(struct look){ .rotation = rotation }, NULL);
}

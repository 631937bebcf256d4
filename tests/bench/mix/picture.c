/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Draws what the mix's benchmark films. Called by clip.
 *
 *   camera:  texture (five octaves of noise) shifted by parts of a pixel ─▶ + head and shoulders ─▶ + sensor noise
 *   screen:  cairo draws text on white; it is scrolled by a line now and then, and a pointer wanders
 */
#include <cairo.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "tests/bench/mix/picture.h"

enum { TEXTURE = 1024, OCTAVES = 5, NOISE = 1 << 16, LINE_PX = 24, LINES_MORE = 12 };

struct picture {
	int width, height;
	double period_s;
	uint32_t random;
	bool screen;
	/* camera */
	uint8_t *texture;          /* TEXTURE × TEXTURE, joins itself at the edges */
	int8_t *noise;             /* of about 2.2 levels */
	/* screen */
	cairo_surface_t *page;     /* taller than the screen by LINES_MORE lines */
};

static uint32_t next_random(struct picture *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 17;
	p->random ^= p->random << 5;
	return p->random;
}

static double uniform(struct picture *p)
{
	return next_random(p) / 4294967296.0;
}

/** Of whole periods, so that the end joins the beginning. */
static double swing(const struct picture *p, double t_s, int times, double phase)
{
	return sin(2 * M_PI * (times * t_s / p->period_s + phase));
}

static uint8_t clip(double v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

/* ---- camera ---- */

static double smooth(double v)
{
	return v * v * (3 - 2 * v);
}

static double lattice(const float *points, int cells, double x, double y)
{
	int x0 = (int)x, y0 = (int)y, x1 = (x0 + 1) % cells, y1 = (y0 + 1) % cells;
	double fx = smooth(x - x0), fy = smooth(y - y0);
	double top = points[y0 * cells + x0] * (1 - fx) + points[y0 * cells + x1] * fx;
	double low = points[y1 * cells + x0] * (1 - fx) + points[y1 * cells + x1] * fx;

	return top * (1 - fy) + low * fy;
}

static void add_octave(struct picture *p, float *sum, int cells, double weight)
{
	float *points = g_new(float, cells * cells);

	for (int i = 0; i < cells * cells; i++)
		points[i] = (float)(uniform(p) * 2 - 1);
	for (int y = 0; y < TEXTURE; y++)
		for (int x = 0; x < TEXTURE; x++)
			sum[y * TEXTURE + x] += (float)(weight * lattice(points, cells, (double)x * cells / TEXTURE, (double)y * cells / TEXTURE));
	g_free(points);
}

static void make_texture(struct picture *p)
{
	float *sum = g_new0(float, TEXTURE * TEXTURE);

	for (int i = 0, cells = 8; i < OCTAVES; i++, cells *= 3)
		add_octave(p, sum, MIN(cells, TEXTURE / 2), 70.0 / (1 + i));
	p->texture = g_malloc(TEXTURE * TEXTURE);
	for (int i = 0; i < TEXTURE * TEXTURE; i++)
		p->texture[i] = clip(112 + sum[i]);
	g_free(sum);
}

static void make_noise(struct picture *p)
{
	p->noise = g_malloc(NOISE);
	for (int i = 0; i < NOISE; i++)
		p->noise[i] = (int8_t)lrint((uniform(p) + uniform(p) + uniform(p) + uniform(p) - 2) * 3.8);
}

struct picture *picture_camera(int width, int height, double period_s, uint32_t seed)
{
	struct picture *p = g_new0(struct picture, 1);

	p->width = width;
	p->height = height;
	p->period_s = period_s;
	p->random = seed * 2654435761u + 1;
	make_texture(p);
	make_noise(p);
	return p;
}

/** The room, as the hand that holds the camera moves it; between the pixels, too. */
static void draw_room(const struct picture *p, double t_s, AVFrame *f)
{
	double x = 40 + 9 * swing(p, t_s, 3, 0.1) + 3 * swing(p, t_s, 11, 0.7), y = 40 + 6 * swing(p, t_s, 2, 0.4) + 2 * swing(p, t_s, 13, 0);
	int x0 = (int)x, y0 = (int)y, fx = (int)((x - x0) * 64), fy = (int)((y - y0) * 64);

	for (int row = 0; row < p->height; row++) {
		const uint8_t *a = p->texture + (ptrdiff_t)((row + y0) % TEXTURE) * TEXTURE, *b = p->texture + (ptrdiff_t)((row + y0 + 1) % TEXTURE) * TEXTURE;
		uint8_t *out = f->data[0] + (ptrdiff_t)row * f->linesize[0];

		for (int col = 0; col < p->width; col++) {
			int l = (col + x0) % TEXTURE, r = (l + 1) % TEXTURE;

			out[col] = (uint8_t)(((a[l] * (64 - fx) + a[r] * fx) * (64 - fy) + (b[l] * (64 - fx) + b[r] * fx) * fy + 2048) >> 12);
		}
	}
	for (int plane = 1; plane < 3; plane++)
		for (int row = 0; row < p->height / 2; row++) {
			const uint8_t *a = p->texture + (ptrdiff_t)((row / 2 + y0 / 4 + plane * 300) % TEXTURE) * TEXTURE;

			for (int col = 0; col < p->width / 2; col++)
				f->data[plane][row * f->linesize[plane] + col] = (uint8_t)(112 + a[(col / 2 + x0 / 4) % TEXTURE] / 8);
		}
}

/** Luma inside an ellipse; `fine` of the texture moves with it. Chroma where u is not 0. */
static void draw_ellipse(const struct picture *p, AVFrame *f, double cx, double cy, double rx, double ry, int luma, int fine, int u, int v)
{
	int top = MAX(0, (int)(cy - ry)), bottom = MIN(p->height - 1, (int)(cy + ry));

	for (int row = top; row <= bottom; row++) {
		double dy = (row - cy) / ry, half = dy * dy < 1 ? rx * sqrt(1 - dy * dy) : 0;
		int left = MAX(0, (int)(cx - half)), right = MIN(p->width - 1, (int)(cx + half));
		int from = (int)((row - cy + TEXTURE) * 2) % TEXTURE * TEXTURE;

		for (int col = left; col < right; col++) {
			double dx = (col - cx) / rx;
			int detail = p->texture[from + (int)((col - cx + TEXTURE) * 2) % TEXTURE] - 112;

			f->data[0][row * f->linesize[0] + col] = clip(luma * (1.05 - 0.35 * (dx * dx + dy * dy) - 0.08 * dx) + detail * fine / 64);
			if (u && !(row & 1) && !(col & 1)) {
				f->data[1][row / 2 * f->linesize[1] + col / 2] = (uint8_t)u;
				f->data[2][row / 2 * f->linesize[2] + col / 2] = (uint8_t)v;
			}
		}
	}
}

static void draw_person(const struct picture *p, double t_s, AVFrame *f)
{
	double w = p->width, h = p->height;
	double x = w * (0.5 + 0.05 * swing(p, t_s, 2, 0.2) + 0.01 * swing(p, t_s, 17, 0)), y = h * (0.42 + 0.02 * swing(p, t_s, 5, 0.3));
	double mouth = h * 0.018 * (1.2 + swing(p, t_s, 31, 0) * swing(p, t_s, 3, 0.5)), open = swing(p, t_s, 4, 0.1) > 0.97 ? 0.2 : 1;

	draw_ellipse(p, f, x - w * 0.01, h * 1.02, w * 0.33, h * 0.38, 70, 40, 140, 118);
	draw_ellipse(p, f, x, y - h * 0.06, w * 0.15, h * 0.28, 46, 30, 124, 132);
	draw_ellipse(p, f, x, y, w * 0.13, h * 0.26, 168, 9, 108, 152);
	draw_ellipse(p, f, x - w * 0.05, y - h * 0.05, w * 0.018, h * 0.018 * open, 40, 0, 0, 0);
	draw_ellipse(p, f, x + w * 0.05, y - h * 0.05, w * 0.018, h * 0.018 * open, 40, 0, 0, 0);
	draw_ellipse(p, f, x, y + h * 0.13, w * 0.04, mouth, 70, 4, 112, 160);
}

/** The sensor's: new in each picture, more of it in the luma. */
static void add_noise(struct picture *p, AVFrame *f)
{
	for (int plane = 0; plane < 3; plane++) {
		int w = p->width >> !!plane, h = p->height >> !!plane;

		for (int row = 0; row < h; row++) {
			const int8_t *noise = p->noise + next_random(p) % (uint32_t)(NOISE - w);
			uint8_t *out = f->data[plane] + (ptrdiff_t)row * f->linesize[plane];

			for (int col = 0; col < w; col++) {
				int v = out[col] + (plane ? noise[col] / 2 : noise[col]);

				out[col] = (uint8_t)CLAMP(v, 0, 255);
			}
		}
	}
}

/* ---- screen ---- */

static const char *const WORDS[] = { "the", "mix", "of", "a", "call", "is", "what", "was", "said", "and", "shown", "if (err)", "return", "0;", "for", "each",
	"participant", "frames", "=", "segment", "keyframe", "budget", "meeting", "quarterly", "report:", "42", "%", "next", "steps", "->", "owner", "{", "}" };

static void write_line(struct picture *p, cairo_t *cr, int y)
{
	GString *text = g_string_new(NULL);
	bool heading = next_random(p) % 9 == 0;

	while ((int)text->len < p->width / 14 - (int)(next_random(p) % 24))
		g_string_append_printf(text, "%s ", WORDS[next_random(p) % G_N_ELEMENTS(WORDS)]);
	cairo_set_source_rgb(cr, heading ? 0.1 : 0.15, heading ? 0.3 : 0.15, heading ? 0.7 : 0.15);
	cairo_set_font_size(cr, heading ? 20 : 15);
	cairo_move_to(cr, 40, y + LINE_PX * 0.75);
	cairo_show_text(cr, text->str);
	g_string_free(text, TRUE);
}

struct picture *picture_screen(int width, int height, double period_s, uint32_t seed)
{
	struct picture *p = g_new0(struct picture, 1);
	cairo_t *cr;

	p->screen = true;
	p->width = width;
	p->height = height;
	p->period_s = period_s;
	p->random = seed * 2654435761u + 1;
	p->page = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height + LINES_MORE * LINE_PX);
	cr = cairo_create(p->page);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	for (int y = 0; y < height + LINES_MORE * LINE_PX; y += LINE_PX)
		write_line(p, cr, y);
	cairo_destroy(cr);
	cairo_surface_flush(p->page);
	return p;
}

/** BT.601, limited range, as browsers send it. */
static void page_to_yuv(const struct picture *p, int scroll, AVFrame *f)
{
	const uint8_t *page = cairo_image_surface_get_data(p->page) + (ptrdiff_t)scroll * cairo_image_surface_get_stride(p->page);
	int stride = cairo_image_surface_get_stride(p->page);

	for (int row = 0; row < p->height; row++)
		for (int col = 0; col < p->width; col++) {
			const uint8_t *c = page + (ptrdiff_t)row * stride + (ptrdiff_t)col * 4;      /* B G R */

			f->data[0][row * f->linesize[0] + col] = (uint8_t)(16 + (66 * c[2] + 129 * c[1] + 25 * c[0] + 128) / 256);
			if ((row | col) & 1)
				continue;
			f->data[1][row / 2 * f->linesize[1] + col / 2] = (uint8_t)(128 + (-38 * c[2] - 74 * c[1] + 112 * c[0] + 128) / 256);
			f->data[2][row / 2 * f->linesize[2] + col / 2] = (uint8_t)(128 + (112 * c[2] - 94 * c[1] - 18 * c[0] + 128) / 256);
		}
}

static void draw_screen(const struct picture *p, double t_s, AVFrame *f)
{
	double share = t_s / p->period_s;
	int line = (int)(share * 2 * LINES_MORE) % (2 * LINES_MORE), size = 10;
	int x = (int)(p->width * (0.5 + 0.3 * swing(p, t_s, 2, 0))), y = (int)(p->height * (0.5 + 0.3 * swing(p, t_s, 3, 0.3)));

	page_to_yuv(p, LINE_PX * (line < LINES_MORE ? line : 2 * LINES_MORE - line), f);
	for (int row = 0; row < size; row++)
		memset(f->data[0] + (ptrdiff_t)(y + row) * f->linesize[0] + x, 16, (size_t)(size - row));
}

/* ---- both ---- */

void picture_draw(struct picture *p, double t_s, AVFrame *f)
{
	if (p->screen) {
		draw_screen(p, t_s, f);
		return;
	}
	draw_room(p, t_s, f);
	draw_person(p, t_s, f);
	add_noise(p, f);
}

void picture_free(struct picture *p)
{
	if (p->page)
		cairo_surface_destroy(p->page);
	g_free(p->texture);
	g_free(p->noise);
	g_free(p);
}

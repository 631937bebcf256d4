/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Labels and placeholders. Called by scene when a participant's tile appears or changes its size; pango and cairo draw ARGB, paint() turns it into
 * what the canvas blends.
 *
 *   name ─▶ tidy ─▶ pango layout ─▶ cairo ARGB (premultiplied) ─▶ Y'CbCr + alpha (premultiplied)
 */
#include <cairo.h>
#include <glib.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>
#include "postprocess/label.h"

enum { NAME_CHARS = 64, TEXT_MIN_PX = 14, TEXT_MAX_PX = 40, WHITE = 0xffffff };

static const unsigned palette[] = { 0x3f6fd8, 0xb4472f, 0x2c8a5b, 0x8a4fc0, 0xb07c16, 0x1f8a99, 0xb8437f, 0x5f7a24 };

/* Sanitizers, in builds that have them, ask the program what is not its own: fontconfig keeps its caches, and what pango's font thread holds, to the
 * end, and both synchronise by means that ThreadSanitizer does not know. */
const char *__lsan_default_suppressions(void);
const char *__tsan_default_suppressions(void);

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
	return "race:libfontconfig\n";
}

/* ---- ARGB to overlay ---- */

struct paint {
	cairo_surface_t *surface;
	cairo_t *cr;
	int w, h;
};

static void paint_begin(struct paint *p, int w, int h)
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

static struct overlay *paint_end(struct paint *p)
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

static void set_colour(cairo_t *cr, unsigned rgb, double alpha)
{
	cairo_set_source_rgba(cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, alpha);
}

static void rounded(cairo_t *cr, double w, double h, double r)
{
	cairo_new_sub_path(cr);
	cairo_arc(cr, w - r, r, r, -M_PI / 2, 0);
	cairo_arc(cr, w - r, h - r, r, 0, M_PI / 2);
	cairo_arc(cr, r, h - r, r, M_PI / 2, M_PI);
	cairo_arc(cr, r, r, r, M_PI, 3 * M_PI / 2);
	cairo_close_path(cr);
}

/* ---- text ---- */

/** One line of at most NAME_CHARS characters: whatever controls something becomes a space. g_free(). */
static char *tidy(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_new(NULL);
	int n = 0;

	for (const char *p = valid; *p && n < NAME_CHARS; p = g_utf8_next_char(p), n++) {
		gunichar c = g_utf8_get_char(p);

		g_string_append_unichar(out, g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 ? ' ' : c);
	}
	return g_strstrip(g_string_free(out, FALSE));
}

/** Hinting would depend on the machine's font configuration. */
static PangoLayout *text_layout(cairo_t *cr, const char *text, double px, bool bold)
{
	PangoLayout *l = pango_cairo_create_layout(cr);
	PangoFontDescription *font = pango_font_description_from_string(bold ? "Noto Sans Semi-Bold" : "Noto Sans Medium");
	cairo_font_options_t *o = cairo_font_options_create();

	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(pango_layout_get_context(l), o);
	cairo_font_options_destroy(o);
	pango_font_description_set_absolute_size(font, px * PANGO_SCALE);
	pango_layout_set_font_description(l, font);
	pango_font_description_free(font);
	pango_layout_set_single_paragraph_mode(l, TRUE);
	pango_layout_set_text(l, text, -1);
	return l;
}

static double text_px(int h, double share)
{
	return CLAMP(h * share, TEXT_MIN_PX, TEXT_MAX_PX);
}

/** First grapheme of a text, which may be several characters (flags, families, accents). */
static char *first_sign(const char *text)
{
	const char *end = text;
	PangoLogAttr attrs[NAME_CHARS + 2];
	int chars = (int)MIN(g_utf8_strlen(text, -1), NAME_CHARS);

	if (!chars)
		return g_strdup("");
	pango_get_log_attrs(text, (int)(g_utf8_offset_to_pointer(text, chars) - text), 0, pango_language_get_default(), attrs, chars + 1);
	for (int i = 1; i <= chars; i++) {
		end = g_utf8_next_char(end);
		if (attrs[i].is_cursor_position)
			break;
	}
	return g_strndup(text, (gsize)(end - text));
}

char *label_initials(const char *name)
{
	g_autofree char *text = tidy(name), *a = first_sign(text), *b = NULL, *both = NULL;
	const char *last = strrchr(text, ' ');

	if (last && g_unichar_isalpha(g_utf8_get_char(text)) && g_unichar_isalpha(g_utf8_get_char(last + 1)))
		b = first_sign(last + 1);
	both = g_strconcat(a, b, NULL);
	return g_utf8_strup(both, -1);
}

/* ---- what scene asks for ---- */

/** A microphone in a box of size × size, crossed out. */
static void draw_microphone(cairo_t *cr, double x, double y, double size)
{
	double u = size / 16;

	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, u, u);
	set_colour(cr, 0xff6b5e, 1);
	cairo_set_line_width(cr, 1.5);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_arc(cr, 8, 4, 2.4, M_PI, 0);
	cairo_arc(cr, 8, 7.5, 2.4, 0, M_PI);
	cairo_close_path(cr);
	cairo_fill(cr);
	cairo_arc(cr, 8, 7.5, 4.6, 0, M_PI);
	cairo_stroke(cr);
	cairo_move_to(cr, 8, 12.1);
	cairo_line_to(cr, 8, 14.8);
	cairo_stroke(cr);
	cairo_move_to(cr, 2.2, 2.2);
	cairo_line_to(cr, 13.8, 13.8);
	cairo_stroke(cr);
	cairo_restore(cr);
}

/** How large a text becomes within max_w. */
static void measure(const char *text, double px, bool bold, int max_w, double *w, double *h)
{
	struct paint p;
	PangoLayout *l;
	PangoRectangle r;

	paint_begin(&p, 2, 2);
	l = text_layout(p.cr, text, px, bold);
	pango_layout_set_width(l, max_w * PANGO_SCALE);
	pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
	pango_layout_get_extents(l, NULL, &r);
	*w = (double)r.width / PANGO_SCALE;
	*h = (double)r.height / PANGO_SCALE;
	g_object_unref(l);
	cairo_destroy(p.cr);
	cairo_surface_destroy(p.surface);
}

/** The text within width w of which the line begins at the left, whatever way it is written. */
static void draw_text(cairo_t *cr, const char *text, double px, bool bold, double x, double y, double w)
{
	PangoLayout *l = text_layout(cr, text, px, bold);

	pango_layout_set_width(l, (int)(w * PANGO_SCALE));
	pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
	cairo_move_to(cr, x, y);
	set_colour(cr, WHITE, 1);
	pango_cairo_show_layout(cr, l);
	g_object_unref(l);
}

struct overlay *label_name(const char *name, bool muted, int tile_w, int tile_h)
{
	g_autofree char *text = tidy(name);
	double px = text_px(tile_h, 0.045), pad = px * 0.55, icon = muted ? px * 1.15 : 0, w, h, box_h;
	int room = (int)(tile_w - 4 * pad - icon);
	struct paint p;

	measure(text, px, false, MAX(room, (int)px), &w, &h);
	box_h = ceil(px * 1.75);
	w = ceil(w + 1);
	paint_begin(&p, (int)(w + 2 * pad + icon + (muted ? pad * 0.6 : 0)) + 1, (int)box_h + 1);
	rounded(p.cr, p.w, p.h, p.h * 0.32);
	set_colour(p.cr, 0x0b0c0f, 0.62);
	cairo_fill(p.cr);
	if (muted)
		draw_microphone(p.cr, pad * 0.8, (p.h - icon) / 2, icon);
	draw_text(p.cr, text, px, false, pad + icon + (muted ? pad * 0.4 : 0), (p.h - h) / 2, w);
	return paint_end(&p);
}

struct overlay *label_placeholder(const char *name, unsigned index, int tile_w, int tile_h)
{
	g_autofree char *text = label_initials(name);
	double r = MIN(tile_w, tile_h) * 0.24, w, h, px = r * 0.82;
	struct paint p;

	paint_begin(&p, tile_w, tile_h);
	set_colour(p.cr, LABEL_TILE, 1);
	cairo_paint(p.cr);
	cairo_arc(p.cr, p.w / 2.0, p.h / 2.0, r, 0, 2 * M_PI);
	set_colour(p.cr, palette[index % G_N_ELEMENTS(palette)], 1);
	cairo_fill(p.cr);
	measure(text, px, true, tile_w, &w, &h);
	draw_text(p.cr, text, px, true, (p.w - w) / 2, (p.h - h) / 2, w + 2);
	return paint_end(&p);
}

/** A text of several lines if it must, centred within max_w. */
static PangoLayout *paragraph(cairo_t *cr, const char *text, double px, int max_w)
{
	PangoLayout *l = text_layout(cr, text, px, false);

	pango_layout_set_width(l, max_w * PANGO_SCALE);
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(l, PANGO_ALIGN_CENTER);
	return l;
}

struct overlay *label_message(const char *text, int w, int h)
{
	struct paint p;
	PangoLayout *l;
	int th;

	paint_begin(&p, w, h);
	l = paragraph(p.cr, text, text_px(h, 0.042), w - w / 10);
	pango_layout_get_pixel_size(l, NULL, &th);
	cairo_move_to(p.cr, w / 20, (h - th) / 2.0);
	set_colour(p.cr, WHITE, 0.85);
	pango_cairo_show_layout(p.cr, l);
	g_object_unref(l);
	return paint_end(&p);
}

int label_radius(int tile_h)
{
	return CLAMP(tile_h / 36, 4, 16) & ~1;
}

struct overlay *label_corner(int corner, int radius)
{
	struct paint p;

	paint_begin(&p, radius, radius);
	set_colour(p.cr, LABEL_BACKGROUND, 1);
	cairo_paint(p.cr);
	cairo_set_operator(p.cr, CAIRO_OPERATOR_CLEAR);
	cairo_arc(p.cr, corner == 1 || corner == 2 ? 0 : radius, corner >= 2 ? 0 : radius, radius, 0, 2 * M_PI);
	cairo_fill(p.cr);
	return paint_end(&p);
}

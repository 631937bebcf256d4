/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Labels and placeholders. Called by scene when a participant's tile appears or changes its size.
 *
 *   name ─▶ name_tidy ─ fits? else initials ─▶ letters, mark ─▶ paint ─▶ overlay
 */
#include <glib.h>
#include <math.h>
#include "postprocess/label.h"
#include "postprocess/letters.h"
#include "postprocess/name.h"
#include "postprocess/paint.h"

/* Sizes are those of a font, of which a capital letter has CAPITAL: the least is 14 px. */
enum { TEXT_MIN_PX = 20, TEXT_MAX_PX = 44, SIGNS_MIN = 5, LINE_CHARS = 128, WHITE = 0xffffff, LABEL_BOX = 0x0b0c0f, MUTED = 0xff6b5e };
/* Letters are that much of a tile's height, a box that much of theirs; a line above the picture is as large as in a tile of so much of it. */
static const double CAPITAL = 0.714, TEXT_SHARE = 0.05, BOX = 1.5, LINE_SHARE = 0.6;

static const unsigned palette[] = { 0x3f6fd8, 0xb4472f, 0x2c8a5b, 0x8a4fc0, 0xb07c16, 0x1f8a99, 0xb8437f, 0x5f7a24 };

static double text_px(int tile_h)
{
	return CLAMP(rint(tile_h * TEXT_SHARE), TEXT_MIN_PX, TEXT_MAX_PX);
}

static int box_height(double px)
{
	return (int)ceil(px * BOX / 2) * 2;
}

/** The baseline that puts capitals in the middle of h. */
static double baseline(double h, double px)
{
	return (h + CAPITAL * px) / 2;
}

/* ---- marks ---- */

/** A microphone in a box of size × size, crossed out. */
static void draw_microphone(cairo_t *cr, double x, double y, double size)
{
	double u = size / 16;

	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, u, u);
	paint_colour(cr, MUTED, 1);
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

/** A screen on its foot. */
static void draw_screen(cairo_t *cr, double x, double y, double size)
{
	double u = size / 16;

	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, u, u);
	paint_colour(cr, WHITE, 1);
	cairo_set_line_width(cr, 1.5);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
	cairo_rectangle(cr, 1.5, 2.5, 13, 8.8);
	cairo_stroke(cr);
	cairo_rectangle(cr, 5, 13, 6, 1.5);
	cairo_fill(cr);
	cairo_restore(cr);
}

static void (*const marks[])(cairo_t *cr, double x, double y, double size) = {
	[LABEL_PLAIN] = NULL,
	[LABEL_MUTED] = draw_microphone,
	[LABEL_SCREEN] = draw_screen,
};

/* ---- names ---- */

struct box {
	double px, pad, icon;      /* icon: with the space behind it */
	int room;                  /* for the letters */
};

static struct box box_of(enum label_mark mark, int tile_w, int tile_h)
{
	double px = text_px(tile_h);
	struct box b = { px, px * 0.5, marks[mark] ? px * 1.35 : 0, 0 };

	b.room = (int)floor(tile_w - 2 * b.pad - b.icon);
	return b;
}

static bool fits(const char *text, double px, double room)
{
	return letters_width(&(struct letters){ text, px, false }) <= room;
}

/** What of a name is shown in so much room: it, cut at its end if it must be; else its initials, or the first of them; else "". g_free(). */
static char *shown(const char *name, double px, double room)
{
	g_autofree char *text = name_tidy(name), *head = name_head(text, SIGNS_MIN), *least = g_strconcat(head, "…", NULL);
	g_autofree char *initials = name_initials(name), *first = name_head(initials, 1);

	if (fits(text, px, room) || fits(least, px, room))
		return g_steal_pointer(&text);
	if (fits(initials, px, room))
		return g_steal_pointer(&initials);
	return fits(first, px, room) ? g_steal_pointer(&first) : g_strdup("");
}

/** Mark and letters in their box. */
static struct overlay *boxed(const char *text, enum label_mark mark, const struct box *b)
{
	struct letters l = { text, b->px, false };
	double w = CLAMP(ceil(letters_width(&l)), 0, MAX(0, b->room));
	struct paint p;

	paint_begin(&p, (int)(w + 2 * b->pad + b->icon - (*text ? 0 : b->px * 0.35)), box_height(b->px));
	paint_rounded(&p, p.h * 0.3);
	paint_colour(p.cr, LABEL_BOX, 0.64);
	cairo_fill_preserve(p.cr);
	cairo_clip(p.cr);          /* piled-up accents and tall scripts end at the box */
	if (marks[mark])
		marks[mark](p.cr, b->pad * 0.9, (p.h - b->px) / 2, b->px);
	paint_colour(p.cr, WHITE, 1);
	if (*text)
		letters_draw(p.cr, &l, b->pad + b->icon, baseline(p.h, b->px), w + 1);
	return paint_end(&p);
}

struct overlay *label_name(const char *name, enum label_mark mark, int tile_w, int tile_h)
{
	struct box b = box_of(mark, tile_w, tile_h);
	g_autofree char *text = shown(name, b.px, b.room);
	struct paint p;

	if (*text || marks[mark])
		return boxed(text, mark, &b);
	paint_begin(&p, 2, 2);
	return paint_end(&p);
}

struct overlay *label_line(const char *text, int max_w, int canvas_h)
{
	g_autofree char *line = name_tidy_to(text, LINE_CHARS);
	struct box b = box_of(LABEL_PLAIN, max_w, (int)(canvas_h * LINE_SHARE));

	return boxed(line, LABEL_PLAIN, &b);
}

/** A circle with initials, above the middle so that the label stays clear of it; false where there is no room. */
static bool draw_circle(struct paint *p, const char *name, unsigned colour)
{
	g_autofree char *text = name_initials(name);
	double label_h = box_height(text_px(p->h)) + p->h / 20.0, r = MIN(p->w * 0.24, p->h * 0.24), px = r * 0.82, y = p->h / 2.0, w;

	if (p->h - label_h < y + r)
		y = (p->h - label_h) / 2;
	if (px < TEXT_MIN_PX || y < r)
		return false;
	cairo_arc(p->cr, p->w / 2.0, y, r, 0, 2 * M_PI);
	paint_colour(p->cr, colour, 1);
	cairo_fill_preserve(p->cr);
	cairo_clip(p->cr);
	w = letters_width(&(struct letters){ text, px, true });
	if (w > r * 1.7) {
		px *= r * 1.7 / w;
		w = r * 1.7;
	}
	paint_colour(p->cr, WHITE, 1);
	letters_draw(p->cr, &(struct letters){ text, px, true }, (p->w - w) / 2, y + CAPITAL * px / 2, w + 4);
	return true;
}

struct overlay *label_placeholder(const char *name, unsigned index, int tile_w, int tile_h)
{
	unsigned colour = palette[index % G_N_ELEMENTS(palette)];
	struct paint p;

	paint_begin(&p, tile_w, tile_h);
	paint_colour(p.cr, LABEL_TILE, 1);
	cairo_paint(p.cr);
	if (!draw_circle(&p, name, colour)) {
		paint_colour(p.cr, colour, 0.55);
		cairo_paint(p.cr);
	}
	return paint_end(&p);
}

/* ---- the rest ---- */

/** A text of several lines if it must, centred within max_w. */
static PangoLayout *paragraph(cairo_t *cr, const char *text, double px, int max_w)
{
	PangoLayout *l = letters_layout(cr, &(struct letters){ text, px, false });

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
	l = paragraph(p.cr, text, text_px(h), w - w / 10);
	pango_layout_get_pixel_size(l, NULL, &th);
	cairo_move_to(p.cr, w / 20, (h - th) / 2.0);
	paint_colour(p.cr, WHITE, 0.85);
	pango_cairo_show_layout(p.cr, l);
	g_object_unref(l);
	return paint_end(&p);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Round corners. Called by tile, on the composing thread. A corner is a small overlay, made once: background outside of the quarter circle, the line
 * on its inner side.
 *
 *	▒▒▒▒▄▄──   each pixel is looked at in 4 × 4 places: outside, on the line, inside
 *	▒▄▀░░░░
 */
#include <glib.h>
#include "postprocess/border.h"

enum { PLACES = 4, ALL = PLACES * PLACES };

struct border {
	int radius, line;
	struct yuv background, colour;
	struct overlay *corners[2][4];         /* [lit], left upper one first, then clockwise */
};

/** How many places of pixel x, y of a left upper corner lie outside of the circle, and on the line. */
static void count(const struct border *b, int x, int y, int *outside, int *on_line)
{
	*outside = *on_line = 0;
	for (int i = 0; i < ALL; i++) {
		double dx = b->radius - x - (i % PLACES + 0.5) / PLACES, dy = b->radius - y - (i / PLACES + 0.5) / PLACES, d = dx * dx + dy * dy;
		int inner = b->radius - b->line;

		if (d > b->radius * b->radius)
			(*outside)++;
		else if (d > inner * inner)
			(*on_line)++;
	}
}

/** Of `all` places; premultiplied, as overlays are. */
static uint8_t mix(int outside, int background, int on_line, int colour, int all)
{
	return (uint8_t)((outside * background + on_line * colour + all / 2) / all);
}

static void paint(const struct border *b, struct overlay *o, int corner, bool lit)
{
	for (int y = 0; y < o->h; y += 2)
		for (int x = 0; x < o->w; x += 2) {
			int out = 0, on = 0, half = (y / 2) * (o->w / 2) + x / 2;

			for (int i = 0; i < 4; i++) {
				int px = x + (i & 1), py = y + (i >> 1), at = py * o->w + px, outside, on_line;

				count(b, corner == 1 || corner == 2 ? o->w - 1 - px : px, corner >= 2 ? o->h - 1 - py : py, &outside, &on_line);
				on_line = lit ? on_line : 0;
				o->a[at] = mix(outside, 255, on_line, 255, ALL);
				o->y[at] = mix(outside, b->background.y, on_line, b->colour.y, ALL);
				out += outside;
				on += on_line;
			}
			o->ca[half] = mix(out, 255, on, 255, 4 * ALL);
			o->u[half] = mix(out, b->background.u, on, b->colour.u, 4 * ALL);
			o->v[half] = mix(out, b->background.v, on, b->colour.v, 4 * ALL);
		}
}

struct border *border_create(int radius, int line, unsigned background, unsigned colour)
{
	struct border *b = g_new0(struct border, 1);

	b->radius = radius;
	b->line = MIN(line, radius);
	b->background = colour_rgb(background);
	b->colour = colour_rgb(colour);
	for (int i = 0; radius > 0 && i < 8; i++) {
		b->corners[i / 4][i % 4] = overlay_create(radius, radius);
		paint(b, b->corners[i / 4][i % 4], i % 4, i / 4);
	}
	return b;
}

void border_unref(struct border **b)
{
	if (!*b)
		return;
	for (int i = 0; i < 8; i++)
		overlay_unref(&(*b)->corners[i / 4][i % 4]);
	g_clear_pointer(b, g_free);
}

static void draw_line(const struct border *b, struct canvas *c, struct rect r)
{
	int n = b->line, side = r.h - 2 * b->radius, top = r.w - 2 * b->radius;

	canvas_fill(c, (struct rect){ r.x + b->radius, r.y, top, n }, b->colour);
	canvas_fill(c, (struct rect){ r.x + b->radius, r.y + r.h - n, top, n }, b->colour);
	canvas_fill(c, (struct rect){ r.x, r.y + b->radius, n, side }, b->colour);
	canvas_fill(c, (struct rect){ r.x + r.w - n, r.y + b->radius, n, side }, b->colour);
}

void border_draw(const struct border *b, struct canvas *c, struct rect r, bool lit)
{
	int right = r.x + r.w - b->radius, low = r.y + r.h - b->radius;

	if (!b->radius || r.w < 2 * b->radius || r.h < 2 * b->radius)
		return;
	if (lit)
		draw_line(b, c, r);
	canvas_blend(c, b->corners[lit][0], r.x, r.y);
	canvas_blend(c, b->corners[lit][1], right, r.y);
	canvas_blend(c, b->corners[lit][2], right, low);
	canvas_blend(c, b->corners[lit][3], r.x, low);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines of text. Called by label and overlays, on the composing thread.
 *
 *   text ─▶ pango layout ─ glyphs unknown? ─▶ their characters become U+FFFD ─▶ again
 */
#include <glib.h>
#include <stdatomic.h>
#include "common/log.h"
#include "postprocess/letters.h"
#include "postprocess/name.h"

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

/* ---- fonts that are missing ---- */

static void warn_once(gunichar c)
{
	static atomic_flag warned = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&warned))
		log_warn("no font has U+%04X: names in its script are shown as boxes; install fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji", c);
}

/** Marks the bytes of `text` at which a sign begins that has no glyph. */
static void mark_unknown(PangoLayout *l, gboolean *unknown)
{
	PangoLayoutIter *i = pango_layout_get_iter(l);

	do {
		const PangoGlyphItem *run = pango_layout_iter_get_run_readonly(i);

		for (int k = 0; run && k < run->glyphs->num_glyphs; k++)
			if (run->glyphs->glyphs[k].glyph & PANGO_GLYPH_UNKNOWN_FLAG)
				unknown[run->item->offset + run->glyphs->log_clusters[k]] = TRUE;
	} while (pango_layout_iter_next_run(i));
	pango_layout_iter_free(i);
}

/** The text with one U+FFFD for each row of signs that no font has; g_free(). */
static char *without_unknown(PangoLayout *l, const char *text)
{
	g_autofree gboolean *unknown = g_new0(gboolean, strlen(text) + 1);
	GString *out = g_string_new(NULL);
	bool in_row = false;

	mark_unknown(l, unknown);
	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		if (!unknown[p - text])
			g_string_append_unichar(out, g_utf8_get_char(p));
		else if (!in_row)
			g_string_append(out, "\xef\xbf\xbd");
		if (unknown[p - text])
			warn_once(g_utf8_get_char(p));
		in_row = unknown[p - text];
	}
	return g_string_free(out, FALSE);
}

static void set_known_text(PangoLayout *l, const char *text)
{
	pango_layout_set_text(l, text, -1);
	if (pango_layout_get_unknown_glyphs_count(l)) {
		g_autofree char *known = without_unknown(l, text);

		pango_layout_set_text(l, known, -1);
	}
}

/* ---- lines ---- */

/** Hinting would depend on the machine's font configuration, and a language on its locale. */
static void set_context(PangoLayout *l, const char *text)
{
	PangoContext *context = pango_layout_get_context(l);
	cairo_font_options_t *o = cairo_font_options_create();

	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, o);
	pango_context_set_language(context, pango_language_from_string(name_language(text)));
	cairo_font_options_destroy(o);
}

PangoLayout *letters_layout(cairo_t *cr, const struct letters *l)
{
	PangoLayout *layout = pango_cairo_create_layout(cr);
	PangoFontDescription *font = pango_font_description_from_string(l->bold ? "Noto Sans Semi-Bold" : "Noto Sans Medium");

	set_context(layout, l->text);
	pango_font_description_set_absolute_size(font, l->px * PANGO_SCALE);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_single_paragraph_mode(layout, TRUE);
	set_known_text(layout, l->text);
	return layout;
}

double letters_width(const struct letters *l)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 2, 2);
	cairo_t *cr = cairo_create(surface);
	PangoLayout *layout = letters_layout(cr, l);
	PangoRectangle r;

	pango_layout_get_extents(layout, NULL, &r);
	g_object_unref(layout);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return (double)r.width / PANGO_SCALE;
}

void letters_draw(cairo_t *cr, const struct letters *l, double x, double y, double w)
{
	PangoLayout *layout = letters_layout(cr, l);

	pango_layout_set_width(layout, (int)(w * PANGO_SCALE));
	pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
	cairo_move_to(cr, x, y - (double)pango_layout_get_baseline(layout) / PANGO_SCALE);
	pango_cairo_show_layout(cr, layout);
	g_object_unref(layout);
}

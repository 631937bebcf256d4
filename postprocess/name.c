/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names as they may be shown. Called by label and letters.
 *
 *   bytes ─▶ valid UTF-8 ─▶ composed ─▶ keep(): a character at a time ─▶ one line
 */
#include <glib.h>
#include <pango/pango.h>
#include <stdbool.h>
#include <string.h>
#include "postprocess/name.h"

enum { NAME_CHARS = 64, NAME_BYTES = 4096, MARKS_MAX = 4 };
enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d, BLACK_FLAG = 0x1f3f4, TAG_FIRST = 0xe0020, TAG_LAST = 0xe007f };

/* ---- one line ---- */

static bool is_tag(gunichar c)
{
	return c >= TAG_FIRST && c <= TAG_LAST;
}

/** Letters that show nothing: a name made of them looks like none. */
static bool is_filler(gunichar c)
{
	return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800;
}

static bool is_blank(gunichar c)
{
	return g_unichar_isspace(c) || g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 || is_filler(c);
}

struct tidier {
	GString *out;
	int chars, marks;          /* kept; accents since the last letter */
	gunichar last;
	bool blank;                /* seen since */
};

/** Of what changes without showing: joiners are spelling, tags make the flags of Scotland and Wales, the rest is mischief or of no use. */
static bool keep(struct tidier *t, gunichar c)
{
	GUnicodeType type = g_unichar_type(c);

	if (type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK)
		return ++t->marks <= MARKS_MAX;
	t->marks = 0;
	if (type != G_UNICODE_FORMAT)
		return true;
	if (is_tag(c))
		return t->last == BLACK_FLAG || is_tag(t->last);
	return c == ZERO_WIDTH_JOINER || c == ZERO_WIDTH_NON_JOINER;
}

static void take(struct tidier *t, gunichar c)
{
	if (is_blank(c)) {
		t->blank = true;
		t->marks = 0;
		return;
	}
	if (!keep(t, c))
		return;
	if (t->blank && t->chars) {
		g_string_append_c(t->out, ' ');
		t->chars++;
	}
	t->blank = false;
	t->last = c;
	t->chars++;
	g_string_append_unichar(t->out, c);
}

char *name_tidy_to(const char *name, int chars)
{
	g_autofree char *valid = g_utf8_make_valid(name, (gssize)strnlen(name, NAME_BYTES)), *composed = g_utf8_normalize(valid, -1, G_NORMALIZE_DEFAULT_COMPOSE);
	struct tidier t = { .out = g_string_new(NULL) };

	for (const char *p = composed ? composed : valid; *p && t.chars + t.blank < chars; p = g_utf8_next_char(p))
		take(&t, g_utf8_get_char(p));
	return g_string_free(t.out, FALSE);
}

char *name_tidy(const char *name)
{
	return name_tidy_to(name, NAME_CHARS);
}

/* ---- signs ---- */

/** A consonant without its vowel, which joins the next one: क् ष → क्ष. Not in Tamil, where it stands alone. */
static bool joins_next(gunichar c)
{
	enum { VIRAMA = 9 };

	return g_unichar_combining_class(c) == VIRAMA && g_unichar_get_script(c) != G_UNICODE_SCRIPT_TAMIL;
}

/** Bytes of the first sign. */
static gsize sign_length(const char *text)
{
	const char *end = text;
	PangoLogAttr attrs[NAME_CHARS + 2];
	int chars = (int)MIN(g_utf8_strlen(text, -1), NAME_CHARS);

	if (!chars)
		return 0;
	pango_get_log_attrs(text, (int)(g_utf8_offset_to_pointer(text, chars) - text), 0, pango_language_from_string("en"), attrs, chars + 1);
	for (int i = 1; i <= chars; i++) {
		bool joined = joins_next(g_utf8_get_char(end));

		end = g_utf8_next_char(end);
		if (attrs[i].is_cursor_position && !joined)
			break;
	}
	return (gsize)(end - text);
}

char *name_head(const char *text, int n)
{
	const char *end = text;

	for (; n > 0 && *end; n--)
		end += sign_length(end);
	return g_strndup(text, (gsize)(end - text));
}

/* ---- initials ---- */

static bool script_in(gunichar c, const GUnicodeScript *scripts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (g_unichar_get_script(c) == scripts[i])
			return true;
	return false;
}

/** One sign is a word, or a syllable, and as wide as two letters. */
static bool is_wide(gunichar c)
{
	static const GUnicodeScript scripts[] = { G_UNICODE_SCRIPT_HAN, G_UNICODE_SCRIPT_HIRAGANA, G_UNICODE_SCRIPT_KATAKANA, G_UNICODE_SCRIPT_HANGUL,
						  G_UNICODE_SCRIPT_BOPOMOFO, G_UNICODE_SCRIPT_YI };

	return script_in(c, scripts, G_N_ELEMENTS(scripts));
}

/** Letters join; initials must not. */
static bool is_cursive(gunichar c)
{
	static const GUnicodeScript scripts[] = { G_UNICODE_SCRIPT_ARABIC, G_UNICODE_SCRIPT_SYRIAC, G_UNICODE_SCRIPT_NKO, G_UNICODE_SCRIPT_MANDAIC,
						  G_UNICODE_SCRIPT_MONGOLIAN, G_UNICODE_SCRIPT_ADLAM };

	return script_in(c, scripts, G_N_ELEMENTS(scripts));
}

/** What can stand for a name: not its brackets and dashes. */
static bool is_sign(gunichar c)
{
	GUnicodeType type = g_unichar_type(c);

	return g_unichar_isalnum(c) || type == G_UNICODE_OTHER_SYMBOL || type == G_UNICODE_UNASSIGNED;
}

static const char *first_sign(const char *text)
{
	for (const char *p = text; *p; p = g_utf8_next_char(p))
		if (is_sign(g_utf8_get_char(p)))
			return p;
	return text;
}

/** As at the beginning of a title: ß stays one letter, and Georgian, whatever GLib thinks, has no capitals there. */
static gunichar capital(gunichar c)
{
	return g_unichar_get_script(c) == G_UNICODE_SCRIPT_GEORGIAN ? c : g_unichar_totitle(c);
}


static void add_sign(GString *out, const char *p)
{
	gsize n = sign_length(p);
	const char *rest = n ? g_utf8_next_char(p) : p;

	if (!n)
		return;
	g_string_append_unichar(out, capital(g_utf8_get_char(p)));
	g_string_append_len(out, rest, (gssize)(p + n - rest));
}

char *name_initials(const char *name)
{
	g_autofree char *text = name_tidy(name);
	const char *first = first_sign(text), *last = strrchr(first, ' ');
	gunichar a = g_utf8_get_char(first), b = last ? g_utf8_get_char(last + 1) : 0;
	GString *out = g_string_new(NULL);

	add_sign(out, first);
	if (last && g_unichar_isalpha(a) && g_unichar_isalpha(b) && !is_wide(a) && !is_wide(b)) {
		if (is_cursive(a))
			g_string_append_unichar(out, ZERO_WIDTH_NON_JOINER);
		add_sign(out, last + 1);
	}
	return g_string_free(out, FALSE);
}

const char *name_language(const char *text)
{
	const char *language = "en";

	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		GUnicodeScript s = g_unichar_get_script(g_utf8_get_char(p));

		if (s == G_UNICODE_SCRIPT_HIRAGANA || s == G_UNICODE_SCRIPT_KATAKANA)
			return "ja";
		if (s == G_UNICODE_SCRIPT_HANGUL)
			return "ko";
		if (s == G_UNICODE_SCRIPT_HAN)
			language = "zh-cn";
	}
	return language;
}

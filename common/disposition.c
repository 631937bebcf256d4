/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Download names. Called by HTTP handlers and by what makes links to stores, on any thread; no state.
 */
#include "common/disposition.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include "common/uri.h"

enum { TITLE_MAX = 120 };   /* bytes of a title that go into a file name */

/* A control character ends a line, a format character may turn the rest around ("gnp.exe"), the others mean something to Windows, macOS or a shell. */
static bool harmful(gunichar c)
{
	return g_unichar_iscntrl(c) || g_unichar_type(c) == G_UNICODE_FORMAT || (c < 128 && strchr("/\\:*?\"<>|%;", (int)c));
}

static char *clean(const char *text, size_t max)
{
	char *valid = g_utf8_make_valid(text ? text : "", -1), *t;
	GString *s = g_string_new(NULL);

	for (const char *p = valid; *p && s->len + 4 <= max; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		g_string_append_unichar(s, harmful(c) ? ' ' : c);
	}
	g_free(valid);
	t = g_strchomp(g_string_free(s, FALSE));
	memmove(t, t + strspn(t, ". "), strlen(t + strspn(t, ". ")) + 1);    /* a leading dot hides a file */
	if (!*t) {
		g_free(t);
		t = g_strdup("recording");
	}
	return t;
}

static GTimeZone *zone_of(const char *zone)
{
	GTimeZone *tz = zone && *zone ? g_time_zone_new_identifier(zone) : NULL;

	return tz ? tz : g_time_zone_new_utc();
}

/* A colon is not allowed in names on Windows. */
static char *date_text(int64_t start_ms, const char *zone)
{
	GTimeZone *tz = zone_of(zone);
	GDateTime *utc = g_date_time_new_from_unix_utc(start_ms / 1000), *t = utc ? g_date_time_to_timezone(utc, tz) : NULL;
	char *text = t ? g_date_time_format(t, "%Y-%m-%d %H.%M") : g_strdup("");

	g_clear_pointer(&utc, g_date_time_unref);
	g_clear_pointer(&t, g_date_time_unref);
	g_time_zone_unref(tz);
	return text;
}

char *disposition_name(const char *title, int64_t start_ms, const char *zone, const char *ext)
{
	char *what = clean(title, TITLE_MAX), *when = date_text(start_ms, zone), *name = g_strdup_printf("%s %s%s", what, when, ext);

	g_free(what);
	g_free(when);
	return name;
}

char *disposition_value(const char *type, const char *file_name)
{
	char *name = clean(file_name, 4 * TITLE_MAX), *ascii = g_str_to_ascii(name, "C"), *encoded = uri_encode(name, ""), *value;

	for (char *p = ascii; *p; p++)
		if (*p == '"' || *p == '\\' || *p == '%' || g_ascii_iscntrl(*p))
			*p = '_';
	value = g_strdup_printf("%s; filename=\"%s\"; filename*=UTF-8''%s", type, ascii, encoded);
	g_free(name);
	g_free(ascii);
	g_free(encoded);
	return value;
}

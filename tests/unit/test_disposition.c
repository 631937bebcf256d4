/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/disposition.c"
#include "test.h"

enum { NOV_22 = 1795357800 };    /* 2026-11-22 14:30 UTC */

static const struct { const char *title, *ascii, *utf8; } names[] = {
	{ "Weekly", "Weekly 2026-11-22 14.30.webm", "Weekly%202026-11-22%2014.30.webm" },
	{ NULL, "recording 2026-11-22 14.30.webm", "recording%202026-11-22%2014.30.webm" },
	{ "", "recording 2026-11-22 14.30.webm", "recording%202026-11-22%2014.30.webm" },
	{ " . ", "recording 2026-11-22 14.30.webm", "recording%202026-11-22%2014.30.webm" },
	{ "../../etc/passwd", "etc passwd 2026-11-22 14.30.webm", NULL },
	{ "a\"b\r\nSet-Cookie: x", "a b  Set-Cookie  x 2026-11-22 14.30.webm", NULL },
	{ "Caf\xc3\xa9", NULL, "Caf%C3%A9%202026-11-22%2014.30.webm" },
	{ "\xe4\xbc\x9a\xe8\xae\xae", NULL, "%E4%BC%9A%E8%AE%AE%202026-11-22%2014.30.webm" },
	{ "bad \xff utf-8", NULL, "bad%20%EF%BF%BD%20utf-8%202026-11-22%2014.30.webm" },
	{ "right-to-left \xe2\x80\xaegnp", NULL, "right-to-left%20%20gnp%202026-11-22%2014.30.webm" },
};

static void test_disposition(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char *name = disposition_name(names[i].title, NOV_22 * INT64_C(1000), NULL, ".webm"), *out = disposition_value("attachment", name), want[512];

		CHECK(!strpbrk(out, "\r\n"));
		CHECK(g_str_is_ascii(out));
		snprintf(want, sizeof(want), "attachment; filename=\"%s\";", names[i].ascii);
		if (names[i].ascii && !g_str_has_prefix(out, want))
			TEST_FAIL("%s\nis not %s", out, want);
		snprintf(want, sizeof(want), "; filename*=UTF-8''%s", names[i].utf8);
		if (names[i].utf8 && !g_str_has_suffix(out, want))
			TEST_FAIL("%s\ndoes not end in %s", out, want);
		g_free(name);
		g_free(out);
	}
}

/* A long title is cut at a character, and the quoted name holds no quote. */
static void test_long_title(void)
{
	char title[4001], *name, *out, *end;

	for (int i = 0; i < 2000; i++)
		memcpy(title + 2 * i, "\xc3\xbc", 3);
	name = disposition_name(title, 0, "", ".webm");
	CHECK(strlen(name) < 160);
	out = disposition_value("attachment", name);
	CHECK(g_str_has_suffix(out, "%201970-01-01%2000.00.webm"));
	end = strstr(out, "%20");
	CHECK(end && g_str_has_prefix(end - 6, "%C3%BC"));
	g_free(name);
	g_free(out);
}

/* The room's clock, in winter and in summer; one that nobody knows is UTC. */
static void test_zone(void)
{
	static const struct { const char *zone; int64_t s; const char *name; } rows[] = {
		{ "Europe/Berlin", NOV_22, "A 2026-11-22 15.30.mp4" }, { "Europe/Berlin", NOV_22 - INT64_C(150) * 86400, "A 2026-06-25 16.30.mp4" },
		{ "Pacific/Auckland", NOV_22, "A 2026-11-23 03.30.mp4" }, { "No/Where", NOV_22, "A 2026-11-22 14.30.mp4" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *name = disposition_name("A", rows[i].s * 1000, rows[i].zone, ".mp4");

		CHECK_STR(name, rows[i].name);
		g_free(name);
	}
}

/* Whatever the name, the value is one line that a header may be. */
static void test_any_name(void)
{
	for (int c = 1; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b', '"', '\n', '\0' }, *out = disposition_value("inline", name), *quote;

		CHECK(g_str_has_prefix(out, "inline; filename=\"a"));
		CHECK(g_str_is_ascii(out) && !strpbrk(out, "\r\n\t\\"));
		quote = strchr(strchr(out, '"') + 1, '"');
		CHECK(g_str_has_prefix(quote, "\"; filename*=UTF-8''") && !strchr(quote + 1, '"'));
		g_free(out);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_disposition), TEST(test_long_title), TEST(test_zone), TEST(test_any_name) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

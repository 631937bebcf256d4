/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "postprocess/text.c"
#include "test.h"

enum { NOV_22 = 1795357800 };    /* 2026-11-22 14:30 UTC */

static void test_duration(void)
{
	char t[TEXT_SIZE];

	CHECK_STR(text_duration(t, 0), "0:00");
	CHECK_STR(text_duration(t, 499), "0:00");
	CHECK_STR(text_duration(t, 61500), "1:02");
	CHECK_STR(text_duration(t, 3605000), "1:00:05");
	CHECK_STR(text_duration(t, 360000000), "100:00:00");
}

static void test_bytes(void)
{
	char t[TEXT_SIZE];

	CHECK_STR(text_bytes(t, 0), "0 B");
	CHECK_STR(text_bytes(t, 999), "999 B");
	CHECK_STR(text_bytes(t, 1000), "1.0 kB");
	CHECK_STR(text_bytes(t, 12345678), "12.3 MB");
	CHECK_STR(text_bytes(t, INT64_MAX), "9223.4 PB");
}

static void test_time(void)
{
	char t[TEXT_SIZE];

	CHECK_STR(text_time(t, NOV_22 * INT64_C(1000)), "2026-11-22 14:30");
	CHECK_STR(text_time(t, 0), "1970-01-01 00:00");
}

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
		char out[DISPOSITION_SIZE], want[DISPOSITION_SIZE];

		text_disposition(out, names[i].title, NOV_22 * INT64_C(1000), ".webm");
		CHECK(!strpbrk(out, "\r\n"));
		CHECK(g_str_is_ascii(out));
		snprintf(want, sizeof(want), "attachment; filename=\"%s\";", names[i].ascii);
		if (names[i].ascii && !g_str_has_prefix(out, want))
			TEST_FAIL("%s\nis not %s", out, want);
		snprintf(want, sizeof(want), "; filename*=UTF-8''%s", names[i].utf8);
		if (names[i].utf8 && !g_str_has_suffix(out, want))
			TEST_FAIL("%s\ndoes not end in %s", out, want);
	}
}

/* A long title is cut at a character, and the quoted name holds no quote. */
static void test_long_title(void)
{
	char title[4001], out[DISPOSITION_SIZE], *end;

	for (int i = 0; i < 2000; i++)
		memcpy(title + 2 * i, "\xc3\xbc", 3);
	text_disposition(out, title, 0, ".webm");
	CHECK(strlen(out) < DISPOSITION_SIZE - 1);
	CHECK(g_str_has_suffix(out, "%201970-01-01%2000.00.webm"));
	end = strstr(out, "%20");
	CHECK(end && g_str_has_prefix(end - 6, "%C3%BC"));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_duration), TEST(test_bytes), TEST(test_time), TEST(test_disposition), TEST(test_long_title) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names: what controls something is gone, what spells something stays, initials of any script, and nothing however long or broken that does harm.
 */
#include <glib.h>
#include "tests/unit/test.h"
#include "postprocess/name.c"

static void test_tidy(void)
{
	static const struct { const char *name, *tidy; } rows[] = {
		{ "Ann", "Ann" }, { "  Ann \t\n  Lee ", "Ann Lee" }, { "", "" }, { " \u200b\u2060\ufeff ", "" }, { "a\x01" "b\x7f" "c", "a b c" },
		/* directions are the letters' own */
		{ "\u202eevil\u202c", "evil" }, { "\u2067x\u2069", "x" }, { "דנה\u200f (דן)", "דנה (דן)" },
		/* joiners are spelling in Persian, Hindi and emoji; tags are the flag of Scotland; alone they are nothing */
		{ "می\u200cخواهم", "می\u200cخواهم" }, { "क्\u200dष", "क्\u200dष" }, { "👩‍💻 Ada", "👩‍💻 Ada" },
		{ "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f" },
		{ "a\U000e0067\U000e0062", "a" },
		/* composed; four marks are more than any spelling needs */
		{ "e\u0301", "é" }, { "x\u0303\u0303\u0303\u0303\u0303\u0303\u0303y", "x\u0303\u0303\u0303\u0303y" }, { "\u3164\u3164", "" },
		{ "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" }, { "a\u2028b", "a b" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = name_tidy(rows[i].name);

		if (strcmp(got, rows[i].tidy))
			TEST_FAIL("row %zu, \"%s\": \"%s\", expected \"%s\"", i, rows[i].name, got, rows[i].tidy);
	}
}

static void test_initials(void)
{
	static const struct { const char *name, *initials; } rows[] = {
		{ "Ann", "A" }, { "ann müller", "AM" }, { "Jean-Luc de la Tour", "JT" }, { "", "" }, { "   ", "" }, { "user3", "U" }, { "Bob 2", "B" },
		{ "(Bob) Smith", "BS" }, { "Ann (guest)", "A" }, { "ß ä", "ßÄ" }, { "🦊 Foxy", "🦊" }, { "👩‍👩‍👧 family", "👩‍👩‍👧" }, { "é́lan", "É́" }, { "\x01\x02x", "X" },
		{ "\xff", "\xef\xbf\xbd" }, { "— …", "—" }, { "🇩🇪 Team", "🇩🇪" }, { "7 of 9", "7" }, { "Dana 山田", "D" },
		{ "Олександр Шевченко", "ОШ" }, { "Γιώργος Παπαδόπουλος", "ΓΠ" }, { "山田太郎", "山" }, { "山田 太郎", "山" }, { "やまだ たろう", "や" }, { "김민준", "김" },
		{ "محمد علي", "م\u200cع" }, { "דנה כהן", "דכ" }, { "अनिता शर्मा", "अश" }, { "क्षितिज", "क्षि" }, { "স্নিগ্ধা রায়", "স্নিরা" }, { "ตุ๊กตา", "ตุ๊" },
		{ "გიორგი მაისურაძე", "გმ" }, { "Արամ Խաչատրյան", "ԱԽ" }, { "አበበ ቢቂላ", "አቢ" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = name_initials(rows[i].name);

		if (strcmp(got, rows[i].initials))
			TEST_FAIL("row %zu, \"%s\": \"%s\", expected \"%s\"", i, rows[i].name, got, rows[i].initials);
	}
}

static void test_head(void)
{
	static const struct { const char *text; int n; const char *head; } rows[] = {
		{ "Ann", 2, "An" }, { "Ann", 9, "Ann" }, { "", 3, "" }, { "é́lan", 1, "é́" }, { "👩‍👩‍👧🇩🇪x", 2, "👩‍👩‍👧🇩🇪" }, { "ตุ๊กตา", 2, "ตุ๊ก" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = name_head(rows[i].text, rows[i].n);

		if (strcmp(got, rows[i].head))
			TEST_FAIL("row %zu: \"%s\"", i, got);
	}
}

static void test_language(void)
{
	CHECK_STR(name_language("Ann"), "en");
	CHECK_STR(name_language("李小龍"), "zh-cn");
	CHECK_STR(name_language("山田 たろう"), "ja");
	CHECK_STR(name_language("金 민준"), "ko");
	CHECK_STR(name_language(""), "en");
}

/** A megabyte of anything is a line of at most 64 characters, at once. */
static void test_absurd(void)
{
	static const char *const pieces[] = { "x", "\u0301", "\u202e", "👩‍", "\xc3", " ", "𒐫", "\u0e49", "ﷺ", "\U000e0067" };
	unsigned seed = (unsigned)g_random_int();

	printf("seed %u\n", seed);
	for (size_t i = 0; i < 3 * G_N_ELEMENTS(pieces); i++) {
		GString *name = g_string_new(NULL);
		GRand *random = g_rand_new_with_seed(seed + (unsigned)i);
		g_autofree char *tidy = NULL, *initials = NULL;

		while (name->len < 1 << 20)
			g_string_append(name, pieces[i < G_N_ELEMENTS(pieces) ? i : (size_t)g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
		tidy = name_tidy(name->str);
		initials = name_initials(name->str);
		CHECK(g_utf8_validate(tidy, -1, NULL) && g_utf8_validate(initials, -1, NULL));
		CHECK(g_utf8_strlen(tidy, -1) <= NAME_CHARS && strlen(initials) <= strlen(tidy) + 8);
		g_rand_free(random);
		g_string_free(name, TRUE);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_tidy), TEST(test_initials), TEST(test_head), TEST(test_language), TEST(test_absurd) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

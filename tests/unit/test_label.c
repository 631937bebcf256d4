/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Labels: every script has its glyphs, boxes fit their tiles, letters are large enough, and no name breaks anything.
 */
#include "tests/unit/test.h"
#include "postprocess/label.c"

static const struct { const char *script, *name; } people[] = {
	{ "Latin", "Zoë Müller-Ångström" }, { "Vietnamese", "Nguyễn Thị Hồng Hạnh" }, { "Cyrillic", "Олександр Шевченко" }, { "Greek", "Γιώργος Παπαδόπουλος" },
	{ "Arabic", "محمد عبد الله" }, { "Persian", "می‌خواهم زهرا" }, { "Hebrew", "דנה כהן" }, { "Devanagari", "अनिता क्षत्रिय" }, { "Bengali", "স্নিগ্ধা রায়" },
	{ "Tamil", "கார்த்திக் ராஜா" }, { "Telugu", "శ్రీనివాస్" }, { "Thai", "ตุ๊กตา สมบูรณ์" }, { "Chinese", "李小龙 王芳" }, { "Chinese, traditional", "陳龍 張學友" },
	{ "Japanese", "山田 たろう ゲーム" }, { "Korean", "김민준" }, { "Georgian", "გიორგი მაისურაძე" }, { "Armenian", "Արամ Խաչատրյան" }, { "Ethiopic", "አበበ ቢቂላ" },
	{ "Khmer", "សុខា ចាន់" }, { "Sinhala", "නිමල් පෙරේරා" }, { "Burmese", "အောင်ဆန်း" }, { "Tibetan", "བསྟན་འཛིན" }, { "emoji", "👩‍💻 Ada 🇺🇦 👍🏽 ❤️" },
	{ "mixed", "Dana דנה (QA) ☎ 山田" },
};

static int unknown(const char *text)
{
	struct paint p;
	PangoLayout *l;
	int n;

	paint_begin(&p, 2, 2);
	l = pango_cairo_create_layout(p.cr);
	g_object_unref(l);
	l = letters_layout(p.cr, &(struct letters){ text, 20, false });
	n = pango_layout_get_unknown_glyphs_count(l) + (strstr(pango_layout_get_text(l), "\xef\xbf\xbd") != NULL);
	g_object_unref(l);
	cairo_destroy(p.cr);
	cairo_surface_destroy(p.surface);
	return n;
}

static void test_scripts(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(people); i++) {
		g_autofree char *name = name_tidy(people[i].name), *initials = name_initials(people[i].name);

		if (unknown(name) || unknown(initials))
			TEST_FAIL("%s: %d glyphs of \"%s\", %d of \"%s\" are in no font (are fonts-noto-core, -cjk and -color-emoji installed?)", people[i].script,
				  unknown(name), name, unknown(initials), initials);
	}
}

/** What no font has is one replacement character, never a box with digits. */
static void test_without_glyphs(void)
{
	struct paint p;
	PangoLayout *l;

	paint_begin(&p, 2, 2);
	l = letters_layout(p.cr, &(struct letters){ "a\U0010fffd\U0010fffe\U000f1234 b", 20, false });
	CHECK_STR(pango_layout_get_text(l), "a\xef\xbf\xbd b");
	CHECK_INT(pango_layout_get_unknown_glyphs_count(l), 0);
	g_object_unref(l);
	cairo_destroy(p.cr);
	cairo_surface_destroy(p.surface);
}

static const char *const odd[] = {
	"", "A name that goes on and on and on and on and on and on and on and on", "a\nb\tc", "\u202eevil", "Z\u0363\u0363\u0363\u0363\u0363\u0363\u0363\u0363algo", "\xff\xfe",
	"WWWWWWWWWWWWWWWWWWWW", "ﷺﷺﷺﷺ", "\u0301\u0301\u0301",
};

static const char *name_at(size_t i)
{
	return i < G_N_ELEMENTS(odd) ? odd[i] : people[i - G_N_ELEMENTS(odd)].name;
}

static void test_names_fit(void)
{
	static const int tiles[][2] = { { 1280, 720 }, { 418, 234 }, { 160, 90 }, { 85, 47 }, { 64, 48 }, { 30, 20 } };

	for (size_t i = 0; i < G_N_ELEMENTS(odd) + G_N_ELEMENTS(people); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(tiles); k++)
			for (enum label_mark mark = LABEL_PLAIN; mark <= LABEL_SCREEN; mark++) {
				struct overlay *o = label_name(name_at(i), mark, tiles[k][0], tiles[k][1]);

				CHECK(o->w >= 2 && o->h >= 2 && !((o->w | o->h) & 1) && o->h <= TEXT_MAX_PX * 2);
				if (tiles[k][0] >= 64 && o->w > tiles[k][0])
					TEST_FAIL("\"%s\" is %d wide in %d", name_at(i), o->w, tiles[k][0]);
				overlay_unref(&o);
			}
}

/** Rows with something bright in it: how high the letters are. */
static int letter_height(const struct overlay *o)
{
	int n = 0;

	for (int y = 0; y < o->h; y++) {
		bool bright = false;

		for (int x = 0; x < o->w; x++)
			bright |= o->y[y * o->w + x] > 120;
		n += bright;
	}
	return n;
}

/** A capital is 14 px high in the smallest tile of the smallest picture; in larger ones, larger. */
static void test_letter_height(void)
{
	static const struct { int w, h, least; } tiles[] = { { 85, 47, 14 }, { 160, 90, 14 }, { 418, 234, 14 }, { 630, 354, 14 }, { 1280, 540, 19 } };

	for (size_t i = 0; i < G_N_ELEMENTS(tiles); i++) {
		struct overlay *o = label_name("H", LABEL_PLAIN, tiles[i].w, tiles[i].h);

		CHECK(letter_height(o) >= tiles[i].least);
		CHECK(o->h <= tiles[i].h * 3 / 4);
		overlay_unref(&o);
	}
}

static void test_shown(void)
{
	static const struct { const char *name; int room; const char *shown; } rows[] = {
		{ "Ann", 200, "Ann" }, { "Alexandra Konstantinopoulou", 100, "Alexandra Konstantinopoulou" }, { "Alexandra Konstantinopoulou", 60, "AK" }, { "Alexandra Konstantinopoulou", 20, "A" }, { "கார்த்திக் ராஜா", 40, "கா" },
		{ "Alexandra Konstantinopoulou", 10, "" }, { "Al", 30, "Al" }, { "محمد عبد الله", 30, "م\u200cا" }, { "", 100, "" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = shown(rows[i].name, TEXT_MIN_PX, rows[i].room);

		if (strcmp(got, rows[i].shown))
			TEST_FAIL("row %zu: \"%s\"", i, got);
	}
}

static int bright(const struct overlay *o, int from, int to)
{
	int n = 0;

	for (int i = 0; i < o->w * o->h; i++)
		n += i % o->w >= from && i % o->w < to && o->y[i] > 120;
	return n;
}

/** Cut at the end of the line: Latin's dots are right, Arabic's left; both begin with letters at the other edge. */
static void test_ellipsis(void)
{
	static const char *const names[] = { "HHHHHHHHHHHHHHHHHHHHHHHHHHHH", "שששששששששששששששששששששששששששש" };

	for (int i = 0; i < 2; i++) {
		struct overlay *o = label_name(names[i], LABEL_PLAIN, 200, 100);
		int pad = TEXT_MIN_PX / 2, left = bright(o, pad, pad + 16), right = bright(o, o->w - pad - 16, o->w - pad);

		CHECK(o->w <= 200 && o->w > 180);
		CHECK(i ? left * 3 < right : right * 3 < left);
		overlay_unref(&o);
	}
}

/** Somewhere in the label there is text: bright and opaque. */
static void test_visible(void)
{
	struct overlay *o = label_name("Ann", LABEL_PLAIN, 320, 180), *p = label_placeholder("Ann", 2, 320, 180);

	CHECK(bright(o, 0, o->w) > 40);
	CHECK_INT(p->a[0], 255);
	CHECK_INT(p->y[0], colour_rgb(LABEL_TILE).y);
	CHECK(bright(p, 0, p->w) > 100);
	overlay_unref(&o);
	overlay_unref(&p);
}

/** The circle stays clear of the label, and where there is no room for both, the tile has the colour. */
static void test_placeholder(void)
{
	static const struct { int w, h; bool circle; } rows[] = { { 1280, 720, true }, { 418, 234, true }, { 160, 120, true }, { 85, 47, false }, { 40, 400, false } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct overlay *o = label_placeholder("Ann", 0, rows[i].w, rows[i].h);

		CHECK_INT(o->y[0] == colour_rgb(LABEL_TILE).y, rows[i].circle);
		CHECK_INT(o->w, rows[i].w & ~1);
		overlay_unref(&o);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_scripts), TEST(test_without_glyphs), TEST(test_names_fit), TEST(test_letter_height), TEST(test_shown), TEST(test_ellipsis),
		TEST(test_visible), TEST(test_placeholder),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

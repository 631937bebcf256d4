/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Labels: initials of any name, boxes that fit their tiles, letters large enough, and no name that breaks anything.
 */
#include "tests/unit/test.h"
#include "postprocess/label.c"

static void test_initials(void)
{
	static const struct { const char *name, *initials; } rows[] = {
		{ "Ann", "A" }, { "ann müller", "AM" }, { "Jean-Luc de la Tour", "JT" }, { "山田太郎", "山" }, { "محمد علي", "مع" }, { "", "" }, { "   ", "" },
		{ "🦊 Foxy", "🦊" }, { "👩‍👩‍👧 family", "👩‍👩‍👧" }, { "é́lan", "É́" }, { "user3", "U" }, { "Bob 2", "B" }, { "\x01\x02x", "X" }, { "\xff", "\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = label_initials(rows[i].name);

		if (strcmp(got, rows[i].initials))
			TEST_FAIL("row %zu, \"%s\": \"%s\"", i, rows[i].name, got);
	}
}

static void test_names_fit(void)
{
	static const char *const names[] = { "Ann", "", "A name that goes on and on and on and on and on and on and on and on", "a\nb\tc", "\u202eevil", "山田" };
	static const int tiles[][2] = { { 1280, 720 }, { 160, 90 }, { 64, 48 }, { 30, 20 } };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(tiles); k++)
			for (int muted = 0; muted < 2; muted++) {
				struct overlay *o = label_name(names[i], muted, tiles[k][0], tiles[k][1]);

				CHECK(o->w >= 2 && o->h >= TEXT_MIN_PX && !((o->w | o->h) & 1));
				if (tiles[k][0] >= 64 && o->w > tiles[k][0])
					TEST_FAIL("\"%s\" is %d wide in %d", names[i], o->w, tiles[k][0]);
				overlay_unref(&o);
			}
}

/** Somewhere in the label there is text: bright and opaque. */
static void test_visible(void)
{
	struct overlay *o = label_name("Ann", false, 320, 180), *p = label_placeholder("Ann", 2, 320, 180);
	int bright = 0;

	for (int i = 0; i < o->w * o->h; i++)
		bright += o->y[i] > 150;
	CHECK(bright > 20);
	CHECK_INT(p->a[0], 255);
	CHECK_INT(p->y[0], colour_rgb(LABEL_TILE).y);
	bright = 0;
	for (int i = 0; i < p->w * p->h; i++)
		bright += p->y[i] > 220;
	CHECK(bright > 100);
	overlay_unref(&o);
	overlay_unref(&p);
}

static void test_corners(void)
{
	for (int i = 0; i < 4; i++) {
		struct overlay *o = label_corner(i, 8);
		int outer = (i >= 2 ? 7 : 0) * 8 + (i == 1 || i == 2 ? 7 : 0), inner = 63 - outer;

		CHECK(o->a[outer] > 200);
		CHECK_INT(o->a[inner], 0);
		overlay_unref(&o);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_initials), TEST(test_names_fit), TEST(test_visible), TEST(test_corners) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who speaks when, as WebVTT: cues and their order, names of any bytes, small breaks.
 */
#include "tests/unit/people.h"
#include "tests/unit/test.h"
#include "postprocess/captions.c"
#include "postprocess/turns.c"
#include "postprocess/vtt.c"

static void check_text(const struct people_row *rows, int64_t duration_ms, const char *want)
{
	struct people x;
	g_autofree char *text = NULL;

	people_init(&x, rows);
	text = captions_text(&x.m, duration_ms);
	CHECK_STR(text, want);
}

static void test_cues(void)
{
	static const struct people_row rows[] = {
		{ .name = "Ann", .talking = { { 1000, 4000 }, { 3600500, 3605000 } } }, { .name = "Bob", .talking = { { 500, 2000 }, { 1000000, OPEN_MS } } }, { 0 }
	};

	check_text(rows, 3604000, "WEBVTT\n"
		   "\n00:00:00.500 --> 00:00:02.000\n<v Bob>Bob</v>\n"
		   "\n00:00:01.000 --> 00:00:04.000\n<v Ann>Ann</v>\n"
		   "\n00:16:40.000 --> 01:00:04.000\n<v Bob>Bob</v>\n"
		   "\n01:00:00.500 --> 01:00:04.000\n<v Ann>Ann</v>\n");
}

static void test_breaks(void)
{
	static const struct people_row rows[] = {
		{ .name = "Ann", .talking = { { 1000, 2000 }, { 3500, 4000 }, { 5501, 5900 }, { 8000, 8400 }, { 20000, 20100 } } }, { 0 }
	};

	check_text(rows, 60000, "WEBVTT\n"
		   "\n00:00:01.000 --> 00:00:04.000\n<v Ann>Ann</v>\n"
		   "\n00:00:08.000 --> 00:00:08.400\n<v Ann>Ann</v>\n");
}

static void test_names(void)
{
	static const struct people_row rows[] = {
		{ .name = " <b>A & B</b>\n--> ", .talking = { { 0, 1000 } } }, { .name = "عمر\xff", .talking = { { 2000, 3000 } } }, { .name = "👩‍🚀 \t x", .talking = { { 4000, 5000 } } },
		{ 0 }
	};

	check_text(rows, 5000, "WEBVTT\n"
		   "\n00:00:00.000 --> 00:00:01.000\n<v &lt;b&gt;A &amp; B&lt;/b&gt; --&gt;>&lt;b&gt;A &amp; B&lt;/b&gt; --&gt;</v>\n"
		   "\n00:00:02.000 --> 00:00:03.000\n<v عمر\xef\xbf\xbd>عمر\xef\xbf\xbd</v>\n"
		   "\n00:00:04.000 --> 00:00:05.000\n<v 👩‍🚀   x>👩‍🚀   x</v>\n");
}

static void test_nobody(void)
{
	static const struct people_row nobody[] = { { 0 } }, silent[] = { { .name = "Ann" }, { 0 } }, late[] = { { .name = "Ann", .talking = { { 9000, 9500 } } }, { 0 } };

	check_text(nobody, 5000, "WEBVTT\n");
	check_text(silent, 0, "WEBVTT\n");
	check_text(late, 5000, "WEBVTT\n");
}

/** A screen that is muted is not shared. */
static void test_sharing(void)
{
	static const struct people_row rows[] = { { .name = "Ann", .screen = { { 1000, 9000 }, { 9500, OPEN_MS } } }, { 0 } };
	static struct span muted[] = { { 500, 2000 }, { 4000, 6000 }, { 30000, OPEN_MS } };
	static const struct { int64_t from_ms, to_ms; } want[] = { { 2000, 4000 }, { 6000, 30000 } };
	struct turns_conf conf = { .end_ms = 40000, .join_ms = 1000 };
	struct people x;
	GArray *turns;

	people_init(&x, rows);
	x.screens[0].muted = muted;
	x.screens[0].nmuted = G_N_ELEMENTS(muted);
	turns = turns_sharing(&x.m, &conf);
	CHECK_INT(turns->len, G_N_ELEMENTS(want));
	for (guint i = 0; i < turns->len; i++) {
		CHECK_INT(g_array_index(turns, struct turn, i).from_ms, want[i].from_ms);
		CHECK_INT(g_array_index(turns, struct turn, i).to_ms, want[i].to_ms);
	}
	CHECK_INT(turns_within(turns, NULL, 3000, 7000), 2000);
	CHECK_INT(turns_within(turns, &x.p[1], 3000, 7000), 0);
	g_array_unref(turns);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_cues), TEST(test_breaks), TEST(test_names), TEST(test_nobody), TEST(test_sharing) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chapters, as a table: people and what they do, and what somebody who looks for a place in the recording would want to read.
 */
#include "tests/unit/people.h"
#include "tests/unit/test.h"
#include "postprocess/chapters.c"

enum { S = 1000, MIN_MS = 60 * S };

struct row {
	const char *name;
	int64_t duration_ms;
	struct people_row people[PEOPLE + 1];
	struct model_pause pauses[3];
	const char *want;          /* "seconds title|…" */
};

static const struct row rows[] = {
	{ "nothing", 0, { { 0 } }, { { 0 } }, "" },
	{ "nobody speaks", 30 * S, { { .name = "Ann" } }, { { 0 } }, "0 Recording" },
	{ "a conversation", 90 * S, { { .name = "Ann", .talking = { { 0, 30 * S } } }, { .name = "Bob", .talking = { { 30 * S, 80 * S } } } }, { { 0 } }, "0 Bob and Ann" },
	{ "four of them", 100 * S,
	  { { .name = "Ann", .talking = { { 0, 30 * S } } }, { .name = "Bob", .talking = { { 30 * S, 50 * S } } }, { .name = "Cleo", .talking = { { 50 * S, 75 * S } } },
	    { .name = "Dan", .talking = { { 80 * S, 95 * S } } } }, { { 0 } }, "0 Ann, Cleo, Bob and others" },
	{ "a word from somebody is not worth a name", 100 * S,
	  { { .name = "Ann", .talking = { { 0, 40 * S } } }, { .name = "Bob", .talking = { { 45 * S, 80 * S } } }, { .name = "Cleo", .talking = { { 42 * S, 44 * S } } } },
	  { { 0 } }, "0 Ann and Bob" },
	{ "a speech", 5 * MIN_MS,
	  { { .name = "Ann", .talking = { { 0, 20 * S }, { 50 * S, 55 * S } } }, { .name = "Bob", .talking = { { 25 * S, 40 * S }, { 60 * S, 120 * S }, { 125 * S, 240 * S } } },
	    { .name = "Cleo", .talking = { { 130 * S, 140 * S }, { 250 * S, 290 * S } } } }, { { 0 } }, "0 Ann and Bob|60 Bob speaks|240 Cleo" },
	{ "not a speech: others speak as much", 5 * MIN_MS,
	  { { .name = "Ann", .talking = { { 0, 200 * S } } }, { .name = "Bob", .talking = { { 30 * S, 100 * S }, { 120 * S, 200 * S } } } }, { { 0 } }, "0 Ann and Bob" },
	{ "a screen", 3 * MIN_MS,
	  { { .name = "Ann", .talking = { { 0, 170 * S } }, .screen = { { 40 * S, 100 * S }, { 104 * S, 120 * S } } }, { .name = "Bob", .screen = { { 150 * S, 155 * S } } } },
	  { { 0 } }, "0 Ann|40 Ann shares a screen|120 Ann" },
	{ "two screens at once", 3 * MIN_MS,
	  { { .name = "Ann", .screen = { { 20 * S, 120 * S } } }, { .name = "Bob", .screen = { { 60 * S, 90 * S } } } },
	  { { 0 } }, "0 Beginning|20 Ann shares a screen|60 Bob shares a screen|90 Ann shares a screen|120 After the screen" },
	{ "a screen to the end", 2 * MIN_MS, { { .name = "Ann", .screen = { { 0, OPEN_MS } } } }, { { 0 } }, "0 Ann shares a screen" },
	{ "a pause", 3 * MIN_MS, { { .name = "Ann", .talking = { { 0, 50 * S }, { 100 * S, 130 * S } } } }, { { 70 * S, 300 * S }, { 0, 0 } },
	  "0 Ann|70 Ann (after a pause of 5 min)" },
	{ "a pause in a screen", 3 * MIN_MS, { { .name = "Ann", .screen = { { 0, OPEN_MS } } } }, { { 70 * S, 45 * S } },
	  "0 Ann shares a screen|70 Ann shares a screen (after a pause of 45 s)" },
	{ "a pause that never ended", MIN_MS, { { .name = "Ann" } }, { { 50 * S, -12345 } }, "0 Recording" },
};

static void test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) got = g_string_new(NULL);
		struct people x;
		GPtrArray *chapters;
		int64_t at_ms = 0;

		people_init(&x, rows[i].people);
		x.m.pauses = (struct model_pause *)(uintptr_t)rows[i].pauses;
		x.m.npauses = rows[i].pauses[0].length_ms != 0;
		chapters = chapters_create(&x.m, rows[i].duration_ms);
		for (guint k = 0; k < chapters->len; k++) {
			const struct chapter *c = chapters->pdata[k];

			CHECK_INT(c->from_ms, at_ms);
			at_ms = c->to_ms;
			g_string_append_printf(got, "%s%d %s", k ? "|" : "", (int)(c->from_ms / S), c->title);
		}
		CHECK_INT(at_ms, rows[i].duration_ms);
		if (strcmp(got->str, rows[i].want))
			TEST_FAIL("%s: \"%s\", expected \"%s\"", rows[i].name, got->str, rows[i].want);
		g_ptr_array_unref(chapters);
	}
}

static void test_text(void)
{
	static const struct people_row people[] = { { .name = "A<b>", .talking = { { 0, 30 * S } }, .screen = { { 30 * S, OPEN_MS } } }, { 0 } };
	struct people x;
	GPtrArray *chapters;
	g_autofree char *text = NULL;

	people_init(&x, people);
	chapters = chapters_create(&x.m, 3700500);
	text = chapters_text(chapters);
	CHECK_STR(text, "WEBVTT\n\n00:00:00.000 --> 00:00:30.000\nA&lt;b&gt;\n\n00:00:30.000 --> 01:01:40.500\nA&lt;b&gt; shares a screen\n");
	g_ptr_array_unref(chapters);
}

/** Five hours in which people share every half minute, and one pause after the other: as many chapters as one looks through. */
static void test_many(void)
{
	enum { N = 600 };
	static const struct people_row people[] = { { .name = "Ann" }, { 0 } };
	struct model_segment *segments = g_new0(struct model_segment, N), **in_order = g_new0(struct model_segment *, N);
	struct model_pause *pauses = g_new0(struct model_pause, N);
	struct people x;
	GPtrArray *chapters;

	people_init(&x, people);
	for (int i = 0; i < N; i++) {
		segments[i].from_ms = i * 30 * S;
		segments[i].end_ms = i * 30 * S + 15 * S;
		in_order[i] = &segments[i];
		pauses[i] = (struct model_pause){ i * 30 * S + 20 * S, 5 * S };
	}
	x.screens[0].segments = in_order;
	x.screens[0].nsegments = N;
	chapters = chapters_create(&x.m, 5LL * 3600 * S);
	CHECK(chapters->len >= 1 && chapters->len <= MOST);
	g_ptr_array_unref(chapters);
	x.m.pauses = pauses;
	x.m.npauses = N;
	chapters = chapters_create(&x.m, 5LL * 3600 * S);
	CHECK(chapters->len >= 1 && chapters->len <= MOST);
	g_ptr_array_unref(chapters);
	g_free(segments);
	g_free(in_order);
	g_free(pauses);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_rows), TEST(test_text), TEST(test_many) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

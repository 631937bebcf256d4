/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is given up when the disk does not take it: tables of what waits and what is left.
 */
#include "plugins/backlog.c"

#include "test.h"

#define S 1000000

enum { BUDGET = 10 * S };

/* What waits, oldest first: v or a, segment, index; k: begins with a keyframe; @: waits since that second. "s": a seal, "y": a sync line. */
struct row {
	const char *what, *items;
	int now_s;
	const char *left;          /* items that stay; g<from>-<to> for a gap */
	int dropped, told;
};

static int told;

static void on_drop(const struct chunk_file *f, void *arg)
{
	(void)arg;
	told += f->video;
}

static void push(struct backlog *b, const char *spec)
{
	struct backlog_item *it = g_new0(struct backlog_item, 1);
	struct chunk_file *f;
	const char *since = strchr(spec, '@');

	it->queued_us = since ? strtol(since + 1, NULL, 10) * S : 0;
	if (spec[0] == 's' || spec[0] == 'y') {
		it->kind = spec[0] == 's' ? BACKLOG_SEAL : BACKLOG_LINE;
		it->line = line_new(spec[0] == 's' ? "sealed" : "sync", 0);
		backlog_push(b, it);
		return;
	}
	f = g_new0(struct chunk_file, 1);
	f->video = spec[0] == 'v';
	f->keyframe = !f->video || strchr(spec, 'k');
	f->name.segment = (unsigned)(spec[1] - '0');
	f->name.index = (unsigned)(spec[2] - '0');
	f->size = 10;
	f->from_ms = f->name.index * 1000;
	f->end_ms = f->from_ms + 990;
	g_strlcpy(f->name.participant, "user1", sizeof(f->name.participant));
	g_strlcpy(f->name.source, f->video ? "video" : "audio", sizeof(f->name.source));
	it->kind = BACKLOG_CHUNK;
	it->spool = spool_new(f);
	backlog_push(b, it);
}

static char *describe(const struct backlog *b)
{
	GString *s = g_string_new(NULL);

	for (const GList *l = backlog_items(b); l; l = l->next) {
		const struct backlog_item *it = l->data;
		const struct chunk_file *f = it->spool ? spool_file(it->spool) : NULL;
		const char *type = json_string_value(json_object_get(it->line, "type"));

		if (f)
			g_string_append_printf(s, "%c%u%u ", f->video ? 'v' : 'a', f->name.segment, f->name.index);
		else if (!strcmp(type, "gap"))
			g_string_append_printf(s, "g%d-%d ", (int)json_integer_value(json_object_get(it->line, "t_ms")),
					       (int)json_integer_value(json_object_get(it->line, "to_ms")));
		else
			g_string_append(s, !strcmp(type, "sync") ? "y " : "s ");
	}
	return g_string_free(s, FALSE);
}

static void fill(struct backlog *b, const char *items)
{
	char **list = g_strsplit(items, " ", -1);

	for (char **p = list; *p; p++)
		push(b, *p);
	g_strfreev(list);
}

static const struct row rows[] = {
	{ "young enough", "v00k@0 a00@0 s@0 v01@1 a01@1 s@1", 10, "v00 a00 s v01 a01 s ", 0, 0 },
	{ "pictures go as a group", "v00k@0 a00@0 s@0 v01@1 a01@1 s@1 v02@2", 11, "g0-2990 a00 s a01 s ", 3, 1 },
	{ "up to the next keyframe", "v00k@0 s@0 v01@1 s@1 v02k@2 v03@3", 11, "g0-1990 s s v02 v03 ", 2, 1 },
	{ "another segment stays", "v00k@0 v01@1 v12k@2 v13@3", 11, "g0-1990 v12 v13 ", 2, 1 },
	{ "a second trouble breaks its own segment", "v00k@0 v01@1 v12k@2 v13@3 v14@9", 13, "g0-1990 g2000-4990 ", 5, 2 },
	{ "sound may wait twice as long", "v00k@0 a00@0 v01@1 a01@1", 20, "g0-1990 a00 a01 ", 2, 1 },
	{ "then it goes too", "a00@0 s@0 a01@1 s@1 a02@2", 21, "g0-990 a01 s a02 ", 1, 0 },
	{ "sync lines rest on nothing", "y@0 s@0 y@5", 21, "s y ", 0, 0 },
};

static void test_table(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct backlog *b = backlog_new();
		char *left;
		int dropped;

		told = 0;
		fill(b, rows[i].items);
		dropped = backlog_shed(b, "/nonexistent", (int64_t)rows[i].now_s * S, BUDGET, on_drop, NULL);
		left = describe(b);
		if (strcmp(left, rows[i].left) || dropped != rows[i].dropped || told != rows[i].told)
			TEST_FAIL("%s: \"%s\" left, %d dropped, %d told", rows[i].what, left, dropped, told);
		g_free(left);
		backlog_free(b);
	}
}

/* What was dropped before it was taken over breaks what comes after. */
static void test_take(void)
{
	struct backlog *inbox = backlog_new(), *b = backlog_new();
	char *left;

	told = 0;
	fill(inbox, "v00k@0 v01@9");
	CHECK_INT(backlog_shed(inbox, "/nonexistent", 11 * S, BUDGET, on_drop, NULL), 2);
	backlog_take(b, inbox);
	fill(inbox, "v02@11 v03k@12");
	backlog_take(b, inbox);
	CHECK_INT(backlog_shed(b, "/nonexistent", 12 * S, BUDGET, on_drop, NULL), 1);
	left = describe(b);
	CHECK_STR(left, "g0-1990 g2000-2990 v03 ");
	CHECK_INT(told, 1);
	CHECK(backlog_head(inbox) == NULL);
	g_free(left);
	backlog_free(inbox);
	backlog_free(b);
}

/* A second at a time; what stays behind is shed by itself. */
static void test_take_a_second(void)
{
	struct backlog *inbox = backlog_new(), *b = backlog_new();
	char *left;

	told = 0;
	fill(inbox, "v00k@0 a00@0 s@1 v01@1 a01@1 s@2 a02@2");
	CHECK(backlog_take(b, inbox));
	left = describe(b);
	CHECK_STR(left, "v00 a00 s ");
	g_free(left);
	CHECK_INT(backlog_shed(inbox, "/nonexistent", 12 * S, BUDGET, on_drop, NULL), 1);
	CHECK_INT(backlog_bytes(inbox), 20);
	CHECK(backlog_take(b, inbox));
	CHECK(!backlog_take(b, inbox));
	fill(inbox, "v02@3 v13k@4");
	CHECK(!backlog_take(b, inbox));
	CHECK_INT(backlog_bytes(b), 60);
	CHECK_INT(backlog_bytes(inbox), 0);
	CHECK_INT(backlog_shed(b, "/nonexistent", 12 * S, 11 * S, on_drop, NULL), 2);
	left = describe(b);
	CHECK_STR(left, "g0-2990 a00 s g1000-1990 a01 s a02 v13 ");
	g_free(left);
	backlog_free(inbox);
	backlog_free(b);
}

/* One segment broke before it was taken, the next one after: what is taken then rests on the next one's beginning. */
static void test_broken_twice(void)
{
	struct backlog *inbox = backlog_new(), *b = backlog_new();
	char *left;

	fill(inbox, "v00k@0 v01@5 v12k@6 s@6 v13@7 s@7 v14@8");
	CHECK_INT(backlog_shed(inbox, "/nonexistent", 11 * S, BUDGET, on_drop, NULL), 2);
	CHECK(backlog_take(b, inbox));
	CHECK_INT(backlog_shed(b, "/nonexistent", 17 * S, BUDGET, on_drop, NULL), 1);
	CHECK(backlog_take(b, inbox));
	CHECK(!backlog_take(b, inbox));
	CHECK_INT(backlog_shed(b, "/nonexistent", 17 * S, BUDGET, on_drop, NULL), 2);
	left = describe(b);
	CHECK_STR(left, "g0-1990 g2000-4990 s s ");
	g_free(left);
	backlog_free(inbox);
	backlog_free(b);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_table), TEST(test_take), TEST(test_take_a_second), TEST(test_broken_twice) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

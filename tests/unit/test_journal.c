/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The journal on files as crashes leave them.
 */
#include "plugins/journal.c"
#include <glib/gstdio.h>
#include <sys/stat.h>
#include "test.h"

static char dir[] = "/tmp/test_journal.XXXXXX", path[96];

static struct journal *box(void)
{
	struct journal *j = NULL;

	CHECK_INT(journal_open(&j, dir, "host1"), 0);
	return j;
}

static void check_next(struct journal *j, const char *want)
{
	const char *line = NULL;

	CHECK_INT(journal_next(j, &line), want ? 1 : 0);
	if (want)
		CHECK_STR(line, want);
}

/* Lines come back in order, also in the next process, and those that are done do not. */
static void test_order(void)
{
	struct journal *j = box();

	check_next(j, NULL);
	CHECK_INT(journal_append(j, "one", false), 0);
	CHECK_INT(journal_append(j, "two", true), 0);
	check_next(j, "one");
	check_next(j, "one");
	journal_done(j);
	CHECK_INT(journal_append(j, "three", false), 0);
	CHECK_INT(journal_sync(j), 0);
	journal_close(&j);
	j = box();
	CHECK_INT(journal_waiting(j), 2);
	check_next(j, "two");
	journal_done(j);
	check_next(j, "three");
	journal_done(j);
	check_next(j, NULL);
	journal_close(&j);
	j = box();
	CHECK_INT(journal_waiting(j), 0);
	CHECK(j->end == j->header);
	journal_close(&j);
}

/* Many lines: the file is cut whenever all are done, and lines across its blocks are whole. */
static void test_much(void)
{
	struct journal *j = box();
	char text[900], *name;
	struct stat st;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 500; i++) {
			memset(text, 'a' + i % 26, sizeof(text));
			text[i + 1] = '\0';
			CHECK_INT(journal_append(j, text, false), 0);
		}
		for (int i = 0; i < 500; i++) {
			memset(text, 'a' + i % 26, sizeof(text));
			text[i + 1] = '\0';
			check_next(j, text);
			journal_done(j);
		}
	}
	CHECK(stat(path, &st) == 0 && st.st_size <= CUT_BYTES + j->header);
	CHECK_INT(st.st_mode & 0777, 0660 & ~022);
	j->max_bytes = 10;
	CHECK_INT(journal_append(j, "123456", true), -EDQUOT);
	CHECK_INT(journal_append(j, "123456", false), 0);
	CHECK_INT(journal_append(j, "12345", false), -EDQUOT);
	name = g_strnfill(LINE_MAX_BYTES, 'x');
	CHECK_INT(journal_append(j, name, false), -EMSGSIZE);
	g_free(name);
	check_next(j, "123456");
	journal_done(j);
	journal_close(&j);
}

static char *read_file(void)
{
	char *text = NULL;

	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static void write_file(const char *text)
{
	CHECK(g_file_set_contents(path, text, -1, NULL));
}

/* Killed at every byte of writing its last line: the lines before are there, that one if it is whole. */
static void test_torn(void)
{
	struct journal *j = box();
	char *whole, *cut;
	size_t last;

	CHECK_INT(journal_append(j, "first", false), 0);
	last = (size_t)j->end;
	CHECK_INT(journal_append(j, "second line", false), 0);
	journal_close(&j);
	whole = read_file();
	for (size_t n = 0; n <= strlen(whole); n++) {
		cut = g_strndup(whole, n);
		write_file(cut);
		g_free(cut);
		j = box();
		CHECK_INT(journal_waiting(j), n == strlen(whole) ? 2 : n >= last ? 1 : 0);
		CHECK_INT(journal_append(j, "next", false), 0);
		while (journal_waiting(j) > 1) {
			const char *line;

			CHECK_INT(journal_next(j, &line), 1);
			CHECK(!strcmp(line, "first") || !strcmp(line, "second line"));
			journal_done(j);
		}
		check_next(j, "next");
		journal_close(&j);
	}
	g_free(whole);
	g_remove(path);
}

static void test_refused(void)
{
	struct journal *j = NULL, *one = box();

	CHECK_INT(journal_open(&j, dir, "host1"), -EBUSY);      /* somebody has it */
	CHECK(!j);
	journal_close(&one);
	write_file("{\"type\":\"journal\",\"format\":2,\"host\":\"host1\",\"done\":\"00000000000000000000\"}\n");
	CHECK_INT(journal_open(&j, dir, "host1"), -EPROTO);
	write_file("not a journal\n");
	CHECK_INT(journal_open(&j, dir, "host1"), -EBADMSG);
	g_remove(path);
	CHECK_INT(journal_open(&j, "/proc/nowhere", "host1"), -ENOENT);
}

/* A host's name is no path. */
static void test_names(void)
{
	static const struct { const char *host, *file; } rows[] = {
		{ "host1", "host1.jsonl" }, { "a.b", "a.b.jsonl" }, { "../x", "%2e.%2fx.jsonl" }, { ".", "%2e.jsonl" }, { "a b", "a%20b.jsonl" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *got = file_of("/r", rows[i].host), *want = g_build_filename("/r/journal", rows[i].file, NULL);

		CHECK_STR(got, want);
		g_free(got);
		g_free(want);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_order), TEST(test_much), TEST(test_torn), TEST(test_refused), TEST(test_names),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	umask(022);
	snprintf(path, sizeof(path), "%s/journal/host1.jsonl", dir);
	log_set_level(LOG_LEVEL_ERROR);
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	g_remove(path);
	*strrchr(path, '/') = 0;
	g_rmdir(path);
	g_rmdir(dir);
	return failed;
}

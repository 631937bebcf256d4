/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/words.c"
#include "test.h"

static void test_index(void)
{
	CHECK_INT(word_index("grid|speaker", '|', "speaker"), 1);
	CHECK_INT(word_index("grid|speaker", '|', "grid"), 0);
	CHECK_INT(word_index("grid|speaker", '|', "speak"), -1);
	CHECK_INT(word_index("grid|speaker", '|', "grid|speaker"), -1);
	CHECK_INT(word_index("", '|', "grid"), -1);
	CHECK_INT(word_index("none interval chunk", ' ', "chunk"), 2);
}

static void test_first(void)
{
	char out[5];

	word_first("vp8|vp9", '|', out, sizeof(out));
	CHECK_STR(out, "vp8");
	word_first("speaker|vp9", '|', out, sizeof(out));
	CHECK_STR(out, "spea");
	word_first("", '|', out, sizeof(out));
	CHECK_STR(out, "");
}

static void test_distance(void)
{
	CHECK_INT(word_distance("", ""), 0);
	CHECK_INT(word_distance("kitten", "sitting"), 3);
	CHECK_INT(word_distance("", "abc"), 3);
	CHECK_INT(word_distance("chunk_ms", "chunkms"), 1);
	CHECK(word_distance("a", "a very long key that is beyond every key of the table by far") > 20);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_index), TEST(test_first), TEST(test_distance) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "postprocess/range.c"
#include "test.h"

static const struct {
	const char *header;
	uint64_t size;
	int result;
	uint64_t from, length;
} rows[] = {
	{ NULL, 100, 0, 0, 0 },
	{ "bytes=0-9", 100, 1, 0, 10 },
	{ "bytes=0-0", 100, 1, 0, 1 },
	{ "Bytes=90-", 100, 1, 90, 10 },
	{ "bytes=90-1000", 100, 1, 90, 10 },
	{ "bytes=99-99", 100, 1, 99, 1 },
	{ "bytes=-10", 100, 1, 90, 10 },
	{ "bytes=-1000", 100, 1, 0, 100 },
	{ "bytes=0-99999999999999999999999999", 100, 1, 0, 100 },
	{ "bytes=-99999999999999999999999999", 100, 1, 0, 100 },
	/* cannot be satisfied */
	{ "bytes=100-", 100, -ERANGE, 0, 0 },
	{ "bytes=100-200", 100, -ERANGE, 0, 0 },
	{ "bytes=-0", 100, -ERANGE, 0, 0 },
	{ "bytes=0-", 0, -ERANGE, 0, 0 },
	{ "bytes=-5", 0, -ERANGE, 0, 0 },
	{ "bytes=99999999999999999999999999-", 100, -ERANGE, 0, 0 },
	/* ignored: the whole is sent */
	{ "bytes=9-0", 100, 0, 0, 0 },
	{ "bytes=-", 100, 0, 0, 0 },
	{ "bytes=", 100, 0, 0, 0 },
	{ "bytes", 100, 0, 0, 0 },
	{ "bytes=a-b", 100, 0, 0, 0 },
	{ "bytes=1-2x", 100, 0, 0, 0 },
	{ "bytes=1--2", 100, 0, 0, 0 },
	{ "bytes=0-1,5-6", 100, 0, 0, 0 },
	{ "seconds=0-1", 100, 0, 0, 0 },
	{ "", 100, 0, 0, 0 },
};

static void test_table(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct range r = { 0, 0 };
		int got = range_parse(&r, rows[i].header, rows[i].size);

		if (got != rows[i].result || r.from != rows[i].from || r.length != rows[i].length)
			TEST_FAIL("%s of %llu: %d, %llu+%llu", rows[i].header, (unsigned long long)rows[i].size, got, (unsigned long long)r.from,
				  (unsigned long long)r.length);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_table) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

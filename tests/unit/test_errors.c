/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include "common/errors.c"
#include "test.h"

static void test_every_error_is_complete(void)
{
	for (int e = 0; e < APP_ERRORS_; e++) {
		const struct app_error_info *i = app_error_info((enum app_error)e);

		CHECK(i->code && i->sentence);
		CHECK(e == APP_OK || e == APP_INTERNAL || i->number != table[APP_INTERNAL].number);
		CHECK(e == APP_OK || (i->number >= 400 && i->status >= 400 && i->status < 600));
		CHECK(isupper((unsigned char)i->sentence[0]) && i->sentence[strlen(i->sentence) - 1] == '.');
		CHECK_INT(strspn(i->code, "abcdefghijklmnopqrstuvwxyz_0123456789"), strlen(i->code));
	}
}

static void test_numbers_and_words_are_unique(void)
{
	for (int a = 0; a < APP_ERRORS_; a++)
		for (int b = 0; b < a; b++) {
			CHECK(table[a].number != table[b].number);
			CHECK(strcmp(table[a].code, table[b].code));
		}
}

static void test_unknown_is_internal(void)
{
	CHECK_STR(app_error_info(APP_ERRORS_)->code, "internal");
	CHECK_STR(app_error_info((enum app_error)-1)->code, "internal");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_every_error_is_complete), TEST(test_numbers_and_words_are_unique), TEST(test_unknown_is_internal),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

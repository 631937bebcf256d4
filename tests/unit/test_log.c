/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include "common/log.c"
#include "test.h"

static char last[4096];
static int lines;

static void keep(enum log_level level, const char *line, void *arg)
{
	snprintf(last, sizeof(last), "%d %s%s", (int)level, (const char *)arg, line);
	lines++;
}

static void test_handler_gets_formatted_lines(void)
{
	log_set_handler(keep, (void *)"> ");
	log_warn("room %s: %d packets", "demo", 7);
	CHECK_STR(last, "1 > room demo: 7 packets");
	log_set_handler(NULL, NULL);
}

static void test_level_filters(void)
{
	log_set_handler(keep, (void *)"");
	lines = 0;
	log_debug("quiet");
	CHECK_INT(lines, 0);
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("loud");
	CHECK_INT(lines, 1);
	log_set_level(LOG_LEVEL_INFO);
	log_set_handler(NULL, NULL);
}

static void test_long_line_is_cut(void)
{
	char text[4000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set_handler(keep, (void *)"");
	log_info("%s", text);
	CHECK_INT(strlen(last), 2 + LINE_SIZE - 1);
	log_set_handler(NULL, NULL);
}

static void test_err_str(void)
{
	CHECK_STR(err_str(-ENOENT), "No such file or directory");
	CHECK_STR(err_str(0), "success");
	CHECK(err_str(-99999)[0]);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_handler_gets_formatted_lines), TEST(test_level_filters), TEST(test_long_line_is_cut), TEST(test_err_str),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

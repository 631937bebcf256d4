/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <jansson.h>
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

static void test_json(void)
{
	static const struct { const char *line, *field, *value; } rows[] = {
		{ "recording rec_a.b_1795358000000_dddddd: deleted by call_a.b_1_aaaaaa/user12.", "recording", "rec_a.b_1795358000000_dddddd" },
		{ "recording rec_a.b_1795358000000_dddddd: deleted by call_a.b_1_aaaaaa/user12.", "call", "call_a.b_1_aaaaaa" },
		{ "recording rec_a.b_1795358000000_dddddd: deleted by call_a.b_1_aaaaaa/user12.", "participant", "user12" },
		{ "job 17: recording rec_demo_1_aaaaaa: given back", "job", "17" }, { "job 17: recording rec_demo_1_aaaaaa: given back", "recording", "rec_demo_1_aaaaaa" },
		{ "/var/lib/recroom/recordings/rec_demo_1_aaaaaa/chunks: gone", "recording", "rec_demo_1_aaaaaa" },
		{ "webhook portal: takes messages again", "webhook", "portal" }, { "http 00ff00ff00ff00ff: catalog: busy", "request", "00ff00ff00ff00ff" },
		{ "users of recordings: rec_ is no id, user no person, username123 nobody", "recording", NULL },
		{ "users of recordings: rec_ is no id, user no person, username123 nobody", "participant", NULL }, { "job lost", "job", NULL },
		{ "a \"quote\", a tab\t and \xff no UTF-8", "message", "a \"quote\", a tab\t and \xef\xbf\xbd no UTF-8" }, { "", "message", "" },
		{ "x", "time", "2026-11-23T20:00:00.042Z" }, { "x", "level", "warning" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = log_json(LOG_LEVEL_WARN, rows[i].line, 1795464000042);
		json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		const char *value = json_string_value(json_object_get(o, rows[i].field));

		CHECK(o && !strchr(text, '\n'));
		if (!rows[i].value != !value || (value && strcmp(value, rows[i].value)))
			TEST_FAIL("row %zu: %s is %s", i, rows[i].field, value ? value : "not there");
		json_decref(o);
		free(text);
	}
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
		TEST(test_handler_gets_formatted_lines), TEST(test_level_filters), TEST(test_long_line_is_cut), TEST(test_json), TEST(test_err_str),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/compat.c"
#include <stdarg.h>
#include "common/log.h"
#include "test.h"

/* The core's. */
int janus_version = 1102, janus_log_level = JANUS_INFO, refcount_debug;
void janus_vprintf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

static char logged[256];

void janus_vprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(logged, sizeof(logged), fmt, ap);
	va_end(ap);
}

static void test_versions_have_their_api(void)
{
	static const struct { int version, api; } rows[] = {
		{ 0, 0 }, { 1011, 0 }, { 1102, 102 }, { 1104, 102 }, { 1200, 102 }, { 1201, 103 }, { 1202, 104 }, { 1204, 105 }, { 1301, 106 }, { 1401, 106 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(compat_core_api(rows[i].version), rows[i].api);
	CHECK_INT(compat_core_version(), 1102);
}

static void test_what_runs_is_described(void)
{
	char text[96];

	compat_describe(1102, text, sizeof(text));
	CHECK(strstr(text, "in Janus 1.1.2 (API 102), with headers of API 1"));
	CHECK_INT(strstr(text, "newer") != NULL, headers_tail() > 0);
	compat_describe(1401, text, sizeof(text));
	CHECK(strstr(text, "in Janus 1.4.1 (API 106), with headers of API 1"));
	CHECK_INT(strstr(text, "older") != NULL, headers_tail() < 2);
	compat_describe(0, text, sizeof(text));
	CHECK(strstr(text, "names no version"));
}

static void test_lines_go_where_janus_lets_them(void)
{
	compat_log(LOG_LEVEL_ERROR, "50% %s", NULL);
	CHECK_STR(logged, "[ERR] [recroom] 50% %s\n");
	compat_log(LOG_LEVEL_DEBUG, "not now", NULL);
	CHECK_STR(logged, "[ERR] [recroom] 50% %s\n");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_versions_have_their_api), TEST(test_what_runs_is_described), TEST(test_lines_go_where_janus_lets_them),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

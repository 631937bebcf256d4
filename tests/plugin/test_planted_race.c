/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In builds with ThreadSanitizer: a race that is there is found.
 */
#include <sys/wait.h>
#include "tests/unit/test.h"

enum { TSAN_EXIT = 66 };

static void test_planted_race_is_reported(void)
{
	char line[512];
	int reports = 0, status;
	FILE *f = popen("./planted_race 2>&1", "r");

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		reports += strstr(line, "WARNING: ThreadSanitizer: data race") != NULL;
	status = pclose(f);
	CHECK(reports > 0);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), TSAN_EXIT);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_planted_race_is_reported) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

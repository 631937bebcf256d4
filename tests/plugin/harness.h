/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frame of the plugin tests: each test runs in a process of its own, since the plugin is one per process, and fails when a rule was broken.
 */
#pragma once
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include "tests/plugin/peer.h"
#include "tests/unit/slowness.h"

/** Configuration of three rooms: `demo` with host secret "hosthost", `locked` with also pin "1234" and room secret "roomroom", and 1234; four
 *  publishers a room. The harness adds limits of 8 rooms and 40 handles. */
extern const char harness_config[];

/** Starts the fake core on harness_config. */
void harness_start(void);
/** The same with other lines in `limits`. */
void harness_start_limits(const char *limits);
/** For those who ask as fast as they can. */
#define HARNESS_NO_PACE "requests_per_s = 100000; requests_burst = 100000; offers_per_s = 1000; offers_burst = 1000;"
/** The same with a configuration of the caller's. */
void harness_start_with(const char *config);
/** Stops it, checks the rules, removes the folder. */
void harness_end(void);
/** Host or guest of `demo`. */
struct peer *harness_host(const char *name);
struct peer *harness_guest(const char *name);
/** The answer has this code, with the number that belongs to it and a sentence; word NULL: it is no error. */
#define CHECK_CODE(answer, word) harness_check_code(__FILE__, __LINE__, answer, word)
void harness_check_code(const char *file, int line, json_t *answer, const char *word);

/** Starts the program anew with the environment that tests need, unless it has it. */
void harness_prepare(char **argv);
/** Runs `run` in a child; the process, or negative. */
pid_t harness_begin(int (*run)(const void *arg), const void *arg);
/** Waits for it: 0 when `run` gave 0, else 1, also when it died. */
int harness_await(pid_t pid, const char *name);

/* What needs the test frame of the program that includes this. */
#ifdef TEST
static int harness_in_child(const void *arg)
{
	if (setjmp(test_env))
		return 1;
	((const struct test *)arg)->run();
	return 0;
}

/** test_run() with a process for each test, `at_once` of them side by side: most wait for the clock, as calls do. */
static inline int harness_run(const struct test *tests, size_t n, size_t at_once, int argc, char **argv)
{
	const struct test *begun[64];
	pid_t pids[64];
	size_t ran = 0, done = 0;
	int failed = 0;

	(void)test_run;
	harness_prepare(argv);
	for (size_t i = 0; i < n && ran < 64; i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name))
			continue;
		begun[ran] = &tests[i];
		pids[ran++] = harness_begin(harness_in_child, &tests[i]);
		if (ran - done >= at_once) {
			failed += harness_await(pids[done], begun[done]->name);
			done++;
		}
	}
	for (; done < ran; done++)
		failed += harness_await(pids[done], begun[done]->name);
	printf("%d passed, %d failed\n", (int)ran - failed, failed);
	return failed ? 1 : 0;
}
#endif

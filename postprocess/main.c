/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * recroom-pp: finds the command and runs it. Everything else is in the library, where tests reach it.
 */
#include <malloc.h>
#include <stdio.h>
#include <sys/prctl.h>
#include "common/log.h"
#include "postprocess/cmd.h"
#include "postprocess/manual.h"

/* True when the options ask for a text instead of a command; prints it. */
static bool answer(const struct options *o)
{
	if (o->manual)
		manual_page(stdout);
	else if (o->version)
		manual_version(stdout, o->json);
	else if (o->help)
		manual_help(stdout, o->command);
	return o->manual || o->version || o->help;
}

/**
 * Frames and encoders come and go every few seconds. Left alone, malloc takes what is freed for a sign to keep such blocks in its heaps, of which each thread
 * gets one, and the process stays as large as all of them ever were. Small blocks are too few here for one heap to be waited for.
 */
static void return_large_blocks(void)
{
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
	mallopt(M_ARENA_MAX, 1);
}

int main(int argc, char **argv)
{
	struct app a = { .argv = argv };
	char why[256];
	int code;

	return_large_blocks();
	prctl(PR_SET_NAME, "recroom-pp");   /* a job is started through /proc/self/exe, which would show as "exe" */
	if (options_parse(&a.o, argc, argv, why, sizeof(why))) {
		app_fail(&a, EXIT_USAGE, "%s", why);
		manual_hint(stderr, a.o.command);
		return EXIT_USAGE;
	}
	if (answer(&a.o))
		return EXIT_DONE;
	if (!a.o.command) {
		app_fail(&a, EXIT_USAGE, "a command is missing");
		manual_help(stderr, NULL);
		return EXIT_USAGE;
	}
	log_set_format((enum log_format)a.o.log_format);
	log_set_level(a.o.quiet ? LOG_LEVEL_ERROR : a.o.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	code = a.o.command->run(&a);
	app_close(&a);
	return code;
}

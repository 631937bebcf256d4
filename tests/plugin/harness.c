/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the plugin's test programs share.
 */
#include <libavutil/log.h>
#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/errors.h"
#include "common/json.h"
#include "tests/plugin/harness.h"

const char harness_config[] =
	"capture: { chunk_ms = 500; reorder_ms = 1000; call_end_grace_s = 1; durability = \"none\" }\n"   /* a busy machine delays our peers, too */
	"rooms: (\n"
	"  { id = \"demo\"; description = \"Demo\"; host_secret = \"hosthost\"; publishers = 4 },\n"
	"  { id = \"locked\"; description = \"Locked\"; host_secret = \"hosthost\"; secret = \"roomroom\"; pin = \"1234\"; publishers = 4 },\n"
	"  { id = 1234; description = \"By number\" }\n"
	")\n";

/* Ends the test, which has the process to itself; its threads are still about. */
static void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

static void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

void harness_prepare(char **argv)
{
	/* The sanitizers must see GLib's memory come and go. */
	if (getenv("G_SLICE"))
		return;
	setenv("G_SLICE", "always-malloc", 1);
	execv("/proc/self/exe", argv);
}

pid_t harness_begin(int (*run)(const void *arg), const void *arg)
{
	pid_t pid;

	setvbuf(stdout, NULL, _IOLBF, 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		av_log_set_level(AV_LOG_ERROR);
		if (run(arg))
			fail("a test did not get to its end");
		exit(0);            /* not _exit(): the leak checker looks now */
	}
	return pid;
}

int harness_await(pid_t pid, const char *name)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status)) {
		printf("FAILED %s%s\n", name, WIFSIGNALED(status) ? ": killed by a signal" : "");
		return 1;
	}
	return 0;
}

void harness_start(void)
{
	if (fake_start("max_rooms = 8; max_sessions = 40;", harness_config))
		fail("the plugin did not start");
}

void harness_start_with(const char *config)
{
	if (fake_start("max_rooms = 8; max_sessions = 40;", config))
		fail("the plugin did not start");
}

void harness_start_limits(const char *limits)
{
	char *config = g_strdup_printf("%slimits: { %s }\n", harness_config, limits);

	harness_start_with(config);
	g_free(config);
}

void harness_end(void)
{
	int broken = fake_stop();

	fake_cleanup();
	if (broken)
		fail("%d rules were broken", broken);
}

static struct peer *join_demo(const char *name, const char *more)
{
	struct peer_conf conf = { .room = "demo", .display = name, .join = more };
	json_t *refusal = NULL;
	struct peer *p = peer_join(&conf, &refusal);

	if (!p)
		fail("%s could not join: %s", name, refusal ? json_dumps(refusal, 0) : "no answer");
	return p;
}

struct peer *harness_host(const char *name)
{
	return join_demo(name, "'secret':'hosthost'");
}

struct peer *harness_guest(const char *name)
{
	return join_demo(name, NULL);
}

void harness_check_code(const char *file, int line, json_t *answer, const char *word)
{
	const char *code = answer ? json_str(answer, "code") : "(no answer)", *sentence = answer ? json_str(answer, "error") : NULL;
	int number = answer ? (int)json_num(answer, "error_code", 0) : 0;

	if (!word && !code && !number)
		return;
	if (!word || !code || strcmp(word, code))
		fail("%s:%d: the answer's code is %s, expected %s (%s)", file, line, code ? code : "none", word ? word : "none", sentence ? sentence : "");
	for (int e = 1; e < APP_ERRORS_; e++)
		if (!strcmp(app_error_info((enum app_error)e)->code, word) && app_error_info((enum app_error)e)->number != number)
			fail("%s:%d: error_code %d does not belong to %s", file, line, number, word);
	if (!json_str(answer, "recroom") || strcmp(json_str(answer, "recroom"), "event"))
		fail("%s:%d: the error is no event", file, line);
	if (!sentence || !*sentence || !strchr(".?", sentence[strlen(sentence) - 1]))
		fail("%s:%d: \"%s\" is no sentence", file, line, sentence ? sentence : "(none)");
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program as a user meets it: ./recroom-pp with arguments, its exit status, what it says and where.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/sync.h"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/make_recording.h"
#include "test.h"
#include "tests/unit/command.h"

#define DONE "rec_demo_1795357800000_aaaaaa"
#define LIVE "rec_demo_1795357900000_bbbbbb"

enum { TIMEOUT_S = 60 };

static int count_lines(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void test_exit_status(void)
{
	static const struct { const char *line; int code; const char *out, *err; } rows[] = {
		{ "--version", 0, "libavcodec ", "" },
		{ "--help", 0, "Usage: recroom-pp COMMAND", "" },
		{ "serve --help", 0, "--tls-cert", "" },
		{ "", 2, "", "a command is missing" },
		{ "fly", 2, "", "unknown command \"fly\"" },
		{ "compose", 2, "", "compose wants one argument, DIR" },
		{ "compose @/nothing", 3, "", "there is no directory" },
		{ "list -d @", 0, DONE, "" },
		{ "list -d @ --status failed", 0, "", "There are no recordings." },
		{ "list -d @ --limit 1", 0, LIVE, "" },
		{ "list -d @/empty", 3, "", "there is no catalog" },
		{ "list -d @ --config @/nothing.jcfg", 3, "", "nothing.jcfg" },
		{ "list -d @ --config @/bad.jcfg", 1, "", "bad.jcfg" },
		{ "show -d @ " DONE, 0, "status       completed", "" },
		{ "show -d @ rec_demo_1_zzzzzz", 3, "", "there is no recording" },
		{ "show -d @ ../etc", 2, "", "is no recording id" },
		{ "delete -d @ " LIVE, 5, "", "stop it first" },
		{ "delete -d @ --dry-run " DONE, 0, DONE, "Would delete" },
		{ "hold -d @ " DONE " --reason 'Case 4711'", 0, "", "Held" },
		{ "show -d @ " DONE, 0, "held         Case 4711", "" },
		{ "delete -d @ " DONE, 1, "", "held: " },
		{ "hold -d @ --release " DONE, 0, "", "Released" },
		{ "hold -d @ rec_demo_1_zzzzzz", 3, "", "there is no recording" }, { "hold -d @ x", 2, "", "is no recording id" },
		{ "keep -d @ " DONE " --until 2096-01-31 --chunks 2d", 0, "", "It is kept until 2096-01-31" },
		{ "show -d @ " DONE, 0, "kept until   2096-01-31", "" },
		{ "keep -d @ " DONE " --until forever --chunks forever", 0, "", "kept for ever" },
		{ "keep -d @ " DONE, 2, "", "keep wants --until" }, { "keep -d @ " DONE " --until soon", 2, "", "keep wants --until" },
		{ "show -d @ --quiet " DONE, 0, "completed", "" },
		{ "token -d @ --room demo", 0, "ey", "" },
		{ "token -d @", 2, "", "--room is missing" },
		{ "token -d @ --room a/b", 2, "", "--room wants" },
		{ "token -d @ --room demo --grants fly", 2, "", "--grants knows" },
		{ "token -d @ --room demo --expires 2h --identity ann --kid default", 0, "ey", "" },
		{ "token -d @ --room demo --expires 2x", 2, "", "--expires wants" }, { "token -d @ --room demo --expires 400d", 2, "", "--expires wants" },
		{ "token -d @ --room demo --identity ''", 2, "", "--identity wants" },
		{ "token -d @ --room demo --kid nobody", 3, "", "no key nobody" },
		{ "token -d @ --inspect eyJhbGciOiJub25lIn0.eyJhIjoiXHUwMDFiWzJKIn0.AA", 1, "claims {\"a\":\"\\u001B[2J\"}\nrefused", "alg is not that of its key" },
		{ "token -d @ --inspect x", 1, "refused", "has not three parts" },
		{ "token --new-key @/new.pem --alg ES256", 0, "new.pem.pub", "" },
		{ "token --new-key @/new.pem --alg ES256", 1, "", "--overwrite replaces it" },
		{ "token --new-key @/new.pem --alg ES256 --overwrite --json", 0, "\"alg\":\"ES256\"", "" },
		{ "token --new-key @/new.key", 0, "new.key\n", "" },
		{ "token --new-key @/nowhere/x", 3, "", "cannot write" },
		{ "token --new-key @/x --alg none", 2, "", "--alg" },
		{ "completion fish", 0, "complete -c recroom-pp", "" },
		{ "serve -d @ --no-api --no-jobs", 2, "", "nothing to do" },
		{ "serve -d @ --tls-cert x.pem", 2, "", "belong together" },
		{ "serve -d @ --tls-cert @/no.pem --tls-key @/no.pem", 1, "", "cannot read" },
		{ "serve -d @ --listen 0.0.0.0:0", 2, "", "allow_plaintext" }, { "serve -d @ --listen *:0", 2, "", "travel in clear" },
		{ "serve -d @ --listen [::]:0", 2, "", "allow_plaintext" },
		{ "serve -d @ --listen nowhere", 1, "", "is no address to listen on" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (run(rows[i].line) != rows[i].code || !strstr(out, rows[i].out) || !strstr(err, rows[i].err) || (!rows[i].err[0] && err[0]))
			TEST_FAIL("%s: exit status %d\n%s\n%s", rows[i].line, code, out, err);
	}
}

static void test_json(void)
{
	json_t *o;

	CHECK_INT(run("list -d @ --json"), 0);
	CHECK_INT(count_lines(out), 3);
	o = summary();
	CHECK(json_is_true(json_object_get(o, "ok")));
	CHECK_INT(json_integer_value(json_object_get(o, "recordings")), 2);
	json_decref(o);
	CHECK_INT(run("show -d @ --json rec_demo_1_zzzzzz"), 3);
	o = summary();
	CHECK(json_is_false(json_object_get(o, "ok")));
	CHECK_INT(json_integer_value(json_object_get(o, "exit_code")), 3);
	json_decref(o);
	CHECK_INT(run("--json --version"), 0);
	CHECK_INT(count_lines(out), 1);
}

/* What it makes, it finds good, and says what it holds, but never a key. */
static void test_token_is_inspected(void)
{
	char *line, *secret = NULL, *path = NULL;
	json_t *o;

	CHECK_INT(run("token -d @ --room demo --role host --identity ann --name Ann --grants record,only --expires 90s --json"), 0);
	o = json_loads(out, JSON_DISABLE_EOF_CHECK, NULL);
	line = g_strdup_printf("token -d @ --inspect %s", json_string_value(json_object_get(o, "token")));
	json_decref(o);
	CHECK_INT(run(line), 0);
	CHECK(strstr(out, "header {\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"default\"}\nclaims {\"room\":\"demo\",\"sub\":\"ann\",\"name\":\"Ann\""));
	CHECK(strstr(out, "\"grants\":[\"record\",\"only\"]}\ngood\n"));
	g_free(line);
	path = g_build_filename(dir, "secret.key", NULL);
	CHECK(g_file_get_contents(path, &secret, NULL, NULL));
	CHECK(!strstr(out, g_strstrip(secret)));
	g_free(secret);
	g_free(path);
}

/* A running recroom-pp whose standard output we read. */
struct process { GPid pid; FILE *out; };

static void begin(struct process *p, const char *line)
{
	char **argv;
	int fd;

	CHECK(g_shell_parse_argv(line, NULL, &argv, NULL));
	CHECK(g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &p->pid, NULL, &fd, NULL, NULL));
	g_strfreev(argv);
	p->out = fdopen(fd, "r");
}

/* Reads lines until one holds `word`; it is in `line`. */
static void await_line(struct process *p, const char *word, char *line, int size)
{
	alarm(TIMEOUT_S);
	while (fgets(line, size, p->out))
		if (strstr(line, word)) {
			alarm(0);
			return;
		}
	TEST_FAIL("never said %s", word);
}

static int end(struct process *p)
{
	int status = 0;
	char rest[256];

	alarm(TIMEOUT_S);
	while (fgets(rest, sizeof(rest), p->out))
		;
	CHECK_INT(waitpid(p->pid, &status, 0), p->pid);
	alarm(0);
	fclose(p->out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void test_serve(void)
{
	struct process p;
	char line[256], *command = g_strdup_printf("./recroom-pp serve -d %s --listen 127.0.0.1:0", dir);
	unsigned port;

	begin(&p, command);
	g_free(command);
	await_line(&p, "listening on", line, sizeof(line));
	CHECK_INT(sscanf(line, "listening on http://127.0.0.1:%u\n", &port), 1);
	command = g_strdup_printf("serve -d @ --listen 127.0.0.1:%u", port);
	CHECK_INT(run(command), 1);
	g_free(command);
	CHECK_INT(count_lines(err), 1);
	CHECK(strstr(err, "the port is in use"));
	CHECK_STR(out, "");
	kill(p.pid, SIGTERM);
	CHECK_INT(end(&p), 0);
}

static void write_config(const char *text)
{
	CHECK_INT(fs_write_atomic(dir, "serve.jcfg", text, strlen(text), 0600, 0), 0);
}

/* SIGHUP with a file that cannot be used changes nothing; with a good one the same process serves as that says. */
static void test_reload(void)
{
	struct process p;
	char line[256], *command = g_strdup_printf("./recroom-pp serve -d %s --config %s/serve.jcfg", dir, dir), *text;
	unsigned before, after;

	write_config("serve: { listen = \"127.0.0.1:0\"; url_ttl_s = 61 }\n");
	begin(&p, command);
	g_free(command);
	await_line(&p, "listening on", line, sizeof(line));
	CHECK_INT(sscanf(line, "listening on http://127.0.0.1:%u\n", &before), 1);
	write_config("serve: { listen = \"127.0.0.1:0\"; url_ttl_s = 7 }\n");
	kill(p.pid, SIGHUP);
	text = g_strdup_printf("serve -d @ --listen 127.0.0.1:%u", before);
	CHECK_INT(run(text), 1);                           /* it listens on */
	write_config("serve: { listen = \"127.0.0.2:0\" }\nstore: { master_key_file = \"/nowhere/master.key\" }\n");
	kill(p.pid, SIGHUP);
	CHECK_INT(run(text), 1);
	g_free(text);
	write_config("serve: { listen = \"127.0.0.2:0\"; url_ttl_s = 62 }\n");
	kill(p.pid, SIGHUP);
	await_line(&p, "listening on", line, sizeof(line));
	CHECK_INT(sscanf(line, "listening on http://127.0.0.2:%u\n", &after), 1);
	kill(p.pid, SIGTERM);
	CHECK_INT(end(&p), 0);
}

/* Interrupted in the middle, nothing is left but what was there. */
static void test_interrupt(void)
{
	static const struct { int sig, code; } rows[] = { { SIGINT, 130 }, { SIGTERM, 143 } };
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "video", .rgb = 0xc02020 }, { .source = "audio" } } }, { 0 },
	};
	char *rec = g_strdup_printf("%s/rec_demo_1795357700000_cccccc", dir), *command = g_strdup_printf("./recroom-pp compose %s --progress=jsonl", rec);
	struct make_conf conf = { .dir = rec, .duration_ms = 30000, .title = "x", .people = people };

	CHECK_INT(make_recording(&conf), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct process p;
		char line[512];
		const char *name;
		GDir *d;

		begin(&p, command);
		await_line(&p, "\"composing\"", line, sizeof(line));
		kill(p.pid, rows[i].sig);
		CHECK_INT(end(&p), rows[i].code);
		d = g_dir_open(rec, 0, NULL);
		while ((name = g_dir_read_name(d)))
			if (strcmp(name, "chunks") && strcmp(name, "timeline.jsonl") && strcmp(name, "participants.json"))
				TEST_FAIL("%s was left", name);
		g_dir_close(d);
	}
	g_free(rec);
	g_free(command);
}

static int prepare(void)
{
	char *url = g_strdup_printf("sqlite:%s/recroom.db", dir), *bad = g_strdup_printf("%s/bad.jcfg", dir), *empty = g_strdup_printf("%s/empty", dir);
	struct catalog_new_recording live = { .id = LIVE, .room = "demo", .call_id = "call_demo_1795357900000_aaaaaa", .host_id = "testhost",
					      .started_ms = 1795357900000 };
	struct catalog *c = NULL;
	int e = catalog_open(&c, url);

	e = e ? e : add_stopped_recording(c, DONE, "demo", "Weekly", 1795357800000);
	e = e ? e : finish_recording(c, DONE, DONE "/output.webm", 5, NULL);
	e = e ? e : catalog_recording_insert(c, &live);
	e = e ? e : catalog_recording_status(c, LIVE, "recording", NULL);
	if (!g_file_set_contents(bad, "mix: { width = ; }\n", -1, NULL) || g_mkdir(empty, 0700))
		e = -EIO;
	catalog_close(&c);
	g_free(url);
	g_free(bad);
	g_free(empty);
	return e;
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_exit_status), TEST(test_json), TEST(test_token_is_inspected), TEST(test_serve), TEST(test_reload), TEST(test_interrupt) };
	int r;

	dir = g_dir_make_tmp("recroom-cmd-XXXXXX", NULL);
	if (prepare()) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	fs_remove_tree(dir);
	g_free(dir);
	g_free(out);
	g_free(err);
	return r;
}

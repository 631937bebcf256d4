/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp webhook` as an operator meets it, and `recroom-pp serve` that sends.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>
#include "common/catalog_webhook.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/receiver.h"
#include "tests/unit/test.h"
#include "tests/unit/command.h"

#define ID "rec_demo_1760090400123_abcdef"
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
enum { WAIT_MS = 30000 };

static struct receiver *receiver;
static int posts;                      /* atomic */
static const char *answer = "HTTP/1.1 204 No Content\r\n\r\n";

static void on_request(const struct received *r, void *arg)
{
	(void)arg;
	__atomic_add_fetch(&posts, 1, __ATOMIC_ACQ_REL);
	receiver_write(r->fd, answer);
}

static void write_file(const char *name, const char *text, int mode)
{
	char *path = g_build_filename(dir, name, NULL);

	CHECK(g_file_set_contents(path, text, -1, NULL) && !g_chmod(path, mode));
	g_free(path);
}

static void configure(void)
{
	char *text = g_strdup_printf("general: { recordings = \"%s\" }\nserve: { listen = \"127.0.0.1:0\" }\nwebhooks: (\n"
				     " { name = \"here\"; url = \"http://127.0.0.1:%d/x\"; secret_file = \"%s/secret\"; plain = true; private = true },\n"
				     " { name = \"refused\"; url = \"http://127.0.0.1:%d/x\"; secret_file = \"%s/secret\"; plain = true },\n"
				     " { name = \"open\"; url = \"https://127.0.0.1/\"; secret_file = \"%s/open\" } )\n", dir, receiver_port(receiver), dir, receiver_port(receiver), dir, dir);

	write_file("conf", text, 0600);
	write_file("secret", SECRET "\n", 0600);
	write_file("open", SECRET "\n", 0644);
	g_free(text);
}

static struct catalog *catalog(void)
{
	char *path = g_build_filename(dir, "recroom.db", NULL);
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, path), 0);
	g_free(path);
	return c;
}

static void set_up(void)
{
	char template[] = "/tmp/test_cmd_webhook.XXXXXX";

	CHECK(mkdtemp(template) != NULL);
	dir = g_strdup(template);
	CHECK_INT(receiver_create(&receiver, on_request, NULL), 0);
	configure();
	posts = 0;
}

static void tear_down(void)
{
	receiver_unref(&receiver);
	fs_remove_tree(dir);
	g_clear_pointer(&dir, g_free);
}

static void check(const char *line, int want, const char *in_out, const char *in_err)
{
	if (run(line) != want || (in_out && !strstr(out, in_out)) || (in_err && !strstr(err, in_err)))
		TEST_FAIL("%s: exit status %d, expected %d\n%s%s", line, code, want, out, err);
	CHECK(!strstr(out, "MfKQ") && !strstr(err, "MfKQ"));
}

static void test_test(void)
{
	json_t *o;

	set_up();
	check("webhook test here -c @/conf", 0, "here: delivered, it answered 204", NULL);
	CHECK_INT(posts, 1);
	check("webhook test refused -c @/conf", 1, NULL, "not delivered: 127.0.0.1 is this machine (loopback); if that is meant, private = true allows it");
	check("webhook test open -c @/conf", 1, NULL, "others than its owner and group may read");
	check("webhook test nobody -c @/conf", 3, NULL, "no webhook nobody");
	check("webhook test -c @/conf", 2, NULL, "wants the name");
	check("webhook frobnicate -c @/conf", 2, NULL, "list|test|replay|enable|remove");
	check("webhook test here there -c @/conf", 2, NULL, "wants ACTION [NAME]");
	answer = "HTTP/1.1 403 No\r\nContent-Length: 20\r\n\r\nwho\nare\x1b[2Jyou, said";
	check("webhook test here -c @/conf", 1, "its answer begins: who are.[2Jyou, said", "not delivered: it answered 403");
	check("webhook test here --json -c @/conf", 1, "\"status\":403", NULL);
	o = summary();
	CHECK_INT(json_num(o, "exit_code", 0), 1);
	json_decref(o);
	answer = "HTTP/1.1 204 No Content\r\n\r\n";
	CHECK_INT(posts, 3);
	tear_down();
}

static void test_list_and_replay(void)
{
	const struct catalog_sent failed = { .state = "failed", .status = 410, .reason = "it answered 410", .gone = true };
	struct catalog *c;
	json_t *m = NULL, *payload = json_object();

	set_up();
	check("webhook list -c @/conf", 3, NULL, "there is no catalog");
	c = catalog();
	check("webhook list -c @/conf", 0, NULL, "There are no endpoints");
	CHECK_INT(catalog_webhook_seen(c, "here", "recordingstopped"), 0);
	CHECK_INT(catalog_webhook_seen(c, "old", "recordingstopped"), 0);
	CHECK_INT(add_stopped_recording(c, ID, "demo", "x", 1760090400123), 0);
	CHECK_INT(catalog_event_insert(c, ID, 3, "recordingstopped", payload, "plugin"), 0);
	CHECK_INT(catalog_webhook_take(c, "here", "me", 1000, &m), 1);
	CHECK_INT(catalog_webhook_sent(c, m, "me", &failed), 0);
	check("webhook list -c @/conf", 0, "disabled (410)", NULL);
	CHECK(strstr(out, "not configured") && strstr(out, "oldest due"));
	check("webhook list here -c @/conf", 0, "recordingstopped      1 attempts  it answered 410", NULL);
	check("webhook list --failed --json -c @/conf", 0, "\"status\":410", NULL);
	check("webhook replay -c @/conf", 0, "0 messages", NULL);
	check("webhook enable here -c @/conf", 0, NULL, NULL);
	check("webhook enable nobody -c @/conf", 3, NULL, "no webhook nobody");
	check("webhook replay here -c @/conf", 0, "1 message to", NULL);
	check("webhook replay --recording " ID " -c @/conf", 0, "2 messages", NULL);
	check("webhook replay --since 1h --endpoint old -c @/conf", 0, "1 message to", NULL);
	check("webhook replay --since 2099-01-01T00:00:00Z -c @/conf", 0, "0 messages", NULL);
	check("webhook replay --since yesterday -c @/conf", 2, NULL, "--since wants");
	check("webhook replay --recording x -c @/conf", 2, NULL, "no recording id");
	check("webhook remove old -c @/conf", 0, NULL, NULL);
	check("webhook remove old -c @/conf", 3, NULL, NULL);
	json_decref(m);
	json_decref(payload);
	catalog_close(&c);
	tear_down();
}

/* A server with endpoints says so, sends, and ends when it is asked to; with a secret that all may read it does not start. */
static void test_serve(void)
{
	char *conf, *argv[] = { (char *)"./recroom-pp", (char *)"serve", (char *)"--no-api", (char *)"-c", NULL, NULL };
	int64_t until_us = clock_mono_us() + WAIT_MS * 1000LL;
	struct catalog *c;
	json_t *payload = json_object();
	int status;
	GPid pid;

	set_up();
	check("serve -c @/conf", 1, NULL, "webhook open: secret_file");
	write_file("open", SECRET "\n", 0640);
	c = catalog();
	CHECK_INT(add_stopped_recording(c, ID, "demo", "x", 1760090400123), 0);
	CHECK_INT(catalog_webhook_seen(c, "here", "recordingstopped"), 0);
	CHECK_INT(catalog_event_insert(c, ID, 3, "recordingstopped", payload, "plugin"), 0);
	conf = g_build_filename(dir, "conf", NULL);
	argv[4] = conf;
	CHECK(g_spawn_async(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid, NULL));
	while (!__atomic_load_n(&posts, __ATOMIC_ACQUIRE) && clock_mono_us() < until_us)
		g_usleep(10000);
	kill(pid, SIGTERM);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(posts > 0);
	json_decref(payload);
	g_free(conf);
	catalog_close(&c);
	tear_down();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_test), TEST(test_list_and_replay), TEST(test_serve) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

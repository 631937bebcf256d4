/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signed recordings: the plugin starts with a good key only, and what docs/operations.md tells a shell to do proves what the plugin recorded. The commands are
 * those of the document, word for word.
 */
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "tests/unit/test.h"
#include "tests/plugin/take.h"

#define PUBLIC "recroom-sign-2026.pub"
#define PRIVATE "/etc/janus/recroom-sign.pem"

static char keys[] = "/tmp/recroom-keys-XXXXXX";
static char key[64];           /* what stands for PRIVATE */

/* The text of docs/operations.md from `from` (which is left out) up to `to`; g_free() */
static char *documented(const char *from, const char *to)
{
	char *text = NULL, *at, *end;

	CHECK_INT(fs_read(SRCDIR "/docs/operations.md", 1 << 20, &text, NULL), 0);
	at = strstr(text, from);
	CHECK(at);
	at += strlen(from);
	end = strstr(at, to);
	CHECK(end);
	at = g_strndup(at, (gsize)(end - at));
	g_free(text);
	return at;
}

/* What a shell in that directory says; g_free() */
static char *shell(const char *dir, const char *commands)
{
	char *text = g_strconcat("exec 2>&1\n", commands, NULL), *argv[] = { (char *)"/bin/sh", (char *)"-c", text, NULL }, *out = NULL;

	CHECK(g_spawn_sync(dir, argv, NULL, 0, NULL, NULL, &out, NULL, NULL, NULL));
	g_free(text);
	return out;
}

/* An openssl command of the document, with our key's path */
static void shell_openssl(const char *dir, const char *words)
{
	char *line = documented(words, "\n"), **parts = g_strsplit(line, PRIVATE, -1), *own = g_strjoinv(key, parts), *command = g_strconcat(words + 2, own, NULL);

	g_free(shell(dir, command));
	g_free(line);
	g_strfreev(parts);
	g_free(own);
	g_free(command);
}

static void make_key(void)
{
	CHECK(mkdtemp(keys));
	g_snprintf(key, sizeof(key), "%s/key.pem", keys);
	shell_openssl(keys, "# openssl genpkey ");
	CHECK_INT(chmod(key, 0640), 0);
}

static int start_with_key(void)
{
	char *config = g_strdup_printf("capture: { chunk_ms = 500; reorder_ms = 200; call_end_grace_s = 0; durability = \"none\"; sign_key_file = \"%s\"; }\n"
				       "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 4; } )\n", key);
	int err = fake_start("max_rooms = 8; max_sessions = 40;", config);

	g_free(config);
	return err;
}

static void expect_refused(const char *what)
{
	if (start_with_key() == 0)
		TEST_FAIL("it starts with %s", what);
	fake_cleanup();
}

static void test_bad_key(void)
{
	make_key();
	CHECK_INT(chmod(key, 0644), 0);
	expect_refused("a key that others may read");
	CHECK_INT(unlink(key), 0);
	expect_refused("no key");
	CHECK(g_file_set_contents(key, "rubbish\n", -1, NULL) && !chmod(key, 0600));
	expect_refused("rubbish");
	shell_openssl(keys, "# openssl genpkey ");
	CHECK_INT(chmod(key, 0640), 0);
	CHECK_INT(start_with_key(), 0);
	harness_end();
	fs_remove_tree(keys);
}

static void start_signing(void)
{
	make_key();
	CHECK_INT(start_with_key(), 0);
}

/* The documented commands: what they say; g_free() */
static char *prove(const char *dir)
{
	char *block = documented("without this program, in a recording's directory:\n\n```sh\n", "```"), *said = shell(dir, block);

	g_free(block);
	return said;
}

static void expect_said(const char *dir, const char *words)
{
	char *said = prove(dir);

	if (!strstr(said, words))
		TEST_FAIL("expected \"%s\", the shell said:\n%s", words, said);
	g_free(said);
}

/* The chain hash, the signature, silence about files, and their number twice. */
static void expect_proved(const char *dir)
{
	char *said = prove(dir), **lines = g_strsplit(g_strchomp(said), "\n", -1);

	if (g_strv_length(lines) != 4 || strlen(lines[0]) != 64 || strcmp(lines[1], "Signature Verified Successfully") || strcmp(lines[2], lines[3]))
		TEST_FAIL("not proved:\n%s", said);
	CHECK(atoi(lines[2]) >= 2);
	g_strfreev(lines);
	g_free(said);
}

static void test_documented_proof(void)
{
	struct take t;
	struct recorded *r;
	char *dir;

	begin_on(start_signing, "audio");
	start(&t);
	wait_us(t.captured_us + 700000);
	stop(&t);
	r = load(&t);
	dir = recording_dir(t.id);
	check_complete(r, host, "audio", t.captured_us, t.stop_us);
	CHECK_INT(recorded_count(r, "signature", NULL, NULL), 1);
	shell_openssl(dir, "# openssl pkey ");
	expect_proved(dir);
	g_free(shell(dir, "for f in chunks/*; do printf x >>$f; break; done"));
	expect_said(dir, ": FAILED");
	g_free(shell(dir, "sed -i 's/\"reason\":\"host\"/\"reason\":\"hose\"/' timeline.jsonl"));
	expect_said(dir, "Signature Verification Failure");
	recorded_free(&r);
	g_free(dir);
	peer_stop(host);
	harness_end();
	peer_free(host);
	fs_remove_tree(keys);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_bad_key), TEST(test_documented_proof) };

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 2, argc, argv);
}

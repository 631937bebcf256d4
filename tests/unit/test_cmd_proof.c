/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp verify` and `repair` as a user meets them: exit status, sentences, JSON; and that --dry-run leaves every byte and time as it was.
 */
#include <glib.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/json.h"
#include "tests/lib/damage.h"
#include "tests/lib/make_recording.h"
#include "test.h"
#include "tests/unit/command.h"

#define REC "@/rec_demo_1760090400123_abcdef"
#define NO_HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define CHUNK "user1_audio_00_000001.webm"

static struct damage *d;

struct row { const char *line; int code; const char *out, *err; };

static void expect(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (run(rows[i].line) != rows[i].code || !strstr(out, rows[i].out) || !strstr(err, rows[i].err))
			TEST_FAIL("%s: exit status %d\n%s\n%s", rows[i].line, code, out, err);
	}
}
#define EXPECT(...) do { \
		static const struct row rows_[] = { __VA_ARGS__ }; \
		expect(rows_, G_N_ELEMENTS(rows_)); \
	} while (0)

static void newer_format(void)
{
	damage_reset(d);
	damage_flip_text(d, 0, "\"format\":1", "\"format\":2");
}

static void test_verify(void)
{
	damage_reset(d);
	EXPECT({ "verify " REC, 0, "\nsound\n", "" },
	       { "verify", 2, "", "verify wants one argument, DIR" },
	       { "verify --chain-hash 12 " REC, 2, "", "--chain-hash wants 64 hex digits" },
	       { "verify --key " REC "/timeline.jsonl " REC, 2, "", "holds no Ed25519 public key" },
	       { "verify --key @/no.pub " REC, 3, "", "no.pub" },
	       { "verify @/nothing", 3, "", "there is no directory" },
	       { "verify @", 3, "", "holds no recording" },
	       { "verify --chain-hash " NO_HASH " " REC, 4, "altered", "altered" });
	CHECK_INT(run("verify -q " REC), 0);
	CHECK_STR(out, "sound\n");
	CHECK_STR(err, "");
	damage_remove_file(d, CHUNK);
	damage_flip_file(d, "user2_audio_00_000002.webm", 0.5);
	EXPECT({ "verify " REC, 4, "missing: timeline.jsonl line ", CHUNK }, { "verify " REC, 4, "… and 1 more; --all lists them", CHUNK },
	       { "verify --all " REC, 4, "user2 audio, second 2.0", CHUNK });
	newer_format();
	EXPECT({ "verify " REC, 1, "", "was written by a newer version" });
}

static void test_repair(void)
{
	damage_reset(d);
	EXPECT({ "repair -d @ " REC, 0, "is sound: nothing was repaired", "" },
	       { "repair -d @", 2, "", "repair wants one argument, DIR" },
	       { "repair -d @ @/nothing", 3, "", "there is no directory" },
	       { "repair -d @ @", 3, "", "holds nothing a recording can be made of" });
	damage_truncate(d, 12);
	EXPECT({ "repair -d @ " REC, 5, "", "it seems to be recorded right now" }, { "verify " REC, 0, "not closed, so its end is not proved", "" });
	damage_reset(d);
	damage_garble_line(d, 5);
	damage_touch(d);
	EXPECT({ "verify " REC, 4, "unreadable", "line 6" }, { "repair -d @ " REC, 0, "the old timeline is timeline.jsonl.damaged-1\n", "" },
	       { "verify " REC, 0, "repaired: what stood in it before is not proved", "" }, { "repair -d @ " REC, 0, "is sound", "" });
	newer_format();
	EXPECT({ "repair -d @ " REC, 1, "", "was written by a newer version" });
}

/* Every line is an object with a message_type; how many are of this one */
static int count_messages(const char *type)
{
	char **lines = g_strsplit(out, "\n", -1);
	int n = 0;

	for (char **l = lines; *l && **l; l++) {
		json_t *o = json_loads(*l, 0, NULL);

		CHECK(json_str(o, "message_type"));
		n += !strcmp(json_str(o, "message_type"), type);
		json_decref(o);
	}
	g_strfreev(lines);
	return n;
}

/* Runs the command: its last line, and nothing before it but findings; the caller decrefs. */
static json_t *run_json(const char *line, int status)
{
	json_t *o;

	CHECK_INT(run(line), status);
	CHECK_INT(count_messages("summary"), 1);
	o = summary();
	CHECK_INT(json_is_true(json_object_get(o, "ok")), status == 0);
	CHECK_INT(json_num(o, "exit_code", -1), status);
	CHECK(status == 0 || json_str(o, "reason"));
	return o;
}

static void forget_catalog(void)
{
	char *path = g_build_filename(dir, "recroom.db", NULL);

	unlink(path);
	g_free(path);
}

static void test_json(void)
{
	json_t *o;

	forget_catalog();
	damage_reset(d);
	o = run_json("verify --json " REC, 0);
	CHECK_INT(strlen(json_str(o, "chain_hash")), 64);
	CHECK_INT(json_num(o, "chunks", 0), 12);
	json_decref(o);
	damage_remove_file(d, CHUNK);
	damage_flip_file(d, "user2_audio_00_000002.webm", 0.5);
	o = run_json("verify --json --all " REC, 4);
	CHECK_INT(json_num(o, "findings", 0), 2);
	json_decref(o);
	CHECK_INT(run("verify --json --all " REC), 4);
	CHECK_INT(count_messages("finding"), 2);
	json_decref(run_json("verify --json @/nothing", 3));
	o = run_json("repair -d @ --json " REC, 0);
	CHECK(json_is_false(json_object_get(o, "sound")));
	CHECK_INT(json_num(o, "missing", 0), 1);
	CHECK_INT(strlen(json_str(o, "chain_hash")), 64);
	CHECK_STR(json_str(o, "catalog"), "restored");
	json_decref(o);
	o = run_json("repair -d @ --json " REC, 0);
	CHECK(json_is_true(json_object_get(o, "sound")));
	CHECK_STR(json_str(o, "catalog"), "known");
	json_decref(o);
	json_decref(run_json("repair -d @ --json @/nothing", 3));
}

/* Names, sizes, times, modes and contents of all below; g_free() */
static char *snapshot(void)
{
	static const char look[] = "find . -printf '%P %s %T@ %m\\n' | sort; find . -type f -exec sha256sum {} + | sort";
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)look, NULL }, *text = NULL;

	CHECK(g_spawn_sync(dir, argv, NULL, 0, NULL, NULL, &text, NULL, NULL, NULL));
	CHECK(strstr(text, CHUNK));
	return text;
}

static void test_dry_run(void)
{
	char *before, *after, *catalog = g_build_filename(dir, "recroom.db", NULL);
	json_t *o;

	forget_catalog();
	damage_reset(d);
	damage_garble_line(d, 5);
	damage_rename(d, "user1_audio_00_000003.webm", ".user1_audio_00_000003.webm.tmp");
	damage_cut_file(d, "user2_audio_00_000002.webm");
	before = snapshot();
	CHECK_INT(run("repair -d @ --dry-run " REC), 0);
	CHECK(strstr(out, "it would be: ") && strstr(out, "temporary files taken 1"));
	CHECK(!strstr(out, "the old timeline is"));
	o = run_json("repair -d @ --json --dry-run " REC, 0);
	CHECK_INT(json_num(o, "adopted", 0), 1);
	CHECK_STR(json_str(o, "chain_hash"), "");
	CHECK_STR(json_str(o, "catalog"), "untouched");
	json_decref(o);
	CHECK_INT(run("verify --all " REC), 4);
	after = snapshot();
	CHECK_STR(after, before);
	CHECK_INT(run("repair -d @ " REC), 0);
	CHECK_INT(access(catalog, F_OK), 0);
	g_free(before);
	g_free(after);
	g_free(catalog);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_verify), TEST(test_repair), TEST(test_json), TEST(test_dry_run) };
	int failed;

	d = damage_create();
	dir = g_path_get_dirname(damage_dir(d));
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	damage_free(d);
	g_free(dir);
	g_free(out);
	g_free(err);
	return failed;
}

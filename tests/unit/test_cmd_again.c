/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp recompose`, `erase` and `cancel` as a user meets them, by hand and with a catalog.
 */
#include <signal.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "tests/unit/command.h"

#define ID "rec_demo_1760090400123_abcdef"
#define SMALL " --width 160 --height 90 --fps 10 --progress none "

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 160, .height = 90, .fps = 10 } } },
	{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .tone_hz = 660 } } },
	{ 0 }
};
static char *top;          /* the recordings directory; `dir` is the recording */

static void set_up(void)
{
	top = make_scratch("recordings");
	CHECK_INT(fs_mkdirs(top, 0700), 0);
	dir = g_build_filename(top, ID, NULL);
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1200, .people = call }), 0);
}

static void tear_down(void)
{
	g_clear_pointer(&dir, g_free);
	make_remove(&top);
}

static bool there(const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

static json_t *json_of(const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	json_t *o = json_load_file(path, 0, NULL);

	CHECK(o);
	return o;
}

static void check_code(int want)
{
	if (code != want)
		TEST_FAIL("exit status %d, expected %d: %s", code, want, err);
}

/* Nothing has a name before somebody said so. */
static void test_ask(void)
{
	set_up();
	run("compose @ --ask --json" SMALL);               /* its input is empty */
	check_code(1);
	CHECK(strstr(out, "\"ready\""));
	CHECK(!there("output.webm"));
	CHECK(!there("metadata.json"));
	CHECK(!there("thumbnail.jpg"));
	run("compose @" SMALL);
	check_code(0);
	CHECK(there("output.webm"));
	tear_down();
}

/* ---- by hand ---- */

static void test_recompose(void)
{
	json_t *o;

	set_up();
	run("compose @" SMALL);
	check_code(0);
	run("recompose @ --without user2" SMALL);
	check_code(0);
	CHECK(there("outputs/2-grid-160x90.webm") && there("outputs/2-grid-160x90.json") && there("outputs/2-grid-160x90.jpg"));
	o = json_of("outputs/2-grid-160x90.json");
	CHECK_INT(json_array_size(json_object_get(json_object_get(o, "call"), "participants")), 1);
	json_decref(o);
	run("recompose @ --from 0.5 --json" SMALL);
	check_code(0);
	o = summary();
	CHECK_INT(json_num(o, "output", 0), 3);
	CHECK_INT(json_num(json_object_get(o, "result"), "duration_ms", 0), 700);
	json_decref(o);
	CHECK(!there("outputs/.number-3"));
	CHECK(there("output.webm") && there("outputs/2-grid-160x90.webm"));
	run("verify @");
	check_code(0);
	tear_down();
}

static void test_recompose_refused(void)
{
	g_autofree char *chunks = NULL;
	json_t *o;

	set_up();
	run("recompose @ --without user7" SMALL);
	check_code(2);
	CHECK(strstr(err, "nobody in the recording is user7"));
	run("recompose @ --from 5" SMALL);
	check_code(1);
	CHECK(strstr(err, "nothing between the times"));
	run("recompose @ --number 1" SMALL);
	check_code(2);
	run("recompose @nowhere");
	check_code(3);
	chunks = g_build_filename(dir, "chunks", NULL);
	CHECK_INT(fs_remove_tree(chunks), 0);
	run("recompose @ --json");
	check_code(3);
	o = summary();
	CHECK_STR(json_str(o, "code"), "originals_gone");
	json_decref(o);
	run("compose @ --number 2");                           /* as a job does */
	check_code(3);
	CHECK(strstr(err, "originals_gone"));
	tear_down();
}

static bool holds_anywhere(const char *text)
{
	g_autofree char *command = g_strdup_printf("grep -rqF '%s' '%s'", text, dir);

	return system(command) == 0;
}

static void test_erase(void)
{
	json_t *o;

	set_up();
	run("compose @" SMALL);
	run("erase @");
	check_code(2);
	run("erase @ --participant Bob --yes");
	check_code(2);
	run("erase @ --participant user2");                    /* no terminal: it must be said */
	check_code(2);
	run("erase @ --participant user9 --yes");
	check_code(3);
	CHECK(!there(".erase.json"));
	run("erase @ --participant user2 --dry-run");
	check_code(0);
	CHECK(holds_anywhere("Bob"));
	run("erase @ --participant user2 --yes --json --progress none");
	check_code(0);
	o = summary();
	CHECK_INT(json_num(o, "chunks", 0), 2);
	CHECK_INT(json_num(json_object_get(o, "output"), "duration_ms", 0), 1200);
	json_decref(o);
	CHECK(there("output.webm") && !there(".erase.json"));
	o = json_of("metadata.json");                          /* as the first one was, without them */
	CHECK_INT(json_num(json_object_get(json_array_get(json_object_get(o, "outputs"), 0), "spec"), "width", 0), 160);
	CHECK_INT(json_array_size(json_object_get(json_object_get(o, "call"), "participants")), 1);
	json_decref(o);
	CHECK(!holds_anywhere("Bob"));
	run("verify @");
	check_code(0);
	CHECK(strstr(out, "2 chunks erased"));
	run("erase @ --participant user2 --yes --json --progress none");
	check_code(0);
	o = summary();
	CHECK(json_is_null(json_object_get(o, "output")));     /* made without them already */
	json_decref(o);
	tear_down();
}

/* Interrupted between erasing and composing: what the output was is not forgotten. */
static void test_erase_in_two(void)
{
	json_t *o;

	set_up();
	run("compose @" SMALL);
	{
		g_autofree char *note = g_build_filename(dir, ".erase.json", NULL);

		CHECK(g_file_set_contents(note, "{\"outputs\":[{\"spec\":{\"width\":162,\"height\":92,\"fps\":10}}]}", -1, NULL));
	}
	run("erase @ --participant user9 --yes --no-compose");          /* a job about nobody ends */
	check_code(0);
	CHECK(there("output.webm"));
	run("erase @ --participant user2 --yes --no-compose");
	check_code(0);
	CHECK(!there("output.webm"));
	tear_down();
	set_up();
	{
		g_autofree char *note = g_build_filename(dir, ".erase.json", NULL);

		CHECK(g_file_set_contents(note, "{\"outputs\":[{\"spec\":{\"width\":162,\"height\":92,\"fps\":10}}]}", -1, NULL));
	}
	run("erase @ --participant user2 --yes --progress none");
	check_code(0);
	o = json_of("metadata.json");
	CHECK_INT(json_num(json_object_get(json_array_get(json_object_get(o, "outputs"), 0), "spec"), "width", 0), 162);
	json_decref(o);
	CHECK(!there(".erase.json"));
	tear_down();
}

/* ---- with a catalog ---- */

static struct catalog *catalog;

static void set_up_catalog(void)
{
	g_autofree char *url = NULL;

	set_up();
	run("compose @" SMALL);
	check_code(0);
	url = g_strdup_printf("sqlite:%s/recroom.db", top);
	CHECK_INT(catalog_open(&catalog, url), 0);
	CHECK_INT(add_stopped_recording(catalog, ID, "demo", "x", 1760090400123), 0);
	CHECK_INT(finish_recording(catalog, ID, ID "/output.webm", 3, "aa"), 0);
}

static int run_in(const char *line)
{
	g_autofree char *all = g_strdup_printf("--recordings %s %s", top, line);

	return run(all);
}

static json_t *output_row(int n)
{
	json_t *r = NULL, *o;

	CHECK_INT(catalog_recording_get(catalog, ID, &r), 0);
	o = json_incref(json_array_get(json_object_get(r, "outputs"), (size_t)n - 1));
	json_decref(r);
	return o;
}

static void check_status(const char *want)
{
	json_t *r = NULL;

	CHECK_INT(catalog_recording_get(catalog, ID, &r), 0);
	CHECK_STR(json_str(r, "status"), want);
	json_decref(r);
}

static void test_catalog(void)
{
	struct catalog_job j;
	json_t *o;

	set_up_catalog();
	run_in("recompose @ --without user2" SMALL);
	check_code(0);
	o = output_row(2);
	CHECK_STR(json_str(o, "state"), "done");
	CHECK_STR(json_str(o, "path"), ID "/outputs/2-grid-160x90.webm");
	CHECK(json_array_size(json_object_get(o, "files")) >= 3);
	json_decref(o);
	CHECK_INT(catalog_output_add(catalog, &(struct catalog_new_output){ .recording = ID, .spec = "{}" }, &j), 0);
	run_in("cancel " ID " --number 3");
	check_code(0);
	run_in("cancel " ID " --number 3");
	check_code(1);
	run_in("cancel " ID " --number 9");
	check_code(3);
	check_status("completed");
	run_in("erase @ --participant user2 --yes --progress none");
	check_code(0);
	check_status("completed");
	o = output_row(1);
	CHECK_STR(json_str(o, "state"), "done");
	json_decref(o);
	o = output_row(2);
	CHECK_STR(json_str(o, "state"), "done");               /* held nothing of them */
	json_decref(o);
	CHECK(there("output.webm") && there("outputs/2-grid-160x90.webm"));
	run_in("show " ID);
	CHECK(!strstr(out, "Bob") && strstr(out, "Ann") && strstr(out, "erased"));
	catalog_close(&catalog);
	CHECK(!holds_anywhere("Bob"));
	tear_down();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_ask), TEST(test_recompose), TEST(test_recompose_refused), TEST(test_erase), TEST(test_erase_in_two), TEST(test_catalog),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp jobs` as a user meets it.
 */
#include "common/fsio.h"
#include "common/json.h"
#include "tests/lib/catalog_rows.h"
#include "tests/unit/test.h"
#include "tests/unit/command.h"

#define ID "rec_demo_1760090400123_abcdef"

static struct catalog *catalog;

/* One that failed, one that waits, a worker that lives. */
static int64_t set_up(void)
{
	const char *const places[] = { "host:testhost", NULL };
	struct catalog_job j;
	char *url;

	dir = g_dir_make_tmp("recroom-jobs-XXXXXX", NULL);
	url = g_build_filename(dir, "recroom.db", NULL);
	CHECK_INT(catalog_open(&catalog, url), 0);
	g_free(url);
	CHECK_INT(add_stopped_recording(catalog, ID, "demo", "x", 1760090400123), 0);
	CHECK_INT(take_job(catalog, "w", &j), 1);
	CHECK_INT(catalog_job_failed(catalog, j.id, "w", "There is no such codec.", 0, 3, true), 0);
	CHECK_INT(add_stopped_recording(catalog, "rec_demo_1760090400999_abcdef", "demo", "y", 1760090400999), 0);
	CHECK_INT(catalog_worker_gone(catalog, "w"), 0);
	CHECK_INT(catalog_worker_put(catalog, &(struct catalog_worker){ "testhost:1:2:3:4", "testhost", "1", 4000, places }), 0);
	return j.id;
}

static void tear_down(void)
{
	catalog_close(&catalog);
	fs_remove_tree(dir);
	g_clear_pointer(&dir, g_free);
}

static void test_list(void)
{
	json_t *o;

	set_up();
	CHECK_INT(run("jobs -d @"), 0);
	CHECK(strstr(out, "failed"));
	CHECK(strstr(out, "There is no such codec."));
	CHECK(strstr(out, "queued"));
	CHECK_INT(run("jobs list --failed -d @"), 0);
	CHECK(!strstr(out, "queued"));
	CHECK_INT(run("jobs list " ID " -d @ --json"), 0);
	o = summary();
	CHECK_INT(json_num(o, "jobs", 0), 1);
	json_decref(o);
	CHECK_INT(run("jobs list --room elsewhere -d @"), 0);
	CHECK(strstr(err, "no such jobs"));
	CHECK_INT(run("jobs nonsense -d @"), 2);
	tear_down();
}

static void test_retry(void)
{
	int64_t id = set_up();
	char line[64];

	CHECK_INT(run("jobs retry -d @"), 2);
	CHECK_INT(run("jobs retry 12x -d @"), 2);
	CHECK_INT(run("jobs retry 4711 -d @"), 3);
	snprintf(line, sizeof(line), "jobs retry %lld -d @", (long long)id);
	CHECK_INT(run(line), 0);
	CHECK_INT(run(line), 1);
	CHECK_INT(run("jobs --failed -d @"), 0);
	CHECK(strstr(err, "no such jobs"));
	tear_down();
}

static void test_workers(void)
{
	set_up();
	CHECK_INT(run("jobs workers -d @"), 0);
	CHECK(strstr(out, "testhost:1:2:3:4"));
	CHECK(strstr(out, "host:testhost"));
	CHECK(!strstr(out, "draining"));
	CHECK_INT(run("jobs drain -d @"), 2);
	CHECK_INT(run("jobs drain nobody -d @"), 3);
	CHECK_INT(run("jobs drain testhost -d @"), 0);
	CHECK_INT(run("jobs workers -d @"), 0);
	CHECK(strstr(out, "draining"));
	CHECK_INT(run("jobs undrain testhost:1:2:3:4 -d @ --json"), 0);
	CHECK_INT(run("jobs workers -d @"), 0);
	CHECK(!strstr(out, "draining"));
	tear_down();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_list), TEST(test_retry), TEST(test_workers) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

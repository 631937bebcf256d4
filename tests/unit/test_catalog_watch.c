/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Waiting for changes, on both engines: what is told and what is not, waking, a database that is away.
 */
#include "common/catalog_watch.c"
#include <pthread.h>
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"
enum { LONG_MS = 60000, SHORT_MS = 30 };

/* SQLite knows only that something was written. */
static void check_bits(int got, int want)
{
	CHECK_INT(got, box_pg ? want : CATALOG_ANYTHING);
}

/* The first wait says that everything may have changed. */
static struct catalog_watch *watch(const char *url)
{
	struct catalog_watch *w = NULL;

	CHECK_INT(catalog_watch_open(&w, url), 0);
	CHECK_INT(catalog_watch_wait(w, LONG_MS), CATALOG_ANYTHING);
	return w;
}

static void test_changes(void)
{
	struct catalog *c = box_open();
	struct catalog_watch *w = watch(box_path);
	struct catalog_job j;
	json_t *payload = json_object();

	CHECK_INT(catalog_watch_wait(w, SHORT_MS), 0);
	box_stopped(c, REC);
	check_bits(catalog_watch_wait(w, LONG_MS), CATALOG_JOBS);
	CHECK_INT(catalog_watch_wait(w, SHORT_MS), 0);
	CHECK_INT(catalog_event_insert(c, REC, 1, "recordingstarted", payload, "plugin"), 0);
	check_bits(catalog_watch_wait(w, LONG_MS), CATALOG_EVENTS);
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_progress(c, j.id, "w", &(struct catalog_progress){ "mix", 50, 0, 0 }), 0);
	CHECK_INT(catalog_watch_wait(w, SHORT_MS), box_pg ? 0 : CATALOG_ANYTHING);          /* taken, got on: nobody's news */
	CHECK_INT(catalog_job_done(c, j.id, "w", &(struct catalog_result){ .path = "p", .mime = "m", .spec = "{}" }), 0);
	check_bits(catalog_watch_wait(w, LONG_MS), CATALOG_JOBS | CATALOG_EVENTS);
	json_decref(payload);
	catalog_watch_close(&w);
	CHECK(!w);
	box_close(c);
}

/* What was rolled back is told to nobody. */
static void test_rolled_back(void)
{
	struct catalog *c = box_open();
	struct catalog_watch *w = watch(box_path);

	box_sql("BEGIN; INSERT INTO rooms VALUES ('x', 1); ROLLBACK");
	CHECK_INT(catalog_watch_wait(w, SHORT_MS), 0);
	catalog_watch_close(&w);
	box_close(c);
}

static void *wait_long(void *w)
{
	return GINT_TO_POINTER(catalog_watch_wait(w, LONG_MS) + 1);
}

static void test_wake(void)
{
	struct catalog *c = box_open();
	struct catalog_watch *w = watch(box_path);
	pthread_t t;
	void *got;
	int64_t began_us = clock_mono_us();

	CHECK_INT(thread_start(&t, "waiter", wait_long, w), 0);
	catalog_watch_wake(w);
	pthread_join(t, &got);
	CHECK_INT(GPOINTER_TO_INT(got), 1);
	catalog_watch_wake(w);                         /* before the wait: the next one returns */
	CHECK_INT(catalog_watch_wait(w, LONG_MS), 0);
	CHECK(clock_mono_us() - began_us < LONG_MS * 1000LL);
	catalog_watch_close(&w);
	box_close(c);
}

/* Away: it says so, later; a wake ends that as well. What no engine takes is refused. */
static void test_away(void)
{
	const char *url = box_pg ? "host=/nonexistent dbname=x" : "/nonexistent/recroom.db";
	struct catalog_watch *w = NULL;
	int64_t began_us = clock_mono_us();

	CHECK_INT(catalog_watch_open(&w, "mysql://x"), -EINVAL);
	CHECK_INT(catalog_watch_open(&w, url), 0);
	CHECK_INT(catalog_watch_wait(w, SHORT_MS), box_pg ? -EBUSY : -ENOENT);
	CHECK(clock_mono_us() - began_us >= SHORT_MS * 1000LL);
	catalog_watch_wake(w);
	CHECK(catalog_watch_wait(w, LONG_MS) < 0);
	catalog_watch_close(&w);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_changes), TEST(test_rolled_back), TEST(test_wake), TEST(test_away) };

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

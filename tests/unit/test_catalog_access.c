/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log in the catalog, on both engines: rows, pages, their age, and what becomes of them when somebody is erased or the recording deleted.
 */
#include <errno.h>
#include "common/catalog_access.c"
#include "catalog_box.h"

#define REC "rec_demo_1000_aaaaaa"
#define REC2 "rec_demo_2000_bbbbbb"
#define CALL "call_demo_1_aaaaaa"

static void add_one(struct catalog *c, const char *recording, enum access_action action, const char *actor, int64_t at_ms)
{
	struct catalog_access a = { .at_ms = at_ms, .action = action, .recording = recording, .item = "output.webm", .actor = actor, .address = "192.0.2.7" };

	CHECK_INT(catalog_access_add(c, &a, 1), 0);
}

static json_t *rows_of(struct catalog *c, struct catalog_access_filter f)
{
	json_t *rows = NULL;

	f.limit = f.limit ? f.limit : 100;
	CHECK_INT(catalog_access_list(c, &f, &rows), 0);
	return rows;
}

static size_t count_of(struct catalog *c, struct catalog_access_filter f)
{
	json_t *rows = rows_of(c, f);
	size_t n = json_array_size(rows);

	json_decref(rows);
	return n;
}

/* Written by whoever may have written it before: there once, also when the actor has been erased since. */
static void test_once(void)
{
	struct catalog *c = box_open();
	struct catalog_access a = { .at_ms = 10, .action = ACCESS_CANCELLED, .recording = REC, .item = "2", .actor = CALL "/user1" }, b = a;

	b.item = NULL;
	for (int i = 0; i < 3; i++) {
		CHECK_INT(catalog_access_once(c, &a), 0);
		CHECK_INT(catalog_access_once(c, &b), 0);
	}
	CHECK_INT(count_of(c, (struct catalog_access_filter){ .recording = REC }), 2);
	a.at_ms++;
	CHECK_INT(catalog_access_once(c, &a), 0);
	CHECK_INT(count_of(c, (struct catalog_access_filter){ .recording = REC }), 3);
	CHECK_INT(access_action_find("cancelled"), ACCESS_CANCELLED);
	CHECK_INT(access_action_find("stolen"), -EINVAL);
	box_close(c);
}

static void test_rows(void)
{
	struct catalog *c = box_open();
	struct catalog_access lot[2] = { { .at_ms = 10, .action = ACCESS_SHARED, .recording = REC, .actor = "ann" },
					 { .at_ms = 20, .action = ACCESS_DELETED, .recording = REC2, .item = "it's \"3\"", .actor = "link", .address = "::1" } };
	struct catalog_access bad[2] = { lot[0], { .action = ACCESS_VIEWED, .actor = "ann" } };
	json_t *rows, *row;

	CHECK_INT(catalog_access_add(c, lot, 2), 0);
	CHECK_INT(catalog_access_add(c, bad, 2), -EINVAL);
	rows = rows_of(c, (struct catalog_access_filter){ 0 });
	CHECK_INT(json_array_size(rows), 2);            /* the good one of the bad lot is not there either */
	row = json_array_get(rows, 0);
	CHECK_STR(json_str(row, "recording"), REC2);
	CHECK_STR(json_str(row, "action"), "deleted");
	CHECK_STR(json_str(row, "item"), "it's \"3\"");
	CHECK_STR(json_str(row, "actor"), "link");
	CHECK_STR(json_str(row, "address"), "::1");
	CHECK_INT(json_num(row, "at_ms", 0), 20);
	CHECK(json_is_null(json_object_get(json_array_get(rows, 1), "address")));
	json_decref(rows);
	CHECK_INT(count_of(c, (struct catalog_access_filter){ .recording = REC }), 1);
	CHECK_INT(count_of(c, (struct catalog_access_filter){ .since_ms = 11 }), 1);
	box_close(c);
}

static void test_pages(void)
{
	struct catalog *c = box_open();
	int64_t before = 0, last_at = 1000;
	size_t seen = 0, n;

	for (int i = 0; i < 25; i++)
		add_one(c, i % 5 ? REC : REC2, ACCESS_VIEWED, "ann", i);
	do {
		json_t *rows = rows_of(c, (struct catalog_access_filter){ .recording = REC, .before = before, .limit = 7 });

		n = json_array_size(rows);
		for (size_t i = 0; i < n; i++) {
			CHECK(json_num(json_array_get(rows, i), "at_ms", 0) < last_at);
			last_at = json_num(json_array_get(rows, i), "at_ms", 0);
		}
		before = json_num(json_array_get(rows, n - 1), "id", 0);
		seen += n;
		add_one(c, REC, ACCESS_VIEWED, "bob", 5000);    /* what is new moves no page */
		json_decref(rows);
	} while (n == 7);
	CHECK_INT(seen, 20);
	box_close(c);
}

static void test_age(void)
{
	struct catalog *c = box_open();

	for (int i = 0; i < 5; i++)
		add_one(c, REC, ACCESS_VIEWED, "ann", 1000 * i);
	CHECK_INT(catalog_access_prune(c, 3000), 3);
	CHECK_INT(catalog_access_prune(c, 3000), 0);
	CHECK_INT(count_of(c, (struct catalog_access_filter){ 0 }), 2);
	box_close(c);
}

/* Rows of before and after, of that recording alone; who did the erasing stays. */
static void test_erased(void)
{
	struct catalog *c = box_open();
	struct catalog_job job;
	json_t *rows, *row;
	size_t i, gone = 0;

	CHECK_INT(add_stopped_recording(c, REC, "demo", "Hi", 1000), 0);
	CHECK_INT(finish_recording(c, REC, REC "/output.webm", 5, NULL), 0);
	rows = NULL;
	CHECK_INT(catalog_recording_get(c, REC, &rows), 0);
	{
		g_autofree char *sub = g_strdup_printf("%s/user1", json_str(rows, "call_id")), *longer = g_strdup_printf("%s0", sub);

		json_decref(rows);
		add_one(c, REC, ACCESS_VIEWED, sub, 1);
		add_one(c, REC2, ACCESS_VIEWED, sub, 2);
		add_one(c, REC, ACCESS_VIEWED, longer, 3);      /* user10 is somebody else */
		add_one(c, REC, ACCESS_ERASED, "boss", 4);
		CHECK_INT(catalog_erase(c, REC, "user1", NULL, &job), 0);
		add_one(c, REC, ACCESS_VIEWED, sub, 5);         /* was waiting in its writer meanwhile */
	}
	rows = rows_of(c, (struct catalog_access_filter){ 0 });
	json_array_foreach(rows, i, row)
		if (!strcmp(json_str(row, "actor"), "erased")) {
			gone++;
			CHECK_STR(json_str(row, "recording"), REC);
			CHECK(json_is_null(json_object_get(row, "address")));
		}
	CHECK_INT(gone, 2);
	json_decref(rows);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_rows), TEST(test_once), TEST(test_pages), TEST(test_age), TEST(test_erased) };

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Share links in the catalog, on both engines: what is kept of a secret, when a link is gone, and what becomes of it when somebody is erased or all is deleted.
 */
#include "common/catalog_share.c"
#include "catalog_box.h"

#define REC "rec_demo_1000_aaaaaa"
#define REC2 "rec_demo_2000_bbbbbb"

static struct catalog *filled(void)
{
	struct catalog *c = box_open();

	CHECK_INT(add_stopped_recording(c, REC, "demo", "One", 1000), 0);
	CHECK_INT(finish_recording(c, REC, REC "/output.webm", 10, NULL), 0);
	CHECK_INT(add_stopped_recording(c, REC2, "demo", "Two", 2000), 0);
	return c;
}

static void give(struct catalog *c, const char *secret, char id[SHARE_ID], const char *name, int64_t expires_ms)
{
	struct catalog_share s = { .id = id, .recording = REC, .output = 1, .name = name, .expires_ms = expires_ms, .created_by = "call_demo_1000_aaaaaa/user1" };

	CHECK_INT(share_id_of(id, secret), 0);
	CHECK_INT(catalog_share_add(c, &s), 1);
}

static json_t *look(struct catalog *c, const char *id)
{
	json_t *row = NULL;

	CHECK_INT(catalog_share_get(c, id, &row), 0);
	return row;
}

static bool is_gone(struct catalog *c, const char *id)
{
	json_t *row = look(c, id);
	bool gone = json_num(row, "gone", -1) == 1;

	json_decref(row);
	return gone;
}

static void test_secrets(void)
{
	char a[SHARE_SECRET], b[SHARE_SECRET], id[SHARE_ID], again[SHARE_ID];
	static const char *const bad[] = { "", "short", "UPPERCASEUPPERCASEUPPERCASE", "abcdefghijklmnopqrstuvwxyz012345678", "abcdefghijklmnopqrstuvwxy/", "..%2f" };

	share_secret_make(a);
	share_secret_make(b);
	CHECK(strcmp(a, b) && strlen(a) == 26);
	CHECK_INT(share_id_of(id, a), 0);
	CHECK_INT(share_id_of(again, a), 0);
	CHECK_STR(id, again);
	CHECK(share_id_valid(id) && !strstr(id, a));
	CHECK_INT(share_id_of(again, b), 0);
	CHECK(strcmp(id, again));
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		CHECK_INT(share_id_of(id, bad[i]), -EINVAL);
	CHECK(!share_id_valid("x") && !share_id_valid(""));
}

static void test_expiry(void)
{
	CHECK_INT(share_expiry(5000, -1), 5000 + 1000LL * SHARE_TTL_S);
	CHECK_INT(share_expiry(5000, 0), 0);
	CHECK_INT(share_expiry(5000, 60), 65000);
	CHECK_INT(share_expiry(5000, INT64_MAX), 5000 + 1000LL * SHARE_TTL_MAX_S);
}

static void test_file(void)
{
	struct catalog *c = filled();
	json_t *row = NULL, *other = NULL;

	CHECK_INT(catalog_recording_get(c, REC, &row), 0);
	CHECK_INT(catalog_recording_get(c, REC2, &other), 0);
	CHECK_STR(json_str(share_file(row, 0, NULL), "name"), "output.webm");
	CHECK_STR(json_str(share_file(row, 1, "thumbnail.jpg"), "name"), "thumbnail.jpg");
	CHECK(!share_file(row, 2, NULL) && !share_file(row, 1, "timeline.jsonl") && !share_file(row, 1, "media"));
	CHECK(!share_file(other, 0, NULL));
	json_decref(row);
	json_decref(other);
	box_close(c);
}

static void test_life(void)
{
	struct catalog *c = filled();
	char id[SHARE_ID], forever[SHARE_ID], past[SHARE_ID];
	json_t *row, *rows = NULL;

	give(c, "aaaaaaaaaaaaaaaaaaaaaaaaaa", id, "thumbnail.jpg", INT64_C(4000000000000));
	give(c, "bbbbbbbbbbbbbbbbbbbbbbbbbb", forever, NULL, 0);
	give(c, "cccccccccccccccccccccccccc", past, NULL, 1);
	row = look(c, id);
	CHECK_STR(json_str(row, "recording"), REC);
	CHECK_STR(json_str(row, "name"), "thumbnail.jpg");
	CHECK_INT(json_num(row, "output", 0), 1);
	CHECK_INT(json_num(row, "expires_ms", 0), INT64_C(4000000000000));
	json_decref(row);
	row = look(c, forever);
	CHECK(json_is_null(json_object_get(row, "expires_ms")) && json_is_null(json_object_get(row, "name")));
	json_decref(row);
	CHECK(!is_gone(c, id) && !is_gone(c, forever) && is_gone(c, past));
	CHECK_INT(catalog_share_used(c, id), 0);
	CHECK_INT(catalog_share_used(c, id), 0);
	CHECK_INT(catalog_share_revoke(c, REC2, id), -ENOENT);
	CHECK(!is_gone(c, id));
	CHECK_INT(catalog_share_revoke(c, REC, id), 0);
	CHECK_INT(catalog_share_revoke(c, REC, id), 0);
	CHECK(is_gone(c, id));
	CHECK_INT(catalog_shares(c, REC, &rows), 0);
	CHECK_INT(json_array_size(rows), 3);
	json_decref(rows);
	row = look(c, id);
	CHECK_INT(json_num(row, "uses", 0), 2);
	json_decref(row);
	CHECK_INT(catalog_share_get(c, REC, &row), -ENOENT);
	box_close(c);
}

static void test_twice(void)
{
	struct catalog *c = filled();
	char id[SHARE_ID];
	struct catalog_share s = { .id = id, .recording = REC, .output = 1 };

	give(c, "aaaaaaaaaaaaaaaaaaaaaaaaaa", id, NULL, 0);
	CHECK_INT(catalog_share_add(c, &s), 0);
	s.name = "thumbnail.jpg";
	CHECK_INT(catalog_share_add(c, &s), -EEXIST);
	s.recording = "rec_demo_3000_cccccc";
	CHECK_INT(catalog_share_add(c, &s), -ENOENT);
	s.id = "no hash";
	CHECK_INT(catalog_share_add(c, &s), -EINVAL);
	box_close(c);
}

static void test_erased_and_deleted(void)
{
	struct catalog *c = filled();
	struct catalog_job job;
	char id[SHARE_ID], later[SHARE_ID];
	struct catalog_share s = { .id = later, .recording = REC };
	json_t *row;

	give(c, "aaaaaaaaaaaaaaaaaaaaaaaaaa", id, NULL, 0);
	CHECK_INT(catalog_erase(c, REC, "user1", NULL, &job), 0);
	row = look(c, id);
	CHECK_STR(json_str(row, "created_by"), "erased");
	json_decref(row);
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	CHECK_INT(share_id_of(later, "dddddddddddddddddddddddddd"), 0);
	CHECK_INT(catalog_share_add(c, &s), -ENOENT);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_secrets), TEST(test_expiry), TEST(test_file), TEST(test_life), TEST(test_twice), TEST(test_erased_and_deleted),
	};

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

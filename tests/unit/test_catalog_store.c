/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Copies of files in stores: written, replaced, shown with their recording, gone with their file. On both engines.
 */
#include "common/catalog_store.c"
#include "catalog_box.h"

#define REC "rec_demo_1_aaaaaa"

static struct catalog *completed(void)
{
	struct catalog *c = box_open();

	box_stopped(c, REC);
	CHECK_INT(finish_recording(c, REC, REC "/output.webm", 10, "aa"), 0);
	return c;
}

static struct catalog_copy copy_of(const char *file, const char *store, const char *state)
{
	return (struct catalog_copy){ .recording = REC, .file = file, .store = store, .key = "recordings/1970/01/01/" REC ".webm", .state = state,
				      .upload = "u1", .size = 10 };
}

/* "store state" of each copy */
static void check_copies(struct catalog *c, const char *want)
{
	json_t *rows = NULL, *row;
	GString *got = g_string_new(NULL);
	size_t i;

	CHECK_INT(catalog_copies(c, REC, &rows), 0);
	json_array_foreach(rows, i, row)
		g_string_append_printf(got, "%s%s@%s %s", i ? ", " : "", json_str(row, "name"), json_str(row, "store"), json_str(row, "state"));
	CHECK_STR(got->str, want);
	g_string_free(got, TRUE);
	json_decref(rows);
}

static void test_put(void)
{
	struct catalog *c = completed();
	struct catalog_copy copy = copy_of("output.webm", "main", "uploading");
	json_t *rows = NULL;

	check_copies(c, "");
	CHECK_INT(catalog_copy_put(c, &copy), 0);
	copy = copy_of("output.webm", "mirror", "queued");
	CHECK_INT(catalog_copy_put(c, &copy), 0);
	copy = copy_of("metadata.json", "main", "failed");
	CHECK_INT(catalog_copy_put(c, &copy), 0);
	check_copies(c, "output.webm@main uploading, output.webm@mirror queued, metadata.json@main failed");
	copy = (struct catalog_copy){ .recording = REC, .file = "output.webm", .store = "main", .key = "k", .version = "v1", .etag = "\"e\"", .state = "verified",
				      .size = 11, .sha256 = "bb" };
	CHECK_INT(catalog_copy_put(c, &copy), 0);
	CHECK_INT(catalog_copies(c, REC, &rows), 0);
	CHECK_STR(json_str(json_array_get(rows, 0), "version"), "v1");
	CHECK_INT(json_num(json_array_get(rows, 0), "size", 0), 11);
	CHECK(json_num(json_array_get(rows, 0), "verified_ms", 0) > 0);
	CHECK(json_is_null(json_object_get(json_array_get(rows, 0), "upload")));
	CHECK(json_is_null(json_object_get(json_array_get(rows, 1), "verified_ms")));
	json_decref(rows);
	CHECK_INT(catalog_copy_drop(c, REC, "output.webm", "mirror"), 0);
	CHECK_INT(catalog_copy_drop(c, REC, "output.webm", "mirror"), -ENOENT);
	check_copies(c, "output.webm@main verified, metadata.json@main failed");
	box_close(c);
}

static void test_refused(void)
{
	struct catalog *c = completed();
	struct catalog_copy copy = copy_of("nothing.webm", "main", "queued");

	CHECK_INT(catalog_copy_put(c, &copy), -ENOENT);
	copy = copy_of("output.webm", "main", NULL);
	CHECK_INT(catalog_copy_put(c, &copy), -EINVAL);
	check_copies(c, "");
	box_close(c);
}

static void test_shown(void)
{
	struct catalog *c = completed();
	struct catalog_copy copy = copy_of("output.webm", "main", "verified");
	json_t *r = NULL, *file, *files;

	CHECK_INT(catalog_copy_put(c, &copy), 0);
	CHECK_INT(catalog_recording_get(c, REC, &r), 0);
	CHECK_INT(json_num(r, "held", -1), 0);
	CHECK_INT(strlen(json_str(r, "public_id")), 32);
	CHECK(json_is_null(json_object_get(r, "backup")));
	files = json_object_get(json_array_get(json_object_get(r, "outputs"), 0), "files");
	file = json_array_get(files, 0);
	CHECK_STR(json_str(file, "name"), "output.webm");
	CHECK(!json_object_get(file, "id"));
	CHECK_INT(json_array_size(json_object_get(file, "copies")), 1);
	CHECK_STR(json_str(json_array_get(json_object_get(file, "copies"), 0), "store"), "main");
	CHECK_INT(json_array_size(json_object_get(json_array_get(files, 1), "copies")), 0);
	json_decref(r);
	box_close(c);
}

static void test_gone_with_the_file(void)
{
	struct catalog *c = completed();
	struct catalog_copy copy = copy_of("output.webm", "main", "verified");
	struct catalog_job j;

	CHECK_INT(catalog_copy_put(c, &copy), 0);
	CHECK_INT(catalog_recording_delete(c, REC), 0);
	check_copies(c, "output.webm@main verified");
	CHECK_INT(take_job(c, "w", &j), 1);
	CHECK_INT(catalog_job_deleted(c, j.id, "w"), 0);
	check_copies(c, "");
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_put), TEST(test_refused), TEST(test_shown), TEST(test_gone_with_the_file) };

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Local copies of outputs go when all of them are verified in their stores, and not before; what went is told apart from what is missing.
 */
#include "postprocess/local_copies.c"
#include <glib/gstdio.h>
#include "catalog_box.h"

#define REC "rec_demo_1760090400123_aaaaaa"

static const char *const stores[] = { "main", "far", NULL }, *const completing[] = { "main", NULL };
static const struct catalog_upload_rules rules = { .completing = completing, .fallback_ms = 600000, .give_up_ms = 3600000 };
static const struct catalog_file files[] = {
	{ "media", "output.webm", "video/webm", "aa", 5 }, { "metadata", "metadata.json", "application/json", "bb", 2 }, { "thumbnail", "thumbnail.jpg", "image/jpeg", "cc", 3 },
};
static const struct catalog_copy copies[] = {
	{ .file = "output.webm", .key = "a.webm", .size = 5 }, { .file = "metadata.json", .key = "a.json", .size = 2 }, { .file = "thumbnail.jpg", .key = "a.jpg", .size = 3 },
};

static void make(struct catalog *c, const char *dir)
{
	struct catalog_result r = { .path = REC "/output.webm", .mime = "video/webm", .size = 5, .duration_ms = 1900, .files = files, .nfiles = G_N_ELEMENTS(files), .spec = "{}",
				    .stores = stores };
	struct catalog_job j = { 0 };

	CHECK(!g_mkdir(dir, 0700));
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(dir, files[i].name, NULL);

		CHECK(g_file_set_contents(path, "12345", (gssize)files[i].size, NULL));
	}
	box_stopped(c, REC);
	CHECK_INT(take_which(c, "w", CATALOG_LATE, &j), 1);
	CHECK_INT(catalog_job_done(c, j.id, "w", &r), 0);
}

static void sent(struct catalog *c, const char *store)
{
	struct catalog_job j = { 0 };

	CHECK_INT(take_which(c, "w", CATALOG_TRANSFER, &j), 1);
	CHECK_STR(j.about, store);
	CHECK_INT(catalog_upload_done(c, j.id, "w", copies, G_N_ELEMENTS(copies), &rules), 0);
}

static int there(const char *dir)
{
	int n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(dir, files[i].name, NULL);

		n += g_file_test(path, G_FILE_TEST_EXISTS);
	}
	return n;
}

static void test_removed(void)
{
	struct catalog *c = box_open();
	g_autofree char *dir = g_build_filename(box_dir, REC, NULL), *kept = g_build_filename(dir, "metadata.json", NULL);
	int fd;

	make(c, dir);
	CHECK_INT(local_copies_remove(c, box_dir, "host1", 1, NULL, NULL), 0);
	sent(c, "main");
	CHECK_INT(local_copies_remove(c, box_dir, "host1", 1, NULL, NULL), 0);         /* the mirror's is still to be read */
	sent(c, "far");
	CHECK_INT(local_copies_remove(c, box_dir, "host1", 3600000, NULL, NULL), 0);
	CHECK_INT(local_copies_remove(c, box_dir, "host2", 1, NULL, NULL), 0);
	CHECK_INT(there(dir), 3);
	box_sql("UPDATE copies SET verified_ms = verified_ms - 1000");
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	CHECK(!local_copies_gone(fd, "output.webm"));
	CHECK_INT(local_copies_remove(c, box_dir, "host1", 1, NULL, NULL), 1);
	CHECK_INT(there(dir), 1);
	CHECK(g_file_test(kept, G_FILE_TEST_EXISTS));
	CHECK(local_copies_gone(fd, "output.webm"));
	CHECK(!local_copies_gone(fd, "metadata.json"));
	close(fd);
	CHECK_INT(local_copies_remove(c, box_dir, "host1", 1, NULL, NULL), 0);         /* there is nothing left */
	box_close(c);
	fs_remove_tree(dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { { "removed", test_removed } };

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

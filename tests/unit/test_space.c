/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <sys/statvfs.h>

/* The disk of these tests. */
static struct statvfs disk;
static int disk_err;

static int fake_statvfs(const char *dir, struct statvfs *out);
#define statvfs(dir, out) fake_statvfs(dir, out)
#include "common/space.c"
#undef statvfs
#include "test.h"

static int fake_statvfs(const char *dir, struct statvfs *out)
{
	(void)dir;
	*out = disk;
	errno = disk_err;
	return disk_err ? -1 : 0;
}

static void set_disk(uint64_t blocks, uint64_t inodes)
{
	disk = (struct statvfs){ .f_frsize = 4096, .f_bavail = blocks, .f_files = 1000, .f_favail = inodes };
	disk_err = 0;
}

static void test_check(void)
{
	static const struct space_conf conf = { 4096 * 100, 50 }, none = { 0, 0 };

	set_disk(100, 50);
	CHECK_INT(space_check("/", &conf), 0);
	set_disk(99, 50);
	CHECK_INT(space_check("/", &conf), -ENOSPC);
	set_disk(100, 49);
	CHECK_INT(space_check("/", &conf), -ENOSPC);
	disk.f_files = 0;          /* knows no inodes */
	CHECK_INT(space_check("/", &conf), 0);
	disk_err = EIO;
	CHECK_INT(space_check("/", &conf), -EIO);
	CHECK_INT(space_check("/", &none), 0);
}

static void test_watch(void)
{
	static const struct space_conf conf = { 4096 * 100, 50 };
	struct space_watch w = { 0 };
	int64_t now_us = 1;

	set_disk(200, 100);
	CHECK(!space_turned_low(&w, "/", &conf, now_us));
	set_disk(50, 100);
	CHECK(!space_turned_low(&w, "/", &conf, now_us + 1));     /* looks only now and then */
	CHECK(space_turned_low(&w, "/", &conf, now_us += LOOK_US));
	CHECK(!space_turned_low(&w, "/", &conf, now_us += LOOK_US));
	set_disk(105, 100);                                       /* not yet well */
	CHECK(!space_turned_low(&w, "/", &conf, now_us += LOOK_US));
	set_disk(99, 100);
	CHECK(!space_turned_low(&w, "/", &conf, now_us += LOOK_US));
	disk_err = EIO;                                           /* says nothing */
	CHECK(!space_turned_low(&w, "/", &conf, now_us += LOOK_US));
	set_disk(111, 100);
	CHECK(!space_turned_low(&w, "/", &conf, now_us += LOOK_US));
	set_disk(99, 100);
	CHECK(space_turned_low(&w, "/", &conf, now_us += LOOK_US));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_check), TEST(test_watch) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

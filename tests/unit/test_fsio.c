/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/fsio.c"
#include "test.h"

static char dir[64];

static const char *in(const char *name)
{
	static char path[2][256];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
	return path[turn];
}

static void enter(void)
{
	strcpy(dir, "/tmp/recroom-fsio-XXXXXX");
	CHECK(mkdtemp(dir));
}

static void leave(void)
{
	CHECK_INT(fs_remove_tree(dir), 0);
	CHECK(access(dir, F_OK) != 0);
}

static int mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (int)(st.st_mode & 07777);
}

static void test_write_and_read(void)
{
	char *text = NULL;
	size_t len = 0;

	enter();
	umask(077);
	CHECK_INT(fs_write_atomic(dir, "a", "hello", 5, 0660, 1), 0);
	umask(022);
	CHECK_INT(mode_of(in("a")), 0660);
	CHECK_INT(fs_read(in("a"), 5, &text, &len), 0);
	CHECK_INT(len, 5);
	CHECK_STR(text, "hello");
	g_free(text);
	CHECK_INT(fs_read(in("a"), 4, &text, &len), -EFBIG);
	CHECK_INT(fs_read(in("none"), 4, &text, &len), -ENOENT);
	CHECK_INT(fs_write_atomic(dir, "a", "", 0, 0640, 0), 0);
	CHECK_INT(fs_read(in("a"), 0, &text, &len), 0);
	CHECK_STR(text, "");
	g_free(text);
	leave();
}

static void test_old_temporary_and_links(void)
{
	char *text = NULL;

	enter();
	CHECK_INT(fs_write_atomic(dir, "victim", "safe", 4, 0600, 0), 0);
	CHECK_INT(symlink(in("victim"), in(".a.tmp")), 0);
	CHECK_INT(fs_write_atomic(dir, "a", "new", 3, 0600, 0), 0);
	CHECK_INT(fs_read(in("victim"), 10, &text, NULL), 0);
	CHECK_STR(text, "safe");
	g_free(text);
	CHECK(access(in(".a.tmp"), F_OK) != 0);
	leave();
}

static void test_failed_rename_leaves_nothing(void)
{
	enter();
	CHECK_INT(fs_mkdir_new(in("a"), 0700), 0);
	CHECK(fs_write_atomic(dir, "a", "x", 1, 0600, 0) < 0);
	CHECK(access(in(".a.tmp"), F_OK) != 0);
	CHECK_INT(fs_write_atomic(in("none"), "a", "x", 1, 0600, 0), -ENOENT);
	leave();
}

static void test_directories(void)
{
	enter();
	umask(077);
	CHECK_INT(fs_mkdirs(in("x/y/z"), 02770), 0);
	umask(022);
	CHECK_INT(mode_of(in("x/y/z")), 02770);
	CHECK_INT(mode_of(in("x")), 02770);
	CHECK_INT(fs_mkdirs(in("x/y/z"), 0700), 0);
	CHECK_INT(fs_mkdir_new(in("x"), 0700), -EEXIST);
	CHECK_INT(fs_write_atomic(dir, "f", "", 0, 0600, 0), 0);
	CHECK_INT(fs_mkdirs(in("f"), 0700), -ENOTDIR);
	CHECK(fs_mkdirs(in("f/g"), 0700) < 0);
	CHECK_INT(fs_sync_dir(dir), 0);
	CHECK_INT(fs_sync_dir(in("none")), -ENOENT);
	leave();
}

static void test_remove_does_not_follow(void)
{
	enter();
	CHECK_INT(fs_mkdirs(in("keep"), 0700), 0);
	CHECK_INT(fs_write_atomic(in("keep"), "f", "x", 1, 0600, 0), 0);
	CHECK_INT(fs_mkdirs(in("go/deep"), 0700), 0);
	CHECK_INT(symlink(in("keep"), in("go/deep/link")), 0);
	CHECK_INT(fs_remove_tree(in("go")), 0);
	CHECK(access(in("go"), F_OK) != 0 && access(in("keep/f"), F_OK) == 0);
	CHECK_INT(fs_remove_tree(in("go")), 0);
	CHECK_INT(fs_remove_tree(in("keep/f")), 0);
	CHECK(access(in("keep/f"), F_OK) != 0);
	leave();
}

static void test_local_is_no_network(void)
{
	CHECK(!fs_is_network("/proc"));
	CHECK(!fs_is_network("/nowhere-at-all"));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_write_and_read), TEST(test_old_temporary_and_links), TEST(test_failed_rename_leaves_nothing), TEST(test_directories),
		TEST(test_remove_does_not_follow), TEST(test_local_is_no_network),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

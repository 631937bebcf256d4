/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files out of a store: whole under their name or not at all, gone on with, found wrong.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include "postprocess/sealed.c"
#define fail download_fail
#define refuse download_refuse
#define take download_take
#include "postprocess/download.c"
#undef fail
#undef refuse
#undef take
#include "store_memory.h"
#include "test.h"

static char dir[] = "/tmp/recroom-download-XXXXXX";
static struct download d;
static char etag[STORE_ETAG] = "e1", sum[65];
static int64_t stop_at;

/* The head of an object as our store in memory has none. */
static void open_it(void)
{
	struct sealed_conf conf = { .store = &memory, .key = "a/b" };
	char why[200];

	sealed_unref(&d.object);
	CHECK_INT(sealed_open(&d.object, &conf, why, sizeof(why)), 0);
	g_strlcpy(d.object->stat.etag, etag, sizeof(d.object->stat.etag));
}

static int progress(int64_t done, int64_t size, void *arg)
{
	(void)arg;
	CHECK(done <= size);
	return stop_at && done >= stop_at ? -ECANCELED : 0;
}

static void setup(size_t size)
{
	memory.data = g_malloc(size + 1);
	memory.size = size;
	memory.piece = 10000;
	memory.fails = 0;
	for (size_t i = 0; i < size; i++)
		memory.data[i] = (unsigned char)(i * 7 + i / 256);
	sha256_hex(sum, memory.data, size);
	d = (struct download){ .dir = dir, .name = "r.webm", .size = (int64_t)size, .sum = DOWNLOAD_SUM_FILE, .sha256 = sum, .progress = progress };
	stop_at = 0;
	g_strlcpy(etag, "e1", sizeof(etag));
	open_it();
}

/* Names in the directory; and all of them removed. */
static int names(char *only, size_t size, bool clear)
{
	GDir *g = g_dir_open(dir, 0, NULL);
	const char *name;
	int n = 0;

	CHECK(g);
	while ((name = g_dir_read_name(g))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		if (only)
			g_strlcpy(only, name, size);
		n++;
		if (clear)
			g_remove(path);
	}
	g_dir_close(g);
	return n;
}

static void teardown(void)
{
	sealed_unref(&d.object);
	g_clear_pointer(&memory.data, g_free);
	names(NULL, 0, true);
}

static void check_file(void)
{
	g_autofree char *path = g_build_filename(dir, "r.webm", NULL), *data = NULL;
	char name[100];
	gsize n = 0;

	CHECK(g_file_get_contents(path, &data, &n, NULL));
	CHECK_INT(n, memory.size);
	CHECK(!memcmp(data, memory.data, n));
	CHECK_INT(names(name, sizeof(name), false), 1);
}

static void test_whole(void)
{
	setup(300000);
	CHECK_INT(download_file(&d), 0);
	CHECK_INT(d.got, 300000);
	CHECK_STR(d.sha256_got, sum);
	check_file();
	open_it();
	CHECK_INT(download_file(&d), 1);               /* it is there */
	check_file();
	teardown();
	setup(0);
	CHECK_INT(download_file(&d), 0);
	check_file();
	teardown();
}

static void test_list(void)
{
	struct checksum *c;
	FILE *f = tmpfile();
	char list[65];

	setup((9 << 20) + 5);
	c = checksum_create();
	CHECK(fwrite(memory.data, 1, memory.size, f) == memory.size && !fflush(f));
	CHECK_INT(checksum_again(c, fileno(f)), 0);
	CHECK_INT(checksum_finish(c, fileno(f)), 0);
	g_strlcpy(list, checksum_list(c), sizeof(list));
	checksum_unref(&c);
	fclose(f);
	d.sum = DOWNLOAD_SUM_LIST;
	d.sha256 = list;
	memory.piece = 300000;
	CHECK_INT(download_file(&d), 0);
	check_file();
	teardown();
}

/* Stopped, and begun again: it goes on; of another object it begins anew. */
static void test_resume(void)
{
	char name[100];

	setup(300000);
	stop_at = 120000;
	CHECK_INT(download_file(&d), -ECANCELED);
	CHECK_INT(names(name, sizeof(name), false), 1);
	CHECK(g_str_has_prefix(name, ".r.webm.") && g_str_has_suffix(name, ".part"));
	stop_at = 0;
	memory.asked = 0;
	CHECK_INT(download_file(&d), 0);
	CHECK_INT(d.resumed, 120000);
	CHECK_INT(memory.asked, 180000);
	check_file();
	names(NULL, 0, true);

	memory.fails = -EIO;
	memory.fails_after = 50000;
	CHECK_INT(download_file(&d), -EIO);
	CHECK(strstr(d.why, "it broke off"));
	memory.fails = 0;
	g_strlcpy(etag, "e2", sizeof(etag));
	open_it();
	CHECK_INT(download_file(&d), 0);
	CHECK_INT(d.resumed, 0);
	check_file();                          /* and the other half is gone */
	names(NULL, 0, true);

	etag[0] = '\0';                        /* a store without: never */
	open_it();
	stop_at = 50000;
	CHECK_INT(download_file(&d), -ECANCELED);
	stop_at = 0;
	CHECK_INT(download_file(&d), 0);
	CHECK_INT(d.resumed, 0);
	check_file();
	teardown();
}

/* The half that was there is damaged: found at the end, and loaded once more. */
static void test_bad_half(void)
{
	g_autofree char *path = NULL;
	char name[100];
	FILE *f;

	setup(300000);
	stop_at = 120000;
	CHECK_INT(download_file(&d), -ECANCELED);
	names(name, sizeof(name), false);
	path = g_build_filename(dir, name, NULL);
	f = fopen(path, "r+");
	CHECK(f && !fseek(f, 1000, SEEK_SET) && fputc('x', f) == 'x' && !fclose(f));
	stop_at = 0;
	CHECK_INT(download_file(&d), 0);
	check_file();
	teardown();
}

static void test_wrong(void)
{
	g_autofree char *path = g_build_filename(dir, "r.webm", NULL);

	setup(300000);
	memory.data[5] ^= 1;
	CHECK_INT(download_file(&d), -EBADMSG);
	CHECK(strstr(d.why, "its checksum is another"));
	CHECK_INT(names(NULL, 0, false), 0);
	d.size = 299999;
	CHECK_INT(download_file(&d), -EBADMSG);
	CHECK_INT(names(NULL, 0, false), 0);
	d.size = -1;
	memory.data[5] ^= 1;
	CHECK(g_file_set_contents(path, "mine", 4, NULL));
	CHECK_INT(download_file(&d), -EEXIST);
	CHECK(strstr(d.why, "--overwrite"));
	d.overwrite = true;
	CHECK_INT(download_file(&d), 0);
	check_file();
	g_remove(path);
	CHECK(!symlink("/etc/passwd", path));
	CHECK(download_file(&d) < 0);                  /* is not followed */
	g_remove(path);
	d.dir = "/nowhere/at/all";
	CHECK_INT(download_file(&d), -ENOENT);
	teardown();
}

static void test_two(void)
{
	struct loading other = { .fd = -1 };
	struct download d2;

	setup(1000);
	d2 = d;
	other.d = &d2;
	other.dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	other.part = part_name(&d2);
	CHECK_INT(open_part(&other), 0);
	CHECK_INT(download_file(&d), -EBUSY);
	close(other.fd);
	CHECK_INT(download_file(&d), 0);
	check_file();
	close(other.dir_fd);
	g_free(other.part);
	teardown();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_whole), TEST(test_list), TEST(test_resume), TEST(test_bad_half), TEST(test_wrong), TEST(test_two) };
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	rmdir(dir);
	return failed;
}

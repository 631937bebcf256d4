/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Feeds a fuzz target the files of its corpus, tests/fuzz/corpus/<name of the program without "fuzz_">, or those named on the command line; each also
 * cut short and with one byte changed, at a few places.
 */
#include <dirent.h>
#include <glib.h>
#include <string.h>
#include "common/fsio.h"
#include "tests/fuzz/fuzz.h"

enum { FILE_MAX = 1 << 20, CUTS = 16 };

static int fed;

static void feed_cut(const char *data, size_t len)
{
	/* A copy of its own size, so that AddressSanitizer sees a read behind it; never NULL, as with libFuzzer. */
	uint8_t *copy = len ? g_memdup2(data, len) : g_malloc(1);

	LLVMFuzzerTestOneInput(copy, len);
	g_free(copy);
}

static void feed_changed(const char *data, size_t len, size_t at)
{
	uint8_t *copy = g_memdup2(data, len);

	copy[at] ^= (uint8_t)(1u << (at % 8));
	LLVMFuzzerTestOneInput(copy, len);
	g_free(copy);
}

static void feed(const char *path)
{
	size_t cuts = &fuzz_cuts ? fuzz_cuts : CUTS, len = 0;
	char *data = NULL;

	if (fs_read(path, FILE_MAX, &data, &len)) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(1);
	}
	feed_cut(data, len);
	for (size_t i = 0; len && i < cuts; i++) {
		feed_cut(data, len * i / cuts);
		feed_changed(data, len, len * i / cuts);
	}
	g_free(data);
	fed++;
}

static void feed_directory(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *path = g_build_filename(dir, e->d_name, NULL);

		if (e->d_name[0] != '.')
			feed(path);
		g_free(path);
	}
	if (d)
		closedir(d);
}

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_");
	char *dir;

	for (int i = 1; i < argc; i++)
		feed(argv[i]);
	if (argc == 1 && name) {
		dir = g_build_filename(SRCDIR, "tests/fuzz/corpus", name + strlen("fuzz_"), NULL);
		feed_directory(dir);
		g_free(dir);
	}
	printf("%d passed, %d failed\n", fed, fed ? 0 : 1);
	return fed ? 0 : 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Block hashes of a file as it is written, with a header written over at the end, and with writes in no order at all.
 */
#include <fcntl.h>
#include "tests/unit/test.h"
#include "postprocess/checksum.c"

enum { LEN = 2 * CHECKSUM_BLOCK + 12345, STEP = 70001 };

struct file {
	int fd;
	uint8_t *data;
	struct checksum *c;
};

static void put(struct file *f, int64_t pos, size_t len)
{
	CHECK_INT(pwrite(f->fd, f->data + pos, len, pos), len);
	checksum_update(f->c, pos, f->data + pos, len);
}

static struct file file_new(void)
{
	char path[] = "/tmp/recroom-checksum-XXXXXX";
	struct file f = { .fd = mkstemp(path), .data = g_malloc(LEN), .c = checksum_create() };

	unlink(path);
	for (int i = 0; i < LEN; i++)
		f.data[i] = (uint8_t)(i * 2654435761u >> 13);
	return f;
}

/** The list's hash computed the plain way. */
static void expect(const struct file *f, int64_t len)
{
	GString *list = g_string_new(NULL);
	char hex[SHA256_HEX];
	int n = 0;

	for (int64_t pos = 0; pos < len || !n; pos += CHECKSUM_BLOCK, n++) {
		sha256_hex(hex, f->data + pos, (size_t)MIN(len - pos, (int64_t)CHECKSUM_BLOCK));
		CHECK_STR(checksum_blocks(f->c)[n], hex);
		g_string_append_printf(list, "%s\n", hex);
	}
	CHECK(!checksum_blocks(f->c)[n]);
	sha256_hex(hex, list->str, list->len);
	CHECK_STR(checksum_list(f->c), hex);
	g_string_free(list, TRUE);
}

static void file_end(struct file *f)
{
	close(f->fd);
	g_free(f->data);
	checksum_unref(&f->c);
}

static void test_in_order(void)
{
	static const int64_t lengths[] = { 0, 1, CHECKSUM_BLOCK - 1, CHECKSUM_BLOCK, CHECKSUM_BLOCK + 1, 2 * CHECKSUM_BLOCK, LEN };

	for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
		struct file f = file_new();

		for (int64_t pos = 0; pos < lengths[i]; pos += STEP)
			put(&f, pos, (size_t)MIN(STEP, lengths[i] - pos));
		CHECK_INT(checksum_finish(f.c, f.fd), 0);
		CHECK(!f.c->astray);
		expect(&f, lengths[i]);
		file_end(&f);
	}
}

static void test_header_rewritten(void)
{
	struct file f = file_new();

	for (int64_t pos = 0; pos < LEN; pos += STEP)
		put(&f, pos, (size_t)MIN(STEP, LEN - pos));
	memset(f.data + 40, 7, 600);
	put(&f, 40, 600);
	CHECK_INT(checksum_finish(f.c, f.fd), 0);
	expect(&f, LEN);
	file_end(&f);
}

static void test_out_of_order(void)
{
	struct file f = file_new();

	put(&f, 0, CHECKSUM_BLOCK + 500);
	put(&f, CHECKSUM_BLOCK + 1000, LEN - CHECKSUM_BLOCK - 1000);
	put(&f, CHECKSUM_BLOCK + 500, 500);
	memset(f.data + CHECKSUM_BLOCK + 100, 9, 50);
	put(&f, CHECKSUM_BLOCK + 100, 50);
	CHECK_INT(checksum_finish(f.c, f.fd), 0);
	expect(&f, LEN);
	file_end(&f);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_in_order), TEST(test_header_rewritten), TEST(test_out_of_order) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Block hashes of a file that is being written. Called by outfile, on the writing thread.
 *
 *   bytes below 8 MiB ─▶ read again at the end │ bytes above, in order ─▶ hashed at once │ anything else ─▶ the file is read again
 */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <unistd.h>
#include "postprocess/checksum.h"

enum { PIECE = 64 << 10 };

struct checksum {
	int64_t next;              /* where the next byte is expected, at least CHECKSUM_BLOCK */
	struct sha256 *running;    /* of the block that `next` lies in, NULL at its beginning */
	GPtrArray *blocks;         /* from the second on; the first is put in front at the end */
	bool astray;
	char list[SHA256_HEX];
};

struct checksum *checksum_create(void)
{
	struct checksum *c = g_new0(struct checksum, 1);

	c->next = CHECKSUM_BLOCK;
	c->blocks = g_ptr_array_new_with_free_func(g_free);
	return c;
}

static void close_block(struct checksum *c)
{
	char hex[SHA256_HEX];

	if (!c->running)
		return;
	sha256_final(c->running, hex);
	c->running = NULL;
	g_ptr_array_add(c->blocks, g_strdup(hex));
}

static void stream(struct checksum *c, const uint8_t *data, size_t len)
{
	while (len) {
		size_t n = MIN(len, (size_t)(CHECKSUM_BLOCK - c->next % CHECKSUM_BLOCK));

		if (!c->running)
			c->running = sha256_create();
		sha256_update(c->running, data, n);
		c->next += (int64_t)n;
		data += n;
		len -= n;
		if (c->next % CHECKSUM_BLOCK == 0)
			close_block(c);
	}
}

void checksum_update(struct checksum *c, int64_t pos, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n;

	if (pos < CHECKSUM_BLOCK) {
		n = MIN(len, (size_t)(CHECKSUM_BLOCK - pos));
		p += n;
		len -= n;
		pos += (int64_t)n;
	}
	if (len && pos != c->next)
		c->astray = true;
	else if (len && !c->astray)
		stream(c, p, len);
}

int checksum_again(struct checksum *c, int fd)
{
	uint8_t buf[PIECE];
	int64_t pos = 0;
	ssize_t n;

	close_block(c);
	g_ptr_array_set_size(c->blocks, 0);
	c->next = CHECKSUM_BLOCK;
	c->astray = false;
	while ((n = pread(fd, buf, sizeof(buf), pos)) > 0) {
		checksum_update(c, pos, buf, (size_t)n);
		pos += n;
	}
	return n < 0 ? -errno : 0;
}

static int hash_first(int fd, char hex[SHA256_HEX])
{
	struct sha256 *first = sha256_create();
	uint8_t buf[PIECE];
	int64_t pos = 0;
	ssize_t n = 0;

	while (pos < CHECKSUM_BLOCK && (n = pread(fd, buf, sizeof(buf), pos)) > 0) {
		sha256_update(first, buf, (size_t)MIN(n, CHECKSUM_BLOCK - pos));
		pos += n;
	}
	sha256_final(first, hex);
	return n < 0 ? -errno : 0;
}

int checksum_finish(struct checksum *c, int fd)
{
	char hex[SHA256_HEX];
	struct sha256 *list;
	int err = c->astray ? checksum_again(c, fd) : 0;

	close_block(c);
	if (!err)
		err = hash_first(fd, hex);
	if (err)
		return err;
	g_ptr_array_insert(c->blocks, 0, g_strdup(hex));
	list = sha256_create();
	for (guint i = 0; i < c->blocks->len; i++) {
		sha256_update(list, c->blocks->pdata[i], SHA256_HEX - 1);
		sha256_update(list, "\n", 1);
	}
	sha256_final(list, c->list);
	g_ptr_array_add(c->blocks, NULL);
	return 0;
}

char *const *checksum_blocks(const struct checksum *c)
{
	return (char *const *)c->blocks->pdata;
}

const char *checksum_list(const struct checksum *c)
{
	return c->list;
}

void checksum_unref(struct checksum **c)
{
	if (!*c)
		return;
	close_block(*c);
	g_ptr_array_unref((*c)->blocks);
	g_clear_pointer(c, g_free);
}

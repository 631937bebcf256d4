/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See upload_part.h. Called by upload.c's and upload_ahead.c's threads.
 *
 *	as it is:  │ part 1 │ part 2 │ … │ rest │              sealed: parts begin 32 bytes earlier, as the head counts (envelope_part())
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>
#include "postprocess/checksum.h"
#include "postprocess/upload_part.h"

enum { PIECE = 256 << 10 };

static int blocks_of(const struct upload_source *s)
{
	return (int)(s->part_size / ENVELOPE_PLAIN);
}

static bool sealed_at(const struct upload_source *s, int number, struct upload_part *out)
{
	struct envelope_part e;

	if (!envelope_part(&e, number, blocks_of(s), s->size))
		return false;
	*out = (struct upload_part){ .number = number, .pos = e.pos, .len = e.len, .block = e.block, .end = e.end };
	out->object_len = e.end ? (size_t)(upload_object_size(s) - (int64_t)(number - 1) * upload_object_part(s)) : (size_t)upload_object_part(s);
	return true;
}

bool upload_part_at(const struct upload_source *s, int number, struct upload_part *out)
{
	int64_t pos = (int64_t)(number - 1) * s->part_size, len;

	if (number < 1 || number > STORE_PARTS_MAX)
		return false;
	if (s->seal)
		return sealed_at(s, number, out);
	len = s->size < 0 ? s->part_size : MIN(s->part_size, s->size - pos);
	*out = (struct upload_part){ .number = number, .pos = pos, .len = (size_t)MAX(len, 0), .object_len = (size_t)MAX(len, 0), .end = s->size >= 0 && pos + len == s->size };
	return len > 0;
}

int64_t upload_object_part(const struct upload_source *s)
{
	return s->seal ? (int64_t)blocks_of(s) * ENVELOPE_BLOCK : s->part_size;
}

int64_t upload_object_size(const struct upload_source *s)
{
	return s->seal ? envelope_sealed_size(s->size) : s->size;
}

int upload_part_count(const struct upload_source *s)
{
	int64_t part = upload_object_part(s);

	return (int)MIN((upload_object_size(s) + part - 1) / part, STORE_PARTS_MAX + 1);
}

/* ---- reading ---- */

static int read_all(int fd, int64_t pos, void *out, size_t len)
{
	char *p = out;

	while (len) {
		ssize_t n = pread(fd, p, len, pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		p += n;
		pos += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Its bytes, piece by piece: out of mem, or where that is NULL the file. */
static int read_piece(const struct upload_source *s, const struct upload_part *p, const char *mem, size_t at, size_t n, char *buf, const char **out)
{
	*out = mem ? mem + at : buf;
	return mem ? 0 : read_all(s->fd, p->pos + (int64_t)at, buf, n);
}

static int hash_block(const struct upload_source *s, const struct upload_part *p, const char *mem, size_t from, size_t to, char hex[SHA256_HEX])
{
	g_autofree char *buf = mem ? NULL : g_malloc(PIECE);
	struct sha256 *sum = sha256_create();
	int err = 0;

	while (!err && from < to) {
		size_t n = MIN(to - from, (size_t)PIECE);
		const char *data;

		err = read_piece(s, p, mem, from, n, buf, &data);
		if (!err)
			sha256_update(sum, data, n);
		from += n;
	}
	sha256_final(sum, hex);
	return err;
}

/* ---- hashes ---- */

static void add_line(struct sha256 *list, const char *hex)
{
	sha256_update(list, hex, SHA256_HEX - 1);
	sha256_update(list, "\n", 1);
}

static int hash(const struct upload_source *s, const struct upload_part *p, const char *mem, char hex[SHA256_HEX])
{
	struct sha256 *list;
	int err = 0;

	if (p->len <= CHECKSUM_BLOCK)
		return hash_block(s, p, mem, 0, p->len, hex);
	list = sha256_create();
	for (size_t from = 0; !err && from < p->len; from += CHECKSUM_BLOCK) {
		err = hash_block(s, p, mem, from, MIN(from + CHECKSUM_BLOCK, p->len), hex);
		add_line(list, hex);
	}
	sha256_final(list, hex);
	return err;
}

/* By what the composer said of the file; false where it said nothing of these bytes. */
static bool known_hash(const struct upload_source *s, const struct upload_part *p, char hex[SHA256_HEX])
{
	size_t first = (size_t)(p->pos / CHECKSUM_BLOCK), n = (p->len + CHECKSUM_BLOCK - 1) / CHECKSUM_BLOCK;
	struct sha256 *list;

	if (!s->blocks || s->seal || s->size < 0 || first + n > g_strv_length((char **)(uintptr_t)s->blocks))
		return false;
	if (n == 1) {
		g_strlcpy(hex, s->blocks[first], SHA256_HEX);
		return true;
	}
	list = sha256_create();
	for (size_t i = 0; i < n; i++)
		add_line(list, s->blocks[first + i]);
	sha256_final(list, hex);
	return true;
}

int upload_part_hash(const struct upload_source *s, const struct upload_part *p, char hex[SHA256_HEX])
{
	return known_hash(s, p, hex) ? 0 : hash(s, p, NULL, hex);
}

int upload_part_md5(const struct upload_source *s, const struct upload_part *p, char hex[33])
{
	g_autofree char *buf = g_malloc(PIECE);
	GChecksum *sum = g_checksum_new(G_CHECKSUM_MD5);
	int err = 0;

	for (size_t at = 0; !err && at < p->len; at += PIECE) {
		size_t n = MIN(p->len - at, (size_t)PIECE);

		err = read_all(s->fd, p->pos + (int64_t)at, buf, n);
		if (!err)
			g_checksum_update(sum, (const guchar *)buf, (gssize)n);
	}
	g_strlcpy(hex, g_checksum_get_string(sum), 33);
	g_checksum_free(sum);
	return err;
}

/* ---- what is sent ---- */

static int seal(const struct upload_source *s, const struct upload_part *p, void **mem, size_t *len)
{
	size_t room = envelope_seal_room(p->len);
	void *out = g_malloc(room);
	ssize_t n = envelope_seal(s->seal, p->block, *mem, p->len, p->end, out, room);

	g_free(*mem);
	*mem = out;
	*len = n > 0 ? (size_t)n : 0;
	return n < 0 ? (int)n : 0;
}

int upload_part_body(const struct upload_source *s, const struct upload_part *p, bool held, struct store_body *body, void **mem, char hex[SHA256_HEX])
{
	char known[SHA256_HEX];
	int err = 0;

	*mem = held || s->seal ? g_malloc(MAX(p->len, 1)) : NULL;
	*body = (struct store_body){ .len = p->len, .fd = s->fd, .pos = p->pos };
	if (*mem)
		err = read_all(s->fd, p->pos, *mem, p->len);
	if (!err)
		err = hash(s, p, *mem, hex);
	if (!err && known_hash(s, p, known) && strcmp(known, hex))
		err = -EBADMSG;
	if (!err && s->seal)
		err = seal(s, p, mem, &body->len);
	body->data = *mem;
	if (!s->seal && p->len <= CHECKSUM_BLOCK)      /* else hex is of something else than these bytes */
		body->sha256 = hex;
	if (err)
		g_clear_pointer(mem, g_free);
	return err;
}

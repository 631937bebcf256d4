/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tar in memory, and out of a stream. Written by the backup's threads, read by rehydrate's; nothing read here is trusted.
 *
 *	feed ─▶ HEADER: 512 bytes gathered ─▶ checked: sum, magic, kind, name, size ─▶ DATA ─▶ PADDING ─▶ HEADER …
 *	                                └ all zero ─▶ END: only zeros may follow
 */
#include "postprocess/bundle.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Fields of a header: offset and width */
enum {
	NAME_AT = 0, NAME_LEN = 100, MODE_AT = 100, UID_AT = 108, GID_AT = 116, ID_LEN = 8, SIZE_AT = 124, TIME_AT = 136, NUMBER_LEN = 12, SUM_AT = 148, SUM_LEN = 8,
	TYPE_AT = 156, MAGIC_AT = 257, MAGIC_LEN = 8, MAJOR_AT = 329, MINOR_AT = 337, PREFIX_AT = 345, PREFIX_LEN = 155,
};
static const char magic[MAGIC_LEN] = { 'u', 's', 't', 'a', 'r', '\0', '0', '0' };
static const unsigned char zeros[BUNDLE_BLOCK];
#define MODE 0640
#define TIME_MAX_S 077777777777LL

static size_t padding(int64_t len)
{
	return (size_t)((BUNDLE_BLOCK - len % BUNDLE_BLOCK) % BUNDLE_BLOCK);
}

/* The sum of all bytes, with the field that holds it taken as blanks. */
static unsigned sum_of(const unsigned char *h)
{
	unsigned sum = 0;

	for (size_t i = 0; i < BUNDLE_BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : h[i];
	return sum;
}

/* ---- writing ---- */

static void put_octal(unsigned char *field, size_t width, int64_t value)
{
	for (size_t i = width - 1; i-- > 0; value >>= 3)
		field[i] = (unsigned char)('0' + (value & 7));
	field[width - 1] = '\0';
}

static void make_header(unsigned char h[BUNDLE_BLOCK], const char *name, size_t len, int64_t time_s)
{
	memset(h, 0, BUNDLE_BLOCK);
	snprintf((char *)h + NAME_AT, NAME_LEN, "%s%s", BUNDLE_FOLDER, name);
	put_octal(h + MODE_AT, ID_LEN, MODE);
	put_octal(h + UID_AT, ID_LEN, 0);
	put_octal(h + GID_AT, ID_LEN, 0);
	put_octal(h + SIZE_AT, NUMBER_LEN, (int64_t)len);
	put_octal(h + TIME_AT, NUMBER_LEN, time_s);
	h[TYPE_AT] = '0';
	memcpy(h + MAGIC_AT, magic, MAGIC_LEN);
	put_octal(h + MAJOR_AT, ID_LEN, 0);
	put_octal(h + MINOR_AT, ID_LEN, 0);
	put_octal(h + SUM_AT, SUM_LEN - 1, sum_of(h));
	h[SUM_AT + SUM_LEN - 1] = ' ';
}

int bundle_add(GByteArray *out, const char *name, const void *data, size_t len, int64_t time_s)
{
	unsigned char header[BUNDLE_BLOCK];
	struct chunk_name n;

	if (chunk_name_parse(&n, name) || strlen(BUNDLE_FOLDER) + strlen(name) >= NAME_LEN)
		return -EINVAL;
	if (len > BUNDLE_FILE_MAX)
		return -EFBIG;
	make_header(header, name, len, CLAMP(time_s, 0, TIME_MAX_S));
	g_byte_array_append(out, header, BUNDLE_BLOCK);
	g_byte_array_append(out, data, (guint)len);
	g_byte_array_append(out, zeros, (guint)padding((int64_t)len));
	return 0;
}

void bundle_end(GByteArray *out)
{
	g_byte_array_append(out, zeros, BUNDLE_BLOCK);
	g_byte_array_append(out, zeros, BUNDLE_BLOCK);
}

/* ---- reading ---- */

struct bundle_reader {
	struct bundle_sink sink;
	char participant[PARTICIPANT_SIZE];    /* "": anybody's */
	unsigned char header[BUNDLE_BLOCK];
	size_t have;                   /* of the header */
	bool ended;                    /* an empty block came: what follows is empty, too */
	bool broken;
	int64_t left;                  /* of the file */
	size_t pad;                    /* behind it */
	unsigned files;
	char name[NAME_LEN + 1];
};

struct bundle_reader *bundle_reader_create(const struct bundle_sink *sink, const char *participant)
{
	struct bundle_reader *r = g_new0(struct bundle_reader, 1);

	r->sink = *sink;
	g_strlcpy(r->participant, participant ? participant : "", sizeof(r->participant));
	return r;
}

/* Octal digits, then blanks or NULs to the field's end; -1 if it is anything else. */
static int64_t get_octal(const unsigned char *field, size_t width)
{
	int64_t v = 0;
	size_t i = 0;

	for (; i < width && field[i] >= '0' && field[i] <= '7'; i++)
		v = v * 8 + (field[i] - '0');
	if (!i)
		return -1;
	for (; i < width; i++)
		if (field[i] && field[i] != ' ')
			return -1;
	return v;
}

/* The chunk's name in a header, or -EBADMSG: none but regular files that are one participant's chunks, in no other folder. */
static int read_name(struct bundle_reader *r, struct chunk_name *chunk)
{
	const size_t folder = strlen(BUNDLE_FOLDER);

	memcpy(r->name, r->header + NAME_AT, NAME_LEN);
	if (r->header[PREFIX_AT] || (r->header[TYPE_AT] != '0' && r->header[TYPE_AT] != '\0') || strncmp(r->name, BUNDLE_FOLDER, folder))
		return -EBADMSG;
	memmove(r->name, r->name + folder, sizeof(r->name) - folder);
	if (chunk_name_parse(chunk, r->name) || (r->participant[0] && strcmp(chunk->participant, r->participant)))
		return -EBADMSG;
	return 0;
}

static int take_header(struct bundle_reader *r)
{
	const unsigned char *h = r->header;
	int64_t size = get_octal(h + SIZE_AT, NUMBER_LEN), time_s = get_octal(h + TIME_AT, NUMBER_LEN);
	struct chunk_name chunk;

	if (!memcmp(h, zeros, BUNDLE_BLOCK)) {
		r->ended = true;
		return 0;
	}
	if (r->ended || memcmp(h + MAGIC_AT, magic, MAGIC_LEN) || get_octal(h + SUM_AT, SUM_LEN) != (int64_t)sum_of(h))
		return -EBADMSG;
	if (size < 0 || size > BUNDLE_FILE_MAX || time_s < 0 || ++r->files > BUNDLE_FILES_MAX || read_name(r, &chunk))
		return -EBADMSG;
	r->left = size;
	r->pad = padding(size);
	return r->sink.begin(&chunk, r->name, size, time_s, r->sink.arg);
}

/* Each takes what it can of the piece, and says how much it took. */
static int feed_header(struct bundle_reader *r, const unsigned char *data, size_t len, size_t *took)
{
	int err;

	*took = MIN(len, BUNDLE_BLOCK - r->have);
	memcpy(r->header + r->have, data, *took);
	r->have += *took;
	if (r->have < BUNDLE_BLOCK)
		return 0;
	r->have = 0;
	err = take_header(r);
	return err || r->ended || r->left ? err : r->sink.end(r->sink.arg);
}

static int feed_data(struct bundle_reader *r, const unsigned char *data, size_t len, size_t *took)
{
	int err;

	*took = (size_t)MIN((int64_t)len, r->left);
	r->left -= (int64_t)*took;
	err = r->sink.data(data, *took, r->sink.arg);
	return err || r->left ? err : r->sink.end(r->sink.arg);
}

static int feed_some(struct bundle_reader *r, const unsigned char *data, size_t len, size_t *took)
{
	if (r->left)
		return feed_data(r, data, len, took);
	if (!r->pad)
		return feed_header(r, data, len, took);
	*took = MIN(len, r->pad);
	r->pad -= *took;
	return memcmp(data, zeros, *took) ? -EBADMSG : 0;
}

int bundle_reader_feed(struct bundle_reader *r, const void *data, size_t len)
{
	const unsigned char *p = data;
	int err = r->broken ? -EBADMSG : 0;
	size_t took;

	while (len && !err) {
		err = feed_some(r, p, len, &took);
		p += took;
		len -= took;
	}
	r->broken = err != 0;
	return err;
}

int bundle_reader_end(const struct bundle_reader *r)
{
	return r->broken || !r->ended || r->have || r->left || r->pad ? -EBADMSG : 0;
}

void bundle_reader_free(struct bundle_reader *r)
{
	g_free(r);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The running hashes of a timeline. Used by timeline.c on the writer thread, and by chain.c.
 */
#include "common/links.h"

#include <errno.h>
#include <glib.h>
#include <unistd.h>

void links_init(struct links *l)
{
	*l = (struct links){ .all = sha256_create(), .block = sha256_create() };
}

void links_done(struct links *l)
{
	sha256_free(l->all);
	sha256_free(l->block);
	*l = (struct links){ 0 };
}

bool links_has_block(enum timeline_type type)
{
	return type == TL_SEALED || type == TL_STOP;
}

static void add(struct links *l, const char *text, size_t len)
{
	sha256_update(l->all, text, len);
	sha256_update(l->block, text, len);
}

void links_line(struct links *l, enum timeline_type type, const char *text, size_t len)
{
	if (type == TL_SEALED)
		sha256_reset(l->block);
	add(l, text, len);
	add(l, "\n", 1);
	if (type == TL_CHUNK)
		sha256_hex(l->chunk, text, len);
	if (type == TL_STOP && !l->closed[0])
		sha256_peek(l->all, l->closed);
}

/* A line over the limit is nobody's, but its bytes are part of the file. */
static int take_long(struct links *l, const struct timeline_line *line)
{
	char part[4096];
	int64_t at = line->begin;

	while (at < line->end) {
		ssize_t n = pread(line->fd, part, (size_t)MIN((int64_t)sizeof(part), line->end - at), at);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		add(l, part, (size_t)n);
		at += n;
	}
	return 0;
}

int links_take(struct links *l, const struct timeline_line *line)
{
	if (line->too_long)
		return take_long(l, line);
	links_line(l, line->type, line->text, line->len);
	return 0;
}

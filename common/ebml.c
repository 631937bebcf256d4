/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Elements of a chunk file. Called when a crash is cleaned up (plugin), and by `recroom-pp verify` and `repair`.
 *
 *	EBML │ Segment: SeekHead … Info  Tracks  Tags: Tag: SimpleTag: TagName TagString …   Cluster …
 */
#include "common/ebml.h"

#include <glib.h>
#include <string.h>

enum { EBML = 0x1a45dfa3, SEGMENT = 0x18538067, CLUSTER = 0x1f43b675, TAGS = 0x1254c367, TAG = 0x7373, SIMPLE_TAG = 0x67c8, TAG_NAME = 0x45a3, TAG_STRING = 0x4487 };

struct element {
	uint32_t id;
	bool known;                /* its length is */
	uint64_t size;             /* of its content, as it says */
	const uint8_t *data;
	size_t len;                /* of its content, as far as it is there */
};

struct cursor { const uint8_t *at, *end; };

/* An id keeps its marker bits; 0 when it is none. */
static uint32_t read_id(struct cursor *c)
{
	int bytes = c->at < c->end && *c->at >= 0x10 ? __builtin_clz(*c->at) - 23 : 0;
	uint32_t id = 0;

	if (bytes == 0 || bytes > c->end - c->at)
		return 0;
	while (bytes--)
		id = id << 8 | *c->at++;
	return id;
}

static bool read_size(struct cursor *c, uint64_t *out, bool *known)
{
	int bytes = c->at < c->end && *c->at ? __builtin_clz(*c->at) - 23 : 0;
	uint64_t v;

	if (bytes == 0 || bytes > c->end - c->at)
		return false;
	v = *c->at++ & (0xffu >> bytes);
	for (int i = 1; i < bytes; i++)
		v = v << 8 | *c->at++;
	*known = v != (UINT64_C(1) << (7 * bytes)) - 1;
	*out = v;
	return true;
}

/* The element at the cursor, which moves behind what is there of it. */
static bool next(struct cursor *c, struct element *e)
{
	size_t left;

	e->id = read_id(c);
	if (!e->id || !read_size(c, &e->size, &e->known))
		return false;
	left = (size_t)(c->end - c->at);
	e->data = c->at;
	e->len = e->known && e->size < left ? (size_t)e->size : left;
	c->at += e->len;
	return true;
}

static struct cursor inside(const struct element *e)
{
	return (struct cursor){ e->data, e->data + e->len };
}

static bool is_complete(const struct element *e)
{
	return e->known && e->size == e->len;
}

bool ebml_is_whole(const uint8_t *data, size_t len)
{
	struct cursor c = { data, data + len };
	struct element e;

	if (!next(&c, &e) || e.id != EBML || !is_complete(&e))
		return false;
	return next(&c, &e) && e.id == SEGMENT && is_complete(&e) && c.at == c.end;
}

/* The child of this id in front of the frames */
static bool child(const struct element *of, uint32_t id, struct element *out)
{
	struct cursor c = inside(of);

	while (next(&c, out) && out->id != CLUSTER) {
		if (out->id == id)
			return is_complete(out);
	}
	return false;
}

static bool has_name(const struct element *simple, const char *name)
{
	struct element e;

	return child(simple, TAG_NAME, &e) && e.len == strlen(name) && !memcmp(e.data, name, e.len);
}

static bool tag_in(const struct element *tag, const char *name, char *out, size_t size)
{
	struct cursor c = inside(tag);
	struct element simple, text;

	while (next(&c, &simple)) {
		if (simple.id != SIMPLE_TAG || !is_complete(&simple) || !has_name(&simple, name))
			continue;
		if (!child(&simple, TAG_STRING, &text) || text.len >= size || memchr(text.data, 0, text.len))
			return false;
		memcpy(out, text.data, text.len);
		out[text.len] = '\0';
		return true;
	}
	return false;
}

bool ebml_tag(const uint8_t *data, size_t len, const char *name, char *out, size_t size)
{
	struct cursor c = { data, data + len };
	struct element e, tags;

	if (!next(&c, &e) || e.id != EBML || !next(&c, &e) || e.id != SEGMENT || !child(&e, TAGS, &tags))
		return false;
	for (c = inside(&tags); next(&c, &e);) {
		if (e.id == TAG && tag_in(&e, name, out, size))
			return true;
	}
	return false;
}

int ebml_tag_number(const uint8_t *data, size_t len, const char *name, int max)
{
	char text[12], *end = NULL;
	gint64 v;

	if (!ebml_tag(data, len, name, text, sizeof(text)) || !g_ascii_isdigit(text[0]))
		return -1;
	v = g_ascii_strtoll(text, &end, 10);
	return *end || v > max ? -1 : (int)v;
}

int ebml_rotation(const uint8_t *data, size_t len)
{
	int degrees = ebml_tag_number(data, len, "ROTATION", 270);

	return degrees % 90 ? -1 : degrees;
}

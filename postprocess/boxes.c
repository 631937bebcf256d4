/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See boxes.h. Called by mux_mp4 and mp4_track.
 */
#include <string.h>
#include "postprocess/boxes.h"

void box_bytes(GByteArray *b, const void *data, size_t n)
{
	g_byte_array_append(b, data, (guint)n);
}

void box_u8(GByteArray *b, unsigned v)
{
	uint8_t byte = (uint8_t)v;

	box_bytes(b, &byte, 1);
}

void box_u16(GByteArray *b, unsigned v)
{
	guint16 be = GUINT16_TO_BE((guint16)v);

	box_bytes(b, &be, sizeof(be));
}

void box_u32(GByteArray *b, uint32_t v)
{
	guint32 be = GUINT32_TO_BE(v);

	box_bytes(b, &be, sizeof(be));
}

void box_u64(GByteArray *b, uint64_t v)
{
	guint64 be = GUINT64_TO_BE(v);

	box_bytes(b, &be, sizeof(be));
}

void box_zeros(GByteArray *b, size_t n)
{
	guint before = b->len;

	g_byte_array_set_size(b, before + (guint)n);
	memset(b->data + before, 0, n);
}

void box_text(GByteArray *b, const char *text)
{
	box_bytes(b, text, strlen(text));
}

size_t box_open(GByteArray *b, const char *type)
{
	size_t at = b->len;

	box_u32(b, 0);
	box_bytes(b, type, 4);
	return at;
}

size_t box_open_full(GByteArray *b, const char *type, unsigned version, unsigned flags)
{
	size_t at = box_open(b, type);

	box_u32(b, version << 24 | flags);
	return at;
}

void box_close(GByteArray *b, size_t at)
{
	guint32 be = GUINT32_TO_BE((guint32)(b->len - at));

	memcpy(b->data + at, &be, sizeof(be));
}

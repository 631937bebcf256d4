/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading MP4 boxes back, by hand: what players would see, not what our own writer or libavformat believes. For tests; data stays the caller's.
 */
#pragma once
#include <glib.h>
#include <stdint.h>
#include <string.h>

struct box { const uint8_t *data; size_t size; };      /* its body; NULL: not there */

static inline uint64_t box_number(struct box b, size_t at, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes && at + (size_t)i < b.size; i++)
		v = v << 8 | b.data[at + (size_t)i];
	return v;
}

/** The n-th child (0: first) named so among those from `at` on. */
static inline struct box box_child(struct box b, size_t at, const char *type, int n)
{
	while (at + 8 <= b.size) {
		uint64_t size = box_number(b, at, 4), head = 8;

		if (size == 1) {
			size = box_number(b, at + 8, 8);
			head = 16;
		}
		if (size < head || size > b.size - at)
			break;
		if (!memcmp(b.data + at + 4, type, 4) && n-- == 0)
			return (struct box){ b.data + at + head, size - head };
		at += size;
	}
	return (struct box){ NULL, 0 };
}

/** Below `b` along a path with slashes, "moov/trak/mdia"; `n` counts the tracks. */
static inline struct box box_at(struct box b, const char *path, int n)
{
	char **names = g_strsplit(path, "/", -1);

	for (char **name = names; *name && b.data; name++)
		b = box_child(b, 0, *name, strcmp(*name, "trak") ? 0 : n);
	g_strfreev(names);
	return b;
}

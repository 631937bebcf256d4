/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recording holds of one publisher: our chunks or VideoRoom's dump, reduced to frames with the numbers they carry.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct got_frame {
	uint32_t number, position;
	int64_t t_ms;              /* recording time; a dump: of its first packet's arrival */
	unsigned segment;
	bool keyframe;
};

struct got {
	GArray *frames[2];         /* struct got_frame in file order; sound, pictures */
	unsigned damaged;          /* frames that are not what was sent, byte by byte */
	unsigned wrong;            /* pictures that decode to another one */
};

struct got *got_new(void);
void got_free(struct got **g);

/** Every publisher's part of a recording's directory, by display name; chunk files as they lie there, whatever the timeline says. `decode` the
 *  pictures too. NULL when it cannot be read. Free with g_hash_table_unref(). */
GHashTable *got_chunks(const char *dir, bool decode);
/** The same of a directory of VideoRoom's .mjr files; user N is publisher "p<N-1>". Its frames are put together from packets; one that lacks some does
 *  not count. */
GHashTable *got_dump(const char *dir);

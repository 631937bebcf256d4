/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a publisher of the generator captured, as it wrote it down.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sent_frame {
	int64_t capture_us;        /* CLOCK_MONOTONIC, the truth */
	uint32_t position;         /* pictures: since the keyframe */
};

struct sent {
	GArray *frames[2];         /* struct sent_frame by number; sound, pictures */
};

/** 0, or negative errno when the file cannot be read or has holes in its numbers. */
int sent_load(struct sent *s, const char *path);
void sent_clear(struct sent *s);

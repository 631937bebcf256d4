/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording's directory, read back by libavformat and held against ARCHITECTURE.md §3. Every rule that is broken is told by fake_broken().
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorded_frame {
	int64_t number;            /* of the picture or packet */
	int64_t t_ms;
	unsigned segment;
	bool keyframe;
};

struct recorded;

/** Reads and checks timeline, chunks, hashes. NULL when there is no readable timeline. `open`: the recording was not closed properly. */
struct recorded *recorded_load(const char *dir, bool open);
/** All lines, an array of objects in their order; borrowed. */
json_t *recorded_lines(const struct recorded *r);
/** n-th line of a type with `participant` and `source` (NULL: any), borrowed, or NULL. */
json_t *recorded_line(const struct recorded *r, const char *type, const char *participant, const char *source, unsigned n);
unsigned recorded_count(const struct recorded *r, const char *type, const char *participant, const char *source);
/** Frames of a source in their order, decoded; borrowed. */
const struct recorded_frame *recorded_frames(const struct recorded *r, const char *participant, const char *source, size_t *n);
/** True when the number is among them. */
bool recorded_has(const struct recorded *r, const char *participant, const char *source, int64_t number);
void recorded_free(struct recorded **r);

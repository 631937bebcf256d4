/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layouts a recording may have, by name, and the regions of a `custom` one: what a host asks the plugin for and what the composer draws. Pure.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "common/ids.h"

enum { REGIONS_MAX = 49 };

/** For sentences: "grid, speaker, …". */
extern const char LAYOUT_NAMES[];
/** The names, NULL-terminated; custom is the last. */
extern const char *const layout_names[];
bool layout_known(const char *name);

enum region_show {
	REGION_PARTICIPANT,        /* one person, wherever they are in the call */
	REGION_INDEX,              /* the n-th person of those present that no other region names */
	REGION_SPEAKER,            /* who talks, as the layout `speaker` chooses */
	REGION_SCREEN,             /* the shared screen, whole */
	REGION_OTHERS,             /* everybody present that no other region shows, as a grid */
};
struct region {
	double x, y, w, h;         /* fractions of the canvas */
	enum region_show show;
	char participant[PARTICIPANT_SIZE];
	unsigned index;            /* from 1 */
	int z;                     /* larger ones cover smaller ones; equal: later ones cover earlier ones */
};

/** Reads an array of {"x","y","w","h","show","z"?}. 0, or -EINVAL with a sentence that names the region and the member. */
int regions_read(json_t *array, struct region out[REGIONS_MAX], size_t *n, char *why, size_t why_size);
/** The same from text. */
int regions_parse(const char *text, struct region out[REGIONS_MAX], size_t *n, char *why, size_t why_size);

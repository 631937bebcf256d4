/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A recording as REST shows it: the object R of ARCHITECTURE §5. Pure, but for the clock that is passed in.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "common/token.h"

struct delivery;

struct view {
	bool urls;                         /* with signed links */
	bool full;                         /* with outputs, and the participants' roles */
	struct token_keys *keys;
	const struct delivery *delivery;   /* addresses of the stores where there are copies; NULL: ours */
	const char *time_zone;             /* of the names files are saved under */
	int64_t now_s;
	int ttl_s;                         /* links are good for at most so long, and for at least three quarters of it */
};
/** From a catalog row (borrowed); the caller decrefs. */
json_t *view_recording(json_t *row, const struct view *v);
/** Did view_recording() put links in it? */
bool view_has_urls(json_t *r);
/** The row's file of this name in a finished output, borrowed, or NULL. */
json_t *view_file(json_t *row, const char *name);
/** What a file's name ends with when people save it: its extension, and of one of several the participant before that: "-user2.opus". Within `name`. */
const char *view_ending(json_t *row, const char *name);

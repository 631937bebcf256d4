/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts of metadata.json and what they share. metadata*.c only.
 */
#pragma once
#include <jansson.h>
#include "postprocess/metadata.h"

/** Who was told, agreed, declined, was left out. */
json_t *metadata_consent(const struct model *m);
json_t *metadata_call(const struct metadata_conf *c);
json_t *metadata_output(const struct metadata_conf *c);

/** RFC 3339, UTC, with milliseconds; null before 1970. */
json_t *metadata_time(int64_t wall_ms);
/** A name in a title or an id may be any bytes; JSON is UTF-8. */
json_t *metadata_str(const char *s);
static inline json_t *metadata_int(int64_t v)
{
	return json_integer((json_int_t)v);
}

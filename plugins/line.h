/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timeline lines as JSON, before they are written (ARCHITECTURE.md §3). Any thread; the caller owns what it gets.
 */
#pragma once
#include <jansson.h>
#include <stdint.h>
#include "plugins/chunk.h"

/** {"type":…,"t_ms":…,"wall_ms":<now>} */
json_t *line_new(const char *type, int64_t t_ms);
/** The same with participant and source. */
json_t *line_source(const char *type, int64_t t_ms, const char *participant, const char *source);
json_t *line_gap(int64_t from_ms, int64_t to_ms, const char *participant, const char *source, unsigned segment, const char *reason);
json_t *line_chunk(const struct chunk_file *f);
json_t *line_stop(int64_t seq, int64_t duration_ms, int64_t elapsed_ms, const char *reason, const char *const *flags);
/** end_ms: where the second ends, which is earlier than chunk_ms later where the recording does. */
json_t *line_sealed(int64_t n, int64_t chunk_ms, int64_t end_ms);
void line_int(json_t *line, const char *key, int64_t value);
void line_str(json_t *line, const char *key, const char *value);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timeline lines. Made by cutter, track and capture (capture thread), writer (writer thread) and recover; members in the order of the contract.
 */
#include "plugins/line.h"

#include "common/sync.h"

void line_int(json_t *line, const char *key, int64_t value)
{
	json_object_set_new(line, key, json_integer(value));
}

void line_str(json_t *line, const char *key, const char *value)
{
	json_object_set_new(line, key, json_string(value));
}

json_t *line_new(const char *type, int64_t t_ms)
{
	json_t *line = json_object();

	line_str(line, "type", type);
	line_int(line, "t_ms", t_ms);
	line_int(line, "wall_ms", clock_wall_ms());
	return line;
}

json_t *line_source(const char *type, int64_t t_ms, const char *participant, const char *source)
{
	json_t *line = line_new(type, t_ms);

	line_str(line, "participant", participant);
	line_str(line, "source", source);
	return line;
}

json_t *line_gap(int64_t from_ms, int64_t to_ms, const char *participant, const char *source, unsigned segment, const char *reason)
{
	json_t *line = line_new("gap", from_ms);

	line_int(line, "to_ms", to_ms);
	line_str(line, "participant", participant);
	line_str(line, "source", source);
	line_int(line, "segment", segment);
	line_str(line, "reason", reason);
	return line;
}

json_t *line_chunk(const struct chunk_file *f)
{
	json_t *line = line_source("chunk", f->from_ms, f->name.participant, f->name.source);

	line_int(line, "segment", f->name.segment);
	line_int(line, "index", f->name.index);
	line_str(line, "file", f->file);
	line_int(line, "end_ms", f->end_ms);
	line_int(line, "rtp_first", f->rtp_first);
	line_int(line, "rtp_last", f->rtp_last);
	line_int(line, "frames", f->frames);
	line_int(line, "bytes", (int64_t)f->size);
	line_int(line, "lost", f->lost);
	json_object_set_new(line, "keyframe", json_boolean(f->keyframe));
	line_str(line, "sha256", f->sha256);
	return line;
}

json_t *line_stop(int64_t seq, int64_t duration_ms, int64_t elapsed_ms, const char *reason, const char *const *flags)
{
	json_t *line = line_new("stop", duration_ms), *array = json_array();

	for (; flags && *flags; flags++)
		json_array_append_new(array, json_string(*flags));
	line_int(line, "seq", seq);
	line_int(line, "duration_ms", duration_ms);
	line_int(line, "elapsed_ms", elapsed_ms);
	line_str(line, "reason", reason);
	json_object_set_new(line, "flags", array);
	return line;
}

json_t *line_sealed(int64_t n, int64_t chunk_ms, int64_t end_ms)
{
	json_t *line = line_new("sealed", n * chunk_ms);

	line_int(line, "n", n);
	if (end_ms < (n + 1) * chunk_ms)
		line_int(line, "to_ms", end_ms);
	return line;
}

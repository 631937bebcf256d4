/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures counted where things happen: the writer's lines and seals, requests that were refused.
 */
#include "plugins/meter.h"

#include <glib.h>
#include <string.h>
#include "common/metrics.h"

static int64_t number(json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

/* As the label "kind". */
enum { AUDIO, VIDEO };

static size_t kind_of(json_t *line)
{
	const char *source = json_string_value(json_object_get(line, "source"));

	return source && strstr(source, "audio") ? AUDIO : VIDEO;
}

static void chunk_line(json_t *line)
{
	size_t kind = kind_of(line);

	metric_add(METRIC_CHUNKS, 0, 1);
	metric_add(METRIC_CHUNK_BYTES, 0, number(line, "bytes"));
	metric_add(METRIC_FRAMES, kind, number(line, "frames"));
	metric_add(METRIC_RECORDED_PACKETS_LOST, kind, number(line, "lost"));
}

static void gap_line(json_t *line)
{
	size_t reason = metric_label(METRIC_GAPS, json_string_value(json_object_get(line, "reason")));

	metric_add(METRIC_GAPS, reason, 1);
	metric_add(METRIC_GAP_TIME, reason, 1000 * (number(line, "to_ms") - number(line, "t_ms")));
}

void meter_line(json_t *line)
{
	const char *type = json_string_value(json_object_get(line, "type"));

	if (type && !strcmp(type, "chunk"))
		chunk_line(line);
	if (type && !strcmp(type, "gap"))
		gap_line(line);
}

void meter_sealed(int64_t closed_us, int64_t now_us)
{
	metric_observe(METRIC_SEAL_LAG, 0, MAX(now_us - closed_us, 0));
}

/* By the kind of HTTP status the error has there: a closed list, however many errors there will be. */
void meter_refused(enum app_error err)
{
	static const struct { int from; const char *reason; } kinds[] = {
		{ 500, "server" }, { 429, "limit" }, { 413, "limit" }, { 409, "state" }, { 404, "request" }, { 403, "permission" }, { 401, "secret" }, { 0, "request" },
	};
	int status = app_error_info(err)->status;
	size_t i = 0;

	while (status < kinds[i].from)
		i++;
	metric_add(METRIC_REFUSED, metric_label(METRIC_REFUSED, kinds[i].reason), 1);
}

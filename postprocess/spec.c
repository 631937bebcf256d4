/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an output shall be: defaults from the settings, limits, and its JSON for metadata and catalog. Pure.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "postprocess/compose.h"
#include "postprocess/layout.h"
#include "postprocess/sink.h"
#include "postprocess/spec.h"

void output_spec_default(struct output_spec *spec, const struct settings *s)
{
	*spec = (struct output_spec){ 1280, 720, 30, 1500000, 96000, 4000, "grid", "webm" };
	if (!s)
		return;
	spec->width = s->width;
	spec->height = s->height;
	spec->fps = s->fps;
	spec->video_bitrate = s->video_bitrate;
	spec->audio_bitrate = s->audio_bitrate;
	spec->segment_ms = s->segment_ms;
}

int output_spec_check(const struct output_spec *spec, char *why, size_t why_size)
{
	const struct { const char *name; int value, min, max; } limits[] = {
		{ "width", spec->width, 64, 7680 }, { "height", spec->height, 64, 7680 }, { "fps", spec->fps, 1, 120 },
		{ "video_bitrate", spec->video_bitrate, 10000, 200000000 }, { "audio_bitrate", spec->audio_bitrate, 6000, 510000 },
		{ "segment_ms", spec->segment_ms, 500, 60000 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		if (limits[i].value >= limits[i].min && limits[i].value <= limits[i].max)
			continue;
		snprintf(why, why_size, "The output's %s is %d; it must be from %d to %d.", limits[i].name, limits[i].value, limits[i].min, limits[i].max);
		return -EINVAL;
	}
	if ((spec->width | spec->height) & 1)
		snprintf(why, why_size, "The output's size is %d×%d; both must be even.", spec->width, spec->height);
	else if (layout_place(spec->layout, NULL, 0, 64, 64, NULL))
		snprintf(why, why_size, "There is no layout \"%s\".", spec->layout);
	else if (!sink_find(spec->format))
		snprintf(why, why_size, "There is no output format \"%s\".", spec->format);
	else
		return 0;
	return -EINVAL;
}

json_t *output_spec_json(const struct output_spec *s)
{
	return json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:s,s:s}", "width", s->width, "height", s->height, "fps", s->fps, "video_bitrate", s->video_bitrate,
			 "audio_bitrate", s->audio_bitrate, "segment_ms", s->segment_ms, "layout", s->layout, "format", s->format);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cost of an output. Called when its job is queued (catalog_job.c), on any thread.
 *
 * The figures are those of docs/benchmarks.md, rounded up: three cameras mixed to 1280×720 at 30 frames a second behind their call take 0.34 cores. Of that a
 * good half goes with the pixels, the rest with the people, each of whom is decoded, levelled and drawn.
 */
#include <glib.h>
#include <jansson.h>
#include <string.h>
#include "common/job_cost.h"
#include "common/json.h"

enum { WIDTH = 1280, HEIGHT = 720, FPS = 30, PEOPLE_MIN = 2, PEOPLE_MAX = 100, BASE = 50, PER_PERSON = 30, PER_PERSON_SOUND = 8, PER_MEGAPIXEL = 7,
       COST_MAX = 64000 };

/* Times as expensive as VP8. */
static int codec_factor(json_t *spec)
{
	static const struct { const char *codec; int factor; } rows[] = { { "vp9", 2 }, { "av1", 4 }, { "h264", 2 } };
	const char *format = json_str(spec, "format"), *codec = json_str(spec, "video_codec");

	if (!codec && format && !strcmp(format, "mp4"))
		codec = "h264";
	for (size_t i = 0; codec && i < G_N_ELEMENTS(rows); i++)
		if (!strcmp(rows[i].codec, codec))
			return rows[i].factor;
	return 1;
}

/* Nothing to be looked at: sound, or what is only copied. */
static bool without_picture(json_t *spec)
{
	static const char *const formats[] = { "opus", "m4a", "participants", "stems", NULL };
	const char *format = json_str(spec, "format");

	return format && g_strv_contains(formats, format);
}

static int64_t cost_of(json_t *spec, int people)
{
	int64_t width = CLAMP(json_num(spec, "width", WIDTH), 1, 7680), height = CLAMP(json_num(spec, "height", HEIGHT), 1, 7680);
	int64_t fps = CLAMP(json_num(spec, "fps", FPS), 1, 120);

	if (without_picture(spec))
		return BASE + people * PER_PERSON_SOUND;
	return BASE + people * PER_PERSON + width * height * fps * PER_MEGAPIXEL * codec_factor(spec) / 1000000;
}

int job_cost(const char *spec, int people)
{
	json_t *o = spec ? json_loads(spec, 0, NULL) : NULL;
	int64_t cost = cost_of(o, CLAMP(people, PEOPLE_MIN, PEOPLE_MAX));

	json_decref(o);
	return (int)MIN(cost, COST_MAX);
}

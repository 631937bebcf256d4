/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands beside an output's media: thumbnail, captions, chapters, storyboard and its index. (metadata.json, which names them all, is metadata.h's.) The pictures are chosen while the
 * composing thread draws, by recording time alone, so they are the same whether a recording is composed live, afterwards or twice; texts are made at the end.
 */
#pragma once
#include <stdbool.h>
#include "postprocess/canvas.h"
#include "postprocess/model.h"
#include "postprocess/spec.h"

struct beside;

int beside_create(struct beside **out, const struct output_spec *spec);
/** Would beside_frame() look at the canvas of that time? Whoever does not draw every frame must draw these. */
bool beside_due(const struct beside *b, int64_t t_ms);
/** For every frame of the grid, drawn anew or not; `live` tiles move in it. Composing thread. 0 or negative errno. */
int beside_frame(struct beside *b, struct canvas *c, int64_t t_ms, unsigned live);

struct beside_conf {
	const char *output;                /* the media's name without its extension: "output" or "outputs/2-speaker-1280x720" */
	const struct model *model;
	int64_t duration_ms;               /* of the media */
	/** Takes one finished file. 0 or a negative errno, which ends it. */
	int (*put)(const char *kind, const char *name, const char *mime, const void *data, size_t len, void *arg);
	void *arg;
};
/** Makes them and hands them over in a fixed order; no pictures where none was drawn (b may be NULL). After the composing thread has ended; any thread. 0 or
 *  negative errno. */
int beside_write(const struct beside *b, const struct beside_conf *conf);
/** The name of an output's file of that kind, "metadata" too, below the recording's directory; g_free(). NULL: no such kind. */
char *beside_name(const char *output, const char *kind);
void beside_unref(struct beside **b);

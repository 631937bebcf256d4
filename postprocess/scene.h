/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole picture at a time: sources, layout and labels drawn on one canvas. One thread; times asked for never fall.
 */
#pragma once
#include "common/spec.h"
#include "postprocess/canvas.h"
#include "postprocess/model.h"
#include "postprocess/video_source.h"

/* Tiles that change their places do so in this time. */
enum { SCENE_MOVE_MS = 300 };

struct scene;

/** Borrows the model, which may grow between calls, and the spec. */
int scene_create(struct scene **out, const struct model *m, const struct output_spec *spec);
/** Brings the canvas to time t. *changed: something in it is new since the last call. 0 or negative errno. */
int scene_at(struct scene *s, int64_t t_ms, bool *changed);
/** Owned by the scene. */
struct canvas *scene_canvas(struct scene *s);
/** Tiles that show moving pictures now. */
unsigned scene_live(const struct scene *s);
/** What became of a source's pictures, at the end; zero for sound, and for what was never shown. */
void scene_counts(const struct scene *s, const struct model_source *source, struct video_counts *out);
void scene_unref(struct scene **s);

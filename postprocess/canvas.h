/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The picture being composed: one I420 image in BT.709 limited range that keeps what nobody draws over. One thread. Positions and sizes are even.
 */
#pragma once
#include <libavutil/frame.h>
#include "postprocess/colour.h"
#include "postprocess/layout.h"

struct canvas;

int canvas_create(struct canvas **out, int w, int h);
void canvas_unref(struct canvas **c);
/** The image, owned by the canvas; changes with the next drawing. */
const AVFrame *canvas_image(const struct canvas *c);
/** A reference to a copy of the image from the canvas' pool, NULL when memory is out. */
AVFrame *canvas_copy(struct canvas *c);
void canvas_fill(struct canvas *c, struct rect r, struct yuv colour);

/** Something small and translucent: premultiplied Y'CbCr (BT.709 limited, offsets multiplied too) with alpha, chroma at half size. */
struct overlay {
	int w, h;
	uint8_t *y, *a;            /* w × h */
	uint8_t *u, *v, *ca;       /* w/2 × h/2 */
};
struct overlay *overlay_create(int w, int h);
void overlay_unref(struct overlay **o);
/** Lays it over the image with its left upper corner at x, y; what is outside is cut off. */
void canvas_blend(struct canvas *c, const struct overlay *o, int x, int y);

/** Keeps the scaling of one tile from frame to frame. */
struct scaler;
void scaler_unref(struct scaler **s);
/** Draws a decoded 4:2:0 frame as large as it fits into r, centred, turned clockwise by `rotation` (0 90 180 270), in the canvas' colours.
 *  What of r stays free is not touched. *s is made at the first use. 0, -EINVAL (no picture format of ours) or a negative errno. */
int canvas_video(struct canvas *c, struct scaler **s, const AVFrame *f, struct rect r, int rotation);

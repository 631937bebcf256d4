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
/** The image, to be drawn on: for canvas' own modules. */
AVFrame *canvas_target(struct canvas *c);
void canvas_fill(struct canvas *c, struct rect r, struct yuv colour);
/** Fills what of r lies outside of `inner`, which lies in it. */
void canvas_surround(struct canvas *c, struct rect r, struct rect inner, struct yuv colour);

/** Lays a colour over r: `weight` of 256 parts are the colour. */
void canvas_veil(struct canvas *c, struct rect r, struct yuv colour, int weight);

/** Lays an earlier copy of the image over r: `weight` of 256 parts are the copy. */
void canvas_mix(struct canvas *c, struct rect r, const AVFrame *copy, int weight);

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

/* ---- decoded pictures: picture.c ---- */

/** How a picture is to be drawn. */
struct look {
	int rotation;              /* degrees clockwise, 0 90 180 270, to show it upright */
	bool fill;                 /* fill the rectangle, if no more than a third is cut off for that; else the whole picture is shown */
	bool sharp;                /* text: never cut, scaled as legibly as can be */
};

/** Keeps the scaling of one tile from frame to frame. */
struct scaler;
void scaler_unref(struct scaler **s);
/** Draws a decoded 4:2:0 frame into r, in the canvas' colours. What it does not cover, when it is shown whole in a rectangle of another shape, is not
 *  touched: *covered (may be NULL) says what it did. *s is made at the first use. 0, -EINVAL (no picture format of ours) or a negative errno. */
int canvas_picture(struct canvas *c, struct scaler **s, const AVFrame *f, struct rect r, const struct look *look, struct rect *covered);
/** The whole picture, as large as it fits into r, centred. */
int canvas_video(struct canvas *c, struct scaler **s, const AVFrame *f, struct rect r, int rotation);

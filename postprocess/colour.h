/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From one Y'CbCr to another without a detour through RGB: only chroma decides about chroma, so one matrix of 7 numbers does it. Pure.
 */
#pragma once
#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct colour {
	double kr, kb;             /* of the matrix */
	bool full;                 /* range 0..255 instead of 16..235 */
};
extern const struct colour COLOUR_BT601, COLOUR_BT709, COLOUR_JPEG;

/** What a decoded frame says of itself; BT.601 limited when it says nothing, as browsers mean it in VP8. */
struct colour colour_of(const AVFrame *f);

struct colour_map {
	bool identity;
	int y_y, y_u, y_v, y_add, u_u, u_v, v_u, v_v;      /* 1/16384; chroma taken relative to 128 */
};
void colour_map_init(struct colour_map *m, struct colour from, struct colour to);
/** Converts two rows of w luma samples and the row of chroma between them where they are; y1 may be NULL. */
void colour_map_rows(const struct colour_map *m, uint8_t *y0, uint8_t *y1, uint8_t *u, uint8_t *v, int w);
/** Converts the samples of a writable 4:2:0 frame where they are. */
void colour_map_apply(const struct colour_map *m, AVFrame *f);

struct yuv { uint8_t y, u, v; };
/** 0xRRGGBB in BT.709 limited. */
struct yuv colour_rgb(unsigned rgb);

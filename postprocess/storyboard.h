/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small pictures of the whole recording on one sheet, for the seek bar of a player: at most 100 of at most 160 × 90, evenly spread; and the WebVTT that says which part of
 * the sheet belongs to which time (`storyboard.jpg#xywh=160,0,160,90`). One thread. Memory: one sheet.
 */
#pragma once
#include <glib.h>
#include "postprocess/canvas.h"

struct storyboard;

/** For a picture of w × h. */
int storyboard_create(struct storyboard **out, int w, int h);
/** Is the canvas of that time one of them? Times never fall. */
bool storyboard_due(const struct storyboard *s, int64_t t_ms);
/** Draws the one that is due. 0 or negative errno. */
int storyboard_offer(struct storyboard *s, const struct canvas *c, int64_t t_ms);
/** Nothing was offered. */
bool storyboard_empty(const struct storyboard *s);
/** The sheet, with as many rows as it needs. -ENODATA: nothing was offered. */
int storyboard_jpeg(const struct storyboard *s, GByteArray **jpeg);
/** Its index. image: where it is, as seen from the index; g_free(). */
char *storyboard_vtt(const struct storyboard *s, const char *image, int64_t duration_ms);
void storyboard_unref(struct storyboard **s);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one picture that stands for a recording: among the candidates the one that shows most people, then the one with most to see in it. One thread.
 */
#pragma once
#include <glib.h>
#include <libavutil/frame.h>
#include "postprocess/canvas.h"

struct thumbnail;

struct thumbnail *thumbnail_create(void);
/** Offers the canvas as it is; `live` tiles move in it. Copies it when it is the best so far. 0 or negative errno. */
int thumbnail_offer(struct thumbnail *t, struct canvas *c, unsigned live);
/** The best as a JPEG of at most 640 × 360, shape kept. -ENODATA: nothing was offered. */
int thumbnail_jpeg(const struct thumbnail *t, GByteArray **jpeg);
void thumbnail_unref(struct thumbnail **t);

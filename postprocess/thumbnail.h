/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one picture that stands for a recording: of 20 to 40 candidates spread evenly over it, the one that shows something (is neither black nor white), then the most
 * people, then the sharpest. One thread.
 */
#pragma once
#include <glib.h>
#include "postprocess/canvas.h"

struct thumbnail;

struct thumbnail *thumbnail_create(void);
/** Is the canvas of that time a candidate? Times never fall. */
bool thumbnail_due(const struct thumbnail *t, int64_t t_ms);
/** The candidate that is due; `live` tiles move in it. Copies the canvas when it may come to be chosen. 0 or negative errno. */
int thumbnail_offer(struct thumbnail *t, struct canvas *c, int64_t t_ms, unsigned live);
/** The best as a JPEG of at most 640 × 360, shape kept. -ENODATA: nothing was offered. */
int thumbnail_jpeg(const struct thumbnail *t, GByteArray **jpeg);
void thumbnail_unref(struct thumbnail **t);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A picture of ours as a JPEG. Any thread.
 */
#pragma once
#include <glib.h>
#include <libavutil/frame.h>

/** The left upper w × h (even) of an I420 frame in BT.709 limited, as JPEG has it: BT.601, full range. The same bytes for the same picture. 0 or negative errno;
 *  *jpeg is the caller's. */
int jpeg_encode(const AVFrame *f, int w, int h, GByteArray **jpeg);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the mix's benchmark films: a camera with everything that makes encoding hard (a room that moves in fine detail, a head that never keeps still,
 * a sensor that is noisy) and a shared screen of text. The same seed gives the same pictures, on any machine. One thread.
 */
#pragma once
#include <libavutil/frame.h>
#include <stdint.h>

struct picture;

/** Motion comes back to where it began after period_s. */
struct picture *picture_camera(int width, int height, double period_s, uint32_t seed);
struct picture *picture_screen(int width, int height, double period_s, uint32_t seed);
/** Draws the picture of that time into a frame of 4:2:0. Noise goes on from call to call. */
void picture_draw(struct picture *p, double t_s, AVFrame *f);
void picture_free(struct picture *p);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A composed file, read back whole: for tests on small ones.
 */
#pragma once
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct output {
	int64_t duration_ms;       /* what the container says */
	int width, height;
	bool bt709;                /* the video track is tagged so, limited range */
	int64_t cues;              /* keyframes a seek can find */
	GPtrArray *frames;         /* AVFrame, pts in ms */
	GArray *keys;              /* int64_t, times of keyframes [ms] */
	int64_t audio_end_ms;
	int64_t audio_begin_us;
	int audio_packets;
	char *title;
};

int output_read(struct output **out, const char *path);
void output_unref(struct output **o);
/** Red, green and blue (0..255, not clipped) of what is shown at t, at a place given in thousandths of the picture. */
void output_rgb(const struct output *o, int64_t t_ms, int x, int y, int rgb[3]);

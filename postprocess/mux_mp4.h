/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The MP4 and M4A rows of the sink table: see sink.h for what each function does. Picture H.264, sound AAC-LC.
 */
#pragma once
#include "postprocess/sink.h"

int mux_mp4_open(void **state, const struct sink_conf *conf);
int mux_mp4_write(void *state, AVPacket *pkt, enum sink_track track);
int mux_mp4_finish(void *state, int gain_q8, struct sink_result *r);
int mux_mp4_publish(void *state);
void mux_mp4_close(void *state);

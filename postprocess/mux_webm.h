/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The WebM row of the sink table: see sink.h for what each function does.
 */
#pragma once
#include "postprocess/sink.h"

int mux_webm_open(void **state, const struct sink_conf *conf);
int mux_webm_write(void *state, AVPacket *pkt, enum sink_track track);
int mux_webm_finish(void *state, int gain_q8, struct sink_result *r);
int mux_webm_publish(void *state);
void mux_webm_close(void *state);
int mux_webm_chapters(void *state, const struct sink_chapter *list, size_t n);

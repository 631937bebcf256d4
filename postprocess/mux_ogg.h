/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Ogg Opus row of the sink table (RFC 7845): see sink.h for what each function does.
 */
#pragma once
#include "postprocess/sink.h"

int mux_ogg_open(void **state, const struct sink_conf *conf);
int mux_ogg_write(void *state, AVPacket *pkt, enum sink_track track);
int mux_ogg_finish(void *state, int gain_q8, struct sink_result *r);
int mux_ogg_publish(void *state);
void mux_ogg_close(void *state);

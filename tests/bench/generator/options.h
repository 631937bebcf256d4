/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The generator's command line: one table.
 */
#pragma once
#include <glib.h>

struct options {
	char *url, *plugin, *room, *secret, *address, *recordings, *sent, *arrivals;
	int publishers, viewers, threads, seconds, warmup_ms, bitrate, janus_pid, seed;
	int audio_delay_ms, jitter_ms, reorder_ms;
	double skew_ppm, loss, reorder;
	gboolean record, red, no_video, abandon;
};

/** Defaults, then the command line; ends the program with a message when that is wrong. */
void options_parse(struct options *o, int argc, char **argv);
void options_clear(struct options *o);

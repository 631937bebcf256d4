/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Progress of one piece of work: a bar on a terminal, plain lines elsewhere, or JSON Lines. One thread; the clock is passed in.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "postprocess/options.h"

struct progress {
	enum { SHOW_NOTHING, SHOW_BAR, SHOW_LINES, SHOW_JSON } show;
	FILE *talk;                /* bar and lines */
	int width;                 /* of the terminal */
	int64_t media_ms;          /* length of what is being made, for the speed; 0: unknown */
	int64_t bytes_per_s;       /* of what is moved, shown for the speed; 0: nothing is, or it is not known */
	int64_t lag_ms;            /* how far composing is behind a call that runs; -1: it does not */
	int64_t begin_us, shown_us;
	int shown_percent;
	char shown_stage[24];
	bool drawn;                /* a bar stands on the current line */
};

/** Decides by the options what is shown: auto is jsonl with --json, a bar if `talk` is a terminal, else lines; --quiet shows nothing but jsonl. */
void progress_init(struct progress *p, const struct options *o, FILE *talk, int64_t media_ms, int64_t now_us);
/** Shows it, unless it was shown a moment ago: bar and JSON at most 4 times a second, lines each 10 %. eta_ms -1: unknown. */
void progress_update(struct progress *p, const char *stage, int percent, int64_t eta_ms, int64_t now_us);
/** Clears the bar, so that other text can follow. */
void progress_end(struct progress *p);

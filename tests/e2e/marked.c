/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * e2e-marked: makes the recording on which seeking is tested, and says what is in it. Called by tests/e2e/suites/seek.mjs.
 *
 *   e2e-marked DIR MS      DIR must not exist; MS: how long, 12000 at least
 *
 * A shared screen whose frame at recording time t carries the number t × fps (tests/lib/make_recording: in large blocks), and a beep in the first tenth of each
 * second. For a while nothing on it moves, and nothing is sent; once it is paused.
 */
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include "tests/lib/make_recording.h"

enum { FPS = 30, WIDTH = 640, HEIGHT = 360, STILL_FROM_MS = 5000, STILL_TO_MS = 8400, PAUSE_AT_MS = 10700, PAUSE_MS = 7000, SHORTEST_MS = 12000 };

int main(int argc, char **argv)
{
	static const struct make_participant people[] = {
		{ "user1", "Ann", .sources = {
			{ .source = "audio" },
			{ .source = "screen", .width = WIDTH, .height = HEIGHT, .fps = FPS, .rgb = 0x3c6ea0, .marked = true, .still = { { STILL_FROM_MS, STILL_TO_MS } } },
		} },
		{ .id = NULL },
	};
	struct make_conf conf = { .dir = argv[1], .duration_ms = argc == 3 ? atoi(argv[2]) : 0, .people = people, .pause = { PAUSE_AT_MS, PAUSE_MS } };
	int err;

	if (conf.duration_ms < SHORTEST_MS) {
		fprintf(stderr, "usage: e2e-marked DIR MS\n");
		return 2;
	}
	av_log_set_level(AV_LOG_ERROR);
	err = make_recording(&conf);
	if (err) {
		fprintf(stderr, "e2e-marked: failed: %d\n", err);
		return 1;
	}
	printf("{\"fps\":%d,\"width\":%d,\"height\":%d,\"still\":[%d,%d],\"pauseMs\":%d}\n", FPS, WIDTH, HEIGHT, STILL_FROM_MS, STILL_TO_MS, PAUSE_AT_MS);
	return 0;
}

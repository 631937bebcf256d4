/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * e2e-meeting: makes the directory of a recorded meeting, for tests of what shows recordings. Called by tests/e2e/suites/gallery.mjs.
 *
 *   e2e-meeting DIR STARTED_MS MS TITLE      DIR must not exist; its name is the recording's id. MS: how long
 *
 * Ann, Ben and Chloé, one after the other; where there is time for it Ann shares a screen in the middle: three chapters in 54 s. Small pictures: made and mixed in a few seconds.
 */
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include "tests/lib/make_recording.h"

enum { SHARE_FROM_MS = 20000, SHARE_TO_MS = 32000, WIDTH = 320, HEIGHT = 180, FPS = 8 };

static struct make_source camera(unsigned rgb)
{
	return (struct make_source){ .source = "video", .width = WIDTH, .height = HEIGHT, .fps = FPS, .rgb = rgb, .plain = true };
}

int main(int argc, char **argv)
{
	struct make_participant people[] = {
		{ "user1", "Ann", .talking = { { 0, 19000 }, { 21000, 31000 } }, .sources = {
			{ .source = "audio", .tone_hz = 440 }, camera(0x2f6f73),
			{ .source = "screen", .width = WIDTH, .height = HEIGHT, .fps = FPS, .rgb = 0xb08a3c, .from_ms = SHARE_FROM_MS, .to_ms = SHARE_TO_MS, .plain = true } } },
		{ "user2", "Ben", .talking = { { 33000, 44000 } }, .sources = { { .source = "audio", .tone_hz = 330 }, camera(0x7a4a86) } },
		{ "user3", "Chloé Dubois", .talking = { { 44500, 53000 } }, .sources = { { .source = "audio", .tone_hz = 550 }, camera(0x3d5fa8) } },
		{ .id = NULL },
	};
	struct make_conf conf = { .dir = argv[1], .people = people };
	int err;

	if (argc != 5) {
		fprintf(stderr, "usage: e2e-meeting DIR STARTED_MS MS TITLE\n");
		return 2;
	}
	conf.started_ms = atoll(argv[2]);
	conf.duration_ms = atoll(argv[3]);
	conf.title = argv[4];
	if (conf.duration_ms < SHARE_TO_MS)
		people[0].sources[2].source = NULL;
	for (struct make_participant *p = people; p->id; p++)
		for (int i = 0; i < MAKE_SPANS; i++)
			if (p->talking[i].to_ms > conf.duration_ms)
				p->talking[i] = (struct make_span){ 0 };
	av_log_set_level(AV_LOG_ERROR);
	err = make_recording(&conf);
	if (err)
		fprintf(stderr, "e2e-meeting: failed: %d\n", err);
	return err ? 1 : 0;
}

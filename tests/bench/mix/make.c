/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bench-mix-make: a recording for the mix's benchmark, and the same frames for the other side.
 *
 *   bench-mix-make --people 3 --seconds 60 --size 640x480 --fps 20 [--screen] [--bitrate 700000] [--clip 10] [--chunk-ms 1000] [--peer DIR] DIR
 *
 * Everybody has a camera and a microphone; with --screen the first shares a screen of 1280×720 at 5 pictures a second, too. What is encoded is a clip of
 * --clip seconds, each person's own, repeated; people beyond the twelfth show the same as twelve before them. DIR must not exist. --peer: DIR/userN_SOURCE.webm
 * and .mjr.
 */
#include <getopt.h>
#include <glib.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/ids.h"
#include "tests/bench/mix/clip.h"
#include "tests/bench/mix/peer.h"

enum { PEOPLE_MAX = 64, CLIPS_MAX = 12, SCREEN_W = 1280, SCREEN_H = 720, SCREEN_FPS = 5, SCREEN_BITRATE = 800000 };

static struct {
	int people, seconds, width, height, fps, bitrate, clip, chunk_ms;
	bool screen;
	const char *peer, *dir;
} opt = { .people = 3, .seconds = 60, .width = 640, .height = 480, .fps = 20, .bitrate = 700000, .clip = 10, .chunk_ms = 1000 };

static struct make_participant people[PEOPLE_MAX + 1];
static struct make_clip cameras[CLIPS_MAX], sounds[PEOPLE_MAX], screen;

static int parse(int argc, char **argv)
{
	static const struct option options[] = { { "people", 1, 0, 'p' }, { "seconds", 1, 0, 's' }, { "size", 1, 0, 'z' }, { "fps", 1, 0, 'f' },
		{ "bitrate", 1, 0, 'b' }, { "clip", 1, 0, 'c' }, { "chunk-ms", 1, 0, 'm' }, { "screen", 0, 0, 'S' }, { "peer", 1, 0, 'P' }, { 0 } };
	struct { int letter, *value; } numbers[] = { { 'p', &opt.people }, { 's', &opt.seconds }, { 'f', &opt.fps }, { 'b', &opt.bitrate },
		{ 'c', &opt.clip }, { 'm', &opt.chunk_ms } };
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'z' && sscanf(optarg, "%dx%d", &opt.width, &opt.height) != 2)
			return -1;
		if (o == '?')
			return -1;
		opt.screen |= o == 'S';
		opt.peer = o == 'P' ? optarg : opt.peer;
		for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
			if (numbers[i].letter == o)
				*numbers[i].value = atoi(optarg);
	}
	opt.dir = argv[optind];
	return opt.dir && opt.people >= 1 && opt.people <= PEOPLE_MAX && opt.clip >= 1 && opt.fps >= 1 ? 0 : -1;
}

static int make_clips(void)
{
	struct clip_conf conf = { false, opt.width, opt.height, opt.fps, opt.bitrate, opt.clip, 0 };
	struct clip_conf share = { true, SCREEN_W, SCREEN_H, SCREEN_FPS, SCREEN_BITRATE, opt.clip, 99 };
	int err = opt.screen ? clip_video(&screen, &share) : 0;

	for (int i = 0; !err && i < MIN(opt.people, CLIPS_MAX); i++) {
		conf.seed = (uint32_t)i + 1;
		err = clip_video(&cameras[i], &conf);
	}
	for (int i = 0; !err && i < opt.people; i++)
		err = clip_sound(&sounds[i], opt.clip, i, opt.people);
	return err;
}

static void describe_people(void)
{
	for (int i = 0; i < opt.people; i++) {
		struct make_source *s = people[i].sources;

		people[i].id = g_strdup_printf("user%d", i + 1);
		people[i].name = g_strdup_printf("Person %d", i + 1);
		*s++ = (struct make_source){ .source = "audio", .clip = &sounds[i] };
		*s++ = (struct make_source){ .source = "video", .width = opt.width, .height = opt.height, .clip = &cameras[i % CLIPS_MAX] };
		if (opt.screen && i == 0)
			*s++ = (struct make_source){ .source = "screen", .width = SCREEN_W, .height = SCREEN_H, .clip = &screen };
	}
}

static int write_peer(void)
{
	int err = mkdir(opt.peer, 0755);

	for (struct make_participant *p = people; !err && p->id; p++)
		for (struct make_source *s = p->sources; !err && s->source; s++) {
			g_autofree char *name = g_strdup_printf("%s_%s", p->id, s->source);

			err = peer_webm(opt.peer, name, s, opt.seconds * 1000);
			if (!err)
				err = peer_mjr(opt.peer, name, s, opt.seconds * 1000);
		}
	return err;
}

int main(int argc, char **argv)
{
	struct make_conf conf = { .duration_ms = 0 };
	int err;

	if (parse(argc, argv)) {
		fprintf(stderr, "usage: bench-mix-make [--people N] [--seconds N] [--size WxH] [--fps N] [--bitrate N] [--clip SECONDS] [--chunk-ms N] [--screen] [--peer DIR] DIR\n");
		return 2;
	}
	av_log_set_level(AV_LOG_ERROR);
	err = make_clips();
	describe_people();
	conf = (struct make_conf){ .dir = opt.dir, .duration_ms = opt.seconds * 1000, .chunk_ms = opt.chunk_ms, .people = people };
	if (!err)
		err = make_recording(&conf);
	if (!err && opt.peer)
		err = write_peer();
	if (err)
		fprintf(stderr, "bench-mix-make: failed: %d\n", err);
	for (int i = 0; i < opt.people; i++) {
		clip_clear(&sounds[i]);
		g_free((char *)people[i].id);
		g_free((char *)people[i].name);
	}
	for (int i = 0; i < CLIPS_MAX; i++)
		clip_clear(&cameras[i]);
	clip_clear(&screen);
	return err ? 1 : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any text as a recording's timeline beside sound chunks and pictures, composed: a small picture, no file. It ends, with an output or a sentence. A first line that
 * is an output's spec says what is made.
 *
 *	input ─▶ spec? ─▶ timeline.jsonl ─▶ compose (md5), given up after a moment
 */
#include <glib.h>
#include <libavutil/log.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/compose.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/make_recording.h"

enum { MOMENT_US = 150000, WIDTH = 64, HEIGHT = 64, FPS = 5 };

const size_t fuzz_cuts = 1;

static char *dir;

static void remove_dir(void)
{
	make_remove(&dir);
}

static void make_dir(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 32, .height = 32, .fps = 5 } } },
		{ .id = "user2", .name = "Bob", .joined_ms = 500, .sources = { { .source = "screen", .from_ms = 500, .width = 48, .height = 32, .fps = 5 } } },
		{ 0 }
	};

	av_log_set_level(AV_LOG_QUIET);
	log_set_level(LOG_LEVEL_ERROR);
	dir = make_scratch("rec_demo_1760090400123_abcdef");
	FUZZ_CHECK(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1500, .people = people }) == 0);
	atexit(remove_dir);
}

static int after_a_moment(const struct compose_progress *now, void *arg)
{
	FUZZ_CHECK(now->percent >= 0 && now->percent <= 100);
	return clock_mono_us() - *(const int64_t *)arg > MOMENT_US;
}

/** What a first line says, but for what would take long. Returns where the timeline begins. */
static size_t read_spec(struct output_spec *spec, const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	size_t len = end ? (size_t)(end - data) + 1 : 0;
	json_t *o = len ? json_loadb((const char *)data, len, 0, NULL) : NULL;
	struct output_spec read = *spec;
	char why[256];
	bool is_spec = o && !json_object_get(o, "type") && !output_spec_read(&read, o, why, sizeof(why));

	json_decref(o);
	if (!is_spec)
		return 0;
	*spec = read;
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t began_us = clock_mono_us();
	struct compose_conf conf = { .threads = 1, .progress = after_a_moment, .arg = &began_us };
	struct compose_result r;
	size_t skip;
	int err;

	if (!dir)
		make_dir();
	conf.dir = dir;
	output_spec_default(&conf.spec, NULL);
	skip = read_spec(&conf.spec, data, size);
	conf.spec.width = WIDTH;
	conf.spec.height = HEIGHT;
	conf.spec.fps = FPS;
	strcpy(conf.spec.format, "md5");
	conf.spec.video_codec[0] = '\0';
	FUZZ_CHECK(!fs_write_atomic(dir, "timeline.jsonl", data + skip, size - skip, 0600, 0));
	err = compose(&conf, &r);
	FUZZ_CHECK(err <= 0 && (!err || r.why[0]));
	return 0;
}

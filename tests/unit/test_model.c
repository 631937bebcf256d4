/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The model of a recording: from a synthetic directory, from hand-written timelines with every kind of damage, and from a directory without one.
 */
#include <sys/stat.h>
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/model.c"

static const struct make_participant two_people[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .muted = { { 1500, 2300 } }, .missing = { 1 } } } },
	{ .id = "user2", .name = "Bob", .joined_ms = 1000, .left_ms = 2600, .sources = { { .source = "audio", .from_ms = 1040, .to_ms = 2600 } } },
	{ 0 }
};

static struct model *load_made(const struct make_conf *conf)
{
	struct model *m = NULL;

	CHECK_INT(make_recording(conf), 0);
	CHECK_INT(model_load(&m, conf->dir), 0);
	return m;
}

static void test_recording(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct model *m = load_made(&(struct make_conf){ .dir = dir, .duration_ms = 3000, .title = "Weekly", .people = two_people });
	const struct model_source *video;

	CHECK_STR(m->id, "rec_demo_1760090400123_abcdef");
	CHECK_STR(m->room, "demo");
	CHECK_STR(m->title, "Weekly");
	CHECK_INT(m->duration_ms, 3000);
	CHECK(m->stopped);
	CHECK_INT(m->start_wall_ms, 1760090400123);
	CHECK_INT(m->nparticipants, 2);
	CHECK_INT(m->bad_lines, 0);
	CHECK_INT(m->missing_chunks, 1);
	CHECK_INT(strlen(m->chain), 64);
	CHECK_STR(m->participants[1].name, "Bob");
	CHECK_STR(m->participants[0].role, "host");
	CHECK_INT(m->participants[1].present[0].to_ms, 2600);
	CHECK(!model_present(&m->participants[1], 999) && model_present(&m->participants[1], 1000) && !model_present(&m->participants[1], 2600));
	CHECK_INT(m->participants[0].nsources, 2);
	video = &m->participants[0].sources[1];
	CHECK_STR(video->name, "video");
	CHECK(!video->audio && !video->screen);
	CHECK_INT(video->nsegments, 2);
	CHECK(video->segments[0].chunks[0].missing && !video->segments[0].chunks[1].missing);
	CHECK(video->segments[0].chunks[0].keyframe);
	CHECK_STR(video->segments[0].chunks[1].file, "chunks/user1_video_00_000001.webm");
	CHECK_INT(video->segments[1].from_ms, 2300);
	CHECK_INT(video->segments[1].width, 320);
	CHECK(model_muted(video, 1500) && model_muted(video, 2299) && !model_muted(video, 2300));
	model_unref(&m);
	make_remove(&dir);
}

static void test_without_timeline(void)
{
	char *dir = make_scratch("rec_my_room_1760090400123_abcdef");
	struct model *m = load_made(&(struct make_conf){ .dir = dir, .duration_ms = 2500, .people = two_people, .no_timeline = true });

	CHECK_STR(m->room, "my_room");
	CHECK_INT(m->start_wall_ms, 1760090400123);
	CHECK_INT(m->nparticipants, 2);
	CHECK_INT(m->duration_ms, 3000);
	CHECK(!m->stopped);
	CHECK_STR(m->participants[0].sources[0].segments[0].codec, "opus");
	CHECK_INT(m->participants[0].sources[0].segments[0].nchunks, 3);
	CHECK_INT(m->participants[1].present[0].from_ms, 1000);
	model_unref(&m);
	make_remove(&dir);
}

static void write_timeline(const char *dir, const char *text)
{
	CHECK_INT(fs_mkdirs(dir, 0755), 0);
	CHECK_INT(fs_write_atomic(dir, "timeline.jsonl", text, strlen(text), 0644, 0), 0);
}

#define START "{\"type\":\"start\",\"format\":1,\"t_ms\":0,\"wall_ms\":5,\"recording\":\"rec_a_1_aaaaaa\",\"room\":\"a\",\"chunk_ms\":1000}\n"

static void test_damaged_lines(void)
{
	static const struct { const char *line; unsigned bad; } rows[] = {
		{ "{\"type\":\"joined\",\"t_ms\":0,\"participant\":\"../etc\"}\n", 1 },
		{ "{\"type\":\"joined\",\"t_ms\":0}\n", 1 },
		{ "{\"type\":\"joined\",\"t_ms\":-5,\"participant\":\"user1\"}\n", 1 },
		{ "{\"type\":\"muted\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"webcam\"}\n", 1 },
		{ "{\"type\":\"chunk\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"audio\",\"segment\":0,\"index\":0,\"file\":\"../../x.webm\"}\n", 1 },
		{ "{\"type\":\"chunk\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"audio\",\"segment\":0,\"index\":4,"
		  "\"file\":\"user1_audio_00_000000.webm\"}\n", 1 },
		{ "{\"type\":\"chunk\",\"t_ms\":500,\"participant\":\"user1\",\"source\":\"audio\",\"segment\":0,\"index\":0,\"end_ms\":400,"
		  "\"file\":\"user1_audio_00_000000.webm\"}\n", 1 },
		{ "{\"type\":\"segment\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"video\",\"segment\":99999999}\n", 1 },
		{ "{\"type\":\"gap\",\"t_ms\":900,\"participant\":\"user1\",\"source\":\"video\",\"segment\":0,\"to_ms\":100}\n", 1 },
		{ "{\"type\":\"stop\",\"t_ms\":9999999999999,\"duration_ms\":9999999999999}\n", 1 },
		{ "{\"type\":\"segment\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"video\",\"segment\":0,\"width\":99999,\"height\":-2}\n", 0 },
		{ "{\"type\":\"sync\",\"t_ms\":0,\"participant\":\"user1\"}\n", 0 },
	};
	char *dir = make_scratch("x");

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat(START, rows[i].line, NULL);
		struct model *m = NULL;

		write_timeline(dir, text);
		CHECK_INT(model_load(&m, dir), 0);
		if (m->bad_lines != rows[i].bad)
			TEST_FAIL("row %zu: %u bad lines, expected %u", i, m->bad_lines, rows[i].bad);
		for (size_t p = 0; p < m->nparticipants; p++)
			CHECK(m->participants[p].name);
		model_unref(&m);
	}
	make_remove(&dir);
}

/** A pause has a length on the wall only. */
static void test_wall_clock(void)
{
	static const struct { int64_t t_ms, wall_ms; } rows[] = { { 0, 5 }, { 1000, 1005 }, { 1001, 4006 }, { 3000, 6005 } };
	char *dir = make_scratch("x");
	struct model *m = NULL;

	write_timeline(dir, START "{\"type\":\"pause\",\"t_ms\":1000,\"wall_ms\":1005}\n{\"type\":\"resume\",\"t_ms\":1000,\"wall_ms\":4005}\n"
		       "{\"type\":\"resume\",\"t_ms\":1100,\"wall_ms\":4105}\n{\"type\":\"pause\",\"t_ms\":2000,\"wall_ms\":5005}\n");
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(m->bad_lines, 1);
	CHECK_INT(m->npauses, 2);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		CHECK_INT(model_wall_ms(m, rows[i].t_ms), rows[i].wall_ms);
	model_unref(&m);
	make_remove(&dir);
}

static void test_nothing(void)
{
	char *dir = make_scratch("x");
	struct model *m = NULL;

	CHECK_INT(model_load(&m, dir), -ENOENT);
	CHECK_INT(fs_mkdirs(dir, 0755), 0);
	CHECK_INT(model_load(&m, dir), -ENODATA);
	write_timeline(dir, START "{\"type\":\"stop\",\"t_ms\":700,\"duration_ms\":700,\"elapsed_ms\":900,\"flags\":[\"interrupted\"]}\n");
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(m->duration_ms, 700);
	CHECK_INT(m->elapsed_ms, 900);
	CHECK_INT(m->nparticipants, 0);
	CHECK_STR(m->flags[0], "interrupted");
	CHECK(!m->flags[1]);
	model_unref(&m);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_recording), TEST(test_without_timeline), TEST(test_damaged_lines), TEST(test_wall_clock),
					TEST(test_nothing) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

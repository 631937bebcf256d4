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
	char name[NAME_SIZE];

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
	CHECK_STR(m->participants[1]->name, "Bob");
	CHECK_STR(m->participants[0]->role, "host");
	CHECK_INT(m->participants[1]->present[0].to_ms, 2600);
	CHECK(!model_present(m->participants[1], 999) && model_present(m->participants[1], 1000) && !model_present(m->participants[1], 2600));
	CHECK_INT(m->participants[0]->nsources, 2);
	video = m->participants[0]->sources[1];
	CHECK_STR(video->name, "video");
	CHECK(!video->audio && !video->screen);
	CHECK_INT(video->nsegments, 2);
	CHECK(video->segments[0]->chunks[0].missing && !video->segments[0]->chunks[1].missing);
	CHECK(video->segments[0]->chunks[0].keyframe);
	model_chunk_name(name, video, video->segments[0], &video->segments[0]->chunks[1]);
	CHECK_STR(name, "user1_video_00_000001.webm");
	CHECK_INT(video->segments[1]->from_ms, 2300);
	CHECK_INT(video->segments[1]->width, 320);
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
	CHECK_STR(m->participants[0]->sources[0]->segments[0]->codec, "opus");
	CHECK_INT(m->participants[0]->sources[0]->segments[0]->nchunks, 3);
	CHECK_INT(m->participants[1]->present[0].from_ms, 1000);
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
		{ "{\"type\":\"sync\",\"t_ms\":0,\"participant\":\"user1\"}\n", 1 },
		{ "{\"type\":\"sync\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"audio\",\"segment\":0,\"rtp\":1,\"arrival_us\":9223372036854775807}\n", 1 },
		{ "{\"type\":\"sync\",\"t_ms\":0,\"participant\":\"user1\",\"source\":\"audio\",\"segment\":0,\"rtp\":1,\"arrival_us\":5}\n", 0 },
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
			CHECK(m->participants[p]->name);
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

/* What participants.json says, which is of some moment, gives way to the last line about it. */
static void test_roles(void)
{
	char *dir = make_scratch("x");
	struct model *m = NULL;

	write_timeline(dir, START "{\"type\":\"joined\",\"t_ms\":0,\"wall_ms\":5,\"participant\":\"user1\",\"role\":\"host\"}\n"
		       "{\"type\":\"joined\",\"t_ms\":0,\"wall_ms\":5,\"participant\":\"user2\",\"role\":\"guest\"}\n"
		       "{\"type\":\"role\",\"t_ms\":10,\"wall_ms\":15,\"participant\":\"user2\",\"role\":\"host\",\"by\":\"user1\"}\n"
		       "{\"type\":\"role\",\"t_ms\":10,\"wall_ms\":15,\"participant\":\"user1\",\"role\":\"guest\",\"by\":\"user1\"}\n"
		       "{\"type\":\"moderated\",\"t_ms\":20,\"wall_ms\":25,\"participant\":\"user1\",\"muted\":true,\"by\":\"user2\"}\n");
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(m->bad_lines, 0);
	CHECK_STR(m->participants[0]->role, "guest");
	CHECK_STR(m->participants[1]->role, "host");
	model_unref(&m);
	make_remove(&dir);
}

/* ---- growing ---- */

static void put(GString *s, const struct span *spans, size_t n)
{
	for (size_t i = 0; i < n; i++)
		g_string_append_printf(s, " %d-%d", (int)spans[i].from_ms, (int)spans[i].to_ms);
}

static void put_source(GString *s, const struct model_source *src)
{
	g_string_append_printf(s, "%s", src->name);
	put(s, src->muted, src->nmuted);
	for (size_t i = 0; i < src->nsegments; i++) {
		const struct model_segment *g = src->segments[i];

		g_string_append_printf(s, " [%u %s %d-%d", g->number, g->codec, (int)g->from_ms, (int)g->end_ms);
		for (size_t k = 0; k < g->nchunks; k++)
			g_string_append_printf(s, " %u:%u-%u/%u", g->chunks[k].index, g->chunks[k].from_ms, g->chunks[k].to_ms, g->chunks[k].missing);
		g_string_append(s, "]");
	}
	g_string_append(s, "; ");
}

/** Everything of a model that composing looks at. */
static char *told(const struct model *m)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "%s %s %d %s %u %u", m->id, m->title, (int)m->duration_ms, m->chain, m->bad_lines, m->missing_chunks);
	for (size_t i = 0; i < m->nlayouts; i++)
		g_string_append_printf(s, " %d:%s %s %s", (int)m->layouts[i].at_ms, m->layouts[i].mode, m->layouts[i].focus, m->layouts[i].regions);
	for (size_t i = 0; i < m->nparticipants; i++) {
		const struct model_participant *p = m->participants[i];

		g_string_append_printf(s, "\n%s %s", p->id, p->name);
		put(s, p->present, p->npresent);
		g_string_append(s, " talks");
		put(s, p->talking, p->ntalking);
		for (size_t k = 0; k < p->nsources; k++)
			put_source(s, p->sources[k]);
	}
	return g_string_free(s, FALSE);
}

/** The timeline in pieces that end anywhere: the model grows by it, what was there keeps its address, and at the end it is what is loaded at once. */
static void test_grows(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct model *whole = load_made(&(struct make_conf){ .dir = dir, .duration_ms = 3500, .people = two_people }), *m = NULL;
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL), *text = NULL, *expect = told(whole), *got = NULL;
	const struct model_source *first = NULL;
	int64_t sealed_ms = 0;
	int steps = 0;
	gsize len;
	FILE *f;

	CHECK(g_file_get_contents(path, &text, &len, NULL));
	CHECK_INT(unlink(path), 0);
	CHECK_INT(model_open(&m, dir), 0);
	CHECK_INT(model_advance(m), 0);
	f = fopen(path, "w");
	for (gsize at = 0; at < len; at += 97) {
		CHECK(!m->complete && !m->duration_ms && m->sealed_ms <= 3500);
		fwrite(text + at, 1, MIN(97, len - at), f);
		fflush(f);
		steps += model_advance(m);
		CHECK(m->sealed_ms >= sealed_ms);
		sealed_ms = m->sealed_ms;
		if (m->nparticipants && m->participants[0]->nsources && !first)
			first = m->participants[0]->sources[0];
	}
	fclose(f);
	got = told(m);
	CHECK_STR(got, expect);
	CHECK(steps > 10 && m->complete && first && first == m->participants[0]->sources[strcmp(first->name, "audio") != 0]);
	CHECK_INT(model_advance(m), 0);
	model_unref(&m);
	model_unref(&whole);
	make_remove(&dir);
}

/** Ends that no `ended` line tells: the next segment, somebody who leaves, the recording. */
static void test_ends(void)
{
#define SEGMENT(t, n) "{\"type\":\"segment\",\"t_ms\":" t ",\"participant\":\"user1\",\"source\":\"video\",\"segment\":" n "}\n"
	static const int64_t ends[] = { 1500, 2000, 2700, 4000 };
	const struct model_source *s;
	char *dir = make_scratch("x");
	struct model *m = NULL;

	write_timeline(dir, START SEGMENT("1000", "0") "{\"type\":\"ended\",\"t_ms\":1500,\"participant\":\"user1\",\"source\":\"video\",\"segment\":0}\n"
		       SEGMENT("1600", "1") SEGMENT("2000", "2") "{\"type\":\"left\",\"t_ms\":2700,\"participant\":\"user1\"}\n"
		       SEGMENT("3000", "3") "{\"type\":\"layout\",\"t_ms\":3100,\"layout\":\"custom\",\"focus\":\"user1\",\"regions\":[1]}\n"
		       "{\"type\":\"stop\",\"t_ms\":4000,\"duration_ms\":4000}\n");
	CHECK_INT(model_load(&m, dir), 0);
	s = m->participants[0]->sources[0];
	CHECK_INT(m->bad_lines, 0);
	CHECK_INT(s->nsegments, 4);
	for (size_t i = 0; i < s->nsegments; i++)
		CHECK_INT(s->segments[i]->end_ms, ends[i]);
	CHECK(model_running(s->segments[0], 1499) && !model_running(s->segments[0], 1500) && !model_running(s->segments[1], 1599));
	CHECK(!model_known(s, 999) && model_known(s, 1000));
	CHECK_INT(m->nlayouts, 1);
	CHECK_STR(m->layouts[0].regions, "[1]");
	model_unref(&m);
	make_remove(&dir);
}

/** Files in the chunks directory that the timeline of a finished recording does not name are nobody's; where a line cannot be read they may be its. */
static void test_strays(void)
{
	static const struct { const char *line; size_t people; } rows[] = { { "", 0 }, { "{\"type\":\"chu\n", 1 } };
	static const char stop[] = "{\"type\":\"stop\",\"t_ms\":1000,\"duration_ms\":1000}\n";

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *dir = make_scratch("x");
		g_autofree char *text = g_strconcat(START, rows[i].line, stop, NULL), *chunks = g_build_filename(dir, "chunks", NULL);
		struct model *m = NULL;

		write_timeline(dir, text);
		CHECK_INT(fs_mkdirs(chunks, 0755), 0);
		CHECK_INT(fs_write_atomic(chunks, "user1_video_00_000000.webm", "x", 1, 0644, 0), 0);
		CHECK_INT(fs_write_atomic(chunks, "user1_video_000_000001.webm", "x", 1, 0644, 0), 0);
		CHECK_INT(model_load(&m, dir), 0);
		CHECK_INT(m->nparticipants, rows[i].people);
		if (m->nparticipants)
			CHECK_INT(m->participants[0]->sources[0]->segments[0]->nchunks, 1);
		model_unref(&m);
		make_remove(&dir);
	}
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
	static const struct test tests[] = { TEST(test_recording), TEST(test_without_timeline), TEST(test_damaged_lines), TEST(test_wall_clock), TEST(test_roles),
					TEST(test_grows), TEST(test_ends), TEST(test_strays), TEST(test_nothing) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

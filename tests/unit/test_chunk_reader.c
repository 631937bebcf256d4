/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the chunks of a source: every packet in its place, whatever is missing or damaged between.
 */
#include "common/fsio.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/chunk_reader.c"

struct seen { int packets, broken; size_t segments; int64_t first_ms, last_ms; unsigned damaged; };

static struct seen read_all(const char *dir, size_t source)
{
	struct seen seen = { .first_ms = -1 };
	struct model *m = NULL;
	struct chunk_reader *r = NULL;
	AVPacket *pkt = av_packet_alloc();
	size_t segment = 0;
	int err;

	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(chunk_reader_create(&r, m, m->participants[0]->sources[source]), 0);
	while (!(err = chunk_reader_next(r, pkt, &segment))) {
		if (seen.first_ms < 0)
			seen.first_ms = pkt->pts;
		CHECK(pkt->pts >= seen.last_ms && pkt->pts == pkt->dts);
		seen.last_ms = pkt->pts;
		seen.packets++;
		seen.broken += chunk_reader_broken(r);
		seen.segments = MAX(seen.segments, segment + 1);
		av_packet_unref(pkt);
	}
	CHECK_INT(err, AVERROR_EOF);
	seen.damaged = chunk_reader_damaged(r);
	chunk_reader_unref(&r);
	model_unref(&m);
	av_packet_free(&pkt);
	return seen;
}

static struct seen read_made(const struct make_participant *people)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct seen seen;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 4000, .people = people }), 0);
	seen = read_all(dir, 0);
	make_remove(&dir);
	return seen;
}

static void test_whole(void)
{
	static const struct make_participant audio[] = { { .id = "user1", .sources = { { .source = "audio" } } }, { 0 } };
	static const struct make_participant video[] = { { .id = "user1", .sources = { { .source = "video", .from_ms = 500 } } }, { 0 } };
	struct seen seen = read_made(audio);

	CHECK_INT(seen.packets, 200);
	CHECK_INT(seen.first_ms, 0);
	CHECK_INT(seen.last_ms, 3980);
	CHECK_INT(seen.damaged, 0);
	seen = read_made(video);
	CHECK_INT(seen.packets, 105);
	CHECK_INT(seen.first_ms, 500);
	CHECK_INT(seen.segments, 1);
}

static void test_missing_and_damaged(void)
{
	static const struct make_participant missing[] = { { .id = "user1", .sources = { { .source = "audio", .missing = { 2 } } } }, { 0 } };
	static const struct make_participant cut[] = { { .id = "user1", .sources = { { .source = "audio", .damaged = { 1, 4 } } } }, { 0 } };
	struct seen seen = read_made(missing);

	CHECK_INT(seen.packets, 150);
	CHECK_INT(seen.damaged, 1);
	CHECK_INT(seen.broken, 1);
	seen = read_made(cut);
	CHECK(seen.packets >= 100 && seen.packets < 190);
	CHECK_INT(seen.damaged, 2);
	CHECK_INT(seen.broken, 1);
}

static void test_segments(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .sources = { { .source = "audio", .muted = { { 1000, 1500 } }, .gaps = { { 2000, 2400 } } } } }, { 0 }
	};
	struct seen seen = read_made(people);

	CHECK_INT(seen.segments, 3);
	CHECK_INT(seen.packets, 50 + 25 + 80);
	CHECK_INT(seen.broken, 0);
}

/** Files that are something else than their names say. */
static void test_impostors(void)
{
	static const struct make_participant people[] = { { .id = "user1", .sources = { { .source = "audio" } } }, { 0 } };
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	g_autofree char *chunks = NULL, *other = NULL, *data = NULL;
	size_t len;
	struct seen seen;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 4000, .people = people }), 0);
	chunks = g_build_filename(dir, "chunks", NULL);
	other = g_build_filename(chunks, "user1_audio_00_000003.webm", NULL);
	CHECK_INT(fs_read(other, 1 << 20, &data, &len), 0);
	CHECK_INT(fs_write_atomic(chunks, "user1_audio_00_000000.webm", "not a webm file", 15, 0644, 0), 0);
	CHECK_INT(fs_write_atomic(chunks, "user1_audio_00_000001.webm", data, len, 0644, 0), 0);      /* another second's */
	CHECK_INT(fs_write_atomic(chunks, "user1_audio_00_000002.webm", "", 0, 0644, 0), 0);
	seen = read_all(dir, 0);
	CHECK_INT(seen.packets, 50);
	CHECK_INT(seen.first_ms, 3000);
	CHECK_INT(seen.damaged, 3);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_whole), TEST(test_missing_and_damaged), TEST(test_segments), TEST(test_impostors) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

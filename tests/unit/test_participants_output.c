/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each participant's file: every frame that was captured, at its time, whatever was muted, lost or changed in between; and stems as long as the recording.
 */
#include <libavformat/avformat.h>
#include "tests/lib/make_recording.h"
#include <jansson.h>
#include "tests/unit/test.h"
#include "postprocess/compose_each.c"
#include "postprocess/chunk_reader.h"

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .muted = { { 1000, 2000 } } }, { .source = "video", .gaps = { { 2500, 3100 } } },
						       { .source = "screen", .from_ms = 1500, .fps = 5 } } },
	{ .id = "user2", .name = "Bob", .joined_ms = 1000, .sources = { { .source = "video", .from_ms = 1000, .change = { .at_ms = 2000, .width = 160, .height = 90 } } } },
	{ .id = "user3", .name = "Cem", .sources = { { .source = "audio", .missing = { 3 } }, { .source = "video", .change = { .at_ms = 2000, .codec = "vp9" } } } },
	{ .id = "user4", .name = "Dee" }, { 0 }
};
static const struct make_participant h264[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .codec = "h264" } } }, { 0 } };

static char *composed(const struct make_participant *people, const char *format, struct compose_result *r)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_conf conf = { .dir = dir, .threads = 1 };

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 4000, .people = people }), 0);
	output_spec_default(&conf.spec, NULL);
	g_strlcpy(conf.spec.format, format, sizeof(conf.spec.format));
	if (compose(&conf, r))
		TEST_FAIL("compose: %s", r->why);
	CHECK_INT(compose(&conf, &(struct compose_result){ 0 }), -EEXIST);
	return dir;
}

static AVFormatContext *opened(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	AVFormatContext *ctx = NULL;

	if (avformat_open_input(&ctx, path, NULL, NULL))
		TEST_FAIL("%s cannot be opened", name);
	return ctx;
}

/** A sum over all packets: how many, their times and their bytes. */
struct sum { int64_t packets, times; uint64_t bytes; };

static void add(struct sum *s, const AVPacket *pkt)
{
	s->packets++;
	s->times += pkt->pts;
	for (int i = 0; i < pkt->size; i++)
		s->bytes = s->bytes * 31 + pkt->data[i];
}

static struct sum captured(const char *dir, size_t who, const char *source)
{
	struct sum s = { 0 };
	struct model *m = NULL;
	AVPacket *pkt = av_packet_alloc();
	size_t segment;

	CHECK_INT(model_load(&m, dir), 0);
	for (size_t i = 0; i < m->participants[who]->nsources; i++) {
		struct chunk_reader *r = NULL;

		if (strcmp(m->participants[who]->sources[i]->name, source))
			continue;
		CHECK_INT(chunk_reader_create(&r, m, m->participants[who]->sources[i]), 0);
		while (!chunk_reader_next(r, pkt, &segment)) {
			add(&s, pkt);
			av_packet_unref(pkt);
		}
		chunk_reader_unref(&r);
	}
	av_packet_free(&pkt);
	model_unref(&m);
	return s;
}

static struct sum written(AVFormatContext *ctx, const char *source)
{
	struct sum s = { 0 };
	AVPacket *pkt = av_packet_alloc();

	while (av_read_frame(ctx, pkt) >= 0) {
		if (!strcmp(av_dict_get(ctx->streams[pkt->stream_index]->metadata, "title", NULL, 0)->value, source))
			add(&s, pkt);
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	return s;
}

static void check_source(const char *dir, const char *name, size_t who, const char *source)
{
	AVFormatContext *ctx = opened(dir, name);
	struct sum a = captured(dir, who, source), b = written(ctx, source);

	CHECK(a.packets > 0);
	CHECK_INT(b.packets, a.packets);
	CHECK_INT(b.times, a.times);
	CHECK(b.bytes == a.bytes);
	avformat_close_input(&ctx);
}

static void check_tracks(const char *dir, const char *name, unsigned tracks, int64_t duration_ms)
{
	AVFormatContext *ctx = opened(dir, name);

	CHECK(avformat_find_stream_info(ctx, NULL) >= 0);
	CHECK_INT(ctx->nb_streams, tracks);
	CHECK_NEAR(ctx->duration / 1000, duration_ms, 60);
	avformat_close_input(&ctx);
}

/** What metadata.json says of the share that is as sent. */
static json_int_t share_copied(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);
	json_t *doc = json_load_file(path, 0, NULL);
	json_t *share = json_object_get(json_array_get(json_object_get(doc, "outputs"), 0), "share_copied");
	json_int_t n = json_is_integer(share) ? json_integer_value(share) : -1;

	json_decref(doc);
	return n;
}

static void test_as_sent(void)
{
	struct compose_result r;
	char *dir = composed(call, "participants", &r);

	CHECK_STR(r.files[0].kind, "media");
	CHECK_STR(r.files[0].name, "output-user1.webm");
	CHECK_STR(r.files[2].name, "output-user3.webm");
	CHECK_STR(r.files[3].kind, "metadata");        /* who sent nothing has no file */
	CHECK_INT(r.nfiles, 4);
	CHECK_INT(share_copied(dir), 1);
	check_source(dir, "output-user1.webm", 0, "audio");
	check_source(dir, "output-user1.webm", 0, "video");
	check_source(dir, "output-user1.webm", 0, "screen");
	check_source(dir, "output-user2.webm", 1, "video");
	check_source(dir, "output-user3.webm", 2, "audio");
	check_source(dir, "output-user3.webm", 2, "video");
	check_tracks(dir, "output-user1.webm", 3, 4000);
	check_tracks(dir, "output-user2.webm", 1, 4000);       /* another size is in the frames */
	check_tracks(dir, "output-user3.webm", 3, 4000);       /* another codec is another track */
	make_remove(&dir);
}

static void test_h264(void)
{
	struct compose_result r;
	char *dir = composed(h264, "participants", &r);

	CHECK_STR(r.files[0].name, "output-user1.mkv");
	CHECK_STR(r.files[0].mime, "video/x-matroska");
	check_source(dir, "output-user1.mkv", 0, "video");
	make_remove(&dir);
}

static void test_stems(void)
{
	struct compose_result r;
	char *dir = composed(call, "stems", &r);

	CHECK_STR(r.files[0].name, "output-user1.opus");
	CHECK_STR(r.files[1].name, "output-user3.opus");
	CHECK_INT(r.nfiles, 3);
	check_tracks(dir, "output-user1.opus", 1, 4000);       /* as long as all, so that stems laid over each other fit */
	check_tracks(dir, "output-user3.opus", 1, 4000);
	make_remove(&dir);
}

static void test_nobody(void)
{
	static const struct make_participant people[] = { { .id = "user4", .name = "Dee" }, { 0 } };
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_conf conf = { .dir = dir };
	struct compose_result r;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1000, .people = people }), 0);
	output_spec_default(&conf.spec, NULL);
	strcpy(conf.spec.format, "participants");
	CHECK_INT(compose(&conf, &r), -ENODATA);
	CHECK_STR(r.why, "Nobody sent anything that such a file could hold.");
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_as_sent), TEST(test_h264), TEST(test_stems), TEST(test_nobody) };

	av_log_set_level(AV_LOG_WARNING);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

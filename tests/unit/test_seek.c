/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Seeking in composed files: what is shown at ten places, by the container's own index, is what was there. Flashes of a tenth of a second at every whole
 * second tell which frame it is.
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include "tests/lib/make_recording.h"
#include "tests/unit/slowness.h"
#include "tests/unit/test.h"
#include "postprocess/compose.h"

enum { WHITE_LUMA = 200, LAST_MS = 8000 };
static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .rgb = 0x00b43c } } }, { 0 } };

struct player {
	AVFormatContext *ctx;
	AVCodecContext *decoder;
	int stream;
};

static void player_open(struct player *p, const char *path)
{
	const AVCodec *codec = NULL;

	CHECK_INT(avformat_open_input(&p->ctx, path, NULL, NULL), 0);
	CHECK(avformat_find_stream_info(p->ctx, NULL) >= 0);
	CHECK_NEAR(p->ctx->duration / 1000, LAST_MS, 34);
	p->stream = av_find_best_stream(p->ctx, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
	p->decoder = avcodec_alloc_context3(codec);
	CHECK(avcodec_parameters_to_context(p->decoder, p->ctx->streams[p->stream]->codecpar) >= 0);
	CHECK_INT(avcodec_open2(p->decoder, codec, NULL), 0);
}

static void player_close(struct player *p)
{
	avcodec_free_context(&p->decoder);
	avformat_close_input(&p->ctx);
}

static int64_t ms_of(const struct player *p, int64_t t)
{
	return av_rescale_q(t, p->ctx->streams[p->stream]->time_base, (AVRational){ 1, 1000 });
}

/** Luma in the middle of the picture that is shown at t; *first: where the index led to. */
static int luma_at(struct player *p, int64_t t_ms, int64_t *first)
{
	AVPacket *pkt = av_packet_alloc();
	AVFrame *f = av_frame_alloc();
	int luma = -1;

	*first = -1;
	CHECK(av_seek_frame(p->ctx, p->stream, av_rescale_q(t_ms, (AVRational){ 1, 1000 }, p->ctx->streams[p->stream]->time_base), AVSEEK_FLAG_BACKWARD) >= 0);
	avcodec_flush_buffers(p->decoder);
	for (bool past = false; !past && av_read_frame(p->ctx, pkt) >= 0; av_packet_unref(pkt)) {
		if (pkt->stream_index != p->stream)
			continue;
		*first = *first < 0 ? ms_of(p, pkt->pts) : *first;
		past = ms_of(p, pkt->pts) > t_ms;
		if (past || avcodec_send_packet(p->decoder, pkt))
			continue;
		while (!avcodec_receive_frame(p->decoder, f))
			luma = f->data[0][f->height / 3 * f->linesize[0] + f->width / 2];
	}
	av_packet_free(&pkt);
	av_frame_free(&f);
	return luma;
}

static void check_seeks(const char *format, const char *codec)
{
	static const int64_t places[] = { 50, 5050, 1500, 7500, 3050, 2500, 6050, 4500, 1050, 7050 };
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_conf conf = { .dir = dir, .threads = 1 };
	struct compose_result r;
	struct player p = { 0 };
	g_autofree char *path = NULL;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = LAST_MS, .people = people }), 0);
	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 320;
	conf.spec.height = 180;
	conf.spec.segment_ms = 2000;
	g_strlcpy(conf.spec.format, format, sizeof(conf.spec.format));
	g_strlcpy(conf.spec.video_codec, codec, sizeof(conf.spec.video_codec));
	if (compose(&conf, &r))
		TEST_FAIL("%s: %s", format, r.why);
	path = g_build_filename(dir, r.files[0].name, NULL);
	player_open(&p, path);
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		int64_t first;
		int luma = luma_at(&p, places[i], &first);

		if (places[i] % 1000 == 50 ? luma < WHITE_LUMA : luma < 0 || luma > WHITE_LUMA - 40)
			TEST_FAIL("%s %s at %d ms: luma %d", format, codec, (int)places[i], luma);
		CHECK_INT(first, places[i] / conf.spec.segment_ms * conf.spec.segment_ms);     /* not from the beginning: from the segment's keyframe */
	}
	player_close(&p);
	make_remove(&dir);
}

static void test_webm(void) { check_seeks("webm", "vp8"); }
static void test_vp9(void) { check_seeks("webm", "vp9"); }

/** Its encoder has threads of its own, which ThreadSanitizer knows nothing of. */
static void test_av1(void)
{
#ifndef __SANITIZE_THREAD__
	check_seeks("webm", "av1");
#endif
}

static void test_mp4(void) { check_seeks("mp4", "h264"); }

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_webm), TEST(test_vp9), TEST(test_av1), TEST(test_mp4) };

	av_log_set_level(AV_LOG_WARNING);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

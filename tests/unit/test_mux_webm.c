/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebM: the gain that is written into OpusHead when all is known, as libavformat reads it.
 */
#include <libavformat/avformat.h>
#include "common/fsio.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/mux_webm.c"

enum { PRESKIP = 312, FRAME = 960, GAIN = -300, GAIN_AT = 16, HEAD = 19 };

static AVCodecParameters *picture(void)
{
	AVCodecParameters *par = avcodec_parameters_alloc();

	par->codec_type = AVMEDIA_TYPE_VIDEO;
	par->codec_id = AV_CODEC_ID_VP8;
	par->width = par->height = 64;
	return par;
}

static AVCodecParameters *sound(void)
{
	AVCodecParameters *par = avcodec_parameters_alloc();

	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = AV_CODEC_ID_OPUS;
	par->sample_rate = 48000;
	av_channel_layout_default(&par->ch_layout, 2);
	par->initial_padding = PRESKIP;
	par->extradata = av_mallocz(HEAD + AV_INPUT_BUFFER_PADDING_SIZE);
	memcpy(par->extradata, "OpusHead\1\2\x38\1\x80\xbb\0\0\0\0\0", HEAD);
	par->extradata_size = HEAD;
	return par;
}

static void put(void *mux, enum sink_track track, int64_t pts, int64_t duration)
{
	AVPacket *pkt = av_packet_alloc();

	CHECK_INT(av_new_packet(pkt, 40), 0);
	memset(pkt->data, 0xfc, 40);
	pkt->pts = pts;
	pkt->duration = duration;
	pkt->flags = AV_PKT_FLAG_KEY;
	CHECK_INT(mux_webm_write(mux, pkt, track), 0);
	av_packet_free(&pkt);
}

/** A file of that title, and the gain and the title that are read of it. */
static void check(const char *title)
{
	char *dir = make_scratch("webm");
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	AVCodecParameters *video = picture(), *audio = sound();
	struct sink_conf conf = { .dir = dir, .name = "output.webm", .video = video, .audio = audio, .fps = 25, .title = title };
	AVFormatContext *ctx = NULL;
	struct sink_result r;
	void *mux = NULL;
	const uint8_t *head;

	CHECK_INT(mux_webm_open(&mux, &conf), 0);
	put(mux, SINK_VIDEO, 0, SINK_TICKS);
	put(mux, SINK_AUDIO, -PRESKIP, FRAME);
	CHECK_INT(mux_webm_finish(mux, GAIN, &r), 0);
	CHECK_INT(mux_webm_publish(mux), 0);
	mux_webm_close(mux);
	CHECK(avformat_open_input(&ctx, path, NULL, NULL) >= 0);
	head = ctx->streams[1]->codecpar->extradata;
	CHECK_INT((int16_t)(head[GAIN_AT] | head[GAIN_AT + 1] << 8), GAIN);
	CHECK_STR(av_dict_get(ctx->metadata, "title", NULL, 0)->value, title);
	avformat_close_input(&ctx);
	avcodec_parameters_free(&video);
	avcodec_parameters_free(&audio);
	make_remove(&dir);
}

static void test_gain(void)
{
	g_autofree char *longest = g_strnfill(8000, 'x');

	check("Weekly");
	check("OpusHead, and what stands behind it");
	check(longest);
}

/** Two who make the same file: the second one leaves the first one's alone. What one who died has left is in nobody's way. */
static void test_alone(void)
{
	char *dir = make_scratch("webm");
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL), *left = g_build_filename(dir, ".output.webm.tmp", NULL);
	struct outfile *first = NULL, *second = NULL;
	struct sink_result r;

	CHECK_INT(fs_mkdirs(dir, 0700), 0);
	CHECK(g_file_set_contents(left, "left", 4, NULL));
	CHECK_INT(outfile_create(&first, dir, "output.webm"), 0);
	CHECK_INT(outfile_create(&second, dir, "output.webm"), -EBUSY);
	CHECK_INT(outfile_append(first, "whole", 5), 0);
	CHECK_INT(outfile_finish(first, &r), 0);
	CHECK_INT(outfile_publish(first), 0);
	CHECK(g_file_test(path, G_FILE_TEST_EXISTS));
	CHECK_INT(outfile_create(&second, dir, "output.webm"), 0);
	outfile_unref(&first);
	outfile_unref(&second);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_gain), TEST(test_alone) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

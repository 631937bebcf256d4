/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ogg Opus: pages by hand against RFC 3533 and RFC 7845, and what libavformat makes of the file.
 */
#include <libavformat/avformat.h>
#include <unistd.h>
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/mux_ogg.c"

enum { PRESKIP = 312, FRAME = 960, GAIN = -300 };

static char *file_of(int64_t samples, int packet_size)
{
	char *dir = make_scratch("ogg");
	AVCodecParameters *par = avcodec_parameters_alloc();
	struct sink_conf conf = { .dir = dir, .name = "outputs/2-audio.opus", .audio = par, .title = "Weekly" };
	struct sink_result r;
	void *mux = NULL;

	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = AV_CODEC_ID_OPUS;
	par->initial_padding = PRESKIP;
	par->extradata = av_mallocz(19 + AV_INPUT_BUFFER_PADDING_SIZE);
	memcpy(par->extradata, "OpusHead\1\2\x38\1\x80\xbb\0\0\0\0\0", 19);
	par->extradata_size = 19;
	CHECK_INT(mux_ogg_open(&mux, &conf), 0);
	for (int64_t pts = -PRESKIP; pts < samples; pts += FRAME) {
		AVPacket *pkt = av_packet_alloc();

		CHECK_INT(av_new_packet(pkt, packet_size), 0);
		memset(pkt->data, 0xfc, (size_t)packet_size);  /* 20 ms, one frame */
		pkt->pts = pts;
		pkt->duration = MIN(FRAME, samples - pts);
		CHECK_INT(mux_ogg_write(mux, pkt, SINK_AUDIO), 0);
		av_packet_free(&pkt);
	}
	CHECK_INT(mux_ogg_finish(mux, GAIN, &r), 0);
	CHECK_INT(mux_ogg_publish(mux), 0);
	mux_ogg_close(mux);
	avcodec_parameters_free(&par);
	return dir;
}

static uint64_t le(const char *p, int bytes)
{
	uint64_t v = 0;

	for (int i = bytes; i--;)
		v = v << 8 | (uint8_t)p[i];
	return v;
}

/** Walks the pages: numbers, checksums, flags; returns the packets and leaves the last granule. */
static int walk(char *text, gsize size, int64_t *granule)
{
	int packets = 0, page = 0;

	for (gsize at = 0; at < size; page++) {
		gsize body = 0, segments = (uint8_t)text[at + 26], length;
		uint32_t crc = (uint32_t)le(text + at + 22, 4);

		CHECK(!memcmp(text + at, "OggS", 4));
		CHECK_INT(le(text + at + 18, 4), page);
		for (gsize i = 0; i < segments; i++) {
			body += (uint8_t)text[at + 27 + i];
			packets += (uint8_t)text[at + 27 + i] < 255;
		}
		length = 27 + segments + body;
		memset(text + at + 22, 0, 4);
		CHECK_INT(crc_of((uint8_t *)text + at, length), crc);
		CHECK_INT(text[at + 5], !page ? FIRST : at + length == size ? LAST : 0);
		CHECK((int64_t)le(text + at + 6, 8) >= *granule);
		*granule = (int64_t)le(text + at + 6, 8);
		at += length;
	}
	return packets;
}

static void check(int64_t samples, int packet_size)
{
	char *dir = file_of(samples, packet_size), *text;
	g_autofree char *path = g_build_filename(dir, "outputs/2-audio.opus", NULL);
	int64_t granule = 0;
	gsize size;

	CHECK(g_file_get_contents(path, &text, &size, NULL));
	CHECK_INT((int16_t)le(text + 28 + 16, 2), GAIN);
	CHECK(memmem(text, size, "TITLE=Weekly", 12));
	CHECK_INT(walk(text, size, &granule), 2 + (samples + PRESKIP + FRAME - 1) / FRAME);
	CHECK_INT(granule, samples + PRESKIP); /* the last page ends with the last sample heard */
	g_free(text);
	make_remove(&dir);
}

static void test_pages(void)
{
	check(48000 * 3 + 17, 200);
	check(48000 * 3, 254);
	check(48000, 255);                     /* lacing with a zero at the end */
	check(48000 * 3, 1275 * 3);            /* fewer packets on a page than a second has */
	check(100, 40);
}

static void test_read_by_libavformat(void)
{
	char *dir = file_of(48000 * 5, 160);
	g_autofree char *path = g_build_filename(dir, "outputs/2-audio.opus", NULL);
	AVFormatContext *ctx = NULL;
	AVPacket *pkt = av_packet_alloc();
	int n = 0;

	CHECK_INT(avformat_open_input(&ctx, path, NULL, NULL), 0);
	CHECK(avformat_find_stream_info(ctx, NULL) >= 0);
	CHECK_INT(ctx->streams[0]->codecpar->codec_id, AV_CODEC_ID_OPUS);
	CHECK_NEAR(av_rescale_q(ctx->streams[0]->duration, ctx->streams[0]->time_base, (AVRational){ 1, 48000 }), 48000 * 5 + PRESKIP, PRESKIP);
	while (av_read_frame(ctx, pkt) >= 0) {
		n++;
		av_packet_unref(pkt);
	}
	CHECK_INT(n, (48000 * 5 + PRESKIP + FRAME - 1) / FRAME);
	av_packet_free(&pkt);
	avformat_close_input(&ctx);
	make_remove(&dir);
}

static void test_refused(void)
{
	AVCodecParameters *par = avcodec_parameters_alloc();
	struct sink_conf conf = { .dir = "/nowhere", .name = "x.opus", .audio = par };
	void *mux = NULL;

	par->codec_id = AV_CODEC_ID_AAC;
	CHECK_INT(mux_ogg_open(&mux, &conf), -EINVAL);
	mux_ogg_close(mux);
	avcodec_parameters_free(&par);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_pages), TEST(test_read_by_libavformat), TEST(test_refused) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

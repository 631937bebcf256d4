/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One chunk: what goes in comes out of libavformat's own demuxer, with the same times; the same frames give the same bytes; nothing cut off counts as
 * whole.
 */
#include "plugins/chunk.c"

#include "test.h"
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include "common/ebml.h"
#include "common/sync.h"
#include "plugins/webm.h"
#include "plugins/codec.h"
#include <unistd.h>

static const uint8_t keyframe[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 1, 2, 3, 4, 5, 6 };
static const uint8_t delta[sizeof(keyframe)] = { 0x11, 0, 0, 7 };

static struct chunk_conf conf_of(const char *codec, unsigned index)
{
	struct chunk_conf conf = {
		.codec = codec_find(codec)->depay, .rate_hz = 48000, .channels = 2, .width = 640, .height = 480, .recording = "rec_demo_1_aaaaaa",
		.previous = "", .name = { .participant = "user1", .source = "video", .segment = 1, .index = index, .ext = "webm" },
	};

	return conf;
}

static struct chunk_file *make(const char *codec, int64_t from_ms, int n, int step_ms)
{
	struct chunk_conf conf = conf_of(codec, (unsigned)(from_ms / 1000));
	struct chunk_file *file;
	struct chunk *c;

	chunk_create(&c, &conf);
	for (int i = 0; i < n; i++) {
		bool key = i == 0 || !conf.codec->video;
		struct frame f = { .data = key ? keyframe : delta, .len = sizeof(keyframe), .rtp = 1000 + i, .keyframe = key };

		chunk_add(c, &f, from_ms + i * step_ms, step_ms);
	}
	chunk_lost(c, 3);
	file = chunk_finish(&c);
	CHECK(c == NULL);
	return file;
}

static void write_file(const struct chunk_file *f, char *path)
{
	int fd = mkstemp(path);
	FILE *out = fdopen(fd, "wb");

	fwrite(f->data, 1, f->size, out);
	fclose(out);
}

static void check_times(const char *codec, int64_t from_ms, int n, int step_ms)
{
	struct chunk_file *file = make(codec, from_ms, n, step_ms);
	char path[] = "/tmp/recroom-chunk-XXXXXX";
	AVFormatContext *in = NULL;
	AVPacket *p = av_packet_alloc();
	int i = 0;

	CHECK_INT(file->from_ms, from_ms);
	CHECK_INT(file->end_ms, from_ms + n * step_ms);
	CHECK_INT(file->frames, n);
	CHECK_INT(file->lost, 3);
	CHECK_INT(file->rtp_last, 1000 + n - 1);
	write_file(file, path);
	CHECK_INT(avformat_open_input(&in, path, NULL, NULL), 0);
	while (av_read_frame(in, p) >= 0) {
		CHECK_INT(p->pts, from_ms + i * step_ms);
		CHECK_INT(p->size, sizeof(keyframe));
		CHECK_INT(p->flags & AV_PKT_FLAG_KEY, i == 0 || strcmp(codec, "vp8"));
		av_packet_unref(p);
		i++;
	}
	CHECK_INT(i, n);
	CHECK_STR(av_dict_get(in->metadata, "INDEX", NULL, 0)->value, from_ms == 0 ? "0" : "3600");
	CHECK_STR(av_dict_get(in->metadata, "SOURCE", NULL, 0)->value, "video");
	CHECK_STR(av_dict_get(in->metadata, "RECROOM_FORMAT", NULL, 0)->value, "1");
	avformat_close_input(&in);
	av_packet_free(&p);
	chunk_file_free(file);
	unlink(path);
}

static void test_times(void)
{
	check_times("opus", 0, 50, 20);
	check_times("opus", 3600000, 50, 20);
	check_times("vp8", 0, 30, 33);
	check_times("vp8", 3600000, 30, 33);
}

static void test_same_bytes(void)
{
	struct chunk_file *a = make("vp8", 5000, 30, 33), *b = make("vp8", 5000, 30, 33), *c = make("vp8", 5000, 29, 33);

	CHECK_STR(a->sha256, b->sha256);
	CHECK(strcmp(a->sha256, c->sha256));
	CHECK_STR(a->file, "user1_video_01_000005.webm");
	chunk_file_free(a);
	chunk_file_free(b);
	chunk_file_free(c);
}

static void test_whole(void)
{
	struct chunk_file *f = make("opus", 1000, 50, 20);

	CHECK(ebml_is_whole(f->data, f->size));
	for (size_t len = 0; len < f->size; len++) {
		uint8_t *cut = g_memdup2(f->data, len + !len);

		CHECK(!ebml_is_whole(cut, len));
		g_free(cut);
	}
	chunk_file_free(f);
}

static void test_read_again(void)
{
	struct chunk_file *sound = make("opus", 7000, 50, 20), *video = make("vp8", 3600000, 30, 33);
	struct webm_info i;

	CHECK_INT(webm_read(&i, sound->data, sound->size), 0);
	CHECK_STR(i.codec_id, "A_OPUS");
	CHECK(!i.video && i.keyframe);
	CHECK_INT(i.rate_hz, 48000);
	CHECK_INT(i.channels, 2);
	CHECK_INT(i.frames, 50);
	CHECK_INT(i.first_ms, 7000);
	CHECK_INT(i.end_ms, 8000);
	CHECK_INT(webm_read(&i, video->data, video->size), 0);
	CHECK_STR(i.codec_id, "V_VP8");
	CHECK(i.video && i.keyframe);
	CHECK_INT(i.width, 640);
	CHECK_INT(i.height, 480);
	CHECK_INT(i.last_ms, 3600000 + 29 * 33);
	CHECK_INT(i.end_ms, 3600000 + 30 * 33);
	chunk_file_free(sound);
	chunk_file_free(video);
}

/* Any byte may be wrong: it is read or refused, within its bounds (the sanitizers look). */
static void test_read_damaged(void)
{
	struct chunk_file *f = make("vp8", 1000, 3, 33);
	uint8_t *copy = g_memdup2(f->data, f->size);
	struct webm_info i;

	for (size_t at = 0; at < f->size; at++)
		for (int bit = 0; bit < 8; bit++) {
			copy[at] ^= (uint8_t)(1 << bit);
			if (!webm_read(&i, copy, f->size))     /* nor any time that no recording has */
				CHECK(i.first_ms >= -INT16_MAX && i.last_ms <= INT64_C(1000000100000) && i.end_ms <= INT64_C(1000000100000));
			copy[at] ^= (uint8_t)(1 << bit);
		}
	CHECK_INT(webm_read(&i, copy, 0), -EBADMSG);
	CHECK_INT(webm_read(&i, (const uint8_t *)"no matroska at all", 18), -EBADMSG);
	g_free(copy);
	chunk_file_free(f);
}

/* Longer than a cluster's 16-bit times reach, larger than guessed, with a CodecPrivate: all in one file. */
static void test_large(void)
{
	static uint8_t frame[40000];
	const uint8_t config[300] = { 1, 2, 3 };
	struct webm_conf conf = { .doctype = "matroska", .codec_id = "V_MPEG4/ISO/AVC", .private_data = config, .private_len = sizeof(config),
				  .video = true, .width = 1920, .height = 1080 };
	char path[] = "/tmp/recroom-chunk-XXXXXX";
	AVFormatContext *in = NULL;
	AVPacket *p = av_packet_alloc();
	struct chunk_file f = { 0 };
	struct webm *w;
	int n = 0;

	av_log_set_level(AV_LOG_QUIET);         /* the frames are none */
	webm_begin(&w, &conf);
	for (int i = 0; i < 100; i++)
		webm_frame(w, frame, sizeof(frame), i * 1000, i == 0);
	webm_end(&w, 100000, &f.data, &f.size);
	CHECK(w == NULL);
	write_file(&f, path);
	CHECK_INT(avformat_open_input(&in, path, NULL, NULL), 0);
	CHECK_INT(in->streams[0]->codecpar->extradata_size, sizeof(config));
	CHECK_INT(in->streams[0]->codecpar->codec_id, AV_CODEC_ID_H264);
	CHECK_INT(in->duration / 1000, 100000);
	for (; av_read_frame(in, p) >= 0; n++) {
		CHECK_INT(p->pts, n * 1000);
		CHECK_INT(p->size, sizeof(frame));
		av_packet_unref(p);
	}
	CHECK_INT(n, 100);
	avformat_close_input(&in);
	av_packet_free(&p);
	g_free(f.data);
	unlink(path);
}

/* What a chunk says of itself in front of its frames, so that its beginning is enough. */
static void test_tags(void)
{
	struct chunk_conf conf = conf_of("vp8", 7);
	struct frame f = { .data = keyframe, .len = sizeof(keyframe), .keyframe = true };
	struct chunk_file *file;
	struct chunk *c;
	char text[80];

	conf.previous = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	chunk_create(&c, &conf);
	chunk_add(c, &f, 7000, 33);
	file = chunk_finish(&c);
	for (size_t len = 0; len <= file->size; len++) {
		uint8_t *cut = g_memdup2(file->data, len + !len);

		if (ebml_tag(cut, len, "PREVIOUS", text, sizeof(text)))
			CHECK_STR(text, conf.previous);
		else
			CHECK(len < file->size - sizeof(keyframe));
		g_free(cut);
	}
	CHECK(ebml_tag(file->data, file->size, "INDEX", text, sizeof(text)));
	CHECK_STR(text, "7");
	CHECK(ebml_tag(file->data, file->size, "RECORDING", text, sizeof(text)));
	CHECK_STR(text, "rec_demo_1_aaaaaa");
	CHECK(!ebml_tag(file->data, file->size, "NOTHING", text, sizeof(text)));
	CHECK(!ebml_tag(file->data, file->size, "PREVIOUS", text, 64));
	chunk_file_free(file);
}

static void test_given_up(void)
{
	struct chunk_conf conf = conf_of("vp8", 0);
	struct frame f = { .data = keyframe, .len = sizeof(keyframe), .keyframe = true };
	struct chunk *c;

	chunk_create(&c, &conf);
	chunk_add(c, &f, 10, 33);
	chunk_unref(&c);
	CHECK(c == NULL);
	chunk_unref(&c);
}

/* Says what a chunk costs beside its media; no limit, since machines differ. */
static void test_cost(void)
{
	enum { N = 200 };
	int64_t start_us = clock_mono_us();
	size_t size = 0;

	for (int i = 0; i < N; i++) {
		struct chunk_file *f = make("opus", i * 1000, 50, 20);

		size = f->size;
		chunk_file_free(f);
	}
	printf("a chunk of 50 frames: %d us, %d bytes beside the media\n", (int)((clock_mono_us() - start_us) / N), (int)(size - 50 * sizeof(keyframe)));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_times), TEST(test_same_bytes), TEST(test_whole), TEST(test_tags), TEST(test_read_again), TEST(test_read_damaged), TEST(test_large), TEST(test_given_up), TEST(test_cost) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

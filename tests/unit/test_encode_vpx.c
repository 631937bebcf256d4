/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP8 segments: what they hold, that they are the same every time, and that none begins with a pulse (a camera's noisy pictures; SSIM of each frame).
 */
#include "postprocess/encode_vpx.c"
#include <libavcodec/avcodec.h>
#include "tests/bench/mix/picture.h"
#include "tests/lib/ssim.h"
#include "tests/unit/test.h"

enum { W = 640, H = 360, FPS = 20, SEGMENT = 3 * FPS, SEGMENTS = 2 };

static struct output_spec spec = { .width = W, .height = H, .fps = FPS, .video_bitrate = 700000, .segment_ms = 3000 };

static AVFrame *frame_new(void)
{
	AVFrame *f = av_frame_alloc();

	f->format = AV_PIX_FMT_YUV420P;
	f->width = W;
	f->height = H;
	CHECK_INT(av_frame_get_buffer(f, 0), 0);
	return f;
}

static void packet_free(void *p)
{
	AVPacket *pkt = p;

	av_packet_free(&pkt);
}

static void frame_free(void *p)
{
	AVFrame *f = p;

	av_frame_free(&f);
}

static GPtrArray *film(int frames)
{
	struct picture *p = picture_camera(W, H, 10, 7);
	GPtrArray *all = g_ptr_array_new_with_free_func(frame_free);

	for (int n = 0; n < frames; n++) {
		AVFrame *f = frame_new();

		picture_draw(p, (double)n / FPS, f);
		f->pts = n;
		g_ptr_array_add(all, f);
	}
	picture_free(p);
	return all;
}

static GPtrArray *encode(GPtrArray *frames, guint from, guint to)
{
	GPtrArray *packets = g_ptr_array_new_with_free_func(packet_free);
	struct vpx_encoder *e = NULL;

	CHECK_INT(vpx_encoder_create(&e, &spec), 0);
	for (guint i = from; i < to; i++)
		CHECK_INT(vpx_encoder_put(e, frames->pdata[i], packets), 0);
	CHECK_INT(vpx_encoder_put(e, NULL, packets), 0);
	vpx_encoder_unref(&e);
	return packets;
}

static AVCodecContext *decoder(void)
{
	AVCodecContext *d = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_VP8));

	CHECK_INT(avcodec_open2(d, NULL, NULL), 0);
	return d;
}

static double decoded_ssim(AVCodecContext *d, const AVPacket *pkt, const AVFrame *source)
{
	AVFrame *f = av_frame_alloc();
	double v;

	CHECK_INT(avcodec_send_packet(d, pkt), 0);
	CHECK_INT(avcodec_receive_frame(d, f), 0);
	v = ssim(f, source);
	av_frame_free(&f);
	return v;
}

/** The worst of the half second from each segment's beginning, and the mean of all. */
static void test_no_pulse(void)
{
	GPtrArray *frames = film(SEGMENT * SEGMENTS);
	double sum = 0, worst = 1, n = 0, bytes = 0;

	for (guint s = 0; s < SEGMENTS; s++) {
		GPtrArray *packets = encode(frames, s * SEGMENT, (s + 1) * SEGMENT);
		AVCodecContext *d = decoder();

		CHECK_INT(packets->len, SEGMENT);
		for (guint i = 0; i < packets->len; i++, n++) {
			const AVPacket *pkt = packets->pdata[i];
			double v = decoded_ssim(d, pkt, frames->pdata[s * SEGMENT + i]);

			CHECK_INT(pkt->pts, s * SEGMENT + i);
			CHECK_INT((pkt->flags & AV_PKT_FLAG_KEY) != 0, i == 0);
			sum += v;
			bytes += pkt->size;
			if (i <= FPS / 2 && v < worst)
				worst = v;
		}
		avcodec_free_context(&d);
		g_ptr_array_unref(packets);
	}
	printf("ssim %.4f, the worst after a segment's beginning %.4f, %.0f kbit/s\n", sum / n, worst, bytes * 8 * FPS / n / 1000);
	CHECK(worst >= sum / n - 0.02);
	CHECK(bytes * 8 * FPS / n < spec.video_bitrate * 1.25);
	g_ptr_array_unref(frames);
}

static void test_same_again(void)
{
	GPtrArray *frames = film(FPS), *a = encode(frames, 0, FPS), *b = encode(frames, 0, FPS);

	CHECK_INT(a->len, b->len);
	for (guint i = 0; i < a->len; i++) {
		const AVPacket *x = a->pdata[i], *y = b->pdata[i];

		CHECK_INT(x->size, y->size);
		CHECK_INT(memcmp(x->data, y->data, (size_t)x->size), 0);
	}
	g_ptr_array_unref(frames);
	g_ptr_array_unref(a);
	g_ptr_array_unref(b);
}

/** Times with holes: frames in which nothing changed are not there. */
static void test_holes(void)
{
	GPtrArray *frames = film(4), *packets;
	static const int64_t times[] = { 100, 101, 121, 159 };

	for (guint i = 0; i < 4; i++)
		((AVFrame *)frames->pdata[i])->pts = times[i];
	packets = encode(frames, 0, 4);
	CHECK_INT(packets->len, 4);
	for (guint i = 0; i < 4; i++)
		CHECK_INT(((AVPacket *)packets->pdata[i])->pts, times[i]);
	g_ptr_array_unref(frames);
	g_ptr_array_unref(packets);
}

static void test_wrong_size(void)
{
	struct vpx_encoder *e = NULL;
	AVFrame *f = frame_new();

	CHECK_INT(vpx_encoder_create(&e, &spec), 0);
	f->width = W / 2;
	CHECK_INT(vpx_encoder_put(e, f, NULL), -EINVAL);
	av_frame_free(&f);
	vpx_encoder_unref(&e);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_no_pulse), TEST(test_same_again), TEST(test_holes), TEST(test_wrong_size) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

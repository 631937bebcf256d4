/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP9 with three spatial layers from libvpx, layer by layer in packets: one superframe per timestamp comes out, of which both libvpx and FFmpeg show the
 * highest layer; where a packet of any layer is lost, nothing is shown until the next keyframe.
 */
#include "depay_stream.h"
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

enum { SPATIAL = 3 };

static void encoder_open(vpx_codec_ctx_t *e)
{
	vpx_codec_enc_cfg_t cfg;
	vpx_svc_extra_cfg_t svc = { .scaling_factor_num = { 1, 1, 1 }, .scaling_factor_den = { 4, 2, 1 } };

	CHECK_INT(vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &cfg, 0), 0);
	cfg.g_w = WIDTH;
	cfg.g_h = HEIGHT;
	cfg.g_timebase = (vpx_rational_t){ 1, 30 };
	cfg.g_lag_in_frames = 0;
	cfg.g_threads = 1;
	cfg.rc_end_usage = VPX_CBR;
	cfg.rc_target_bitrate = 900;
	cfg.rc_dropframe_thresh = 0;
	cfg.kf_mode = VPX_KF_DISABLED;
	cfg.ss_number_layers = SPATIAL;
	cfg.ts_number_layers = 1;
	cfg.ts_rate_decimator[0] = 1;
	for (int i = 0; i < SPATIAL; i++) {
		cfg.layer_target_bitrate[i] = cfg.ss_target_bitrate[i] = 300;
		svc.max_quantizers[i] = 56;
		svc.min_quantizers[i] = 2;
	}
	CHECK_INT(vpx_codec_enc_init(e, vpx_codec_vp9_cx(), &cfg, 0), 0);
	CHECK_INT(vpx_codec_control(e, VP8E_SET_CPUUSED, 8), 0);
	CHECK_INT(vpx_codec_control(e, VP9E_SET_SVC, 1), 0);
	CHECK_INT(vpx_codec_control(e, VP9E_SET_SVC_PARAMETERS, &svc), 0);
}

static AVPacket *encode_one(vpx_codec_ctx_t *e, AVFrame *f, int n, bool key)
{
	AVPacket *pkt = av_packet_alloc();
	const vpx_codec_cx_pkt_t *out;
	vpx_codec_iter_t iter = NULL;
	vpx_image_t img;

	vpx_img_wrap(&img, VPX_IMG_FMT_I420, (unsigned)f->width, (unsigned)f->height, 1, f->data[0]);
	for (int i = 0; i < 3; i++) {
		img.planes[i] = f->data[i];
		img.stride[i] = f->linesize[i];
	}
	CHECK_INT(vpx_codec_encode(e, &img, n, 1, key ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME), 0);
	while ((out = vpx_codec_get_cx_data(e, &iter))) {
		if (out->kind != VPX_CODEC_CX_FRAME_PKT)
			continue;
		CHECK_INT(pkt->size, 0);
		CHECK_INT(av_new_packet(pkt, (int)out->data.frame.sz), 0);
		memcpy(pkt->data, out->data.frame.buf, out->data.frame.sz);
	}
	CHECK(pkt->size > 0);
	return pkt;
}

static struct stream *svc_new(void)
{
	struct stream *s = g_new0(struct stream, 1);
	AVFrame *f = av_frame_alloc();
	vpx_codec_ctx_t e;

	f->format = AV_PIX_FMT_YUV420P;
	f->width = WIDTH;
	f->height = HEIGHT;
	CHECK_INT(av_frame_get_buffer(f, 0), 0);
	s->codec = codec_find("vp9")->depay;
	s->sent = g_new0(struct sent, PACKETS);
	encoder_open(&e);
	for (s->n = 0; s->n < FRAMES; s->n++) {
		draw(f, s->n);
		s->key[s->n] = s->n % GOP == 0;
		s->frames[s->n] = encode_one(&e, f, s->n, s->key[s->n]);
	}
	vpx_codec_destroy(&e);
	av_frame_free(&f);
	hash_stream(s);
	return s;
}

/* What libvpx shows of a superframe is what we take from FFmpeg. */
static void test_decoders_agree(void)
{
	struct stream *s = svc_new();
	vpx_codec_ctx_t d;

	CHECK_INT(vpx_codec_dec_init(&d, vpx_codec_vp9_dx(), NULL, 0), 0);
	for (int i = 0; i < s->n; i++) {
		vpx_codec_iter_t iter = NULL;
		AVFrame f = { .format = AV_PIX_FMT_YUV420P };
		vpx_image_t *img;

		CHECK_INT(vpx_codec_decode(&d, s->frames[i]->data, (unsigned)s->frames[i]->size, NULL, 0), 0);
		img = vpx_codec_get_frame(&d, &iter);
		CHECK(img && img->d_w == WIDTH && img->d_h == HEIGHT);
		f.width = WIDTH;
		f.height = HEIGHT;
		for (int p = 0; p < 3; p++) {
			f.data[p] = img->planes[p];
			f.linesize[p] = img->stride[p];
		}
		CHECK_INT(hash_of(&f), s->hash[i]);
		CHECK(vpx_codec_get_frame(&d, &iter) == NULL);
	}
	vpx_codec_destroy(&d);
	stream_free(s);
}

static void test_layers(void)
{
	static const struct packetise ways[] = { { .mtu = 1100, .picture = 32760 }, { .mtu = 150, .flexible = true } };
	struct stream *s = svc_new();
	struct outcome g;

	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
		pack(s, ways[i], false);
		run(&g, s, 3, true, NULL);
		compare(&g, "all layers");
		CHECK(g.frames == FRAMES && g.breaks == 0 && g.width == WIDTH && g.height == HEIGHT);
	}
	printf("%d superframes of %d layers in %d packets\n", g.frames, SPATIAL, s->nsent);
	stream_free(s);
}

static void test_loss(void)
{
	struct stream *s = svc_new();
	struct outcome g;

	pack(s, (struct packetise){ .mtu = 400 }, false);
	for (int i = 0; i < s->nsent - 1; i += full_run() ? 1 : 1 + s->nsent / 12) {
		s->sent[i].lost = true;
		run(&g, s, 0, false, NULL);
		compare(&g, "one packet of a layer lost");
		s->sent[i].lost = false;
	}
	stream_free(s);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_decoders_agree), TEST(test_layers), TEST(test_loss) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

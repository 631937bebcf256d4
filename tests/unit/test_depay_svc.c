/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP9 with three spatial layers from libvpx, layer by layer in packets: one superframe per timestamp comes out, of which both libvpx and FFmpeg show the
 * highest layer; where a packet of any layer is lost, nothing is shown until the next keyframe. With three temporal layers, where packets of higher ones are
 * lost, nothing else is but what rests on them.
 */
#include "depay_stream.h"
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

enum { SPATIAL = 3, TEMPORAL = 3 };

static void encoder_open(vpx_codec_ctx_t *e, int spatial, int temporal)
{
	static const unsigned decimator[] = { 4, 2, 1 };
	vpx_codec_enc_cfg_t cfg;
	vpx_svc_extra_cfg_t svc = { .scaling_factor_num = { 1, 1, 1 } };

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
	cfg.ss_number_layers = (unsigned)spatial;
	cfg.ts_number_layers = (unsigned)temporal;
	cfg.g_error_resilient = temporal > 1;
	cfg.temporal_layering_mode = temporal > 1 ? VP9E_TEMPORAL_LAYERING_MODE_0212 : VP9E_TEMPORAL_LAYERING_MODE_NOLAYERING;
	for (int i = 0; i < temporal; i++)
		cfg.ts_rate_decimator[i] = decimator[i + TEMPORAL - temporal];
	for (int i = 0; i < spatial * temporal; i++) {
		cfg.layer_target_bitrate[i] = 300u * (unsigned)(i % temporal + 1) / (unsigned)temporal;
		svc.scaling_factor_den[i] = 1 << (spatial - 1 - i / temporal);
		svc.scaling_factor_num[i] = 1;
		svc.max_quantizers[i] = 56;
		svc.min_quantizers[i] = 2;
	}
	for (int i = 0; i < spatial; i++)
		cfg.ss_target_bitrate[i] = 300;
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

/* libvpx's pattern, which forced keyframes fall in with. */
static int layer_of(int frame)
{
	static const int layers[] = { 0, 2, 1, 2 };

	return layers[frame % 4];
}

static struct stream *svc_new(int spatial, int temporal)
{
	struct stream *s = g_new0(struct stream, 1);
	AVFrame *f = av_frame_alloc();
	vpx_svc_layer_id_t id;
	vpx_codec_ctx_t e;

	f->format = AV_PIX_FMT_YUV420P;
	f->width = WIDTH;
	f->height = HEIGHT;
	CHECK_INT(av_frame_get_buffer(f, 0), 0);
	s->codec = codec_find("vp9")->depay;
	s->sent = g_new0(struct sent, PACKETS);
	encoder_open(&e, spatial, temporal);
	for (s->n = 0; s->n < FRAMES; s->n++) {
		draw(f, s->n);
		s->key[s->n] = s->n % GOP == 0;
		s->frames[s->n] = encode_one(&e, f, s->n, s->key[s->n]);
		CHECK_INT(vpx_codec_control(&e, VP9E_GET_SVC_LAYER_ID, &id), 0);
		CHECK_INT(id.temporal_layer_id, temporal > 1 ? layer_of(s->n) : 0);
	}
	vpx_codec_destroy(&e);
	av_frame_free(&f);
	hash_stream(s);
	return s;
}

/* What libvpx shows of a superframe is what we take from FFmpeg. */
static void test_decoders_agree(void)
{
	struct stream *s = svc_new(SPATIAL, 1);
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
	struct stream *s = svc_new(SPATIAL, 1);
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
	struct stream *s = svc_new(SPATIAL, 1);
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

/* Each picture refers to the one of layer 0 before it, the last of four to that of layer 1 as well. */
static void pack_temporal(struct stream *s, bool flexible)
{
	static const unsigned refs[][2] = { { 4 }, { 1 }, { 2 }, { 1, 3 } };
	struct packetise how = { .codec = "vp9", .mtu = 300, .temporal = true, .tl0 = 250, .picture = 32760, .flexible = flexible };
	struct packing k = { s, 0 };

	s->nsent = 0;
	for (k.frame = 0; k.frame < s->n; k.frame++) {
		how.tid = layer_of(k.frame);
		how.sync = how.tid == 0;
		memcpy(how.refs, refs[k.frame % 4], sizeof(how.refs));
		CHECK_INT(packetise(&how, s->frames[k.frame]->data, (size_t)s->frames[k.frame]->size, s->key[k.frame], put_sent, &k), 0);
	}
}

/* Loses a tenth of the packets of higher temporal layers; which pictures that breaks. */
static void lose_some(struct stream *s, uint32_t *x, bool broken[FRAMES])
{
	for (int i = 0; i < s->nsent; i++) {
		*x = *x * 1664525 + 1013904223;
		s->sent[i].lost = layer_of(s->sent[i].frame) > 0 && (*x >> 8) % 100 < 10;
		broken[s->sent[i].frame] |= s->sent[i].lost;
	}
}

static void check_temporal(struct stream *s, int spatial)
{
	uint32_t seed = (uint32_t)g_random_int() % 1000000, x = seed;
	int frames[2] = { 0 }, whole = 0;
	struct outcome g;

	printf("SEED=%u\n", seed);
	for (int round = 0; round < (full_run() ? 100 : 10); round++) {
		bool broken[FRAMES] = { false };

		pack_temporal(s, round % 2);
		if (round > 1)
			lose_some(s, &x, broken);
		run(&g, s, round % 3 ? 3 : 0, false, NULL);
		CHECK_INT(g.wrong, 0);
		CHECK_INT(g.breaks, 0);
		for (int n = 0; n < FRAMES; n++) {
			CHECK(layer_of(n) > 0 || g.frame[n]);
			CHECK(!broken[n] || !g.frame[n]);
			/* References say which of them rest on nothing that was lost. */
			CHECK(round % 2 == 0 || g.frame[n] == !(broken[n] || (n % 4 == 3 && broken[n - 1])));
			frames[round % 2] += g.frame[n];
			whole += !broken[n];
		}
		CHECK(round > 1 || g.frames == FRAMES);
	}
	printf("%d spatial layers: %d of about %d frames that arrived whole; %d with references listed\n", spatial, frames[0], whole / 2, frames[1]);
}

static void test_temporal_layers(void)
{
	for (int spatial = 1; spatial <= SPATIAL; spatial += SPATIAL - 1) {
		struct stream *s = svc_new(spatial, TEMPORAL);

		check_temporal(s, spatial);
		stream_free(s);
	}
}

/* A picture of layer 0 is lost: nothing until the next keyframe, and somebody is told. */
static void test_base_layer(void)
{
	struct stream *s = svc_new(1, TEMPORAL);
	struct outcome g;

	for (int n = 0; n < 2 * FRAMES; n += full_run() ? 1 : 3) {
		int lost = n / 2;

		pack_temporal(s, n % 2);
		for (int i = 0; i < s->nsent; i++)
			s->sent[i].lost = s->sent[i].frame == lost;
		run(&g, s, 0, false, NULL);
		CHECK_INT(g.wrong, 0);
		for (int k = lost; layer_of(lost) == 0 && k < lost / GOP * GOP + GOP; k++)
			CHECK(!g.frame[k]);
		/* Nobody knows that there was a first one, or one before a keyframe. */
		if (layer_of(lost) == 0 && lost > 0 && lost / GOP == (lost + 4) / GOP)
			CHECK(g.breaks > 0);
		CHECK(layer_of(lost) == 0 || g.breaks == 0);
	}
	stream_free(s);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_decoders_agree), TEST(test_layers), TEST(test_loss), TEST(test_temporal_layers), TEST(test_base_layer) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

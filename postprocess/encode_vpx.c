/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP8 segments that begin without a pulse. Called by encode_video, on segment's encoder threads.
 *
 * Left alone, libvpx spends half a second's bits on a keyframe, sharper than anything before it, and starves the frames behind it: a flicker every few
 * seconds. So the keyframe gets a limit, and the quantizer of what follows begins near the keyframe's and may get coarser slowly:
 *
 *   coarsest ┤                       ╭─────────
 *            │                ╭──────╯   RELAX_PER_S
 *   keyframe ┼────╮    ╭──────╯
 *       + STEP    ╰────╯            each segment alone: nothing comes from the one before it
 */
#include <errno.h>
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>
#include "postprocess/encode_vpx.h"

enum {
	SPEED = -9,                /* negative: fixed, the same every time; -10 and beyond look for motion less and less, at a fifth more bits for the same picture */
	STILL = 100,               /* squared error of a block of 256 samples, half a level: it stays what it was, and nothing else is tried; 500 left plain colours a level off for good */
	FINEST = 2, COARSEST = 52,
	BUFFER_MS = 2000,
	KEYFRAME_PERCENT_PER_FPS = 80,     /* of a frame's share: a keyframe may have 0.8 s of the bit rate by libvpx' reckoning, which is far above what it takes */
	STEP = 6, RELAX_PER_S = 12         /* quantizer levels */
};

struct vpx_encoder {
	vpx_codec_ctx_t codec;
	vpx_codec_enc_cfg_t cfg;
	int fps;
	int64_t first_pts;
	int key_quantizer;         /* of the segment's keyframe; -1: none yet */
};

static int error_of(vpx_codec_err_t err)
{
	return err == VPX_CODEC_OK ? 0 : err == VPX_CODEC_MEM_ERROR ? -ENOMEM : err == VPX_CODEC_INVALID_PARAM ? -EINVAL : -EIO;
}

static void configure(vpx_codec_enc_cfg_t *cfg, const struct output_spec *spec)
{
	cfg->g_w = (unsigned)spec->width;
	cfg->g_h = (unsigned)spec->height;
	cfg->g_timebase = (struct vpx_rational){ 1, spec->fps };
	cfg->g_threads = 1;
	cfg->g_lag_in_frames = 0;
	cfg->g_error_resilient = 0;
	cfg->g_pass = VPX_RC_ONE_PASS;
	cfg->rc_end_usage = VPX_VBR;
	cfg->rc_target_bitrate = (unsigned)spec->video_bitrate / 1000;
	cfg->rc_min_quantizer = FINEST;
	cfg->rc_max_quantizer = COARSEST;
	cfg->rc_dropframe_thresh = 0;
	cfg->rc_buf_sz = BUFFER_MS;
	cfg->rc_buf_initial_sz = BUFFER_MS / 2;
	cfg->rc_buf_optimal_sz = BUFFER_MS * 5 / 6;
	cfg->kf_mode = VPX_KF_DISABLED;        /* none but the first */
}

static vpx_codec_err_t set_controls(vpx_codec_ctx_t *codec, const struct output_spec *spec)
{
	vpx_codec_err_t err = vpx_codec_control(codec, VP8E_SET_CPUUSED, SPEED);

	if (!err)
		err = vpx_codec_control(codec, VP8E_SET_STATIC_THRESHOLD, STILL);
	if (!err)
		err = vpx_codec_control(codec, VP8E_SET_ENABLEAUTOALTREF, 0);
	if (!err)
		err = vpx_codec_control(codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, (unsigned)(KEYFRAME_PERCENT_PER_FPS * spec->fps));
	return err;
}

int vpx_encoder_create(struct vpx_encoder **out, const struct output_spec *spec)
{
	struct vpx_encoder *e = g_new0(struct vpx_encoder, 1);
	vpx_codec_err_t err = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->cfg, 0);

	e->fps = spec->fps;
	e->key_quantizer = -1;
	configure(&e->cfg, spec);
	if (!err)
		err = vpx_codec_enc_init(&e->codec, vpx_codec_vp8_cx(), &e->cfg, 0);
	if (!err)
		err = set_controls(&e->codec, spec);
	if (err)
		vpx_encoder_unref(&e);
	else
		*out = e;
	return error_of(err);
}

void vpx_encoder_unref(struct vpx_encoder **e)
{
	if (!*e)
		return;
	if ((*e)->codec.iface)
		vpx_codec_destroy(&(*e)->codec);
	g_clear_pointer(e, g_free);
}

/**
 * Only the frame before is looked at: in a segment of seconds an older one is hardly ever nearer (SSIM 0.0005 less at the same bits, in a tenth less time).
 * SPEED and STILL are worth another tenth.
 */
static vpx_enc_frame_flags_t flags_of(bool first)
{
	return first ? VPX_EFLAG_FORCE_KF : VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF;
}

/** How coarse the frame of that time may be. */
static vpx_codec_err_t bound(struct vpx_encoder *e, int64_t pts)
{
	int64_t coarsest = e->key_quantizer + STEP + (pts - e->first_pts) * RELAX_PER_S / e->fps;
	unsigned max = (unsigned)CLAMP(coarsest, FINEST, COARSEST);

	if (e->key_quantizer < 0 || max == e->cfg.rc_max_quantizer)
		return VPX_CODEC_OK;
	e->cfg.rc_max_quantizer = max;
	return vpx_codec_enc_config_set(&e->codec, &e->cfg);
}

static int add_packet(const struct vpx_encoder *e, GPtrArray *packets, const vpx_codec_cx_pkt_t *from)
{
	AVPacket *pkt = av_packet_alloc();

	if (!pkt || av_new_packet(pkt, (int)from->data.frame.sz)) {
		av_packet_free(&pkt);
		return -ENOMEM;
	}
	memcpy(pkt->data, from->data.frame.buf, from->data.frame.sz);
	pkt->pts = pkt->dts = e->first_pts + from->data.frame.pts;
	if (from->data.frame.flags & VPX_FRAME_IS_KEY)
		pkt->flags |= AV_PKT_FLAG_KEY;
	g_ptr_array_add(packets, pkt);
	return 0;
}

static int take_packets(struct vpx_encoder *e, GPtrArray *packets)
{
	const vpx_codec_cx_pkt_t *pkt;
	vpx_codec_iter_t at = NULL;
	int err = 0;

	while (!err && (pkt = vpx_codec_get_cx_data(&e->codec, &at)))
		if (pkt->kind == VPX_CODEC_CX_FRAME_PKT)
			err = add_packet(e, packets, pkt);
	return err;
}

/** The frame's own memory, as libvpx wants to see it. */
static void wrap(vpx_image_t *image, const AVFrame *f)
{
	vpx_img_wrap(image, VPX_IMG_FMT_I420, (unsigned)f->width, (unsigned)f->height, 1, f->data[0]);
	for (int p = 0; p < 3; p++) {
		image->planes[p] = f->data[p];
		image->stride[p] = f->linesize[p];
	}
}

int vpx_encoder_put(struct vpx_encoder *e, const AVFrame *f, GPtrArray *packets)
{
	bool first = e->key_quantizer < 0;
	vpx_codec_err_t err;
	vpx_image_t image;

	if (!f)
		return 0;      /* nothing waits in the encoder */
	if (f->width != (int)e->cfg.g_w || f->height != (int)e->cfg.g_h)
		return -EINVAL;
	wrap(&image, f);
	if (first)
		e->first_pts = f->pts;
	err = bound(e, f->pts);
	if (!err)
		err = vpx_codec_encode(&e->codec, &image, f->pts - e->first_pts, 1, flags_of(first), VPX_DL_REALTIME);
	if (!err && first)
		err = vpx_codec_control(&e->codec, VP8E_GET_LAST_QUANTIZER_64, &e->key_quantizer);
	return err ? error_of(err) : take_packets(e, packets);
}

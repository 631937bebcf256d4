/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Video encoders behind one interface: a row per codec. Called by segment's encoder threads.
 *
 * Nothing here may depend on the machine or on the time it takes: one thread, a fixed speed (libvpx: negative cpu-used), no look-ahead across segments.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <string.h>
#include "postprocess/encode_video.h"
#include "postprocess/encode_vpx.h"

struct video_codec {
	const char *name, *encoder;            /* encoder NULL: encode_vpx */
	enum AVCodecID id;
	const char *options;       /* of the encoder, "key=value:key=value" */
	int qmin, qmax;
};

static const struct video_codec codecs[] = {
	{ "vp8", NULL, AV_CODEC_ID_VP8, NULL, 0, 0 },
};

struct video_encoder {
	AVCodecContext *ctx;
	struct vpx_encoder *vpx;   /* instead */
};

static const struct video_codec *find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
		if (!strcmp(codecs[i].name, name))
			return &codecs[i];
	return NULL;
}

static void configure(AVCodecContext *ctx, const struct video_codec *c, const struct output_spec *spec)
{
	ctx->width = spec->width;
	ctx->height = spec->height;
	ctx->pix_fmt = AV_PIX_FMT_YUV420P;
	ctx->time_base = (AVRational){ 1, spec->fps };
	ctx->framerate = (AVRational){ spec->fps, 1 };
	ctx->thread_count = 1;
	ctx->bit_rate = spec->video_bitrate;
	ctx->rc_buffer_size = spec->video_bitrate * 2;
	ctx->rc_initial_buffer_occupancy = spec->video_bitrate;
	ctx->gop_size = ctx->keyint_min = spec->fps * spec->segment_ms / 1000 + 1;      /* equal: no keyframe but the first */
	ctx->qmin = c->qmin;
	ctx->qmax = c->qmax;
	ctx->flags |= AV_CODEC_FLAG_BITEXACT;
	ctx->colorspace = AVCOL_SPC_BT709;
	ctx->color_primaries = AVCOL_PRI_BT709;
	ctx->color_trc = AVCOL_TRC_BT709;
	ctx->color_range = AVCOL_RANGE_MPEG;
}

static int open_codec(struct video_encoder *e, const struct video_codec *c, const struct output_spec *spec)
{
	const AVCodec *codec = avcodec_find_encoder_by_name(c->encoder);
	AVDictionary *opts = NULL;
	int err;

	if (!codec)
		return -ENOENT;
	e->ctx = avcodec_alloc_context3(codec);
	if (!e->ctx)
		return -ENOMEM;
	configure(e->ctx, c, spec);
	err = av_dict_parse_string(&opts, c->options, "=", ":", 0);
	if (!err)
		err = avcodec_open2(e->ctx, codec, &opts);
	av_dict_free(&opts);
	return err;
}

int video_encoder_create(struct video_encoder **out, const char *codec, const struct output_spec *spec)
{
	const struct video_codec *c = find(codec);
	struct video_encoder *e = g_new0(struct video_encoder, 1);
	int err = !c ? -EINVAL : c->encoder ? open_codec(e, c, spec) : vpx_encoder_create(&e->vpx, spec);

	if (err)
		video_encoder_unref(&e);
	else
		*out = e;
	return err;
}

void video_encoder_unref(struct video_encoder **e)
{
	if (!*e)
		return;
	avcodec_free_context(&(*e)->ctx);
	vpx_encoder_unref(&(*e)->vpx);
	g_clear_pointer(e, g_free);
}

int video_encoder_put(struct video_encoder *e, const AVFrame *frame, GPtrArray *packets)
{
	int err;

	if (e->vpx)
		return vpx_encoder_put(e->vpx, frame, packets);
	err = avcodec_send_frame(e->ctx, frame);
	while (!err) {
		AVPacket *pkt = av_packet_alloc();

		err = pkt ? avcodec_receive_packet(e->ctx, pkt) : -ENOMEM;
		if (err)
			av_packet_free(&pkt);
		else
			g_ptr_array_add(packets, pkt);
	}
	return err == AVERROR(EAGAIN) || err == AVERROR_EOF ? 0 : err;
}

int video_encoder_parameters(AVCodecParameters *par, const char *codec, const struct output_spec *spec)
{
	const struct video_codec *c = find(codec);

	if (!c)
		return -EINVAL;
	par->codec_type = AVMEDIA_TYPE_VIDEO;
	par->codec_id = c->id;
	par->format = AV_PIX_FMT_YUV420P;
	par->width = spec->width;
	par->height = spec->height;
	par->sample_aspect_ratio = (AVRational){ 1, 1 };
	par->color_space = AVCOL_SPC_BT709;
	par->color_primaries = AVCOL_PRI_BT709;
	par->color_trc = AVCOL_TRC_BT709;
	par->color_range = AVCOL_RANGE_MPEG;
	return 0;
}

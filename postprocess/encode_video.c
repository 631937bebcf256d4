/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Video encoders behind one interface: a row per codec. Called by segment's encoder threads.
 *
 * Nothing here may depend on the machine or on the time it takes: one thread, a fixed speed (libvpx: negative cpu-used), no look-ahead across segments.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <stdbool.h>
#include <string.h>
#include "postprocess/encode_video.h"
#include "postprocess/encode_vpx.h"

enum { AS_IS = -1 };             /* the encoder's own limits */

struct video_codec {
	const char *name, *encoder;            /* encoder NULL: encode_vpx */
	enum AVCodecID id;
	const char *options;       /* of the encoder, "key=value;key=value" */
	int qmin, qmax;
	bool buffer;               /* holds to a buffer of two seconds */
	bool header;               /* the container needs what the encoder says before the first frame */
	bool drain;                /* hangs when it is closed before it gave all it has, SVT-AV1 1.4 even if it never had a picture */
};

static const struct video_codec codecs[] = {
	{ "vp8", NULL, AV_CODEC_ID_VP8, NULL, AS_IS, AS_IS, false, false, false },
	/* VP9 measures no time at any speed. */
	{ "vp9", "libvpx-vp9", AV_CODEC_ID_VP9, "deadline=realtime;cpu-used=8;lag-in-frames=0;auto-alt-ref=0;row-mt=0;tile-columns=0;error-resilient=0;static-thresh=0", 2, 56,
	  true, false, false },
	/* What MP4 shall be: no frame refers to a later one, none over a keyframe, which comes first in a piece and nowhere else. An even quality up to the
	 * bit rate: on its way to an average each piece would begin coarser than the one before it ended. */
	{ "h264", "libx264", AV_CODEC_ID_H264,
	  "preset=superfast;profile=high;crf=22;x264-params=scenecut=0:rc-lookahead=0:sync-lookahead=0:open-gop=0:mbtree=0:bframes=0:sliced-threads=0", AS_IS, AS_IS, true, true, false },
	{ "av1", "libsvtav1", AV_CODEC_ID_AV1, "preset=10;svtav1-params=lp=1", AS_IS, AS_IS, false, true, true },
	{ "av1", "libaom-av1", AV_CODEC_ID_AV1, "usage=realtime;cpu-used=8;row-mt=0;lag-in-frames=0", AS_IS, AS_IS, true, true, false },
};

struct video_encoder {
	const struct video_codec *codec;
	AVCodecContext *ctx;
	struct vpx_encoder *vpx;   /* instead */
	bool fed, ended;
};

/** The first row whose encoder this libavcodec has; NULL: no such codec. */
static const struct video_codec *find(const char *name)
{
	const struct video_codec *found = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
		if (!strcmp(codecs[i].name, name) && (!found || (found->encoder && !avcodec_find_encoder_by_name(found->encoder))))
			found = &codecs[i];
	return found;
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
	if (c->buffer) {
		ctx->rc_buffer_size = spec->video_bitrate * 2;
		ctx->rc_initial_buffer_occupancy = spec->video_bitrate;
	}
	if (c->id == AV_CODEC_ID_H264) {               /* libvpx takes it for a limit of another kind */
		ctx->rc_max_rate = spec->video_bitrate;
		ctx->bit_rate = 0;
	}
	ctx->gop_size = ctx->keyint_min = spec->fps * spec->segment_ms / 1000 + 1;      /* equal: no keyframe but the first */
	if (c->qmin != AS_IS)
		ctx->qmin = c->qmin;
	if (c->qmax != AS_IS)
		ctx->qmax = c->qmax;
	ctx->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_CLOSED_GOP | (c->header ? AV_CODEC_FLAG_GLOBAL_HEADER : 0);
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
	err = av_dict_parse_string(&opts, c->options, "=", ";", 0);
	if (!err)
		err = avcodec_open2(e->ctx, codec, &opts);
	av_dict_free(&opts);
	return err;
}

int video_encoder_create(struct video_encoder **out, const char *codec, const struct output_spec *spec)
{
	const struct video_codec *c = find(codec);
	struct video_encoder *e = g_new0(struct video_encoder, 1);
	int err;

	e->codec = c;
	err = !c ? -EINVAL : c->encoder ? open_codec(e, c, spec) : vpx_encoder_create(&e->vpx, spec);

	if (err)
		video_encoder_unref(&e);
	else
		*out = e;
	return err;
}

static void packet_free(void *p)
{
	AVPacket *pkt = p;

	av_packet_free(&pkt);
}

/** Gives it a picture if it never had one, and takes all it has. */
static void drain(struct video_encoder *e)
{
	GPtrArray *packets = g_ptr_array_new_with_free_func(packet_free);
	AVFrame *blank = e->fed ? NULL : av_frame_alloc();

	if (blank) {
		blank->format = e->ctx->pix_fmt;
		blank->width = e->ctx->width;
		blank->height = e->ctx->height;
		if (av_frame_get_buffer(blank, 0) >= 0)
			video_encoder_put(e, blank, packets);
		av_frame_free(&blank);
	}
	video_encoder_put(e, NULL, packets);
	g_ptr_array_unref(packets);
}

void video_encoder_unref(struct video_encoder **e)
{
	if (!*e)
		return;
	if ((*e)->codec && (*e)->codec->drain && (*e)->ctx && avcodec_is_open((*e)->ctx) && !(*e)->ended)
		drain(*e);
	avcodec_free_context(&(*e)->ctx);
	vpx_encoder_unref(&(*e)->vpx);
	g_clear_pointer(e, g_free);
}

int video_encoder_put(struct video_encoder *e, const AVFrame *frame, GPtrArray *packets)
{
	int err;

	if (e->vpx)
		return vpx_encoder_put(e->vpx, frame, packets);
	e->fed = true;
	e->ended = !frame;
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

/** What the encoder says of itself; each that is made of the same spec says the same. */
static int take_header(AVCodecParameters *par, const char *codec, const struct output_spec *spec)
{
	struct video_encoder *e = NULL;
	int err = video_encoder_create(&e, codec, spec);

	if (err)
		return err;
	par->extradata = av_mallocz((size_t)e->ctx->extradata_size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (par->extradata) {
		memcpy(par->extradata, e->ctx->extradata, (size_t)e->ctx->extradata_size);
		par->extradata_size = e->ctx->extradata_size;
	} else {
		err = -ENOMEM;
	}
	video_encoder_unref(&e);
	return err;
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
	return c->header ? take_header(par, codec, spec) : 0;
}

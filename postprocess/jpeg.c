/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JPEG by libavcodec. Called by thumbnail and storyboard when an output is finished.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include "postprocess/colour.h"
#include "postprocess/jpeg.h"

enum { QUALITY = 3 };          /* libavcodec's scale, on which 1 is the best */

/** JPEG is BT.601 full range, whatever it is made of. */
static int convert(const AVFrame *f, int w, int h, AVFrame **out)
{
	AVFrame *o = av_frame_alloc();
	struct colour_map map;
	int err;

	*out = o;
	if (!o)
		return -ENOMEM;
	o->format = AV_PIX_FMT_YUVJ420P;
	o->width = w;
	o->height = h;
	err = av_frame_get_buffer(o, 0);
	if (err < 0)
		return err;
	for (int p = 0; p < 3; p++)
		av_image_copy_plane(o->data[p], o->linesize[p], f->data[p], f->linesize[p], p ? w / 2 : w, p ? h / 2 : h);
	colour_map_init(&map, COLOUR_BT709, COLOUR_JPEG);
	colour_map_apply(&map, o);
	o->color_range = AVCOL_RANGE_JPEG;
	o->quality = QUALITY * FF_QP2LAMBDA;
	o->pts = 0;
	return 0;
}

static int open_encoder(AVCodecContext **out, const AVFrame *f)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;

	*out = ctx;
	if (!ctx)
		return codec ? -ENOMEM : -ENOENT;
	ctx->width = f->width;
	ctx->height = f->height;
	ctx->pix_fmt = AV_PIX_FMT_YUVJ420P;
	ctx->color_range = AVCOL_RANGE_JPEG;
	ctx->time_base = (AVRational){ 1, 1 };
	ctx->thread_count = 1;
	ctx->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
	ctx->global_quality = QUALITY * FF_QP2LAMBDA;
	return avcodec_open2(ctx, codec, NULL);
}

static int encode(const AVFrame *f, GByteArray **jpeg)
{
	AVCodecContext *ctx = NULL;
	AVPacket *pkt = av_packet_alloc();
	int err = pkt ? open_encoder(&ctx, f) : -ENOMEM;

	if (!err)
		err = avcodec_send_frame(ctx, f);
	if (!err)
		err = avcodec_send_frame(ctx, NULL);
	if (!err)
		err = avcodec_receive_packet(ctx, pkt);
	if (!err) {
		*jpeg = g_byte_array_new();
		g_byte_array_append(*jpeg, pkt->data, (guint)pkt->size);
	}
	av_packet_free(&pkt);
	avcodec_free_context(&ctx);
	return err;
}

int jpeg_encode(const AVFrame *f, int w, int h, GByteArray **jpeg)
{
	AVFrame *own = NULL;
	int err = convert(f, w, h, &own);

	if (!err)
		err = encode(own, jpeg);
	av_frame_free(&own);
	return err;
}

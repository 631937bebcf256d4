/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chooses and encodes the thumbnail. Called by compose: offers on the composing thread, once a second of recording time; the JPEG after it has ended.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <stdlib.h>
#include "postprocess/thumbnail.h"

enum { WIDTH = 640, HEIGHT = 360, QUALITY = 3, STEP = 4 };

struct thumbnail {
	AVFrame *best;
	unsigned live;
	int64_t detail;
};

struct thumbnail *thumbnail_create(void)
{
	return g_new0(struct thumbnail, 1);
}

/** How much there is to see: differences between samples some pixels apart, edges counted no more than slopes. */
static int64_t detail(const AVFrame *f)
{
	int64_t sum = 0;

	for (int y = STEP; y < f->height; y += STEP) {
		const uint8_t *row = f->data[0] + (ptrdiff_t)y * f->linesize[0], *above = row - (ptrdiff_t)STEP * f->linesize[0];

		for (int x = STEP; x < f->width; x += STEP)
			sum += MIN(abs(row[x] - row[x - STEP]) + abs(row[x] - above[x]), 48);
	}
	return sum;
}

int thumbnail_offer(struct thumbnail *t, struct canvas *c, unsigned live)
{
	int64_t d = detail(canvas_image(c));
	AVFrame *copy;

	if (t->best && (live < t->live || (live == t->live && d <= t->detail)))
		return 0;
	copy = canvas_copy(c);
	if (!copy)
		return -ENOMEM;
	av_frame_free(&t->best);
	t->best = copy;
	t->live = live;
	t->detail = d;
	return 0;
}

/** JPEG is BT.601 full range, whatever it is made of. */
static int shrink(const AVFrame *f, AVFrame **out)
{
	double scale = MIN(1, MIN((double)WIDTH / f->width, (double)HEIGHT / f->height));
	struct canvas *c = NULL;
	struct scaler *s = NULL;
	struct colour_map map;
	struct rect r = { 0, 0, MAX(2, (int)(f->width * scale) & ~1), MAX(2, (int)(f->height * scale) & ~1) };
	int err = canvas_create(&c, r.w, r.h);

	if (!err)
		err = canvas_video(c, &s, f, r, 0);
	if (!err)
		*out = canvas_copy(c);
	scaler_unref(&s);
	canvas_unref(&c);
	if (err || !*out)
		return err ? err : -ENOMEM;
	colour_map_init(&map, COLOUR_BT709, COLOUR_JPEG);
	colour_map_apply(&map, *out);
	(*out)->format = AV_PIX_FMT_YUVJ420P;
	(*out)->color_range = AVCOL_RANGE_JPEG;
	(*out)->quality = QUALITY * FF_QP2LAMBDA;
	(*out)->pts = 0;
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

int thumbnail_jpeg(const struct thumbnail *t, GByteArray **jpeg)
{
	AVFrame *small = NULL;
	int err = t->best ? shrink(t->best, &small) : -ENODATA;

	if (!err)
		err = encode(small, jpeg);
	av_frame_free(&small);
	return err;
}

void thumbnail_unref(struct thumbnail **t)
{
	if (*t)
		av_frame_free(&(*t)->best);
	g_clear_pointer(t, g_free);
}

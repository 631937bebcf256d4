/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads a composed file with libavformat and libavcodec, as a player would.
 */
#include <errno.h>
#include <libavformat/avformat.h>
#include <math.h>
#include "tests/lib/read_output.h"

static void frame_free(void *p)
{
	AVFrame *f = p;

	av_frame_free(&f);
}

static int decode(struct output *o, AVCodecContext *ctx, const AVPacket *pkt)
{
	int err = avcodec_send_packet(ctx, pkt);

	while (!err) {
		AVFrame *f = av_frame_alloc();

		err = avcodec_receive_frame(ctx, f);
		if (err)
			av_frame_free(&f);
		else
			g_ptr_array_add(o->frames, f);
	}
	return err == AVERROR(EAGAIN) || err == AVERROR_EOF ? 0 : err;
}

static int on_video(struct output *o, AVCodecContext *ctx, const AVPacket *pkt)
{
	int64_t pts = pkt->pts;

	if (pkt->flags & AV_PKT_FLAG_KEY)
		g_array_append_val(o->keys, pts);
	return decode(o, ctx, pkt);
}

static void on_audio(struct output *o, const AVPacket *pkt)
{
	if (!o->audio_packets++)
		o->audio_begin_us = pkt->pts * 1000;
	o->audio_end_ms = pkt->pts + pkt->duration;
}

static int open_video(struct output *o, const AVStream *st, AVCodecContext **out)
{
	const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);
	AVCodecContext *ctx = codec ? avcodec_alloc_context3(codec) : NULL;
	const AVCodecParameters *par = st->codecpar;

	*out = ctx;
	if (!ctx)
		return -ENOENT;
	o->width = par->width;
	o->height = par->height;
	o->bt709 = par->color_space == AVCOL_SPC_BT709 && par->color_primaries == AVCOL_PRI_BT709 && par->color_trc == AVCOL_TRC_BT709 &&
		   par->color_range == AVCOL_RANGE_MPEG;
	ctx->thread_count = 1;
	avcodec_parameters_to_context(ctx, par);
	return avcodec_open2(ctx, codec, NULL);
}

static int read_packets(struct output *o, AVFormatContext *f, AVCodecContext *video)
{
	AVPacket *pkt = av_packet_alloc();
	int err = 0;

	while (!err && (err = av_read_frame(f, pkt)) >= 0) {
		av_packet_rescale_ts(pkt, f->streams[pkt->stream_index]->time_base, (AVRational){ 1, 1000 });
		if (f->streams[pkt->stream_index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
			err = on_video(o, video, pkt);
		else
			on_audio(o, pkt);
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	return err == AVERROR_EOF ? decode(o, video, NULL) : err;
}

int output_read(struct output **out, const char *path)
{
	struct output *o = g_new0(struct output, 1);
	AVFormatContext *f = NULL;
	AVCodecContext *video = NULL;
	const AVDictionaryEntry *title;
	int err, index;

	o->frames = g_ptr_array_new_with_free_func(frame_free);
	o->keys = g_array_new(FALSE, FALSE, sizeof(int64_t));
	err = avformat_open_input(&f, path, NULL, NULL);
	if (err < 0)
		goto out;
	o->duration_ms = f->duration / 1000;
	title = av_dict_get(f->metadata, "title", NULL, 0);
	o->title = g_strdup(title ? title->value : "");
	index = av_find_best_stream(f, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	err = index < 0 ? index : open_video(o, f->streams[index], &video);
	if (!err)
		err = read_packets(o, f, video);
	if (!err && av_seek_frame(f, index, 0, AVSEEK_FLAG_BACKWARD) >= 0)      /* libavformat reads the cues when somebody seeks */
		o->cues = avformat_index_get_entries_count(f->streams[index]);
out:
	avcodec_free_context(&video);
	avformat_close_input(&f);
	if (err)
		output_unref(&o);
	*out = o;
	return err;
}

void output_unref(struct output **o)
{
	if (!*o)
		return;
	g_ptr_array_unref((*o)->frames);
	g_array_unref((*o)->keys);
	g_free((*o)->title);
	g_clear_pointer(o, g_free);
}

void output_rgb(const struct output *o, int64_t t_ms, int x, int y, int rgb[3])
{
	const AVFrame *f = o->frames->pdata[0];
	double luma, pb, pr, r, b;

	for (guint i = 1; i < o->frames->len && ((AVFrame *)o->frames->pdata[i])->pts <= t_ms; i++)
		f = o->frames->pdata[i];
	x = x * o->width / 1000;
	y = y * o->height / 1000;
	luma = (f->data[0][y * f->linesize[0] + x] - 16) / 219.0;
	pb = (f->data[1][y / 2 * f->linesize[1] + x / 2] - 128) / 224.0;
	pr = (f->data[2][y / 2 * f->linesize[2] + x / 2] - 128) / 224.0;
	r = luma + 1.5748 * pr;
	b = luma + 1.8556 * pb;
	rgb[0] = (int)lrint(255 * r);
	rgb[1] = (int)lrint(255 * (luma - 0.2126 * r - 0.0722 * b) / 0.7152);
	rgb[2] = (int)lrint(255 * b);
}

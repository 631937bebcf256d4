/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbered media by libavcodec's wrappers of libvpx and libopus. Used by the peers' media threads and by what reads recordings back.
 *
 *   number 0x8005 in a picture, most significant bit first:   █░░░░░░░
 *                                                             ░░░░░█░█
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/opt.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "tests/plugin/synth.h"

enum { COLUMNS = 8, ROWS = 2, BLACK = 40, WHITE = 210, TONE_PACKETS = 8, OPUS_RATE = 48000, OPUS_SAMPLES = 960 };

struct synth_video {
	AVCodecContext *ctx;
	AVFrame *frame;
	AVPacket *packet;
	int64_t pts;
};

struct synth_reader {
	AVCodecContext *ctx;
	AVFrame *frame;
	AVPacket *packet;
};

static AVFrame *grey_frame(int width, int height)
{
	AVFrame *f = av_frame_alloc();

	f->format = AV_PIX_FMT_YUV420P;
	f->width = width;
	f->height = height;
	if (av_frame_get_buffer(f, 0))
		abort();
	memset(f->data[1], 128, (size_t)f->linesize[1] * (size_t)height / 2);
	memset(f->data[2], 128, (size_t)f->linesize[2] * (size_t)height / 2);
	return f;
}

struct synth_video *synth_video_create(int width, int height, int fps)
{
	struct synth_video *v = g_new0(struct synth_video, 1);

	v->ctx = avcodec_alloc_context3(avcodec_find_encoder_by_name("libvpx"));
	v->ctx->width = width;
	v->ctx->height = height;
	v->ctx->pix_fmt = AV_PIX_FMT_YUV420P;
	v->ctx->time_base = (AVRational){ 1, fps };
	v->ctx->bit_rate = 400000;
	v->ctx->gop_size = 100000;
	v->ctx->thread_count = 1;
	av_opt_set(v->ctx->priv_data, "deadline", "realtime", 0);
	av_opt_set_int(v->ctx->priv_data, "cpu-used", -8, 0);
	av_opt_set_int(v->ctx->priv_data, "lag-in-frames", 0, 0);
	av_opt_set_int(v->ctx->priv_data, "static-thresh", 0, 0);
	v->frame = grey_frame(width, height);
	v->packet = av_packet_alloc();
	if (avcodec_open2(v->ctx, v->ctx->codec, NULL))
		abort();
	return v;
}

static void draw(AVFrame *f, unsigned number)
{
	for (int y = 0; y < f->height; y++)
		for (int x = 0; x < f->width; x++) {
			int bit = 15 - (y * ROWS / f->height * COLUMNS + x * COLUMNS / f->width);

			f->data[0][y * f->linesize[0] + x] = number >> bit & 1 ? WHITE : BLACK;
		}
}

const AVPacket *synth_video_encode(struct synth_video *v, unsigned number, bool keyframe)
{
	av_packet_unref(v->packet);
	if (av_frame_make_writable(v->frame))
		return NULL;
	draw(v->frame, number);
	v->frame->pts = v->pts++;
	v->frame->pict_type = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
	if (avcodec_send_frame(v->ctx, v->frame) || avcodec_receive_packet(v->ctx, v->packet))
		return NULL;
	return v->packet;
}

void synth_video_unref(struct synth_video **v)
{
	if (!*v)
		return;
	av_packet_free(&(*v)->packet);
	av_frame_free(&(*v)->frame);
	avcodec_free_context(&(*v)->ctx);
	g_free(*v);
	*v = NULL;
}

/* --- sound --- */

static struct { uint8_t data[SYNTH_OPUS_MAX]; int len; } tone[TONE_PACKETS];
static pthread_once_t tone_once = PTHREAD_ONCE_INIT;

static void encode_tone(AVCodecContext *ctx, AVFrame *f, AVPacket *pkt)
{
	for (int n = 0; n < TONE_PACKETS; n++) {
		float *s = (float *)f->data[0];

		for (int i = 0; i < OPUS_SAMPLES; i++)
			s[2 * i] = s[2 * i + 1] = 0.25f * sinf(2.0f * (float)M_PI * 440.0f * (float)(n * OPUS_SAMPLES + i) / OPUS_RATE);
		f->pts = n * OPUS_SAMPLES;
		if (avcodec_send_frame(ctx, f) || avcodec_receive_packet(ctx, pkt) || pkt->size + 8 > SYNTH_OPUS_MAX)
			abort();
		memcpy(tone[n].data, pkt->data, (size_t)pkt->size);
		tone[n].len = pkt->size;
		av_packet_unref(pkt);
	}
}

static void make_tone(void)
{
	AVCodecContext *ctx = avcodec_alloc_context3(avcodec_find_encoder_by_name("libopus"));
	AVFrame *f = av_frame_alloc();
	AVPacket *pkt = av_packet_alloc();

	ctx->sample_rate = f->sample_rate = OPUS_RATE;
	ctx->sample_fmt = AV_SAMPLE_FMT_FLT;
	ctx->ch_layout = f->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
	ctx->bit_rate = 64000;
	f->format = AV_SAMPLE_FMT_FLT;
	f->nb_samples = OPUS_SAMPLES;
	if (avcodec_open2(ctx, ctx->codec, NULL) || av_frame_get_buffer(f, 0))
		abort();
	encode_tone(ctx, f, pkt);
	av_packet_free(&pkt);
	av_frame_free(&f);
	avcodec_free_context(&ctx);
}

/* RFC 6716 §3.2.5: a packet of code 0 becomes one of code 3 with one frame and four bytes of padding, which may hold anything. */
size_t synth_opus(uint8_t out[SYNTH_OPUS_MAX], uint32_t number)
{
	size_t n, frame;

	pthread_once(&tone_once, make_tone);
	n = number % TONE_PACKETS;
	frame = (size_t)tone[n].len - 1;
	out[0] = tone[n].data[0] | 3;
	out[1] = 0x41;
	out[2] = 4;
	memcpy(out + 3, tone[n].data + 1, frame);
	for (int i = 0; i < 4; i++)
		out[3 + frame + (size_t)i] = (uint8_t)(number >> (24 - 8 * i));
	return frame + 7;
}

int64_t synth_opus_number(const uint8_t *data, size_t len)
{
	const uint8_t *t = data + len - 4;

	if (len < 8 || (data[0] & 3) != 3 || data[1] != 0x41 || (data[2] != 4 && data[2] != 12))
		return -1;
	return (int64_t)t[0] << 24 | t[1] << 16 | t[2] << 8 | t[3];
}

/* --- reading --- */

struct synth_reader *synth_reader_create(void)
{
	struct synth_reader *r = g_new0(struct synth_reader, 1);

	r->ctx = avcodec_alloc_context3(avcodec_find_decoder_by_name("vp8"));
	r->ctx->thread_count = 1;
	r->frame = av_frame_alloc();
	r->packet = av_packet_alloc();
	if (avcodec_open2(r->ctx, r->ctx->codec, NULL))
		abort();
	return r;
}

static int block_mean(const AVFrame *f, int bit)
{
	int bw = f->width / COLUMNS, bh = f->height / ROWS, column = (15 - bit) % COLUMNS, row = (15 - bit) / COLUMNS, sum = 0, n = 0;

	for (int y = row * bh + bh / 4; y < row * bh + 3 * bh / 4; y++)
		for (int x = column * bw + bw / 4; x < column * bw + 3 * bw / 4; x++, n++)
			sum += f->data[0][y * f->linesize[0] + x];
	return n ? sum / n : 0;
}

int synth_reader_number(struct synth_reader *r, const uint8_t *data, size_t len)
{
	int number = 0;

	av_packet_unref(r->packet);
	if (av_new_packet(r->packet, (int)len))
		return -ENOMEM;
	memcpy(r->packet->data, data, len);
	if (avcodec_send_packet(r->ctx, r->packet) || avcodec_receive_frame(r->ctx, r->frame))
		return -EBADMSG;
	for (int bit = 0; bit < 16; bit++)
		if (block_mean(r->frame, bit) > (BLACK + WHITE) / 2)
			number |= 1 << bit;
	av_frame_unref(r->frame);
	return number;
}

void synth_reader_unref(struct synth_reader **r)
{
	if (!*r)
		return;
	av_packet_free(&(*r)->packet);
	av_frame_free(&(*r)->frame);
	avcodec_free_context(&(*r)->ctx);
	g_free(*r);
	*r = NULL;
}

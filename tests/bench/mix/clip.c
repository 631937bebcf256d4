/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Encodes the clips of the mix's benchmark. Called by make.
 */
#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <math.h>
#include <opus.h>
#include "tests/bench/mix/clip.h"
#include "tests/bench/mix/picture.h"

enum { OPUS_MS = 20, OPUS_SAMPLES = 960, OPUS_BITRATE = 40000, PACKET_MAX = 1500 };

static void add(struct make_clip *c, AVPacket *pkt)
{
	c->packets = g_renew(AVPacket *, c->packets, c->npackets + 1);
	c->packets[c->npackets++] = pkt;
}

void clip_clear(struct make_clip *c)
{
	for (size_t i = 0; i < c->npackets; i++)
		av_packet_free(&c->packets[i]);
	g_free(c->packets);
	*c = (struct make_clip){ 0 };
}

/* ---- pictures ---- */

/* As libwebrtc sets libvpx up for a camera, and for a screen. */
static int open_encoder(AVCodecContext **out, const struct clip_conf *conf)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("libvpx");
	AVCodecContext *e = codec ? avcodec_alloc_context3(codec) : NULL;
	AVDictionary *opts = NULL;
	int err;

	if (!e)
		return -ENOENT;
	e->width = conf->width;
	e->height = conf->height;
	e->time_base = (AVRational){ 1, 1000 };
	e->framerate = (AVRational){ conf->fps, 1 };
	e->pix_fmt = AV_PIX_FMT_YUV420P;
	e->bit_rate = e->rc_max_rate = conf->bitrate;
	e->rc_buffer_size = conf->bitrate;
	e->gop_size = 1 << 20;
	e->qmin = 2;
	e->qmax = 56;
	e->thread_count = 1;
	av_dict_parse_string(&opts, conf->screen ? "deadline=realtime:cpu-used=-6:lag-in-frames=0:static-thresh=100" : "deadline=realtime:cpu-used=-6:lag-in-frames=0:static-thresh=1",
			     "=", ":", 0);
	err = avcodec_open2(e, codec, &opts);
	av_dict_free(&opts);
	*out = e;
	return err;
}

static int encode(struct make_clip *c, AVCodecContext *e, const AVFrame *f)
{
	AVPacket *pkt;
	int err = avcodec_send_frame(e, f);

	while (!err) {
		pkt = av_packet_alloc();
		err = pkt ? avcodec_receive_packet(e, pkt) : -ENOMEM;
		if (err)
			av_packet_free(&pkt);
		else
			add(c, pkt);
	}
	return err == AVERROR(EAGAIN) || err == AVERROR_EOF ? 0 : err;
}

static int draw_and_encode(struct make_clip *c, AVCodecContext *e, struct picture *p, const struct clip_conf *conf)
{
	AVFrame *f = av_frame_alloc();
	int err = f ? 0 : -ENOMEM;

	for (int n = 0; !err && n < conf->seconds * conf->fps; n++) {
		av_frame_unref(f);
		f->format = AV_PIX_FMT_YUV420P;
		f->width = conf->width;
		f->height = conf->height;
		err = av_frame_get_buffer(f, 0);
		if (err)
			break;
		picture_draw(p, (double)n / conf->fps, f);
		f->pts = n * 1000 / conf->fps;
		err = encode(c, e, f);
	}
	av_frame_free(&f);
	return err ? err : encode(c, e, NULL);
}

static void set_durations(struct make_clip *c)
{
	for (size_t i = 0; i < c->npackets; i++)
		c->packets[i]->duration = (i + 1 < c->npackets ? c->packets[i + 1]->pts : c->length_ms) - c->packets[i]->pts;
}

int clip_video(struct make_clip *c, const struct clip_conf *conf)
{
	struct picture *p = (conf->screen ? picture_screen : picture_camera)(conf->width, conf->height, conf->seconds, conf->seed);
	AVCodecContext *e = NULL;
	int err = open_encoder(&e, conf);

	*c = (struct make_clip){ .length_ms = conf->seconds * 1000 };
	if (!err)
		err = draw_and_encode(c, e, p, conf);
	set_durations(c);
	avcodec_free_context(&e);
	picture_free(p);
	return err;
}

/* ---- sound ---- */

/** A voice: the harmonics of a pitch that wanders, louder around two formants, in syllables. */
static double voice(double t_s, int number)
{
	double f0 = 105 + 23 * (number % 5) + 9 * sin(2 * M_PI * 0.7 * t_s), syllable = sin(2 * M_PI * 2.1 * t_s), sum = 0;
	double low = 500 + 250 * sin(2 * M_PI * 1.3 * t_s), high = 1500 + 600 * sin(2 * M_PI * 0.9 * t_s + number);

	for (int k = 1; k <= 20; k++) {
		double f = f0 * k, gain = exp(-pow((f - low) / 250, 2)) + 0.5 * exp(-pow((f - high) / 350, 2)) + 0.02;

		sum += gain * sin(2 * M_PI * k * (105 + 23 * (number % 5)) * t_s + 9 * k / 0.7 * (1 - cos(2 * M_PI * 0.7 * t_s)));
	}
	return 0.05 * sum * syllable * syllable;
}

int clip_sound(struct make_clip *c, int seconds, int number, int people)
{
	int err, frames = seconds * 1000 / OPUS_MS;
	OpusEncoder *opus = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
	uint32_t noise = (uint32_t)number * 747796405u + 1;

	if (!opus)
		return -EIO;
	*c = (struct make_clip){ .length_ms = seconds * 1000 };
	opus_encoder_ctl(opus, OPUS_SET_BITRATE(OPUS_BITRATE));
	for (int n = 0, len = 1; len > 0 && n < frames; n++) {
		bool speaks = (int64_t)n * people / frames == number;
		AVPacket *pkt = av_packet_alloc();
		float pcm[OPUS_SAMPLES];

		for (int i = 0; i < OPUS_SAMPLES; i++) {
			double t_s = n * OPUS_MS / 1000.0 + i / 48000.0;

			noise = noise * 1664525u + 1013904223u;
			pcm[i] = (float)((speaks ? voice(t_s, number) : 0) + (noise / 4294967296.0 - 0.5) * 0.0008);
		}
		err = av_new_packet(pkt, PACKET_MAX);
		len = opus_encode_float(opus, pcm, OPUS_SAMPLES, pkt->data, PACKET_MAX);
		av_shrink_packet(pkt, MAX(len, 0));
		pkt->pts = n * OPUS_MS;
		pkt->duration = OPUS_MS;
		pkt->flags |= AV_PKT_FLAG_KEY;
		add(c, pkt);
		if (len <= 0)
			err = -EIO;
	}
	opus_encoder_destroy(opus);
	return err;
}

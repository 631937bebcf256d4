/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sound of a file, and how much of a tone is in it: for tests on small ones.
 */
#pragma once
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <math.h>
#include <string.h>

/** The first channel of the file's sound at 48 kHz as floats, or NULL. */
static inline GArray *sound_of(const char *path)
{
	GArray *pcm = g_array_new(FALSE, FALSE, sizeof(float));
	AVFormatContext *f = NULL;
	const AVCodec *codec = NULL;
	AVCodecContext *dec;
	AVPacket *pkt = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	int n = avformat_open_input(&f, path, NULL, NULL) < 0 ? -1 : av_find_best_stream(f, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);

	dec = avcodec_alloc_context3(codec);
	if (n < 0 || avcodec_parameters_to_context(dec, f->streams[n]->codecpar) < 0 || avcodec_open2(dec, codec, NULL) < 0)
		n = -1;
	while (n >= 0 && av_read_frame(f, pkt) >= 0) {
		if (pkt->stream_index == n && avcodec_send_packet(dec, pkt) >= 0)
			while (avcodec_receive_frame(dec, frame) >= 0)
				for (int i = 0; i < frame->nb_samples; i++) {
					int ch = frame->ch_layout.nb_channels;
					float v = frame->format == AV_SAMPLE_FMT_FLTP ? ((float *)frame->extended_data[0])[i] :
						  frame->format == AV_SAMPLE_FMT_FLT ? ((float *)frame->extended_data[0])[i * ch] :
						  frame->format == AV_SAMPLE_FMT_S16P ? (float)((int16_t *)frame->extended_data[0])[i] / 32768 :
										     (float)((int16_t *)frame->extended_data[0])[i * ch] / 32768;

					g_array_append_val(pcm, v);
				}
		av_packet_unref(pkt);
	}
	avcodec_free_context(&dec);
	avformat_close_input(&f);
	av_packet_free(&pkt);
	av_frame_free(&frame);
	if (n < 0) {
		g_array_unref(pcm);
		return NULL;
	}
	return pcm;
}

/** Amplitude of a tone over [from, to) ms. */
static inline double sound_tone(const GArray *pcm, double hz, int64_t from_ms, int64_t to_ms)
{
	guint from = (guint)from_ms * 48, to = MIN((guint)to_ms * 48, pcm->len);
	double re = 0, im = 0;

	for (guint i = from; i < to; i++) {
		re += g_array_index(pcm, float, i) * cos(2 * G_PI * hz * i / 48000);
		im += g_array_index(pcm, float, i) * sin(2 * G_PI * hz * i / 48000);
	}
	return to > from ? 2 * sqrt(re * re + im * im) / (to - from) : 0;
}

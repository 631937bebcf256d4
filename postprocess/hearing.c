/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decoders for what encode_audio makes, and a loudness meter behind them. Called by outlet, on the thread that makes the sound.
 */
#include <errno.h>
#include <string.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <opus/opus.h>
#include "postprocess/hearing.h"
#include "postprocess/pcm.h"

enum { FRAME_MAX = 2048 };

struct ear {
	enum AVCodecID id;
	int (*open)(struct hearing *h, const AVCodecParameters *par);
	int (*decode)(struct hearing *h, const AVPacket *pkt);   /* into pcm: how many samples, or negative */
};

struct hearing {
	const struct ear *ear;
	OpusDecoder *opus;
	AVCodecContext *aac;
	AVFrame *frame;
	struct loudness *loudness;
	float pcm[FRAME_MAX * PCM_CHANNELS];
};

static int open_opus(struct hearing *h, const AVCodecParameters *par)
{
	int err;

	(void)par;
	h->opus = opus_decoder_create(PCM_RATE, PCM_CHANNELS, &err);
	return h->opus ? 0 : -ENOMEM;
}

static int hear_opus(struct hearing *h, const AVPacket *pkt)
{
	int n = opus_decode_float(h->opus, pkt->data, pkt->size, h->pcm, FRAME_MAX, 0);

	return n < 0 ? -EBADMSG : n;
}

static int open_aac(struct hearing *h, const AVCodecParameters *par)
{
	const AVCodec *codec = avcodec_find_decoder_by_name("aac");
	int err;

	h->frame = av_frame_alloc();
	h->aac = codec ? avcodec_alloc_context3(codec) : NULL;
	if (!h->aac || !h->frame)
		return codec ? -ENOMEM : -ENOENT;
	h->aac->thread_count = 1;
	err = avcodec_parameters_to_context(h->aac, par);
	return err < 0 ? err : avcodec_open2(h->aac, codec, NULL);
}

/* Side data would make libavcodec drop the padding, which is ours to do. */
static int hear_aac(struct hearing *h, const AVPacket *pkt)
{
	AVPacket bare = { .data = pkt->data, .size = pkt->size, .pts = pkt->pts, .dts = pkt->dts };
	int err = avcodec_send_packet(h->aac, &bare);

	if (err >= 0)
		err = avcodec_receive_frame(h->aac, h->frame);
	if (err < 0)
		return err;
	if (h->frame->nb_samples > FRAME_MAX || h->frame->format != AV_SAMPLE_FMT_FLTP || h->frame->ch_layout.nb_channels != PCM_CHANNELS)
		return -EBADMSG;
	for (int i = 0; i < h->frame->nb_samples; i++)
		for (int c = 0; c < PCM_CHANNELS; c++)
			h->pcm[i * PCM_CHANNELS + c] = ((const float *)h->frame->data[c])[i];
	return h->frame->nb_samples;
}

static const struct ear ears[] = {
	{ AV_CODEC_ID_OPUS, open_opus, hear_opus },
	{ AV_CODEC_ID_AAC, open_aac, hear_aac },
};

static const struct ear *find_ear(enum AVCodecID id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ears); i++)
		if (ears[i].id == id)
			return &ears[i];
	return NULL;
}

int hearing_create(struct hearing **out, const AVCodecParameters *par)
{
	struct hearing *h = g_new0(struct hearing, 1);
	int err = -ENOENT;

	h->ear = find_ear(par->codec_id);
	if (h->ear)
		err = h->ear->open(h, par);
	if (err >= 0)
		err = loudness_create(&h->loudness, LOUDNESS_ALL);
	if (err < 0)
		hearing_unref(&h);
	*out = h;
	return MIN(err, 0);
}

int hearing_add(struct hearing *h, const AVPacket *pkt)
{
	int n = h->ear->decode(h, pkt), from = (int)MAX(-pkt->pts, 0), to = (int)MIN(pkt->duration, n);

	if (n < 0)
		return n;
	return to > from ? loudness_add(h->loudness, h->pcm + from * PCM_CHANNELS, to - from) : 0;
}

const struct loudness *hearing_loudness(const struct hearing *h)
{
	return h->loudness;
}

void hearing_unref(struct hearing **h)
{
	if (!*h)
		return;
	if ((*h)->opus)
		opus_decoder_destroy((*h)->opus);
	avcodec_free_context(&(*h)->aac);
	av_frame_free(&(*h)->frame);
	loudness_unref(&(*h)->loudness);
	g_clear_pointer(h, g_free);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two encoders behind one table. Called by outlet and stems.
 *
 *   opus: libopus, directly: what libavcodec's wrapper would do with padding and options is ours to say.
 *         block k = samples 960k …  ─▶ packet k: pts 960k − pre-skip, heard from sample 960k − pre-skip to 960(k+1) − pre-skip
 *   aac:  libavcodec's own encoder, fed frames of 1024 samples out of a queue; what it gives for frame k is heard a frame later, its padding
 *
 * All that decides about the bytes is set here and constant: complexity, bit rate mode, frame length.
 */
#include <errno.h>
#include <string.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/error.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <opus/opus.h>
#include "postprocess/encode_audio.h"
#include "postprocess/pcm.h"

enum {
	COMPLEXITY = 6,                            /* 200 times real time at 96 kbit/s on a core; 9: 120 times, for 0.1 dB of segmental SNR at most, and no less noise above the mask */
	BITRATE_MIN = 16000, BITRATE_MAX = 510000,
	PACKET_MAX = 1275 * 3,
	HEAD_SIZE = 19,
	SEEK_PREROLL = 3840,                       /* 80 ms (RFC 7845 §4.6) */
	SKIP_SIZE = 10,                            /* of AV_PKT_DATA_SKIP_SAMPLES: from start, from end, two reasons */
	AAC_FRAME = 1024,
};

struct codec {
	const char *name;
	bool has_gain;
	int (*open)(struct encode_audio *e, int bitrate);
	int (*put)(struct encode_audio *e, const float *pcm);
	int (*take)(struct encode_audio *e, AVPacket *pkt);     /* without times; -EAGAIN */
};

struct encode_audio {
	const struct codec *codec;
	AVCodecParameters *par;
	OpusEncoder *opus;
	AVPacket *ready;                           /* opus: the packet of the block put last */
	AVCodecContext *aac;
	AVFrame *frame;
	int filled;                                /* aac: samples in frame */
	int64_t frames;                            /* aac: frames given to the encoder */
	int64_t samples, made;                     /* the length of the whole; of packets given out */
};

static int describe(struct encode_audio *e, enum AVCodecID id, int bitrate, int frame_size, int padding)
{
	AVCodecParameters *par = e->par = avcodec_parameters_alloc();

	if (!par)
		return -ENOMEM;
	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = id;
	par->format = AV_SAMPLE_FMT_FLTP;
	par->bit_rate = bitrate;
	par->sample_rate = PCM_RATE;
	par->frame_size = frame_size;
	par->initial_padding = padding;
	av_channel_layout_default(&par->ch_layout, PCM_CHANNELS);
	return 0;
}

static int set_extradata(AVCodecParameters *par, const uint8_t *data, int size)
{
	par->extradata = av_mallocz((size_t)size + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!par->extradata)
		return -ENOMEM;
	memcpy(par->extradata, data, (size_t)size);
	par->extradata_size = size;
	return 0;
}

/* ---- opus ---- */

static int opus_configure(OpusEncoder *opus, int bitrate)
{
	int err = opus_encoder_ctl(opus, OPUS_SET_BITRATE(CLAMP(bitrate, BITRATE_MIN, BITRATE_MAX)));

	if (!err)
		err = opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(COMPLEXITY));
	if (!err)
		err = opus_encoder_ctl(opus, OPUS_SET_VBR(1));
	if (!err)
		err = opus_encoder_ctl(opus, OPUS_SET_VBR_CONSTRAINT(1));
	return err ? -EINVAL : 0;
}

/* OpusHead (RFC 7845 §5.1), without output gain: whoever writes the file puts that in at the end. */
static int opus_describe(struct encode_audio *e, int bitrate)
{
	uint8_t head[HEAD_SIZE] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, PCM_CHANNELS };
	opus_int32 lookahead = 0;
	int err;

	opus_encoder_ctl(e->opus, OPUS_GET_LOOKAHEAD(&lookahead));
	AV_WL16(head + 10, lookahead);
	AV_WL32(head + 12, PCM_RATE);
	err = describe(e, AV_CODEC_ID_OPUS, bitrate, PCM_BLOCK, lookahead);
	if (err)
		return err;
	e->par->seek_preroll = SEEK_PREROLL;
	return set_extradata(e->par, head, HEAD_SIZE);
}

static int opus_open(struct encode_audio *e, int bitrate)
{
	int err;

	e->opus = opus_encoder_create(PCM_RATE, PCM_CHANNELS, OPUS_APPLICATION_AUDIO, &err);
	err = e->opus ? opus_configure(e->opus, bitrate) : -ENOMEM;
	return err ? err : opus_describe(e, bitrate);
}

static int opus_put(struct encode_audio *e, const float *pcm)
{
	int err, n;

	av_packet_unref(e->ready);
	err = av_new_packet(e->ready, PACKET_MAX);
	if (err < 0)
		return err;
	n = opus_encode_float(e->opus, pcm, PCM_BLOCK, e->ready->data, PACKET_MAX);
	if (n <= 0)
		return -EBADMSG;
	av_shrink_packet(e->ready, n);
	return 0;
}

static int opus_take(struct encode_audio *e, AVPacket *pkt)
{
	if (!e->ready->size)
		return -EAGAIN;
	av_packet_move_ref(pkt, e->ready);
	return 0;
}

/* ---- aac ---- */

static int aac_frame(struct encode_audio *e)
{
	AVFrame *f = e->frame = av_frame_alloc();

	if (!f)
		return -ENOMEM;
	f->format = AV_SAMPLE_FMT_FLTP;
	f->sample_rate = PCM_RATE;
	f->nb_samples = AAC_FRAME;
	av_channel_layout_default(&f->ch_layout, PCM_CHANNELS);
	return av_frame_get_buffer(f, 0);
}

static int aac_open(struct encode_audio *e, int bitrate)
{
	const AVCodec *codec = avcodec_find_encoder_by_name("aac");
	AVCodecContext *c = e->aac = codec ? avcodec_alloc_context3(codec) : NULL;
	int err;

	if (!c)
		return codec ? -ENOMEM : -ENOENT;
	c->sample_rate = PCM_RATE;
	c->sample_fmt = AV_SAMPLE_FMT_FLTP;
	c->time_base = (AVRational){ 1, PCM_RATE };
	c->bit_rate = bitrate;
	c->profile = FF_PROFILE_AAC_LOW;
	c->thread_count = 1;
	c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
	av_channel_layout_default(&c->ch_layout, PCM_CHANNELS);
	err = avcodec_open2(c, codec, NULL);
	if (err >= 0)
		err = describe(e, AV_CODEC_ID_AAC, bitrate, AAC_FRAME, c->initial_padding);
	if (err >= 0) {
		e->par->profile = FF_PROFILE_AAC_LOW;
		err = set_extradata(e->par, c->extradata, c->extradata_size);
	}
	return err < 0 ? err : aac_frame(e);
}

static int aac_send(struct encode_audio *e)
{
	int err;

	e->frame->pts = AAC_FRAME * e->frames++;
	e->filled = 0;
	err = avcodec_send_frame(e->aac, e->frame);
	return err < 0 ? err : av_frame_make_writable(e->frame);
}

static int aac_put(struct encode_audio *e, const float *pcm)
{
	int err = 0;

	for (int i = 0; i < PCM_BLOCK && err >= 0; i++) {
		for (int c = 0; c < PCM_CHANNELS; c++)
			((float *)e->frame->data[c])[e->filled] = pcm[i * PCM_CHANNELS + c];
		if (++e->filled == AAC_FRAME)
			err = aac_send(e);
	}
	return err;
}

static int aac_take(struct encode_audio *e, AVPacket *pkt)
{
	return avcodec_receive_packet(e->aac, pkt);
}

/* ---- all ---- */

static const struct codec codecs[] = {
	{ "opus", true, opus_open, opus_put, opus_take },
	{ "aac", false, aac_open, aac_put, aac_take },
};

static const struct codec *find_codec(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++)
		if (!strcmp(codecs[i].name, name))
			return &codecs[i];
	return NULL;
}

int encode_audio_create(struct encode_audio **out, const char *codec, int bitrate)
{
	struct encode_audio *e = g_new0(struct encode_audio, 1);
	int err = -ENOENT;

	e->codec = find_codec(codec);
	e->samples = INT64_MAX;
	e->ready = av_packet_alloc();
	if (e->codec)
		err = e->ready ? e->codec->open(e, bitrate) : -ENOMEM;
	if (err < 0)
		encode_audio_unref(&e);
	*out = e;
	return MIN(err, 0);
}

const AVCodecParameters *encode_audio_codecpar(const struct encode_audio *e)
{
	return e->par;
}

bool encode_audio_has_gain(const struct encode_audio *e)
{
	return e->codec->has_gain;
}

int encode_audio_put(struct encode_audio *e, const float *pcm)
{
	return e->codec->put(e, pcm);
}

void encode_audio_end(struct encode_audio *e, int64_t samples)
{
	e->samples = samples;
}

bool encode_audio_done(const struct encode_audio *e)
{
	return e->made - e->par->initial_padding >= e->samples;
}

/* Says that the last `padding` samples of the packet are not to be heard. */
static int mark_padding(AVPacket *pkt, int padding)
{
	uint8_t *skip = av_packet_new_side_data(pkt, AV_PKT_DATA_SKIP_SAMPLES, SKIP_SIZE);

	if (!skip)
		return -ENOMEM;
	memset(skip, 0, SKIP_SIZE);
	AV_WL32(skip + 4, padding);
	return 0;
}

int encode_audio_take(struct encode_audio *e, AVPacket *pkt)
{
	int64_t beyond;
	int err;

	if (encode_audio_done(e))
		return AVERROR_EOF;
	err = e->codec->take(e, pkt);
	if (err < 0)
		return err;
	pkt->pts = pkt->dts = e->made - e->par->initial_padding;
	pkt->duration = e->par->frame_size;
	pkt->time_base = (AVRational){ 1, PCM_RATE };
	pkt->flags |= AV_PKT_FLAG_KEY;
	e->made += e->par->frame_size;
	beyond = e->made - e->par->initial_padding - e->samples;
	if (beyond <= 0)
		return 0;
	pkt->duration -= beyond;
	return mark_padding(pkt, (int)beyond);
}

/* libavcodec complains of what it was not asked for. */
static void aac_drain(struct encode_audio *e)
{
	if (!e->aac || avcodec_send_frame(e->aac, NULL) < 0)
		return;
	while (avcodec_receive_packet(e->aac, e->ready) >= 0)
		av_packet_unref(e->ready);
}

void encode_audio_unref(struct encode_audio **e)
{
	if (!*e)
		return;
	aac_drain(*e);
	if ((*e)->opus)
		opus_encoder_destroy((*e)->opus);
	avcodec_free_context(&(*e)->aac);
	av_frame_free(&(*e)->frame);
	av_packet_free(&(*e)->ready);
	avcodec_parameters_free(&(*e)->par);
	g_clear_pointer(e, g_free);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libopus, directly: what libavcodec's wrapper would do with padding and options is ours to say. Called by sound.
 *
 *   block k = samples 960k …  ─▶ packet k: pts 960k − pre-skip, heard from sample 960k − pre-skip to 960(k+1) − pre-skip
 *
 * All that decides about the bytes is set here and constant: complexity, bit rate mode, frame length.
 */
#include <errno.h>
#include <string.h>
#include <glib.h>
#include <libavcodec/defs.h>
#include <libavutil/channel_layout.h>
#include <libavutil/error.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <opus/opus.h>
#include "postprocess/encode_audio.h"
#include "postprocess/pcm.h"

enum {
	COMPLEXITY = 9,                            /* 120 times real time at 96 kbit/s on a core, as 10; 5: 220 times */
	BITRATE_MIN = 16000, BITRATE_MAX = 510000,
	PACKET_MAX = 1275 * 3,
	HEAD_SIZE = 19,
	SEEK_PREROLL = 3840,                       /* 80 ms (RFC 7845 §4.6) */
	SKIP_SIZE = 10,                            /* of AV_PKT_DATA_SKIP_SAMPLES: from start, from end, two reasons */
};

struct encode_audio {
	OpusEncoder *encoder;
	AVCodecParameters *par;
	int64_t samples, fed;                      /* fed: of blocks encoded */
	int preskip;
};

static int configure(OpusEncoder *encoder, int bitrate)
{
	int err = opus_encoder_ctl(encoder, OPUS_SET_BITRATE(CLAMP(bitrate, BITRATE_MIN, BITRATE_MAX)));

	if (!err)
		err = opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(COMPLEXITY));
	if (!err)
		err = opus_encoder_ctl(encoder, OPUS_SET_VBR(1));
	if (!err)
		err = opus_encoder_ctl(encoder, OPUS_SET_VBR_CONSTRAINT(1));
	return err ? -EINVAL : 0;
}

/* OpusHead (RFC 7845 §5.1), without output gain: whoever writes the file puts that in at the end. */
static int make_head(AVCodecParameters *par, int preskip)
{
	uint8_t *head = av_mallocz(HEAD_SIZE + AV_INPUT_BUFFER_PADDING_SIZE);

	if (!head)
		return -ENOMEM;
	memcpy(head, "OpusHead", 8);
	head[8] = 1;
	head[9] = PCM_CHANNELS;
	AV_WL16(head + 10, preskip);
	AV_WL32(head + 12, PCM_RATE);
	par->extradata = head;
	par->extradata_size = HEAD_SIZE;
	return 0;
}

static int make_codecpar(struct encode_audio *e, int bitrate)
{
	AVCodecParameters *par = e->par = avcodec_parameters_alloc();

	if (!par)
		return -ENOMEM;
	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = AV_CODEC_ID_OPUS;
	par->format = AV_SAMPLE_FMT_FLTP;
	par->bit_rate = bitrate;
	par->sample_rate = PCM_RATE;
	par->frame_size = PCM_BLOCK;
	par->initial_padding = e->preskip;
	par->seek_preroll = SEEK_PREROLL;
	av_channel_layout_default(&par->ch_layout, PCM_CHANNELS);
	return make_head(par, e->preskip);
}

int encode_audio_create(struct encode_audio **out, int bitrate, int64_t samples)
{
	struct encode_audio *e = g_new0(struct encode_audio, 1);
	int err, opus_err;
	opus_int32 lookahead = 0;

	e->samples = samples;
	e->encoder = opus_encoder_create(PCM_RATE, PCM_CHANNELS, OPUS_APPLICATION_AUDIO, &opus_err);
	err = e->encoder ? configure(e->encoder, bitrate) : -ENOMEM;
	if (err)
		goto out;
	opus_encoder_ctl(e->encoder, OPUS_GET_LOOKAHEAD(&lookahead));
	e->preskip = lookahead;
	err = make_codecpar(e, bitrate);
out:
	if (err)
		encode_audio_unref(&e);
	*out = e;
	return err;
}

const AVCodecParameters *encode_audio_codecpar(const struct encode_audio *e)
{
	return e->par;
}

bool encode_audio_done(const struct encode_audio *e)
{
	return e->fed >= e->samples + e->preskip;
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

int encode_audio_block(struct encode_audio *e, const float *pcm, AVPacket *pkt)
{
	int64_t beyond;
	int err, n;

	if (encode_audio_done(e))
		return AVERROR_EOF;
	err = av_new_packet(pkt, PACKET_MAX);
	if (err < 0)
		return err;
	n = opus_encode_float(e->encoder, pcm, PCM_BLOCK, pkt->data, PACKET_MAX);
	if (n <= 0) {
		av_packet_unref(pkt);
		return -EBADMSG;
	}
	av_shrink_packet(pkt, n);
	pkt->pts = pkt->dts = e->fed - e->preskip;
	pkt->duration = PCM_BLOCK;
	pkt->time_base = (AVRational){ 1, PCM_RATE };
	pkt->flags |= AV_PKT_FLAG_KEY;
	e->fed += PCM_BLOCK;
	beyond = e->fed - e->preskip - e->samples;
	if (beyond <= 0)
		return 0;
	pkt->duration -= beyond;
	return mark_padding(pkt, (int)beyond);
}

void encode_audio_unref(struct encode_audio **e)
{
	if (!*e)
		return;
	if ((*e)->encoder)
		opus_encoder_destroy((*e)->encoder);
	avcodec_parameters_free(&(*e)->par);
	g_free(*e);
	*e = NULL;
}

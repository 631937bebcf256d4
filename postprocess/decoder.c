/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * libavcodec's decoders, one row a codec; called by video_source on the composing thread.
 *
 *	packet of one timestamp ─▶ decoder ─▶ a picture per layer ─▶ the last
 *
 * Senders in calls do not reorder, so every decoder is told to hold nothing back. What comes from a damaged file is an error, never a guess.
 */
#include "postprocess/decoder.h"

#include <errno.h>
#include <string.h>

enum { PIXELS_MAX = 4096 * 4096, SIDE_MAX = 8192 };

/* VP8 (RFC 6386 §9.1): bit 0 of a frame is clear in keyframes, which then have a start code and two sizes of 14 bits. */
static bool vp8_keyframe(const uint8_t *p, int size)
{
	int w, h;

	if (size < 10 || p[0] & 1)
		return false;
	w = (p[6] | p[7] << 8) & 0x3fff;
	h = (p[8] | p[9] << 8) & 0x3fff;
	return w >= 2 && h >= 2 && w <= SIDE_MAX && h <= SIDE_MAX && w * h <= PIXELS_MAX;
}

/* VP9: marker 2, two bits of profile, in profile 3 one more; a new frame, of kind 0. */
static bool vp9_keyframe(const uint8_t *p, int size)
{
	int skip = (p[0] & 0x30) == 0x30;

	return size > 1 && (p[0] & 0xc0) == 0x80 && !((p[0] << skip) & 0x0c);
}

/* H.264 with lengths of four bytes: one of the NAL units is a slice of an IDR picture. */
static bool h264_keyframe(const uint8_t *p, int size)
{
	while (size > 4) {
		uint32_t len = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

		if (len == 0 || len > (uint32_t)size - 4)
			return false;
		if ((p[4] & 0x1f) == 5)
			return true;
		p += 4 + len;
		size -= 4 + (int)len;
	}
	return false;
}

/* AV1: a keyframe comes with its sequence header in front. */
static bool av1_keyframe(const uint8_t *p, int size)
{
	return size > 1 && (p[0] >> 3 & 15) == 1;
}

static const struct row {
	const char *name;
	enum AVCodecID id;
	bool (*keyframe)(const uint8_t *p, int size);      /* NULL: sound */
} table[] = {
	{ "opus", AV_CODEC_ID_OPUS, NULL },
	{ "vp8", AV_CODEC_ID_VP8, vp8_keyframe },
	{ "vp9", AV_CODEC_ID_VP9, vp9_keyframe },
	{ "h264", AV_CODEC_ID_H264, h264_keyframe },
	{ "av1", AV_CODEC_ID_AV1, av1_keyframe },
};

static const struct row *find(enum AVCodecID id)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].id == id)
			return &table[i];
	}
	return NULL;
}

enum AVCodecID decoder_codec(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].name, name))
			return table[i].id;
	}
	return AV_CODEC_ID_NONE;
}

bool decoder_knows(enum AVCodecID id)
{
	return find(id) != NULL;
}

static int configure(AVCodecContext *d, const AVCodec *codec, const AVCodecParameters *par)
{
	int err = avcodec_parameters_to_context(d, par);

	if (err < 0)
		return err;
	d->thread_count = 1;
	d->max_pixels = PIXELS_MAX;
	d->flags |= AV_CODEC_FLAG_LOW_DELAY;
	d->err_recognition = AV_EF_EXPLODE;
	d->error_concealment = 0;
	return avcodec_open2(d, codec, NULL);
}

int decoder_open(AVCodecContext **out, const AVCodecParameters *par)
{
	const struct row *row = find(par->codec_id);
	const AVCodec *codec = row && row->keyframe ? avcodec_find_decoder(par->codec_id) : NULL;
	AVCodecContext *d = codec ? avcodec_alloc_context3(codec) : NULL;
	int err = d ? configure(d, codec, par) : codec ? -ENOMEM : -ENOENT;

	if (err)
		avcodec_free_context(&d);
	*out = d;
	return err;
}

bool decoder_keyframe(const AVPacket *pkt, enum AVCodecID id)
{
	const struct row *row = find(id);

	return row && row->keyframe && pkt->size > 0 && pkt->flags & AV_PKT_FLAG_KEY && row->keyframe(pkt->data, pkt->size);
}

/* Matroska leaves out what begins a temporal unit, and without it dav1d waits for a layer that is not there. */
static int send_av1(AVCodecContext *d, const AVPacket *pkt)
{
	static const uint8_t delimiter[] = { 0x12, 0x00 };
	AVPacket *whole = av_packet_alloc();
	int err = whole ? av_new_packet(whole, pkt->size + (int)sizeof(delimiter)) : -ENOMEM;

	if (!err) {
		memcpy(whole->data, delimiter, sizeof(delimiter));
		memcpy(whole->data + sizeof(delimiter), pkt->data, (size_t)pkt->size);
		whole->pts = whole->dts = pkt->pts;
		err = avcodec_send_packet(d, whole);
	}
	av_packet_free(&whole);
	return err;
}

int decoder_picture(AVCodecContext *d, const AVPacket *pkt, AVFrame *out)
{
	AVFrame *next = av_frame_alloc();
	bool corrupt = false;
	int got = 0, err;

	if (!next)
		return -ENOMEM;
	err = d->codec_id == AV_CODEC_ID_AV1 ? send_av1(d, pkt) : avcodec_send_packet(d, pkt);
	while (!err && !(err = avcodec_receive_frame(d, next))) {
		corrupt |= next->decode_error_flags || next->flags & AV_FRAME_FLAG_CORRUPT;
		av_frame_unref(out);
		av_frame_move_ref(out, next);
		got = 1;
	}
	av_frame_free(&next);
	if (err != AVERROR(EAGAIN))
		return err;
	return corrupt ? -EBADMSG : got;
}

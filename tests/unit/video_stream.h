/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frames of a real encoder with a picture each that nobody else has, and what they decode to; cut into packets. For tests of everything between packets and
 * pictures.
 */
#pragma once
#include "plugins/codec.h"
#include "test.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/adler32.h>
#include <libavutil/imgutils.h>
#include "tests/lib/encode.h"
#include "tests/lib/packetise.h"

enum { WIDTH = 192, HEIGHT = 108, FRAMES = 48, GOP = 12, STEP = 3000, PACKETS = 4096 };

struct sent {
	int frame;                 /* -1: padding */
	int64_t rtp;
	bool marker, lost;
	size_t len;
	uint8_t data[PACKETISE_MAX];
};

struct stream {
	const struct depay *codec;
	AVPacket *frames[FRAMES];
	bool key[FRAMES];
	uint32_t hash[FRAMES];     /* of the pictures, as the encoder's stream decodes */
	int n;
	struct sent *sent;
	int nsent;
};

/* Long counts, for the whole check. */
static __attribute__((unused)) bool full_run(void)
{
	const char *full = getenv("RECROOM_FULL");

	return full && *full;
}

/* ---- a stream ---- */

static void draw(AVFrame *f, int n)
{
	uint32_t x = 12345u + (uint32_t)n;

	for (int y = 0; y < f->height; y++)
		for (int i = 0; i < f->width; i++) {
			x = x * 1664525 + 1013904223;
			f->data[0][y * f->linesize[0] + i] = (uint8_t)(((i + 3 * n) * 2 + y) % 200 + 16 + (x >> 28));
		}
	for (int p = 1; p < 3; p++)
		for (int y = 0; y < f->height / 2; y++)
			memset(f->data[p] + y * f->linesize[p], 100 + (n * 3 + p * 20) % 60, (size_t)f->width / 2);
}

static uint32_t hash_of(const AVFrame *f)
{
	int size = av_image_get_buffer_size(f->format, f->width, f->height, 1);
	uint8_t *flat = g_malloc((size_t)size);
	uint32_t h;

	av_image_copy_to_buffer(flat, size, (const uint8_t *const *)f->data, f->linesize, f->format, f->width, f->height, 1);
	h = (uint32_t)av_adler32_update(1, flat, (size_t)size);
	g_free(flat);
	return h;
}

static AVCodecContext *decoder(const char *name, GBytes *config)
{
	const AVCodec *codec = avcodec_find_decoder(avcodec_descriptor_get_by_name(name)->id);
	AVCodecContext *d = avcodec_alloc_context3(codec);
	gsize len = 0;
	const void *data = config ? g_bytes_get_data(config, &len) : NULL;

	if (len) {
		d->extradata = av_mallocz(len + AV_INPUT_BUFFER_PADDING_SIZE);
		memcpy(d->extradata, data, len);
		d->extradata_size = (int)len;
	}
	d->thread_count = 1;
	d->flags |= AV_CODEC_FLAG_LOW_DELAY;
	CHECK_INT(avcodec_open2(d, codec, NULL), 0);
	return d;
}

/* Decodes one frame; the number of pictures that came, the hash and size of the last. -1: an error. */
static int decode(AVCodecContext *d, const uint8_t *data, size_t len, uint32_t *hash, int *width, int *height)
{
	AVPacket *p = av_packet_alloc();
	AVFrame *f = av_frame_alloc();
	int n = 0;

	av_new_packet(p, (int)len);
	memcpy(p->data, data, len);
	if (avcodec_send_packet(d, p) < 0)
		n = -1;
	while (n >= 0 && avcodec_receive_frame(d, f) == 0) {
		*hash = hash_of(f);
		*width = f->width;
		*height = f->height;
		n = f->decode_error_flags || f->flags & AV_FRAME_FLAG_CORRUPT ? -1 : n + 1;
	}
	av_frame_free(&f);
	av_packet_free(&p);
	return n;
}

static void hash_stream(struct stream *s)
{
	AVCodecContext *d = decoder(s->codec->codec, NULL);
	int width, height;

	for (int i = 0; i < s->n; i++)
		CHECK(decode(d, s->frames[i]->data, (size_t)s->frames[i]->size, &s->hash[i], &width, &height) >= 1);
	avcodec_free_context(&d);
}

static void stream_free(struct stream *s)
{
	for (int i = 0; i < s->n; i++)
		av_packet_free(&s->frames[i]);
	g_free(s->sent);
	g_free(s);
}

/* name: a row of tests/lib/encode; the codec is what it begins with. */
static __attribute__((unused)) struct stream *stream_new(const char *name)
{
	struct stream *s = g_new0(struct stream, 1);
	g_autofree char *codec = g_strndup(name, strcspn(name, "-"));
	struct encode *e = NULL;

	s->codec = codec_find(codec)->depay;
	s->sent = g_new0(struct sent, PACKETS);
	CHECK_INT(encode_create(&e, name, WIDTH, HEIGHT), 0);
	for (s->n = 0; s->n < FRAMES; s->n++) {
		AVPacket *pkt = s->frames[s->n] = av_packet_alloc();

		draw(encode_picture(e), s->n);
		s->key[s->n] = s->n % GOP == 0;
		CHECK_INT(encode_frame(e, s->n * 1000 / 30, s->key[s->n], pkt), 0);
		CHECK_INT(!!(pkt->flags & AV_PKT_FLAG_KEY), s->key[s->n]);
	}
	encode_unref(&e);
	hash_stream(s);
	return s;
}

/* ---- packets ---- */

struct packing { struct stream *s; int frame; };

static void put_sent(const uint8_t *payload, size_t len, bool marker, void *arg)
{
	const struct packing *k = arg;
	struct sent *p = &k->s->sent[k->s->nsent++];

	*p = (struct sent){ .frame = k->frame, .rtp = (int64_t)k->frame * STEP, .marker = marker, .len = len };
	if (len)
		memcpy(p->data, payload, len);
}

/* padding: after every third frame a packet of nothing else. */
static void pack(struct stream *s, struct packetise how, bool padding)
{
	struct packing k = { s, 0 };

	how.codec = s->codec->codec;
	s->nsent = 0;
	for (k.frame = 0; k.frame < s->n; k.frame++) {
		CHECK_INT(packetise(&how, s->frames[k.frame]->data, (size_t)s->frames[k.frame]->size, s->key[k.frame], put_sent, &k), 0);
		CHECK(s->sent[s->nsent - 1].marker && s->nsent < PACKETS - 200);
		if (padding && k.frame % 3 == 0) {
			put_sent(NULL, 0, false, &k);
			s->sent[s->nsent - 1].frame = -1;
		}
	}
}

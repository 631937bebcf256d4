/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stream of one codec on its way through loss and reordering into a depacketiser, and what its frames decode to. For the tests of depacketisers; each
 * fills in a stream's frames, and packs, runs and compares.
 *
 *	encoder ─▶ packets ─▶ loss, reordering ─▶ reorder ─▶ depacketiser ─▶ decoder ─▶ hash by number
 *	   └────▶ decoder ─▶ hash by number                                             compared
 */
#pragma once
#include "plugins/codec.h"
#include "test.h"

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/adler32.h>
#include <libavutil/imgutils.h>
#include "plugins/reorder.h"
#include "tests/lib/packetise.h"

enum { WIDTH = 192, HEIGHT = 108, FRAMES = 48, GOP = 12, STEP = 3000, PACKETS = 4096, WAIT_US = 500000, FRAME_US = 33333 };

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

/* What came out. */
struct got {
	const struct stream *s;
	AVCodecContext *decoder;
	GBytes *config;
	bool waiting;
	bool frame[FRAMES];
	int frames, breaks, wrong, width, height;
};

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

/* ---- what comes out ---- */

static void on_frame(const struct frame *f, void *arg)
{
	struct got *g = arg;
	int n = (int)(f->rtp / STEP), width = 0, height = 0;
	uint32_t hash = 0;

	if (g->waiting && !f->keyframe)
		return;
	g->waiting = false;
	if (f->keyframe && !g->decoder) {
		g->config = f->config_len ? g_bytes_new(f->config, f->config_len) : NULL;
		g->decoder = decoder(g->s->codec->codec, g->config);
	}
	if (f->keyframe) {
		g->width = f->width;
		g->height = f->height;
	}
	g->frames++;
	if (n < 0 || n >= FRAMES || f->keyframe != g->s->key[n] || decode(g->decoder, f->data, f->len, &hash, &width, &height) < 1 || hash != g->s->hash[n] ||
	    (f->keyframe && (width != f->width || height != f->height)))
		g->wrong++;
	else
		g->frame[n] = true;
}

static void on_break(const char *reason, void *arg)
{
	struct got *g = arg;

	CHECK(!strcmp(reason, DEPAY_LOST) || !strcmp(reason, DEPAY_DECODE));
	g->waiting = true;
	g->breaks++;
}

static void drain(struct reorder *r, int64_t now_us, void *state, const struct stream *s, const struct depay_sink *sink)
{
	struct reorder_packet *p;
	unsigned lost;

	while ((p = reorder_pop(r, now_us, &lost))) {
		const struct sent *from;
		struct depay_packet d = { .rtp = p->rtp, .arrival_us = p->arrival_us, .after_loss = lost > 0 };
		int which;

		memcpy(&which, p->data, sizeof(which));
		from = &s->sent[which];
		d.payload = g_memdup2(from->data, from->len + !from->len);   /* so that a read behind it is seen */
		d.len = from->len;
		d.marker = from->marker;
		s->codec->packet(state, &d, sink);
		g_free((void *)d.payload);
		g_free(p);
	}
}

/* Sends what is not lost, in an order: swap > 0 exchanges neighbours that far apart; twice doubles all. */
static void run(struct got *g, struct stream *s, int swap, bool twice, const char *fmtp)
{
	const struct depay_sink sink = { on_frame, on_break, g };
	void *state = g_malloc0(s->codec->state_size);
	struct reorder *r;

	*g = (struct got){ .s = s, .waiting = true };
	reorder_create(&r, 2048, WAIT_US);
	if (fmtp)
		s->codec->prime(state, fmtp);
	for (int i = 0; i < s->nsent + 2 * swap; i++) {
		int group = swap ? i / (swap * 2) * swap * 2 : 0, at = swap ? group + (i - group + swap) % (swap * 2) : i;
		const struct sent *p = &s->sent[at];
		int64_t now_us = (int64_t)i * 1000;

		if (at >= s->nsent || p->lost)
			continue;
		reorder_push(r, (uint16_t)(60000 + at), p->rtp, now_us, (const uint8_t *)&at, sizeof(at));
		if (twice)
			CHECK(reorder_push(r, (uint16_t)(60000 + at), p->rtp, now_us, (const uint8_t *)&at, sizeof(at)) < 0);
		drain(r, now_us, state, s, &sink);
	}
	drain(r, INT64_MAX, state, s, &sink);
	s->codec->clear(state);
	g_free(state);
	reorder_unref(&r);
	avcodec_free_context(&g->decoder);
	g_clear_pointer(&g->config, g_bytes_unref);
}

/* The frames whose packets, and those of all frames back to their keyframe, were not lost. */
static void expect(const struct stream *s, bool out[FRAMES])
{
	bool whole[FRAMES], ok = false;

	memset(whole, 1, sizeof(whole));
	for (int i = 0; i < s->nsent; i++) {
		if (s->sent[i].frame >= 0 && s->sent[i].lost)
			whole[s->sent[i].frame] = false;
	}
	for (int i = 0; i < s->n; i++) {
		ok = whole[i] && (ok || s->key[i]);
		out[i] = ok;
	}
}

/* Prints both differences of the sets, by number, when there are any. */
static void compare(const struct got *g, const char *what)
{
	bool want[FRAMES];
	int missing = 0, more = 0;

	expect(g->s, want);
	for (int i = 0; i < FRAMES; i++) {
		missing += want[i] && !g->frame[i];
		more += !want[i] && g->frame[i];
	}
	if (missing || more || g->wrong) {
		printf("%s, %s: missing:", g->s->codec->codec, what);
		for (int i = 0; i < FRAMES; i++)
			if (want[i] != g->frame[i])
				printf(" %c%d", want[i] ? '-' : '+', i);
		printf("\n");
		TEST_FAIL("%s, %s: %d missing, %d too many, %d wrong, %d breaks", g->s->codec->codec, what, missing, more, g->wrong, g->breaks);
	}
}

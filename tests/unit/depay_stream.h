/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A stream of one codec on its way through loss and reordering into a depacketiser, and what its frames decode to. For the tests of depacketisers; each
 * fills in a stream's frames, and packs, runs and compares.
 *
 *	encoder ─▶ packets ─▶ loss, reordering ─▶ reorder ─▶ depacketiser ─▶ decoder ─▶ hash by number
 *	   └────▶ decoder ─▶ hash by number                                             compared
 */
#pragma once
#include "video_stream.h"
#include "plugins/reorder.h"

enum { WAIT_US = 500000 };

/* What came out. */
struct outcome {
	const struct stream *s;
	AVCodecContext *decoder;
	GBytes *config;
	bool waiting;
	bool frame[FRAMES];
	int frames, breaks, wrong, width, height;
};

static void on_frame(const struct frame *f, void *arg)
{
	struct outcome *g = arg;
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
	struct outcome *g = arg;

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
static void run(struct outcome *g, struct stream *s, int swap, bool twice, const char *fmtp)
{
	const struct depay_sink sink = { on_frame, on_break, g };
	void *state = g_malloc0(s->codec->state_size);
	struct reorder *r;

	*g = (struct outcome){ .s = s, .waiting = true };
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
static void compare(const struct outcome *g, const char *what)
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

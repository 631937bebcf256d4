/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which layer a packet is of. Called by stream in the RTP hook.
 *
 *   packet ─▶ SSRC, or the rid it carries until it is known ─▶ substream ─▶ payload descriptor ─▶ spatial, temporal layer ─▶ tag
 *                                                                └▶ who is there, what each layer costs
 *
 * The core gives each substream an SSRC, sequence numbers and timestamps of its own, all from zero; what ties the timestamps together are the sender reports.
 */
#include "plugins/layers.h"

#include <string.h>

enum { METER_US = 1000000 };

struct layer_codec {
	const char *name;
	bool (*told)(const uint8_t *p, size_t len);
	void (*tag)(struct layer_tag *t, const uint8_t *p, size_t len);
};

static bool vp8_told(const uint8_t *p, size_t len)
{
	return len > 1 && p[0] & 0x80 && p[1] & 0x20;
}

static void vp8_tag(struct layer_tag *t, const uint8_t *p, size_t len)
{
	struct vp8_descriptor d;

	if (vp8_descriptor(&d, p, len))
		return;
	t->picture = d.picture;
	t->tl0 = d.tl0;
	t->tl0_at = d.tl0_at;
	t->temporal = d.tid < 0 ? 0 : d.tid;
	t->start = d.start;
	t->sync = d.sync;
}

static bool vp9_told(const uint8_t *p, size_t len)
{
	return len > 0 && p[0] & 0x20;
}

static void vp9_tag(struct layer_tag *t, const uint8_t *p, size_t len)
{
	struct vp9_descriptor d;

	if (vp9_descriptor(&d, p, len))
		return;
	t->picture = d.picture;
	t->tl0 = d.tl0;
	t->tl0_at = d.tl0_at;
	t->temporal = d.tid < 0 ? 0 : d.tid;
	t->spatial = d.sid < 0 ? 0 : d.sid;
	t->start = d.start;
	t->end = d.end;
	t->inter = d.inter;
	t->sync = d.up;
	t->vp9 = true;
}

static bool nothing_told(const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return false;
}

static void plain_tag(struct layer_tag *t, const uint8_t *p, size_t len)
{
	(void)t;
	(void)p;
	(void)len;
}

/* The last row is for all others: simulcast works, layers within a stream are forwarded whole. */
static const struct layer_codec codecs[] = {
	{ "vp8", vp8_told, vp8_tag }, { "vp9", vp9_told, vp9_tag }, { NULL, nothing_told, plain_tag },
};

void layers_init(struct layers *l, const struct layers_conf *conf, const char *codec, bool (*keyframe_starts)(const uint8_t *payload, size_t len))
{
	memset(l, 0, sizeof(*l));
	if (conf)
		l->conf = *conf;
	if (l->conf.n > LAYERS_SUBSTREAMS)
		l->conf.n = LAYERS_SUBSTREAMS;
	for (unsigned i = 0; i < l->conf.n; i++)
		l->subs[i].ssrc = l->conf.rid_ext ? 0 : l->conf.ssrcs[i];
	atomic_init(&l->used, l->conf.n > 1);
	l->keyframe_starts = keyframe_starts;
	l->codec = codecs;
	while (l->codec->name && strcmp(l->codec->name, codec))
		l->codec++;
}

bool layers_told(const struct layers *l, const struct rtp_packet *rtp)
{
	return l->codec->told(rtp->payload, rtp->len);
}

static int by_ssrc(const struct layers *l, uint32_t ssrc)
{
	for (unsigned i = 0; i < l->conf.n; i++)
		if (l->subs[i].ssrc == ssrc)
			return (int)i;
	return -1;
}

static int by_rid(const struct layers *l, const uint8_t *pkt)
{
	const uint8_t *rid;
	int size = rtp_extension(pkt, (unsigned)l->conf.rid_ext, &rid);

	for (unsigned i = 0; size > 0 && i < l->conf.n; i++)
		if (strlen(l->conf.rids[i]) == (size_t)size && !memcmp(l->conf.rids[i], rid, (size_t)size))
			return (int)i;
	return -1;
}

/* A sender tells rids only until it knows that they were understood: on an m-line that is used again they may be missing, and then the first one free is it,
 * for the lowest substream is sent first. */
static int first_free(const struct layers *l)
{
	for (unsigned i = 0; i < l->conf.n; i++)
		if (!l->subs[i].ssrc)
			return (int)i;
	return -1;
}

static int substream_of(struct layers *l, const uint8_t *pkt, const struct rtp_packet *rtp)
{
	int i = by_ssrc(l, rtp->ssrc);

	if (i >= 0)
		return i;
	if (l->conf.rid_ext)
		i = by_rid(l, pkt);
	if (i < 0)
		i = first_free(l);
	if (i >= 0)
		l->subs[i].ssrc = rtp->ssrc;
	return i;
}

static void follow(struct layers *l, int i, uint32_t ts, int64_t now_us)
{
	struct substream *s = &l->subs[i];

	if (!s->last_us || !layers_present(l, i, now_us))
		s->since_us = now_us;
	if (!s->last_us || (int32_t)(ts - s->ts) > 0) {
		s->ts = ts;
		s->pictures++;
	}
	s->last_us = now_us;
	for (unsigned k = 0; k < l->conf.n; k++)
		s->seen[k] = l->subs[k].pictures;
}

static void roll(struct layer_meter *m, int64_t now_us)
{
	int64_t took = now_us - m->start_us;

	for (int i = 0; m->start_us && i < LAYERS_SUBSTREAMS; i++)
		for (int k = 0; k < LAYERS_TEMPORAL; k++) {
			uint64_t rate = (uint64_t)m->bytes[i][k] * 8000000 / (uint64_t)took;
			unsigned old = atomic_load_explicit(&m->rates[i][k], memory_order_relaxed);

			rate = old && rate ? (old + rate) / 2 : rate;
			atomic_store_explicit(&m->rates[i][k], (unsigned)(rate < UINT32_MAX ? rate : UINT32_MAX), memory_order_relaxed);
		}
	memset(m->bytes, 0, sizeof(m->bytes));
	m->start_us = now_us;
}

static void meter(struct layers *l, const struct layer_tag *t, size_t bytes, int64_t now_us)
{
	struct layer_meter *m = &l->meter;

	if (!m->start_us || now_us - m->start_us >= METER_US)
		roll(m, now_us);
	m->bytes[l->conf.n ? t->substream : t->spatial][t->temporal] += (uint32_t)bytes;
}

bool layers_packet(struct layers *l, const uint8_t *pkt, const struct rtp_packet *rtp, int64_t now_us, struct layer_tag *tag)
{
	*tag = (struct layer_tag){ .picture.id = -1, .tl0 = -1 };
	if (l->conf.n)
		tag->substream = substream_of(l, pkt, rtp);
	if (tag->substream < 0)
		return false;
	tag->keyframe = l->keyframe_starts(rtp->payload, rtp->len);
	l->codec->tag(tag, rtp->payload, rtp->len);
	if (tag->temporal >= LAYERS_TEMPORAL)
		tag->temporal = LAYERS_TEMPORAL - 1;
	if (tag->spatial >= LAYERS_SPATIAL)
		tag->spatial = LAYERS_SPATIAL - 1;
	if (tag->temporal || tag->spatial)
		atomic_store_explicit(&l->used, true, memory_order_relaxed);
	l->top_temporal = tag->temporal > l->top_temporal ? tag->temporal : l->top_temporal;
	l->top_spatial = tag->spatial > l->top_spatial ? tag->spatial : l->top_spatial;
	if (l->conf.n)
		follow(l, tag->substream, rtp->ts, now_us);
	if (rtp->len)              /* no padding, which is not passed on */
		meter(l, tag, (size_t)(rtp->payload - pkt) + rtp->len, now_us);
	return true;
}

int layers_report(struct layers *l, uint32_t ssrc, uint32_t rtp, int64_t ntp_us)
{
	int i = by_ssrc(l, ssrc);

	if (i < 0)
		return -1;
	l->subs[i].reported = true;
	l->subs[i].report_rtp = rtp;
	l->subs[i].report_ntp_us = ntp_us;
	return i;
}

bool layers_present(const struct layers *l, int substream, int64_t now_us)
{
	const struct substream *s = &l->subs[substream];
	unsigned missed = 0;

	if (!l->conf.n)
		return substream == 0;
	if (!s->last_us || substream >= (int)l->conf.n)
		return false;
	for (unsigned k = 0; k < l->conf.n; k++)
		if (l->subs[k].pictures - s->seen[k] > missed)
			missed = l->subs[k].pictures - s->seen[k];
	return missed < LAYERS_SILENT_PICTURES || now_us - s->last_us < LAYERS_SILENT_US;
}

bool layers_shift(const struct layers *l, int a, int b, unsigned rate_hz, uint32_t *shift)
{
	const struct substream *from = &l->subs[a], *to = &l->subs[b];

	if (!from->reported || !to->reported)
		return false;
	*shift = to->report_rtp - from->report_rtp - (uint32_t)((to->report_ntp_us - from->report_ntp_us) * (int64_t)rate_hz / 1000000);
	return true;
}

static uint32_t rate_at(struct layers *l, int layer, int temporal)
{
	return atomic_load_explicit(&l->meter.rates[layer][temporal], memory_order_relaxed);
}

uint32_t layers_rate(struct layers *l, int layer, int temporal)
{
	uint64_t sum = 0;

	for (int i = l->conf.n ? layer : 0; i <= layer; i++)
		for (int k = 0; k <= temporal; k++)
			sum += rate_at(l, i, k);
	return (uint32_t)(sum < UINT32_MAX ? sum : UINT32_MAX);
}

void layers_top(struct layers *l, int *layer, int *temporal)
{
	*layer = *temporal = 0;
	for (int i = 0; i < LAYERS_SUBSTREAMS; i++)
		for (int k = 0; k < LAYERS_TEMPORAL; k++) {
			if (!rate_at(l, i, k))
				continue;
			*layer = i;
			*temporal = k > *temporal ? k : *temporal;
		}
}

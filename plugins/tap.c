/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The capture's end in the RTP hook (Janus handle loop). One thread at a time feeds packets; task threads attach, detach and mute.
 *
 *	packet ─▶ clock of the stream ─┬▶ ring of the recording that drains
 *	                               └▶ ring of the recording that runs
 *
 * The hook works on a table of rings of its own and looks at the shared one, under its leaf lock, only when a number says that it changed: per
 * packet that is one atomic load. The hook may be the last to let go of a ring, once per recording.
 */
#include "plugins/held.h"
#include "plugins/tap.h"

#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <string.h>
#include "common/sync.h"
#include "plugins/rectime.h"
#include "plugins/ring.h"
#include "plugins/rtp.h"

enum { OLD_SSRC_US = 1000000 };   /* this long packets of the SSRC before are stragglers */

/* The hook's own. */
struct sink {
	struct ring *ring;
	bool in_step;              /* the ring has the clock, and everything since */
	uint32_t lost;
};

struct tap {
	atomic_int refs;
	struct tap_conf conf;
	char *codec, *fmtp;
	_Atomic int64_t mute;      /* time of the last change << 1 | muted */
	atomic_uint refused;
	atomic_uint changes;       /* of attached[] */
	struct lock lock;          /* guards attached[]; leaf */
	struct ring *attached[TAP_RINGS];
	/* the hook's own */
	unsigned seen;
	int64_t mute_seen;
	struct sink sinks[TAP_RINGS];
	int used;                  /* no ring from here on */
	struct rtp_clock clocks[TAP_LAYERS];       /* one for each substream; without simulcast the first */
	int layer;                 /* the substream that is captured; -1: no simulcast */
	struct sender_clock sender;
	bool has_ssrc;
	uint32_t ssrc, old_ssrc;
	int64_t ssrc_since_us;
};

int tap_create(struct tap **out, const struct tap_conf *conf)
{
	struct tap *t;

	if (!conf->codec || conf->rate_hz == 0)
		return -EINVAL;
	t = g_new0(struct tap, 1);
	atomic_init(&t->refs, 1);
	t->conf = *conf;
	t->conf.codec = t->codec = g_strdup(conf->codec);
	t->conf.fmtp = t->fmtp = g_strdup(conf->fmtp);
	lock_init(&t->lock);
	t->layer = -1;
	for (int i = 0; i < TAP_LAYERS; i++)
		rtp_clock_init(&t->clocks[i], conf->rate_hz);
	*out = t;
	return 0;
}

struct tap *tap_ref(struct tap *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

void tap_unref(struct tap **tp)
{
	struct tap *t = *tp;

	*tp = NULL;
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	for (int i = 0; i < TAP_RINGS; i++) {
		ring_unref(&t->attached[i]);
		ring_unref(&t->sinks[i].ring);
	}
	lock_destroy(&t->lock);
	g_free(t->codec);
	g_free(t->fmtp);
	g_free(t);
}

const struct tap_conf *tap_conf(const struct tap *t)
{
	return &t->conf;
}

/* Puts `with` where `what` is. */
static int replace_ring(struct tap *t, struct ring *what, struct ring *with)
{
	int err = -EBUSY;

	held_take(&t->lock);
	for (int i = 0; i < TAP_RINGS && err; i++) {
		if (t->attached[i] != what)
			continue;
		t->attached[i] = with;
		err = 0;
	}
	atomic_fetch_add(&t->changes, 1);
	held_release(&t->lock);
	return err;
}

int tap_attach(struct tap *t, struct ring *r)
{
	struct ring *own = ring_ref(r);
	int err = replace_ring(t, NULL, own);

	if (err)
		ring_unref(&own);
	return err;
}

void tap_detach(struct tap *t, struct ring *r)
{
	struct ring *own = r;

	if (replace_ring(t, r, NULL) == 0)
		ring_unref(&own);
}

void tap_detach_all(struct tap *t)
{
	struct ring *old[TAP_RINGS];

	held_take(&t->lock);
	memcpy(old, t->attached, sizeof(old));
	memset(t->attached, 0, sizeof(t->attached));
	atomic_fetch_add(&t->changes, 1);
	held_release(&t->lock);
	for (int i = 0; i < TAP_RINGS; i++)
		ring_unref(&old[i]);
}

void tap_mute(struct tap *t, bool muted)
{
	if (tap_muted(t) != muted)
		atomic_store(&t->mute, rec_clock_us() << 1 | muted);
}

bool tap_muted(const struct tap *t)
{
	return atomic_load(&t->mute) & 1;
}

bool tap_mute_state(const struct tap *t, int64_t *since_us)
{
	int64_t mute = atomic_load(&t->mute);

	*since_us = mute >> 1;
	return mute & 1;
}

unsigned tap_refused(const struct tap *t)
{
	return atomic_load(&t->refused);
}

/* Takes over the table of attached rings; a slot whose ring changed starts out of step. */
static void follow_attached(struct tap *t)
{
	struct ring *old[TAP_RINGS];
	int used = 0;

	held_take(&t->lock);
	t->seen = atomic_load(&t->changes);
	for (int i = 0; i < TAP_RINGS; i++) {
		old[i] = NULL;
		if (t->attached[i])
			used = i + 1;
		if (t->sinks[i].ring == t->attached[i])
			continue;
		old[i] = t->sinks[i].ring;
		t->sinks[i] = (struct sink){ .ring = t->attached[i] ? ring_ref(t->attached[i]) : NULL };
	}
	held_release(&t->lock);
	t->used = used;
	for (int i = 0; i < TAP_RINGS; i++)
		ring_unref(&old[i]);
}

static struct rtp_clock *clock_of(struct tap *t)
{
	return &t->clocks[t->layer > 0 ? t->layer : 0];
}

/* One record into one ring, after the clock where the ring is out of step. */
static void feed(struct tap *t, struct sink *s, enum tap_record kind, const void *a, size_t alen, const void *b, size_t blen)
{
	if (!s->ring)
		return;
	if (!s->in_step) {
		struct tap_clock_record c = { .clock = *clock_of(t), .sender = t->sender, .ssrc = t->ssrc, .lost = s->lost, .layer = t->layer };

		s->in_step = ring_push(s->ring, TAP_CLOCK, &c, sizeof(c), NULL, 0);
		if (s->in_step)
			s->lost = 0;
	}
	if (s->in_step)
		s->in_step = ring_push(s->ring, kind, a, alen, b, blen);
	if (!s->in_step && kind == TAP_PACKET)
		s->lost++;
}

static void out_of_step(struct tap *t)
{
	for (int i = 0; i < TAP_RINGS; i++)
		t->sinks[i].in_step = false;
}

static void feed_all(struct tap *t, enum tap_record kind, const void *a, size_t alen, const void *b, size_t blen)
{
	int64_t mute = atomic_load(&t->mute);

	if (atomic_load(&t->changes) != t->seen)
		follow_attached(t);
	if (mute != t->mute_seen)
		out_of_step(t);
	t->mute_seen = mute;
	if (mute & 1)
		return;
	for (int i = 0; i < t->used; i++)
		feed(t, &t->sinks[i], kind, a, alen, b, blen);
}

/* False for a straggler of the SSRC before; a new SSRC starts a new clock. */
static bool follow_ssrc(struct tap *t, uint32_t ssrc, int64_t arrival_us)
{
	if (t->has_ssrc && ssrc == t->ssrc)
		return true;
	if (t->has_ssrc) {
		if (ssrc == t->old_ssrc && arrival_us - t->ssrc_since_us < OLD_SSRC_US)
			return false;
		t->old_ssrc = t->ssrc;
		rtp_clock_restart(clock_of(t), &t->sender);
		out_of_step(t);
	} else {
		t->old_ssrc = ssrc;
	}
	t->has_ssrc = true;
	t->ssrc = ssrc;
	t->ssrc_since_us = arrival_us;
	return true;
}

void tap_rtp(struct tap *t, const uint8_t *pkt, size_t len, int64_t arrival_us)
{
	struct tap_packet_record rec = { .arrival_us = arrival_us };
	struct rtp_packet v;

	if (rtp_parse(&v, pkt, len) < 0) {
		atomic_fetch_add(&t->refused, 1);
		return;
	}
	if (!follow_ssrc(t, v.ssrc, arrival_us))
		return;
	rtp_clock_packet(clock_of(t), v.ts, arrival_us);
	feed_all(t, TAP_PACKET, &rec, sizeof(rec), pkt, len);
}

void tap_sender_report(struct tap *t, uint32_t ntp_msw, uint32_t ntp_lsw, uint32_t rtp, int64_t arrival_us)
{
	struct tap_report_record rec = { .arrival_us = arrival_us, .ntp_us = ntp_to_us(ntp_msw, ntp_lsw), .rtp = rtp };

	if (!t->has_ssrc || !rtp_clock_report(clock_of(t), &t->sender, rtp, rec.ntp_us, arrival_us))
		return;
	feed_all(t, TAP_REPORT, &rec, sizeof(rec), NULL, 0);
}

void tap_switch(struct tap *t, int layer)
{
	t->layer = layer;
	t->has_ssrc = false;       /* the next packet's is this one's, and its clock is known */
	out_of_step(t);
}

void tap_follow(struct tap *t, int layer, uint32_t ts, int64_t arrival_us)
{
	rtp_clock_packet(&t->clocks[layer], ts, arrival_us);
}

void tap_follow_report(struct tap *t, int layer, uint32_t ntp_msw, uint32_t ntp_lsw, uint32_t rtp, int64_t arrival_us)
{
	rtp_clock_report(&t->clocks[layer], &t->sender, rtp, ntp_to_us(ntp_msw, ntp_lsw), arrival_us);
}

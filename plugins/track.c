/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of one stream's packets; called by capture on the capture thread.
 *
 *	ring ─▶ clock, packet, report ─▶ repeated sound ─▶ reorder ─▶ depacketise ─▶ capture time (rtp_clock_map) ─▶ cutter
 *	                      └▶ `sync` lines
 *
 * The ring begins with the tap's clock, and says it again whenever the stream in it was interrupted; unwrapped RTP time is the tap's own.
 */
#include "plugins/track.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/log.h"
#include "plugins/codec.h"
#include "plugins/line.h"
#include "plugins/red.h"
#include "plugins/reorder.h"
#include "plugins/rtp.h"

enum {
	KEYFRAME_US = 500000,      /* between requests */
	SYNC_US = 5000000,         /* between sync lines without a report */
	REPORT_US = 1000000,       /* least between sync lines for reports */
	VIDEO_SLOTS = 2048, AUDIO_SLOTS = 256,
	STUCK_US = 1000000, STUCK_FRAMES = 25,
	HOLE_US = 200000,          /* Janus asks twice for a packet and then no more, about 170 ms after it was missed */
};

struct track {
	const struct cutter_env *env;
	struct sender_course *sender;
	char participant[PARTICIPANT_SIZE], source[SOURCE_SIZE];
	struct cutter *cutter;
	/* the stream */
	struct tap *tap;           /* NULL: none now */
	struct ring *ring;
	const struct depay *codec;
	void *state;
	struct reorder *reorder;
	unsigned fresh;            /* packets since the reorder buffer was empty, up to RED_BLOCKS */
	uint16_t fresh_seq;        /* the first of them */
	int64_t last_rtp;          /* of the packet that left the reorder buffer last */
	struct rtp_clock clock;
	bool in_step;              /* the clock came, records mean something */
	uint32_t ssrc;
	int layer;                 /* substream; -1: no simulcast */
	bool muted;
	int64_t mute_us;           /* last change seen */
	int64_t from_us, to_us;    /* what was captured outside is not kept */
	int64_t keyframe_us;       /* next request */
	enum tap_want want;        /* how, when keyframe_us is 0 */
	int64_t sync_us, report_us;   /* last lines */
	int stuck;                 /* frames in a row whose time fell behind */
};

void track_create(struct track **out, const struct cutter_env *env, struct sender_course *sender, const char *participant, const char *source)
{
	struct track *t = g_new0(struct track, 1);

	t->env = env;
	t->sender = sender;
	g_strlcpy(t->participant, participant, sizeof(t->participant));
	g_strlcpy(t->source, source, sizeof(t->source));
	cutter_create(&t->cutter, env, participant, source);
	*out = t;
}

/* Lets go of the tap, and of the object its owner counts. */
static void let_go(struct track *t)
{
	const struct tap_conf *conf;

	if (!t->tap)
		return;
	conf = tap_conf(t->tap);
	if (tap_refused(t->tap) > 0)
		log_info("recording %s: %s_%s: %u packets too long or malformed so far", t->env->recording, t->participant, t->source,
			 tap_refused(t->tap));
	tap_detach(t->tap, t->ring);
	ring_unref(&t->ring);
	t->codec->clear(t->state);
	g_clear_pointer(&t->state, g_free);
	reorder_unref(&t->reorder);
	if (conf->arg_unref)
		conf->arg_unref(conf->arg);
	tap_unref(&t->tap);
}

void track_unref(struct track **t)
{
	if (*t) {
		let_go(*t);
		cutter_unref(&(*t)->cutter);
	}
	g_clear_pointer(t, g_free);
}

bool track_is(const struct track *t, const char *participant, const char *source)
{
	return !strcmp(t->participant, participant) && !strcmp(t->source, source);
}

bool track_of_whom(const struct track *t, const char *participant)
{
	return !strcmp(t->participant, participant);
}

bool track_feeds_on(const struct track *t, const struct tap *tap)
{
	return t->tap && (!tap || t->tap == tap);
}

struct cutter *track_cutter(struct track *t)
{
	return t->cutter;
}

static void put_sync(struct track *t, int64_t rtp, int64_t ntp_us, int64_t arrival_us)
{
	json_t *line;

	if (cutter_segment(t->cutter) < 0)
		return;
	line = line_source("sync", cutter_env_ms(t->env, arrival_us), t->participant, t->source);
	line_int(line, "segment", cutter_segment(t->cutter));
	line_int(line, "rtp", rtp);
	if (ntp_us)
		line_int(line, "ntp_us", ntp_us);
	line_int(line, "arrival_us", arrival_us);
	writer_line(t->env->writer, line);
	t->sync_us = arrival_us;
}

/* A frame's place on the sender's clock, from the last report. */
static void sync_by_frame(struct track *t, const struct frame *f, bool opened)
{
	if (opened || f->arrival_us - t->sync_us >= SYNC_US)
		put_sync(t, f->rtp, rtp_clock_ntp(&t->clock, f->rtp), f->arrival_us);
}

/* The sender stood still while its RTP time did not (a phone call, a suspended laptop): all that comes seems captured long ago. */
static bool is_stuck(struct track *t, const struct frame *f, int64_t at_us, enum cut cut)
{
	if (cut != CUT_LATE || f->arrival_us - at_us < t->env->reorder_us + STUCK_US)
		t->stuck = 0;
	else
		t->stuck++;
	return t->stuck >= STUCK_FRAMES;
}

static void anchor_anew(struct track *t, const struct frame *f)
{
	struct rtp_unwrap ts = t->clock.ts;

	rtp_clock_restart(&t->clock, &t->sender->clock);
	t->clock.ts = ts;
	rtp_clock_packet(&t->clock, (uint32_t)f->rtp, f->arrival_us);
	t->stuck = 0;
	cutter_cut(t->cutter, "gap");
}

/* A keyframe that was sampled too early to be kept, though it may have been asked for: another one is needed at once. */
static void on_early(struct track *t, const struct frame *f)
{
	cutter_skip(t->cutter);
	if (!f->keyframe)
		return;
	t->keyframe_us = 0;
	t->want = WANT_AGAIN;
}

static void on_frame(const struct frame *f, void *arg)
{
	struct track *t = arg;
	bool opens = cutter_opens(t->cutter, f);
	int64_t at_us = rtp_clock_map(&t->clock, t->sender, f->rtp, f->arrival_us, opens);
	enum cut cut;

	if (at_us < t->from_us || at_us >= t->to_us) {
		on_early(t, f);
		return;
	}
	cut = cutter_frame(t->cutter, f, at_us);
	if (cut == CUT_OUTSIDE)
		on_early(t, f);
	if (cut == CUT_OPENED || cut == CUT_TAKEN)
		sync_by_frame(t, f, cut == CUT_OPENED);
	if (is_stuck(t, f, at_us, cut))
		anchor_anew(t, f);
}

static void on_break(const char *reason, void *arg)
{
	struct track *t = arg;

	cutter_break(t->cutter, reason);
}

/* A repeated frame that went to a wrong number, because its sender left some out, may be there already. */
static bool is_surplus(const struct track *t, const struct rtp_packet *v, int64_t rtp)
{
	unsigned red_pt = tap_conf(t->tap)->red_pt;

	return red_pt && v->pt == red_pt && rtp <= t->last_rtp;
}

/* video-orientation (3GPP TS 26.114 §6.2.3) comes with the last packet of a keyframe and of each picture that is turned otherwise than the one before. */
static void follow_rotation(struct track *t, const uint8_t *pkt)
{
	unsigned id = tap_conf(t->tap)->rotation_id;
	const uint8_t *data;

	if (id && rtp_extension(pkt, id, &data) >= 1)
		cutter_rotation(t->cutter, (data[0] & 3) * 90);
}

/* A packet whose turn it is, after `lost` that were given up. */
static void depacketise(struct track *t, int64_t rtp, int64_t arrival_us, const uint8_t *data, size_t len, unsigned lost)
{
	const struct depay_sink sink = { .on_frame = on_frame, .on_break = on_break, .arg = t };
	struct depay_packet d = { .rtp = rtp, .arrival_us = arrival_us, .after_loss = lost > 0 };
	struct rtp_packet v;

	if (lost)
		cutter_lost(t->cutter, lost);
	if (rtp_parse(&v, data, len) < 0 || is_surplus(t, &v, rtp))
		return;
	t->last_rtp = rtp;
	follow_rotation(t, data);
	d.payload = v.payload;
	d.len = v.len;
	d.marker = data[1] & 0x80;
	t->codec->packet(t->state, &d, &sink);
}

/* What the reorder buffer lets go at `limit_us`; INT64_MAX: all. */
static void deliver(struct track *t, int64_t limit_us)
{
	struct reorder_packet *p;
	unsigned lost;

	while ((p = reorder_pop(t->reorder, limit_us, &lost))) {
		depacketise(t, p->rtp, p->arrival_us, p->data, p->len, lost);
		g_free(p);
	}
}

static int64_t capture_us(const struct track *t, int64_t rtp, int64_t arrival_us)
{
	struct sender_course sender = *t->sender;
	struct rtp_clock clock = t->clock;

	return rtp_clock_map(&clock, &sender, rtp, arrival_us, cutter_segment(t->cutter) < 0);
}

static int push(struct track *t, const struct rtp_packet *v, int64_t rtp, int64_t arrival_us, const uint8_t *data, size_t len)
{
	int err = reorder_push(t->reorder, v->seq, rtp, arrival_us, data, len);

	if (err == -ENOSPC) {
		deliver(t, INT64_MAX);
		err = reorder_push(t->reorder, v->seq, rtp, arrival_us, data, len);
	}
	return err;
}

static void note_late(struct track *t, int64_t at_us)
{
	if (at_us >= t->from_us && at_us < t->to_us)
		cutter_late(t->cutter, at_us);
}

static void push_own(struct track *t, const struct rtp_packet *v, int64_t rtp, int64_t arrival_us, const uint8_t *data, size_t len)
{
	if (!t->fresh)
		t->fresh_seq = v->seq;
	if (t->fresh < RED_BLOCKS)
		t->fresh++;
	if (reorder_pass(t->reorder, v->seq))
		depacketise(t, rtp, arrival_us, data, len, 0);
	else if (push(t, v, rtp, arrival_us, data, len) == -ESTALE && v->len > 0)
		note_late(t, capture_us(t, rtp, arrival_us));
}

/* The packet whose frames are being handed out. */
struct unpacking {
	struct track *track;
	uint16_t seq;
	uint32_t ts;
	int64_t rtp, arrival_us;
};

/* A repeated frame goes where its packet is missing. What came before the reorder buffer's first packet may be in a chunk already. */
static void on_red_frame(const uint8_t *data, size_t len, void *arg)
{
	const struct unpacking *u = arg;
	struct track *t = u->track;
	struct rtp_packet v;
	int64_t rtp;

	if (rtp_parse(&v, data, len) < 0)
		return;
	rtp = u->rtp + (int32_t)(v.ts - u->ts);
	if (v.seq == u->seq)
		push_own(t, &v, rtp, u->arrival_us, data, len);
	else if (t->fresh == RED_BLOCKS || (t->fresh && (int16_t)(uint16_t)(v.seq - t->fresh_seq) > 0))
		push(t, &v, rtp, u->arrival_us, data, len);
}

static void on_packet(struct track *t, const uint8_t *data, size_t len)
{
	const struct tap_conf *conf = tap_conf(t->tap);
	struct tap_packet_record rec;
	struct unpacking u;
	struct rtp_packet v;

	memcpy(&rec, data, sizeof(rec));
	data += sizeof(rec);
	len -= sizeof(rec);
	if (rtp_parse(&v, data, len) < 0)
		return;
	u = (struct unpacking){ .track = t, .seq = v.seq, .ts = v.ts, .rtp = rtp_clock_packet(&t->clock, v.ts, rec.arrival_us),
				.arrival_us = rec.arrival_us };
	if (conf->red_pt && v.pt == conf->red_pt && v.len > 0)
		red_unpack(data, &v, conf->pt, on_red_frame, &u);
	else
		push_own(t, &v, u.rtp, rec.arrival_us, data, len);
}

static void on_report(struct track *t, const struct tap_report_record *rec)
{
	struct rtp_unwrap ts = t->clock.ts;

	if (!rtp_clock_report(&t->clock, &t->sender->clock, rec->rtp, rec->ntp_us, rec->arrival_us))
		return;
	if (rec->arrival_us - t->report_us < REPORT_US)
		return;
	t->report_us = rec->arrival_us;
	put_sync(t, rtp_unwrap(&ts, rec->rtp), rec->ntp_us, rec->arrival_us);
}

/* Takes over the tap's clock; within a segment the mapping in use goes on from where it is. The sources of a participant follow one clock, and the
 * quickest packet of any of them tells most of it. */
static void take_clock(struct track *t, const struct tap_clock_record *rec, bool goes_on)
{
	if (!goes_on)
		t->clock.mapped = false;
	rtp_clock_follow(&t->clock, t->sender, &rec->clock, &rec->sender);
}

/* A depacketiser that knows the SDP and nothing else. */
static void renew_codec(struct track *t)
{
	t->codec->clear(t->state);
	if (t->codec->prime)
		t->codec->prime(t->state, tap_conf(t->tap)->fmtp);
}

static void on_clock(struct track *t, const struct tap_clock_record *rec)
{
	bool goes_on = t->in_step && rec->ssrc == t->ssrc;

	deliver(t, INT64_MAX);
	reorder_reset(t->reorder);
	renew_codec(t);
	if (goes_on) {
		cutter_lost(t->cutter, rec->lost);
		cutter_break(t->cutter, "lost");
	} else if (t->in_step) {
		cutter_cut(t->cutter, rec->layer != t->layer ? "layer" : "ssrc");
	}
	cutter_layer(t->cutter, rec->layer);
	t->layer = rec->layer;
	take_clock(t, rec, goes_on);
	t->ssrc = rec->ssrc;
	t->in_step = true;
}

static void drain(struct track *t)
{
	uint8_t buf[TAP_RECORD_MAX];
	struct tap_report_record report;
	struct tap_clock_record clock;
	uint16_t kind;
	int len;

	while ((len = ring_pop(t->ring, &kind, buf, sizeof(buf))) != -EAGAIN) {
		if (kind == TAP_CLOCK && len == sizeof(clock)) {
			memcpy(&clock, buf, sizeof(clock));
			on_clock(t, &clock);
		} else if (kind == TAP_REPORT && t->in_step && len == sizeof(report)) {
			memcpy(&report, buf, sizeof(report));
			on_report(t, &report);
		} else if (kind == TAP_PACKET && t->in_step && len > 0) {
			on_packet(t, buf, (size_t)len);
		}
	}
}

static void put_mute(struct track *t, const char *type, int64_t at_us)
{
	writer_line(t->env->writer, line_source(type, cutter_env_ms(t->env, at_us), t->participant, t->source));
}

static void mute(struct track *t, int64_t at_us)
{
	deliver(t, INT64_MAX);
	cutter_cut(t->cutter, "unmuted");
	put_mute(t, "muted", at_us);
	t->muted = true;
}

static void unmute(struct track *t, int64_t at_us)
{
	put_mute(t, "unmuted", at_us);
	t->muted = false;
	t->from_us = MAX(t->from_us, at_us);
	t->keyframe_us = 0;
}

/* While muted the ring is left alone: what slipped into it is older than the unmute, and not kept. */
static void follow_mute(struct track *t)
{
	int64_t at_us;
	bool muted = tap_mute_state(t->tap, &at_us);

	if (at_us == t->mute_us)
		return;
	t->mute_us = at_us;
	if (!t->muted) {
		drain(t);
		mute(t, at_us);
	}
	if (!muted)
		unmute(t, at_us);
}

/* A hole that is not mended any more will cost all pictures up to the next keyframe: asked for now, it comes while the hole is still waited for. */
static bool will_break(const struct track *t, int64_t now_us)
{
	int64_t since_us = t->codec->video ? reorder_waits_since(t->reorder) : INT64_MAX;

	return now_us - HOLE_US >= since_us && t->keyframe_us - KEYFRAME_US < since_us;
}

static void ask_keyframe(struct track *t, int64_t now_us)
{
	const struct tap_conf *conf = tap_conf(t->tap);
	bool wanted = cutter_wants_keyframe(t->cutter) ? now_us >= t->keyframe_us : will_break(t, now_us);

	if (t->muted || !wanted || !rectime_covers(&t->env->time, now_us))
		return;
	if (conf->want_keyframe)
		conf->want_keyframe(conf->arg, t->keyframe_us ? WANT_SOON : t->want);
	t->want = WANT_NOW;
	t->keyframe_us = now_us + KEYFRAME_US;
}

void track_poll(struct track *t, int64_t now_us)
{
	if (!t->tap)
		return;
	follow_mute(t);
	if (!t->muted) {
		drain(t);
		deliver(t, now_us);
	}
	ask_keyframe(t, now_us);
}

/* Everything that came; what is missing is not waited for. */
static void take_all(struct track *t)
{
	follow_mute(t);
	if (!t->muted)
		drain(t);
	deliver(t, INT64_MAX);
}

void track_attach(struct track *t, struct tap *tap, struct ring *ring, int64_t from_us)
{
	const struct tap_conf *conf = tap_conf(tap);

	track_detach(t, from_us);
	t->tap = tap;
	t->ring = ring;
	t->codec = codec_find(conf->codec)->depay;
	t->state = g_malloc0(t->codec->state_size);
	reorder_create(&t->reorder, t->codec->video ? VIDEO_SLOTS : AUDIO_SLOTS, t->env->reorder_us);
	rtp_clock_init(&t->clock, conf->rate_hz);
	t->in_step = false;
	t->fresh = 0;
	t->last_rtp = INT64_MIN;
	t->from_us = from_us;
	t->to_us = INT64_MAX;
	t->want = WANT_NOW;
	t->keyframe_us = from_us + KEYFRAME_US;      /* asked for at once, by capture_add() */
	t->stuck = 0;
	cutter_stream(t->cutter, t->codec, conf->rate_hz, conf->channels);
	if (tap_mute_state(tap, &t->mute_us) && !t->muted)
		mute(t, from_us);
	else if (t->muted && !tap_muted(tap))
		unmute(t, from_us);
}

void track_settle(struct track *t, const char *reason)
{
	if (!t->tap)
		return;
	take_all(t);
	cutter_cut(t->cutter, reason);
	t->keyframe_us = 0;
}

void track_detach(struct track *t, int64_t to_us)
{
	if (!t->tap)
		return;
	t->to_us = to_us;
	take_all(t);
	cutter_cut(t->cutter, "reconnect");
	let_go(t);
}

void track_seal(struct track *t, int64_t to_ms)
{
	const struct reorder_packet *p;

	while (t->tap && (p = reorder_peek(t->reorder))) {
		struct reorder_packet *own;
		unsigned lost;

		if (rectime_at(&t->env->time, capture_us(t, p->rtp, p->arrival_us)) / 1000 >= to_ms)
			break;
		own = reorder_pop(t->reorder, INT64_MAX, &lost);
		depacketise(t, own->rtp, own->arrival_us, own->data, own->len, lost);
		g_free(own);
	}
	cutter_seal(t->cutter, to_ms);
}

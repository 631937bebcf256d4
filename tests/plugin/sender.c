/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The media thread of a peer.
 *
 *   clock ─▶ sources due: picture or Opus packet ─▶ RTP packets ─▶ network (loss, delay) ─▶ queue by due time ─▶ fake_rtp
 */
#include <glib.h>
#include <stdlib.h>
#include <stdatomic.h>
#include <string.h>
#include "common/sync.h"
#include "tests/plugin/sender.h"
#include "tests/plugin/synth.h"

enum { SOURCES = 8, RTP_HEADER = 20, VP8_DESCRIPTOR = 4, VP8_PAYLOAD = 60, SR_SIZE = 28, PACKET_MAX = 600, FIRST_PICTURE_ID = 32700 };
enum { PADDING = 40, TRIES = 2 };
enum { RID_PACKETS = 20 };         /* so many packets of a substream say whose they are */
#define NTP_EPOCH_S INT64_C(3976214400)   /* the peers' wall clock begins here, seconds since 1900 */

const char PEER_SECRET_MARK[8] = { 'q', 0x11, 'S', (char)0xee, 'c', 0x7f, 'r', (char)0xa5 };
const char *const sender_rids[SENDER_LAYERS] = { "l", "mid", "high" };

/* One SSRC: of sound, of pictures, of a simulcast substream. */
struct lane {
	bool off, want_keyframe;
	uint32_t ssrc, ts0, packets, octets;
	uint16_t seq, picture_id;
	struct synth_video *video;
	const char *rid;           /* NULL: not told */
};

struct source {
	char name[SOURCE_SIZE];
	bool audio, active, frozen;
	int mindex;
	uint32_t number;
	struct lane lanes[SENDER_LAYERS];
	unsigned nlanes;
	int64_t period_us, due_us, report_us;
	GArray *frames;            /* struct peer_frame */
	unsigned delivered, tricks;   /* 1 << enum peer_trick */
};

struct packet {
	int64_t due_us;
	uint64_t order;
	int mindex;
	bool video, rtcp;
	uint16_t len;
	uint8_t data[PACKET_MAX];
};

struct sender {
	struct peer_conf conf;
	struct fake_handle *h;
	pthread_t thread;
	int64_t start_us;
	GRand *rand;               /* the media thread's */
	GSequence *net;            /* struct packet by due time; the media thread's */
	uint64_t order;
	struct lock lock;          /* below */
	struct cond changed;
	bool stop;
	struct source sources[SOURCES];
	unsigned nsources;
	atomic_int level, turn;    /* of all sounds and pictures; negative: not said */
};

static struct source *find(struct sender *s, const char *name)
{
	for (unsigned i = 0; i < s->nsources; i++)
		if (!strcmp(s->sources[i].name, name))
			return &s->sources[i];
	return NULL;
}

/* What the sender's own clock shows since the start. */
static int64_t media_us(const struct sender *s, int64_t at_us)
{
	return (int64_t)((double)(at_us - s->start_us) * (1 + s->conf.skew_ppm * 1e-6));
}

static uint32_t rtp_time(const struct sender *s, const struct source *src, const struct lane *lane, int64_t at_us)
{
	return lane->ts0 + (uint32_t)(media_us(s, at_us) * (src->audio ? 48 : 90) / 1000);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* --- the network --- */

static int by_due(const void *a, const void *b, void *unused)
{
	const struct packet *x = a, *y = b;

	(void)unused;
	if (x->due_us != y->due_us)
		return x->due_us < y->due_us ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool does(const struct source *src, enum peer_trick trick)
{
	return src->tricks >> trick & 1;
}

static bool chance(struct sender *s, double share)
{
	return share > 0 && g_rand_double(s->rand) < share;
}

static void carry(struct sender *s, const struct packet *p, int64_t now_us)
{
	struct packet *copy = g_memdup2(p, sizeof(*p));

	copy->due_us = now_us;
	if (s->conf.jitter_ms)
		copy->due_us += g_rand_int_range(s->rand, 0, s->conf.jitter_ms * 1000);
	if (chance(s, s->conf.late))
		copy->due_us += s->conf.late_ms * 1000;
	copy->order = s->order++;
	g_sequence_insert_sorted(s->net, copy, by_due, NULL);
}

/* False when the network lost it for good. */
static bool transmit(struct sender *s, const struct packet *p, int64_t now_us)
{
	int tries = s->conf.repair_ms ? TRIES : 0;

	while (!p->rtcp && chance(s, s->conf.loss)) {
		if (!tries--)
			return false;
		now_us += s->conf.repair_ms * 1000;
	}
	carry(s, p, now_us);
	if (!p->rtcp && chance(s, s->conf.twice))
		carry(s, p, now_us);
	return true;
}

static void deliver_due(struct sender *s, int64_t now_us)
{
	GSequenceIter *i;

	while (!g_sequence_iter_is_end(i = g_sequence_get_begin_iter(s->net))) {
		struct packet *p = g_sequence_get(i);

		if (p->due_us > now_us)
			return;
		if (p->rtcp)
			fake_rtcp(s->h, p->mindex, p->video, p->data, p->len);
		else
			fake_rtp(s->h, p->mindex, p->video, p->data, p->len);
		g_sequence_remove(i);
	}
}

/* --- packets --- */

/* How loud it is (id 1), or how it is turned (id 13, with the last packet of a picture). */
static uint32_t second_extension(struct sender *s, const struct source *src, bool marker)
{
	int level = atomic_load(&s->level), turn = atomic_load(&s->turn);

	if (src->audio)
		return level < 0 ? 0 : 0x1000U | 0x80U | (unsigned)level;
	return turn < 0 || !marker ? 0 : 0xd000U | (unsigned)turn;
}

/* The first packet of a source comes after the second. */
static int64_t leaves_us(const struct sender *s, const struct source *src, const struct lane *lane, int64_t at_us)
{
	if (src->audio)
		at_us += s->conf.behind_ms * 1000;
	return s->conf.early && lane->packets == 0 ? at_us + src->period_us * 3 / 2 : at_us;
}

/* A header with one extension word, as browsers send it: the mid, or the rid. */
static bool send_rtp(struct sender *s, struct source *src, struct lane *lane, const uint8_t *payload, size_t len, bool marker, int64_t at_us)
{
	bool rid = lane->rid && lane->packets < RID_PACKETS;
	struct packet p = { .mindex = src->mindex, .video = !src->audio, .len = (uint16_t)(RTP_HEADER + len) };
	int64_t leaves = leaves_us(s, src, lane, at_us);
	size_t ext = 0;

	p.data[0] = 0x90;
	p.data[1] = (uint8_t)((marker ? 0x80 : 0) | (src->audio ? 111 : 96));
	put16(p.data + 2, lane->seq++);
	put32(p.data + 4, rtp_time(s, src, lane, at_us));
	put32(p.data + 8, lane->ssrc);
	put32(p.data + 12, 0xbede0001);
	put32(p.data + 16, 0x40300000U | second_extension(s, src, marker));   /* id 4, one byte: mid */
	if (rid) {
		size_t n = strlen(lane->rid);

		ext = 4;
		memset(p.data + 16, 0, 8);
		p.data[15] = 2;
		p.data[16] = (uint8_t)(SENDER_RID_EXT << 4 | (n - 1));
		memcpy(p.data + 17, lane->rid, n);
	}
	memcpy(p.data + RTP_HEADER + ext, payload, len);
	p.len = (uint16_t)(p.len + ext);
	lane->packets++;
	lane->octets += (uint32_t)len;
	if (!transmit(s, &p, leaves))
		return false;
	src->delivered++;
	return true;
}

/* A packet that carries nothing: padding alone, or another payload type, which has numbers of its own. */
static void send_nothing(struct sender *s, struct source *src, bool foreign, int64_t at_us)
{
	struct packet p = { .mindex = src->mindex, .video = !src->audio, .len = RTP_HEADER - 8 + PADDING };
	struct lane *lane = &src->lanes[0];

	p.data[0] = foreign ? 0x80 : 0xa0;
	p.data[1] = foreign ? 35 : src->audio ? 111 : 96;
	put16(p.data + 2, foreign ? lane->seq + 1000U : lane->seq++);
	put32(p.data + 4, rtp_time(s, src, lane, at_us));
	put32(p.data + 8, lane->ssrc);
	memset(p.data + RTP_HEADER - 8, foreign ? 0x55 : 0, PADDING);
	p.data[p.len - 1] = PADDING;
	transmit(s, &p, leaves_us(s, src, lane, at_us));
}

static void play_tricks(struct sender *s, struct source *src, int64_t at_us)
{
	struct lane *lane = &src->lanes[0];

	if (does(src, PEER_PADDING))
		send_nothing(s, src, false, at_us);
	if (does(src, PEER_FOREIGN))
		send_nothing(s, src, true, at_us);
	if (does(src, PEER_NEW_SSRC)) {
		lane->ssrc ^= 0x5a5a5a;
		lane->seq = (uint16_t)g_rand_int(s->rand);
		lane->ts0 = g_rand_int(s->rand);
		src->tricks &= ~(1U << PEER_NEW_SSRC);
	}
}

/* RFC 7741: descriptor with a 15-bit picture id, S on the first packet, marker on the last. */
static bool send_picture(struct sender *s, struct source *src, struct lane *lane, const uint8_t *data, int size, int64_t at_us)
{
	uint8_t payload[VP8_DESCRIPTOR + VP8_PAYLOAD];
	bool whole = true;

	for (int at = 0; at < size; at += VP8_PAYLOAD) {
		int n = MIN(VP8_PAYLOAD, size - at);

		if (does(src, PEER_HALF) && at >= size / 2)
			return false;
		payload[0] = (uint8_t)(0x80 | (at ? 0 : 0x10));
		payload[1] = 0x80;
		put16(payload + 2, 0x8000U | lane->picture_id);
		memcpy(payload + VP8_DESCRIPTOR, data + at, (size_t)n);
		whole &= send_rtp(s, src, lane, payload, (size_t)(VP8_DESCRIPTOR + n), at + n == size, at_us);
	}
	lane->picture_id = (lane->picture_id + 1) & 0x7fff;
	return whole;
}

/* A picture; with bytes behind its last partition, which a decoder does not look at, where it is secret. */
static bool send_encoded(struct sender *s, struct source *src, struct lane *lane, const AVPacket *pic, int64_t at_us)
{
	int more = does(src, PEER_SECRET) ? (int)sizeof(PEER_SECRET_MARK) : 0;
	uint8_t *data = g_malloc((gsize)pic->size + sizeof(PEER_SECRET_MARK));
	bool whole;

	memcpy(data, pic->data, (size_t)pic->size);
	memcpy(data + pic->size, PEER_SECRET_MARK, sizeof(PEER_SECRET_MARK));
	whole = send_picture(s, src, lane, data, pic->size + more, at_us);
	g_free(data);
	return whole;
}

/* The same picture in all substreams that are on; what is noted of it is what the highest of them did. */
static void sample_video(struct sender *s, struct source *src, int64_t at_us)
{
	struct peer_frame f = { .number = src->number, .capture_us = at_us };

	for (unsigned i = 0; i < src->nlanes; i++) {
		struct lane *lane = &src->lanes[i];
		const AVPacket *pic;

		if (lane->off)
			continue;
		pic = synth_video_encode(lane->video, src->number, lane->want_keyframe || does(src, PEER_HALF));
		if (!pic) {
			fake_broken("libvpx did not encode");
			return;
		}
		lane->want_keyframe = false;
		f.keyframe = pic->flags & AV_PKT_FLAG_KEY;
		f.whole = send_encoded(s, src, lane, pic, at_us);
	}
	src->number++;
	src->frozen |= does(src, PEER_HALF);
	play_tricks(s, src, at_us);
	g_array_append_val(src->frames, f);
}

static void sample_audio(struct sender *s, struct source *src, int64_t at_us)
{
	uint8_t payload[SYNTH_OPUS_MAX];
	size_t len = synth_opus(payload, src->number);
	struct peer_frame f = { .number = src->number++, .keyframe = true, .capture_us = at_us };

	if (does(src, PEER_SECRET)) {          /* more padding, RFC 6716 §3.2.5 */
		payload[2] += (uint8_t)sizeof(PEER_SECRET_MARK);
		memmove(payload + len - 4 + sizeof(PEER_SECRET_MARK), payload + len - 4, 4);
		memcpy(payload + len - 4, PEER_SECRET_MARK, sizeof(PEER_SECRET_MARK));
		len += sizeof(PEER_SECRET_MARK);
	}
	f.whole = send_rtp(s, src, &src->lanes[0], payload, len, false, at_us);
	play_tricks(s, src, at_us);
	g_array_append_val(src->frames, f);
}

static void send_report(struct sender *s, struct source *src, const struct lane *lane, int64_t at_us)
{
	int64_t us = s->start_us + media_us(s, at_us);       /* whoever comes back has the clock he had */
	uint32_t fraction = (uint32_t)((us % 1000000) * INT64_C(4294967296) / 1000000);
	struct packet p = { .mindex = src->mindex, .video = !src->audio, .rtcp = true, .len = SR_SIZE };

	put32(p.data, 0x80c80006);
	put32(p.data + 4, lane->ssrc);
	put32(p.data + 8, (uint32_t)(NTP_EPOCH_S + s->conf.ntp_offset_s + us / 1000000));
	put32(p.data + 12, fraction);
	put32(p.data + 16, rtp_time(s, src, lane, at_us));
	put32(p.data + 20, lane->packets);
	put32(p.data + 24, lane->octets);
	transmit(s, &p, at_us);
}

static void send_reports(struct sender *s, struct source *src, int64_t at_us)
{
	for (unsigned i = 0; i < src->nlanes; i++)
		if (!src->lanes[i].off && src->lanes[i].packets)
			send_report(s, src, &src->lanes[i], at_us);
}

/* --- the thread --- */

static void sample(struct sender *s, struct source *src, int64_t now_us)
{
	int every_ms = s->conf.reports_ms ? s->conf.reports_ms : 500;

	while (src->active && src->due_us <= now_us) {
		if (!src->frozen && src->audio)
			sample_audio(s, src, src->due_us);
		else if (!src->frozen)
			sample_video(s, src, src->due_us);
		src->due_us += src->period_us;
	}
	if (src->active && !src->frozen && every_ms > 0 && src->report_us <= now_us && src->number) {
		send_reports(s, src, now_us);
		src->report_us = now_us + every_ms * 1000;
	}
}

static int64_t next_due_locked(struct sender *s, int64_t now_us)
{
	int64_t due_us = now_us + 100000;
	GSequenceIter *i = g_sequence_get_begin_iter(s->net);

	for (unsigned n = 0; n < s->nsources; n++)
		if (s->sources[n].active)
			due_us = MIN(due_us, s->sources[n].due_us);
	if (!g_sequence_iter_is_end(i))
		due_us = MIN(due_us, ((struct packet *)g_sequence_get(i))->due_us);
	return due_us;
}

static void *sender_main(void *arg)
{
	struct sender *s = arg;
	int64_t now_us;
	bool stop = false;

	while (!stop) {
		lock_take(&s->lock);
		now_us = clock_mono_us();
		for (unsigned n = 0; n < s->nsources; n++)
			sample(s, &s->sources[n], now_us);
		cond_broadcast(&s->changed);
		lock_release(&s->lock);
		deliver_due(s, now_us);
		lock_take(&s->lock);
		if (!s->stop)
			cond_wait_until(&s->changed, &s->lock, next_due_locked(s, now_us));
		stop = s->stop;
		lock_release(&s->lock);
	}
	deliver_due(s, INT64_MAX);
	return NULL;
}

static void want_keyframes(struct source *src)
{
	for (unsigned i = 0; i < src->nlanes; i++)
		src->lanes[i].want_keyframe = true;
}

static void on_pli(int mindex, void *arg)
{
	struct sender *s = arg;

	lock_take(&s->lock);
	for (unsigned n = 0; n < s->nsources; n++)
		if (s->sources[n].mindex == mindex)
			want_keyframes(&s->sources[n]);
	lock_release(&s->lock);
}

struct sender *sender_create(const struct peer_conf *conf, struct fake_handle *h)
{
	struct sender *s = g_new0(struct sender, 1);

	s->conf = *conf;
	s->h = h;
	s->rand = g_rand_new_with_seed(conf->seed);
	s->net = g_sequence_new(g_free);
	lock_init(&s->lock);
	cond_init(&s->changed);
	s->start_us = clock_mono_us();
	atomic_init(&s->level, -1);
	atomic_init(&s->turn, -1);
	fake_on_pli(h, on_pli, s);
	if (thread_start(&s->thread, "fake-media", sender_main, s))
		abort();
	return s;
}

uint32_t sender_layer_ssrc(int mindex, int layer)
{
	return 0x7000u + (uint32_t)(mindex * SENDER_LAYERS + layer);
}

/* As the core gives them out: each substream's numbers begin where they like, and have nothing to do with those of the others. */
static void init_lane(const struct sender *s, struct source *src, unsigned i)
{
	struct lane *lane = &src->lanes[i];
	int half = (int)(src->nlanes - 1 - i), width = s->conf.width ? s->conf.width : SYNTH_WIDTH, height = s->conf.height ? s->conf.height : SYNTH_HEIGHT;

	lane->seq = (uint16_t)((s->conf.seq0 ? s->conf.seq0 : 1) + i * 20000);
	lane->ts0 = s->conf.ts0 + i * 1234567890;
	lane->picture_id = (uint16_t)(FIRST_PICTURE_ID + i * 50) & 0x7fff;
	lane->rid = s->conf.simulcast == PEER_BY_RID && src->nlanes > 1 ? sender_rids[i] : NULL;
	if (!src->audio)
		lane->video = synth_video_create(width >> half, height >> half, s->conf.fps ? s->conf.fps : 30);
}

static struct source *new_source_locked(struct sender *s, const char *name)
{
	struct source *src = &s->sources[s->nsources];
	int fps = s->conf.fps ? s->conf.fps : 30;

	if (s->nsources == SOURCES)
		abort();
	g_strlcpy(src->name, name, sizeof(src->name));
	src->audio = source_is_audio(name);
	src->nlanes = !src->audio && s->conf.simulcast != PEER_ONE_LAYER ? SENDER_LAYERS : 1;
	src->period_us = src->audio ? SYNTH_OPUS_MS * 1000 : 1000000 / fps;
	src->frames = g_array_new(FALSE, FALSE, sizeof(struct peer_frame));
	for (unsigned i = 0; i < src->nlanes; i++)
		init_lane(s, src, i);
	s->nsources++;
	return src;
}

void sender_add(struct sender *s, const char *source, int mindex)
{
	struct source *src;

	lock_take(&s->lock);
	src = find(s, source);
	if (!src)
		src = new_source_locked(s, source);
	for (unsigned i = 0; i < src->nlanes; i++)
		src->lanes[i].ssrc = src->nlanes > 1 ? sender_layer_ssrc(mindex, (int)i) : 0x10000U + g_random_int_range(0, 0x7fff0000);
	src->mindex = mindex;
	src->due_us = clock_mono_us();
	src->report_us = src->due_us + 100000;
	want_keyframes(src);
	src->active = true;
	cond_broadcast(&s->changed);
	lock_release(&s->lock);
}

void sender_remove(struct sender *s, const char *source)
{
	struct source *src;

	lock_take(&s->lock);
	src = find(s, source);
	if (src)
		src->active = false;
	lock_release(&s->lock);
}

void sender_say(struct sender *s, int level)
{
	atomic_store(&s->level, level);
}

void sender_turn(struct sender *s, int degrees)
{
	atomic_store(&s->turn, degrees < 0 ? -1 : degrees / 90);
}

void sender_layer(struct sender *s, const char *source, int layer, bool send)
{
	struct source *src;

	lock_take(&s->lock);
	src = find(s, source);
	src->lanes[layer].want_keyframe = src->lanes[layer].off && send;
	src->lanes[layer].off = !send;
	lock_release(&s->lock);
}

void sender_freeze(struct sender *s, const char *source, bool freeze)
{
	lock_take(&s->lock);
	for (unsigned n = 0; n < s->nsources; n++)
		if (!source || !strcmp(s->sources[n].name, source))
			s->sources[n].frozen = freeze;
	lock_release(&s->lock);
}

void sender_trick(struct sender *s, const char *source, enum peer_trick trick, bool on)
{
	struct source *src;

	lock_take(&s->lock);
	src = find(s, source);
	src->tricks = on ? src->tricks | 1U << trick : src->tricks & ~(1U << trick);
	lock_release(&s->lock);
}

void sender_camera(struct sender *s, const char *source, int width, int height)
{
	struct source *src;

	lock_take(&s->lock);
	src = find(s, source);
	synth_video_unref(&src->lanes[0].video);
	src->lanes[0].video = synth_video_create(width, height, s->conf.fps ? s->conf.fps : 30);
	src->lanes[0].want_keyframe = true;
	lock_release(&s->lock);
}

struct peer_frame *sender_frames(struct sender *s, const char *source, unsigned *n)
{
	struct peer_frame *copy = NULL;
	struct source *src;

	*n = 0;
	lock_take(&s->lock);
	src = find(s, source);
	if (src) {
		*n = src->frames->len;
		copy = g_memdup2(src->frames->data, src->frames->len * sizeof(*copy));
	}
	lock_release(&s->lock);
	return copy;
}

unsigned sender_packets(struct sender *s, const char *source)
{
	struct source *src;
	unsigned n;

	lock_take(&s->lock);
	src = find(s, source);
	n = src ? src->delivered : 0;
	lock_release(&s->lock);
	return n;
}

bool sender_wait_frames(struct sender *s, const char *source, unsigned n, int timeout_ms)
{
	int64_t deadline_us = clock_mono_us() + timeout_ms * INT64_C(1000);
	struct source *src;
	bool reached;

	lock_take(&s->lock);
	src = find(s, source);
	while (!(reached = src && src->frames->len >= n) && cond_wait_until(&s->changed, &s->lock, deadline_us))
		;
	lock_release(&s->lock);
	return reached;
}

void sender_stop(struct sender *s)
{
	bool was;

	lock_take(&s->lock);
	was = s->stop;
	s->stop = true;
	cond_broadcast(&s->changed);
	lock_release(&s->lock);
	if (!was) {
		fake_on_pli(s->h, NULL, NULL);
		pthread_join(s->thread, NULL);
	}
}

void sender_free(struct sender *s)
{
	for (unsigned n = 0; n < s->nsources; n++) {
		for (unsigned i = 0; i < s->sources[n].nlanes; i++)
			synth_video_unref(&s->sources[n].lanes[i].video);
		g_array_free(s->sources[n].frames, TRUE);
	}
	g_sequence_free(s->net);
	g_rand_free(s->rand);
	lock_destroy(&s->lock);
	cond_destroy(&s->changed);
	g_free(s);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A publisher; everything but creation and printing runs on a loop thread.
 *
 *	its clock ─▶ picture or packet due? ─▶ bytes ─▶ RTP, SRTP ─▶ history ─┬▶ network: loss, delay, jitter ─▶ loop_send
 *	                                         NACK ─▶ history ─────────────┘
 *
 * What is late because the machine is busy is sent all the same, as soon as possible, and counted.
 */
#include "tests/bench/generator/publisher.h"

#include <glib.h>
#include <libavutil/intreadwrite.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "common/sync.h"
#include "tests/bench/generator/rtcp.h"
#include "tests/plugin/synth.h"

enum {
	PAYLOAD_MAX = 1100, HISTORY = 256, HEADER = 12, VP8_HEADER = 4,
	REPORT_US = 1000000, LATE_US = 20000, AUDIO_US = 20000, VIDEO_RATE = 90000, AUDIO_RATE = 48000,
};

struct sent {
	int64_t capture_us;
	uint32_t number;
	uint16_t position, packets, withheld;
};

struct source {
	bool video;
	uint32_t ssrc, ts0, number, packets, bytes, rate;
	uint16_t seq;
	double period_us;          /* on the sender's clock */
	int64_t report_us;
	GArray *log;               /* struct sent */
};

struct publisher {
	struct publisher_conf conf;
	struct peer *peer;
	GRand *rand;
	struct source video, audio;
	unsigned position;
	bool keyframe, red;
	uint8_t previous[SYNTH_OPUS_MAX];   /* for redundancy */
	size_t previous_len;
	struct packet *history[HISTORY];
};

static struct {
	atomic_int_fast64_t begin_us, late_us;
	atomic_bool ended;
	atomic_uint_fast64_t packets, pictures, withheld, repeated, keyframes_asked, nacks, forgotten, late;
} all;

static void source_init(struct source *s, GRand *rand, bool video)
{
	s->video = video;
	s->ssrc = g_rand_int(rand);
	s->ts0 = g_rand_int(rand);
	s->seq = (uint16_t)g_rand_int(rand);
	s->rate = video ? VIDEO_RATE : AUDIO_RATE;
	s->period_us = video ? 1e6 / MEDIA_FPS : AUDIO_US;
	s->log = g_array_new(FALSE, TRUE, sizeof(struct sent));
}

struct publisher *publisher_create(const struct publisher_conf *conf)
{
	struct publisher *p = g_new0(struct publisher, 1);

	p->conf = *conf;
	p->rand = g_rand_new_with_seed((guint32)(conf->seed + conf->index * 7919));
	p->keyframe = true;
	source_init(&p->video, p->rand, true);
	source_init(&p->audio, p->rand, false);
	return p;
}

static void publisher_free(void *arg)
{
	struct publisher *p = arg;

	for (int i = 0; i < HISTORY; i++)
		g_free(p->history[i]);
	g_array_unref(p->video.log);
	g_array_unref(p->audio.log);
	g_rand_free(p->rand);
	g_free(p);
}

void publisher_set_peer(struct publisher *p, struct peer *peer)
{
	p->peer = peer;
}

void publisher_set_red(struct publisher *p, bool red)
{
	p->red = red;
}

uint32_t publisher_ssrc(const struct publisher *p, bool video)
{
	return video ? p->video.ssrc : p->audio.ssrc;
}

void publishers_begin(int64_t at_us)
{
	atomic_store(&all.begin_us, at_us);
}

void publishers_end(void)
{
	atomic_store(&all.ended, true);
}

struct publishers_stats publishers_stats(void)
{
	return (struct publishers_stats){
		.packets = atomic_load(&all.packets), .pictures = atomic_load(&all.pictures), .withheld = atomic_load(&all.withheld),
		.repeated = atomic_load(&all.repeated), .keyframes_asked = atomic_load(&all.keyframes_asked), .nacks = atomic_load(&all.nacks),
		.forgotten = atomic_load(&all.forgotten), .late = atomic_load(&all.late), .late_us = atomic_load(&all.late_us),
	};
}

/* --- the clock --- */

static int64_t start_of(const struct publisher *p)
{
	return atomic_load(&all.begin_us) + (int64_t)(p->conf.index * 10007 % (1000000 / MEDIA_FPS));
}

/* What the sender's clock says has passed since its start. */
static double own_us(const struct publisher *p, int64_t now_us)
{
	return (double)(now_us - start_of(p)) * (1 + p->conf.skew_ppm / 1e6);
}

static int64_t capture_us(const struct publisher *p, const struct source *s)
{
	return start_of(p) + llround(s->number * s->period_us / (1 + p->conf.skew_ppm / 1e6));
}

static uint32_t rtp_time(const struct source *s)
{
	return s->ts0 + (uint32_t)llround(s->number * s->period_us * s->rate / 1e6);
}

/* --- the network --- */

/* True when the packet is withheld. */
static bool hand_out(struct publisher *p, struct packet *packet, const struct source *s, int64_t from_us)
{
	const struct publisher_conf *c = &p->conf;

	if (c->loss > 0 && g_rand_double(p->rand) < c->loss) {
		loop_drop(peer_loop(p->peer), packet);
		atomic_fetch_add(&all.withheld, 1);
		return true;
	}
	if (!s->video)
		from_us += c->audio_delay_ms * 1000;
	if (c->jitter_ms > 0)
		from_us += g_rand_int_range(p->rand, 0, c->jitter_ms * 1000);
	if (c->reorder > 0 && g_rand_double(p->rand) < c->reorder)
		from_us += c->reorder_ms * 1000;
	loop_send(peer_loop(p->peer), packet, from_us);
	return false;
}

static void remember(struct publisher *p, const struct packet *packet, uint16_t seq)
{
	struct packet **at = &p->history[seq % HISTORY];

	if (!*at)
		*at = g_new(struct packet, 1);
	memcpy(*at, packet, offsetof(struct packet, data) + packet->len);
}

static void repeat(struct publisher *p, uint16_t seq, int64_t now_us)
{
	const struct packet *old = p->history[seq % HISTORY];
	struct packet *packet;

	if (!old || AV_RB16(old->data + 2) != seq) {
		atomic_fetch_add(&all.forgotten, 1);
		return;
	}
	packet = loop_packet(peer_loop(p->peer));
	memcpy(packet, old, offsetof(struct packet, data) + old->len);
	packet->next = NULL;
	atomic_fetch_add(&all.repeated, 1);
	hand_out(p, packet, &p->video, now_us);
}

/* --- packets --- */

static struct packet *begin_packet(struct publisher *p, const struct source *s, unsigned pt, bool marker)
{
	struct packet *packet = loop_packet(peer_loop(p->peer));

	packet->data[0] = 0x80;
	packet->data[1] = (uint8_t)(pt | (marker ? 0x80 : 0));
	AV_WB16(packet->data + 2, s->seq);
	AV_WB32(packet->data + 4, rtp_time(s));
	AV_WB32(packet->data + 8, s->ssrc);
	packet->len = HEADER;
	return packet;
}

static void finish_packet(struct publisher *p, struct source *s, struct packet *packet, struct sent *sent)
{
	s->packets++;
	s->bytes += (uint32_t)(packet->len - HEADER);
	sent->packets++;
	if (!peer_protect(p->peer, packet))
		g_error("libsrtp refused a packet");
	if (s->video)
		remember(p, packet, s->seq);
	sent->withheld += hand_out(p, packet, s, sent->capture_us);
	s->seq++;
	atomic_fetch_add(&all.packets, 1);
}

/* RFC 7741: a descriptor with a picture number of 15 bits, as browsers send it. */
static void send_picture(struct publisher *p, struct sent *sent)
{
	struct source *s = &p->video;
	uint8_t frame[MEDIA_FRAME_MAX];
	size_t len = media_picture(p->conf.media, p->position, s->number, frame);

	for (size_t at = 0; at < len; at += PAYLOAD_MAX) {
		size_t n = MIN(len - at, (size_t)PAYLOAD_MAX);
		struct packet *packet = begin_packet(p, s, PT_VP8, at + n == len);
		uint8_t *d = packet->data + HEADER;

		d[0] = at ? 0x80 : 0x90;
		d[1] = 0x80;
		AV_WB16(d + 2, 0x8000 | (s->number & 0x7fff));
		memcpy(d + VP8_HEADER, frame + at, n);
		packet->len += VP8_HEADER + n;
		finish_packet(p, s, packet, sent);
	}
}

/* RFC 2198: the packet before in front of this one. */
static size_t put_red(struct publisher *p, uint8_t *d, const uint8_t *opus, size_t len)
{
	size_t n = 0;

	if (p->previous_len) {
		d[n++] = 0x80 | PT_OPUS;
		AV_WB24(d + n, (unsigned)(AUDIO_RATE / 50) << 10 | (unsigned)p->previous_len);
		n += 3;
	}
	d[n++] = PT_OPUS;
	memcpy(d + n, p->previous, p->previous_len);
	n += p->previous_len;
	memcpy(d + n, opus, len);
	memcpy(p->previous, opus, len);
	p->previous_len = len;
	return n + len;
}

static void send_sound(struct publisher *p, struct sent *sent)
{
	struct source *s = &p->audio;
	struct packet *packet = begin_packet(p, s, p->red ? PT_RED : PT_OPUS, s->number == 0);
	uint8_t opus[SYNTH_OPUS_MAX];
	size_t len = synth_opus(opus, s->number);

	if (p->red)
		len = put_red(p, packet->data + HEADER, opus, len);
	else
		memcpy(packet->data + HEADER, opus, len);
	packet->len += len;
	finish_packet(p, s, packet, sent);
}

static void send_report(struct publisher *p, struct source *s, int64_t now_us)
{
	double own = own_us(p, now_us);
	struct rtcp_report r = { .ssrc = s->ssrc, .packets = s->packets, .bytes = s->bytes,
				 .rtp = s->ts0 + (uint32_t)llround(own * s->rate / 1e6),
				 .wall_us = 1700000000000000 + llround(own) };   /* its wall clock is nobody else's */
	struct packet *packet = loop_packet(peer_loop(p->peer));

	packet->len = rtcp_report(packet->data, &r);
	peer_send_rtcp(p->peer, packet, now_us + (s->video ? 0 : p->conf.audio_delay_ms * 1000));
	s->report_us = now_us + REPORT_US;
}

/* --- in time --- */

static void note_late(int64_t late_us)
{
	if (late_us > atomic_load(&all.late_us))
		atomic_store(&all.late_us, late_us);
	if (late_us > LATE_US)
		atomic_fetch_add(&all.late, 1);
}

static void capture(struct publisher *p, struct source *s, int64_t now_us)
{
	struct sent sent = { .number = s->number, .capture_us = capture_us(p, s) };

	note_late(now_us - sent.capture_us);
	if (s->video) {
		if (p->keyframe || p->position >= MEDIA_GOP)
			p->position = 0;
		p->keyframe = false;
		sent.position = (uint16_t)p->position;
		send_picture(p, &sent);
		p->position++;
		atomic_fetch_add(&all.pictures, 1);
	} else {
		send_sound(p, &sent);
	}
	s->number++;
	g_array_append_val(s->log, sent);
}

static void source_tick(struct publisher *p, struct source *s, int64_t now_us)
{
	while (!atomic_load(&all.ended) && capture_us(p, s) <= now_us)
		capture(p, s, now_us);
	if (s->packets && now_us >= s->report_us)
		send_report(p, s, now_us);
}

static void on_tick(void *arg, int64_t now_us)
{
	struct publisher *p = arg;

	if (!atomic_load(&all.begin_us))
		return;
	if (p->conf.media)
		source_tick(p, &p->video, now_us);
	source_tick(p, &p->audio, now_us);
}

static void on_rtcp(void *arg, const uint8_t *data, size_t len, int64_t now_us)
{
	struct publisher *p = arg;
	struct rtcp_feedback f;

	rtcp_read_feedback(&f, p->video.ssrc, data, len);
	p->keyframe |= f.keyframe;
	atomic_fetch_add(&all.keyframes_asked, f.keyframe);
	atomic_fetch_add(&all.nacks, f.n);
	for (unsigned i = 0; i < f.n; i++)
		repeat(p, f.seq[i], now_us);
}

const struct peer_user publisher_user = { .tick = on_tick, .on_rtcp = on_rtcp, .free = publisher_free };

static void print_source(const struct source *s, FILE *out)
{
	for (guint i = 0; i < s->log->len; i++) {
		const struct sent *f = &g_array_index(s->log, struct sent, i);

		fprintf(out, "%s %u %" G_GINT64_FORMAT " %u %u %u\n", s->video ? "video" : "audio", f->number, f->capture_us, f->position, f->packets, f->withheld);
	}
}

void publisher_print(const struct publisher *p, FILE *out)
{
	print_source(&p->video, out);
	print_source(&p->audio, out);
}

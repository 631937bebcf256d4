/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The selector with what numbers its packets, against a receiver that knows what each picture rests on.
 */
#include "plugins/selector.c"
#include "plugins/pictures.h"
#include "plugins/rewrite.h"
#include "layer_packets.h"
#include "test.h"
#include <time.h>

enum { PICTURE_MS = 33, SUBS = 3, SHIFT = 77777 };

static bool key8(const uint8_t *p, size_t len)
{
	struct vp8_descriptor d;

	return !vp8_descriptor(&d, p, len) && d.start && !(p[d.size] & 1);
}

static bool key9(const uint8_t *p, size_t len)
{
	struct vp9_descriptor d;

	return !vp9_descriptor(&d, p, len) && d.start && !d.inter && d.sid <= 0;
}

/* The receiver: which pictures it has, by substream and layer, and whether numbers go on. */
struct receiver {
	bool has[LAYERS_SPATIAL][LAYERS_TEMPORAL]; /* the newest picture of that layer came */
	bool started;
	uint16_t seq;
	uint32_t ts;
	int picture, tl0;
	unsigned pictures, switches, broken;
};

struct sim {
	struct layers layers;
	struct selector select;
	struct pictures pictures;
	struct rewrite numbers;
	struct receiver rx;
	int64_t ms;
	unsigned n[SUBS];          /* place in the pattern */
	int picture[SUBS], tl0[SUBS];
	uint16_t seq[SUBS];
	bool off[SUBS];
	bool key_due, vp9;
	int64_t key_ms;
	unsigned asks;
	int sent_of;               /* substream that was sent last */
	int rtt_ms;
};

static void sim_begin(struct sim *s, int64_t up_us, bool vp9)
{
	static const struct layers_conf conf = { .n = SUBS, .ssrcs = { 1, 2, 3 } };

	memset(s, 0, sizeof(*s));
	layers_init(&s->layers, vp9 ? NULL : &conf, vp9 ? "vp9" : "vp8", vp9 ? key9 : key8);
	selector_init(&s->select, up_us);
	pictures_init(&s->pictures);
	rewrite_init(&s->numbers);
	s->vp9 = vp9;
	s->ms = 1000;
	s->rtt_ms = 50;
	s->picture[1] = 32700;     /* numbers and times of substreams have nothing to do with each other */
	s->tl0[2] = 250;
	s->seq[1] = 65500;
}

/* Does what the picture rests on lie at the receiver? */
static bool decodable(const struct receiver *rx, const struct layer_tag *t)
{
	if (t->keyframe)
		return true;
	if (t->vp9)
		return (t->spatial == 0 || rx->has[t->spatial - 1][t->temporal]) && (!t->inter || rx->has[t->spatial][0]) &&
		       (!t->inter || t->temporal == 0 || rx->has[t->spatial][t->temporal - 1]);
	if (t->temporal == 0 || t->sync)
		return rx->has[0][0];
	for (int k = 0; k <= t->temporal; k++)
		if (!rx->has[0][k])
			return false;
	return true;
}

static void receive_picture(struct receiver *rx, const struct layer_tag *t)
{
	if (!decodable(rx, t))
		rx->broken++;
	if (t->keyframe)
		memset(rx->has, 0, sizeof(rx->has));
	rx->has[t->spatial][t->temporal] = true;
	rx->pictures++;
}

/* A packet of the present substream that did not come: what rests on its picture breaks. */
static void miss_picture(struct receiver *rx, const struct layer_tag *t)
{
	if (t->vp9 || t->temporal)
		rx->has[t->spatial][t->temporal] = false;
}

static void check_numbers(struct receiver *rx, uint16_t seq, uint32_t ts, int picture, int tl0, const struct layer_tag *t)
{
	if (rx->started) {
		CHECK_INT(seq, (uint16_t)(rx->seq + 1));
		CHECK((int32_t)(ts - rx->ts) >= 0 && (int32_t)(ts - rx->ts) < 90 * 1100);
		if (ts != rx->ts && !t->vp9)
			CHECK_INT(picture, (rx->picture + 1) & 0x7fff);
		if (ts != rx->ts && t->temporal == 0 && t->spatial == 0)
			CHECK_INT(tl0, (rx->tl0 + 1) & 0xff);
	}
	rx->started = true;
	rx->seq = seq;
	rx->ts = ts;
	rx->picture = picture;
	rx->tl0 = tl0;
}

static void forward(struct sim *s, const struct layer_packet *p, const struct layer_tag *t, const struct selection *d)
{
	uint16_t seq = p->rtp.seq;
	uint32_t ts = p->rtp.ts, shift = 0;
	unsigned id = 0;
	uint8_t tl0 = 0;

	if (d->what == SELECT_SKIP)
		return;
	if (d->what == SELECT_SWITCH) {
		shift = (uint32_t)(t->substream - s->sent_of) * SHIFT;
		s->sent_of = t->substream;
		s->rx.switches++;
		pictures_cut(&s->pictures);
		rewrite_layer(&s->numbers, shift);
	}
	if (pictures_is_new(&s->pictures, &t->picture))
		pictures_add(&s->pictures, &t->picture, t->tl0, s->vp9 || d->what != SELECT_DROP);
	if (d->what == SELECT_DROP) {
		rewrite_drop(&s->numbers, seq);
		if (t->start)
			miss_picture(&s->rx, t);
		return;
	}
	CHECK(pictures_map(&s->pictures, &t->picture, t->tl0, &id, &tl0));
	CHECK(rewrite_packet(&s->numbers, 90000, s->ms * 1000, &seq, &ts));
	check_numbers(&s->rx, seq, ts, (int)id, tl0, t);
	if (t->start)
		receive_picture(&s->rx, t);
}

static struct selection give(struct sim *s, struct layer_packet *p)
{
	struct layer_tag t;
	struct selection d;

	CHECK(layers_packet(&s->layers, p->data, &p->rtp, s->ms * 1000, &t));
	d = selector_packet(&s->select, &s->layers, &t, p->rtp.ts, s->ms * 1000);
	if (d.ask) {
		s->asks++;
		if (!s->key_due)
			s->key_ms = s->ms + s->rtt_ms;
		s->key_due = true;
	}
	forward(s, p, &t, &d);
	return d;
}

/* One picture of a VP8 substream, in two packets; temporal layers 0 2 1 2. */
static void picture8(struct sim *s, int i, bool key)
{
	static const int tids[4] = { 0, 2, 1, 2 };
	unsigned n;
	struct layer_packet_conf c = { .ssrc = (uint32_t)i + 1, .ts = (uint32_t)(s->ms * 90) + (uint32_t)i * SHIFT, .keyframe = key };
	struct layer_packet p;

	if (key)
		s->n[i] = (s->n[i] + 7) & ~7u;     /* the pattern begins anew */
	n = s->n[i]++;
	c.tid = tids[n % 4];
	c.sync = n % 8 == 1 || n % 8 == 2 || n % 8 == 3;
	c.picture = s->picture[i]++;
	s->tl0[i] += c.tid == 0;
	c.tl0 = s->tl0[i];
	for (int k = 0; k < 2; k++) {
		c.start = k == 0;
		c.keyframe = key;
		c.marker = k == 1;
		c.seq = s->seq[i]++;
		vp8_packet(&p, &c);
		give(s, &p);
	}
}

static void picture9(struct sim *s, bool key)
{
	unsigned n;
	int marks = 0;

	s->n[0] += key && s->n[0] % 2;
	n = s->n[0]++;
	s->tl0[0] += n % 2 == 0;
	for (int i = 0; i < LAYERS_SPATIAL; i++) {
		struct layer_packet_conf c = { .ssrc = 1, .ts = (uint32_t)(s->ms * 90), .seq = s->seq[0]++, .sid = i, .tid = n % 2, .start = true, .end = true,
					       .inter = !key, .picture = (int)n & 0x7fff, .tl0 = s->tl0[0], .sync = n % 2 == 0, .marker = i == 2 };
		struct layer_packet p;
		struct selection d;

		vp9_packet(&p, &c);
		d = give(s, &p);
		marks += d.what >= SELECT_SEND && (d.marker || c.marker);
		CHECK(d.what < SELECT_SEND || !d.marker || s->select.now.spatial == i);
	}
	CHECK(marks == 1 || s->select.now.substream < 0 || s->select.now.temporal < (int)n % 2);
}

static void run(struct sim *s, int ms)
{
	for (int64_t until = s->ms + ms; s->ms < until; s->ms += PICTURE_MS) {
		bool key = s->ms == 1000 || (s->key_due && s->ms >= s->key_ms);

		if (key)
			s->key_due = false;
		if (s->vp9)
			picture9(s, key);
		for (int i = 0; i < SUBS && !s->vp9; i++)
			if (!s->off[i])
				picture8(s, i, key);
	}
}

static void test_highest_at_once(void)
{
	struct sim s;

	sim_begin(&s, 0, false);
	run(&s, 1000);
	CHECK_INT(s.select.now.substream, 2);
	CHECK_INT(s.select.now.temporal, LAYERS_TEMPORAL - 1);
	CHECK(s.rx.pictures >= 28 && s.rx.broken == 0 && s.rx.switches <= 3);
}

static void test_by_request_down_and_up(void)
{
	struct sim s;

	sim_begin(&s, 0, false);
	run(&s, 1000);
	s.select.max.substream = 0;
	run(&s, 20);                       /* the keyframe has not come: the old one goes on */
	CHECK_INT(s.select.now.substream, 2);
	run(&s, 300);
	CHECK_INT(s.select.now.substream, 0);
	s.select.max.substream = 1;
	run(&s, 300);
	CHECK_INT(s.select.now.substream, 1);
	s.select.max = layer_limit_none;
	run(&s, 300);
	CHECK_INT(s.select.now.substream, 2);
	CHECK(s.rx.broken == 0 && s.rx.pictures >= 55);
	CHECK(s.asks <= 5);
}

static void test_sender_drops_and_brings_back(void)
{
	struct sim s;
	unsigned before;

	sim_begin(&s, 0, false);
	run(&s, 1000);
	s.off[2] = true;
	run(&s, 600);
	CHECK_INT(s.select.now.substream, 1);
	s.off[1] = true;
	run(&s, 600);
	CHECK_INT(s.select.now.substream, 0);
	before = s.rx.pictures;
	run(&s, 1000);
	CHECK(s.rx.pictures >= before + 30);
	s.off[1] = s.off[2] = false;
	run(&s, 600);
	CHECK_INT(s.select.now.substream, 2);
	CHECK_INT(s.rx.broken, 0);
}

static void test_recording_does_not_flap(void)
{
	struct sim s;
	unsigned before;

	sim_begin(&s, 1000000, false);
	run(&s, 1000);
	s.off[2] = true;
	run(&s, 600);
	CHECK_INT(s.select.now.substream, 1);
	before = s.rx.switches;
	for (int i = 0; i < 10; i++) {             /* there for 600 ms, away for 600 ms */
		s.off[2] = i & 1;
		run(&s, 600);
	}
	CHECK_INT(s.rx.switches, before);
	s.off[2] = false;
	run(&s, 1500);
	CHECK_INT(s.select.now.substream, 2);
	CHECK_INT(s.rx.broken, 0);
}

/* A sender that ignores requests is not flooded. */
static void test_asks_ever_less_often(void)
{
	struct sim s;

	sim_begin(&s, 0, false);
	run(&s, 1000);
	s.rtt_ms = 1 << 30;
	s.asks = 0;
	s.select.max.substream = 0;
	run(&s, 20000);
	CHECK_INT(s.select.now.substream, 2);
	CHECK(s.asks >= 5 && s.asks <= 9);
	CHECK_INT(s.rx.broken, 0);
}

static void test_temporal_layers(void)
{
	struct sim s;
	unsigned before;

	sim_begin(&s, 0, false);
	run(&s, 1000);
	before = s.rx.pictures;
	s.select.max.temporal = 0;
	run(&s, 4000);
	CHECK_NEAR(s.rx.pictures - before, 30, 3);         /* a quarter of 120 */
	before = s.rx.pictures;
	s.select.max.temporal = 1;
	run(&s, 4000);
	CHECK_NEAR(s.rx.pictures - before, 60, 4);
	before = s.rx.pictures;
	s.select.max.temporal = 3;
	run(&s, 4000);
	CHECK_NEAR(s.rx.pictures - before, 121, 6);
	CHECK_INT(s.rx.broken, 0);
}

static void test_vp9_spatial_and_temporal(void)
{
	struct sim s;

	sim_begin(&s, 0, true);
	run(&s, 1000);
	CHECK(s.select.now.spatial == 2 && s.rx.broken == 0);
	s.select.max.spatial = 0;
	run(&s, 100);
	CHECK(s.select.now.spatial == 0 && s.rx.broken == 0);
	s.rtt_ms = 400;
	s.asks = 0;
	s.select.max.spatial = 2;
	run(&s, 300);
	CHECK(s.select.now.spatial == 0 && s.asks == 1);   /* no keyframe has come */
	run(&s, 300);
	CHECK(s.select.now.spatial == 2 && s.rx.broken == 0);
	s.select.max.temporal = 0;
	run(&s, 1000);
	CHECK_INT(s.select.now.temporal, 0);
	s.select.max.temporal = 1;
	run(&s, 100);
	CHECK(s.select.now.temporal == 1 && s.rx.broken == 0);
}

/* Limits, senders and keyframes at random: whatever is sent can be decoded, and numbers go on. */
static void test_random(void)
{
	unsigned seed = getenv("RECROOM_SEED") ? (unsigned)strtoul(getenv("RECROOM_SEED"), NULL, 10) : (unsigned)time(NULL);

	printf("seed %u\n", seed);
	for (int k = 0; k < 40; k++) {
		struct sim s;

		sim_begin(&s, k & 2 ? 1000000 : 0, k & 1);
		for (int i = 0; i < 60; i++) {
			s.select.max = (struct layer_limit){ (int)(rand_r(&seed) % 3), (int)(rand_r(&seed) % 3), (int)(rand_r(&seed) % 4) };
			s.off[1 + rand_r(&seed) % 2] = rand_r(&seed) % 3 == 0;
			s.rtt_ms = (int)(rand_r(&seed) % 300);
			s.key_due = s.key_due || rand_r(&seed) % 4 == 0;
			run(&s, 33 + (int)(rand_r(&seed) % 900));
		}
		CHECK_INT(s.rx.broken, 0);
		CHECK(s.rx.pictures > 300);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_highest_at_once), TEST(test_by_request_down_and_up), TEST(test_sender_drops_and_brings_back), TEST(test_recording_does_not_flap),
		TEST(test_asks_ever_less_often), TEST(test_temporal_layers), TEST(test_vp9_spatial_and_temporal), TEST(test_random),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libavcodec/packet.h>
#include <libavutil/error.h>
#include "common/sync.h"
#include "tests/unit/test.h"
#include "postprocess/encode_video.h"

/* An encoder whose packets are numbers, and that stands still at its first frame until it is let go. */
static struct lock gate_lock = LOCK_INIT;
static struct cond gate_moved;
static bool gate_shut, at_gate;

static int fake_create(struct video_encoder **out, const char *codec, const struct output_spec *spec)
{
	(void)codec;
	(void)spec;
	*out = g_malloc(1);
	return 0;
}

static void fake_unref(struct video_encoder **e)
{
	g_free(*e);
	*e = NULL;
}

static int fake_put(struct video_encoder *e, AVFrame *f, GPtrArray *packets)
{
	AVPacket *pkt = f ? av_packet_alloc() : NULL;

	(void)e;
	lock_take(&gate_lock);
	at_gate = true;
	cond_broadcast(&gate_moved);
	while (gate_shut)
		cond_wait(&gate_moved, &gate_lock);
	lock_release(&gate_lock);
	if (pkt) {
		pkt->pts = f->pts;
		g_ptr_array_add(packets, pkt);
	}
	return 0;
}
#define video_encoder_create fake_create
#define video_encoder_unref fake_unref
#define video_encoder_put fake_put
#include "postprocess/segment.c"

static const struct output_spec spec = { .width = 64, .height = 64, .fps = 10, .segment_ms = 1000 };

static void put(struct segmenter *s, int64_t n)
{
	AVFrame *f = av_frame_alloc();

	f->pts = n;
	CHECK_INT(segmenter_put(s, n / 10, f), 0);
}

static void set_gate(bool shut)
{
	lock_take(&gate_lock);
	gate_shut = shut;
	at_gate = at_gate && !shut;
	cond_broadcast(&gate_moved);
	lock_release(&gate_lock);
}

static void wait_at_gate(void)
{
	lock_take(&gate_lock);
	while (!at_gate)
		cond_wait(&gate_moved, &gate_lock);
	lock_release(&gate_lock);
}

/* All frames come out, in order. */
static void check_all(struct segmenter *s, int64_t frames)
{
	GPtrArray *packets;
	int64_t next = 0;
	int err;

	while (!(err = segmenter_take(s, clock_mono_us() + 10000000, &packets))) {
		for (guint i = 0; i < packets->len; i++)
			CHECK_INT(((AVPacket *)packets->pdata[i])->pts, next++);
		g_ptr_array_unref(packets);
	}
	CHECK_INT(err, AVERROR_EOF);
	CHECK_INT(next, frames);
}

static void test_in_order(void)
{
	struct segmenter *s;

	CHECK_INT(segmenter_create(&s, "vp8", &spec, 3, 100, false), 0);
	for (int64_t n = 0; n < 75; n++)
		put(s, n);
	segmenter_end(s, 0);
	check_all(s, 75);
	segmenter_unref(&s);
}

/* The call ends, and so do the frames, while a low thread that gets no processor still holds a segment: somebody must be there to take it. */
static void test_the_last_one_is_taken_over(void)
{
	struct segmenter *s;

	CHECK_INT(segmenter_create(&s, "vp8", &spec, 1, 100, true), 0);
	set_gate(true);
	put(s, 0);
	wait_at_gate();
	CHECK_INT(segmenter_hurry(s), 0);
	put(s, 1);
	put(s, 2);
	segmenter_end(s, 0);
	for (int64_t until_us = clock_mono_us() + 50000; clock_mono_us() < until_us;)      /* the new shift finds nothing to do */
		g_usleep(1000);
	set_gate(false);
	check_all(s, 3);
	segmenter_unref(&s);
}

static void test_failure_ends_all(void)
{
	struct segmenter *s;
	GPtrArray *packets;

	CHECK_INT(segmenter_create(&s, "vp8", &spec, 2, 100, true), 0);
	set_gate(true);
	put(s, 0);
	wait_at_gate();
	CHECK_INT(segmenter_hurry(s), 0);
	segmenter_end(s, -EIO);
	CHECK_INT(segmenter_take(s, clock_mono_us() + 10000000, &packets), -EIO);
	set_gate(false);
	segmenter_unref(&s);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_in_order), TEST(test_the_last_one_is_taken_over), TEST(test_failure_ends_all) };

	cond_init(&gate_moved);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The encoder threads and their work. Called by compose: segmenter_put() on the composing thread, segmenter_take() on the one that writes.
 *
 *   composing ─▶ segment 7: frames … ◀─ encoder thread A
 *              ─▶ segment 8: frames … ◀─ encoder thread B      finished, in order ─▶ writing
 *
 * A thread takes the lowest segment nobody has and stays with it to its end, so a segment has one encoder from its first frame on. One lock guards
 * all; encoding happens outside. Threads that work behind a call are low, and low for ever: when it ends, a new shift takes over what they have in
 * hand, encoders included.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include "common/sync.h"
#include "postprocess/encode_video.h"
#include "postprocess/segment.h"

enum { THREADS_MAX = 64, SHIFTS = 2, AHEAD_MAX = 64 };      /* finished segments that wait to be written */

struct piece {
	int64_t number;
	GQueue frames;             /* AVFrame, to be encoded */
	bool complete;             /* no more frames come */
	bool taken, done;
	int shift;                 /* of the thread that took it */
	/* whose it is: the thread's that took it */
	struct video_encoder *encoder;
	GPtrArray *packets;
};

/* An encoder thread. */
struct hand {
	struct segmenter *segmenter;
	int shift;
	bool low;
	pthread_t thread;
};

struct segmenter {
	const char *codec;
	const struct output_spec *spec;
	size_t frames_max;
	int threads;               /* of a shift */
	struct hand hands[SHIFTS * THREADS_MAX];
	int nhands;
	struct lock lock;          /* guards everything below */
	struct cond work;          /* frames came, or the end */
	struct cond room;          /* frames went, or the end */
	struct cond ready;         /* a segment was finished, or the end */
	GQueue pieces;             /* struct piece, by number; the first is the next to be taken away */
	size_t waiting;            /* frames in all pieces */
	int shift;                 /* that works */
	bool ended;
	int err;
};

static void packet_free(void *p)
{
	AVPacket *pkt = p;

	av_packet_free(&pkt);
}

static void frame_free(void *p)
{
	AVFrame *f = p;

	av_frame_free(&f);
}

static struct piece *piece_new(int64_t number)
{
	struct piece *p = g_new0(struct piece, 1);

	p->number = number;
	g_queue_init(&p->frames);
	p->packets = g_ptr_array_new_with_free_func(packet_free);
	return p;
}

static void piece_free(void *arg)
{
	struct piece *p = arg;

	g_queue_clear_full(&p->frames, frame_free);
	video_encoder_unref(&p->encoder);
	if (p->packets)
		g_ptr_array_unref(p->packets);
	g_free(p);
}

static void end_locked(struct segmenter *s, int err)
{
	struct piece *last = g_queue_peek_tail(&s->pieces);

	if (!s->err)
		s->err = err;
	s->ended = true;
	if (last)
		last->complete = true;
	cond_broadcast(&s->work);
	cond_broadcast(&s->room);
	cond_broadcast(&s->ready);
}

/* ---- encoder threads ---- */

static struct piece *next_piece_locked(struct segmenter *s)
{
	for (GList *l = s->pieces.head; l; l = l->next)
		if (!((struct piece *)l->data)->taken)
			return l->data;
	return NULL;
}

static bool relieved_locked(const struct hand *h)
{
	return h->shift != h->segmenter->shift;
}

/** Is a piece still with the shift that was relieved? It may be put down at any moment, also after the end. */
static bool held_before_locked(const struct segmenter *s)
{
	for (GList *l = s->pieces.head; l; l = l->next) {
		const struct piece *p = l->data;

		if (p->taken && !p->done && p->shift != s->shift)
			return true;
	}
	return false;
}

/** The next frame of a piece, waiting for it; NULL at its end, when all is over, and when another shift goes on with it. */
static AVFrame *next_frame(struct hand *h, struct piece *p)
{
	struct segmenter *s = h->segmenter;
	AVFrame *f = NULL;

	lock_take(&s->lock);
	while (!s->err && !relieved_locked(h) && !p->complete && g_queue_is_empty(&p->frames))
		cond_wait(&s->work, &s->lock);
	if (!s->err && !relieved_locked(h))
		f = g_queue_pop_head(&p->frames);
	if (f) {
		s->waiting--;
		cond_signal(&s->room);
	}
	lock_release(&s->lock);
	return f;
}

static int encode_frames(struct hand *h, struct piece *p)
{
	int err = p->encoder ? 0 : video_encoder_create(&p->encoder, h->segmenter->codec, h->segmenter->spec);
	AVFrame *f;

	while (!err && (f = next_frame(h, p))) {
		err = video_encoder_put(p->encoder, f, p->packets);
		av_frame_free(&f);
	}
	return err;
}

/** The end of a piece, unless it was put down for the next shift. */
static int end_piece(struct hand *h, struct piece *p)
{
	struct segmenter *s = h->segmenter;
	bool over;
	int err;

	lock_take(&s->lock);
	over = s->err || (p->complete && g_queue_is_empty(&p->frames));
	p->taken = over;
	if (!over)
		cond_broadcast(&s->work);
	lock_release(&s->lock);
	if (!over)
		return 0;
	err = video_encoder_put(p->encoder, NULL, p->packets);
	video_encoder_unref(&p->encoder);      /* 30 MB: not until somebody wants the segment */
	lock_take(&s->lock);
	p->done = !err;
	cond_broadcast(&s->ready);
	cond_broadcast(&s->work);
	lock_release(&s->lock);
	return err;
}

static struct piece *take_piece(struct hand *h)
{
	struct segmenter *s = h->segmenter;
	struct piece *p = NULL;

	lock_take(&s->lock);
	while (!s->err && !relieved_locked(h) && !(p = next_piece_locked(s)) && (!s->ended || held_before_locked(s)))
		cond_wait(&s->work, &s->lock);
	if (s->err || relieved_locked(h))
		p = NULL;
	if (p) {
		p->taken = true;
		p->shift = h->shift;
	}
	lock_release(&s->lock);
	return p;
}

static void *encoder_main(void *arg)
{
	struct hand *h = arg;
	struct piece *p;
	int err = 0;

	if (h->low)
		thread_lower();
	while (!err && (p = take_piece(h))) {
		err = encode_frames(h, p);
		if (!err)
			err = end_piece(h, p);
	}
	if (err)
		segmenter_end(h->segmenter, err);
	return NULL;
}

/* ---- both ends ---- */

/** The piece that frames of `number` belong to; a new number completes the one before. */
static struct piece *piece_of_locked(struct segmenter *s, int64_t number)
{
	struct piece *p = g_queue_peek_tail(&s->pieces);

	if (p && p->number == number)
		return p;
	if (p)
		p->complete = true;
	p = piece_new(number);
	g_queue_push_tail(&s->pieces, p);
	return p;
}

int segmenter_put(struct segmenter *s, int64_t number, AVFrame *frame)
{
	int err;

	lock_take(&s->lock);
	while (!s->err && !s->ended && (s->waiting >= s->frames_max || s->pieces.length > AHEAD_MAX))
		cond_wait(&s->room, &s->lock);
	err = s->err ? s->err : s->ended ? -EPROTO : 0;
	if (!err) {
		g_queue_push_tail(&piece_of_locked(s, number)->frames, frame);
		s->waiting++;
		cond_broadcast(&s->work);
	}
	lock_release(&s->lock);
	if (err)
		av_frame_free(&frame);
	return err;
}

void segmenter_end(struct segmenter *s, int err)
{
	lock_take(&s->lock);
	end_locked(s, err);
	lock_release(&s->lock);
}

/** 0: `p` is finished; -EAGAIN: wait; else the end. */
static int state_locked(const struct segmenter *s, const struct piece *p)
{
	if (s->err)
		return s->err;
	if (p && p->done)
		return 0;
	return !p && s->ended ? AVERROR_EOF : -EAGAIN;
}

int segmenter_take(struct segmenter *s, int64_t deadline_us, GPtrArray **packets)
{
	struct piece *p;
	bool late = false;
	int err;

	lock_take(&s->lock);
	while ((err = state_locked(s, p = g_queue_peek_head(&s->pieces))) == -EAGAIN && !late)
		late = !cond_wait_until(&s->ready, &s->lock, deadline_us);
	if (!err) {
		g_queue_pop_head(&s->pieces);
		cond_signal(&s->room);
	}
	lock_release(&s->lock);
	if (!err) {
		*packets = g_steal_pointer(&p->packets);
		piece_free(p);
	}
	return err;
}

static int start_shift(struct segmenter *s, bool low)
{
	int err = 0;

	for (int i = 0; !err && i < s->threads; i++) {
		struct hand *h = &s->hands[s->nhands];

		*h = (struct hand){ .segmenter = s, .shift = s->shift, .low = low };
		err = thread_start(&h->thread, "encoder", encoder_main, h);
		s->nhands += !err;
	}
	return err;
}

int segmenter_hurry(struct segmenter *s)
{
	if (s->nhands > s->threads)
		return -EALREADY;
	lock_take(&s->lock);
	s->shift++;
	cond_broadcast(&s->work);
	lock_release(&s->lock);
	return start_shift(s, false);
}

int segmenter_create(struct segmenter **out, const char *codec, const struct output_spec *spec, int threads, size_t frames_max, bool low)
{
	struct segmenter *s = g_new0(struct segmenter, 1);
	int err;

	s->codec = codec;
	s->spec = spec;
	s->frames_max = frames_max;
	s->threads = CLAMP(threads, 1, THREADS_MAX);
	lock_init(&s->lock);
	cond_init(&s->work);
	cond_init(&s->room);
	cond_init(&s->ready);
	g_queue_init(&s->pieces);
	err = start_shift(s, low);
	if (err)
		segmenter_unref(&s);
	else
		*out = s;
	return err;
}

void segmenter_unref(struct segmenter **segmenter)
{
	struct segmenter *s = *segmenter;

	if (!s)
		return;
	segmenter_end(s, AVERROR_EXIT);
	for (int i = 0; i < s->nhands; i++)
		pthread_join(s->hands[i].thread, NULL);
	g_queue_clear_full(&s->pieces, piece_free);
	lock_destroy(&s->lock);
	cond_destroy(&s->work);
	cond_destroy(&s->room);
	cond_destroy(&s->ready);
	g_clear_pointer(segmenter, g_free);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The encoder threads and their work. Called by compose: segmenter_put() on the composing thread, segmenter_take() on the one that writes.
 *
 *   composing ─▶ segment 7: frames … ◀─ encoder thread A
 *              ─▶ segment 8: frames … ◀─ encoder thread B      finished, in order ─▶ writing
 *
 * A thread takes the lowest segment nobody has and stays with it to its end, so a segment has one encoder from its first frame on. One lock guards
 * all; encoding happens outside.
 */
#include <errno.h>
#include <libavcodec/avcodec.h>
#include "common/sync.h"
#include "postprocess/encode_video.h"
#include "postprocess/segment.h"

enum { THREADS_MAX = 64, AHEAD_MAX = 64 };      /* finished segments that wait to be written */

struct piece {
	int64_t number;
	GQueue frames;             /* AVFrame, to be encoded */
	bool complete;             /* no more frames come */
	bool taken, done;
	GPtrArray *packets;
};

struct segmenter {
	const char *codec;
	const struct output_spec *spec;
	size_t frames_max;
	pthread_t threads[THREADS_MAX];
	int nthreads;
	struct lock lock;          /* guards everything below */
	struct cond work;          /* frames came, or the end */
	struct cond room;          /* frames went, or the end */
	struct cond ready;         /* a segment was finished, or the end */
	GQueue pieces;             /* struct piece, by number; the first is the next to be taken away */
	size_t waiting;            /* frames in all pieces */
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

/** The next frame of a piece, waiting for it; NULL at its end and when all is over. */
static AVFrame *next_frame(struct segmenter *s, struct piece *p)
{
	AVFrame *f = NULL;

	lock_take(&s->lock);
	while (!s->err && !p->complete && g_queue_is_empty(&p->frames))
		cond_wait(&s->work, &s->lock);
	if (!s->err)
		f = g_queue_pop_head(&p->frames);
	if (f) {
		s->waiting--;
		cond_signal(&s->room);
	}
	lock_release(&s->lock);
	return f;
}

static int encode_piece(struct segmenter *s, struct piece *p)
{
	struct video_encoder *e = NULL;
	int err = video_encoder_create(&e, s->codec, s->spec);
	AVFrame *f;

	while (!err && (f = next_frame(s, p))) {
		err = video_encoder_put(e, f, p->packets);
		av_frame_free(&f);
	}
	if (!err)
		err = video_encoder_put(e, NULL, p->packets);
	video_encoder_unref(&e);
	return err;
}

static struct piece *take_piece(struct segmenter *s)
{
	struct piece *p = NULL;

	lock_take(&s->lock);
	while (!s->err && !(p = next_piece_locked(s)) && !s->ended)
		cond_wait(&s->work, &s->lock);
	if (s->err)
		p = NULL;
	if (p)
		p->taken = true;
	lock_release(&s->lock);
	return p;
}

static void *encoder_main(void *arg)
{
	struct segmenter *s = arg;
	struct piece *p;

	while ((p = take_piece(s))) {
		int err = encode_piece(s, p);

		lock_take(&s->lock);
		p->done = true;
		if (err)
			end_locked(s, err);
		cond_broadcast(&s->ready);
		lock_release(&s->lock);
	}
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

int segmenter_create(struct segmenter **out, const char *codec, const struct output_spec *spec, int threads, size_t frames_max)
{
	struct segmenter *s = g_new0(struct segmenter, 1);
	int err = 0;

	s->codec = codec;
	s->spec = spec;
	s->frames_max = frames_max;
	lock_init(&s->lock);
	cond_init(&s->work);
	cond_init(&s->room);
	cond_init(&s->ready);
	g_queue_init(&s->pieces);
	for (int i = 0; !err && i < CLAMP(threads, 1, THREADS_MAX); i++) {
		err = thread_start(&s->threads[i], "encoder", encoder_main, s);
		s->nthreads += !err;
	}
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
	for (int i = 0; i < s->nthreads; i++)
		pthread_join(s->threads[i], NULL);
	g_queue_clear_full(&s->pieces, piece_free);
	lock_destroy(&s->lock);
	cond_destroy(&s->work);
	cond_destroy(&s->room);
	cond_destroy(&s->ready);
	g_clear_pointer(segmenter, g_free);
}

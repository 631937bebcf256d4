/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The pictures of one camera or screen. Called by scene, on the composing thread.
 *
 *   chunk_reader ─▶ next packet (one ahead) ─▶ its time has come? ─▶ decoder ─▶ the picture shown
 *
 * A decoder lives for one segment and starts at a keyframe; after missing chunks, after an error and after a size nobody sends, it waits for the next
 * keyframe, and what lies between is a gap "decode".
 */
#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include "postprocess/chunk_reader.h"
#include "postprocess/decoder.h"
#include "postprocess/model_build.h"
#include "postprocess/video_source.h"

enum { STALL_MS = 2000 };

struct video_source {
	const struct model_source *source;
	struct chunk_reader *reader;
	AVCodecContext *decoder;
	AVPacket *next;            /* read, not yet due; valid while has_next */
	size_t next_segment;
	bool next_broken;          /* something was skipped in front of it */
	bool has_next, ended, started;
	size_t segment;            /* of the decoder */
	bool waiting;              /* for a keyframe, since broken_ms */
	int64_t broken_ms;
	AVFrame *frame, *scratch;  /* the picture, and room for the one after it */
	bool has_frame;
	int64_t frame_ms;
	size_t frame_segment;
	uint64_t serial;
	unsigned frames;
	struct model_gap *gaps;
	size_t ngaps;
};

static int open_decoder(struct video_source *v)
{
	avcodec_free_context(&v->decoder);
	return decoder_open(&v->decoder, chunk_reader_codec(v->reader));
}

/* ---- what cannot be decoded ---- */

static void break_off(struct video_source *v, int64_t t_ms)
{
	if (!v->waiting)
		v->broken_ms = t_ms;
	v->waiting = true;
}

static void close_gap(struct video_source *v, int64_t t_ms)
{
	struct model_gap *g;

	if (v->waiting && t_ms > v->broken_ms) {
		g = ARRAY_ADD(v->gaps, v->ngaps);
		g->from_ms = v->broken_ms;
		g->to_ms = t_ms;
		g_strlcpy(g->reason, "decode", sizeof(g->reason));
	}
	v->waiting = false;
}

/* ---- packets ---- */

/** Looks ahead, and changes nothing that is seen before the packet's time has come: how far ahead one can look differs. */
static void fetch(struct video_source *v)
{
	int err;

	if (v->has_next || v->ended)
		return;
	err = chunk_reader_next(v->reader, v->next, &v->next_segment);
	v->has_next = !err;
	v->ended = err && err != -EAGAIN;
	v->next_broken = v->has_next && chunk_reader_broken(v->reader);
}

/** The decoder for the next packet's segment, with everything of the last one forgotten but the picture. */
static int enter_segment(struct video_source *v)
{
	if (v->started && v->segment == v->next_segment)
		return 0;
	close_gap(v, v->started ? v->source->segments[v->segment]->to_ms : 0);
	v->started = true;
	v->segment = v->next_segment;
	v->waiting = true;
	v->broken_ms = v->next->pts;
	return open_decoder(v);
}

static void take_picture(struct video_source *v, int64_t t_ms)
{
	AVFrame *f = v->frame;

	v->frame = v->scratch;
	v->scratch = f;
	v->has_frame = true;
	v->frame_ms = t_ms;
	v->frame_segment = v->segment;
	v->serial++;
	v->frames++;
}

static int decode(struct video_source *v, const AVPacket *pkt)
{
	int got = decoder_picture(v->decoder, pkt, v->scratch);

	if (got > 0)
		take_picture(v, pkt->pts);
	return got;
}

static void decode_next(struct video_source *v)
{
	AVPacket *pkt = v->next;
	bool key = decoder_keyframe(pkt, chunk_reader_codec(v->reader)->codec_id);

	if (v->next_broken && v->started && v->next_segment == v->segment)
		break_off(v, pkt->pts);
	if (enter_segment(v) < 0) {
		break_off(v, pkt->pts);
	} else if (v->decoder && (key || !v->waiting)) {
		if (key)
			close_gap(v, pkt->pts);
		if (decode(v, pkt) < 0)
			break_off(v, pkt->pts);
	}
	av_packet_unref(pkt);
	v->has_next = false;
}

/* ---- the picture at a time ---- */

/** How long a picture stays after the last that came: a camera that stalls is not to look like somebody who sits still; a screen may. */
static int64_t shown_until(const struct video_source *v)
{
	int64_t end_ms = v->source->segments[v->frame_segment]->end_ms, until_ms = end_ms == OPEN_MS ? INT64_MAX : end_ms + VIDEO_HOLD_MS;

	if (v->source->screen && !v->waiting)
		return until_ms;
	return MIN(v->frame_ms + STALL_MS, until_ms);
}

enum video_state video_source_at(struct video_source *v, int64_t t_ms, struct video_picture *out)
{
	*out = (struct video_picture){ 0 };
	for (fetch(v); v->has_next && v->next->pts <= t_ms; fetch(v))
		decode_next(v);
	if (model_muted(v->source, t_ms)) {
		v->has_frame = false;      /* what was before the mute never comes back */
		return VIDEO_MUTED;
	}
	if (!v->has_frame || t_ms >= shown_until(v))
		return VIDEO_NONE;
	out->frame = v->frame;
	out->rotation = model_rotation(v->source->segments[v->frame_segment], v->frame_ms);
	out->serial = v->serial;
	return VIDEO_LIVE;
}

void video_source_counts(struct video_source *v, struct video_counts *out)
{
	fetch(v);      /* what is damaged behind the last picture */
	if (v->started)
		close_gap(v, v->has_next ? v->next->pts : v->source->segments[v->segment]->to_ms);
	*out = (struct video_counts){ v->frames, chunk_reader_damaged(v->reader), v->gaps, v->ngaps, .unread = NULL };
	out->unread = chunk_reader_gaps(v->reader, &out->nunread);
}

int video_source_create(struct video_source **out, const struct model *m, const struct model_source *s)
{
	struct video_source *v = g_new0(struct video_source, 1);
	int err;

	v->source = s;
	v->next = av_packet_alloc();
	v->frame = av_frame_alloc();
	v->scratch = av_frame_alloc();
	err = v->next && v->frame && v->scratch ? chunk_reader_create(&v->reader, m, s) : -ENOMEM;
	if (err)
		video_source_unref(&v);
	else
		*out = v;
	return err;
}

void video_source_unref(struct video_source **v)
{
	if (!*v)
		return;
	chunk_reader_unref(&(*v)->reader);
	avcodec_free_context(&(*v)->decoder);
	av_packet_free(&(*v)->next);
	av_frame_free(&(*v)->frame);
	av_frame_free(&(*v)->scratch);
	g_free((*v)->gaps);
	g_clear_pointer(v, g_free);
}

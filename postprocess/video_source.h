/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One source's pictures by recording time. One thread; times asked for never fall.
 */
#pragma once
#include <libavutil/frame.h>
#include "postprocess/model.h"

struct video_source;

/* A picture stays this long after its segment's end: a new size or a reconnection begins a new segment, and is not to flicker. */
enum { VIDEO_HOLD_MS = 500 };

enum video_state { VIDEO_NONE, VIDEO_LIVE, VIDEO_MUTED };

struct video_picture {
	const AVFrame *frame;      /* the source's, until the next call; NULL unless live */
	int rotation;              /* degrees clockwise */
	uint64_t serial;           /* changes with every new picture */
};

/** Borrows model and source. */
int video_source_create(struct video_source **out, const struct model *m, const struct model_source *s);
/** The picture to show at t: the latest whose time has come. Live as long as pictures come (a camera: every 2 s at least), none between segments
 *  and where nothing can be decoded, muted by the timeline. Damage is counted, never returned. */
enum video_state video_source_at(struct video_source *v, int64_t t_ms, struct video_picture *out);

struct video_counts {
	unsigned frames, damaged_chunks;
	const struct model_gap *gaps;      /* undecodable stretches, reason "decode" */
	size_t ngaps;
	const struct model_gap *unread;    /* of chunks that are there and gave nothing: "damaged" "foreign" */
	size_t nunread;
};
/** Of a complete model, after the last picture. */
void video_source_counts(struct video_source *v, struct video_counts *out);
void video_source_unref(struct video_source **v);

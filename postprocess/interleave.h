/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Picture and sound into one sink, in order of time. Gives each video packet its length, the last one up to the end. One thread.
 */
#pragma once
#include <libavcodec/packet.h>
#include "postprocess/sink.h"
#include "postprocess/sound.h"

struct interleave;

/** Borrows sink and sound. fps: of the video packets' pts. */
struct interleave *interleave_create(struct sink *sink, struct sound *sound, int fps);
/** Takes over what pkt refers to, unless it fails. -EAGAIN: the sound before it is not known yet; ask again with the same packet. */
int interleave_video(struct interleave *i, AVPacket *pkt);
/** For outputs without a picture: the sound that begins before a time. 0, or -EAGAIN: it is not known yet. */
int interleave_sound(struct interleave *i, int64_t before_ms);
/** The rest of the sound, the last picture until end_ms. */
int interleave_end(struct interleave *i, int64_t end_ms);
/** Recording time up to which the output is written. */
int64_t interleave_time(const struct interleave *i);
void interleave_unref(struct interleave **i);

/** Recording time in ms of frame n on the grid of fps. */
static inline int64_t grid_ms(int64_t n, int fps)
{
	return (n * 1000 + fps / 2) / fps;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an MP4 must remember about a track's frames until its index can be written, about 350 bytes for a second of picture and sound. One thread.
 */
#pragma once
#include <glib.h>
#include <libavcodec/codec_par.h>
#include <stdbool.h>
#include <stdint.h>

struct mp4_track;

/** rate: units of its time in a second. -EINVAL: MP4 does not hold this codec; -EBADMSG: the encoder did not say what the container must. */
int mp4_track_create(struct mp4_track **out, const AVCodecParameters *par, uint32_t rate);
void mp4_track_unref(struct mp4_track **t);
/** A frame of so many bytes and units, after those before it. */
void mp4_track_frame(struct mp4_track *t, size_t size, int64_t duration, bool keyframe);
/** The frames added since the last chunk lie together from `offset` on. */
void mp4_track_chunk(struct mp4_track *t, int64_t offset);
/** Most bytes that the track's box takes. */
size_t mp4_track_size(const struct mp4_track *t);

struct mp4_track_conf {
	uint32_t id;
	uint32_t movie_rate;       /* units of the movie's time in a second */
	uint64_t length;           /* of what is shown or heard, in these; frames beyond are cut off by the edit list, as is the padding in front */
	int64_t moved;             /* chunks lie so much behind what mp4_track_chunk() was told */
};
/** Appends the trak box. */
void mp4_track_box(const struct mp4_track *t, GByteArray *b, const struct mp4_track_conf *conf);

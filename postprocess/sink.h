/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an output's packets go: a container on disk, or, for measuring and tests, nowhere or into one hash. One thread.
 */
#pragma once
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

enum sink_track { SINK_VIDEO, SINK_AUDIO };

enum { SINK_TICKS = 1000 };                /* of the picture's time, in one place of the frame grid: so the end, a whole millisecond, is a whole number too */

struct sink_conf {
	const char *dir, *name;            /* the file and where it goes, "outputs/2-audio.opus"; it is made under a temporary name */
	const AVCodecParameters *video, *audio;        /* NULL: has none */
	int fps;                           /* the picture's time counts in 1/(fps · SINK_TICKS) s, the sound's in samples */
	const char *title;                 /* "" for none */
};

struct sink_result {
	int64_t size;
	char digest[65];           /* files: SHA-256 of the list of block hashes (checksum.h); md5: of all packets; null: empty */
	char *const *blocks;       /* hex, NULL-terminated; NULL for sinks without a file; the sink's */
};

struct sink_chapter { int64_t from_ms, to_ms; const char *title; };

struct sink;

struct sink_type {
	const char *name;          /* as in output_spec.format, whose row of output_formats says what it can hold */
	int (*open)(void **state, const struct sink_conf *conf);
	/** The packet is borrowed; times (sink_conf.fps) never fall within a track, a sound's may begin below 0 by its padding, what is heard begins at 0; interleaving
	 *  is the caller's. */
	int (*write)(void *state, AVPacket *pkt, enum sink_track track);
	/** gain_q8: of OpusHead. Afterwards everything is durable, still under the temporary name. */
	int (*finish)(void *state, int gain_q8, struct sink_result *r);
	int (*publish)(void *state);       /* the final name */
	void (*close)(void *state);        /* removes what was not published; takes NULL */
	/** Before finish: nobody knows them earlier. NULL: the container cannot have them at its end. */
	int (*chapters)(void *state, const struct sink_chapter *list, size_t n);
};

/** NULL: no such format. */
const struct sink_type *sink_find(const char *format);

int sink_open(struct sink **out, const struct sink_type *type, const struct sink_conf *conf);
int sink_write(struct sink *s, AVPacket *pkt, enum sink_track track);
/** 0 where the container has no place for them. */
int sink_chapters(struct sink *s, const struct sink_chapter *list, size_t n);
int sink_finish(struct sink *s, int gain_q8, struct sink_result *r);
int sink_publish(struct sink *s);
void sink_unref(struct sink **s);

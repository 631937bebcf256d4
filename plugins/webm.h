/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Matroska and WebM files with one track (RFC 8794, RFC 9559), written to memory and walked through again. Timestamps are milliseconds. Pure; one thread per
 * object. A chunk is one cluster in most cases, so a library's buffering, interleaving and probing would only cost: this runs for every frame of a
 * recording, in Janus' process.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct webm_tag { const char *name, *value; };

struct webm_conf {
	const char *doctype;               /* "webm" or "matroska" */
	const char *codec_id;              /* "V_VP8" */
	const uint8_t *private_data;       /* CodecPrivate, borrowed; NULL: none */
	size_t private_len;
	bool video;
	int width, height;                 /* of video */
	unsigned rate_hz, channels;        /* of sound */
	const struct webm_tag *tags;
	size_t ntags;
	size_t expected;                   /* bytes the file will have, as a guess; 0: unknown */
};

struct webm;

void webm_begin(struct webm **out, const struct webm_conf *conf);
/** A frame at t_ms ≥ 0, not before the last one. The data is copied. */
void webm_frame(struct webm *w, const uint8_t *data, size_t len, int64_t t_ms, bool keyframe);
/** Ends the file, which lasts until end_ms; frees and clears w. Caller g_free()s *data. */
void webm_end(struct webm **w, int64_t end_ms, uint8_t **data, size_t *size);
void webm_unref(struct webm **w);

/** What stands in a file. */
struct webm_info {
	char codec_id[32];
	bool video;
	int width, height;
	unsigned rate_hz, channels;
	unsigned frames;
	bool keyframe;                     /* the first frame is one */
	int64_t first_ms, last_ms, end_ms; /* end_ms: as the file says, else the last frame's */
};
/** 0, or -EBADMSG when it is not a whole file with one track as webm_begin() writes it, or has no frame. */
int webm_read(struct webm_info *out, const uint8_t *data, size_t len);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frames to the bytes of one chunk: a complete WebM or Matroska file with one stream and recording time [ms] as timestamps, made in memory. Capture
 * thread.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/ids.h"
#include "common/sha256.h"
#include "plugins/depay.h"

struct chunk;

struct chunk_conf {
	const struct depay *codec;
	unsigned rate_hz, channels;        /* of sound */
	int width, height;                 /* of the segment's first keyframe */
	GBytes *config;                    /* CodecPrivate; NULL: what the codec says for all streams, or none */
	const char *recording;
	struct chunk_name name;
	size_t expected;                   /* bytes it will have, as a guess */
	const char *previous;              /* hash of this source's chunk before, "" for none: a tag */
	int rotation;                      /* of its first picture: a tag */
	int layer;                         /* of simulcast, -1: none: a tag */
};

/** A finished chunk and what its timeline line says. */
struct chunk_file {
	struct chunk_name name;
	char file[NAME_SIZE];
	char sha256[SHA256_HEX];
	bool video, keyframe;              /* keyframe: begins with one, as sound always does */
	int64_t from_ms, end_ms, rtp_first, rtp_last;
	unsigned frames, lost;
	uint8_t *data;                     /* g_malloc'ed */
	size_t size;
};

void chunk_create(struct chunk **out, const struct chunk_conf *conf);
/** Adds a frame at t_ms, later than the one before, that lasts duration_ms. The data is copied. */
void chunk_add(struct chunk *c, const struct frame *f, int64_t t_ms, int64_t duration_ms);
/** Packets lost since the chunk began. */
void chunk_lost(struct chunk *c, unsigned packets);
/** Ends the file; frees and clears c. Caller frees what it gets. */
struct chunk_file *chunk_finish(struct chunk **c);
void chunk_unref(struct chunk **c);
void chunk_file_free(struct chunk_file *f);

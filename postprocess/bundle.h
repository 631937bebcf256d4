/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A bundle: chunk files of one participant as one object in a store, in the format of POSIX tar ("ustar", IEEE Std 1003.1, pax), so that `tar -x` in a
 * recording's directory puts them back without us. The same files give the same bytes. No threads of its own.
 *
 *	chunks/user1_audio_00_000012.webm │ chunks/user1_video_00_000012.webm │ … │ two empty blocks
 *	owner 0, mode 0640, time: when what is in it was recorded
 */
#pragma once
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include "common/ids.h"

enum {
	BUNDLE_BLOCK = 512,
	BUNDLE_BYTES = 8 << 20,            /* a bundle that has so much is closed; a file is never divided */
	BUNDLE_FILE_MAX = 256 << 20,       /* no chunk is larger */
	BUNDLE_FILES_MAX = 65536,          /* in one bundle */
};
#define BUNDLE_FOLDER "chunks/"

/* ---- writing: appended to a byte array, which is the bundle after bundle_end() ---- */

/** One file. `name`: a chunk's; time [s since 1970], not negative. -EINVAL no chunk's name, -EFBIG. */
int bundle_add(GByteArray *out, const char *name, const void *data, size_t len, int64_t time_s);
void bundle_end(GByteArray *out);

/* ---- reading: what comes from a store, in pieces of any size ---- */

struct bundle_reader;
/** What is found, in this order for each file; a name is of a chunk, of the participant asked for, and lives until the next call. Non-zero stops. */
struct bundle_sink {
	int (*begin)(const struct chunk_name *chunk, const char *name, int64_t size, int64_t time_s, void *arg);
	int (*data)(const void *data, size_t len, void *arg);
	int (*end)(void *arg);
	void *arg;
};
/** participant: whose files they must be; NULL: anybody's. Strings and sink are copied. */
struct bundle_reader *bundle_reader_create(const struct bundle_sink *sink, const char *participant);
/** 0, what the sink returned, or -EBADMSG: no such bundle; then nothing more may be fed. */
int bundle_reader_feed(struct bundle_reader *r, const void *data, size_t len);
/** All has come: 0, or -EBADMSG when it was cut off. */
int bundle_reader_end(const struct bundle_reader *r);
void bundle_reader_free(struct bundle_reader *r);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * timeline.jsonl: what happened in a recording, append-only, one JSON object a line. The truth of the capture (ARCHITECTURE.md §3).
 *
 * Writing: one appender per recording, one thread. Reading: anybody, also while it grows.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/sha256.h"

struct timeline;
struct sign_key;

enum { TIMELINE_LINE_MAX = 1 << 20 };

/** Opens for appending, creating it with mode 0660; an unfinished last line (no newline) is cut. */
int timeline_open(struct timeline **out, const char *path);
/** Adds a line (reference stolen, also on failure) to the buffer; compact, no spaces. A `chunk` line gets its `prev` here,
 *  `sealed` and `stop` their `block`. */
int timeline_append(struct timeline *tl, json_t *line);
/** Writes the buffer with one write; syncs if `sync`. On failure the buffer is kept and may be tried again: after a failed sync all that was not
 *  synced is written once more, in its place. */
int timeline_flush(struct timeline *tl, bool sync);
/** Adds the `signature` line; nothing without a key, before `stop`, or when there is one. */
int timeline_sign(struct timeline *tl, const struct sign_key *key);
/** Bytes of all lines so far, those found at the opening included. */
int64_t timeline_size(const struct timeline *tl);
/** The chain hash: SHA-256 of all lines up to the `stop` line, newlines included; "" while there is none. */
const char *timeline_chain(const struct timeline *tl);
/** Flushes nothing; closes. */
void timeline_close(struct timeline **tl);

enum timeline_type {
	TL_UNKNOWN, TL_START, TL_PAUSE, TL_RESUME, TL_STOP, TL_JOINED, TL_LEFT, TL_CONSENT, TL_TRACK, TL_SEGMENT, TL_MUTED, TL_UNMUTED, TL_TALKING,
	TL_STOPPED_TALKING, TL_LAYOUT, TL_CHUNK, TL_SYNC, TL_GAP, TL_SEALED, TL_DEGRADED, TL_RECOVERED, TL_REPAIRED, TL_ERASED, TL_CLOCK, TL_SIGNATURE,
	TL_ROTATION, TL_ENDED, TL_ROLE, TL_EXPIRED
};
/** TL_UNKNOWN for a name this program does not know. */
enum timeline_type timeline_type_of(const char *name);

/** One line: `o` is borrowed during the call. A type this program does not know comes as TL_UNKNOWN, to be passed over. Return non-zero to stop; it
 *  becomes the result. */
typedef int (timeline_h)(enum timeline_type type, int64_t t_ms, json_t *o, void *arg);
/** Reads all complete lines. A last line without newline is ignored; a malformed line in the middle is skipped and counted in *bad (may be
 *  NULL); a format above 1 is -EPROTO; a missing or empty file -ENOENT / -ENODATA. Lines over 1 MiB are malformed. */
int timeline_read(const char *path, timeline_h *h, void *arg, unsigned *bad);
/** The same, and the chain hash, as timeline_chain(). */
int timeline_read_chain(const char *path, timeline_h *h, void *arg, unsigned *bad, char chain[SHA256_HEX]);

/** A timeline that may still grow. One thread. */
struct timeline_reader;
/** Nothing is read yet. */
struct timeline_reader *timeline_reader_create(const char *path, timeline_h *h, void *arg);
/** Hands over the complete lines that were added: 1, 0 when there are none, or negative errno as of timeline_read(); -ENOENT while there is no file,
 * -ESTALE when it was replaced by another one. */
int timeline_reader_advance(struct timeline_reader *r);
/** Malformed lines so far. */
unsigned timeline_reader_bad(const struct timeline_reader *r);
/** As timeline_chain(). */
const char *timeline_reader_chain(const struct timeline_reader *r);
void timeline_reader_unref(struct timeline_reader **r);

/** One complete line as it stands in the file; borrowed during the call. */
struct timeline_line {
	const char *text;          /* without its newline; may hold NULs */
	size_t len;
	unsigned number;           /* from 1 */
	bool too_long;             /* text is not all of it; that is from `begin` to `end` in fd, the newline included */
	int fd;
	int64_t begin, end;
	enum timeline_type type;
	int64_t t_ms;
	json_t *o;                 /* NULL: malformed, type and t_ms mean nothing */
};
/** Return non-zero to stop; it becomes the result. */
typedef int (timeline_line_h)(const struct timeline_line *line, void *arg);
/** All complete lines of an open file, from its beginning, malformed ones too. *end: behind the last newline, *size: bytes read. */
int timeline_scan(int fd, timeline_line_h *h, void *arg, int64_t *end, int64_t *size);
/** The same from an offset where a line begins; lines are numbered from there, offsets are the file's. */
int timeline_scan_from(int fd, int64_t from, timeline_line_h *h, void *arg, int64_t *end, int64_t *size);
/** A descriptor for timeline_scan(), links not followed, or negative errno. */
int timeline_open_read(const char *path);

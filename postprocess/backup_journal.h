/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of a recording is in a store: `<dir>/.backup/<store>.jsonl`, append-only, so that a worker that is started again neither repeats nor forgets. What was
 * put and is not in it is put once more under the same name. One thread at a time.
 *
 *	{"type":"backup","format":1,"recording":"rec_…","store":"main","generation":1}                    first line; a later one begins another generation
 *	{"type":"bundle","name":"user1/1-000001.tar","size":…,"etag":"…","sha256":"…","to":…,"files":["user1_audio_00_000000.webm 0123456789abcdef",…]}
 *	{"type":"timeline","name":"timeline/1-000000000000.jsonl",…,"from":0,"to":…,"plain":"<sha256 of the piece>","closed":false}
 *	{"type":"file","name":"participants.json",…,"plain":"…"}
 *	{"type":"complete"} {"type":"verified"}        until something follows        {"type":"lost","name":"…"}      the store has it no more
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "postprocess/original_io.h"

enum backup_end { BACKUP_RUNS, BACKUP_COMPLETE, BACKUP_VERIFIED };

/** A piece of the timeline: bytes of the file from … to. */
struct backup_piece {
	int64_t from, to;
	char plain[SHA256_HEX];        /* of those bytes; "" there is none */
	bool closed;                   /* the stop line is in it, or before it */
};
struct backup_journal {
	char *path, *id, *store;
	int fd;
	unsigned generation;           /* 0 before the first line */
	unsigned newest;               /* there ever was: no name is given twice */
	struct backup_piece last;      /* of the timeline, in this generation; all 0: there is none */
	char plain[ORIGINAL_KINDS][SHA256_HEX];        /* of the files, "" not put */
	GHashTable *people;            /* participant ─▶ struct backup_person */
	GHashTable *known;             /* "file hash" of what is in bundles; NULL while nothing was written anew */
	int64_t objects, bytes;        /* put so far */
	enum backup_end end;
};
/** Of one participant in this generation. */
struct backup_person {
	int64_t bundles;
	int64_t to;                    /* chunks of lines that end before this byte of the timeline are in bundles */
};

/** Reads it, or begins it; an unfinished last line is cut. -EBADMSG: it is of another recording or store, or of a later version; -EBUSY:
 * somebody else has it open. */
int backup_journal_open(struct backup_journal **out, const char *dir, const char *id, const char *store);
void backup_journal_close(struct backup_journal **j);
/** What was put, and how far it reaches. `files`: array of strings, borrowed. */
int backup_journal_bundle(struct backup_journal *j, const struct original_object *o, int64_t to, json_t *files);
int backup_journal_piece(struct backup_journal *j, const struct original_object *o, const struct backup_piece *p);
int backup_journal_file(struct backup_journal *j, const struct original_object *o, const char plain[SHA256_HEX]);
int backup_journal_end(struct backup_journal *j, enum backup_end end);
int backup_journal_lost(struct backup_journal *j, const char *name);
/** The timeline is another one: it is put from its beginning, and of the chunks those that are in no bundle. */
int backup_journal_anew(struct backup_journal *j, unsigned generation);
/** The one there is, made if need be. */
struct backup_person *backup_journal_person(struct backup_journal *j, const char *participant);
/** How a file is named in `files` and `known`: with the beginning of its hash. g_free(). */
char *backup_file_mark(const char *file, const char *sha256);
/** Everything that is said to be in the store: name ─▶ struct original_object. */
int backup_journal_objects(const struct backup_journal *j, GHashTable **out);

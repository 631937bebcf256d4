/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is a recording what its timeline says, and is the timeline what was written (docs/recording-format.md, "Integrity")? Pure: it is handed lines and asks for
 * files through a callback. One thread. Memory: a few bytes per run of chunks, and at most CHAIN_LEADS findings.
 *
 *	every line ─▶ chain_survey        what was erased, how much there is
 *	every line ─▶ chain_line ─▶ look  links, blocks, files, signatures
 *	every file without a line ─▶ chain_stray
 *	chain_finish: of the leads, which are the damage and which follow from it
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/ids.h"
#include "common/sha256.h"
#include "common/timeline.h"

enum { CHAIN_LEADS = 4096 };

enum chain_kind { CHAIN_MISSING, CHAIN_ALTERED, CHAIN_INSERTED, CHAIN_MOVED, CHAIN_UNREADABLE, CHAIN_TRUNCATED, CHAIN_UNSIGNED, CHAIN_BAD_SIGNATURE };
enum chain_what { CHAIN_FILE, CHAIN_LINE, CHAIN_TIMELINE, CHAIN_OUTPUT };

struct chain_finding {
	enum chain_kind kind;
	enum chain_what what;
	unsigned line;                 /* of the timeline; 0: of none */
	char file[NAME_SIZE];          /* the chunk it is about; "" where that is not known */
	int64_t t_ms;                  /* recording time, -1: not known */
	char why[224];                 /* the rest of the sentence */
};
const char *chain_kind_name(enum chain_kind kind);     /* "missing" … */
const char *chain_what_name(enum chain_what what);     /* "file" "line" "timeline" "output" */

/** What is known of a chunk file. */
struct chain_file {
	char sha256[SHA256_HEX];
	char previous[SHA256_HEX];     /* its PREVIOUS tag, "" if none */
};

struct chain_conf {
	/** Reads a chunk file, of a valid name: 0, -ENOENT, -ECANCELED (gives all up) or another negative errno (it is there and cannot be read). */
	int (*look)(const char *file, struct chain_file *out, void *arg);
	void *arg;
	char *const *keys;             /* public keys that are trusted, NULL-terminated; NULL: any */
	const char *chain;             /* what the chain hash is known to be; NULL or "": not known */
	bool chain_before_repair;      /* … but a repaired recording may have another */
};

enum chain_signature { CHAIN_NOT_SIGNED, CHAIN_SIGNED, CHAIN_SIGNED_BY_OTHER, CHAIN_SIGNED_WRONG };
const char *chain_signature_name(enum chain_signature s);      /* "none" "valid" "other_key" "wrong" */

struct chain_summary {
	unsigned lines, chunks;        /* chunk lines */
	int64_t bytes;                 /* of chunks, as the lines say */
	unsigned erased;               /* chunks that were erased */
	unsigned expired;              /* chunks that were kept as long as they were to be */
	unsigned repaired;             /* times */
	unsigned unnamed;              /* whole files of a recording that is not closed, whose lines were not written yet */
	bool closed;                   /* has a stop line */
	bool interrupted;              /* … written after a crash */
	int64_t until_ms;              /* recorded so long */
	enum chain_signature signature;
	char key[96];                  /* public key it is signed with, as the line says; "" */
	char chain[SHA256_HEX];        /* chain hash, "" while open */
};

struct chain;

struct chain *chain_create(const struct chain_conf *conf);
void chain_unref(struct chain **c);
/** The first pass. */
int chain_survey(struct chain *c, const struct timeline_line *line);
/** Known after the first pass: lines, chunks, bytes, closed. */
const struct chain_summary *chain_summary(const struct chain *c);
/** The second pass. 0, or what look() gave all up with. */
int chain_line(struct chain *c, const struct timeline_line *line);
/** Has this chunk a line? */
bool chain_knows(const struct chain *c, const struct chunk_name *name);
/** A chunk file without a line. */
int chain_stray(struct chain *c, const char *file);
/** `tail`: bytes of the timeline behind its last newline. */
void chain_finish(struct chain *c, int64_t tail);
/** After that: how much is damaged; *more: found beyond CHAIN_LEADS. And what: first line first, then what has no line. Owned by c. */
size_t chain_count(const struct chain *c, size_t *more);
const struct chain_finding *chain_finding(const struct chain *c, size_t i);

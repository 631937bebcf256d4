/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between chain.c, which notes what does not fit, and chain_resolve.c, which says what happened.
 */
#pragma once
#include <glib.h>
#include "common/chain.h"
#include "common/links.h"

/* What did not fit */
enum lead_cause {
	LEAD_FILE_MISSING, LEAD_FILE_ALTERED, LEAD_FILE_UNREADABLE,
	LEAD_LINE_BAD,         /* cannot be read, or says nothing that can be */
	LEAD_LINK,             /* `prev` is of no line we know */
	LEAD_BACK,             /* the line after this one goes back to one before it */
	LEAD_TWICE, LEAD_BEHIND,   /* named before; behind the end */
	LEAD_GONE,             /* PREVIOUS is of a file that had no line */
	LEAD_BLOCK,
	LEAD_STRAY,
	LEAD_OTHER,            /* signature, chain hash, start: as it is */
};

struct lead {
	enum lead_cause cause;
	struct chain_finding f;
	unsigned before;               /* LINK: the chunk line before; BACK: the line that goes back; GONE: the source's last line; BLOCK: the first line of the block */
	char want[SHA256_HEX];         /* GONE, FILE_MISSING, FILE_ALTERED: hash the file should have */
	char got[SHA256_HEX];          /* FILE_ALTERED, STRAY: hash it has */
	char previous[SHA256_HEX];     /* STRAY: its tag */
	char last[NAME_SIZE];          /* GONE: the source's last chunk, "" when this is its first; BACK: that line's */
	bool dropped;
};

/* A participant's source as it goes on */
struct chain_track {
	char sha256[SHA256_HEX];       /* of its last chunk, as its line says */
	char file[NAME_SIZE];
	unsigned line;
	bool excused;                  /* a gap since then says that chunks are missing */
};

/* A chunk line as it went by */
struct chain_recent { unsigned line; int64_t t_ms; char sha256[SHA256_HEX], file[NAME_SIZE]; };

struct chain {
	struct chain_conf conf;
	struct links links;
	GArray *leads;                 /* of struct lead */
	size_t more;
	struct lead surplus;           /* where leads beyond CHAIN_LEADS go */
	GHashTable *tracks;            /* "user1_video" → struct chain_track */
	GHashTable *named;             /* "user1_video_0" → GArray of struct run */
	GPtrArray *erased;             /* of struct erasure */
	bool expired;                  /* a line says that the originals' time was over */
	GArray *recent;                /* of struct chain_recent: the newest */
	struct chain_summary sum;
	unsigned last_chunk;           /* number of the last chunk line */
	int64_t chunk_ms;
	unsigned block_line;           /* number of the first line of the block */
	bool started, ended;           /* the first line was seen; the stop line was */
};

static inline struct lead *lead_at(const struct chain *c, guint i)
{
	return &g_array_index(c->leads, struct lead, i);
}

/** Leaves in c->leads what happened, in order. */
void chain_resolve(struct chain *c);

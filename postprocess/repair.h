/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rebuilds a recording's timeline from what is in its directory: lines that can still be read, and chunk files. What cannot be known is left out: talk,
 * mutes, sync lines and RTP times, unless their lines survive. The old timeline is kept beside it, and the new one says for ever that it was repaired.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/ids.h"
#include "common/sha256.h"

struct repair_conf {
	const char *dir;
	bool dry_run;                  /* change nothing */
	int min_age_s;                 /* leave alone what is not closed and was written to less than so long ago: -EBUSY; 0: at any age */
	int (*progress)(int64_t done, int64_t total, void *arg);       /* non-zero gives up */
	void *arg;
};

struct repair_result {
	bool sound;                    /* nothing was to be repaired */
	char id[ID_SIZE], room[ROOM_ID_MAX + 1], call[ID_SIZE];
	char title[256];
	int64_t started_ms, duration_ms, elapsed_ms, bytes;
	int tracks;
	unsigned lines_kept, lines_lost;       /* other lines than those of chunks; lost: could not be read */
	unsigned chunks, made, altered, missing, unreadable, adopted;  /* chunks: all; made: without a line before; adopted: temporary files */
	char kept_as[64];              /* name of the old timeline, "" if there was none */
	char chain[SHA256_HEX];        /* "" after a dry run: the new timeline says when it was made */
	char flags[256];               /* JSON array */
	char reason[32];
};

/** 0; -ENOENT no directory, -ENODATA no recording in it, -EPROTO format too new, -EBUSY, -ECANCELED or why it cannot be read or written. */
int repair(const struct repair_conf *conf, struct repair_result *out);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What ties the lines of a timeline together (docs/recording-format.md, "Integrity"): hashes over its bytes as they stand in the file. The one that
 * writes it and the one that verifies it keep the same state. Pure; one thread.
 *
 *	start … joined … chunk … chunk … sealed 0 … chunk … gap … sealed 1 … stop   signature
 *	│                  └ prev ─┘     │  └────── block of sealed 1 ───┘ │    │     │
 *	└──────────────────────── everything: the chain hash ─────────────────┘─────┘
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/sha256.h"
#include "common/timeline.h"

struct links {
	struct sha256 *all;            /* every byte so far */
	struct sha256 *block;          /* the last seal's line and what followed */
	char chunk[SHA256_HEX];        /* of the last chunk line, "" before the first */
	char closed[SHA256_HEX];       /* all, as it was behind the first stop line; "" before it: the chain hash */
};

void links_init(struct links *l);
void links_done(struct links *l);
/** A line that was or will be written, without its newline, which is counted too. */
void links_line(struct links *l, enum timeline_type type, const char *text, size_t len);
/** A line that was read; reads one that is too long again from its file. 0 or negative errno. */
int links_take(struct links *l, const struct timeline_line *line);
/** Does a line of this type carry `block`, the hash of the lines since the seal before? */
bool links_has_block(enum timeline_type type);

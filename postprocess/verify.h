/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is a recording's directory what was captured? Lines, chunk files, signatures (common/chain.h), and finished files against metadata.json. Reads
 * everything once, changes nothing, follows no links, keeps one piece of a file in memory.
 */
#pragma once
#include <glib.h>
#include "common/chain.h"

struct verify_conf {
	const char *dir;
	char *const *keys;             /* trusted public keys, NULL-terminated; NULL: any signature will do, or none */
	const char *chain;             /* the chain hash, from where nobody could change it; NULL: metadata.json's */
	bool no_outputs;               /* leave finished files aside */
	/** Bytes read, of how many; non-zero gives up. */
	int (*progress)(int64_t done, int64_t total, void *arg);
	void *arg;
};

struct verify_result {
	struct chain_summary summary;
	GArray *findings;              /* of struct chain_finding, in order */
	size_t more;                   /* findings beyond those */
	unsigned outputs;              /* finished files read */
	char id[ID_SIZE];              /* what the timeline says it is, "" */
};

/** 0: *out says what was found. -ENOENT no directory, -ENODATA no recording in it, -EPROTO its format is newer than this program, -ECANCELED, or why it cannot
 *  be read. verify_done() in any case. */
int verify(const struct verify_conf *conf, struct verify_result *out);
void verify_done(struct verify_result *r);
/** A sentence about a finding, into out[512]. */
char *verify_say(char out[512], const struct chain_finding *f);

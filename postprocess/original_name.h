/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of a recording's originals in a store, below `<chunk prefix>/YYYY/MM/DD/<id>/` (common/store_key.h). Pure; any thread.
 *
 *	user1/1-000007.tar                  bundle: chunks of one participant, numbered from 1
 *	timeline/1-000000065536.jsonl       piece of the timeline, from that byte of the file on
 *	participants.json chat.jsonl  replaced when they change
 *
 * A generation is counted up when the timeline was written anew (`recroom-pp repair`), or an object was found to be missing: its pieces begin at
 * the file's beginning. Bundles of earlier generations stay good.
 */
#pragma once
#include <stdint.h>
#include "common/ids.h"

enum original_kind { ORIGINAL_BUNDLE, ORIGINAL_TIMELINE, ORIGINAL_PEOPLE, ORIGINAL_CHAT, ORIGINAL_KINDS };
enum { ORIGINAL_NAME_SIZE = 64, ORIGINAL_GENERATION_MAX = 999999 };

struct original {
	enum original_kind kind;
	char participant[PARTICIPANT_SIZE];    /* of a bundle */
	unsigned generation;                   /* from 1; 0 where there is none */
	int64_t number;
};

void original_name_format(char out[ORIGINAL_NAME_SIZE], const struct original *o);
/** Strict inverse: 0, or -EINVAL. */
int original_name_parse(struct original *o, const char *name);
/** The name of a file that is there once, "participants.json"; NULL for the other kinds. */
const char *original_file(enum original_kind kind);

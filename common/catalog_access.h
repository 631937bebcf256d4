/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who saw, took or changed what was recorded (migration 10). Written by recroom-pp serve (postprocess/access.h), the plugin
 * (plugins/accesses.h) and commands; rows outlive their recording
 * until they are too old. Whoever was erased from a recording is erased here, too: their own token's sub, "<callId>/<participant>", becomes "erased" in the
 * rows of that recording, before and after. Any thread; 0 (or a count) or negative errno, -EBUSY: ask again.
 */
#pragma once
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include "common/catalog.h"

/** What was done; the words of access_actions. */
enum access_action { ACCESS_VIEWED, ACCESS_DOWNLOADED, ACCESS_SHARED, ACCESS_RECOMPOSED, ACCESS_CANCELLED, ACCESS_ERASED, ACCESS_DELETED, ACCESS_HELD, ACCESS_RELEASED,
		    ACCESS_KEPT, ACCESS_ACTIONS };
extern const char *const access_actions[];     /* ended by NULL */

struct catalog_access {
	int64_t at_ms;             /* wall clock */
	enum access_action action;
	const char *recording;
	const char *item;          /* file, output or participant; NULL */
	const char *actor;         /* sub of a token, "link", "command:<user>" */
	const char *address;       /* NULL: not over a network */
};
/** All of them, in one transaction. */
int catalog_access_add(struct catalog *c, const struct catalog_access *rows, size_t n);

/** One, unless a row that says the same is there already: for who may have written it before. */
int catalog_access_once(struct catalog *c, const struct catalog_access *a);
/** The action of a word; -EINVAL. */
int access_action_find(const char *word);

struct catalog_access_filter {
	const char *recording;     /* NULL: of all */
	int64_t since_ms;          /* 0: all */
	int64_t before;            /* only rows with a smaller id: the next page; 0: the newest */
	int limit;
};
/** Newest first: array of {id at_ms recording action item actor address}. Reads only; the caller decrefs. */
int catalog_access_list(struct catalog *c, const struct catalog_access_filter *f, json_t **rows);
/** Forgets what is older, at most 1000 rows at a time. Returns how many. */
int catalog_access_prune(struct catalog *c, int64_t before_ms);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recording still has to write, in order, and what to give up when the disk does not take it: whole groups of pictures first, then sound,
 * never a line of the timeline but `sync`, and a seal that a later one covers. Not locked.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "plugins/spool.h"

enum backlog_kind { BACKLOG_LINE, BACKLOG_CHUNK, BACKLOG_SEAL };

struct backlog_item {
	enum backlog_kind kind;
	json_t *line;              /* NULL for a chunk, whose line is made when it is there: while it waits it would be as large again */
	struct spool *spool;       /* BACKLOG_CHUNK */
	int64_t queued_us;
	int64_t wall_ms;           /* BACKLOG_CHUNK: of its line */
	int64_t duration_ms;       /* BACKLOG_SEAL: for on_sealed */
	int tracks;
};

struct backlog;

typedef void (backlog_drop_h)(const struct chunk_file *file, void *arg);

struct backlog *backlog_new(void);
void backlog_free(struct backlog *b);
/** Takes the item. */
void backlog_push(struct backlog *b, struct backlog_item *it);
/** Moves items of `from` behind those of b, up to the first seal. True when there was one. */
bool backlog_take(struct backlog *b, struct backlog *from);
/** Oldest item, borrowed, or NULL. */
struct backlog_item *backlog_head(const struct backlog *b);
/** Bytes of the chunks that wait. */
size_t backlog_bytes(const struct backlog *b);
/** The items in order: a GList of struct backlog_item. */
const GList *backlog_items(const struct backlog *b);
/** Takes the oldest out; the caller frees. */
struct backlog_item *backlog_pop(struct backlog *b);
void backlog_item_free(struct backlog_item *it);
/** Replaces chunks in `dir` that wait for longer than budget_us (sound: twice that), and pictures that rest on them, by `gap disk` lines. Returns how many
 *  chunks went; drop is called for each picture chunk that others rested on. */
int backlog_shed(struct backlog *b, const char *dir, int64_t now_us, int64_t budget_us, backlog_drop_h *drop, void *arg);

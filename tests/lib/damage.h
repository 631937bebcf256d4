/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small recording and what can be done to it: kept whole in memory, put back by damage_reset(). Lines are counted from 0 here. A failure aborts.
 *
 * user1: audio, video with a mute in it; user2: audio; four seconds; so seconds have chunks of two or three tracks.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct damage;

/** Prints the seed of the random changes; $SEED sets it. */
struct damage *damage_create(void);
void damage_free(struct damage *d);
const char *damage_dir(const struct damage *d);
/** All as it was made. */
void damage_reset(struct damage *d);
/** Files are not as they were, by another hand. */
void damage_touch(struct damage *d);
/** Takes the lines as they stand in the file now. */
void damage_reload(struct damage *d);

guint damage_lines(const struct damage *d);
const char *damage_line(const struct damage *d, guint i);
/** The file of a chunk line, NULL of another; good until the next change of lines. */
const char *damage_file(const struct damage *d, guint i);
const char *damage_next_file(const struct damage *d, guint i);
guint damage_first_chunk(const struct damage *d);
/** Of the line: g_free(); of its file: as the line says, good until the next call. */
char *damage_hash(const struct damage *d, guint i);
const char *damage_sha(const struct damage *d, guint i);
/** Is it neither the first nor the last chunk of its segment? */
bool damage_in_middle(const struct damage *d, const char *file);

void damage_flip_file(struct damage *d, const char *file, double at);      /* a bit at this part of its length */
void damage_cut_file(struct damage *d, const char *file);
void damage_remove_file(struct damage *d, const char *file);
void damage_rename(struct damage *d, const char *from, const char *to);
void damage_copy_file(struct damage *d, const char *from, const char *to);
void damage_swap_files(struct damage *d, const char *a, const char *b);
void damage_link(struct damage *d, const char *file);      /* a symbolic link to its bytes elsewhere */

void damage_flip_line(struct damage *d, guint i);          /* one character, at random */
void damage_flip_text(struct damage *d, guint i, const char *from, const char *to);
void damage_garble_line(struct damage *d, guint i);
void damage_remove_line(struct damage *d, guint i);
void damage_repeat_line(struct damage *d, guint i);
void damage_swap_lines(struct damage *d, guint i);         /* with the next */
void damage_insert_line(struct damage *d, guint i, const char *line);
void damage_append(struct damage *d, const char *line);
void damage_truncate(struct damage *d, guint keep);
void damage_truncate_before_stop(struct damage *d, guint keep);
void damage_remove_timeline(struct damage *d);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One chunk file on its way to the disk: in memory, written under its temporary name, synced, named. Each step may fail and be tried again. Writer
 * thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "plugins/chunk.h"

struct spool;

/** Takes the file. */
struct spool *spool_new(struct chunk_file *file);
const struct chunk_file *spool_file(const struct spool *s);
/** Writes `<dir>/.<name>.tmp` unless that is done. */
int spool_write(struct spool *s, const char *dir);
/** Sets off the way of what is written to the disk, without waiting. Many files at once go quicker so than each in its spool_name(). */
void spool_push(struct spool *s);
/** What is written is on the disk, by other means. */
void spool_synced(struct spool *s);
/** Syncs (if `sync`, and it is not) and renames what is written; on failure it has to be written again. The directory is for the caller to sync. */
int spool_name(struct spool *s, const char *dir, bool sync);
bool spool_written(const struct spool *s);
bool spool_named(const struct spool *s);
/** Removes what was written; the file will not be. */
void spool_discard(struct spool *s, const char *dir);
void spool_free(struct spool *s);
/** Removes temporary files that could not be removed in their time. */
void spool_sweep(const char *dir);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Waiting for the catalog to change, on a connection of its own that does nothing else. One thread waits; any thread may wake it.
 */
#pragma once

struct catalog_watch;
/* What may have changed. Never progress, signs of life, or a job that somebody took. */
enum { CATALOG_JOBS = 1, CATALOG_EVENTS = 2, CATALOG_OTHER = 4, CATALOG_ANYTHING = 7 };

/** `url` as of catalog_open(). Connects to nothing yet, so it works while the database is away. -EINVAL: no engine takes the URL. */
int catalog_watch_open(struct catalog_watch **out, const char *url);
void catalog_watch_close(struct catalog_watch **w);
/** Waits `ms` at most. Bits of what may have changed: all of them after it (first or again) connected, since nobody knows what was before, and with SQLite
 *  always; 0: nothing, or somebody woke it; negative errno: the database is away (it waited ms all the same). */
int catalog_watch_wait(struct catalog_watch *w, int ms);
/** Makes the wait that runs, or else the next one, return at once. */
void catalog_watch_wake(struct catalog_watch *w);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The finished segments of a picture on disk, while the call that it is of still runs: they wait there for the sound, and a composer that is started again
 * need not encode them again. One process at a time; in it, one thread after the other.
 *
 *   DIR/.compose/<output>/v-000012.seg      head (what it was made for) · packets · SHA-256 of both
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct video_spool;

/** Opens or makes the directory. `key` names everything that decides what a segment looks like; segments of another are removed. -EBUSY: another process has
 *  it open; or negative errno. */
int video_spool_open(struct video_spool **out, const char *dir, const char *key);
/** Is the segment there, as far as its size and head say? */
bool video_spool_has(const struct video_spool *s, int64_t number);
/** Keeps a segment: AVPackets with pts. 0 or negative errno. */
int video_spool_put(struct video_spool *s, int64_t number, GPtrArray *packets);
/** Reads it again; g_ptr_array_unref(). -EBADMSG: it was damaged, and is removed. */
int video_spool_get(struct video_spool *s, int64_t number, GPtrArray **packets);
/** Removes the directory, and .compose when that is empty. */
void video_spool_remove(struct video_spool *s);
/** Removes what any spool of the recording's output `number` holds; for one that nobody will compose any more. */
void video_spool_discard(const char *recording_dir, int number);
void video_spool_unref(struct video_spool **s);

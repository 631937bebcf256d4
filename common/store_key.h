/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The names of objects in a store, and whose an object is by its name. Pure; any thread.
 *
 *   <prefix>/2026/11/22/<id>.webm               the first output: media, .json, .jpg        the day is that of the recording's start in UTC
 *   <prefix>/2026/11/22/<id>/outputs/2-….mp4    everything else of it
 *   <prefix>/2026/11/22/<public id>/…           the same in a public store: 128 random bits that nobody guesses
 *   <chunk prefix>/2026/11/22/<id>/…            originals: bundles of chunks, timeline
 *
 * All: 0, or -EINVAL for an id that is none, a name that would leave its place ("..", empty parts, control characters) or a key over 1024 bytes, the most
 * that every store takes. *out is g_free()d.
 */
#pragma once
#include <stdbool.h>

enum { STORE_KEY_MAX = 1024 };         /* bytes of a key */

/** Of a file of an output. file_name: below the recording's directory ("output.webm", "outputs/2-speaker-1280x720.mp4"). first_output: it belongs to the
 *  recording's first output, of which media, metadata and thumbnail stand beside each other. public_id: NULL where the store is not public. */
int store_key_output(char **out, const char *prefix, const char *recording_id, const char *public_id, const char *file_name, bool first_output);
/** Of an original: rest is its place below the recording's. */
int store_key_originals(char **out, const char *prefix, const char *recording_id, const char *rest);

/** What the keys of all that is a recording's below `prefix` begin with, for a listing. That others begin with it, too, cannot be excluded: see store_key_is_of(). */
int store_key_search(char **out, const char *prefix, const char *recording_id, const char *public_id);
/** Is it this recording's? `search`: from store_key_search(). */
bool store_key_is_of(const char *key, const char *search);
/** The other way round: the recording that a key below `prefix` belongs to, into out (ID_SIZE bytes). False: it is no key of a recording's. */
bool store_key_recording(char *out, const char *prefix, const char *key);

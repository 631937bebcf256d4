/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of an output is in a store already, so that no byte goes twice: DIR/.upload/<store>-<output>.json, replaced by rename after each part. Losing it loses
 * nothing but time. One lock inside: any thread.
 *
 *	{"format":1,"files":{"output.webm":{"key":…,"upload":…,"part_size":8388608,"sealed":"<key id>","parts":{"2":{"sha256":…,"etag":…}, …}}}}
 *
 * sha256 is of the part's plain bytes: of these, or where they are more than 8 MiB, of the hashes of their 8 MiB blocks in hex with a newline after each.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/sha256.h"
#include "postprocess/store.h"

struct upload_journal;

/** What is there is read; what cannot be read counts as nothing. 0. */
int upload_journal_open(struct upload_journal **out, const char *dir, const char *store, int output);
void upload_journal_unref(struct upload_journal **j);
/** All of it is done or given up: the file goes. */
void upload_journal_remove(struct upload_journal *j);

/** The upload under way for this file, if there is one to this key with parts of this size, sealed with this key ("" or NULL: not); else one to be aborted is in
 *  *old (key and id, "" none) and forgotten. `upload` and old have STORE_UPLOAD bytes, old_key STORE_KEY_MAX + 1. */
struct upload_old { char upload[STORE_UPLOAD], key[STORE_KEY_MAX + 1]; };
bool upload_journal_find(struct upload_journal *j, const char *file, const char *key, int64_t part_size, const char *sealed, char *upload, struct upload_old *old);
/** One was begun, with nothing sent; or, upload "", there is none any more. Written before anything is sent. */
int upload_journal_begin(struct upload_journal *j, const char *file, const char *key, int64_t part_size, const char *sealed, const char *upload);
/** A part: true if it was sent. */
bool upload_journal_part(struct upload_journal *j, const char *file, int number, char sha256[SHA256_HEX], char etag[STORE_ETAG]);
/** It was sent, with these plain bytes. */
int upload_journal_put(struct upload_journal *j, const char *file, int number, const char *sha256, const char *etag);
/** It is not there any more. */
void upload_journal_drop(struct upload_journal *j, const char *file, int number);
/** Every upload under way: each(file's key, upload). */
void upload_journal_each(struct upload_journal *j, void (*each)(const char *key, const char *upload, void *arg), void *arg);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the local driver share. Private to store_local*.c.
 *
 *   <directory>/<key>                      an object
 *   <directory>/.uploads/put-XXXXXX        one that is being written
 *   <directory>/.uploads/<id>.data  .log   an upload in parts: part n at (n-1) × part size; the log says whose it is and what is there
 */
#pragma once
#include "postprocess/store_driver.h"

#define LOCAL_UPLOADS ".uploads"

/** Path of a key; g_free(). -EINVAL: a name that no file can have here. */
int local_path(struct store *s, const char *key, char **out, struct store_why *why);
/** Gives a written, synced file its name; directories are made. `temporary` is still there after a failure. */
int local_publish(struct store *s, const char *temporary, const struct store_put *p, struct store_stat *st, struct store_why *why);
/** All of the body to fd at `at`. */
int local_write(int fd, int64_t at, const struct store_body *b);
/** errno into why: "store NAME: what: No such file or directory". */
int local_fail(struct store *s, struct store_why *why, int err, const char *what);

int local_list(struct store *s, const struct store_list *l, store_each_h *each, void *arg, struct store_why *why);
int local_list_uploads(struct store *s, const char *prefix, store_each_h *each, void *arg, struct store_why *why);
int local_parts_begin(struct store *s, const struct store_put *p, size_t part_size, char *upload, struct store_why *why);
int local_part(struct store *s, const struct store_part *p, char *etag, struct store_why *why);
int local_parts_list(struct store *s, const struct store_part *p, store_each_part_h *each, void *arg, struct store_why *why);
int local_parts_end(struct store *s, const struct store_put *p, const struct store_parts *parts, struct store_stat *st, struct store_why *why);
int local_parts_abort(struct store *s, const struct store_part *p, struct store_why *why);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An output's file while it is made: under a temporary name, hashed as it grows, durable before it gets its final name. One thread.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "postprocess/sink.h"

struct outfile;

/** dir/name, where name may lie in a directory below dir, which is made. What an earlier attempt left is removed. */
int outfile_create(struct outfile **out, const char *dir, const char *name);
int outfile_write(struct outfile *f, int64_t pos, const void *data, size_t len);
int outfile_append(struct outfile *f, const void *data, size_t len);
/** Moves all from pos on towards the end by n bytes; the room has no meaning until it is written. Costs reading and writing what is moved. */
int outfile_insert(struct outfile *f, int64_t pos, int64_t n);
/** Up to len bytes into data: how many, or negative. */
int outfile_read(struct outfile *f, int64_t pos, void *data, size_t len);
int64_t outfile_size(const struct outfile *f);
/** All is written: durable, still under the temporary name. Fills in size, digest and blocks, which stay f's. */
int outfile_finish(struct outfile *f, struct sink_result *r);
int outfile_publish(struct outfile *f);
/** Removes what was not published. */
void outfile_unref(struct outfile **f);

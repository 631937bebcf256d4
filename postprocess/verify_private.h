/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between verify.c and verify_outputs.c.
 */
#pragma once
#include <jansson.h>
#include "postprocess/verify.h"

struct verifying {
	const struct verify_conf *conf;
	struct verify_result *out;
	int dir, chunks;               /* descriptors, -1: not there */
	int64_t done, total;           /* bytes */
	json_t *metadata;              /* NULL: there is none */
};

/** A regular file for reading, no links: a descriptor or negative errno (-ELOOP, -EINVAL: something else is there). */
int verify_open(int at, const char *name, int64_t *size);
/** Counts bytes read; 0 or -ECANCELED. */
int verify_progress(struct verifying *v, int64_t bytes);
void verify_add(struct verifying *v, enum chain_kind kind, enum chain_what what, const char *file, const char *why);

/** Bytes of finished files. */
int64_t verify_outputs_size(const struct verifying *v);
int verify_outputs(struct verifying *v);

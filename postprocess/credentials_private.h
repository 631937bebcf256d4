/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where keys are looked for: a function each. Private to credentials*.c and their tests.
 */
#pragma once
#include <stdint.h>
#include "postprocess/credentials.h"

struct found {
	struct credential key;         /* owned */
	int64_t expires_ms;            /* wall clock; 0: never */
};

/** The section of a file as the aws command has it. -ENOENT: no such section or no keys in it; -EBADMSG. Pure. */
int credentials_parse(struct credential *out, const char *text, const char *profile);
/** Azure's one line. Pure. */
int credentials_parse_azure(struct credential *out, const char *text, const char *account);
/** The answer of a metadata service. -EBADMSG. Pure. */
int credentials_parse_json(struct found *out, const char *text, size_t len);
/** -ENOENT: there is no such service here; -EAGAIN: it does not answer; -EACCES: it has none for us. A sentence in why. Blocks for seconds. */
int credentials_metadata(struct found *out, char *why, size_t size);

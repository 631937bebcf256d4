/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHA-256 of a file per 8 MiB block, computed while it is written: an hour's file need not be read again. The first block may be written over until
 * the end (a muxer corrects its header there), and is read again then. The hash of the list is that of the blocks' hex hashes with a newline after each, so a shell finds it:
 *
 *	split -b 8M --filter=sha256sum output.webm | cut -c1-64 | sha256sum
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/sha256.h"

enum { CHECKSUM_BLOCK = 8 << 20 };

struct checksum;

struct checksum *checksum_create(void);
/** `len` bytes were written at `pos`. */
void checksum_update(struct checksum *c, int64_t pos, const void *data, size_t len);
/** Begins anew with what fd holds: its bytes were moved. 0 or negative errno. */
int checksum_again(struct checksum *c, int fd);
/** Ends it; of fd the first block is read again, and all of it if something behind that was written over or left out. 0 or negative errno. */
int checksum_finish(struct checksum *c, int fd);
/** After that: the blocks' hashes in hex, NULL-terminated, and that of the list. Owned by c. */
char *const *checksum_blocks(const struct checksum *c);
const char *checksum_list(const struct checksum *c);
void checksum_unref(struct checksum **c);

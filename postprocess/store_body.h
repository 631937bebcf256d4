/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Checksums of what is sent, of memory or of a file's range. Any thread; reads with pread.
 */
#pragma once
#include "postprocess/store.h"

enum { STORE_MD5 = 25 };               /* base64 of 16 bytes */

/** body NULL: of nothing. 0, or what reading said; -ENODATA: the file is shorter. */
int store_body_sha256(const struct store_body *body, char out[STORE_SHA256]);
int store_body_md5(const struct store_body *body, char out[STORE_MD5]);

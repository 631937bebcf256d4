/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * base64url without padding (RFC 4648 §5, RFC 7515 §2). Pure.
 */
#pragma once
#include <stddef.h>

/** Text of the bytes, g_free(). */
char *base64url_encode(const void *data, size_t len);
/** Exactly one text per value: padding, blanks, other letters and bits left over are -EINVAL, more than `size` bytes -EFBIG. Sets *len. */
int base64url_decode(void *out, size_t size, size_t *len, const char *text, size_t text_len);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * base64url. Called by the token code on any thread; no state.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/base64url.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64url_encode(const void *data, size_t len)
{
	const unsigned char *p = data;
	GString *s = g_string_sized_new(len * 4 / 3 + 4);
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 6; have -= 6)
			g_string_append_c(s, letters[bits >> (have - 6) & 63]);
		bits &= (1u << have) - 1;
	}
	if (have)
		g_string_append_c(s, letters[bits << (6 - have) & 63]);
	return g_string_free(s, FALSE);
}

int base64url_decode(void *out, size_t size, size_t *len, const char *text, size_t text_len)
{
	unsigned char *p = out;
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < text_len; i++) {
		const char *at = text[i] ? strchr(letters, text[i]) : NULL;

		if (!at)
			return -EINVAL;
		bits = bits << 6 | (unsigned)(at - letters);
		have += 6;
		if (have < 8)
			continue;
		if (n == size)
			return -EFBIG;
		have -= 8;
		p[n++] = (unsigned char)(bits >> have);
		bits &= (1u << have) - 1;
	}
	/* A whole letter too many, or bits that mean nothing: several texts of one value. */
	if (have == 6 || bits)
		return -EINVAL;
	*len = n;
	return 0;
}

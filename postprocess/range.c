/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One byte range. Called by file_reply() on HTTP threads.
 *
 *	bytes=0-499     bytes=500-     bytes=-500 (the last)
 */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include "postprocess/range.h"

/* Digits into *n, saturating; false when there are none. Advances *p. */
static bool read_number(const char **p, uint64_t *n)
{
	const char *begin = *p;

	*n = 0;
	for (; g_ascii_isdigit(**p); ++*p) {
		uint64_t digit = (uint64_t)(**p - '0');

		*n = *n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *n * 10 + digit;
	}
	return *p > begin;
}

static int last_bytes(struct range *out, uint64_t n, uint64_t size)
{
	if (!n || !size)
		return -ERANGE;
	out->length = MIN(n, size);
	out->from = size - out->length;
	return 1;
}

int range_parse(struct range *out, const char *header, uint64_t size)
{
	uint64_t from, to;
	bool has_from, has_to;

	if (!header || g_ascii_strncasecmp(header, "bytes=", 6))
		return 0;
	header += 6;
	has_from = read_number(&header, &from);
	if (*header++ != '-')
		return 0;
	has_to = read_number(&header, &to);
	if (*header || (!has_from && !has_to) || (has_from && has_to && to < from))
		return 0;
	if (!has_from)
		return last_bytes(out, to, size);
	if (from >= size)
		return -ERANGE;
	out->from = from;
	out->length = (has_to ? MIN(to, size - 1) : size - 1) - from + 1;
	return 1;
}

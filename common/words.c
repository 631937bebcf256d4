/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists of words as the tables of settings and specs hold them. Called by both programs, on any thread.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "common/words.h"

int word_index(const char *list, char separator, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0; list; i++) {
		const char *end = strchr(list, separator);
		size_t n = end ? (size_t)(end - list) : strlen(list);

		if (n == len && !strncmp(list, word, n))
			return i;
		list = end ? end + 1 : NULL;
	}
	return -1;
}

void word_first(const char *list, char separator, char *out, size_t size)
{
	const char *end = strchr(list, separator);

	g_strlcpy(out, list, end ? MIN(size, (size_t)(end - list) + 1) : size);
}

unsigned word_distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	unsigned d[MAX + 1], n = (unsigned)strnlen(b, MAX);

	for (unsigned j = 0; j <= n; j++)
		d[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = d[0];

		d[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned above = d[j], put = diagonal + (a[i - 1] != b[j - 1]);

			d[j] = MIN(MIN(above, d[j - 1]) + 1, put);
			diagonal = above;
		}
	}
	return d[n];
}

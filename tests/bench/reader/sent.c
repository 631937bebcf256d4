/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The generator's own log: `video|audio number capture_us position packets withheld`.
 */
#include "tests/bench/reader/sent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int take_line(struct sent *s, const char *line)
{
	struct sent_frame f;
	uint32_t number;
	char kind[8];
	GArray *a;

	if (sscanf(line, "%7s %" SCNu32 " %" SCNd64 " %" SCNu32, kind, &number, &f.capture_us, &f.position) != 4)
		return -EBADMSG;
	a = s->frames[!strcmp(kind, "video")];
	if (number != a->len)
		return -EBADMSG;
	g_array_append_val(a, f);
	return 0;
}

int sent_load(struct sent *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[128];
	int err = f ? 0 : -errno;

	for (int i = 0; i < 2; i++)
		s->frames[i] = g_array_new(FALSE, FALSE, sizeof(struct sent_frame));
	while (!err && fgets(line, sizeof(line), f))
		err = take_line(s, line);
	if (f)
		fclose(f);
	return err;
}

void sent_clear(struct sent *s)
{
	for (int i = 0; i < 2; i++)
		g_clear_pointer(&s->frames[i], g_array_unref);
}

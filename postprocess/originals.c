/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looks for chunks. Called by REST before it takes an order, and by `recroom-pp recompose`.
 */
#include <dirent.h>
#include <errno.h>
#include <glib.h>
#include <sys/stat.h>
#include "common/ids.h"
#include "postprocess/originals.h"

int originals_there(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "chunks", NULL);
	struct chunk_name name;
	struct dirent *e;
	struct stat st;
	int found = 0;
	DIR *d;

	if (stat(dir, &st))
		return -errno;
	d = opendir(path);
	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while (!found && (e = readdir(d)))
		found = chunk_name_parse(&name, e->d_name) == 0;
	closedir(d);
	return found;
}

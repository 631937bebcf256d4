/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See local_copies.h. Called by the reconciler's thread; local_copies_gone() by whoever verifies a directory.
 *
 *	catalog: all verified for so long, nothing under way ─▶ noted there ─▶ stored.json ─▶ files removed
 *
 * The catalog is told first: from then on nobody counts on them. Whoever is interrupted behind that does it again within the hour (catalog_upload_local()).
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/catalog_upload.h"
#include "common/fsio.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/local_copies.h"

enum { FILE_MODE = 0640 };
static const char LIST[] = "stored.json", KEPT[] = "metadata.json";

static int write_list(const char *dir, json_t *files)
{
	json_t *names = json_array(), *o = json_pack("{s:i,s:o}", "format", 1, "files", names), *f;
	size_t i;
	char *text;
	int err;

	json_array_foreach(files, i, f)
		if (g_strcmp0(json_str(f, "name"), KEPT))
			json_array_append_new(names, json_string(json_str(f, "name")));
	text = json_dumps(o, JSON_COMPACT);
	err = fs_write_atomic(dir, LIST, text, strlen(text), FILE_MODE, 1);
	free(text);
	json_decref(o);
	return err;
}

static int remove_files(const char *dir, json_t *files)
{
	json_t *f;
	size_t i;
	int err = 0, n = 0;

	json_array_foreach(files, i, f) {
		const char *name = json_str(f, "name");
		g_autofree char *path = g_build_filename(dir, name, NULL);

		if (!strcmp(name, KEPT))
			continue;
		n += !unlink(path);
		if (access(path, F_OK) == 0)
			err = -EIO;
	}
	return err ? err : n;
}

static int remove_one(struct catalog *c, const char *recordings, const char *id, int64_t local_ms)
{
	g_autofree char *dir = g_build_filename(recordings, id, NULL);
	json_t *files = NULL;
	int err = catalog_upload_local_gone(c, id, local_ms, &files), n = 0;

	if (!err && g_file_test(dir, G_FILE_TEST_IS_DIR))
		err = write_list(dir, files);
	if (!err)
		err = n = remove_files(dir, files);
	json_decref(files);
	if (n > 0)
		log_info("recording %s: its outputs are in their stores; %d local files are removed", id, n);
	return err == -EPROTO ? 0 : err < 0 ? err : n > 0;
}

int local_copies_remove(struct catalog *c, const char *recordings, const char *host_id, int64_t local_ms, bool (*stopping)(void *arg), void *arg)
{
	json_t *rows = NULL, *row;
	size_t i;
	int err = catalog_upload_local(c, host_id, local_ms, &rows), n = 0;

	json_array_foreach(rows, i, row) {
		const char *id = json_str(row, "id");

		if (err < 0 || (stopping && stopping(arg)))
			break;
		err = recording_id_valid(id) ? remove_one(c, recordings, id, local_ms) : 0;
		n += err > 0;
	}
	json_decref(rows);
	return err < 0 ? err : n;
}

bool local_copies_gone(int dir, const char *name)
{
	int fd = openat(dir, LIST, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	json_t *o = fd >= 0 ? json_loadfd(fd, 0, NULL) : NULL, *f;
	size_t i;
	bool gone = false;

	if (fd >= 0)
		close(fd);
	json_array_foreach(json_object_get(o, "files"), i, f)
		gone |= !g_strcmp0(json_string_value(f), name);
	json_decref(o);
	return gone;
}

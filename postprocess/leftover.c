/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Directories of recordings that are another host's by now. The reconciler's thread.
 *
 *	row: another host's, with another recordings directory; or deleted ─▶ nobody at it? ─▶ .taken-<id> ─▶ removed: store.local_h later, or with the recording
 */
#include "postprocess/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/catalog_store.h"
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/dirlock.h"

#define ASIDE ".taken-"

static int put_aside(const struct leftover_conf *conf, const char *id, const char *owner)
{
	g_autofree char *dir = g_build_filename(conf->recordings, id, NULL), *aside = g_strconcat(conf->recordings, "/" ASIDE, id, NULL);
	int lock = dirlock_take(dir, true), err;

	if (lock < 0)
		return lock == -EBUSY ? 1 : lock;
	err = fs_remove_tree(aside);
	if (!err && rename(dir, aside))
		err = -errno;
	if (!err && utimensat(AT_FDCWD, aside, NULL, AT_SYMLINK_NOFOLLOW))     /* from now on it counts */
		err = -errno;
	close(lock);
	if (!err)
		log_warn("recording %s: host %s has finished it from a store, or it was deleted; what was here is put aside as " ASIDE "%s", id, owner, id);
	return err ? err : 1;
}

int leftover_look(struct catalog *c, const struct leftover_conf *conf, const char *id, json_t *row, bool young)
{
	const char *owner = json_str(row, "host_id");
	bool deleted = !g_strcmp0(json_str(row, "status"), "deleted");
	int share = !owner || !strcmp(owner, conf->host_id) ? 1 : catalog_hosts_share(c, owner, conf->host_id);

	if (share == -ENOENT)          /* whether it is the same directory nobody knows */
		share = 1;
	if (share < 0 || (share && !deleted))
		return MIN(share, 0);
	return young && !deleted ? 1 : put_aside(conf, id, owner ? owner : "");
}

static bool has_flag(json_t *row, const char *flag)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(row, "flags"), i, f)
		if (!g_strcmp0(json_string_value(f), flag))
			return true;
	return false;
}

/* 1: it goes now. */
static int is_over(struct catalog *c, const struct leftover_conf *conf, const char *id, const char *path)
{
	json_t *row = NULL;
	struct stat st;
	int err = catalog_recording_get(c, id, &row);
	bool over = err == -ENOENT || !g_strcmp0(json_str(row, "status"), "deleted") || !g_strcmp0(json_str(row, "status"), "deleting") || has_flag(row, "erased");

	json_decref(row);
	if (err && err != -ENOENT)
		return err;
	return over || (!stat(path, &st) && clock_wall_ms() - (int64_t)st.st_mtime * 1000 > conf->keep_ms);
}

int leftover_clean(struct catalog *c, const struct leftover_conf *conf)
{
	DIR *d = opendir(conf->recordings);
	struct dirent *e;
	int err = 0;

	while (d && !err && (e = readdir(d))) {
		const char *id = g_str_has_prefix(e->d_name, ASIDE) ? e->d_name + strlen(ASIDE) : "";
		g_autofree char *path = g_build_filename(conf->recordings, e->d_name, NULL);

		if (!recording_id_valid(id))
			continue;
		err = is_over(c, conf, id, path);
		if (err > 0)
			err = fs_remove_tree(path);
	}
	if (d)
		closedir(d);
	return err;
}

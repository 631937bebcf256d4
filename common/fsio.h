/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files: what has its final name is whole. All return 0 or negative errno; paths are ours, never a client's.
 */
#pragma once
#include <stddef.h>
#include <sys/types.h>

/** Writes `<dir>/.<name>.tmp` (O_EXCL|O_NOFOLLOW), syncs it if `sync`, renames it to `<dir>/<name>`; syncs the directory if `sync`. An existing
 *  temporary of that name is removed first. `name` may lie in a directory below, which must be there. */
int fs_write_atomic(const char *dir, const char *name, const void *data, size_t len, mode_t mode, int sync);
/** Whole file into g_malloc'ed memory with a NUL after it; -EFBIG beyond max bytes. Caller g_free()s *out. */
int fs_read(const char *path, size_t max, char **out, size_t *len);
int fs_mkdir_new(const char *path, mode_t mode);      /* -EEXIST if there */
int fs_mkdirs(const char *path, mode_t mode);         /* like mkdir -p */
int fs_sync_dir(const char *path);
int fs_remove_tree(const char *path);                 /* does not follow symbolic links; missing is success */
/** True when the path lies on a network file system (NFS, SMB, …), where SQLite must not live. */
int fs_is_network(const char *path);

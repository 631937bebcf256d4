/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What tests with a misbehaving disk share: faulty.so in front of libc, and small file systems of their own.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "tests/disk/faulty.h"

/** Starts the program anew with faulty.so preloaded, unless it is. */
void disk_prepare(char **argv);
/** The block of this process; aborts when faulty.so is not there. */
struct faulty *disk_faulty(void);
/** From now on calls below dir are looked at. */
void disk_watch(const char *dir);

/** A mount namespace of this process's own; before it has threads. False where that is not allowed. */
bool disk_namespace(void);
/** A tmpfs on dir, of so many bytes and inodes. */
bool disk_mount(const char *dir, const char *size, unsigned inodes);
/** Puts files into dir until it takes no more: of bytes (few files), or of inodes (empty files). */
void disk_fill_bytes(const char *dir);
void disk_fill_inodes(const char *dir);
/** One more file of 1 MiB, numbered n; false when it did not fit. */
bool disk_put_mib(const char *dir, int n);
/** A file with these bytes and this mode. */
bool disk_put_file(const char *path, const void *data, size_t len, unsigned mode);
/** Removes them. */
void disk_unfill(const char *dir);

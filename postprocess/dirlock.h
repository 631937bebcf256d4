/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A lock on a recording's chunks, between processes: many may make something of it at once, or one may take something away. It ends with the process,
 * however that ends. Any thread.
 */
#pragma once
#include <stdbool.h>

/** A descriptor, to be closed; -EBUSY: others hold it so that this cannot be had; -ENOENT, … Where the file system knows no locks one is had at once. */
int dirlock_take(const char *dir, bool alone);

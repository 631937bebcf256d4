/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Are a recording's chunks still there? They are kept for a time only, and something new can be made only while they are. Any thread.
 */
#pragma once

/** 1 there are chunk files, 0 there are none, -ENOENT no such directory, or another negative errno. */
int originals_there(const char *dir);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A listening socket from a line of text.
 */
#pragma once
#include <stddef.h>

enum { LISTEN_NAME_SIZE = 80 };
/** "ADDR:PORT", "[ADDR]:PORT", "*:PORT" (all addresses), port 0 a free one. On success *fd and name[] as it goes into a URL ("127.0.0.1:8090"); else
 *  negative errno and a sentence in why. */
int listen_open(int *fd, char name[LISTEN_NAME_SIZE], const char *address, char *why, size_t why_size);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which addresses a webhook may be sent to. Judged is the address a socket is about to be connected to, never a name, so that a name server that
 * answers differently the second time gains nothing. Pure; any thread.
 */
#pragma once
#include <stdbool.h>
#include <sys/socket.h>

/** NULL if it may be connected to, else what is wrong with it ("is a private address (RFC 1918)"). `private_too`: private networks, this machine and
 *  link-local addresses as well; but what serves a cloud machine's own secrets, and what is no host at all, never. */
const char *webhook_guard(const struct sockaddr *address, bool private_too);

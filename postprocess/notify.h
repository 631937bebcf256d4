/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Word to systemd, for Type=notify units; nothing where there is none.
 */
#pragma once

/** "READY=1", "STOPPING=1": one datagram to $NOTIFY_SOCKET. */
void notify_systemd(const char *state);

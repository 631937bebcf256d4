/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings of this host that a crash left open: closed at the next start, so that a worker can take them.
 */
#pragma once

/** Starts a thread that closes them, and returns. */
int orphans_start(void);
/** Waits for it; it stops after the recording it is at. */
void orphans_stop(void);

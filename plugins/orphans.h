/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings of this host that a crash left open are closed at the next start, so that a worker can take them; those that stopped while their disk was
 * away, when it is back.
 */
#pragma once

/** Starts a thread that closes them, and returns. */
int orphans_start(void);
/** A recording of this process whose end could not be written: tried again every second until the disk takes it, or at the next start. */
void orphans_later(const char *id);
/** Waits for it; it stops after the recording it is at. */
void orphans_stop(void);
/** When the last recording has ended. */
void orphans_free(void);

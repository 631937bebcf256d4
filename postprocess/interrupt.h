/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ctrl-C and SIGTERM for commands that work for a while: the first asks to finish tidily, the second kills. Main thread.
 */
#pragma once

void interrupt_catch(void);
/** The signal that came, 0: none. */
int interrupt_signal(void);

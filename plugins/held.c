/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The count of a thread's locks.
 */
#include "plugins/held.h"

_Thread_local int locks_held;

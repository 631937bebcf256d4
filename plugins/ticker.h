/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every 100 ms: keyframe requests that were held back, calls that have been empty long enough, recordings whose notice is overdue, files that may have changed. It only posts.
 */
#pragma once

int ticker_start(void);
void ticker_stop(void);

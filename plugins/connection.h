/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How good each participant's connection is, and telling the room when that changes.
 */
#pragma once
#include <stdint.h>
#include "plugins/quality.h"

enum { CONNECTION_STEP_US = 2000000, CONNECTION_SILENT_US = 4000000 };

/** Of a publisher handle; its strand's. */
struct connection {
	struct quality quality;
	uint32_t expected, received;       /* packets of all its streams, as of the last step */
};

/** Ticker: has all connections looked at every two seconds. */
void connections_tick(int64_t now_us);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How to say the same things to our plugin and to VideoRoom. Main thread.
 */
#pragma once
#include <stdint.h>
#include "tests/bench/generator/api.h"

struct call {
	struct api *api;
	const char *room;          /* a number, for VideoRoom */
	const char *secret;        /* the host's; VideoRoom: the room's */
	const char *recordings;    /* directory, for VideoRoom */
	unsigned publishers;
	uint64_t host;             /* handle that controls the recording: the first publisher's, or one of its own */
	char recording[128];       /* id, "" if it has none */
};

struct dialect {
	const char *name, *plugin;
	/** The room is there afterwards. */
	void (*prepare)(struct call *c);
	/** Publisher `index` joins on a handle of its own. */
	uint64_t (*join)(struct call *c, unsigned index);
	/** The answer's SDP, g_free(). */
	char *(*publish)(struct call *c, uint64_t handle, const char *offer);
	/** A viewer of all publishers: a handle and its offer's SDP, g_free(). */
	uint64_t (*watch)(struct call *c, char **offer);
	void (*start)(struct call *c, uint64_t handle, const char *answer);
	void (*record)(struct call *c);
	/** Returns when all is written. */
	void (*stop)(struct call *c);
};

/** "recroom" or "videoroom"; NULL for others. */
const struct dialect *dialect_find(const char *name);

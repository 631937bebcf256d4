/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which layers one receiver (or the recording) gets. It is told what it may get at most; a step up waits for a picture from which the higher layer can be
 * decoded, and the lower one goes on until then. Pure state machine, the clock passed in; the caller locks.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "plugins/layers.h"

enum { SELECTOR_ASK_US = 500000, SELECTOR_ASK_MAX_US = 4000000, SELECTOR_ANY_US = 300000 };

/** Highest substream, spatial and temporal layer. */
struct layer_limit { int substream, spatial, temporal; };
extern const struct layer_limit layer_limit_none;

struct selector {
	struct layer_limit max;
	int64_t up_us;             /* a higher substream must have been there this long */
	struct layer_limit now;    /* being sent; substream -1: nothing yet */
	bool in_picture;
	uint32_t ts;               /* newest picture */
	int target;                /* substream or, without simulcast, spatial layer that is waited for, */
	int64_t waits_us;          /* and since when; 0: none is */
	int64_t ask_us;            /* next request for a keyframe */
	unsigned asked;
};

enum selected {
	SELECT_SKIP,               /* of another substream */
	SELECT_DROP,               /* of the one that is sent, but a layer too high */
	SELECT_SEND,
	SELECT_SWITCH,             /* sent, and the first of another substream */
};
struct selection {
	enum selected what;
	bool marker;               /* its picture ends here for this receiver */
	bool ask;                  /* a keyframe is needed, and it is time to ask for it */
};

void selector_init(struct selector *s, int64_t up_us);
/** The next picture is a keyframe, of whatever substream: after packets that were not sent. */
void selector_restart(struct selector *s);
/** Goes on where packets were sent without it. */
void selector_adopt(struct selector *s);
/** Decides on a packet. */
struct selection selector_packet(struct selector *s, const struct layers *l, const struct layer_tag *tag, uint32_t ts, int64_t now_us);

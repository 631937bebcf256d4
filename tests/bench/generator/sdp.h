/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Session descriptions of the generator, by hand. Texts are g_free()d by the caller.
 */
#pragma once
#include <stdbool.h>
#include "tests/bench/generator/peer.h"
#include "tests/bench/generator/publisher.h"

/** A publisher's offer: a microphone, mid 0, and a camera, mid 1, if it has one. */
char *sdp_offer(const struct peer *peer, const struct publisher *p, bool video, bool red);
/** A viewer's answer: takes everything that is offered in the first format of each m-line. NULL when the offer makes no sense. */
char *sdp_answer(const struct peer *peer, const char *offer);
/** What Janus said about its transport goes to the peer. 0 or -EBADMSG. */
int sdp_take_remote(struct peer *peer, const char *sdp);
/** Whether an answer takes redundant audio. */
bool sdp_takes_red(const char *answer);

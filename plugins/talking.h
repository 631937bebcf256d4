/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who talks: loudness of a sent sound by the audio-level extension (RFC 6464), averaged over as many packets as the room says. Changes are told to the
 * room and noted in a running recording.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { TALKING_SILENCE = 127 };            /* -dBov */

/** What came since the last judgement. */
struct talking_window {
	unsigned packets;
	unsigned sum;              /* of their levels [-dBov] */
	int64_t age_us;
};
enum talking_verdict { TALKING_WAIT, TALKING_LOUD, TALKING_QUIET };
/** Loud is an average below `below`. Judged are `need` packets, or what came in the time that they would take and half of that again: a sender that sends
 *  little while it is silent, or nothing, is silent. *average as judged. */
enum talking_verdict talking_judge(const struct talking_window *w, int need, int below, int *average);

struct participant;
struct talking;

/** Of one sound; counted, and looked at by the ticker until talking_end(). */
struct talking *talking_create(struct participant *p, const char *mid);
void talking_unref(struct talking **t);
/** RTP hook: atomics only. level [-dBov], negative: the packet says nothing. */
void talking_packet(struct talking *t, int level);
/** Muted people do not talk. Any thread. */
void talking_mute(struct talking *t, bool muted);
bool talking_now(struct talking *t);
/** The sound is no more; idempotent. Task threads. */
void talking_end(struct talking *t);
/** Ticker. */
void talking_tick(int64_t now_us);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The cap on what one participant sends, told by REMB: the least of the room's, its own and the one a host gave it.
 */
#pragma once
#include <stdatomic.h>
#include <stdint.h>

enum { REMB_MAX = 1000000000 };    /* [bit/s] */

struct participant;
struct publisher;

struct remb {
	atomic_int own;            /* bit/s; 0: none */
	atomic_llong next_us;      /* when it is told again */
	atomic_uint times;         /* it was told since something is sent */
	int told;                  /* strand: bit/s; 0: none */
};

/** RTP hook, for each packet of pictures: tells the sender when it is time to, at once, again after a second, for the first may be lost, and then every five
 *  seconds. */
void remb_packet(struct publisher *pub, int64_t now_us);
/** A new cap of its own, told at once. Any thread. */
void remb_cap(struct publisher *pub, int bitrate);
/** The same by a host; it stays for as long as the participant is in the call. */
void remb_cap_by_host(struct participant *p, int bitrate);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One who sends a camera and a microphone: numbered pictures and Opus packets on a clock of its own, sender reports, answers to NACK and PLI, through
 * a network that is as bad as told.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "tests/bench/generator/media.h"
#include "tests/bench/generator/peer.h"

enum { PT_OPUS = 111, PT_RED = 63, PT_VP8 = 96 };

struct publisher_conf {
	const struct media *media; /* NULL: no camera */
	unsigned index;            /* in the call; spreads the publishers over the time between two pictures */
	uint64_t seed;
	double skew_ppm;           /* of its clock */
	int audio_delay_ms, jitter_ms;   /* of the network: the microphone's packets; 0..jitter more for each packet */
	double loss;               /* share of packets withheld, repetitions as well */
	double reorder;            /* share of packets delayed by a further reorder_ms */
	int reorder_ms;
	bool red;                  /* offer it, and send it if it is taken */
};

struct publisher;

struct publisher *publisher_create(const struct publisher_conf *conf);
/** The connection's user; publisher_free() comes with it. */
extern const struct peer_user publisher_user;
/** Before the connection is served. */
void publisher_set_peer(struct publisher *p, struct peer *peer);
void publisher_set_red(struct publisher *p, bool red);
uint32_t publisher_ssrc(const struct publisher *p, bool video);

/* All publishers. Any thread. */

/** They send from this time (CLOCK_MONOTONIC) on. */
void publishers_begin(int64_t at_us);
/** No picture or packet is captured any more from now on. */
void publishers_end(void);

struct publishers_stats {
	uint64_t packets, pictures, withheld, repeated, keyframes_asked, nacks, forgotten;   /* forgotten: asked for again too late */
	uint64_t late;             /* pictures and packets handed out more than 20 ms after their time */
	int64_t late_us;           /* the most */
};
struct publishers_stats publishers_stats(void);

/** What was captured, a line each: `video|audio number capture_us position packets withheld`. After the loops ended. */
void publisher_print(const struct publisher *p, FILE *out);

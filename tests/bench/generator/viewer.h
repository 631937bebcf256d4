/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One who receives: counts packets by the numbers in their headers, without decrypting them, which would cost the machine more than Janus does.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "tests/bench/generator/peer.h"

struct viewer;

/** `log`: every arrival is kept, for viewer_print(). */
struct viewer *viewer_create(bool log);
extern const struct peer_user viewer_user;

struct viewers_stats { uint64_t packets, missing, bytes; };
/** Of all viewers; any thread. `missing`: holes in the numbers, minus what came late. */
struct viewers_stats viewers_stats(void);

/** What arrived, a line each: `ssrc arrival_us timestamp`, CLOCK_MONOTONIC and as in the header. After the loops ended, before the connection is freed. */
void viewer_print(const struct viewer *v, FILE *out);

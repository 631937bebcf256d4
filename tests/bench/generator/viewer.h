/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One who receives: counts packets by the numbers in their headers, without decrypting them, which would cost the machine more than Janus does.
 */
#pragma once
#include <stdint.h>
#include "tests/bench/generator/peer.h"

struct viewer;

struct viewer *viewer_create(void);
extern const struct peer_user viewer_user;

struct viewers_stats { uint64_t packets, missing, bytes; };
/** Of all viewers; any thread. `missing`: holes in the numbers, minus what came late. */
struct viewers_stats viewers_stats(void);

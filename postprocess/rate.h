/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How often somebody may ask: a bucket for each key in a table of fixed size. Any thread.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct rate;
/** per_s 0: no limit, everybody may at any time. */
struct rate *rate_create(int per_s, int burst);
void rate_free(struct rate *r);
/** Takes one of `key`: 0, or how long until there is one [us] and nothing was taken. A key that has not been seen for long may be forgotten: it then
 *  has a full bucket. */
int64_t rate_take(struct rate *r, const void *key, size_t len, int64_t now_us);

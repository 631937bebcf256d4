/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Trying again within one call of a store: what may pass by itself is tried after a wait that doubles, with jitter so that many parts of an upload do not
 * come back at the same moment, or as long as the store asks for. Any thread; store_patience() of store.h says how long.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "postprocess/store.h"

enum { STORE_RETRY_FIRST_MS = 200, STORE_RETRY_MOST_MS = 8000, STORE_RETRY_AFTER_MOST_MS = 60000 };

/** How long before attempt n (2, 3, …). random: 0 to 1; half of the wait is certain. Pure. */
int64_t store_retry_wait_ms(int n, int64_t retry_after_ms, double random);
/** The calling thread's. */
const struct store_patience *store_patience_now(void);
bool store_stopping(void);
/** Calls once() until it returns 0, *why does not say `again`, or patience ends; -ECANCELED when stopping. `tried` (may be NULL) gets how often. */
int store_retry(int (*once)(void *ctx, struct store_why *why), void *ctx, int *tried, struct store_why *why);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an answer means for a message and for its endpoint, by the words of Standard Webhooks. Pure; any thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog_webhook.h"
#include "postprocess/webhook_attempt.h"

enum { WEBHOOK_ATTEMPTS = 10 };

/** Delays before the attempts after the first [ms], without jitter: 5 s … 24 h, 75 h in all. */
struct webhook_schedule {
	int64_t delay_ms[WEBHOOK_ATTEMPTS - 1];
	int64_t slow_first_ms, slow_max_ms;    /* how long an endpoint that asked for less is left alone: doubled each time */
	int64_t wait_max_ms;                   /* the longest Retry-After that is heeded */
};
extern const struct webhook_schedule webhook_standard;

/** attempts: made before this one. slow_ms: how long the endpoint was left alone last, 0: it was not. dice 0..1: the jitter. out->reason is the answer's. */
void webhook_verdict(struct catalog_sent *out, const struct webhook_schedule *s, const struct webhook_answer *a, int attempts, int64_t slow_ms, double dice);

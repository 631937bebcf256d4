/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Done, again or never. Called by webhook.c after each attempt.
 *
 *   2xx ─▶ done          410 ─▶ failed, the endpoint is off
 *   all else ─▶ retrying, later and later ─▶ failed;   429 502 503 504: the whole endpoint is left alone for a while
 */
#include <glib.h>
#include "postprocess/webhook_retry.h"

#define S 1000LL
#define MIN_ (60 * S)
#define H (60 * MIN_)

/* The schedule of the specification; its first attempt is at once. */
const struct webhook_schedule webhook_standard = {
	.delay_ms = { 5 * S, 5 * MIN_, 30 * MIN_, 2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H },
	.slow_first_ms = 5 * S, .slow_max_ms = 5 * MIN_, .wait_max_ms = 24 * H,
};

static bool asks_for_less(int status)
{
	return status == 429 || status == 502 || status == 503 || status == 504;
}

/* Up to a fifth more, so that what failed together does not come together again. */
static int64_t later(const struct webhook_schedule *s, int attempts, double dice)
{
	int64_t ms = s->delay_ms[CLAMP(attempts, 0, WEBHOOK_ATTEMPTS - 2)];

	return ms + (int64_t)((double)ms * 0.2 * dice);
}

void webhook_verdict(struct catalog_sent *out, const struct webhook_schedule *s, const struct webhook_answer *a, int attempts, int64_t slow_ms, double dice)
{
	int64_t wait_ms = MIN(MIN(a->retry_after_s, INT32_MAX) * S, s->wait_max_ms);

	*out = (struct catalog_sent){ .state = "done", .status = a->status };
	if (a->status / 100 == 2)
		return;
	out->reason = a->why;
	out->gone = a->status == 410;
	out->state = out->gone || attempts + 1 >= WEBHOOK_ATTEMPTS ? "failed" : "retrying";
	out->delay_ms = MAX(later(s, attempts, dice), wait_ms);
	if (asks_for_less(a->status))
		out->slow_ms = MAX(CLAMP(2 * slow_ms, s->slow_first_ms, s->slow_max_ms), MIN(wait_ms, s->slow_max_ms));
}

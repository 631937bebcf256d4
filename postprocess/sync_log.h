/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How well a source lies in recording time: what sender reports said (`sync` lines) against where its chunks were put (`chunk` lines). The difference between
 * recording time and the sender's clock is the same for all sources of a participant where all is in sync. Pure; memory is bounded.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct sync_log;

/** A chunk's line: its first frame's recording time and RTP time. *log is made when it is NULL. */
void sync_log_chunk(struct sync_log **log, unsigned segment, unsigned rate_hz, int64_t t_ms, int64_t rtp);
/** A `sync` line; ntp_us 0: no sender report so far. Both in order of the timeline. */
void sync_log_report(struct sync_log **log, unsigned segment, int64_t rtp, int64_t ntp_us, int64_t arrival_us);

struct sync_error {
	unsigned reports;          /* with a sender's time */
	unsigned compared;         /* of them; the rest is 0 without one */
	double bias_ms;            /* median with its sign: positive is late */
	double median_ms, p95_ms, max_ms;      /* of the size */
};
/** Against what the sound of the same participant says of the same moments, or (NULL, or itself) against its own reports before and after. NULL log: nothing known. */
void sync_log_error(const struct sync_log *log, const struct sync_log *sound, struct sync_error *out);
void sync_log_unref(struct sync_log **log);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nothing stays stuck: a thread of `recroom-pp serve` that at its start and every minute brings recordings a step towards a terminal state.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct reconcile_conf {
	const char *catalog, *host_id, *recordings, *config;     /* strings outlive the reconciler */
	const char *composer;          /* program for `repair`; NULL: this one */
	const char *address;           /* where this host's REST listens; NULL: nowhere */
	bool sweep;                    /* look after recordings, too */
	int every_ms;                  /* 0: 60000 */
	int64_t keep_taken_ms;         /* directories of recordings that another host finished from a store stay so long; 0: a week */
	int young_ms;                  /* directories without a row are left alone until nothing was written there for so long; 0: an hour */
	int takeover_min;              /* a host silent for so long whose files no worker reaches: finished from a store that has them; 0: never */
	int64_t local_ms;              /* outputs verified in their stores for so long lose their local copies; 0: never */
	int lost_h;                    /* a host that was silent for so long, and whose files no living worker reaches, does not come back; 0: 24 */
};
struct reconciler;
/** A catalog that does not answer is no failure: it is asked again. */
int reconciler_create(struct reconciler **out, const struct reconcile_conf *conf);
void reconciler_unref(struct reconciler **r);

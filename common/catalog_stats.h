/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the catalog holds, in numbers, for those who watch it.
 */
#pragma once
#include <jansson.h>
#include "common/catalog.h"

/** {recordings: {status: n}, jobs: {state: n}, output_bytes, compose_lag_ms, workers, webhooks: {due, failed}, webhook_oldest_ms: when the oldest event
 *  that waits happened, or 0; now_ms}. Jobs that are done or cancelled and recordings that are deleted are not counted. Reads only; the caller decrefs. */
int catalog_stats(struct catalog *c, json_t **out);

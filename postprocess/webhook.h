/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sender of webhooks in `recroom-pp serve`: one thread that takes messages from the catalog and posts them, to several endpoints and about several
 * recordings side by side. Any number of processes may send from one catalog. At least once, with the same webhook-id each time; in order per
 * endpoint and recording.
 */
#pragma once
#include "common/settings.h"
#include "common/token.h"
#include "postprocess/webhook_retry.h"

struct delivery;
struct webhook_conf {
	const char *catalog;           /* URL; the sender has a connection of its own */
	const struct delivery *delivery;       /* NULL: there are no stores; must outlive it */
	const struct settings *settings;       /* webhooks, host_id, public_url, url_ttl_s */
	struct token_keys *keys;       /* sign links; NULL: there are none */
	const struct webhook_schedule *schedule;       /* NULL: webhook_standard */
	int timeout_ms, lease_ms;      /* 0: 20000, twice the time-out and 5 s */
	int poll_ms;                   /* how often the catalog is looked at; 0: 500 */
};
struct webhook_sender;
/** Reads the secrets and starts. Everything in conf must outlive it. On failure a sentence in why. */
int webhook_create(struct webhook_sender **out, const struct webhook_conf *conf, char *why, size_t why_size);
/** Ends: what is being sent has 2 s to come to an end, the rest is given back. */
void webhook_unref(struct webhook_sender **w);

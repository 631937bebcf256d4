/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a finished file can be had besides this machine: its verified copies in stores, and the addresses that are given out for them. Made once from the
 * configuration; any thread. Nothing is asked of the network but, now and then, credentials.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "postprocess/stores.h"

struct delivery;

/** stores: borrowed, must outlive it; NULL: there are none. On failure (a CDN's key) a sentence in why. */
int delivery_create(struct delivery **out, struct stores *stores, char *why, size_t why_size);
void delivery_unref(struct delivery **d);

struct delivery_copy {
	struct store *store;               /* on loan; NULL: none */
	const char *key, *key_id;          /* borrowed from the row; key_id NULL: not sealed */
	int64_t size;                      /* of the object */
	int64_t verified_ms;
};
/** The best verified copy of a file, a row with `copies`: the primary store's, then in the order of the configuration. False: there is none. d may be NULL. */
bool delivery_find(const struct delivery *d, json_t *file, struct delivery_copy *out);

struct delivery_ask {
	const char *method;                /* GET or HEAD */
	const char *disposition;           /* how the answer is to be saved, NULL: shown */
	const char *mime;
	int64_t exp_s;                     /* the address is good until then, … */
	int ttl_s;                         /* … having been made so long before: equal for equal exp_s */
};
/** An address at which anybody may fetch the copy for a while: the CDN's, unless it is to be saved under a name, which a CDN cannot say; else the store's; in a public
 *  store one that is good for ever. g_free(). -ENOTSUP: sealed, or a directory; or as store_url(). */
int delivery_url(const struct delivery *d, const struct delivery_copy *c, const struct delivery_ask *ask, char **out);
/** The origins of such addresses, parted by blanks, for a page's Content-Security-Policy: "" or " https://…". g_free(). */
char *delivery_origins(const struct delivery *d);

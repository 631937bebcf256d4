/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Connections under watch: how many an address has, and that none is slower than it may be. libmicrohttpd's threads say what happens, a thread of the
 * guard's ends what takes too long.
 *
 *   opened ─▶ head ─▶ body ─▶ busy (ours to answer) ─▶ sending ─▶ head … ─▶ closed
 */
#pragma once
#include <stdbool.h>
#include "postprocess/address.h"

enum guard_stage { GUARD_HEAD, GUARD_BODY, GUARD_BUSY, GUARD_SENDING };

struct guard_conf {
	int per_address;           /* connections; 0: no limit */
	const struct networks *proxies;    /* whom that does not count for; NULL: none */
	int head_ms;               /* until the head of a request is whole, from connecting or the answer before on; 0: 10 s */
	int body_ms;               /* until its body is; 0: 20 s */
	int send_ms;               /* in each such time the client takes 16 KiB of an answer, or all of it; 0: 30 s */
};
struct guard;
struct guarded;
int guard_create(struct guard **out, const struct guard_conf *conf);
/** All connections are closed. */
void guard_unref(struct guard **g);

/** May this address have one more? */
bool guard_admits(struct guard *g, const struct address *a);
struct guarded *guard_open(struct guard *g, int fd, const struct address *a);
/** Before the socket is closed. */
void guard_close(struct guard *g, struct guarded *c);
void guard_stage(struct guard *g, struct guarded *c, enum guard_stage stage);

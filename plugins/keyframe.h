/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keyframe requests to one sent stream: at most one in 500 ms, and none is lost, for one that came too early is made up for by the ticker. A recording
 * that begins does not wait so long.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { KEYFRAME_INTERVAL_US = 500000, KEYFRAME_FRESH_US = 20000 };

/** The decision, without threads: `ask` is true when the request may go at once, `due` when a held-back one may. */
struct keyframe_gate {
	bool sent, pending;
	bool soon;                 /* the held-back one cannot wait */
	int64_t last_us;
};
bool keyframe_gate_ask(struct keyframe_gate *g, int64_t now_us);
/** The same for one that cannot wait: held back only while one is under way, for KEYFRAME_FRESH_US. */
bool keyframe_gate_ask_now(struct keyframe_gate *g, int64_t now_us);
/** The same when the keyframe that was asked for has come and is of no use: nothing is under way. */
bool keyframe_gate_ask_again(struct keyframe_gate *g, int64_t now_us);
bool keyframe_gate_due(struct keyframe_gate *g, int64_t now_us);

struct session;
struct keyframe;
/** Counted; holds the session. */
struct keyframe *keyframe_create(struct session *session, int mindex);
struct keyframe *keyframe_ref(struct keyframe *k);
void keyframe_unref(struct keyframe **k);
/** Any thread, also the RTP hook: the request itself goes out on the session's strand. */
void keyframe_request(struct keyframe *k);
/** Past the interval: the beginning of a recording's segment. Any thread. */
void keyframe_request_now(struct keyframe *k);
/** … when the keyframe that came was taken before it. */
void keyframe_request_again(struct keyframe *k);
/** Ticker. */
void keyframe_tick(int64_t now_us);
/** Forgets what is held back. */
void keyframe_exit(void);

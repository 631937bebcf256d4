/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Work that may block, on two small pools of threads. Work of one strand runs in order, one piece at a time; strands run side by side. What may wait
 * for the disk has threads of its own, so that nobody's negotiation waits behind it.
 */
#pragma once
#include <stdbool.h>

/** Called exactly once for each piece posted; owns arg. `cancelled`: the plugin is going, only free. */
typedef void (task_h)(void *arg, bool cancelled);

enum task_kind { TASK_CALL, TASK_DISK };
enum { TASK_THREADS_MAX = 32 };    /* of those that negotiate */

int task_init(unsigned threads, unsigned disk_threads);
/** Every 100 ms, one thread: where nothing was taken up since the last time and something waits, all threads are held by what they do (a negotiation takes up to 8 s in
 *  Janus, as handles like it), and another one is started, up to TASK_THREADS_MAX. */
void task_relieve(void);
/** Waits until all that was posted has run, then ends the threads. What is posted later (or before init) comes back cancelled at once. Idempotent. */
void task_exit(void);

struct strand;
struct strand *strand_create(enum task_kind kind);
struct strand *strand_ref(struct strand *s);
void strand_unref(struct strand **s);
/** Any thread, also the RTP hook at throttled rates; never blocks on the work. */
void strand_post(struct strand *s, task_h *run, void *arg);
/** Pieces not begun. */
unsigned strand_pending(struct strand *s);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A few threads for work that waits for others, and a short queue before them. Any thread may post.
 */
#pragma once
#include <stdbool.h>

struct crew;
/** 0 or negative errno. */
int crew_create(struct crew **out, unsigned threads, unsigned queue);
/** False, and nothing is called: the queue is full, or the crew is going. */
bool crew_post(struct crew *c, void (*run)(void *arg), void *arg);
/** Takes no more, runs what was posted, ends the threads. crew_post() may still be called, and refuses. */
void crew_stop(struct crew *c);
void crew_unref(struct crew **c);

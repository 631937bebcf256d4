/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of workers: <host>:<pid>:<start of the process>:<machine>:<random>, so that another process of the machine can tell a dead one from a living one.
 * Any thread.
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>
#include "common/catalog.h"

enum { WORKER_NAME_SIZE = 192 };

/** When the process started, in the kernel's ticks since boot; 0 if there is none or only its remains. Pid and start name a process for ever. */
unsigned long long process_start(pid_t pid);
/** A name for this process, another one each time. */
void worker_name_make(char out[WORKER_NAME_SIZE], const char *host_id);
/** Does the name say a process of this machine and this host that is no more? What another machine or container did cannot be told, and is false. */
bool worker_name_dead(const char *name, const char *host_id);
/** Has the jobs of this host's dead workers queued again, at once. How many workers, or negative errno. */
int worker_take_back(struct catalog *c, const char *host_id);

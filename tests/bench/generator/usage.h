/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What another process and the network have used, from /proc.
 */
#pragma once
#include <stdint.h>

struct usage {
	int64_t user_us, system_us;        /* of the process, all its threads, those that ended as well */
	uint64_t switches;                 /* of the threads that are there now */
	uint64_t udp_overflows;            /* datagrams that found a socket's buffer full, in this network namespace */
	int64_t at_us;
};

/** 0 or negative errno. */
int usage_read(struct usage *u, int pid);

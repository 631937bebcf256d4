/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Slowing down those who guess tokens and links, per address: a network of IPv6 (/64) is one address, since one machine has all of it. Only what was wrong
 * counts; nobody is locked out for longer than some seconds. A table of a fixed size: with more addresses than it holds, those with the fewest wrong ones are
 * forgotten. Any thread.
 */
#pragma once
#include <stdint.h>

enum { ATTEMPTS_FREE = 20, ATTEMPTS_LEAK_S = 2, ATTEMPTS_WAIT_MAX_S = 10 };

struct attempts;
struct attempts *attempts_create(void);
void attempts_free(struct attempts **a);
/** How long this address has to wait before another secret of it is looked at [ms], 0: not at all. An address that is none is one of its own. */
int64_t attempts_wait_ms(struct attempts *a, const char *address, int64_t now_us);
void attempts_wrong(struct attempts *a, const char *address, int64_t now_us);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who looked at what lately, so that the access log has it once: a player that asks for a file in a hundred ranges looked at it once. Not locked: the caller's.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/catalog_access.h"

struct lately;
struct lately *lately_create(void);
void lately_free(struct lately *l);
/** The same action on the same item by the same actor and address, less than half an hour after the last time it was asked here? Changes never are. */
bool lately_again(struct lately *l, const struct catalog_access *a, int64_t now_us);

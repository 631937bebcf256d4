/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a host wants the picture: {"layout":"speaker","focus":"user2","regions":[…]}, in requests and in the timeline. Pure.
 */
#pragma once
#include <jansson.h>
#include <stddef.h>

/** Checks layout (must be there), focus and regions of `o`, whose other members do not matter. 0, or -EINVAL with a sentence. */
int look_check(json_t *o, char *why, size_t why_size);
/** A new object with just these members. */
json_t *look_of(json_t *o);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Range header of RFC 9110 §14, one range of bytes. Pure.
 */
#pragma once
#include <stdint.h>

struct range { uint64_t from, length; };

/** For a representation of `size` bytes: 1 and *out for one satisfiable range; 0 when the header is to be ignored (NULL, other unit, malformed, several
 *  ranges): the whole is sent; -ERANGE when it cannot be satisfied. */
int range_parse(struct range *out, const char *header, uint64_t size);

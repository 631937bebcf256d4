/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * docs/openapi.yaml, built in: what is served is of the version that serves it.
 */
#pragma once
#include <stddef.h>

/** Its lines, each with its newline; ends with NULL. */
extern const char *const openapi_lines[];

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the keys of the configuration file must not say together. Called by settings.c alone. Pure.
 */
#pragma once
#include <stddef.h>
#include "common/settings.h"

/** 0, or -EINVAL with one sentence that names the keys. */
int settings_check(const struct settings *s, char *why, size_t size);
/** The part of it about `storage` and `store`. */
int settings_check_storage(const struct settings *s, char *why, size_t size);

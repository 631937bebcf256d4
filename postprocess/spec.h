/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The spec is shared with the plugin, which checks with it what clients ask for.
 */
#pragma once
#include "common/spec.h"

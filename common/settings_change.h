/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From one configuration to the next while a program runs: what differs, and what of it may count at once. Pure.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include "common/settings.h"

/** May this key of these sections change while the program runs? */
typedef bool settings_may_h(const char *section, const char *key);

/** Of the sections in `sections` (with blanks) and the list token_keys: what differs and may not change becomes in `next` what it is in `now`. The names of
 *  both, "limits.max_streams", are added to the arrays (of char *, g_free() as their free function). */
void settings_keep(struct settings *next, const struct settings *now, const char *sections, settings_may_h *may, GPtrArray *changed, GPtrArray *kept);
/** Room of that id, or NULL. */
const struct settings_room *settings_room_find(const struct settings *s, const char *id);
bool settings_room_equal(const struct settings_room *a, const struct settings_room *b);
/** Nobody reads the lists any more (rooms, token_keys, webhooks, storage). */
void settings_drop_lists(struct settings *s);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The plugin's life: what exists once, from init() to destroy(). (Not plugin.h: Janus has a header of that name in a folder of that name.)
 */
#pragma once
#include <stdbool.h>
#include "common/settings.h"
#include "common/token.h"
#include "plugins/compat.h"

struct ledger;

/** 0 or negative, with one clear line in the log. On failure nothing is left running. */
int life_init(janus_callbacks *callbacks, janus_plugin *self, const char *config_folder);
/** Waits for callbacks under way, stops recordings, joins threads, frees everything. */
void life_destroy(void);
/** Around every callback: false when the plugin is going, and then nothing may be touched. Never blocks. */
bool life_enter(void);
void life_leave(void);

/* Alive between init and destroy. */
/** Constant, but another may have taken its place by the next call (life_set_settings()); its lists are for reload.c. */
const struct settings *life_settings(void);
/** Gives those of before, which whoever has them may go on reading, but for their lists. One at a time. */
struct settings *life_set_settings(struct settings *next);
/** The file they came from. */
const char *life_config(void);
/** Looked at again once a second, on a thread that may wait for the disk. */
struct token_keys *life_keys(void);
/** Ticker thread. */
void life_tick(int64_t now_us);
struct ledger *life_ledger(void);

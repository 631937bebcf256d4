/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `recroom-pp storage ACTION`: an action is a row of the table in cmd_storage.c, a word in the command's choices (options.c) and a function here. Main thread.
 */
#pragma once
#include "postprocess/cmd.h"
#include "postprocess/stores.h"

/** Each action gets the settings loaded and the stores open; its further argument is a->o.args[1] or NULL. Returns an exit code. */
typedef int (storage_action_h)(struct app *a, struct stores *stores);

int storage_setup(struct app *a, struct stores *stores);
int storage_check_action(struct app *a, struct stores *stores);
/** Needs no store: that one is configured no more. */
int storage_forget(struct app *a, struct stores *stores);
/** The keys of what is encrypted, wrapped by the newest master key; of the catalog, no store is asked. */
int storage_rekey(struct app *a, struct stores *stores);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * state.json of a recording's directory: what else only the catalog knows, so that a hold and how long it is kept survive the loss of that
 * (docs/recording-format.md). Any thread.
 */
#pragma once

struct catalog;

/** Writes what the catalog says, if the directory is here; what fails is logged. */
void state_file_write(struct catalog *c, const char *recordings, const char *id);
/** After a recording came back from its directory: 0, also where there is no such file, or negative errno. */
int state_file_restore(struct catalog *c, const char *dir, const char *id);

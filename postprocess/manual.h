/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tables of options.c say to people and shells. All write to `f` and cannot fail.
 */
#pragma once
#include <stdio.h>
#include "postprocess/options.h"

/** One line of usage, with "Try --help", for a mistake. */
void manual_hint(FILE *f, const struct command *command);
/** --help of the program (NULL) or of a command. */
void manual_help(FILE *f, const struct command *command);
/** The man page, recroom-pp(1), as roff. */
void manual_page(FILE *f);
/** Versions of the program and of the libraries it runs with. */
void manual_version(FILE *f, bool json);
/** Completion script; shell "bash", "zsh" or "fish". */
void completion_script(FILE *f, const char *shell);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration file, read again while calls go on: rooms come and change, and of the rest what may.
 */
#pragma once
#include "plugins/request.h"

/** Answers {added, changed, gone: rooms; settings, restart: keys}. A file that cannot be used changes nothing: APP_INVALID_ELEMENT with its sentence.
 *  Reads a file: a thread that may wait for the disk, no lock held. */
enum app_error reload(struct request *r);

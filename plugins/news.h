/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the workers write into the catalog about recordings, brought to the people in the room: recordingcompleted (with signed links for those who may have
 * them), recordingfailed, recordingdeleted, recordingprogress.
 */
#pragma once
#include <jansson.h>

void news_init(void);
void news_exit(void);
/** Handlers of the ledger: on its thread, rows borrowed. */
void news_event(json_t *row, void *arg);
void news_progress(json_t *row, void *arg);

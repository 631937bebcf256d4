/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recording events (ARCHITECTURE.md §4): one table of names, and their payload as the catalog stores it and messages carry it (keys, never URLs).
 * Any thread.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum event_type {
	EVENT_UNKNOWN, EVENT_STARTING, EVENT_STARTED, EVENT_PAUSED, EVENT_RESUMED, EVENT_STOPPED, EVENT_STATUS, EVENT_PROGRESS, EVENT_COMPLETED,
	EVENT_FAILED, EVENT_DEGRADED, EVENT_DELETED, EVENT_EXPIRING, EVENT_OUTPUT_COMPLETED, EVENT_OUTPUT_FAILED, EVENTS_
};

/** "recordingstarted"; "" for EVENT_UNKNOWN. */
const char *event_name(enum event_type type);
enum event_type event_find(const char *name);
/** Is it kept in the catalog and numbered, or only said once? */
bool event_stored(enum event_type type);

/** {roomId (only where the event has it), recordingId, …extra}. `extra`: an object whose members are added, taken, may be NULL. Never NULL. */
json_t *event_payload(enum event_type type, const char *room, const char *recording_id, json_t *extra);

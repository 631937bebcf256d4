/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The recording events' names and JSON. The plugin makes those of the capture, the catalog those of a job's end.
 */
#include <glib.h>
#include <string.h>
#include "common/event.h"

static const struct {
	const char *name;
	bool stored, names_room;
} events[EVENTS_] = {
	[EVENT_UNKNOWN] = { "", false, false },
	[EVENT_STARTING] = { "recordingstarting", true, true },
	[EVENT_STARTED] = { "recordingstarted", true, true },
	[EVENT_PAUSED] = { "recordingpaused", true, true },
	[EVENT_RESUMED] = { "recordingresumed", true, true },
	[EVENT_STOPPED] = { "recordingstopped", true, true },
	[EVENT_STATUS] = { "recordingstatus", false, false },
	[EVENT_PROGRESS] = { "recordingprogress", false, false },
	[EVENT_COMPLETED] = { "recordingcompleted", true, false },
	[EVENT_FAILED] = { "recordingfailed", true, false },
	[EVENT_DEGRADED] = { "recordingdegraded", true, false },
	[EVENT_DELETED] = { "recordingdeleted", true, false },
	[EVENT_EXPIRING] = { "recordingexpiring", true, false },
	[EVENT_OUTPUT_COMPLETED] = { "outputcompleted", true, false },
	[EVENT_OUTPUT_FAILED] = { "outputfailed", true, false },
};

const char *event_name(enum event_type type)
{
	return events[type].name;
}

enum event_type event_find(const char *name)
{
	for (enum event_type t = EVENT_UNKNOWN + 1; t < EVENTS_; t++) {
		if (name && !strcmp(events[t].name, name))
			return t;
	}
	return EVENT_UNKNOWN;
}

bool event_stored(enum event_type type)
{
	return events[type].stored;
}

json_t *event_payload(enum event_type type, const char *room, const char *recording_id, json_t *extra)
{
	json_t *o = json_object();

	if (events[type].names_room)
		json_object_set_new(o, "roomId", json_string(room));
	json_object_set_new(o, "recordingId", json_string(recording_id));
	if (extra)
		json_object_update(o, extra);
	json_decref(extra);
	return o;
}

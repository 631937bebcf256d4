/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings: the room's quota. On the recording's strand, which may wait for the database; nobody else does.
 *
 *   start ─▶ sums of the catalog ─▶ refused (`quota`), or so many bytes are left ─▶ each second: nine tenths used: warned; all: stopped (`quota`)
 *
 * Where the database does not answer, the sums of the last start count; a recording is not refused for that.
 */
#include <inttypes.h>
#include "common/log.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/recording_state.h"
#include "plugins/room.h"

enum { WARN_TENTHS = 9 };

static void read_usage(struct recording *rec, struct catalog_usage *now)
{
	struct room *room = rec->room;
	int err = ledger_room_usage(life_ledger(), room->id, now);

	held_take(&room->lock);
	if (!err)
		room->automatic.usage = *now;
	else
		*now = room->automatic.usage;
	held_release(&room->lock);
	if (err)
		log_warn("recording %s: what room %s keeps is not known just now: %s", rec->id, room->id, err_str(err));

}

enum app_error recording_check_quota(struct recording *rec)
{
	int64_t most = (int64_t)rec->policy.quota_mb << 20;
	struct catalog_usage now;

	if (!rec->policy.quota_recordings && !most)
		return APP_OK;
	read_usage(rec, &now);
	if (rec->policy.quota_recordings && now.recordings >= rec->policy.quota_recordings)
		return APP_QUOTA;
	if (most && now.bytes >= most)
		return APP_QUOTA;
	rec->quota_bytes = most ? most - now.bytes : 0;
	return APP_OK;
}

void recording_follow_quota(struct recording *rec, int64_t bytes)
{
	if (!rec->quota_bytes || rec->over)
		return;
	if (bytes >= rec->quota_bytes) {
		log_warn("recording %s: stopped, room %s has reached its quota of %d MiB", rec->id, rec->room->id, rec->policy.quota_mb);
		recording_stop(rec, "quota", NULL);
	} else if (!rec->quota_told && bytes >= rec->quota_bytes / 10 * WARN_TENTHS) {
		rec->quota_told = true;
		recording_event(rec, "recordingdegraded", json_pack("{ss}", "reason", "quota"));
	}
}

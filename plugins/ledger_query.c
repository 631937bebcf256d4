/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the ledger reads, and the few writes whose answer is waited for: on the caller's thread, over a connection of its own, after what was pushed
 * before is written. Task threads.
 */
#include <errno.h>
#include "common/catalog_access.h"
#include "common/log.h"
#include "common/root.h"
#include "plugins/held.h"
#include "plugins/ledger_entry.h"

enum { OWN_WRITES_MS = 1000 };

/* Who asks sees what was written before, unless the database is away: then the answer is as old as it is. */
static bool wait_for_own_writes(struct ledger *l)
{
	int64_t until_us = clock_mono_us() + OWN_WRITES_MS * 1000LL;
	int64_t goal;
	bool away;

	held_take(&l->lock);
	goal = l->pushed;
	while (l->done < goal && !l->away && cond_wait_until(&l->written, &l->lock, until_us))
		;
	away = l->away;
	held_release(&l->lock);
	return !away;
}

/* A database that is known to be away is not dialled: that may take long. */
int ledger_reader(struct ledger *l, struct catalog **out)
{
	bool there = wait_for_own_writes(l);
	int err = 0;

	held_take(&l->query_lock);
	if (!l->reader)
		err = there ? catalog_open(&l->reader, l->url) : -EBUSY;
	*out = l->reader;
	held_release(&l->query_lock);
	return err;
}

int ledger_recording_get(struct ledger *l, const char *id, json_t **out)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_recording_get(c, id, out);
}

int ledger_output_add(struct ledger *l, const struct catalog_new_output *o, int *output)
{
	struct catalog_job job;
	struct catalog *c;
	int err = ledger_reader(l, &c);

	if (!err)
		err = catalog_output_add(c, o, &job);
	*output = err ? 0 : job.output;
	return err;
}

int ledger_output_again(struct ledger *l, const char *recording, int output)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_output_again(c, recording, output);
}

int ledger_output_cancel(struct ledger *l, const char *recording, int output)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_output_cancel(c, recording, output);
}

int ledger_share_add(struct ledger *l, const struct catalog_share *s, bool note)
{
	struct catalog_access row = { .at_ms = clock_wall_ms(), .action = ACCESS_SHARED, .recording = s->recording, .item = s->name, .actor = s->created_by };
	struct catalog *c;
	int err = ledger_reader(l, &c), got = err ? err : catalog_share_add(c, s);

	if (got > 0 && note)
		err = catalog_access_add(c, &row, 1);
	if (got > 0 && err)
		log_warn("recording %s: a link was given away, and that is not in the access log: %s", s->recording, err_str(err));
	return got;
}

int ledger_share_revoke(struct ledger *l, const char *recording, const char *id)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_share_revoke(c, recording, id);
}

int ledger_recording_list(struct ledger *l, const struct catalog_filter *f, json_t **rows, char next[128])
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_recording_list(c, f, rows, next);
}

int ledger_recording_unclosed(struct ledger *l, json_t **rows)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_recording_unclosed(c, ledger_host(l), rows);
}

int ledger_room_usage(struct ledger *l, const char *room, struct catalog_usage *out)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : catalog_room_usage(c, room, out);
}

int ledger_root_is_there(struct ledger *l)
{
	struct catalog *c;
	int err = ledger_reader(l, &c);

	return err ? err : root_is_there(c, l->recordings, ledger_host(l));
}

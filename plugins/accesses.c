/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Notes of the access log. Called by request_library.c, on disk threads.
 *
 *   request ─▶ seen within half an hour? ─ no ─▶ ledger ─▶ journal ─▶ catalog
 */
#include "plugins/accesses.h"
#include "common/lately.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/request.h"

static struct {
	struct lock lock;          /* lately (leaf) */
	struct lately *lately;
} all = { .lock = LOCK_INIT };

void accesses_init(void)
{
	all.lately = lately_create();
}

void accesses_exit(void)
{
	lately_free(all.lately);
	all.lately = NULL;
}

void accesses_note(const struct request *r, enum access_action action, const char *recording, int output)
{
	char actor[ID_SIZE + PARTICIPANT_SIZE + 2], item[16];
	struct catalog_access a = { .at_ms = clock_wall_ms(), .action = action, .recording = recording, .actor = actor, .item = output ? item : NULL };
	bool again;

	if (!life_settings()->keep_access_days || !r->participant)
		return;
	g_snprintf(actor, sizeof(actor), "%s/%s", r->participant->call_id, r->participant->id);     /* as in the token that join gave */
	g_snprintf(item, sizeof(item), "%d", output);
	held_take(&all.lock);
	again = lately_again(all.lately, &a, clock_mono_us());
	held_release(&all.lock);
	if (!again)
		ledger_access(life_ledger(), &a);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recording time with pauses; used by capture on task threads (under its lock) and, as a copy, by the capture thread.
 */
#include "plugins/rectime.h"

#include <string.h>
#include "common/sync.h"

int64_t (*rec_clock_us)(void) = clock_mono_us;

void rectime_start(struct rectime *r, int64_t now_us)
{
	*r = (struct rectime){ .start_us = now_us, .end_us = INT64_MAX };
}

bool rectime_paused(const struct rectime *r)
{
	return r->n > 0 && r->pauses[r->n - 1].to_us == INT64_MAX;
}

bool rectime_pause(struct rectime *r, int64_t now_us)
{
	if (rectime_paused(r))
		return false;
	if (r->n == RECTIME_PAUSES) {
		r->older_us += r->pauses[0].to_us - r->pauses[0].from_us;
		memmove(r->pauses, r->pauses + 1, (RECTIME_PAUSES - 1) * sizeof(r->pauses[0]));
		r->n--;
	}
	r->pauses[r->n].from_us = now_us;
	r->pauses[r->n++].to_us = INT64_MAX;
	return true;
}

bool rectime_resume(struct rectime *r, int64_t now_us)
{
	if (!rectime_paused(r))
		return false;
	r->pauses[r->n - 1].to_us = now_us;
	return true;
}

void rectime_end(struct rectime *r, int64_t now_us)
{
	r->end_us = now_us;
}

int64_t rectime_at(const struct rectime *r, int64_t mono_us)
{
	int64_t at = mono_us < r->end_us ? mono_us : r->end_us;
	int64_t paused = r->older_us;

	for (int i = 0; i < r->n && r->pauses[i].from_us < at; i++)
		paused += (r->pauses[i].to_us < at ? r->pauses[i].to_us : at) - r->pauses[i].from_us;
	at -= r->start_us + paused;
	return at > 0 ? at : 0;
}

bool rectime_covers(const struct rectime *r, int64_t mono_us)
{
	if (mono_us < r->start_us || mono_us >= r->end_us)
		return false;
	for (int i = 0; i < r->n; i++) {
		if (mono_us >= r->pauses[i].from_us && mono_us < r->pauses[i].to_us)
			return false;
	}
	return true;
}

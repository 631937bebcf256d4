/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Figures of the plugin. Packets are counted by the RTP hook in its streams alone (quality.h); here they are added up when somebody asks, so that
 * no packet costs more for it.
 *
 *   writer: lines, seals ─┐
 *   requests refused ─────┼─▶ common/metrics ─▶ meter_text() ─▶ Admin request "metrics" ─▶ GET /metrics of recroom-pp serve
 *   rooms, streams ───────┘ looked at when asked
 */
#include "plugins/meter.h"

#include <glib.h>
#include "common/metrics.h"
#include "plugins/held.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/stream.h"
#include "plugins/writer.h"

enum { AUDIO, VIDEO, KINDS };              /* as the label "kind" */

/* Of streams that are gone. */
static _Atomic int64_t gone_received[KINDS], gone_lost[KINDS];

struct sums { int64_t participants, received[KINDS], lost[KINDS]; };

static void count_stream(const struct stream *st, int64_t *received, int64_t *lost)
{
	for (int i = 0; i < LAYERS_SUBSTREAMS; i++) {
		unsigned came = atomic_load(&st->uplinks[i].received), expected = atomic_load(&st->uplinks[i].expected);

		*received += came;
		*lost += expected > came ? expected - came : 0;
	}
}

void meter_stream_gone(const struct stream *st)
{
	int64_t received = 0, lost = 0;

	count_stream(st, &received, &lost);
	atomic_fetch_add(&gone_received[st->video], received);
	atomic_fetch_add(&gone_lost[st->video], lost);
}

static void look_at_person(struct participant *p, struct sums *s)
{
	struct session *session = participant_publisher(p);
	struct publisher *pub = session ? session_publisher(session) : NULL;
	GPtrArray *all = pub ? publisher_streams(pub) : NULL;

	for (guint i = 0; all && i < all->len; i++) {
		const struct stream *st = all->pdata[i];

		count_stream(st, &s->received[st->video], &s->lost[st->video]);
	}
	if (all)
		g_ptr_array_unref(all);
	publisher_unref(&pub);
	session_unref(&session);
}

static void look_at_rooms(struct sums *s)
{
	GPtrArray *all = rooms_all();

	metric_set(METRIC_ROOMS, 0, all->len);
	for (guint i = 0; i < all->len; i++) {
		GPtrArray *people = room_people(all->pdata[i]);

		s->participants += people->len;
		for (guint k = 0; k < people->len; k++)
			look_at_person(people->pdata[k], s);
		g_ptr_array_unref(people);
	}
	g_ptr_array_unref(all);
}

char *meter_text(void)
{
	GString *text = g_string_new(NULL);
	struct sums s = { 0 };

	/* A stream that goes in between is counted twice for once rather than not at all. */
	look_at_rooms(&s);
	metric_set(METRIC_PARTICIPANTS, 0, s.participants);
	for (size_t k = 0; k < KINDS; k++) {
		metric_set(METRIC_PACKETS_RECEIVED, k, s.received[k] + atomic_load(&gone_received[k]));
		metric_set(METRIC_PACKETS_LOST, k, s.lost[k] + atomic_load(&gone_lost[k]));
	}
	recordings_measure();
	metric_set(METRIC_PLUGIN_INFO, 0, 1);
	metric_set(METRIC_QUEUE_BYTES, 0, writer_waiting_bytes());
	metric_set(METRIC_LEDGER_WAITING, 0, ledger_waiting(life_ledger()));
	metric_set(METRIC_LEDGER_BEHIND, 0, ledger_behind(life_ledger()));
	metrics_write(text, METRIC_OF_PLUGIN);
	return g_string_free(text, FALSE);
}

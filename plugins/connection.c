/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Quality of connections. Every two seconds, on the strand of each participant's publisher handle; the RTP hook only counts.
 *
 *   streams' uplinks, the subscriber handle's downlink ─▶ quality_step ─ changed ─▶ "connectionquality" to the room
 */
#include "plugins/connection.h"

#include <math.h>
#include "plugins/downlink.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/subscriber.h"

struct view {
	struct quality_seen seen;
	uint32_t expected, received;
	unsigned jitter_us;        /* least of all streams: pictures jitter by their size, sound does not */
	int64_t heard_us;          /* latest packet */
	bool flows;                /* some stream is not muted */
	int64_t down_rate;
};

static void look_at_stream(struct view *v, struct stream *st)
{
	int64_t heard_us = atomic_load(&st->heard_us);

	v->heard_us = heard_us > v->heard_us ? heard_us : v->heard_us;
	v->flows |= !stream_muted(st);
	for (int i = 0; i < LAYERS_SUBSTREAMS; i++) {
		unsigned expected = atomic_load(&st->uplinks[i].expected), jitter_us = atomic_load(&st->uplinks[i].jitter_us);

		v->expected += expected;
		v->received += atomic_load(&st->uplinks[i].received);
		if (expected && jitter_us < v->jitter_us)
			v->jitter_us = jitter_us;
	}
}

/* What was lost since the last step; nothing is known when a stream ended meanwhile. */
static void compare(struct view *v, struct connection *c)
{
	uint32_t expected = v->expected - c->expected, received = v->received - c->received;

	v->seen.up = v->expected > c->expected && expected < UINT32_MAX / 2;
	v->seen.up_lost = v->seen.up && received < expected ? (double)(expected - received) / expected : 0;
	v->seen.jitter_ms = v->seen.up ? v->jitter_us / 1000 : 0;
	c->expected = v->expected;
	c->received = v->received;
}

static void look_down(struct view *v, struct participant *p, int64_t now_us)
{
	struct session *s = participant_subscriber(p);
	struct subscriber *sub = s ? session_subscriber(s) : NULL;

	if (sub)
		v->seen.down = downlink_state(sub, &v->seen.down_lost, &v->down_rate, now_us);
	if (!v->seen.down)
		v->seen.down_lost = 0;
	subscriber_unref(&sub);
	session_unref(&s);
}

static double rounded(double share)
{
	return round(share * 1000) / 1000;
}

static void tell(struct participant *p, const struct connection *c, const struct view *v)
{
	json_t *event = json_pack("{ss ss ss}", "event", "connectionquality", "id", p->id, "quality", quality_name(c->quality.level));

	if (v->seen.up)
		json_object_set_new(event, "uplink", json_pack("{sf si}", "lost", rounded(v->seen.up_lost), "jitterMs", (int)v->seen.jitter_ms));
	if (v->seen.down)
		json_object_set_new(event, "downlink", json_pack("{sf sI}", "lost", rounded(v->seen.down_lost), "bitrate", (json_int_t)v->down_rate));
	notify_room(p->room, event, NULL);
}

static void step(struct session *s)
{
	struct publisher *pub = session_publisher(s);
	struct view v = { .jitter_us = UINT32_MAX };
	int64_t now_us = clock_mono_us();
	GPtrArray *all;

	if (!pub)
		return;
	all = publisher_streams(pub);
	for (guint i = 0; i < all->len; i++)
		look_at_stream(&v, all->pdata[i]);
	g_ptr_array_unref(all);
	compare(&v, &pub->connection);
	look_down(&v, pub->participant, now_us);
	v.seen.silent = v.flows && v.heard_us && now_us - v.heard_us > CONNECTION_SILENT_US && !v.seen.down;
	if (quality_step(&pub->connection.quality, &v.seen))
		tell(pub->participant, &pub->connection, &v);
	publisher_unref(&pub);
}

static void look_at_room(struct room *r)
{
	GPtrArray *people = room_people(r);

	for (guint i = 0; i < people->len; i++) {
		struct session *s = participant_publisher(people->pdata[i]);

		if (s)
			session_post(s, step);
		session_unref(&s);
	}
	g_ptr_array_unref(people);
}

void connections_tick(int64_t now_us)
{
	static int64_t next_us;            /* the ticker's */
	GPtrArray *rooms;

	if (now_us < next_us)
		return;
	next_us = now_us + CONNECTION_STEP_US;
	rooms = rooms_all();
	for (guint i = 0; i < rooms->len; i++)
		look_at_room(rooms->pdata[i]);
	g_ptr_array_unref(rooms);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Caps. remb_packet() runs in the RTP hook and only looks at the time; the rest is done on the publisher's strand.
 *
 *   room's, own, host's cap ─ least of those there are ─▶ one REMB for the whole transport, on its first video m-line
 */
#include "plugins/gateway.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/remb.h"
#include "plugins/room.h"
#include "plugins/session.h"

static const int32_t waits_us[] = { 1000000, 5000000 };

static int least(int a, int b)
{
	return a > 0 && (b <= 0 || a < b) ? a : b;
}

static int cap_of(struct publisher *pub)
{
	int cap = least(room_bitrate(pub->participant->room), atomic_load(&pub->remb.own));

	cap = least(cap, atomic_load(&pub->participant->bitrate));
	return cap > 0 ? cap : 0;
}

static void tell(struct session *s)
{
	struct publisher *pub = session_publisher(s);
	GPtrArray *all = pub ? publisher_streams(pub) : NULL;
	int cap = pub ? cap_of(pub) : 0;

	for (guint i = 0; all && i < all->len; i++) {
		struct stream *st = all->pdata[i];

		if (!st->video || (!cap && !pub->remb.told))
			continue;
		/* No cap lifts the one that was told before. */
		gateway_remb(s->handle, st->mindex, (unsigned)(cap ? cap : REMB_MAX));
		pub->remb.told = cap;
		break;
	}
	if (all)
		g_ptr_array_unref(all);
	publisher_unref(&pub);
}

void remb_packet(struct publisher *pub, int64_t now_us)
{
	unsigned times;

	if (now_us < atomic_load_explicit(&pub->remb.next_us, memory_order_relaxed))
		return;
	times = atomic_load(&pub->remb.times);
	atomic_store(&pub->remb.next_us, now_us + waits_us[times]);
	if (times + 1 < sizeof(waits_us) / sizeof(waits_us[0]))
		atomic_store(&pub->remb.times, times + 1);
	session_post(pub->session, tell);
}

void remb_cap(struct publisher *pub, int bitrate)
{
	atomic_store(&pub->remb.own, bitrate);
	session_post(pub->session, tell);
}

void remb_cap_by_host(struct participant *p, int bitrate)
{
	struct session *s;

	atomic_store(&p->bitrate, bitrate);
	s = participant_publisher(p);
	if (s)
		session_post(s, tell);
	session_unref(&s);
}

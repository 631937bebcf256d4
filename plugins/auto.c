/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings that begin and end by themselves.
 *
 *   ticker ─▶ somebody sends, or a host is there? ─▶ strand ─▶ recording_start(), as the room's configuration
 *        └──▶ one runs: nobody sends for auto_stop_empty_s ─▶ stop (`empty`);  older than max_recording_s ─▶ stop (`limit`)
 */
#include <string.h>
#include "common/errors.h"
#include "common/log.h"
#include "common/spec.h"
#include "plugins/call.h"
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/participant.h"
#include "plugins/publisher.h"
#include "plugins/recording.h"
#include "plugins/room.h"
#include "plugins/session.h"
#include "plugins/task.h"

enum { AGAIN_US = 30 * 1000000 };

static struct strand *strand;

void auto_init(void)
{
	strand = strand_create(TASK_CALL);
}

void auto_exit(void)
{
	strand_unref(&strand);
}

static bool sends(struct participant *p)
{
	struct session *s = participant_publisher(p);
	struct publisher *pub = s ? session_publisher(s) : NULL;
	GPtrArray *streams = pub ? publisher_streams(pub) : NULL;
	bool yes = streams && streams->len > 0;

	if (streams)
		g_ptr_array_unref(streams);
	publisher_unref(&pub);
	session_unref(&s);
	return yes;
}

/* Is there anything to record, and anybody who could mind it? */
static void look(struct room *r, bool *senders, bool *hosts)
{
	GPtrArray *people = room_people(r);

	*senders = *hosts = false;
	for (guint i = 0; i < people->len; i++) {
		struct participant *p = people->pdata[i];

		*hosts |= p->host;
		*senders = *senders || sends(p);
	}
	g_ptr_array_unref(people);
}

struct begin { struct room *room; char call_id[ID_SIZE]; };

static void started(struct room *r, enum app_error err)
{
	held_take(&r->lock);
	r->automatic.starting = false;
	if (err)
		r->automatic.not_before_us = clock_mono_us() + AGAIN_US;
	held_release(&r->lock);
	if (err && err != APP_ALREADY_RECORDING)
		log_warn("room %s: its recording does not begin by itself: %s", r->id, app_error_info(err)->code);
}

static void on_begin(void *arg, bool cancelled)
{
	struct begin *b = arg;
	struct recording_conf conf = { 0 };
	char why[200], *outputs = room_outputs(b->room);
	enum app_error err = APP_OK;

	if (!cancelled && output_list_read(&conf.outputs, NULL, outputs, life_settings(), why, sizeof(why)))
		err = APP_INTERNAL;
	if (!cancelled && !err)
		err = recording_start(b->room, b->call_id, &conf, NULL);
	started(b->room, err);
	json_decref(conf.outputs);
	g_free(outputs);
	room_unref(&b->room);
	g_free(b);
}

/* Another call begins afresh. */
static void follow_call_locked(struct room *r)
{
	struct auto_state *a = &r->automatic;

	if (!strcmp(a->call_id, r->call->id))
		return;
	g_strlcpy(a->call_id, r->call->id, sizeof(a->call_id));
	a->done = false;
	a->not_before_us = a->idle_since_us = 0;
}

static bool may_begin(struct room *r, int64_t now_us, char call_id[ID_SIZE])
{
	struct auto_state *a = &r->automatic;
	bool may = false;

	held_take(&r->lock);
	if (r->policy.auto_record && r->call && r->call->present && !r->recording) {
		follow_call_locked(r);
		may = !a->done && !a->starting && now_us >= a->not_before_us;
		g_strlcpy(call_id, a->call_id, ID_SIZE);
	}
	held_release(&r->lock);
	return may;
}

static void begin(struct room *r, const char *call_id)
{
	struct begin *b = g_new(struct begin, 1);

	b->room = room_ref(r);
	g_strlcpy(b->call_id, call_id, sizeof(b->call_id));
	held_take(&r->lock);
	r->automatic.starting = true;
	held_release(&r->lock);
	strand_post(strand, on_begin, b);
}

/* How long nobody has sent anything; a recording that began before anybody did waits as long. */
static int64_t idle_us(struct room *r, bool senders, int64_t now_us)
{
	int64_t since_us;

	held_take(&r->lock);
	if (senders)
		r->automatic.idle_since_us = 0;
	else if (!r->automatic.idle_since_us)
		r->automatic.idle_since_us = now_us;
	since_us = senders ? now_us : r->automatic.idle_since_us;
	held_release(&r->lock);
	return now_us - since_us;
}

static void follow(struct room *r, struct recording *rec, const struct room_policy *policy, int64_t now_us)
{
	int64_t elapsed_ms, limit_ms;
	bool senders = true, hosts;

	recording_age(rec, &elapsed_ms, &limit_ms);
	if (limit_ms && elapsed_ms >= limit_ms) {
		recording_stop(rec, "limit", NULL);
		return;
	}
	if (policy->auto_stop_empty_s)
		look(r, &senders, &hosts);
	if (idle_us(r, senders, now_us) >= policy->auto_stop_empty_s * INT64_C(1000000) && !senders)
		recording_stop(rec, "empty", NULL);
}

void auto_tick(struct room *r, int64_t now_us)
{
	struct recording *rec = room_recording(r);
	struct room_policy policy;
	char call_id[ID_SIZE];
	bool senders, hosts;

	if (rec) {
		room_policy_get(r, &policy);
		follow(r, rec, &policy, now_us);
	} else if (may_begin(r, now_us, call_id)) {
		look(r, &senders, &hosts);
		if ((senders || hosts) && !recordings_draining())
			begin(r, call_id);
	}
	recording_unref(&rec);
}

void auto_ended(struct room *r, const char *call_id, const char *reason)
{
	held_take(&r->lock);
	r->automatic.idle_since_us = 0;
	if (r->call && !strcmp(r->call->id, call_id)) {
		follow_call_locked(r);
		r->automatic.done = reason && strcmp(reason, "empty") != 0;
		r->automatic.not_before_us = reason ? 0 : clock_mono_us() + AGAIN_US;
	}
	held_release(&r->lock);
}

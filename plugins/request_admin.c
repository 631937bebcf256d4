/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests over Janus' Admin API: the operator's own, and those that `recroom-pp serve` passes on for the owner of a token.
 *
 *   handle_admin_message ─▶ taken at all? ─▶ on behalf of somebody? actor of the claims ─▶ request_run() ─┬─ answered ──────────▶ reply
 *                                                                                          └─ deferred ─▶ waits ─▶ reply
 *
 * Janus wants the answer from the call itself, on a thread of its task pool. That pool grows as it is needed unless task_pool_size says otherwise, so
 * few may wait at a time and none for long, and no call waits for us; no lock is held meanwhile. An answer that comes too late is dropped with the request.
 */
#include <string.h>
#include "common/ids.h"
#include "common/sync.h"
#include "plugins/held.h"
#include "plugins/request.h"

enum { WAITERS = 16, WAIT_US = 8000000 };

struct request_wait {
	struct lock lock;          /* done (leaf) */
	struct cond cond;
	bool done;
};

static atomic_int waiters;

static const struct json_param by_params[] = {
	{ "sub", P_STRING, P_REQUIRED, 199 }, { "room", P_STRING, P_REQUIRED | P_NONEMPTY, ROOM_ID_MAX }, { "host", P_BOOL, P_REQUIRED, 0 },
	{ "grants", P_INT, P_REQUIRED, 0 }, { NULL, P_STRING, 0, 0 },
};

bool request_is_for(const struct request *r, const char *room)
{
	json_t *by = r->session ? NULL : json_object_get(r->body, "by");

	return !by || !strcmp(json_str(by, "room"), room);
}

enum app_error request_admin_actor(struct request *r)
{
	json_t *by = json_object_get(r->body, "by");

	r->actor = (struct actor){ .admin = !by };
	if (!by)
		return APP_OK;
	if (!json_is_object(by) || json_check(by, by_params, r->why, sizeof(r->why)))
		return APP_INVALID_ELEMENT;
	r->actor.rest = true;
	r->actor.joined = true;        /* whoever has a token of the room belongs to it */
	r->actor.host = json_flag(by, "host", false);
	r->actor.grants = (unsigned)json_num(by, "grants", 0);
	r->by = json_str(by, "sub");
	/* All other rows look at the handle that asks. */
	return r->row->flags & REQUEST_BY ? APP_OK : APP_FORBIDDEN;
}

void request_wake(struct request *r)
{
	held_take(&r->wait->lock);
	r->wait->done = true;
	cond_signal(&r->wait->cond);
	held_release(&r->wait->lock);
}

void request_wait_free(struct request *r)
{
	if (!r->wait)
		return;
	cond_destroy(&r->wait->cond);
	lock_destroy(&r->wait->lock);
	g_free(r->wait);
}

/* True: the answer is in r->reply, and nobody touches it any more. */
static bool await(struct request *r)
{
	int64_t until_us = clock_mono_us() + WAIT_US;
	bool done;

	held_take(&r->wait->lock);
	while (!r->wait->done && cond_wait_until(&r->wait->cond, &r->wait->lock, until_us))
		;
	done = r->wait->done;
	held_release(&r->wait->lock);
	return done;
}

static json_t *answer(struct request *r)
{
	enum app_error err = request_admit(r);

	if (!err && atomic_load(&waiters) > WAITERS) {
		g_strlcpy(r->why, "Too many requests wait for their answer over the Admin API.", sizeof(r->why));
		err = APP_UNAVAILABLE;
	}
	if (!err)
		err = request_run(r);
	if (err || !r->deferred)
		request_finish(r, err);
	else if (!await(r))
		return request_error(APP_UNAVAILABLE, "The answer takes too long; the request may still be carried out.");
	if (r->after)
		r->after(r, true);
	return g_steal_pointer(&r->reply);
}

json_t *request_admin(json_t *body)
{
	struct request *r = g_new0(struct request, 1);
	json_t *reply;

	atomic_init(&r->ref, 1);
	r->body = json_deep_copy(body);        /* the request may outlive the asker's: jansson's counts are not for two threads */
	r->wait = g_new0(struct request_wait, 1);
	lock_init(&r->wait->lock);
	cond_init(&r->wait->cond);
	atomic_fetch_add(&waiters, 1);
	reply = answer(r);
	atomic_fetch_sub(&waiters, 1);
	request_unref(&r);
	return reply;
}

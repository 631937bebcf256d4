/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which requests are taken at all. Called by request.c on Janus' task threads, before the request waits for its strand.
 *
 *   session known? ─▶ small and flat enough? ─▶ not too fast, not too many of this handle? ─▶ room for what it holds? ─▶ strand
 */
#include <errno.h>
#include <string.h>
#include "plugins/held.h"
#include "plugins/life.h"
#include "plugins/request.h"
#include "plugins/sdp.h"

enum { PENDING_MAX = 64, MEMORY_FACTOR = 4, MIB = 1024 * 1024 };

static atomic_size_t waiting;      /* bytes of all requests taken and not over */

static enum app_error refuse(struct request *r, enum app_error err, const char *why, int64_t wait_us)
{
	g_strlcpy(r->why, why, sizeof(r->why));
	r->retry_ms = (wait_us + 999) / 1000;
	return err;
}

/* What Janus adds to a session description (candidates aside) is little beside the text. */
static enum app_error measure(struct request *r)
{
	const struct settings *s = life_settings();
	size_t body, jsep;
	int err = json_measure(r->body, (unsigned)s->request_depth, (size_t)s->request_bytes, &body);

	if (!err)
		err = json_measure(r->jsep, (unsigned)s->request_depth, SDP_MAX + (size_t)s->request_bytes, &jsep);
	if (err)
		return refuse(r, APP_TOO_LARGE, err == -ELOOP ? "The request is nested too deeply." : "", 0);
	r->cost = sizeof(*r) + MEMORY_FACTOR * body + jsep;
	return APP_OK;
}

static bool is_offer(const struct request *r)
{
	const char *type = json_str(r->jsep, "type");

	return type && !strcmp(type, "offer");
}

static enum app_error pace(struct request *r)
{
	const struct settings *s = life_settings();
	int64_t now_us = clock_mono_us(), wait_us, offer_us = 0;

	held_take(&r->session->lock);
	wait_us = pace_take(&r->session->requests, now_us, s->requests_per_s, s->requests_burst);
	if (!wait_us && is_offer(r))
		offer_us = pace_take(&r->session->offers, now_us, s->offers_per_s, s->offers_burst);
	held_release(&r->session->lock);
	if (wait_us)
		return refuse(r, APP_TOO_MANY_REQUESTS, "", wait_us);
	return offer_us ? refuse(r, APP_TOO_MANY_REQUESTS, "Offers come faster than this server takes them.", offer_us) : APP_OK;
}

static enum app_error find_room_for(struct request *r)
{
	size_t before = atomic_fetch_add(&waiting, r->cost);

	if (r->session)
		atomic_fetch_add(&r->session->admitted, 1);
	if (before + r->cost <= (size_t)life_settings()->waiting_mib * MIB)
		return APP_OK;
	request_release(r);
	return refuse(r, APP_UNAVAILABLE, "Too many requests are waiting in this server.", 1000000);
}

enum app_error request_admit(struct request *r)
{
	enum app_error err = measure(r);

	if (!err && r->session)
		err = pace(r);
	if (!err && r->session && atomic_load(&r->session->admitted) >= PENDING_MAX)
		err = refuse(r, APP_TOO_MANY_REQUESTS, "Too many requests of this handle are waiting.", 1000000);
	if (err)
		r->cost = 0;
	return err ? err : find_room_for(r);
}

void request_release(struct request *r)
{
	if (r->session && r->cost)
		atomic_fetch_sub(&r->session->admitted, 1);
	atomic_fetch_sub(&waiting, r->cost);
	r->cost = 0;
}

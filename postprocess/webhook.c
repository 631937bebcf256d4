/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sender of webhooks. cmd_serve() creates it; one thread does everything.
 *
 *   catalog ─take─▶ flight (a message and its attempt) ─▶ curl_multi ─▶ answer ─▶ verdict ─▶ catalog
 *      ▲                                                                              │
 *      └────────────── away? the verdict waits, and is written later ◀────────────────┘
 *
 * A flight whose verdict could not be written before its lease ended is sent again by whoever comes first, under the same id.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/event.h"
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/sync.h"
#include "postprocess/view.h"
#include "postprocess/webhook.h"

enum {
	PER_ENDPOINT = 8, FLIGHTS_MAX = 64, POLL_MS = 500, SEEN_US = 60000000, PRUNE_US = 3600000000LL, STOP_US = 2000000,
	OWNER_SIZE = 128, RETRY_US = 1000000,
};
#define KEEP_MS (30 * 24 * 3600 * 1000LL)

struct endpoint {
	const struct settings_webhook *conf;
	struct webhook_secrets secrets;
	int in_flight;
	bool slow;                     /* asked for less when last heard of: one message at a time */
	bool failing;                  /* said in the log */
	bool bad_secret;               /* the same */
};
struct flight {
	struct endpoint *endpoint;
	struct webhook_attempt *attempt;       /* NULL: over, the verdict waits to be written */
	json_t *message;
	struct webhook_answer answer;
	struct catalog_sent verdict;
};
struct webhook_sender {
	struct webhook_conf conf;
	struct catalog *catalog;
	struct endpoint *endpoints;
	size_t nendpoints;
	char owner[OWNER_SIZE];
	CURLM *multi;
	GPtrArray *flights;
	pthread_t thread;
	bool started;
	bool stop;                     /* atomic */
	int64_t look_us, seen_us, prune_us;    /* monotonic: when to look, to say who is there, to prune again */
	int64_t away_until_us;         /* the catalog is left alone */
	int last_err;                  /* of the catalog; said once */
};

static bool stopping(struct webhook_sender *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_ACQUIRE);
}

/* What the catalog answered: trouble is said once, and the catalog left alone for a second. */
static bool fine(struct webhook_sender *w, int err)
{
	if (err < 0 && err != w->last_err)
		log_warn("webhooks: the catalog does not answer: %s", err_str(err));
	if (err < 0)
		w->away_until_us = clock_mono_us() + RETRY_US;
	w->last_err = MIN(err, 0);
	return err >= 0;
}

static bool away(const struct webhook_sender *w)
{
	return clock_mono_us() < w->away_until_us;
}

/* Links into the finished recording, good from now on: made at each attempt, never stored. */
static json_t *links(struct webhook_sender *w, const struct endpoint *e, json_t *message)
{
	static const char *const members[] = { "url", "thumbnailUrl" };
	struct view v = { .urls = true, .keys = w->conf.keys, .now_s = clock_wall_ms() / 1000, .ttl_s = w->conf.settings->url_ttl_s,
			  .delivery = w->conf.delivery, .time_zone = w->conf.settings->time_zone };
	json_t *row = NULL, *r, *out = NULL;

	if (!e->conf->urls || !w->conf.keys || event_find(json_str(message, "type")) != EVENT_COMPLETED)
		return NULL;
	if (catalog_recording_get(w->catalog, json_str(message, "recording"), &row))
		return NULL;
	r = view_recording(row, &v);
	out = json_object();
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		if (json_str(r, members[i]))
			json_object_set_new(out, members[i], json_sprintf("%s%s", *json_str(r, members[i]) == '/' ? w->conf.settings->public_url : "", json_str(r, members[i])));
	if (json_object_size(out))
		json_object_set(out, "expiresAt", json_object_get(r, "expiresAt"));
	json_decref(r);
	json_decref(row);
	return out;
}

/* The file is read at each attempt, so that a secret is changed without a restart; while it cannot be used the ones before are. */
static void renew_secrets(struct endpoint *e)
{
	struct webhook_secrets fresh;
	char why[512];
	int err = webhook_secrets_load(&fresh, e->conf->secret_file, why, sizeof(why));

	if (!err)
		e->secrets = fresh;
	else if (!e->bad_secret)
		log_error("webhook %s: %s; it is signed with what was there before", e->conf->name, why);
	e->bad_secret = err != 0;
}

static void free_flight(gpointer arg)
{
	struct flight *f = arg;

	f->endpoint->in_flight--;
	webhook_attempt_unref(&f->attempt);
	json_decref(f->message);
	g_free(f);
}

static void say(const struct flight *f)
{
	const char *name = f->endpoint->conf->name, *type = json_str(f->message, "type"), *recording = json_str(f->message, "recording");
	const struct catalog_sent *v = &f->verdict;

	if (!strcmp(v->state, "done")) {
		log_debug("webhook %s: recording %s: %s delivered", name, recording, type);
		if (f->endpoint->failing)
			log_info("webhook %s: takes messages again", name);
	} else if (v->gone) {
		log_error("webhook %s: it answered 410 and is sent nothing any more, until: recroom-pp webhook enable %s", name, name);
	} else if (!strcmp(v->state, "failed")) {
		log_error("webhook %s: recording %s: %s is given up after %d attempts: %s", name, recording, type, (int)json_num(f->message, "attempts", 0) + 1, v->reason);
	} else {
		log_line(f->endpoint->failing ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "webhook %s: recording %s: %s not delivered: %s; again in %" PRId64 " s", name, recording,
			 type, v->reason, v->delay_ms / 1000);
	}
	f->endpoint->failing = strcmp(v->state, "done") != 0;
}

/* True if the flight is over for us. */
static bool write_verdict(struct webhook_sender *w, struct flight *f)
{
	int err = catalog_webhook_sent(w->catalog, f->message, w->owner, &f->verdict);

	return err == -EPROTO || fine(w, err);
}

static void count(const struct flight *f)
{
	const char *end = !strcmp(f->verdict.state, "done") ? "delivered" : f->verdict.gone ? "gone" : f->answer.status ? "refused" : "unreachable";

	metric_add(METRIC_WEBHOOK_ATTEMPTS, metric_label(METRIC_WEBHOOK_ATTEMPTS, end), 1);
}

static void judge(struct webhook_sender *w, struct flight *f, int attempts)
{
	webhook_verdict(&f->verdict, w->conf.schedule, &f->answer, attempts, json_num(f->message, "slow_ms", 0), g_random_double());
	f->endpoint->slow = f->verdict.slow_ms > 0;
	count(f);
	say(f);
}

static void land(struct webhook_sender *w, struct flight *f, CURLcode rc)
{
	webhook_attempt_answer(f->attempt, rc, &f->answer);
	curl_multi_remove_handle(w->multi, webhook_attempt_handle(f->attempt, NULL));
	webhook_attempt_unref(&f->attempt);
	judge(w, f, (int)json_num(f->message, "attempts", 0));
}

/* What cannot be sent at all is given up: a later attempt would be no better. */
static void ground(struct webhook_sender *w, struct flight *f, const char *why)
{
	webhook_attempt_unref(&f->attempt);
	f->answer = (struct webhook_answer){ .status = 0 };
	g_strlcpy(f->answer.why, why, sizeof(f->answer.why));
	judge(w, f, WEBHOOK_ATTEMPTS);
}

/* Takes the message. */
static void launch(struct webhook_sender *w, struct endpoint *e, json_t *message)
{
	struct flight *f = g_new0(struct flight, 1);
	json_t *more = links(w, e, message);
	char *body = webhook_body(message, more);
	struct webhook_post post = { .endpoint = e->conf, .secrets = &e->secrets, .id = json_str(message, "id"), .body = body, .now_s = clock_wall_ms() / 1000,
				     .timeout_ms = w->conf.timeout_ms };

	f->endpoint = e;
	f->message = message;
	e->in_flight++;
	e->slow = json_num(message, "slow_ms", 0) > 0;
	g_ptr_array_add(w->flights, f);
	renew_secrets(e);
	if (!body)
		ground(w, f, "its body would be larger than 20 kB");
	else if (webhook_attempt_create(&f->attempt, &post) || curl_multi_add_handle(w->multi, webhook_attempt_handle(f->attempt, f)))
		ground(w, f, "libcurl takes no such request");
	free(body);
	json_decref(more);
}

static struct endpoint *find(struct webhook_sender *w, const char *name)
{
	for (size_t i = 0; i < w->nendpoints; i++)
		if (!strcmp(w->endpoints[i].conf->name, name))
			return &w->endpoints[i];
	return NULL;
}

static void take_for(struct webhook_sender *w, struct endpoint *e)
{
	json_t *message = NULL;
	int got = 1;

	while (got > 0 && e->in_flight < (e->slow ? 1 : PER_ENDPOINT) && w->flights->len < FLIGHTS_MAX) {
		got = catalog_webhook_take(w->catalog, e->conf->name, w->owner, w->conf.lease_ms, &message);
		if (fine(w, got) && got)
			launch(w, e, message);
	}
}

static void take_due(struct webhook_sender *w)
{
	json_t *names = NULL, *name;
	size_t i;

	if (away(w) || clock_mono_us() < w->look_us || !fine(w, catalog_webhook_due(w->catalog, &names)))
		return;
	w->look_us = clock_mono_us() + w->conf.poll_ms * 1000LL;
	json_array_foreach(names, i, name) {
		struct endpoint *e = find(w, json_string_value(name));

		if (e)
			take_for(w, e);
	}
	json_decref(names);
}

/* Who is configured here, and what is old enough to be forgotten. */
static void keep_house(struct webhook_sender *w)
{
	int64_t now_us = clock_mono_us();
	bool good = true;

	if (away(w))
		return;
	if (now_us >= w->seen_us) {
		for (size_t i = 0; good && i < w->nendpoints; i++)
			good = fine(w, catalog_webhook_seen(w->catalog, w->endpoints[i].conf->name, w->endpoints[i].conf->events));
		w->seen_us = good ? now_us + SEEN_US : 0;
	}
	if (good && now_us >= w->prune_us && fine(w, catalog_webhook_prune(w->catalog, KEEP_MS)))
		w->prune_us = now_us + PRUNE_US;
}

static void land_finished(struct webhook_sender *w)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(w->multi, &left))) {
		struct flight *f = NULL;
		CURLcode rc = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&f);
		land(w, f, rc);
	}
}

/* Flights that are over leave when the catalog knows. Returns how many left. */
static int write_verdicts(struct webhook_sender *w)
{
	int gone = 0;

	for (guint i = 0; i < w->flights->len && !away(w);) {
		struct flight *f = w->flights->pdata[i];

		if (f->attempt || !write_verdict(w, f)) {
			i++;
			continue;
		}
		g_ptr_array_remove_index(w->flights, i);
		gone++;
	}
	return gone;
}

/* One turn: true when something came to an end, so that there may be more at once. */
static bool turn(struct webhook_sender *w)
{
	int running;

	curl_multi_perform(w->multi, &running);
	land_finished(w);
	if (!write_verdicts(w))
		return false;
	w->look_us = 0;
	return true;
}

static void *sender_main(void *arg)
{
	struct webhook_sender *w = arg;
	int64_t until_us;

	while (!stopping(w)) {
		keep_house(w);
		take_due(w);
		if (!turn(w))
			curl_multi_poll(w->multi, NULL, 0, w->conf.poll_ms, NULL);
	}
	until_us = clock_mono_us() + STOP_US;
	while (w->flights->len && clock_mono_us() < until_us)
		if (!turn(w))
			curl_multi_poll(w->multi, NULL, 0, 50, NULL);
	return NULL;
}

static int open_endpoints(struct webhook_sender *w, char *why, size_t why_size)
{
	const struct settings *s = w->conf.settings;
	char what[512];
	int err = 0;

	w->endpoints = g_new0(struct endpoint, s->nwebhooks + 1);
	for (w->nendpoints = 0; !err && w->nendpoints < s->nwebhooks; w->nendpoints++) {
		struct endpoint *e = &w->endpoints[w->nendpoints];

		e->conf = &s->webhooks[w->nendpoints];
		err = webhook_secrets_load(&e->secrets, e->conf->secret_file, what, sizeof(what));
		if (err)
			g_snprintf(why, why_size, "webhook %s: %s", e->conf->name, what);
	}
	return err;
}

static void set_defaults(struct webhook_conf *c)
{
	c->schedule = c->schedule ? c->schedule : &webhook_standard;
	c->timeout_ms = c->timeout_ms ? c->timeout_ms : WEBHOOK_TIMEOUT_MS;
	c->poll_ms = c->poll_ms ? c->poll_ms : POLL_MS;
	c->lease_ms = c->lease_ms ? c->lease_ms : 2 * c->timeout_ms + 5000;
}

int webhook_create(struct webhook_sender **out, const struct webhook_conf *conf, char *why, size_t why_size)
{
	struct webhook_sender *w = g_new0(struct webhook_sender, 1);
	char random[SECRET_SIZE];
	int err;

	w->conf = *conf;
	set_defaults(&w->conf);
	secret_make(random);
	snprintf(w->owner, sizeof(w->owner), "%.64s:%d:%.8s", conf->settings->host_id, (int)getpid(), random);
	w->flights = g_ptr_array_new_with_free_func(free_flight);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	w->multi = curl_multi_init();
	err = open_endpoints(w, why, why_size);
	if (err)
		goto out;
	err = w->multi ? catalog_open(&w->catalog, conf->catalog) : -ENOMEM;
	if (!err)
		err = thread_start(&w->thread, "webhooks", sender_main, w);
	w->started = !err;
	if (err)
		g_snprintf(why, why_size, "webhooks cannot be sent: %s", err_str(err));
out:
	if (err)
		webhook_unref(&w);
	else
		*out = w;
	return err;
}

/* What is still under way is sent again, by whoever is there: nobody knows whether it arrived. */
static void give_back(struct webhook_sender *w)
{
	for (guint i = 0; i < w->flights->len; i++) {
		struct flight *f = w->flights->pdata[i];

		if (f->attempt)
			curl_multi_remove_handle(w->multi, webhook_attempt_handle(f->attempt, NULL));
		catalog_webhook_give_back(w->catalog, f->message, w->owner);
	}
}

void webhook_unref(struct webhook_sender **wp)
{
	struct webhook_sender *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	__atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
	if (w->multi)
		curl_multi_wakeup(w->multi);
	if (w->started) {
		pthread_join(w->thread, NULL);
		give_back(w);
	}
	g_ptr_array_unref(w->flights);
	curl_multi_cleanup(w->multi);
	curl_global_cleanup();
	if (w->catalog)
		catalog_close(&w->catalog);
	g_free(w->endpoints);
	g_free(w);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The API client; main thread.
 *
 *	api_ask ─▶ POST ─▶ success: the answer is in it
 *	                └▶ ack: wait for an event with our transaction ─┐
 *	poll thread:  GET (long poll) ─▶ events ────────────────────────┴▶ others are looked at by api_await only
 *
 * A thread of its own polls, since Janus takes events for a poll that was given up, and they are lost.
 */
#include "tests/bench/generator/api.h"

#include <curl/curl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "common/sync.h"

enum { ANSWER_MS = 20000, POLL_MS = 60000 };

struct api {
	CURL *curl;
	struct curl_slist *headers;
	char *url;                 /* of the session once there is one */
	unsigned transactions;
	pthread_t poller;
	struct lock lock;          /* guards what follows */
	struct cond came;
	GQueue events;             /* json_t *, as they came */
	atomic_bool closing;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "generator: %s: %s\n", what, why);
	exit(1);
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	g_string_append_len(arg, data, (gssize)(size * n));
	return size * n;
}

static CURL *new_curl(void)
{
	CURL *curl = curl_easy_init();

	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	return curl;
}

/* POST with a body, else GET; NULL when no JSON came. */
static json_t *http(CURL *curl, const char *url, const char *body, long timeout_ms)
{
	GString *text = g_string_new(NULL);
	json_t *answer = NULL;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
	if (body)
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
	if (curl_easy_perform(curl) == CURLE_OK)
		answer = json_loads(text->str, 0, NULL);
	g_string_free(text, TRUE);
	return answer;
}

static json_t *post(struct api *a, uint64_t handle, json_t *request)
{
	char *url = handle ? g_strdup_printf("%s/%" PRIu64, a->url, handle) : g_strdup(a->url), transaction[16], *text;
	json_t *answer;

	g_snprintf(transaction, sizeof(transaction), "t%u", ++a->transactions);
	json_object_set_new(request, "transaction", json_string(transaction));
	text = json_dumps(request, JSON_COMPACT);
	answer = http(a->curl, url, text, ANSWER_MS);
	if (!answer || !g_strcmp0(json_str(answer, "janus"), "error"))
		fail(text, answer ? json_str(json_object_get(answer, "error"), "reason") : "no answer");
	free(text);
	json_decref(request);
	g_free(url);
	return answer;
}

static uint64_t id_of(json_t *answer)
{
	uint64_t id = (uint64_t)json_num(json_object_get(answer, "data"), "id", 0);

	json_decref(answer);
	return id;
}

static void take_events(struct api *a, json_t *list)
{
	json_t *event;
	size_t i;

	lock_take(&a->lock);
	json_array_foreach(list, i, event)
		g_queue_push_tail(&a->events, json_deep_copy(event));
	cond_signal(&a->came);
	lock_release(&a->lock);
}

/* Once a second or so: Janus would hold the poll for half a minute. */
static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct api *api = arg;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&api->closing);
}

static void *poll_main(void *arg)
{
	struct api *a = arg;
	char *url = g_strdup_printf("%s?maxev=100", a->url);
	CURL *curl = new_curl();
	json_t *list;

	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, a);
	while ((list = http(curl, url, NULL, POLL_MS))) {
		take_events(a, list);
		json_decref(list);
	}
	curl_easy_cleanup(curl);
	g_free(url);
	return NULL;
}

struct api *api_open(const char *url)
{
	struct api *a = g_new0(struct api, 1);
	char *base = g_strdup(url);

	curl_global_init(CURL_GLOBAL_DEFAULT);
	lock_init(&a->lock);
	cond_init(&a->came);
	g_queue_init(&a->events);
	a->curl = new_curl();
	a->headers = curl_slist_append(NULL, "Content-Type: application/json");
	a->headers = curl_slist_append(a->headers, "Expect:");
	curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
	a->url = base;
	a->url = g_strdup_printf("%s/%" PRIu64, base, id_of(post(a, 0, json_pack("{ss}", "janus", "create"))));
	g_free(base);
	if (thread_start(&a->poller, "poll", poll_main, a))
		fail(url, "no thread");
	return a;
}

void api_close(struct api **ap)
{
	struct api *a = *ap;

	atomic_store(&a->closing, true);
	json_decref(post(a, 0, json_pack("{ss}", "janus", "destroy")));
	pthread_join(a->poller, NULL);
	while (!g_queue_is_empty(&a->events))
		json_decref(g_queue_pop_head(&a->events));
	curl_slist_free_all(a->headers);
	curl_easy_cleanup(a->curl);
	curl_global_cleanup();
	cond_destroy(&a->came);
	lock_destroy(&a->lock);
	g_free(a->url);
	g_clear_pointer(ap, g_free);
}

uint64_t api_attach(struct api *a, const char *plugin)
{
	return id_of(post(a, 0, json_pack("{ss ss}", "janus", "attach", "plugin", plugin)));
}

static json_t *data_of(json_t *event)
{
	return json_object_get(json_object_get(event, "plugindata"), "data");
}

/* Takes the first event that fits out of the queue. */
static json_t *take_event_locked(struct api *a, const char *transaction, const char *key, const char *value)
{
	for (GList *l = a->events.head; l; l = l->next) {
		json_t *event = l->data;

		if (transaction ? !g_strcmp0(json_str(event, "transaction"), transaction) : !g_strcmp0(json_str(data_of(event), key), value)) {
			g_queue_delete_link(&a->events, l);
			return event;
		}
	}
	return NULL;
}

static json_t *await_event(struct api *a, const char *transaction, const char *key, const char *value, int timeout_ms)
{
	int64_t until_us = clock_mono_us() + (int64_t)timeout_ms * 1000;
	json_t *event;
	bool in_time = true;

	lock_take(&a->lock);
	while (!(event = take_event_locked(a, transaction, key, value)) && in_time)
		in_time = cond_wait_until(&a->came, &a->lock, until_us);
	lock_release(&a->lock);
	return event;
}

json_t *api_ask(struct api *a, uint64_t handle, json_t *body, json_t *jsep, char **sdp)
{
	json_t *request = json_pack("{ss so}", "janus", "message", "body", body), *answer, *data;
	char transaction[16], *text = json_dumps(body, JSON_COMPACT);

	if (jsep)
		json_object_set_new(request, "jsep", jsep);
	answer = post(a, handle, request);
	g_snprintf(transaction, sizeof(transaction), "t%u", a->transactions);
	if (!g_strcmp0(json_str(answer, "janus"), "ack")) {
		json_decref(answer);
		answer = await_event(a, transaction, NULL, NULL, ANSWER_MS);
	}
	data = data_of(answer);
	if (!data || json_object_get(data, "error"))
		fail(text, data ? json_str(data, "error") : "no answer");
	if (sdp)
		*sdp = g_strdup(json_str(json_object_get(answer, "jsep"), "sdp"));
	json_incref(data);
	json_decref(answer);
	free(text);
	return data;
}

bool api_await(struct api *a, const char *key, const char *value, int timeout_ms)
{
	json_t *event = await_event(a, NULL, key, value, timeout_ms);
	bool came = event != NULL;

	json_decref(event);
	return came;
}

json_t *api_jsep(const char *type, const char *sdp)
{
	return json_pack("{ss ss}", "type", type, "sdp", sdp);
}

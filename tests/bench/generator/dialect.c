/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two dialects of one conversation; main thread.
 */
#include "tests/bench/generator/dialect.h"

#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "common/json.h"
#include "common/sync.h"

enum { STOP_MS = 30000, SEEN_MS = 10000, STEP_US = 5000, FIRST_USER = 1 };

static void ask(struct call *c, uint64_t handle, json_t *body)
{
	json_decref(api_ask(c->api, handle, body, NULL, NULL));
}

/* --- ours --- */

static void our_prepare(struct call *c)
{
	(void)c;                   /* the configuration file has the room */
}

static uint64_t our_join(struct call *c, unsigned index)
{
	uint64_t handle = api_attach(c->api, "janus.plugin.recroom");
	char display[16];

	g_snprintf(display, sizeof(display), "p%u", index);
	ask(c, handle, json_pack("{ss ss ss ss*}", "recroom", "join", "room", c->room, "display", display, "secret", index ? NULL : c->secret));
	c->host = index ? c->host : handle;
	return handle;
}

static char *our_publish(struct call *c, uint64_t handle, const char *offer)
{
	char *answer = NULL;

	json_decref(api_ask(c->api, handle, json_pack("{ss}", "recroom", "publish"), api_jsep("offer", offer), &answer));
	return answer;
}

static json_t *feeds(struct call *c, uint64_t handle)
{
	json_t *answer = api_ask(c->api, handle, json_pack("{ss ss}", "recroom", "listparticipants", "room", c->room), NULL, NULL), *list = json_array(), *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "participants"), i, one)
		if (json_array_size(json_object_get(one, "streams")))
			json_array_append_new(list, json_pack("{sO}", "feed", json_object_get(one, "id")));
	json_decref(answer);
	return list;
}

/* All who publish: Janus tells the plugin of a connection a moment after it told the sender. */
static json_t *await_feeds(struct call *c, uint64_t handle)
{
	int64_t until_us = clock_mono_us() + SEEN_MS * 1000;
	json_t *list = feeds(c, handle);

	while (json_array_size(list) < c->publishers && clock_mono_us() < until_us) {
		json_decref(list);
		g_usleep(STEP_US);
		list = feeds(c, handle);
	}
	return list;
}

/* A viewer is somebody who joins and publishes nothing. */
static uint64_t our_watch(struct call *c, char **offer)
{
	uint64_t idle = api_attach(c->api, "janus.plugin.recroom"), handle = api_attach(c->api, "janus.plugin.recroom");
	json_t *joined = api_ask(c->api, idle, json_pack("{ss ss ss}", "recroom", "join", "room", c->room, "display", "viewer"), NULL, NULL);

	json_decref(api_ask(c->api, handle, json_pack("{ss ss ss ss so}", "recroom", "join", "room", c->room, "ptype", "subscriber", "resume",
						       json_str(joined, "resume"), "streams", await_feeds(c, idle)), NULL, offer));
	json_decref(joined);
	return handle;
}

static void our_start(struct call *c, uint64_t handle, const char *answer)
{
	json_decref(api_ask(c->api, handle, json_pack("{ss}", "recroom", "start"), api_jsep("answer", answer), NULL));
}

static void our_record(struct call *c)
{
	json_t *answer = api_ask(c->api, c->host, json_pack("{ss}", "recroom", "start_recording"), NULL, NULL);

	g_strlcpy(c->recording, json_str(answer, "recordingId"), sizeof(c->recording));
	json_decref(answer);
}

static void our_stop(struct call *c)
{
	ask(c, c->host, json_pack("{ss}", "recroom", "stop_recording"));
	if (!api_await(c->api, "event", "recordingstopped", STOP_MS)) {
		fprintf(stderr, "generator: no recordingstopped within %d ms\n", STOP_MS);
		exit(1);
	}
}

/* --- VideoRoom's --- */

static json_int_t number(const struct call *c)
{
	return (json_int_t)strtoll(c->room, NULL, 10);
}

static void video_prepare(struct call *c)
{
	c->host = api_attach(c->api, "janus.plugin.videoroom");
	ask(c, c->host, json_pack("{ss sI ss si sb ss sb si}", "request", "create", "room", number(c), "secret", c->secret, "publishers", (int)c->publishers,
				  "record", 0, "rec_dir", c->recordings, "notify_joining", 0, "bitrate", 0));
}

static uint64_t video_join(struct call *c, unsigned index)
{
	uint64_t handle = api_attach(c->api, "janus.plugin.videoroom");

	ask(c, handle, json_pack("{ss sI ss sI}", "request", "join", "room", number(c), "ptype", "publisher", "id", (json_int_t)(FIRST_USER + index)));
	return handle;
}

static char *video_publish(struct call *c, uint64_t handle, const char *offer)
{
	char *answer = NULL;

	json_decref(api_ask(c->api, handle, json_pack("{ss}", "request", "publish"), api_jsep("offer", offer), &answer));
	return answer;
}

static uint64_t video_watch(struct call *c, char **offer)
{
	uint64_t handle = api_attach(c->api, "janus.plugin.videoroom");
	json_t *streams = json_array();

	for (unsigned i = 0; i < c->publishers; i++)
		json_array_append_new(streams, json_pack("{sI}", "feed", (json_int_t)(FIRST_USER + i)));
	json_decref(api_ask(c->api, handle, json_pack("{ss sI ss so}", "request", "join", "room", number(c), "ptype", "subscriber", "streams", streams),
			    NULL, offer));
	return handle;
}

static void video_start(struct call *c, uint64_t handle, const char *answer)
{
	json_decref(api_ask(c->api, handle, json_pack("{ss}", "request", "start"), api_jsep("answer", answer), NULL));
}

static void video_recording(struct call *c, bool on)
{
	ask(c, c->host, json_pack("{ss sI ss sb}", "request", "enable_recording", "room", number(c), "secret", c->secret, "record", on));
}

static void video_record(struct call *c)
{
	video_recording(c, true);
}

static void video_stop(struct call *c)
{
	video_recording(c, false);
}

static const struct dialect dialects[] = {
	{ "recroom", "janus.plugin.recroom", our_prepare, our_join, our_publish, our_watch, our_start, our_record, our_stop },
	{ "videoroom", "janus.plugin.videoroom", video_prepare, video_join, video_publish, video_watch, video_start, video_record, video_stop },
};

const struct dialect *dialect_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++)
		if (!strcmp(dialects[i].name, name))
			return &dialects[i];
	return NULL;
}

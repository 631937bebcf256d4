/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * News of the workers.
 *
 *   ledger thread ─▶ strand ─▶ row of the recording (its files, its room) ─▶ each person: with links or without
 */
#include <string.h>
#include "common/event.h"
#include "common/json.h"
#include "common/token.h"
#include "plugins/follow.h"
#include "plugins/ledger.h"
#include "plugins/life.h"
#include "plugins/news.h"
#include "plugins/notify.h"
#include "plugins/participant.h"
#include "plugins/room.h"
#include "plugins/task.h"

static struct strand *strand;

void news_init(void)
{
	strand = strand_create(TASK_CALL);
}

void news_exit(void)
{
	strand_unref(&strand);
}

/* The name of the first output's file of a kind, or NULL; owned by the row. */
static const char *file_name(json_t *recording, const char *kind)
{
	json_t *files = json_object_get(json_array_get(json_object_get(recording, "outputs"), 0), "files"), *f;
	size_t i;

	json_array_foreach(files, i, f) {
		const char *k = json_str(f, "kind");

		if (k && !strcmp(k, kind))
			return json_str(f, "name");
	}
	return NULL;
}

static void put_link(json_t *o, const char *member, const char *id, const char *name)
{
	int64_t exp_s = clock_wall_ms() / 1000 + life_settings()->url_ttl_s;
	char sig[65], *path;

	if (!name)
		return;
	path = g_strdup_printf("/recording/%s/files/%s", id, name);
	url_sign(sig, life_keys(), path, exp_s);
	json_object_set_new(o, member, json_sprintf("%s?exp=%lld&sig=%s", path, (long long)exp_s, sig));
	g_free(path);
}

struct news {
	json_t *row, *recording, *members;
	bool links;
};

static bool may_download(struct participant *p)
{
	return participant_may(p, GRANT_DOWNLOAD) || room_guests_download(p->room);
}

static json_t *linked(const struct news *n, json_t *o)
{
	const char *id = json_str(n->members, "recordingId");

	if (n->links) {
		put_link(o, "url", id, file_name(n->recording, "media"));
		put_link(o, "thumbnailUrl", id, file_name(n->recording, "thumbnail"));
	}
	return o;
}

static json_t *for_one(struct participant *p, void *arg)
{
	const struct news *n = arg;
	json_t *o = json_deep_copy(n->members);

	return p && may_download(p) ? linked(n, o) : o;
}

/* Of several hosts on one catalog each hears of all recordings; the event handlers are to hear of each once. */
static bool is_ours(const struct news *n)
{
	const char *host = json_str(n->recording, "host_id");

	return host && !strcmp(host, life_settings()->host_id);
}

static void tell(struct news *n, const char *room_id)
{
	struct room *room = room_id ? room_find(room_id) : NULL;

	if (room)
		notify_each(room, for_one, n);
	else if (room_id && is_ours(n))
		notify_handlers(room_id, json_deep_copy(n->members));
	if (room_id)
		follow_tell(room_id, json_str(n->members, "recordingId"), linked(n, json_deep_copy(n->members)));
	room_unref(&room);
}

static void free_news(struct news *n)
{
	json_decref(n->row);
	json_decref(n->recording);
	json_decref(n->members);
	g_free(n);
}

static void on_event(void *arg, bool cancelled)
{
	struct news *n = arg;
	const char *id = json_str(n->row, "recording"), *type = json_str(n->row, "type");

	if (!cancelled && id && type) {
		if (ledger_recording_get(life_ledger(), id, &n->recording))
			n->recording = NULL;
		n->links = event_find(type) == EVENT_COMPLETED;
		n->members = json_pack("{ss ss}", "event", type, "recordingId", id);
		json_object_update(n->members, json_object_get(n->row, "payload"));
		json_object_set_new(n->members, "seq", json_integer(json_num(n->row, "seq", 0)));
		tell(n, json_str(n->row, "room"));
	}
	free_news(n);
}

static void on_progress(void *arg, bool cancelled)
{
	struct news *n = arg;
	const char *id = json_str(n->row, "recording"), *stage = json_str(n->row, "stage");

	if (!cancelled && id && stage && !ledger_recording_get(life_ledger(), id, &n->recording)) {
		n->members = json_pack("{ss ss sI ss sI sI sI}", "event", "recordingprogress", "recordingId", id,
				       "outputId", (json_int_t)json_num(n->row, "output", 1), "stage", stage,
				       "percent", (json_int_t)json_num(n->row, "percent", 0), "etaMs", (json_int_t)json_num(n->row, "eta_ms", 0),
				       "lagMs", (json_int_t)json_num(n->row, "lag_ms", 0));
		tell(n, json_str(n->recording, "room"));
	}
	free_news(n);
}

static void post(task_h *run, json_t *row)
{
	struct news *n = g_new0(struct news, 1);

	n->row = json_deep_copy(row);
	strand_post(strand, run, n);
}

void news_event(json_t *row, void *arg)
{
	(void)arg;
	post(on_event, row);
}

void news_progress(json_t *row, void *arg)
{
	(void)arg;
	post(on_progress, row);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists over REST: pages of calls and of a recording's events, recordings of a time.
 */
#include <signal.h>
#include "postprocess/rest_pages.c"
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/fetch.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"

#define REC "rec_demo_1795357800000_aaaaaa"
enum { CALLS = 7, T0 = 1000000 };

static char *dir, *token;
static struct settings settings;
static struct service svc;
static struct http_server *server;
static json_t *got;

static int get(const char *path)
{
	g_autofree char *url = g_strdup_printf("%s%s", http_url(server), path), *bearer = g_strdup_printf("Authorization: Bearer %s", token);
	const char *headers[] = { bearer, NULL };
	struct fetched f;
	int status;

	CHECK_INT(fetch(&f, &(struct fetch_conf){ .method = "GET", .url = url, .headers = headers, .connect_ms = 20000, .timeout_ms = 60000, .max = 1 << 20 }), 0);
	json_decref(got);
	got = json_loads(f.body->str, 0, NULL);
	status = f.status;
	fetched_free(&f);
	return status;
}

static json_t *item(const char *list, size_t i)
{
	return json_array_get(json_object_get(got, list), i);
}

static void begin(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .around = service_handle, .ctx = &svc, .threads = 2 };
	struct token t = { .sub = "ann", .name = "", .room = "demo", .exp_s = clock_wall_ms() / 1000 + 600 };
	char temp[] = "/tmp/recroom-pages-XXXXXX", why[300];

	CHECK(mkdtemp(temp));
	dir = g_strdup(temp);
	settings = (struct settings){ .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir), .token_secret_file = g_build_filename(dir, "k", NULL), .url_ttl_s = 60 };
	svc = (struct service){ .settings = &settings };
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
	CHECK_INT(token_keys_open(&svc.keys, &settings, true, why, sizeof(why)), 0);
	CHECK_INT(token_mint(&token, svc.keys, NULL, &t, clock_wall_ms() / 1000), 0);
	CHECK_INT(http_create(&server, &conf, why, sizeof(why)), 0);
}

static void end(void)
{
	http_unref(&server);
	token_keys_unref(&svc.keys);
	catalog_close(&svc.catalog);
	g_clear_pointer(&got, json_decref);
	g_free(token);
	g_free(settings.catalog);
	g_free(settings.token_secret_file);
	fs_remove_tree(dir);
	g_free(dir);
}

/* Calls one after the other, the last one open, with two in it and a recording; two that began at the same time. */
static void make_calls(void)
{
	struct catalog_new_recording r = { .id = REC, .room = "demo", .call_id = "call_demo_6_aaaaaa", .host_id = "h", .title = "", .layout = "grid", .started_ms = T0 + 6000 };

	for (int i = 0; i < CALLS; i++) {
		g_autofree char *id = g_strdup_printf("call_demo_%d_aaaaaa", i);

		CHECK_INT(catalog_call_open(svc.catalog, id, "demo", "h", T0 + 1000 * (i == 3 ? 2 : i)), 0);
		CHECK_INT(catalog_participant_put(svc.catalog, id, "user1", "i", "Ann", "host", T0 + 1000 * i, 0), 0);
		if (i < CALLS - 1)
			CHECK_INT(catalog_call_close(svc.catalog, id, T0 + 1000 * i + 500), 0);
	}
	CHECK_INT(catalog_participant_put(svc.catalog, "call_demo_6_aaaaaa", "user2", "j", "Bob", "guest", T0 + 6000, 0), 0);
	CHECK_INT(catalog_participant_put(svc.catalog, "call_demo_6_aaaaaa", "user3", "k", "Cara", "guest", T0 + 6000, T0 + 6001), 0);
	CHECK_INT(catalog_call_open(svc.catalog, "call_other_1_aaaaaa", "other", "h", T0), 0);
	CHECK_INT(catalog_recording_insert(svc.catalog, &r), 0);
}

static void test_calls(void)
{
	GString *ids = g_string_new(NULL);
	int pages = 0;
	char *path = g_strdup("/calls?room=demo&pageSize=3");

	begin();
	make_calls();
	while (path) {
		const char *next;

		CHECK_INT(get(path), 200);
		for (size_t i = 0; i < json_array_size(json_object_get(got, "calls")); i++)
			g_string_append_printf(ids, "%c", json_str(item("calls", i), "callId")[10]);
		CHECK(++pages < 10);
		next = json_str(got, "nextPageToken");
		g_free(path);
		path = next ? g_strdup_printf("/calls?pageSize=3&pageToken=%s", next) : NULL;
	}
	CHECK_STR(ids->str, "6543210");
	CHECK_INT(pages, 3);
	g_string_free(ids, TRUE);
	CHECK_INT(get("/calls?pageSize=2"), 200);
	CHECK_STR(json_str(item("calls", 0), "recordingId"), REC);
	CHECK_INT(json_num(item("calls", 0), "people", -1), 2);
	CHECK(json_is_null(json_object_get(item("calls", 0), "endedAt")));
	CHECK_STR(json_str(item("calls", 0), "roomId"), "demo");
	CHECK(json_is_null(json_object_get(item("calls", 1), "recordingId")));
	CHECK_INT(json_num(item("calls", 1), "people", -1), 0);
	CHECK_INT(json_num(item("calls", 1), "endedAt", 0), T0 + 5500);
	CHECK_INT(json_num(item("calls", 1), "startedAt", 0), T0 + 5000);
	CHECK_INT(get("/calls?room=other"), 403);
	CHECK_INT(get("/calls?pageSize=0"), 400);
	CHECK_INT(get("/calls?pageToken=12.rec_demo"), 400);
	CHECK_INT(get("/calls?pageToken=x"), 400);
	end();
}

static void test_events(void)
{
	json_t *payload = json_pack("{s:s}", "recordingId", REC);

	begin();
	CHECK_INT(add_stopped_recording(svc.catalog, REC, "demo", "x", 1795357800000), 0);
	CHECK_INT(get("/recording/" REC), 200);
	CHECK_INT(json_num(got, "lastSeq", -1), 0);
	CHECK_INT(get("/recording/" REC "/events"), 200);
	CHECK(json_array_size(json_object_get(got, "events")) == 0 && json_num(got, "lastSeq", -1) == 0 && json_is_null(json_object_get(got, "nextPageToken")));
	for (int i = 1; i <= 6; i++)
		CHECK_INT(catalog_event_insert(svc.catalog, REC, i == 6 ? 9 : i, i == 1 ? "recordingstarted" : "recordingpaused", payload, "plugin"), 0);
	json_decref(payload);
	CHECK_INT(get("/recording/" REC), 200);
	CHECK_INT(json_num(got, "lastSeq", -1), 9);
	CHECK_INT(get("/recording/" REC "/events?pageSize=4"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "events")), 4);
	CHECK_STR(json_str(got, "nextPageToken"), "4");
	CHECK_STR(json_str(item("events", 0), "type"), "recordingstarted");
	CHECK_STR(json_str(json_object_get(item("events", 0), "data"), "recordingId"), REC);
	CHECK(json_num(item("events", 0), "at", 0) > 1600000000000);
	CHECK_INT(get("/recording/" REC "/events?pageSize=4&since=1&pageToken=4"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "events")), 2);
	CHECK_INT(json_num(item("events", 1), "seq", 0), 9);
	CHECK(json_is_null(json_object_get(got, "nextPageToken")));
	CHECK_INT(get("/recording/" REC "/events?since=5"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "events")), 1);
	CHECK_INT(get("/recording/" REC "/events?since=9223372036854775807"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "events")), 0);
	CHECK_INT(get("/recording/" REC "/events?since=-1"), 400);
	CHECK_INT(get("/recording/" REC "/events?since=9223372036854775808"), 400);
	CHECK_INT(get("/recording/" REC "/events?pageToken=9x"), 400);
	CHECK_INT(get("/recording/rec_demo_1795357800000_zzzzzz/events"), 404);
	end();
}

/* From a time on, and before one: together they are a day, and no recording is in two. */
static void test_times(void)
{
	begin();
	for (int i = 0; i < 4; i++) {
		g_autofree char *id = g_strdup_printf("rec_demo_179535780000%d_aaaaaa", i);

		CHECK_INT(add_stopped_recording(svc.catalog, id, "demo", "x", 1795357800000 + i), 0);
	}
	CHECK_INT(get("/recordings?from=1795357800001&to=1795357800003"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "recordings")), 2);
	CHECK_INT(json_num(item("recordings", 0), "startedAt", 0), 1795357800002);
	CHECK_INT(get("/recordings?from=1795357800001"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "recordings")), 3);
	CHECK_INT(get("/recordings?to=1795357800001"), 200);
	CHECK_INT(json_array_size(json_object_get(got, "recordings")), 1);
	CHECK_INT(get("/recordings?from=yesterday"), 400);
	CHECK_INT(get("/recordings?to=1.5"), 400);
	end();
}

static void ignore(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_calls), TEST(test_events), TEST(test_times) };

	signal(SIGPIPE, SIG_IGN);
	log_set_handler(ignore, NULL);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST, files and page over a real server on a free loopback port, with a client that sends exactly what it is told.
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <zlib.h>
#include "postprocess/rest.c"
#include "common/fsio.h"
#include "common/sync.h"
#include "tests/lib/catalog_rows.h"
#include "rest_client.h"
#include "test.h"

#define DONE "rec_demo_1795357800000_aaaaaa"
#define BUSY "rec_demo_1795357900000_bbbbbb"
#define OTHER "rec_other_1795357800000_cccccc"
#define SHA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SCRIPT "export const words = ['the same', 'the same', 'the same', 'the same', 'the same', 'the same', 'the same'];\n"
#define MEDIA "0123456789abcdefghijklmnopqrstuvwxyz"

static char *dir;                  /* <dir>/recordings, <dir>/page, <dir>/secret.txt */
static struct settings settings = { .width = 1280, .height = 720, .fps = 30, .video_bitrate = 1500000, .audio_bitrate = 96000, .segment_ms = 4000,
				    .fit = "fill", .time_zone = "", .text = "", .image = "" };
static struct settings_room room = { .id = "demo", .listed = true };
static struct service svc;
static struct http_server *server;

static char *host, *guest, *friend, *other, *expired, *forged, *narrow;    /* tokens */

/* ---- what there is ---- */

static char *mint(struct token_keys *k, const char *in_room, bool is_host, unsigned grants, int64_t ttl_s)
{
	struct token t = { .host = is_host, .grants = grants, .sub = "call/user1", .name = "x" };
	char *jwt = NULL;

	g_strlcpy(t.room, in_room, sizeof(t.room));
	t.exp_s = clock_wall_ms() / 1000 + ttl_s;
	CHECK_INT(token_mint(&jwt, k, NULL, &t, clock_wall_ms() / 1000), 0);
	return jwt;
}

static void make_tokens(void)
{
	struct token_keys *wrong = NULL;
	enum { ALL = 63 };

	CHECK_INT(token_keys_of_secret(&svc.keys, "0123456789abcdef0123456789abcdef", 32), 0);
	CHECK_INT(token_keys_of_secret(&wrong, "another key another key another!", 32), 0);
	host = mint(svc.keys, "demo", true, ALL, 60);
	guest = mint(svc.keys, "demo", false, GRANT_PUBLISH, 60);
	friend = mint(svc.keys, "demo", false, GRANT_DOWNLOAD, 60);
	other = mint(svc.keys, "other", true, ALL, 60);
	expired = mint(svc.keys, "demo", true, ALL, -3600);
	forged = mint(wrong, "demo", true, ALL, 60);
	narrow = mint(svc.keys, "demo", true, ALL & ~GRANT_DELETE, 60);
	token_keys_unref(&wrong);
}

static void put(const char *rel, const char *text)
{
	char *path = g_strdup_printf("%s/%s", dir, rel), *parent = g_path_get_dirname(path);

	CHECK_INT(fs_mkdirs(parent, 0700), 0);
	CHECK(g_file_set_contents(path, text, -1, NULL));
	g_free(parent);
	g_free(path);
}

static const char STORYBOARD[] = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,160,90\n"
				 "\n00:00:01.000 --> 00:00:02.000\nstoryboard.jpg#xywh=160,0,160,90\n";

static void make_files(void)
{
	char *from, *to;

	put("recordings/" DONE "/output.webm", MEDIA);
	put("recordings/" DONE "/metadata.json", "{}");
	put("recordings/" DONE "/thumbnail.jpg", "jpg");
	put("recordings/" DONE "/storyboard.jpg", "sheet");
	put("recordings/" DONE "/storyboard.vtt", STORYBOARD);
	put("recordings/" DONE "/timeline.jsonl", "not to be served");
	put("page/index.html", "<!doctype html>page");
	put("page/sdk/core.js", SCRIPT);
	put("page/notes.md", "no");
	put("page/.hidden.js", "no");
	put("page/.git/config.txt", "no");
	put("secret.txt", "no");
	from = g_strdup_printf("%s/secret.txt", dir);
	to = g_strdup_printf("%s/page/link.txt", dir);
	CHECK_INT(symlink(from, to), 0);
	g_free(from);
	g_free(to);
	from = g_strdup_printf("%s", dir);
	to = g_strdup_printf("%s/page/up", dir);
	CHECK_INT(symlink(from, to), 0);
	g_free(from);
	g_free(to);
}

static void make_rows(void)
{
	CHECK_INT(add_stopped_recording(svc.catalog, DONE, "demo", "Weekly \"sync\" caf\xc3\xa9", 1795357800000), 0);
	CHECK_INT(finish_recording(svc.catalog, DONE, DONE "/output.webm", (int64_t)strlen(MEDIA), SHA), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, OTHER, "other", "Other", 1795357800000), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, BUSY, "demo", NULL, 1795357900000), 0);
}

static void start(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .ctx = &svc, .threads = 3 };
	char why[200];

	settings.recordings = g_strdup_printf("%s/recordings", dir);
	settings.page = g_strdup_printf("%s/page", dir);
	settings.catalog = g_strdup_printf("sqlite:%s/recroom.db", settings.recordings);
	settings.janus_ws = g_strdup("");
	settings.url_ttl_s = 3600;
	settings.rooms = &room;
	settings.nrooms = 1;
	svc.settings = &settings;
	svc.page = settings.page;
	make_files();
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
	make_rows();
	make_tokens();
	CHECK_INT(http_create(&server, &conf, why, sizeof(why)), 0);
	CHECK_INT(sscanf(http_url(server), "http://127.0.0.1:%u", &port), 1);
}

static void stop(void)
{
	char **all[] = { &host, &guest, &friend, &other, &expired, &forged, &narrow };

	forget();
	http_unref(&server);
	catalog_close(&svc.catalog);
	token_keys_unref(&svc.keys);
	for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
		free(*all[i]);
	g_free(settings.recordings);
	g_free(settings.page);
	g_free(settings.catalog);
	g_free(settings.janus_ws);
	fs_remove_tree(dir);
	g_free(dir);
}

/* ---- tests ---- */

static void test_tokens(void)
{
	CHECK_INT(get("/recordings", NULL), 401);
	check_problem(401, "unauthorized");
	CHECK(g_str_has_prefix(header("WWW-Authenticate"), "Bearer"));
	get("/recordings", forged);
	check_problem(401, "unauthorized");
	get("/recordings", "");
	check_problem(401, "unauthorized");
	get("/recordings", expired);
	check_problem(401, "token_expired");
	CHECK(strstr(header("WWW-Authenticate"), "invalid_token"));
	request("GET", "/recordings", NULL, "Authorization: Basic YTpi\r\n");
	check_problem(401, "unauthorized");
	CHECK_INT(get("/recordings", host), 200);
	CHECK_STR(header("Cache-Control"), "no-store");
	CHECK_STR(header("X-Content-Type-Options"), "nosniff");
}

static void test_list(void)
{
	json_t *list, *r;
	char path[300];

	CHECK_INT(get("/recordings?pageSize=1", host), 200);
	list = json_object_get(a.json, "recordings");
	CHECK_INT(json_array_size(list), 1);
	r = json_array_get(list, 0);
	CHECK_STR(json_str(r, "recordingId"), BUSY);
	CHECK_STR(json_str(r, "status"), "processing");
	CHECK_STR(json_str(json_object_get(r, "progress"), "stage"), "waiting");
	CHECK(!json_object_get(r, "url"));
	snprintf(path, sizeof(path), "/recordings?room=demo&pageSize=1&pageToken=%s", member("nextPageToken"));
	CHECK_INT(get(path, host), 200);
	r = json_array_get(json_object_get(a.json, "recordings"), 0);
	CHECK_STR(json_str(r, "recordingId"), DONE);
	CHECK(json_is_null(json_object_get(a.json, "nextPageToken")));
	CHECK_INT(get("/recordings?status=completed", guest), 200);
	list = json_object_get(a.json, "recordings");
	CHECK_INT(json_array_size(list), 1);
	CHECK(!json_object_get(json_array_get(list, 0), "url"));
	CHECK_INT(get("/recordings", other), 200);
	CHECK_INT(json_array_size(json_object_get(a.json, "recordings")), 1);
}

static void test_list_mistakes(void)
{
	static const char *const bad[] = { "pageSize=0", "pageSize=101", "pageSize=x", "pageSize=-1", "pageToken=x", "status=flying" };

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		char path[80];

		snprintf(path, sizeof(path), "/recordings?%s", bad[i]);
		get(path, host);
		check_problem(400, "invalid_element");
	}
	get("/recordings?room=other", host);
	check_problem(403, "forbidden");
}

static void test_recording(void)
{
	json_t *p, *f;

	CHECK_INT(get("/recording/" DONE, host), 200);
	CHECK_STR(member("recordingId"), DONE);
	CHECK_STR(member("roomId"), "demo");
	CHECK_STR(member("status"), "completed");
	CHECK_STR(member("title"), "Weekly \"sync\" caf\xc3\xa9");
	CHECK(g_str_has_prefix(member("callId"), "call_demo_"));
	CHECK_INT(json_num(a.json, "startedAt", 0), 1795357800000);
	CHECK_INT(json_num(a.json, "duration", 0), 60000);
	CHECK_INT(json_num(a.json, "elapsed", 0), 60000);
	CHECK_INT(json_num(a.json, "size", 0), strlen(MEDIA));
	CHECK(json_is_array(json_object_get(a.json, "flags")));
	CHECK(json_is_null(json_object_get(a.json, "progress")));
	p = json_array_get(json_object_get(a.json, "participants"), 0);
	CHECK_STR(json_str(p, "name"), "Ann");
	CHECK(!json_object_get(p, "identity"));
	f = json_array_get(json_object_get(json_array_get(json_object_get(a.json, "outputs"), 0), "files"), 0);
	CHECK_STR(json_str(f, "name"), "output.webm");
	CHECK(g_str_has_suffix(json_str(f, "downloadUrl"), "&download=1"));
	f = json_array_get(json_object_get(json_array_get(json_object_get(a.json, "outputs"), 0), "files"), 1);
	CHECK_STR(json_str(f, "kind"), "metadata");
	CHECK(!json_object_get(f, "downloadUrl"));
	CHECK_INT(json_num(a.json, "expiresAt", 0) > clock_wall_ms() + 2600000, true);
	CHECK(g_str_has_prefix(member("url"), "/recording/" DONE "/files/output.webm?exp="));
	CHECK(g_str_has_suffix(member("downloadUrl"), "&download=1"));
	CHECK(g_str_has_prefix(member("thumbnailUrl"), "/recording/" DONE "/files/thumbnail.jpg?exp="));
}

static void test_other_rooms_do_not_exist(void)
{
	get("/recording/" OTHER, host);
	check_problem(404, "no_such_recording");
	get("/recording/rec_demo_1795357800000_zzzzzz", host);
	check_problem(404, "no_such_recording");
	get("/recording/..%2f..%2fetc", host);
	CHECK_INT(a.status, 404);
	request("DELETE", "/recording/" OTHER, host, NULL);
	check_problem(404, "no_such_recording");
	get("/recording/" OTHER "/files/output.webm", host);
	check_problem(404, "no_such_recording");
}

static void test_guests_see_no_files(void)
{
	CHECK_INT(get("/recording/" DONE, guest), 200);
	CHECK(!member("url") && !member("thumbnailUrl"));
	get("/recording/" DONE "/files/output.webm", guest);
	check_problem(403, "forbidden");
	CHECK_INT(get("/recording/" DONE, friend), 200);
	CHECK(member("url"));
	CHECK_INT(get("/recording/" DONE "/files/output.webm", friend), 200);
	get("/recording/" DONE "/files/output.webm", NULL);
	check_problem(401, "unauthorized");
}

static void test_file(void)
{
	CHECK_INT(get("/recording/" DONE "/files/output.webm", host), 200);
	CHECK_STR(a.body, MEDIA);
	CHECK_STR(header("Content-Type"), "video/webm");
	CHECK_STR(header("Accept-Ranges"), "bytes");
	CHECK_STR(header("ETag"), "\"" SHA "\"");
	CHECK_STR(header("Content-Disposition"), "");
	CHECK_INT(request("HEAD", "/recording/" DONE "/files/output.webm", host, NULL), 200);
	CHECK_INT(a.body_size, 0);
	CHECK_STR(header("Content-Length"), "36");
	CHECK_INT(get("/recording/" DONE "/files/output.webm?download=1", host), 200);
	CHECK_STR(header("Content-Disposition"), "attachment; filename=\"Weekly  sync  cafe 2026-11-22 14.30.webm\"; "
						 "filename*=UTF-8''Weekly%20%20sync%20%20caf%C3%A9%202026-11-22%2014.30.webm");
	CHECK_INT(get("/recording/" DONE "/files/metadata.json", host), 200);
	CHECK_STR(header("Content-Type"), "application/json");
}

static void test_ranges(void)
{
	static const struct { const char *headers; int status; const char *range, *body; } rows[] = {
		{ "Range: bytes=0-3\r\n", 206, "bytes 0-3/36", "0123" },
		{ "Range: bytes=34-\r\n", 206, "bytes 34-35/36", "yz" },
		{ "Range: bytes=-2\r\n", 206, "bytes 34-35/36", "yz" },
		{ "Range: bytes=30-99\r\n", 206, "bytes 30-35/36", "uvwxyz" },
		{ "Range: bytes=0-1,3-4\r\n", 200, "", MEDIA },
		{ "Range: bytes=9-1\r\n", 200, "", MEDIA },
		{ "Range: bytes=0-3\r\nIf-Range: \"" SHA "\"\r\n", 206, "bytes 0-3/36", "0123" },
		{ "Range: bytes=0-3\r\nIf-Range: \"older\"\r\n", 200, "", MEDIA },
		{ "Range: bytes=0-3\r\nIf-Range: W/\"" SHA "\"\r\n", 200, "", MEDIA },
		{ "If-None-Match: \"" SHA "\"\r\n", 304, "", "" },
		{ "If-None-Match: \"x\", W/\"" SHA "\"\r\n", 304, "", "" },
		{ "If-None-Match: \"x\"\r\n", 200, "", MEDIA },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (request("GET", "/recording/" DONE "/files/output.webm", host, rows[i].headers) != rows[i].status)
			TEST_FAIL("%s: %d", rows[i].headers, a.status);
		CHECK_STR(header("Content-Range"), rows[i].range);
		CHECK_STR(a.body, rows[i].body);
	}
	request("GET", "/recording/" DONE "/files/output.webm", host, "Range: bytes=36-\r\n");
	CHECK_STR(header("Content-Range"), "bytes */36");
	check_problem(416, "range_not_satisfiable");
}

static void test_only_listed_files(void)
{
	static const char *const bad[] = {
		"timeline.jsonl", "chunks", "..", ".", "%2e%2e%2f%2e%2e%2fsecret.txt", "output.webm/", "OUTPUT.webm",
		"..%2foutput.webm", "%2fetc%2fpasswd",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		char path[200];

		snprintf(path, sizeof(path), "/recording/%s/files/%s", DONE, bad[i]);
		if (get(path, host) == 200)
			TEST_FAIL("%s was served: %s", path, a.body);
		CHECK(!strstr(a.body, "not to be served"));
	}
}

static void test_links(void)
{
	char *url, *changed;

	CHECK_INT(get("/recording/" DONE, host), 200);
	url = g_strdup(member("url"));
	CHECK_INT(get(url, NULL), 200);
	CHECK_STR(a.body, MEDIA);
	changed = g_strdup_printf("%s&download=1", url);
	CHECK_INT(get(changed, NULL), 200);
	CHECK(g_str_has_prefix(header("Content-Disposition"), "attachment"));
	g_free(changed);
	changed = g_strdup(url);
	changed[strlen(changed) - 1] ^= 1;
	get(changed, NULL);
	check_problem(403, "forbidden");
	g_free(changed);
	changed = g_strdup_printf("/recording/" DONE "/files/metadata.json%s", strchr(url, '?'));
	get(changed, NULL);
	check_problem(403, "forbidden");
	g_free(changed);
	g_free(url);
	get("/recording/" DONE "/files/output.webm?exp=99999999999&sig=", NULL);
	check_problem(403, "forbidden");
	get("/recording/" DONE "/files/output.webm?sig=ab", NULL);
	check_problem(403, "forbidden");
}

/** Whoever has a link to a storyboard's index gets the sheet by what stands in it; with a token it is the file as it is. */
static void test_storyboard(void)
{
	char sheet[300], *url;

	CHECK_INT(get("/recording/" DONE "/files/storyboard.vtt", host), 200);
	CHECK_STR(a.body, STORYBOARD);
	CHECK_STR(header("Content-Type"), "text/vtt");
	CHECK_INT(get("/recording/" DONE, host), 200);
	CHECK(g_str_has_prefix(member("chaptersUrl"), "/recording/" DONE "/files/chapters.vtt?exp="));
	url = g_strdup(member("storyboardUrl"));
	CHECK_INT(get(url, NULL), 200);
	g_free(url);
	CHECK_STR(header("Content-Type"), "text/vtt");
	CHECK(g_str_has_prefix(a.body, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg?exp="));
	CHECK(strstr(a.body, "#xywh=0,0,160,90\n") && strstr(a.body, "#xywh=160,0,160,90\n"));
	CHECK_INT(sscanf(strstr(a.body, "storyboard.jpg?"), "%200[^#]", sheet), 1);
	url = g_strdup_printf("/recording/" DONE "/files/%s", sheet);
	CHECK_INT(get(url, NULL), 200);
	CHECK_STR(a.body, "sheet");
	CHECK_STR(header("Content-Type"), "image/jpeg");
	g_free(url);
	get("/recording/" DONE "/files/storyboard.vtt?exp=99999999999&sig=00", NULL);
	check_problem(403, "forbidden");
}

static void test_expired_link(void)
{
	const char *path = "/recording/" DONE "/files/output.webm";
	char sig[65], url[300];
	int64_t exp_s = clock_wall_ms() / 1000 - 1;

	url_sign(sig, svc.keys, path, exp_s);
	snprintf(url, sizeof(url), "%s?exp=%lld&sig=%s", path, (long long)exp_s, sig);
	get(url, NULL);
	check_problem(401, "token_expired");
	CHECK(strstr(member("detail"), "link has expired"));
}

static void test_delete(void)
{
	static const char *id = "rec_demo_1795358000000_dddddd";
	struct catalog_new_recording live = { .id = "rec_demo_1795358100000_eeeeee", .room = "demo", .call_id = "call_demo_1795358100000_aaaaaa",
					      .host_id = "testhost", .started_ms = 1795358100000 };
	char path[100];

	CHECK_INT(add_stopped_recording(svc.catalog, id, "demo", "x", 1795358000000), 0);
	snprintf(path, sizeof(path), "/recording/%s", id);
	request("DELETE", path, NULL, NULL);
	check_problem(401, "unauthorized");
	request("DELETE", path, guest, NULL);
	check_problem(403, "not_host");
	request("DELETE", path, narrow, NULL);
	check_problem(403, "forbidden");
	CHECK_INT(request("DELETE", path, host, NULL), 202);
	CHECK_STR(member("recordingId"), id);
	CHECK_STR(member("status"), "deleting");
	CHECK_STR(header("Location"), path);
	CHECK_INT(request("DELETE", path, host, NULL), 202);
	CHECK_INT(get(path, host), 200);
	CHECK_STR(member("status"), "deleting");
	CHECK_INT(catalog_recording_insert(svc.catalog, &live), 0);
	CHECK_INT(catalog_recording_status(svc.catalog, live.id, "recording", NULL), 0);
	snprintf(path, sizeof(path), "/recording/%s", live.id);
	request("DELETE", path, host, NULL);
	check_problem(409, "recording_busy");
}

static int post(const char *path, const char *token, const char *body);

static void test_held(void)
{
	static const char *id = "rec_demo_1795358300000_eeeeee";
	char path[100], hold[120], keep[120];

	CHECK_INT(add_stopped_recording(svc.catalog, id, "demo", "x", 1795358300000), 0);
	snprintf(path, sizeof(path), "/recording/%s", id);
	snprintf(hold, sizeof(hold), "%s/hold", path);
	snprintf(keep, sizeof(keep), "%s/keep", path);
	CHECK_INT(post(hold, host, "{\"reason\":\"Case 4711\"}"), 200);
	CHECK_STR(member("reason"), "Case 4711");
	CHECK_INT(get(path, host), 200);
	CHECK(strstr(a.body, "\"held\"") && strstr(a.body, "\"keepUntil\":null"));
	request("DELETE", path, host, NULL);
	check_problem(409, "held");
	request("DELETE", "/recording/rec_demo_1795358300000_eeeeee/participants/user2", host, NULL);
	check_problem(409, "held");
	CHECK_INT(post(keep, host, "{\"keepUntil\":4000000000000,\"originalsUntil\":null}"), 200);
	CHECK_INT(get(path, host), 200);
	CHECK(strstr(a.body, "\"keepUntil\":4000000000000") && strstr(a.body, "\"originalsUntil\":null"));
	CHECK_INT(post(keep, host, "{\"keepUntil\":\"tomorrow\"}"), 400);
	CHECK_INT(post(keep, host, "{}"), 400);
	CHECK_INT(post(keep, host, "{\"keepUntil\":null,\"more\":1}"), 400);
	CHECK_INT(request("DELETE", hold, host, NULL), 200);
	CHECK_INT(request("DELETE", path, host, NULL), 202);
	post(hold, host, "{}");
	check_problem(409, "recording_busy");
	post(keep, host, "{\"keepUntil\":null}");
	check_problem(409, "recording_busy");
}

/* From the answer to DELETE on no file is served, though it is still there. */
static void test_deleted_at_once(void)
{
	static const char *id = "rec_gone_1795358200000_ffffff";
	char *token = mint(svc.keys, "gone", true, 63, 60), path[120], *url;
	struct catalog_job job;

	while (take_job(svc.catalog, "elsewhere", &job) == 1)
		;
	CHECK_INT(add_stopped_recording(svc.catalog, id, "gone", "x", 1795358200000), 0);
	CHECK_INT(finish_recording(svc.catalog, id, "rec_gone_1795358200000_ffffff/output.webm", 5, SHA), 0);
	put("recordings/rec_gone_1795358200000_ffffff/output.webm", "media");
	snprintf(path, sizeof(path), "/recording/%s", id);
	CHECK_INT(get(path, token), 200);
	url = g_strdup(member("url"));
	CHECK_INT(get(url, NULL), 200);
	CHECK_INT(request("DELETE", path, token, NULL), 202);
	CHECK_INT(get(url, NULL), 404);
	CHECK_INT(take_job(svc.catalog, "w", &job), 1);
	CHECK_INT(catalog_job_deleted(svc.catalog, job.id, "w"), 0);
	get(path, token);
	check_problem(404, "no_such_recording");
	g_free(url);
	free(token);
}

static int post(const char *path, const char *token, const char *body)
{
	char *more = g_strdup_printf("Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	int status = request("POST", path, token, more);

	g_free(more);
	return status;
}

/* A finished recording of its own, with a chunk */
static void again_recording(const char *id, int64_t started_ms)
{
	char *chunk = g_strdup_printf("recordings/%s/chunks/user1_audio_00_000000.webm", id), *output = g_strdup_printf("%s/output.webm", id);
	struct catalog_job job;

	while (take_job(svc.catalog, "elsewhere", &job) == 1)
		;
	CHECK_INT(add_stopped_recording(svc.catalog, id, "demo", "x", started_ms), 0);
	CHECK_INT(finish_recording(svc.catalog, id, output, 5, SHA), 0);
	put(chunk, "chunk");
	g_free(chunk);
	g_free(output);
}

#define AGAIN "rec_demo_1795358300000_gggggg"
static void test_recompose(void)
{
	static const char path[] = "/recording/" AGAIN "/recompose";
	static const struct { const char *body; int status; const char *code; } bad[] = {
		{ "{", 400, "invalid_json" }, { "[]", 400, "invalid_json" }, { "{\"layot\":\"grid\"}", 400, "invalid_element" },
		{ "{\"layout\":\"circle\"}", 400, "invalid_element" }, { "{\"image\":\"/etc/passwd\"}", 400, "invalid_element" },
		{ "{\"only\":\"user7\"}", 404, "no_such_participant" }, { "{\"outputId\":0}", 400, "invalid_element" },
		{ "{\"outputId\":1,\"layout\":\"grid\"}", 400, "invalid_element" }, { "{\"outputId\":9}", 404, "not_found" },
		{ "{\"outputId\":1}", 409, "recording_busy" },
	};
	struct catalog_job job;
	json_t *o;

	again_recording(AGAIN, 1795358300000);
	post(path, guest, "{}");
	check_problem(403, "not_host");
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		post(path, host, bad[i].body);
		check_problem(bad[i].status, bad[i].code);
	}
	CHECK_INT(post(path, host, "{\"layout\":\"speaker\",\"without\":\"user2\"}"), 202);
	CHECK_INT(json_num(a.json, "outputId", 0), 2);
	CHECK_STR(header("Location"), "/recording/" AGAIN);
	CHECK_INT(request("POST", path, host, NULL), 202);             /* nothing said: as the room says */
	CHECK_INT(json_num(a.json, "outputId", 0), 3);
	CHECK_INT(get("/recording/" AGAIN, host), 200);
	CHECK_STR(member("status"), "completed");
	o = json_array_get(json_object_get(a.json, "outputs"), 1);
	CHECK_STR(json_str(json_object_get(o, "spec"), "layout"), "speaker");
	CHECK_STR(json_str(json_object_get(o, "progress"), "stage"), "waiting");
	CHECK_INT(json_num(json_object_get(o, "progress"), "etaMs", 0), -1);
	CHECK_INT(take_job(svc.catalog, "w", &job), 1);
	CHECK_INT(job.output, 2);
	CHECK(strstr(job.spec, "user2"));
	CHECK_INT(catalog_job_done(svc.catalog, job.id, "w", &(struct catalog_result){ .path = AGAIN "/outputs/2-speaker-1280x720.webm", .mime = "video/webm",
		  .size = 3, .files = (struct catalog_file[]){ { "media", "outputs/2-speaker-1280x720.webm", "video/webm", NULL, 3 } }, .nfiles = 1, .spec = job.spec }), 0);
	put("recordings/" AGAIN "/outputs/2-speaker-1280x720.webm", "two");
	CHECK_INT(get("/recording/" AGAIN "/files/outputs/2-speaker-1280x720.webm", host), 200);
	CHECK_STR(a.body, "two");
	CHECK_INT(get("/recording/" AGAIN "/files/outputs/2-other.webm", host), 404);
	CHECK_INT(get("/recording/" AGAIN "/files/outputs/..", host), 404);
	CHECK_INT(get("/recording/" AGAIN, host), 200);
	o = json_array_get(json_object_get(a.json, "outputs"), 1);
	CHECK(g_str_has_prefix(json_str(o, "url"), "/recording/" AGAIN "/files/outputs/2-speaker-1280x720.webm?exp="));
}

static void test_cancel(void)
{
	post("/recording/" AGAIN "/cancel", host, "{\"outputId\":3,\"x\":1}");
	check_problem(400, "invalid_element");
	post("/recording/" AGAIN "/cancel", host, "{\"outputId\":8}");
	check_problem(404, "not_found");
	post("/recording/" AGAIN "/cancel", host, "{}");
	check_problem(409, "recording_busy");
	CHECK_INT(post("/recording/" AGAIN "/cancel", host, "{\"outputId\":3}"), 202);
	CHECK_STR(member("state"), "cancelled");
	CHECK_INT(post("/recording/" AGAIN "/recompose", host, "{\"outputId\":3}"), 202);
	CHECK_STR(member("state"), "queued");
}

#define GONE "rec_demo_1795358400000_hhhhhh"
static void test_originals_gone(void)
{
	char *chunks = g_strdup_printf("%s/recordings/" GONE "/chunks", dir);

	again_recording(GONE, 1795358400000);
	CHECK_INT(fs_remove_tree(chunks), 0);
	post("/recording/" GONE "/recompose", host, "{}");
	check_problem(410, "originals_gone");
	g_free(chunks);
}

static void test_erase(void)
{
	request("DELETE", "/recording/" AGAIN "/participants/user2", narrow, NULL);
	check_problem(403, "forbidden");
	request("DELETE", "/recording/" AGAIN "/participants/user9", host, NULL);
	check_problem(404, "no_such_participant");
	CHECK_INT(request("DELETE", "/recording/" AGAIN "/participants/user1", host, NULL), 202);
	CHECK_STR(member("state"), "queued");
	CHECK_INT(get("/recording/" AGAIN, host), 200);
	CHECK_INT(json_array_size(json_object_get(a.json, "participants")), 1);
	CHECK_STR(member("status"), "processing");
	CHECK_INT(get("/recording/" AGAIN "/files/output.webm", host), 404);
	CHECK_INT(get("/recording/" AGAIN "/files/outputs/2-speaker-1280x720.webm", host), 404);
	post("/recording/" AGAIN "/recompose", host, "{}");
	check_problem(409, "recording_busy");
}

static void test_page(void)
{
	CHECK_INT(get("/", NULL), 200);
	CHECK_STR(header("Content-Type"), "text/html; charset=utf-8");
	CHECK_STR(a.body, "<!doctype html>page");
	CHECK(strstr(header("Content-Security-Policy"), "connect-src 'self' ws://rec.example.org:*"));
	CHECK(strstr(header("Content-Security-Policy"), "default-src 'none'"));
	CHECK_STR(header("Referrer-Policy"), "no-referrer");
	CHECK_INT(get("/sdk/core.js", NULL), 200);
	CHECK_STR(header("Content-Type"), "text/javascript; charset=utf-8");
	CHECK_INT(get("/config.json", NULL), 200);
	CHECK_STR(json_string_value(json_array_get(json_object_get(a.json, "rooms"), 0)), "demo");
	CHECK(json_is_string(json_object_get(json_object_get(a.json, "janus"), "ws")));
	CHECK_INT(get("/openapi.yaml", NULL), 200);
	CHECK_STR(header("Content-Type"), "application/yaml");
	CHECK(strstr(a.body, "\nopenapi: 3.1.0\n") && strstr(a.body, "operationId: startRecording\n") && a.body[a.body_size - 1] == '\n');
}

/* The last answer's body, unpacked. */
static const char *unpacked(void)
{
	static unsigned char text[1000];
	z_stream z = { .next_in = (unsigned char *)a.body, .avail_in = (uInt)a.body_size, .next_out = text, .avail_out = sizeof(text) - 1 };

	CHECK_INT(inflateInit2(&z, 15 + 16), Z_OK);
	CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
	text[z.total_out] = '\0';
	inflateEnd(&z);
	return (const char *)text;
}

static void test_page_packed(void)
{
	static const char *const packed[] = { "gzip", "deflate, gzip;q=0.5", "br, *" }, *const plain[] = { "identity", "gzip;q=0", "br, gzip; q=0.0, deflate" };
	char tag[100], more[160];

	for (size_t i = 0; i < G_N_ELEMENTS(packed); i++) {
		snprintf(more, sizeof(more), "Accept-Encoding: %s\r\n", packed[i]);
		CHECK_INT(request("GET", "/sdk/core.js", NULL, more), 200);
		CHECK_STR(header("Content-Encoding"), "gzip");
		CHECK_STR(header("Vary"), "Accept-Encoding");
		CHECK_STR(header("Content-Type"), "text/javascript; charset=utf-8");
		CHECK(a.body_size < strlen(SCRIPT) && strstr(header("Content-Security-Policy"), "default-src 'none'"));
		CHECK_STR(unpacked(), SCRIPT);
	}
	g_strlcpy(tag, header("ETag"), sizeof(tag));
	snprintf(more, sizeof(more), "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", tag);
	CHECK_INT(request("GET", "/sdk/core.js", NULL, more), 304);
	CHECK_INT(a.body_size, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
		snprintf(more, sizeof(more), "Accept-Encoding: %s\r\nIf-None-Match: %s\r\n", plain[i], tag);
		CHECK_INT(request("GET", "/sdk/core.js", NULL, more), 200);
		CHECK_STR(header("Content-Encoding"), "");
		CHECK_STR(header("Vary"), "Accept-Encoding");
		CHECK_STR(a.body, SCRIPT);
	}
	CHECK_INT(request("GET", "/sdk/core.js", NULL, "Accept-Encoding: gzip\r\nRange: bytes=0-5\r\n"), 206);
	CHECK_STR(a.body, "export");
	CHECK_INT(request("HEAD", "/sdk/core.js", NULL, "Accept-Encoding: gzip\r\n"), 200);
	CHECK_STR(header("Content-Encoding"), "gzip");
	CHECK_INT(request("GET", "/config.json", NULL, "Accept-Encoding: gzip\r\n"), 200);
	CHECK_STR(header("Content-Encoding"), "");
}

static void test_page_stays_inside(void)
{
	static const char *const bad[] = {
		"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/sdk/../../secret.txt", "/sdk/%2e%2e/%2e%2e/secret.txt", "//etc/hostname.txt",
		"/.hidden.js", "/.git/config.txt", "/notes.md", "/link.txt", "/up/secret.txt", "/sdk", "/sdk/", "/nothing.html", "/index.html/",
		"/..%5csecret.txt", "/%00secret.txt",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (get(bad[i], NULL) == 200 && strcmp(a.body, "<!doctype html>page"))    /* %00 ends a path: the page itself */
			TEST_FAIL("%s was served: %s", bad[i], a.body);
}

static void test_methods(void)
{
	request("POST", "/recordings", host, NULL);
	check_problem(405, "method_not_allowed");
	CHECK_STR(header("Allow"), "GET, HEAD");
	request("PUT", "/recording/" DONE, host, NULL);
	check_problem(405, "method_not_allowed");
	CHECK_STR(header("Allow"), "GET, HEAD, DELETE");
	request("DELETE", "/", host, NULL);
	check_problem(405, "method_not_allowed");
	get("/no/such/path", NULL);
	check_problem(404, "not_found");
}

static void test_bodies(void)
{
	request("DELETE", "/recording/" OTHER, host, "Content-Length: 100000\r\n");
	check_problem(413, "too_large");
	request("GET", "/livez", NULL, "Content-Length: 3\r\n\r\nabc");
	CHECK_INT(a.status, 200);
}

static bool jobs_good;
static bool fake_jobs(void *arg)
{
	(void)arg;
	return jobs_good;
}

static void test_probes(void)
{
	CHECK_INT(get("/livez", NULL), 200);
	CHECK_INT(get("/healthz", NULL), 200);
	CHECK_INT(get("/readyz", NULL), 200);
	CHECK_STR(a.body, "ok\n");
	CHECK_INT(get("/readyz?verbose", NULL), 200);
	CHECK(g_str_has_prefix(a.body, "[+]catalog ok\n[+]recordings ok\n[+]jobs ok\n"));
	CHECK(strstr(a.body, "]workers ") && strstr(a.body, "]webhooks ") && !strstr(a.body, "]plugin "));
	svc.jobs_alive = fake_jobs;
	CHECK_INT(get("/readyz", NULL), 503);
	CHECK_STR(a.body, "[+]catalog ok\n[+]recordings ok\n[-]jobs failed\n");
	CHECK_INT(get("/livez", NULL), 200);
	svc.jobs_alive = NULL;
}

/* Figures are for this machine: not for whom a proxy speaks for, nor for a page of another name. */
static void test_metrics_are_for_operators(void)
{
	static const struct { const char *host, *more; bool given; } rows[] = {
		{ "localhost:8090", "", true }, { "127.0.0.1", "", true }, { "[::1]:8090", "", true }, { "[::1]", "", true }, { "LOCALHOST", "", true },
		{ "rec.example.org", "", false }, { "rec.example.org:8090", "", false }, { "127.0.0.1.example.org", "", false }, { "[2001:db8::1]", "", false },
		{ "localhost", "X-Forwarded-For: 192.0.2.1\r\n", false }, { "localhost", "Forwarded: for=192.0.2.1\r\n", false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf("GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", rows[i].host, rows[i].more);
		GString *got = exchange(text);

		if ((strstr(got->str, "\nrecroom_catalog_up 1\n") != NULL) != rows[i].given || g_str_has_prefix(got->str, "HTTP/1.1 200") != rows[i].given)
			TEST_FAIL("%s %s: %.80s", rows[i].host, rows[i].more, got->str);
		g_string_free(got, TRUE);
	}
	CHECK_INT(get("/metrics", NULL), 403);
	check_problem(403, "forbidden");
	settings.metrics_public = true;
	CHECK_INT(get("/metrics", NULL), 200);
	CHECK(g_str_has_prefix(header("Content-Type"), "text/plain"));
	settings.metrics_public = false;
}

static void test_addresses(void)
{
	static const char *const bad[] = { "", "8090", ":8090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "::1:8090", "127.0.0.1:99999" };
	struct http_conf conf = { .routes = service_routes, .authorize = service_authorize, .ctx = &svc };
	struct http_server *second = NULL;
	char used[40], why[200];

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		conf.listen = bad[i];
		CHECK(http_create(&second, &conf, why, sizeof(why)) < 0);
		CHECK(why[0]);
	}
	snprintf(used, sizeof(used), "127.0.0.1:%u", port);
	conf.listen = used;
	CHECK_INT(http_create(&second, &conf, why, sizeof(why)), -EADDRINUSE);
	CHECK(strstr(why, "the port is in use") && strstr(why, used));
	conf.listen = "*:0";
	CHECK_INT(http_create(&second, &conf, why, sizeof(why)), 0);
	http_unref(&second);
}

static void test_bad_certificate(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .ctx = &svc, .cert = "no", .key = "no" };
	struct http_server *second = NULL;
	char why[200];

	CHECK(http_create(&second, &conf, why, sizeof(why)) < 0);
	CHECK(strstr(why, "certificate"));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_tokens), TEST(test_list), TEST(test_list_mistakes), TEST(test_recording), TEST(test_other_rooms_do_not_exist),
		TEST(test_guests_see_no_files), TEST(test_file), TEST(test_ranges), TEST(test_only_listed_files), TEST(test_links), TEST(test_storyboard), TEST(test_expired_link),
		TEST(test_delete), TEST(test_deleted_at_once), TEST(test_held), TEST(test_recompose), TEST(test_cancel), TEST(test_originals_gone), TEST(test_erase), TEST(test_page), TEST(test_page_packed), TEST(test_page_stays_inside), TEST(test_methods), TEST(test_bodies),
		TEST(test_probes), TEST(test_metrics_are_for_operators), TEST(test_addresses), TEST(test_bad_certificate),
	};
	int r;

	dir = g_dir_make_tmp("recroom-rest-XXXXXX", NULL);
	if (setjmp(test_env)) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	start();
	r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	stop();
	return r;
}

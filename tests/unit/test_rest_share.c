/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Share links over a real server: given away, followed, counted, taken back, guessed.
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include "postprocess/rest_share.c"
#include "common/fsio.h"
#include "common/sync.h"
#include "postprocess/attempts.h"
#include "tests/lib/catalog_rows.h"
#include "rest_client.h"
#include "test.h"

#define DONE "rec_demo_1795357800000_aaaaaa"
#define BUSY "rec_demo_1795357900000_bbbbbb"
#define MEDIA "0123456789abcdefghijklmnopqrstuvwxyz"

static char *dir, *host;
static struct settings settings = { .url_ttl_s = 60, .public_url = "https://rec.example.org", .time_zone = "", .janus_ws = "" };
static struct service svc;
static struct http_server *server;

static void put(const char *name, const char *text)
{
	g_autofree char *path = g_strdup_printf("%s/" DONE "/%s", dir, name);

	CHECK(g_file_set_contents(path, text, -1, NULL));
}

static void start(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .around = service_handle, .ctx = &svc, .threads = 2 };
	struct token t = { .host = true, .sub = "call/user1", .name = "x", .room = "demo", .exp_s = clock_wall_ms() / 1000 + 60 };
	g_autofree char *at = g_strdup_printf("%s/" DONE, dir);
	char why[200];

	settings.recordings = dir;
	settings.catalog = g_strdup_printf("sqlite:%s/recroom.db", dir);
	svc = (struct service){ .settings = &settings, .page = dir, .attempts = attempts_create() };
	CHECK_INT(fs_mkdirs(at, 0700), 0);
	put("output.webm", MEDIA);
	put("thumbnail.jpg", "jpg");
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, DONE, "demo", "Weekly", 1795357800000), 0);
	CHECK_INT(finish_recording(svc.catalog, DONE, DONE "/output.webm", (int64_t)strlen(MEDIA), NULL), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, BUSY, "demo", NULL, 1795357900000), 0);
	CHECK_INT(token_keys_of_secret(&svc.keys, "0123456789abcdef0123456789abcdef", 32), 0);
	CHECK_INT(token_mint(&host, svc.keys, NULL, &t, clock_wall_ms() / 1000), 0);
	CHECK_INT(http_create(&server, &conf, why, sizeof(why)), 0);
	CHECK_INT(sscanf(http_url(server), "http://127.0.0.1:%u", &port), 1);
}

static void stop(void)
{
	forget();
	http_unref(&server);
	catalog_close(&svc.catalog);
	attempts_free(&svc.attempts);
	token_keys_unref(&svc.keys);
	free(host);
	g_free(settings.catalog);
	fs_remove_tree(dir);
	g_free(dir);
}

static int post(const char *path, const char *body, const char *key)
{
	g_autofree char *more = g_strdup_printf("Content-Type: application/json\r\n%s%s%sContent-Length: %zu\r\n", key ? "Idempotency-Key: " : "", key ? key : "",
						key ? "\r\n" : "", strlen(body));
	g_autofree char *text = g_strdup_printf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s\r\n%s", path, host, more, body);
	GString *got = exchange(text);
	char *end = strstr(got->str, "\r\n\r\n");

	forget();
	CHECK(end && sscanf(got->str, "HTTP/1.1 %d", &a.status) == 1);
	snprintf(a.head, sizeof(a.head), "%.*s\r\n", (int)(end - got->str), got->str);
	a.body = g_strdup(end + 4);
	a.json = json_loads(a.body, 0, NULL);
	g_string_free(got, TRUE);
	return a.status;
}

/* The path of the link that was given last; g_free(). */
static char *link_path(void)
{
	CHECK_INT(a.status, 201);
	CHECK(g_str_has_prefix(member("url"), "https://rec.example.org/s/"));
	return g_strdup(member("url") + strlen("https://rec.example.org"));
}

static char *shares_column(const char *name)
{
	json_t *first;

	CHECK_INT(get("/recording/" DONE "/shares", host), 200);
	first = json_array_get(json_object_get(a.json, "shares"), 0);
	return json_dumps(json_object_get(first, name), JSON_ENCODE_ANY);
}

static void test_given_and_taken_back(void)
{
	g_autofree char *path = NULL, *location = NULL, *uses = NULL;

	post("/recording/" DONE "/share", "{}", NULL);
	path = link_path();
	location = g_strdup(header("Location"));
	CHECK(g_str_has_prefix(location, "/recording/" DONE "/share/") && g_str_has_suffix(location, member("shareId")));
	CHECK(json_num(a.json, "expiresAt", 0) > clock_wall_ms() + 6 * 86400000LL);
	CHECK(!strstr(location, path + 3));                      /* the name tells nothing of the secret */
	CHECK_INT(get(path, NULL), 200);
	CHECK_STR(a.body, MEDIA);
	CHECK_STR(header("Referrer-Policy"), "no-referrer");
	CHECK_INT(request("GET", path, NULL, "Range: bytes=4-5\r\n"), 206);
	CHECK_STR(a.body, "45");
	CHECK_INT(request("HEAD", path, NULL, NULL), 200);
	location = (g_free(location), g_strdup_printf("%s?download=1", path));
	CHECK_INT(get(location, NULL), 200);
	CHECK(g_str_has_prefix(header("Content-Disposition"), "attachment; filename=\"Weekly 2026-11-22 14.30.webm\""));
	uses = shares_column("uses");
	CHECK_STR(uses, "2");
	post("/recording/" DONE "/share", "{\"expiresInS\":0}", NULL);
	CHECK(json_is_null(json_object_get(a.json, "expiresAt")));
	location = (g_free(location), g_strdup(header("Location")));
	path = (g_free(path), link_path());
	CHECK_INT(request("DELETE", location, host, NULL), 204);
	CHECK_INT(request("DELETE", location, host, NULL), 204);
	get(path, NULL);
	check_problem(410, "share_gone");
}

static void test_other_files(void)
{
	g_autofree char *path = NULL;

	post("/recording/" DONE "/share", "{\"outputId\":1,\"name\":\"thumbnail.jpg\",\"expiresInS\":60}", NULL);
	path = link_path();
	CHECK_INT(get(path, NULL), 200);
	CHECK_STR(a.body, "jpg");
}

static void test_mistakes(void)
{
	static const struct { const char *id, *body; int status; } rows[] = {
		{ DONE, "{\"outputId\":2}", 404 }, { DONE, "{\"name\":\"timeline.jsonl\"}", 404 }, { DONE, "{\"name\":\"../../etc/passwd\"}", 404 },
		{ DONE, "{\"outputId\":0}", 400 }, { DONE, "{\"outputId\":\"1\"}", 400 }, { DONE, "{\"expiresInS\":-1}", 400 },
		{ DONE, "{\"expiresInS\":400000000}", 400 }, { DONE, "{\"expiresInS\":1.5}", 400 }, { DONE, "[]", 400 }, { DONE, "{\"name\":\"\"}", 400 },
		{ BUSY, "{}", 404 }, { "rec_demo_1795357800000_zzzzzz", "{}", 404 }, { DONE, "{\"outputId\":99999999999}", 404 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/recording/%s/share", rows[i].id);

		if (post(path, rows[i].body, NULL) != rows[i].status)
			TEST_FAIL("%s %s: %d %s", rows[i].id, rows[i].body, a.status, a.body);
	}
	CHECK_INT(request("DELETE", "/recording/" DONE "/share/0000000000000000000000000000000000000000000000000000000000000000", host, NULL), 404);
	CHECK_INT(request("DELETE", "/recording/" DONE "/share/x", host, NULL), 404);
}

/* The same key is the same link, and nothing of it is kept; with another body it is refused. */
static void test_idempotency(void)
{
	g_autofree char *first = NULL, *second = NULL, *third = NULL, *db = g_strdup_printf("%s/recroom.db", dir), *bytes = NULL;
	gsize len = 0;

	post("/recording/" DONE "/share", "{\"expiresInS\":0}", "\"k1\"");
	first = link_path();
	post("/recording/" DONE "/share", "{\"expiresInS\":0}", "k1");
	second = link_path();
	CHECK_STR(second, first);
	post("/recording/" DONE "/share", "{\"expiresInS\":0}", "k2");
	third = link_path();
	CHECK(strcmp(third, first));
	post("/recording/" DONE "/share", "{\"name\":\"thumbnail.jpg\"}", "k1");
	check_problem(422, "idempotency_reused");
	catalog_close(&svc.catalog);          /* its log goes into the file */
	CHECK(g_file_get_contents(db, &bytes, &len, NULL));
	CHECK(!memmem(bytes, len, first + 3, strlen(first + 3)) && !memmem(bytes, len, third + 3, strlen(third + 3)));
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
}

static void test_expired_and_deleted(void)
{
	g_autofree char *path = NULL;
	char id[SHARE_ID];
	struct catalog_share s = { .id = id, .recording = DONE, .expires_ms = 1 };

	CHECK_INT(share_id_of(id, "eeeeeeeeeeeeeeeeeeeeeeeeee"), 0);
	CHECK_INT(catalog_share_add(svc.catalog, &s), 1);
	get("/s/eeeeeeeeeeeeeeeeeeeeeeeeee", NULL);
	check_problem(410, "share_gone");
	post("/recording/" DONE "/share", "{}", NULL);
	path = link_path();
	CHECK_INT(catalog_recording_delete(svc.catalog, DONE), 0);
	get(path, NULL);
	check_problem(410, "share_gone");
}

/* Guesses are slowed, and with them all that this address shows; a link that is gone is no guess. */
static void test_guesses(void)
{
	int wrong = 0;

	for (int i = 0; i < 2 * ATTEMPTS_FREE; i++)
		CHECK_INT(get("/s/eeeeeeeeeeeeeeeeeeeeeeeeee", NULL), 410);
	while (wrong < 100 && get("/s/ffffffffffffffffffffffffff", NULL) == 404)
		wrong++;
	CHECK(wrong >= ATTEMPTS_FREE && wrong < 100);
	check_problem(429, "too_many_attempts");
	CHECK(*header("Retry-After"));
	CHECK_INT(get("/livez", NULL), 200);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_given_and_taken_back), TEST(test_other_files), TEST(test_mistakes), TEST(test_idempotency), TEST(test_expired_and_deleted), TEST(test_guesses),
	};
	int r;

	dir = g_dir_make_tmp("recroom-share-XXXXXX", NULL);
	if (setjmp(test_env)) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	start();
	r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	stop();
	return r;
}

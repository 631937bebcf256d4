/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests from host to host: a real server as host "here" with a catalog, and as host "there" one that answers as it is told and keeps what it was asked.
 */
#include <pthread.h>
#include <signal.h>
#include "postprocess/forward.c"
#include "common/fsio.h"
#include "common/sync.h"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/certificate.h"
#include "test.h"

#define CALL "call_demo_1795357800000_aaaaaa"
#define RUNS "rec_demo_1795357800000_aaaaaa"
#define OVER "rec_demo_1795357900000_bbbbbb"

static char *dir, *token;
static struct settings settings;
static struct service svc;
static struct http_server *here;
static bool silent;

/* The other host: what it was asked last, and what it answers. */
static struct {
	struct http_server *server;
	struct lock lock;
	struct cond cond;
	int asked, waiting;
	bool hold;
	char path[200], body[400], authorization[1000], key[100], host[100], from[100];
	unsigned status;
	size_t size;               /* of the body, if it is to be large */
	const char *location;
} there;

static void set_hold(bool hold)
{
	lock_take(&there.lock);
	there.hold = hold;
	lock_release(&there.lock);
}

static enum app_error answer_there(struct http_request *rq, struct http_reply *rp)
{
	const struct { const char *name; char *to; size_t size; } kept[] = {
		{ "Authorization", there.authorization, sizeof(there.authorization) }, { "Idempotency-Key", there.key, sizeof(there.key) },
		{ "Recroom-Host", there.host, sizeof(there.host) }, { "X-Forwarded-For", there.from, sizeof(there.from) },
	};

	char *large;

	lock_take(&there.lock);
	there.asked++;
	for (size_t i = 0; i < G_N_ELEMENTS(kept); i++)
		g_strlcpy(kept[i].to, http_header(rq, kept[i].name) ? http_header(rq, kept[i].name) : "", kept[i].size);
	g_strlcpy(there.path, rq->path, sizeof(there.path));
	g_strlcpy(there.body, rq->body, sizeof(there.body));
	there.waiting++;
	cond_signal(&there.cond);
	while (there.hold)
		cond_wait_until(&there.cond, &there.lock, clock_mono_us() + 100000);
	there.waiting--;
	lock_release(&there.lock);
	large = g_strnfill(there.size, 'x');
	http_json(rp, there.status, there.size ? json_pack("{s:s}", "x", large) : json_pack("{s:s}", "roomId", "demo"));
	g_free(large);
	if (there.location)
		http_set(rp, "Location", there.location);
	http_set(rp, "Retry-After", "7");
	http_set(rp, "Idempotent-Replayed", "true");
	http_set(rp, "X-Other", "stays there");
	return APP_OK;
}

static enum app_error let_in(struct http_request *rq)
{
	(void)rq;
	return APP_OK;
}

static const struct route there_routes[] = { { HTTP_POST, "/*", WHO_ANYONE, answer_there, true }, { 0 } };

static void open_there(const char *cert, const char *key)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = there_routes, .authorize = let_in, .cert = cert, .key = key };
	char why[200];

	http_unref(&there.server);
	CHECK_INT(http_create(&there.server, &conf, why, sizeof(why)), 0);
	CHECK_INT(catalog_host_serves(svc.catalog, "there", http_url(there.server)), 0);
}

/* As service_handle(), with hosts that fall silent when the test wants it. */
static enum app_error around(struct http_request *rq, struct http_reply *rp)
{
	struct catalog_owner owner;
	enum app_error e = forward_misled(rq);

	if (e)
		return e;
	if (!forward_applies(rq, &owner))
		return rq->route->handle(rq, rp);
	owner.silent = silent;
	return forward(rq, rp, &owner);
}

static enum app_error ask_here(struct http_request *rq, struct http_reply *rp)
{
	(void)rq;
	return http_json(rp, 200, json_pack("{s:s}", "host", "here"));
}

static const struct route here_routes[] = {
	{ HTTP_POST, "/recording/start", WHO_HOST_RECORD, ask_here, true }, { HTTP_POST, "/recording/stop", WHO_HOST_RECORD, ask_here, true },
	{ HTTP_POST, "/recording/:id/pause", WHO_HOST_RECORD, ask_here, true }, { 0 },
};

static void make_rows(void)
{
	struct catalog_new_recording r = { .id = RUNS, .room = "demo", .call_id = CALL, .host_id = "there", .title = "", .layout = "grid", .started_ms = 1795357800000 };

	CHECK_INT(catalog_host_beat(svc.catalog, "there", "1", false), 0);
	CHECK_INT(catalog_host_beat(svc.catalog, "here", "1", false), 0);
	CHECK_INT(catalog_call_open(svc.catalog, CALL, "demo", "there", 1795357800000), 0);
	CHECK_INT(catalog_recording_insert(svc.catalog, &r), 0);
	CHECK_INT(catalog_recording_status(svc.catalog, RUNS, "recording", NULL), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, OVER, "demo", "Over", 1795357900000), 0);
	CHECK_INT(catalog_call_close(svc.catalog, "call_demo_1795357900000_aaaaaa", 1795357960000), 0);
}

static void make_token(void)
{
	struct token t = { .host = true, .grants = 63, .sub = "ann", .name = "", .room = "demo", .exp_s = clock_wall_ms() / 1000 + 600 };

	CHECK_INT(token_mint(&token, svc.keys, NULL, &t, clock_wall_ms() / 1000), 0);
}

static void begin(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = here_routes, .authorize = service_authorize, .around = around, .ctx = &svc, .threads = 2 };
	char temp[] = "/tmp/recroom-forward-XXXXXX", why[300];

	CHECK(mkdtemp(temp));
	dir = g_strdup(temp);
	settings = (struct settings){ .host_id = g_strdup("here"), .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir), .token_secret_file = g_build_filename(dir, "k", NULL) };
	svc = (struct service){ .settings = &settings, .forward_ms = 20000 };
	silent = false;
	there.status = 201;
	there.location = "/recording/" RUNS;
	there.size = 0;
	there.asked = 0;
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
	CHECK_INT(token_keys_open(&svc.keys, &settings, true, why, sizeof(why)), 0);
	make_rows();
	make_token();
	CHECK_INT(http_create(&here, &conf, why, sizeof(why)), 0);
	open_there(NULL, NULL);
}

static void end(void)
{
	http_unref(&here);
	http_unref(&there.server);
	token_keys_unref(&svc.keys);
	catalog_close(&svc.catalog);
	g_clear_pointer(&token, g_free);
	g_free(settings.host_id);
	g_free(settings.catalog);
	g_free(settings.token_secret_file);
	fs_remove_tree(dir);
	g_free(dir);
}

/* ---- the client ---- */

static int post(struct fetched *f, const char *path, const char *body, const char *more)
{
	g_autofree char *url = g_strdup_printf("%s%s", http_url(here), path), *bearer = g_strdup_printf("Authorization: Bearer %s", token);
	const char *headers[] = { bearer, more, NULL };

	return fetch(f, &(struct fetch_conf){ .method = "POST", .url = url, .headers = headers, .body = body, .body_size = strlen(body), .connect_ms = 20000,
					      .timeout_ms = 60000, .max = 1 << 20 });
}

/* Asks, and checks status and a part of the answer. */
static void check_post(const char *path, const char *body, const char *more, int status, const char *part)
{
	struct fetched f;

	CHECK_INT(post(&f, path, body, more), 0);
	if (f.status != status || !strstr(f.body->str, part))
		TEST_FAIL("%s %s: %d %s, expected %d and \"%s\"", path, body, f.status, f.body->str, status, part);
	CHECK(status != 503 || f.retry_after[0]);
	fetched_free(&f);
}

#define HERE "\"host\":\"here\""

static void test_there_and_back(void)
{
	struct fetched f;

	begin();
	CHECK_INT(post(&f, "/recording/start", "{\"roomId\":\"demo\",\"title\":\"x\"}", "Idempotency-Key: \"k1\""), 0);
	CHECK_INT(f.status, 201);
	CHECK_STR(f.body->str, "{\"roomId\":\"demo\"}");
	CHECK_STR(f.content_type, "application/json");
	CHECK_STR(f.location, "/recording/" RUNS);
	CHECK_STR(f.retry_after, "7");
	CHECK_STR(f.replayed, "true");
	fetched_free(&f);
	CHECK_INT(there.asked, 1);
	CHECK(g_str_has_prefix(there.authorization, "Bearer ") && !strcmp(there.authorization + 7, token));
	CHECK_STR(there.key, "\"k1\"");
	CHECK_STR(there.host, "there");
	CHECK_STR(there.from, "127.0.0.1");
	CHECK_STR(there.path, "/recording/start");
	CHECK_STR(there.body, "{\"roomId\":\"demo\",\"title\":\"x\"}");
	there.status = 409;
	there.location = "http://elsewhere/";
	CHECK_INT(post(&f, "/recording/stop", "{\"recordingId\":\"" RUNS "\"}", NULL), 0);
	CHECK_INT(f.status, 409);
	CHECK_STR(f.location, "");
	fetched_free(&f);
	CHECK_STR(there.key, "");
	check_post("/recording/" RUNS "/pause", "", NULL, 409, "demo");
	CHECK_STR(there.path, "/recording/" RUNS "/pause");
	check_post("/recording/start", "{\"callId\":\"" CALL "\"}", NULL, 409, "demo");
	CHECK_INT(there.asked, 4);
	end();
}

/* Our calls, nobody's, what is over or cannot be read, and what came from another host. */
static void test_stays_here(void)
{
	begin();
	check_post("/recording/start", "{\"roomId\":\"demo\"}", "Recroom-Host: here", 200, HERE);
	check_post("/recording/start", "{\"roomId\":\"demo\"}", "Recroom-Host: third", 503, "meant for host third");
	check_post("/recording/stop", "{\"recordingId\":\"" OVER "\"}", NULL, 200, HERE);
	check_post("/recording/stop", "{\"recordingId\":\"../../etc\"}", NULL, 200, HERE);
	check_post("/recording/rec_demo_1795357800000_zzzzzz/pause", "", NULL, 200, HERE);
	check_post("/recording/start", "{", NULL, 200, HERE);
	check_post("/recording/start", "{\"callId\":\"call_demo_1_cccccc\"}", NULL, 200, HERE);
	CHECK_INT(catalog_call_close(svc.catalog, CALL, 1795357860000), 0);
	check_post("/recording/start", "{\"roomId\":\"demo\"}", NULL, 200, HERE);
	CHECK_INT(catalog_call_open(svc.catalog, "call_demo_2_dddddd", "demo", "here", 1795357890000), 0);
	check_post("/recording/start", "{\"roomId\":\"demo\"}", NULL, 200, HERE);
	CHECK_INT(there.asked, 0);
	end();
}

/* Only where it may go, and never where it was not meant to. */
static void test_addresses(void)
{
	static const struct { const char *address, *part; bool plain; } rows[] = {
		{ "http://192.0.2.1:8090", "in clear", false }, { "http://user@127.0.0.1:8090", "none that can be used", true },
		{ "ftp://127.0.0.1", "none that can be used", true }, { "http://127.0.0.1/path", "none that can be used", true },
		{ "http://127.0.0.1:8090?x=", "none that can be used", true }, { "file:///etc/passwd", "none that can be used", true },
		{ "there:8090", "none that can be used", true }, { "http://127.0.0.1:1", "nothing was done", false },
	};

	begin();
	check_post("/recording/start", "{}", NULL, 201, "demo");
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		settings.allow_plaintext = rows[i].plain;
		CHECK_INT(catalog_host_serves(svc.catalog, "there", rows[i].address), 0);
		check_post("/recording/start", "{}", NULL, 503, rows[i].part);
	}
	silent = true;
	check_post("/recording/start", "{}", NULL, 503, "no sign of life");
	CHECK_INT(there.asked, 1);
	end();
}

static void test_no_server_there(void)
{
	begin();
	CHECK_INT(catalog_call_close(svc.catalog, CALL, 1795357860000), 0);
	CHECK_INT(catalog_host_beat(svc.catalog, "third", "1", false), 0);
	CHECK_INT(catalog_call_open(svc.catalog, "call_demo_3_eeeeee", "demo", "third", 1795357890000), 0);
	check_post("/recording/start", "{}", NULL, 503, "where no recroom-pp serve runs");
	end();
}

static void test_bad_answers(void)
{
	begin();
	there.status = 302;
	check_post("/recording/start", "{}", NULL, 503, "no answer that could be read");
	there.status = 200;
	there.size = 2 << 20;
	check_post("/recording/start", "{}", NULL, 503, "no answer that could be read");
	there.size = 0;
	svc.forward_ms = 300;
	set_hold(true);
	check_post("/recording/start", "{}", NULL, 503, "may still be carried out");
	set_hold(false);
	end();
}

static void test_certificates(void)
{
	char *cert, *key, *ca;

	begin();
	make_certificate(&cert, &key);
	ca = g_build_filename(dir, "ca.pem", NULL);
	CHECK(g_file_set_contents(ca, cert, -1, NULL));
	open_there(cert, key);
	check_post("/recording/start", "{}", NULL, 503, "no certificate that can be trusted");
	CHECK_INT(there.asked, 0);
	settings.hosts_ca = ca;
	check_post("/recording/start", "{}", NULL, 201, "demo");
	end();
	g_free(ca);
	g_free(cert);
	g_free(key);
}

static void *post_one(void *arg)
{
	struct fetched *f = arg;

	return post(f, "/recording/start", "{}", NULL) ? f : NULL;
}

/* The other threads stay free for what other hosts ask of us. */
static void test_few_at_a_time(void)
{
	struct fetched f[FORWARDS];
	pthread_t threads[FORWARDS];

	begin();
	set_hold(true);
	for (int i = 0; i < FORWARDS; i++)
		pthread_create(&threads[i], NULL, post_one, &f[i]);
	lock_take(&there.lock);
	while (there.waiting < FORWARDS)
		cond_wait_until(&there.cond, &there.lock, clock_mono_us() + 100000);
	lock_release(&there.lock);
	check_post("/recording/start", "{}", NULL, 503, "Too many requests wait");
	check_post("/recording/start", "{}", "Recroom-Host: here", 200, HERE);
	set_hold(false);
	for (int i = 0; i < FORWARDS; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		CHECK(!failed && f[i].status == 201);
		fetched_free(&f[i]);
	}
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
	static const struct test tests[] = {
		TEST(test_there_and_back), TEST(test_stays_here), TEST(test_addresses), TEST(test_no_server_there), TEST(test_bad_answers), TEST(test_certificates),
		TEST(test_few_at_a_time),
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_handler(ignore, NULL);
	lock_init(&there.lock);
	cond_init(&there.cond);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

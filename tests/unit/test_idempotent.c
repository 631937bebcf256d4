/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Idempotency-Key over HTTP: two servers on one catalog, with a handler that counts and answers as it is told.
 */
#include <pthread.h>
#include <signal.h>
#include "postprocess/idempotent.c"
#include "common/fsio.h"
#include "common/sync.h"
#include "postprocess/fetch.h"
#include "test.h"

static char *dir, *ann, *bob, *elsewhere;
static struct settings settings;
static struct service svc[2];
static struct http_server *servers[2];

static struct {
	struct lock lock;
	struct cond cond;
	bool hold;
	int runs, inside;
	enum app_error error;
} work;

static enum app_error do_work(struct http_request *rq, struct http_reply *rp)
{
	enum app_error e;
	int n;

	lock_take(&work.lock);
	n = ++work.runs;
	work.inside++;
	cond_signal(&work.cond);
	while (work.hold)
		cond_wait_until(&work.cond, &work.lock, clock_mono_us() + 50000);
	work.inside--;
	e = work.error;
	lock_release(&work.lock);
	if (e) {
		g_strlcpy(rq->detail, "It was told to.", sizeof(rq->detail));
		return e;
	}
	http_json(rp, 201, json_pack("{s:i}", "run", n));
	http_set(rp, "Location", "/recording/x");
	return APP_OK;
}

static const struct route routes[] = {
	{ HTTP_POST, "/work", WHO_HOST_RECORD, do_work, false }, { HTTP_POST, "/work/:id", WHO_HOST_RECORD, do_work, true }, { HTTP_GET, "/work", WHO_HOST_RECORD, do_work, false }, { 0 },
};

static char *mint(const char *room, const char *sub)
{
	struct token t = { .host = true, .grants = 63, .name = "", .exp_s = clock_wall_ms() / 1000 + 600 };
	char *jwt;

	g_strlcpy(t.room, room, sizeof(t.room));
	g_strlcpy(t.sub, sub, sizeof(t.sub));
	CHECK_INT(token_mint(&jwt, svc[0].keys, NULL, &t, clock_wall_ms() / 1000), 0);
	return jwt;
}

static void set_hold(bool hold)
{
	lock_take(&work.lock);
	work.hold = hold;
	lock_release(&work.lock);
}

static void begin(void)
{
	char temp[] = "/tmp/recroom-once-XXXXXX", why[300];

	CHECK(mkdtemp(temp));
	dir = g_strdup(temp);
	settings = (struct settings){ .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir), .token_secret_file = g_build_filename(dir, "k", NULL) };
	work.runs = 0;
	work.error = APP_OK;
	for (int i = 0; i < 2; i++) {
		struct http_conf conf = { .listen = "127.0.0.1:0", .routes = routes, .authorize = service_authorize, .around = service_handle, .ctx = &svc[i], .threads = 2 };

		svc[i] = (struct service){ .settings = &settings };
		CHECK_INT(catalog_open(&svc[i].catalog, settings.catalog), 0);
		CHECK_INT(token_keys_open(&svc[i].keys, &settings, true, why, sizeof(why)), 0);
		CHECK_INT(http_create(&servers[i], &conf, why, sizeof(why)), 0);
	}
	ann = mint("demo", "ann");
	bob = mint("demo", "bob");
	elsewhere = mint("other", "ann");
}

static void end(void)
{
	for (int i = 0; i < 2; i++) {
		http_unref(&servers[i]);
		token_keys_unref(&svc[i].keys);
		catalog_close(&svc[i].catalog);
	}
	g_free(ann);
	g_free(bob);
	g_free(elsewhere);
	g_free(settings.catalog);
	g_free(settings.token_secret_file);
	fs_remove_tree(dir);
	g_free(dir);
}

/* ---- the client ---- */

struct ask { int server; const char *method, *path, *token, *key, *body; };
static struct { int status; char body[1000], replayed[20], location[100], type[60], retry[20]; } a;

static int ask_for(struct fetched *f, struct ask q)
{
	g_autofree char *url = g_strdup_printf("%s%s", http_url(servers[q.server]), q.path ? q.path : "/work");
	g_autofree char *bearer = g_strdup_printf("Authorization: Bearer %s", q.token ? q.token : ann), *once = g_strdup_printf("Idempotency-Key: %s", q.key);
	const char *headers[] = { bearer, q.key ? once : NULL, NULL }, *body = q.body ? q.body : "";

	return fetch(f, &(struct fetch_conf){ .method = q.method ? q.method : "POST", .url = url, .headers = headers, .body = body, .body_size = strlen(body), .connect_ms = 20000,
					      .timeout_ms = 60000, .max = 1 << 20 });
}

static int ask(struct ask q)
{
	struct fetched f;

	CHECK_INT(ask_for(&f, q), 0);
	a.status = f.status;
	g_strlcpy(a.body, f.body->str, sizeof(a.body));
	g_strlcpy(a.replayed, f.replayed, sizeof(a.replayed));
	g_strlcpy(a.location, f.location, sizeof(a.location));
	g_strlcpy(a.type, f.content_type, sizeof(a.type));
	g_strlcpy(a.retry, f.retry_after, sizeof(a.retry));
	fetched_free(&f);
	return a.status;
}

static void test_replayed(void)
{
	begin();
	CHECK_INT(ask((struct ask){ .key = "\"k1\"", .body = "{}" }), 201);
	CHECK_STR(a.body, "{\"run\":1}");
	CHECK_STR(a.replayed, "");
	CHECK_INT(ask((struct ask){ .server = 1, .key = "k1", .body = "{}" }), 201);      /* with or without quotes, at either server */
	CHECK_STR(a.body, "{\"run\":1}");
	CHECK_STR(a.replayed, "true");
	CHECK_STR(a.location, "/recording/x");
	CHECK_STR(a.type, "application/json");
	CHECK_INT(work.runs, 1);
	CHECK_INT(ask((struct ask){ .key = "k1", .body = "{ }" }), 422);
	CHECK(strstr(a.body, "\"idempotency_reused\""));
	CHECK_INT(ask((struct ask){ .key = "k1", .body = "{}", .path = "/work/1" }), 422);
	CHECK_INT(ask((struct ask){ .key = "k1", .body = "{}", .token = bob }), 201);
	CHECK_STR(a.body, "{\"run\":2}");
	CHECK_INT(ask((struct ask){ .key = "k1", .body = "{}", .token = elsewhere }), 201);
	CHECK_INT(ask((struct ask){ .key = "k2", .body = "{}" }), 201);
	CHECK_INT(ask((struct ask){ .body = "{}" }), 201);
	CHECK_INT(ask((struct ask){ .body = "{}" }), 201);
	CHECK_INT(work.runs, 6);
	CHECK_INT(ask((struct ask){ .method = "GET", .key = "k9" }), 201);       /* not for what changes nothing */
	CHECK_INT(ask((struct ask){ .method = "GET", .key = "k9" }), 201);
	CHECK_INT(work.runs, 8);
	end();
}

/* Refusals are answers; what failed here or came too fast is none. */
static void test_errors(void)
{
	static const struct { enum app_error error; int status; bool kept; } rows[] = {
		{ APP_ALREADY_RECORDING, 409, true }, { APP_INVALID_ELEMENT, 400, true }, { APP_FORBIDDEN, 403, true }, { APP_ORIGINALS_GONE, 410, true },
		{ APP_UNAVAILABLE, 503, false }, { APP_INTERNAL, 500, false }, { APP_DISK_FULL, 507, false }, { APP_LIMIT, 429, false },
	};

	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char key[20], first[1000];
		int runs = work.runs;

		snprintf(key, sizeof(key), "error-%zu", i);
		work.error = rows[i].error;
		CHECK_INT(ask((struct ask){ .key = key }), rows[i].status);
		g_strlcpy(first, a.body, sizeof(first));
		if (!rows[i].kept)
			work.error = APP_OK;
		CHECK_INT(ask((struct ask){ .key = key }), rows[i].kept ? rows[i].status : 201);
		CHECK_INT(work.runs - runs, rows[i].kept ? 1 : 2);
		CHECK_STR(a.replayed, rows[i].kept ? "true" : "");
		CHECK_STR(a.type, rows[i].kept ? "application/problem+json" : "application/json");
		CHECK(!rows[i].kept || !strcmp(a.body, first));
	}
	end();
}

static void test_keys(void)
{
	char longest[IDEMPOTENT_KEY_MAX + 1], quoted[IDEMPOTENT_KEY_MAX + 3], too_long[IDEMPOTENT_KEY_MAX + 2];
	const char *bad[] = { "\"\"", "\"", "a\"b", "a\\b", "a,b", "\"a\", \"b\"", "a\tb", "\xc3\xa4", too_long };
	const char *good[] = { "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"with blanks\"", "x", longest, quoted };

	memset(longest, 'k', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	snprintf(quoted, sizeof(quoted), "\"%s\"", longest);
	snprintf(too_long, sizeof(too_long), "%sk", longest);
	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (ask((struct ask){ .key = bad[i] }) != 400)
			TEST_FAIL("%s: %d", bad[i], a.status);
	CHECK_INT(work.runs, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
		if (ask((struct ask){ .key = good[i] }) != 201)
			TEST_FAIL("%s: %d", good[i], a.status);
	CHECK_INT(work.runs, (int)G_N_ELEMENTS(good) - 1);
	end();
}

static void *ask_and_keep(void *arg)
{
	struct fetched *f = arg;

	return ask_for(f, (struct ask){ .key = "long", .path = "/work/1" }) ? f : NULL;
}

static void test_running(void)
{
	struct fetched f;
	pthread_t thread;
	void *failed;

	begin();
	set_hold(true);
	pthread_create(&thread, NULL, ask_and_keep, &f);
	lock_take(&work.lock);
	while (!work.inside)
		cond_wait_until(&work.cond, &work.lock, clock_mono_us() + 50000);
	lock_release(&work.lock);
	CHECK_INT(ask((struct ask){ .server = 1, .key = "long", .path = "/work/1" }), 409);
	CHECK(strstr(a.body, "\"idempotency_running\"") && atoi(a.retry) >= 1);
	CHECK_INT(ask((struct ask){ .server = 1, .key = "long", .path = "/work/2" }), 422);
	set_hold(false);
	pthread_join(thread, &failed);
	CHECK(!failed && f.status == 201);
	fetched_free(&f);
	CHECK_INT(ask((struct ask){ .server = 1, .key = "long", .path = "/work/1" }), 201);
	CHECK_STR(a.replayed, "true");
	CHECK_INT(work.runs, 1);
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
	static const struct test tests[] = { TEST(test_replayed), TEST(test_errors), TEST(test_keys), TEST(test_running) };

	signal(SIGPIPE, SIG_IGN);
	log_set_handler(ignore, NULL);
	lock_init(&work.lock);
	cond_init(&work.cond);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

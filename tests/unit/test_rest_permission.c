/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The permission matrix of REST over a real listener: every route × everybody × every fault of a token. The table here was not made of the rules: what it does
 * not allow must be refused, and a route that it does not have fails the test.
 *
 * Each request comes from an address of its own on the loopback network, so that none is slowed by another.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/attempts.h"
#include "postprocess/service.h"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/token_faults.h"
#include "test.h"

#define MINE "rec_demo_1795357800000_aaaaaa"
#define THEIRS "rec_other_1795357800000_cccccc"

/* Who asks, in the order of the table's columns. */
static const struct { const char *name; bool token, host; unsigned grants; } people[] = {
	{ "nobody", false, false, 0 },
	{ "guest", true, false, 0 },
	{ "guest+record", true, false, GRANT_RECORD }, { "guest+download", true, false, GRANT_DOWNLOAD }, { "guest+delete", true, false, GRANT_DELETE },
	{ "guest+admit", true, false, GRANT_ADMIT }, { "guest+publish", true, false, GRANT_PUBLISH }, { "guest+subscribe", true, false, GRANT_SUBSCRIBE },
	{ "host", true, true, 0 },
	{ "host record", true, true, GRANT_RECORD }, { "host download", true, true, GRANT_DOWNLOAD }, { "host delete", true, true, GRANT_DELETE },
	{ "host admit", true, true, GRANT_ADMIT }, { "host publish", true, true, GRANT_PUBLISH }, { "host subscribe", true, true, GRANT_SUBSCRIBE },
	{ "host only", true, true, GRANT_ONLY },
};
enum { PEOPLE = G_N_ELEMENTS(people) };

/* . allowed   U unauthorized   H not_host   F forbidden. Columns: nobody | guest, with record download delete admit publish subscribe | host, with the same, only */
#define EVERYBODY    ".|.......|........"
#define TOKEN        "U|.......|........"
#define DOWNLOADER   "U|FF.FFFF|........"
#define HOST         "U|HHHHHHH|........"
#define HOST_RECORD  "U|HHHHHHH|..FFF..F"
#define HOST_DELETE  "U|HHHHHHH|.FF.F..F"

/* Bodies and ids are such that what is allowed changes nothing. What is about a call goes to the plugin, which knows whose it is: test_plugin_permission. */
static const struct row {
	unsigned method;
	const char *pattern, *path, *theirs, *allowed, *body;
} table[] = {
	{ HTTP_GET, "/recordings", "/recordings", "/recordings?room=other", TOKEN, NULL },
	{ HTTP_GET, "/recording/:id", "/recording/" MINE, "/recording/" THEIRS, TOKEN, NULL },
	{ HTTP_DELETE, "/recording/:id", "/recording/rec_demo_1795357800000_zzzzzz", "/recording/" THEIRS, HOST_DELETE, NULL },
	{ HTTP_GET, "/recording/:id/files/:name", "/recording/" MINE "/files/output.webm", "/recording/" THEIRS "/files/output.webm", DOWNLOADER, NULL },
	{ HTTP_GET, "/recording/:id/files/:folder/:name", "/recording/" MINE "/files/outputs/x.webm", "/recording/" THEIRS "/files/outputs/x.webm", DOWNLOADER, NULL },
	{ HTTP_POST, "/recording/start", "/recording/start", NULL, HOST_RECORD, "{\"roomId\":\"other\"}" },
	{ HTTP_POST, "/recording/stop", "/recording/stop", NULL, HOST_RECORD, "{\"roomId\":\"other\"}" },
	{ HTTP_POST, "/recording/:id/pause", "/recording/rec_demo_1795357800000_zzzzzz/pause", NULL, HOST_RECORD, NULL },
	{ HTTP_POST, "/recording/:id/resume", "/recording/rec_demo_1795357800000_zzzzzz/resume", NULL, HOST_RECORD, NULL },
	{ HTTP_POST, "/recording/:id/recompose", "/recording/" MINE "/recompose", "/recording/" THEIRS "/recompose", HOST_RECORD, "{\"width\":-1}" },
	{ HTTP_POST, "/recording/:id/cancel", "/recording/" MINE "/cancel", "/recording/" THEIRS "/cancel", HOST_RECORD, "{\"outputId\":-1}" },
	{ HTTP_DELETE, "/recording/:id/participants/:participant", "/recording/" MINE "/participants/user99", "/recording/" THEIRS "/participants/user1",
	  HOST_DELETE, NULL },
	{ HTTP_POST, "/recording/:id/hold", "/recording/" MINE "/hold", "/recording/" THEIRS "/hold", HOST_DELETE, "{\"reason\":1}" },
	{ HTTP_DELETE, "/recording/:id/hold", "/recording/rec_demo_1795357800000_zzzzzz/hold", "/recording/" THEIRS "/hold", HOST_DELETE, NULL },
	{ HTTP_POST, "/recording/:id/keep", "/recording/" MINE "/keep", "/recording/" THEIRS "/keep", HOST_DELETE, "{\"keepUntil\":-1}" },
	{ HTTP_POST, "/recording/:id/share", "/recording/" MINE "/share", "/recording/" THEIRS "/share", HOST, "{\"outputId\":-1}" },
	{ HTTP_GET, "/recording/:id/shares", "/recording/" MINE "/shares", "/recording/" THEIRS "/shares", HOST, NULL },
	{ HTTP_DELETE, "/recording/:id/share/:share", "/recording/" MINE "/share/x", "/recording/" THEIRS "/share/x", HOST, NULL },
	{ HTTP_GET, "/s/:secret", "/s/nothing", NULL, EVERYBODY, NULL },
	{ HTTP_GET, "/openapi.yaml", "/openapi.yaml", NULL, EVERYBODY, NULL },
	{ HTTP_GET, "/recording/:id/events", "/recording/" MINE "/events", "/recording/" THEIRS "/events", TOKEN, NULL },
	{ HTTP_GET, "/calls", "/calls", "/calls?room=other", TOKEN, NULL },
	{ HTTP_GET, "/recording/:id/accesses", "/recording/" MINE "/accesses", "/recording/" THEIRS "/accesses", HOST, NULL },
	{ HTTP_GET, "/config.json", "/config.json", NULL, EVERYBODY, NULL },
	{ HTTP_GET, "/metrics", "/metrics", NULL, EVERYBODY, NULL },   /* all of them on this machine */
	{ HTTP_GET, "/livez", "/livez", NULL, EVERYBODY, NULL },
	{ HTTP_GET, "/healthz", "/healthz", NULL, EVERYBODY, NULL },
	{ HTTP_GET, "/readyz", "/readyz", NULL, EVERYBODY, NULL },
	{ HTTP_GET, "/*", "/index.html", NULL, EVERYBODY, NULL },
};

static struct fault_keys faults;       /* made once: an RSA key takes its time */
static struct {
	char *dir;
	struct settings settings;
	struct settings_token_key rows[3];
	struct service svc;
	struct http_server *server;
	unsigned port;
	char *tokens[PEOPLE];
} box;

/* ---- the client ---- */

static struct { int status; char code[64], head[2048]; } a;
static uint32_t from;              /* addresses used so far */

static int connect_from(uint32_t address)
{
	struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010000 + address) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)box.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&me, sizeof(me)) && !connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static void read_answer(int fd)
{
	GString *got = g_string_new(NULL);
	char buf[4096], *end;
	json_t *o;
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		g_string_append_len(got, buf, n);
	close(fd);
	end = strstr(got->str, "\r\n\r\n");
	if (!end || sscanf(got->str, "HTTP/1.1 %d", &a.status) != 1)
		TEST_FAIL("no answer: %s", got->str);
	snprintf(a.head, sizeof(a.head), "%.*s", (int)(end - got->str), got->str);
	o = json_loads(end + 4, 0, NULL);
	g_strlcpy(a.code, o && json_str(o, "code") ? json_str(o, "code") : "", sizeof(a.code));
	json_decref(o);
	g_string_free(got, TRUE);
}

static void ask_from(uint32_t address, unsigned method, const char *path, const char *token, const char *body)
{
	const char *name = method == HTTP_POST ? "POST" : method == HTTP_DELETE ? "DELETE" : "GET";
	GString *text = g_string_new(NULL);
	int fd = connect_from(address);

	g_string_printf(text, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", name, path);
	if (token)
		g_string_append_printf(text, "Authorization: Bearer %s\r\n", token);
	if (method == HTTP_POST)
		g_string_append_printf(text, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body ? strlen(body) : 0);
	g_string_append_printf(text, "\r\n%s", body ? body : "");
	CHECK_INT(send(fd, text->str, text->len, MSG_NOSIGNAL), text->len);
	g_string_free(text, TRUE);
	read_answer(fd);
}

static void ask(const struct row *r, const char *path, const char *token)
{
	ask_from(++from, r->method, path, token, r->body);
}

static void ignore(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

/* ---- what there is ---- */

static void make_rows(void)
{
	CHECK_INT(add_stopped_recording(box.svc.catalog, MINE, "demo", "Mine", 1795357800000), 0);
	CHECK_INT(finish_recording(box.svc.catalog, MINE, MINE "/output.webm", 4, NULL), 0);
	CHECK_INT(add_stopped_recording(box.svc.catalog, THEIRS, "other", "Theirs", 1795357800000), 0);
}

static char *in_dir(const char *name)
{
	return g_build_filename(box.dir, name, NULL);
}

static void open_keys(void)
{
	static const char *const names[3][2] = { { "hs", "HS256" }, { "rs", "RS256" }, { "es", "ES256" } };
	char why[300];

	for (size_t i = 0; i < 3; i++)
		box.rows[i] = (struct settings_token_key){ .kid = (char *)names[i][0], .alg = (char *)names[i][1], .file = g_build_filename(faults.dir, names[i][0], NULL) };
	box.settings.token_keys = box.rows;
	box.settings.ntoken_keys = 3;
	box.settings.token_secret_file = in_dir("secret.key");
	CHECK_INT(token_keys_open(&box.svc.keys, &box.settings, true, why, sizeof(why)), 0);
	for (size_t i = 0; i < PEOPLE; i++)
		box.tokens[i] = people[i].token ? good_token(&faults, "demo", people[i].host, people[i].grants) : NULL;
}

static void begin(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .around = service_handle, .ctx = &box.svc, .threads = 2 };
	char dir[] = "/tmp/recroom-matrix-XXXXXX", why[200];
	struct settings *s = &box.settings;

	CHECK(mkdtemp(dir));
	box.dir = g_strdup(dir);
	*s = (struct settings){ .recordings = g_strdup(dir), .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir), .page = g_strdup(dir), .url_ttl_s = 60,
				.width = 1280, .height = 720, .fps = 30, .segment_ms = 4000, .video_bitrate = 1500000, .audio_bitrate = 96000,
				.fit = (char *)"fill", .time_zone = (char *)"", .text = (char *)"", .image = (char *)"", .janus_ws = (char *)"" };
	box.svc = (struct service){ .settings = s, .page = s->page, .attempts = attempts_create() };
	CHECK_INT(catalog_open(&box.svc.catalog, s->catalog), 0);
	make_rows();
	open_keys();
	CHECK_INT(http_create(&box.server, &conf, why, sizeof(why)), 0);
	CHECK_INT(sscanf(http_url(box.server), "http://127.0.0.1:%u", &box.port), 1);
}

static void end(void)
{
	http_unref(&box.server);
	catalog_close(&box.svc.catalog);
	attempts_free(&box.svc.attempts);
	token_keys_unref(&box.svc.keys);
	for (size_t i = 0; i < PEOPLE; i++)
		g_free(box.tokens[i]);
	for (size_t i = 0; i < 3; i++)
		g_free(box.rows[i].file);
	g_free(box.settings.token_secret_file);
	g_free(box.settings.recordings);
	g_free(box.settings.catalog);
	g_free(box.settings.page);
	fs_remove_tree(box.dir);
	g_free(box.dir);
}

/* ---- the matrix ---- */

/* The letter of a column, the bars aside. */
static char letter(const struct row *r, size_t person)
{
	for (const char *p = r->allowed; *p; p++)
		if (*p != '|' && person-- == 0)
			return *p;
	return '?';
}

/* Refusals say so; whatever else is answered, was allowed. A room that is not the token's is also "forbidden", which the rows' bodies ask for. */
static char judge(void)
{
	static const struct { int status; const char *code; char letter; } rows[] = {
		{ 401, "unauthorized", 'U' }, { 401, "token_expired", 'E' }, { 403, "not_host", 'H' }, { 403, "forbidden", 'F' }, { 429, "too_many_attempts", 'S' },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (a.status == rows[i].status && !strcmp(a.code, rows[i].code))
			return rows[i].letter;
	return a.status >= 500 && a.status != 503 ? '!' : '.';
}

static const struct row *find_row(const struct route *route)
{
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].method == route->methods && !strcmp(table[i].pattern, route->pattern))
			return &table[i];
	return NULL;
}

static void test_table_has_every_route(void)
{
	size_t n = 0;

	for (const struct route *r = service_routes; r->pattern; r++, n++)
		if (!find_row(r))
			TEST_FAIL("%s is a route, and the matrix does not say who may use it", r->pattern);
	CHECK_INT(n, G_N_ELEMENTS(table));
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		CHECK(letter(&table[i], PEOPLE) == '?' && letter(&table[i], PEOPLE - 1) != '?');
}

static void test_everybody(void)
{
	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		const struct row *r = &table[i];

		for (size_t p = 0; p < PEOPLE; p++) {
			const char *body_of_another = r->body && strstr(r->body, "other") ? "{\"roomId\":\"demo\",\"nonsense\":1}" : r->body;

			ask_from(++from, r->method, r->path, box.tokens[p], body_of_another);
			if (judge() != letter(r, p))
				TEST_FAIL("%s, %s: %d %s is %c, the table says %c", r->path, people[p].name, a.status, a.code, judge(), letter(r, p));
		}
	}
	end();
}

/* A fault is worse than no token at all; what needs none is open to all. */
static void test_every_fault(void)
{
	char *jwt;

	begin();
	for (int f = 0; f < FAULTS; f++) {
		jwt = fault_token(&faults, (enum fault)f, "demo");
		for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
			const struct row *r = &table[i];

			if (f == FAULT_OTHER_ROOM)
				continue;      /* a good one, below */
			ask(r, r->path, jwt);
			if (letter(r, 0) == '.' ? judge() != '.' : strcmp(a.code, fault_codes[f]) || a.status != 401)
				TEST_FAIL("%s, fault %d (%s): %d %s", r->path, f, jwt, a.status, a.code);
			CHECK(a.status != 401 || strcasestr(a.head, "\r\nWWW-Authenticate: Bearer"));
		}
		g_free(jwt);
	}
	end();
}

/* Somebody else's recording does not exist, whatever the role; a room named in a body must be the token's. */
static void test_other_rooms(void)
{
	char *elsewhere;

	begin();
	elsewhere = fault_token(&faults, FAULT_OTHER_ROOM, "demo");
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		const struct row *r = &table[i];
		const char *tokens[] = { box.tokens[8], elsewhere };

		for (size_t t = 0; t < 2 && r->theirs; t++) {
			ask(r, r->theirs, tokens[t]);
			if (strstr(r->theirs, "?room=") ? judge() != 'F' : a.status != 404)
				TEST_FAIL("%s: %d %s", r->theirs, a.status, a.code);
		}
		if (!r->body || !strstr(r->body, "other"))
			continue;
		ask(r, r->path, box.tokens[8]);
		if (judge() != 'F')
			TEST_FAIL("%s for another room: %d %s", r->path, a.status, a.code);
	}
	g_free(elsewhere);
	end();
}

/* A link is for one path until its time, and for nothing else. */
static void test_links(void)
{
	int64_t exp_s = clock_wall_ms() / 1000 + 60;
	char sig[65], *query;

	begin();
	url_sign(sig, box.svc.keys, table[3].path, exp_s);
	query = g_strdup_printf("?exp=%lld&sig=%s", (long long)exp_s, sig);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		char *path = g_strdup_printf("%s%s", table[i].path, query);
		char expected = letter(&table[i], 0) == '.' || i == 3 ? '.' : i == 4 ? 'F' : 'U';

		ask(&table[i], path, NULL);
		if (judge() != expected)
			TEST_FAIL("%s: %d %s", path, a.status, a.code);
		g_free(path);
	}
	g_free(query);
	query = g_strdup_printf("%s?exp=%lld&sig=%s", table[3].theirs, (long long)exp_s, sig);
	ask(&table[3], query, NULL);
	CHECK(judge() == 'F');
	g_free(query);
	url_sign(sig, box.svc.keys, table[3].path, exp_s - 61);
	query = g_strdup_printf("%s?exp=%lld&sig=%s", table[3].path, (long long)exp_s - 61, sig);
	ask(&table[3], query, NULL);
	CHECK(judge() == 'E');
	g_free(query);
	end();
}

/* Twenty wrong ones are free, then that address waits, and no other; without a token it goes on as before. */
static void test_guessing_is_slowed(void)
{
	int wrong = 0;

	begin();
	do {
		ask_from(0x990000, HTTP_GET, "/recordings", "guess", NULL);
		wrong += a.status == 401;
	} while (a.status == 401 && wrong < 100);
	CHECK(wrong >= ATTEMPTS_FREE && wrong < 100);
	CHECK(judge() == 'S' && strcasestr(a.head, "\r\nRetry-After: "));
	ask_from(0x990000, HTTP_GET, "/recordings", box.tokens[8], NULL);
	CHECK(judge() == 'S');
	ask_from(0x990000, HTTP_GET, "/livez", NULL, NULL);
	CHECK_INT(a.status, 200);
	ask_from(0x990001, HTTP_GET, "/recordings", box.tokens[8], NULL);
	CHECK_INT(a.status, 200);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_table_has_every_route), TEST(test_everybody), TEST(test_every_fault), TEST(test_other_rooms), TEST(test_links), TEST(test_guessing_is_slowed),
	};

	char dir[] = "/tmp/recroom-faults-XXXXXX";
	int failed;

	signal(SIGPIPE, SIG_IGN);
	log_set_handler(ignore, NULL);
	if (!mkdtemp(dir))
		return 1;
	faults_open(&faults, dir);
	failed = test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
	faults_close(&faults);
	fs_remove_tree(dir);
	return failed;
}

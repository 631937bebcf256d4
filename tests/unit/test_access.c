/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access log: what the writer keeps and what it lets go, and what requests over a real listener leave in it.
 */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "postprocess/access.c"
#include "common/lately.c"
#include "common/catalog_db.h"
#include "common/fsio.h"
#include "common/json.h"
#include "postprocess/service.h"
#include "tests/lib/catalog_rows.h"
#include "test.h"

#define MINE "rec_demo_1795357800000_aaaaaa"
#define THEIRS "rec_other_1795357800000_cccccc"
enum { WAIT_S = 20 };

static struct {
	char *dir;
	struct settings settings;
	struct service svc;
	struct http_server *server;
	unsigned port;
	char *host, *guest;
} box;
static struct { int status; json_t *json; } a;

/* ---- what there is ---- */

static void begin(int queue)
{
	char dir[] = "/tmp/recroom-access-XXXXXX";
	struct access_conf conf = { .keep_days = 365, .queue = queue };

	CHECK(mkdtemp(dir));
	box.dir = g_strdup(dir);
	box.settings = (struct settings){ .recordings = box.dir, .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir), .page = box.dir, .janus_ws = (char *)"",
					  .url_ttl_s = 60 };
	CHECK_INT(catalog_open(&box.svc.catalog, box.settings.catalog), 0);
	conf.catalog = box.settings.catalog;
	CHECK_INT(access_create(&box.svc.accesses, &conf), 0);
}

static void finish(void)
{
	access_unref(&box.svc.accesses);
	http_unref(&box.server);
	catalog_close(&box.svc.catalog);
	token_keys_unref(&box.svc.keys);
	g_clear_pointer(&box.host, free);
	g_clear_pointer(&box.guest, free);
	g_free(box.settings.catalog);
	fs_remove_tree(box.dir);
	g_free(box.dir);
	json_decref(a.json);
	memset(&a, 0, sizeof(a));
	memset(&box, 0, sizeof(box));
}

static json_t *rows_now(void)
{
	struct catalog_access_filter f = { .limit = 100000 };
	json_t *rows = NULL;

	CHECK_INT(catalog_access_list(box.svc.catalog, &f, &rows), 0);
	return rows;
}

/* The rows, newest first, once there are so many. */
static json_t *rows_when(size_t n)
{
	int64_t until_us = clock_mono_us() + WAIT_S * 1000000LL;
	json_t *rows = rows_now();

	while (json_array_size(rows) < n && clock_mono_us() < until_us) {
		json_decref(rows);
		g_usleep(10000);
		rows = rows_now();
	}
	CHECK_INT(json_array_size(rows), n);
	return rows;
}

static void note(enum access_action action, const char *item, const char *actor)
{
	struct catalog_access row = { .at_ms = clock_wall_ms(), .action = action, .recording = MINE, .item = item, .actor = actor, .address = "192.0.2.1" };

	access_note(box.svc.accesses, &row);
}

/* ---- the writer ---- */

static void test_once(void)
{
	begin(0);
	for (int i = 0; i < 50; i++)
		note(ACCESS_DOWNLOADED, "output.webm", "ann");
	note(ACCESS_DOWNLOADED, "other.webm", "ann");
	note(ACCESS_DOWNLOADED, "output.webm", "bob");
	note(ACCESS_VIEWED, "output.webm", "ann");
	note(ACCESS_DELETED, NULL, "ann");
	note(ACCESS_DELETED, NULL, "ann");             /* a change counts each time */
	json_decref(rows_when(6));
	finish();
}

/* Half an hour later it is another one; what is remembered is bounded. */
static void test_again_later(void)
{
	struct catalog_access row = { .action = ACCESS_VIEWED, .recording = MINE, .actor = "ann" };
	struct lately *l = lately_create();
	int64_t now_us = 1000000;
	char item[16];

	CHECK(!lately_again(l, &row, now_us));
	CHECK(lately_again(l, &row, now_us + SEEN_US - 1));
	CHECK(lately_again(l, &row, now_us + 2 * SEEN_US - 2));      /* it was never left alone for so long */
	CHECK(!lately_again(l, &row, now_us + 3 * SEEN_US));
	row.item = item;
	for (int i = 0; i < 2 * SEEN_MAX; i++) {
		g_snprintf(item, sizeof(item), "%d", i);
		CHECK(!lately_again(l, &row, now_us + 4 * SEEN_US));
	}
	CHECK(g_hash_table_size(l->seen) <= SEEN_MAX);
	lately_free(l);
}

/* The catalog is locked by somebody: notes wait, those beyond the queue are counted, and nobody who notes waits. */
static void test_catalog_away(void)
{
	int64_t before = metric_get(METRIC_ACCESS_DROPPED, 0);

	begin(10);
	note(ACCESS_DELETED, "first", "ann");
	json_decref(rows_when(1));
	CHECK_INT(catalog_begin(box.svc.catalog), 0);
	for (int i = 0; i < 15; i++)
		note(ACCESS_DELETED, NULL, "ann");
	CHECK_INT(metric_get(METRIC_ACCESS_DROPPED, 0) - before, 5);
	CHECK_INT(catalog_end(box.svc.catalog, 0), 0);
	json_decref(rows_when(11));
	finish();
}

/* What waits when the program ends is written. */
static void test_end(void)
{
	begin(0);
	for (int i = 0; i < 250; i++)
		note(ACCESS_DELETED, NULL, "ann");
	access_unref(&box.svc.accesses);
	json_decref(rows_when(250));
	finish();
}

static void test_not_kept(void)
{
	begin(0);
	access_keep(box.svc.accesses, 0);
	note(ACCESS_DELETED, NULL, "ann");
	access_keep(box.svc.accesses, 1);
	note(ACCESS_DELETED, "second", "ann");
	json_decref(rows_when(1));
	finish();
}

/* ---- over HTTP ---- */

static char *mint(bool is_host)
{
	struct token t = { .host = is_host, .grants = is_host ? 0 : GRANT_DOWNLOAD, .name = "x", .room = "demo", .exp_s = clock_wall_ms() / 1000 + 60 };
	char *jwt = NULL;

	g_strlcpy(t.sub, is_host ? "boss" : "ann", sizeof(t.sub));
	CHECK_INT(token_mint(&jwt, box.svc.keys, NULL, &t, clock_wall_ms() / 1000), 0);
	return jwt;
}

static void serve(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .ctx = &box.svc, .threads = 2 };
	g_autofree char *dir = NULL, *media = NULL;
	char why[200];

	begin(0);
	dir = g_build_filename(box.dir, MINE, NULL);
	media = g_build_filename(dir, "output.webm", NULL);
	CHECK(!g_mkdir(dir, 0700) && g_file_set_contents(media, "0123456789", -1, NULL));
	CHECK_INT(add_stopped_recording(box.svc.catalog, MINE, "demo", "Mine", 1795357800000), 0);
	CHECK_INT(finish_recording(box.svc.catalog, MINE, MINE "/output.webm", 10, NULL), 0);
	CHECK_INT(add_stopped_recording(box.svc.catalog, THEIRS, "other", "Theirs", 1795357800000), 0);
	CHECK_INT(token_keys_of_secret(&box.svc.keys, "0123456789abcdef0123456789abcdef", 32), 0);
	box.host = mint(true);
	box.guest = mint(false);
	box.svc.settings = &box.settings;
	box.svc.page = box.dir;
	CHECK_INT(http_create(&box.server, &conf, why, sizeof(why)), 0);
	CHECK_INT(sscanf(http_url(box.server), "http://127.0.0.1:%u", &box.port), 1);
}

static int ask(const char *method, const char *path, const char *token, const char *more)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)box.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	g_autofree char *proof = token ? g_strdup_printf("Authorization: Bearer %s\r\n", token) : g_strdup(""), *text = NULL;
	GString *got = g_string_new(NULL);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char buf[4096], *body;
	ssize_t n;

	text = g_strdup_printf("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s\r\n", method, path, proof, more ? more : "");
	CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)));
	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		g_string_append_len(got, buf, n);
	close(fd);
	json_decref(a.json);
	body = strstr(got->str, "\r\n\r\n");
	CHECK(body && sscanf(got->str, "HTTP/1.1 %d", &a.status) == 1);
	a.json = json_loads(body + 4, 0, NULL);
	g_string_free(got, TRUE);
	return a.status;
}

static void check_row(json_t *rows, size_t i, const char *action, const char *item, const char *actor)
{
	json_t *row = json_array_get(rows, i);

	CHECK_STR(json_str(row, "action"), action);
	CHECK_STR(json_str(row, "item") ? json_str(row, "item") : "", item);
	CHECK_STR(json_str(row, "actor"), actor);
	CHECK_STR(json_str(row, "address"), "127.0.0.1");
}

static void test_what_is_noted(void)
{
	g_autofree char *link = NULL;
	json_t *rows;

	serve();
	CHECK_INT(ask("GET", "/recording/" THEIRS, box.host, NULL), 404);
	CHECK_INT(ask("GET", "/recording/" MINE "/files/nothing.webm", box.host, NULL), 404);
	CHECK_INT(ask("HEAD", "/recording/" MINE "/files/output.webm", box.host, NULL), 200);
	CHECK_INT(ask("GET", "/recording/" MINE, box.guest, NULL), 200);
	link = g_strdup(json_str(a.json, "url"));
	CHECK(link != NULL);
	for (int i = 0; i < 5; i++) {                  /* a player asks for a part at a time */
		g_autofree char *range = g_strdup_printf("Range: bytes=%d-%d\r\n", 2 * i, 2 * i + 1);

		CHECK_INT(ask("GET", link, NULL, range), 206);
	}
	CHECK_INT(ask("GET", "/recording/" MINE "/files/output.webm?download=1", box.guest, NULL), 200);
	CHECK_INT(ask("POST", "/recording/" MINE "/cancel", box.host, NULL), 409);
	CHECK_INT(ask("DELETE", "/recording/" MINE "/participants/user1", box.host, NULL), 202);
	CHECK_INT(ask("DELETE", "/recording/" MINE "/participants/user1", box.guest, NULL), 403);
	rows = rows_when(4);
	check_row(rows, 3, "shared", "", "ann");
	check_row(rows, 2, "viewed", "output.webm", "link");
	check_row(rows, 1, "downloaded", "output.webm", "ann");
	check_row(rows, 0, "erased", "user1", "boss");
	json_decref(rows);
	CHECK_INT(ask("DELETE", "/recording/" MINE, box.host, NULL), 202);
	rows = rows_when(5);
	check_row(rows, 0, "deleted", "", "boss");
	json_decref(rows);
	finish();
}

static void test_route(void)
{
	g_autofree char *next = NULL;

	serve();
	for (int i = 0; i < 3; i++)
		note(ACCESS_DELETED, NULL, "ann");
	json_decref(rows_when(3));
	CHECK_INT(catalog_recording_delete(box.svc.catalog, MINE), 0);         /* its rows stay */
	CHECK_INT(ask("GET", "/recording/" MINE "/accesses", box.guest, NULL), 403);
	CHECK_INT(ask("GET", "/recording/" THEIRS "/accesses", box.host, NULL), 404);
	CHECK_INT(ask("GET", "/recording/nonsense/accesses", box.host, NULL), 404);
	CHECK_INT(ask("GET", "/recording/" MINE "/accesses?pageSize=0", box.host, NULL), 400);
	CHECK_INT(ask("GET", "/recording/" MINE "/accesses?pageToken=x", box.host, NULL), 400);
	CHECK_INT(ask("GET", "/recording/" MINE "/accesses?pageSize=2", box.host, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(a.json, "accesses")), 2);
	CHECK_STR(json_str(json_array_get(json_object_get(a.json, "accesses"), 0), "actor"), "ann");
	CHECK(!json_object_get(json_array_get(json_object_get(a.json, "accesses"), 0), "address"));
	next = g_strdup_printf("/recording/" MINE "/accesses?pageSize=2&pageToken=%s", json_str(a.json, "nextPageToken"));
	CHECK_INT(ask("GET", next, box.host, NULL), 200);
	CHECK_INT(json_array_size(json_object_get(a.json, "accesses")), 1);
	CHECK(json_is_null(json_object_get(a.json, "nextPageToken")));
	finish();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_once), TEST(test_again_later), TEST(test_catalog_away), TEST(test_end), TEST(test_not_kept), TEST(test_what_is_noted),
					     TEST(test_route) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

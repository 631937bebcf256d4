/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are only in a store, over a real server: sealed ones and others, in part, from the next store, none at all.
 */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "postprocess/rest_stored.c"
#include "common/catalog_share.h"
#include "common/data_key.h"
#include "common/fsio.h"
#include "common/sync.h"
#include "tests/lib/catalog_rows.h"
#include "rest_client.h"
#include "test.h"

#define ID "rec_demo_1795357800000_aaaaaa"
#define KEY "recordings/x/" ID ".webm"
#define INDEX "recordings/x/" ID "/storyboard.vtt"
#define MASTER "m:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define VTT "WEBVTT\n\n00:00.000 --> 00:10.000\nstoryboard.jpg#xywh=0,0,160,90\n"

enum { SIZE = 3000000 };
static char *dir, *host, *media, key_id[ENVELOPE_ID];
static struct settings_storage storages[] = { { .name = (char *)"main", .kind = STORAGE_LOCAL, .prefix = (char *)"recordings", .chunk_prefix = (char *)"originals" },
					      { .name = (char *)"second", .kind = STORAGE_LOCAL, .role = STORAGE_MIRROR, .prefix = (char *)"recordings",
						.chunk_prefix = (char *)"originals" } };
static struct settings settings = { .url_ttl_s = 60, .time_zone = (char *)"", .janus_ws = (char *)"", .storages = storages, .nstorages = 2 };
static struct service svc;
static struct master_keys *masters;
static struct http_server *server;

static void put(const char *name, const void *data, size_t len, mode_t mode)
{
	g_autofree char *path = g_build_filename(dir, name, NULL), *parent = g_path_get_dirname(path);

	CHECK(!g_mkdir_with_parents(parent, 0755));
	CHECK(g_file_set_contents(path, data, (gssize)len, NULL) && !chmod(path, mode));
}

static void put_sealed(const char *name, const void *data, size_t len)
{
	struct envelope *e = NULL;
	struct data_key k;
	unsigned char *sealed;
	char why[300];
	size_t n;

	CHECK_INT(data_key_for(svc.catalog, masters, ID, 1, &k, why, sizeof(why)), 0);
	CHECK_INT(envelope_create(&e, k.key, k.id, NULL), 0);
	CHECK_INT(envelope_seal_all(e, data, len, &sealed, &n), 0);
	put(name, sealed, n, 0644);
	g_strlcpy(key_id, k.id, sizeof(key_id));
	envelope_unref(&e);
	g_free(sealed);
}

static void note(const char *file, const char *store, const char *key, bool sealed)
{
	struct catalog_copy c = { .recording = ID, .file = file, .store = store, .key = key, .state = "verified", .key_id = sealed ? key_id : NULL, .size = SIZE };

	CHECK_INT(catalog_copy_put(svc.catalog, &c), 0);
}

static void fill(void)
{
	g_autofree char *path = g_build_filename(dir, "master.key", NULL);
	char why[300];

	put("master.key", MASTER, strlen(MASTER), 0600);
	CHECK_INT(master_keys_load(&masters, path, why, sizeof(why)), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, ID, "demo", "Weekly", 1795357800000), 0);
	CHECK_INT(finish_recording(svc.catalog, ID, ID "/output.webm", SIZE, NULL), 0);
	put_sealed("main/" KEY, media, SIZE);
	put_sealed("main/" INDEX, VTT, strlen(VTT));
	put("second/" KEY, media, SIZE, 0644);
	note("output.webm", "main", KEY, true);
	note("output.webm", "second", KEY, false);
	note("storyboard.vtt", "main", INDEX, true);
	g_free(storages[0].directory);
	g_free(storages[1].directory);
	storages[0].directory = g_build_filename(dir, "main", NULL);
	storages[1].directory = g_build_filename(dir, "second", NULL);
}

static void start(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .around = service_handle, .ctx = &svc, .threads = 2 };
	struct token t = { .host = true, .sub = "call/user1", .name = "x", .room = "demo", .exp_s = clock_wall_ms() / 1000 + 60 };
	char why[300];

	dir = g_dir_make_tmp("recroom-stored-XXXXXX", NULL);
	media = g_malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		media[i] = (char)(i * 7 + i / 256);
	settings.recordings = dir;
	settings.catalog = g_strdup_printf("sqlite:%s/recroom.db", dir);
	svc = (struct service){ .settings = &settings, .page = dir };
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
	fill();
	CHECK_INT(stores_open(&svc.stores, &settings, why, sizeof(why)), 0);
	svc.masters = masters;
	CHECK_INT(passing_create(&svc.passing), 0);
	CHECK_INT(token_keys_of_secret(&svc.keys, "0123456789abcdef0123456789abcdef", 32), 0);
	CHECK_INT(token_mint(&host, svc.keys, NULL, &t, clock_wall_ms() / 1000), 0);
	CHECK_INT(http_create(&server, &conf, why, sizeof(why)), 0);
	CHECK_INT(sscanf(http_url(server), "http://127.0.0.1:%u", &port), 1);
}

static void stop(void)
{
	forget();
	passing_stop(svc.passing);
	http_unref(&server);
	passing_unref(&svc.passing);
	stores_unref(&svc.stores);
	catalog_close(&svc.catalog);
	master_keys_unref(&masters);
	token_keys_unref(&svc.keys);
	free(host);
	g_free(settings.catalog);
	fs_remove_tree(dir);
	g_free(dir);
	g_free(media);
}

static void lose(const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	CHECK(!g_remove(path));
}

static void check_media(size_t from, size_t n)
{
	CHECK_INT(a.body_size, n);
	CHECK(!memcmp(a.body, media + from, n));
}

#define FILE_PATH "/recording/" ID "/files/output.webm"

static void test_served(void)
{
	start();
	CHECK_INT(get(FILE_PATH, host), 200);
	check_media(0, SIZE);
	CHECK_STR(header("Content-Type"), "video/webm");
	CHECK_INT(request("GET", FILE_PATH "?download=1", host, "Range: bytes=65500-131000\r\n"), 206);
	check_media(65500, 65501);
	CHECK(strstr(header("Content-Disposition"), "Weekly"));
	CHECK_INT(request("HEAD", FILE_PATH, host, NULL), 200);
	CHECK_STR(header("Content-Length"), "3000000");
	CHECK_INT(get("/recording/" ID "/files/storyboard.vtt", host), 200);
	CHECK(a.body_size == strlen(VTT) && !memcmp(a.body, VTT, a.body_size));
	CHECK_INT(get("/recording/" ID "/files/chapters.vtt", host), 404);             /* in no store */
	CHECK_INT(get(FILE_PATH, NULL), 401);
	stop();
}

/* A share link waits for the store like anybody else, and is counted once. */
static void test_shared(void)
{
	char secret[SHARE_SECRET], id[SHARE_ID];
	struct catalog_share s = { .recording = ID, .id = id };
	g_autofree char *path = NULL;
	json_t *share = NULL;

	start();
	share_secret_make(secret);
	CHECK_INT(share_id_of(id, secret), 0);
	CHECK_INT(catalog_share_add(svc.catalog, &s), 1);
	path = g_strdup_printf("/s/%s", secret);
	CHECK_INT(get(path, NULL), 200);
	check_media(0, SIZE);
	CHECK_STR(header("Referrer-Policy"), "no-referrer");
	CHECK_INT(catalog_share_get(svc.catalog, id, &share), 0);
	CHECK_INT(json_num(share, "uses", 0), 1);
	json_decref(share);
	stop();
}

/* What is here is sent from here; a store that has lost it, or has something else, is passed over. */
static void test_which(void)
{
	start();
	put("main/" KEY, media, 2000000, 0644);                /* in the clear, where it should be sealed */
	CHECK_INT(get(FILE_PATH, host), 200);
	check_media(0, SIZE);
	lose("main/" KEY);
	CHECK_INT(get(FILE_PATH, host), 200);
	check_media(0, SIZE);
	lose("second/" KEY);
	CHECK_INT(get(FILE_PATH, host), 503);
	check_problem(503, "store_unavailable");
	CHECK_STR(header("Retry-After"), "5");
	put(ID "/output.webm", "here", 4, 0644);
	CHECK_INT(get(FILE_PATH, host), 200);
	CHECK_INT(a.body_size, 4);
	stop();
}

/* Damaged within: the connection ends before it, and the length says that something is missing. */
static void test_damaged(void)
{
	g_autofree char *path = NULL;
	FILE *f;

	start();
	path = g_build_filename(dir, "main", KEY, NULL);
	f = fopen(path, "r+");
	CHECK(f && !fseek(f, 10 * ENVELOPE_BLOCK + 500, SEEK_SET) && fputc('x', f) == 'x' && !fclose(f));
	CHECK_INT(get(FILE_PATH, host), 200);
	CHECK(a.body_size <= (size_t)envelope_block_begin(10));
	CHECK(!memcmp(a.body, media, a.body_size));
	CHECK_INT(request("GET", FILE_PATH, host, "Range: bytes=1000000-\r\n"), 206);
	check_media(1000000, SIZE - 1000000);
	stop();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_served), TEST(test_shared), TEST(test_which), TEST(test_damaged) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

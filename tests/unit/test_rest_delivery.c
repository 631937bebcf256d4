/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are in stores, as a client meets them: addresses that are given out, what is sent away, what is passed on, sealed or not. The stores: "cloud", S3
 * where nobody listens, and "disk", a directory.
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "postprocess/delivery.c"
#include "common/catalog_share.h"
#include "common/catalog_store.h"
#include "common/data_key.h"
#include "common/fsio.h"
#include "common/sync.h"
#include "postprocess/passing.h"
#include "postprocess/service.h"
#include "tests/lib/catalog_rows.h"
#include "rest_client.h"
#include "test.h"

#define DONE "rec_demo_1795357800000_aaaaaa"
#define FILES "/recording/" DONE "/files/"
#define MEDIA "0123456789abcdefghijklmnopqrstuvwxyz"
#define STORYBOARD "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,160,90\n"
#define SECRET "0123456789abcdef0123456789abcdef"

static char *dir, *host, *disk;
static struct settings settings = { .url_ttl_s = 3600, .time_zone = "Europe/Berlin", .janus_ws = "" };
static struct settings_storage storages[2];
static struct stores *stores;
static struct master_keys *masters;
static struct service svc;
static struct http_server *server;

static char *in_dir(const char *name)
{
	return g_build_filename(dir, name, NULL);
}

static void write_to(const char *root, const char *name, const void *data, gssize len)
{
	g_autofree char *path = g_build_filename(root, name, NULL), *parent = g_path_get_dirname(path);

	CHECK_INT(fs_mkdirs(parent, 0700), 0);
	CHECK(g_file_set_contents(path, data, len, NULL));
}

static void configure(void)
{
	storages[0] = (struct settings_storage){ .name = (char *)"cloud", .kind = STORAGE_S3, .bucket = (char *)"bucket", .endpoint = (char *)"http://127.0.0.1:9", .plain = true,
		.path_style = true, .prefix = (char *)"recordings", .chunk_prefix = (char *)"originals", .credentials = CREDENTIALS_ENVIRONMENT, .tags = (char *)"", .part_mb = 8, .parallel = 1 };
	storages[1] = (struct settings_storage){ .name = (char *)"disk", .kind = STORAGE_LOCAL, .role = STORAGE_MIRROR, .directory = disk, .prefix = (char *)"recordings",
		.chunk_prefix = (char *)"originals", .tags = (char *)"", .part_mb = 8, .parallel = 1 };
	settings.storages = storages;
	settings.nstorages = 2;
}

static void open_stores(void)
{
	char why[400] = "";

	delivery_unref(&svc.delivery);
	stores_unref(&stores);
	svc.stores = NULL;
	if (stores_open(&stores, &settings, why, sizeof(why)) || delivery_create(&svc.delivery, stores, why, sizeof(why)))
		TEST_FAIL("%s", why);
	svc.stores = stores;
}

static void start(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .around = service_handle, .ctx = &svc, .threads = 2 };
	struct token t = { .host = true, .sub = "call/user1", .name = "x", .room = "demo", .exp_s = clock_wall_ms() / 1000 + 600 };
	char why[300];

	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	disk = in_dir("disk");
	settings.recordings = in_dir("recordings");
	settings.catalog = g_strdup_printf("sqlite:%s/recroom.db", dir);
	CHECK_INT(fs_mkdirs(disk, 0700), 0);
	CHECK_INT(fs_mkdirs(settings.recordings, 0700), 0);
	svc = (struct service){ .settings = &settings, .page = dir };
	CHECK_INT(catalog_open(&svc.catalog, settings.catalog), 0);
	CHECK_INT(add_stopped_recording(svc.catalog, DONE, "demo", "Weekly", 1795357800000), 0);
	CHECK_INT(finish_recording(svc.catalog, DONE, DONE "/output.webm", (int64_t)strlen(MEDIA), NULL), 0);
	CHECK_INT(token_keys_of_secret(&svc.keys, SECRET, 32), 0);
	CHECK_INT(token_mint(&host, svc.keys, NULL, &t, clock_wall_ms() / 1000), 0);
	CHECK_INT(passing_create(&svc.passing), 0);
	configure();
	CHECK_INT(http_create(&server, &conf, why, sizeof(why)), 0);
	CHECK_INT(sscanf(http_url(server), "http://127.0.0.1:%u", &port), 1);
}

static void stop(void)
{
	forget();
	passing_stop(svc.passing);
	http_unref(&server);
	passing_unref(&svc.passing);
	delivery_unref(&svc.delivery);
	stores_unref(&stores);
	master_keys_unref(&masters);
	catalog_close(&svc.catalog);
	token_keys_unref(&svc.keys);
	free(host);
	g_free(disk);
	g_free(settings.recordings);
	g_free(settings.catalog);
	fs_remove_tree(dir);
	g_free(dir);
}

/* As each test finds it: no file here, no copy anywhere. */
static void afresh(void)
{
	static const char *const names[] = { "output.webm", "metadata.json", "thumbnail.jpg", "chapters.vtt", "storyboard.jpg", "storyboard.vtt" };
	g_autofree char *here = g_build_filename(settings.recordings, DONE, NULL);

	fs_remove_tree(here);
	fs_remove_tree(disk);
	CHECK_INT(fs_mkdirs(disk, 0700), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		for (size_t k = 0; k < 2; k++)
			catalog_copy_drop(svc.catalog, DONE, names[i], storages[k].name);
	configure();
	open_stores();
}

static void copy(const char *store, const char *file, const char *key, const char *state, const char *key_id)
{
	struct catalog_copy c = { .recording = DONE, .file = file, .store = store, .key = key, .state = state, .size = (int64_t)strlen(MEDIA), .key_id = key_id };

	CHECK_INT(catalog_copy_put(svc.catalog, &c), 0);
}

static char *url_of(const char *name)
{
	CHECK_INT(get("/recording/" DONE, host), 200);
	if (!member(name))
		TEST_FAIL("no %s in %s", name, a.body);
	return g_strdup(member(name));
}

/* ---- addresses ---- */

static void test_signed_addresses(void)
{
	g_autofree char *url = NULL, *again = NULL, *save = NULL, *thumbnail = NULL, *chapters = NULL;

	afresh();
	copy("cloud", "output.webm", "recordings/2026/11/22/a b.webm", "verified", NULL);
	copy("cloud", "chapters.vtt", "recordings/2026/11/22/a/chapters.vtt", "verified", NULL);
	url = url_of("url");
	CHECK(g_str_has_prefix(url, "http://127.0.0.1:9/bucket/recordings/2026/11/22/a%20b.webm?"));
	CHECK(strstr(url, "X-Amz-Expires=3600&") && strstr(url, "&X-Amz-Signature=") && strstr(url, "response-content-type=video%2Fwebm"));
	CHECK(!strstr(url, "disposition"));
	again = url_of("url");
	CHECK_STR(again, url);                       /* a list asked for again keeps its links */
	save = url_of("downloadUrl");
	CHECK(strstr(save, "response-content-disposition=attachment%3B%20filename%3D%22Weekly%202026-11-22%2015.30.webm%22"));
	thumbnail = url_of("thumbnailUrl");          /* has no copy */
	CHECK(g_str_has_prefix(thumbnail, FILES "thumbnail.jpg?exp="));
	chapters = url_of("chaptersUrl");            /* a page's script reads it */
	CHECK(g_str_has_prefix(chapters, FILES "chapters.vtt?exp="));
}

static void test_only_verified_copies_count(void)
{
	static const char *const states[] = { "queued", "uploading", "deleting", "failed" };

	afresh();
	for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
		g_autofree char *url = NULL;

		copy("cloud", "output.webm", "recordings/x.webm", states[i], NULL);
		url = url_of("url");
		CHECK(g_str_has_prefix(url, FILES "output.webm?exp="));
		CHECK_INT(get(FILES "output.webm", host), 404);
	}
}

static void test_cdn(void)
{
	g_autofree char *url = NULL, *save = NULL, *key = in_dir("cdn.key");

	afresh();
	CHECK(g_file_set_contents(key, SECRET "\n", -1, NULL) && !chmod(key, 0600));
	storages[0].cdn_url = (char *)"https://media.example.com";
	storages[0].cdn_signing = STORAGE_CDN_HMAC;
	storages[0].cdn_key_file = key;
	open_stores();
	copy("cloud", "output.webm", "recordings/x y.webm", "verified", NULL);
	url = url_of("url");
	CHECK(g_str_has_prefix(url, "https://media.example.com/recordings/x%20y.webm?exp="));
	save = url_of("downloadUrl");                /* under a name, which a CDN does not know */
	CHECK(g_str_has_prefix(save, "http://127.0.0.1:9/bucket/recordings/x%20y.webm?"));
	CHECK_INT(get("/index.html", NULL), 404);
}

static void test_public(void)
{
	g_autofree char *url = NULL, *cdn = NULL, *save = NULL;

	afresh();
	storages[0].public = true;
	open_stores();
	copy("cloud", "output.webm", "recordings/0123456789abcdef0123456789abcdef/x.webm", "verified", NULL);
	url = url_of("url");
	CHECK_STR(url, "http://127.0.0.1:9/bucket/recordings/0123456789abcdef0123456789abcdef/x.webm");
	storages[0].cdn_url = (char *)"https://media.example.com";
	open_stores();
	cdn = url_of("url");
	save = url_of("downloadUrl");
	CHECK_STR(cdn, "https://media.example.com/recordings/0123456789abcdef0123456789abcdef/x.webm");
	CHECK_STR(save, cdn);
}

static void test_page_may_load_from_stores(void)
{
	afresh();
	write_to(dir, "index.html", "<!doctype html>", -1);
	CHECK_INT(get("/", NULL), 200);
	CHECK(strstr(header("Content-Security-Policy"), "media-src 'self' blob: mediastream: http://127.0.0.1:9;"));
	CHECK(strstr(header("Content-Security-Policy"), "img-src 'self' data: blob: http://127.0.0.1:9;"));
}

/* ---- files ---- */

static void test_local_first(void)
{
	g_autofree char *here = g_build_filename(settings.recordings, DONE, NULL), *location = NULL;
	char id[SHARE_ID];
	struct catalog_share s = { .id = id, .recording = DONE };

	afresh();
	copy("cloud", "output.webm", "recordings/x.webm", "verified", NULL);
	write_to(here, "output.webm", MEDIA, -1);
	CHECK_INT(get(FILES "output.webm", host), 200);
	CHECK_STR(a.body, MEDIA);
	fs_remove_tree(here);
	CHECK_INT(get(FILES "output.webm", host), 302);
	CHECK_STR(header("Cache-Control"), "no-store");
	location = g_strdup(header("Location"));
	CHECK(g_str_has_prefix(location, "http://127.0.0.1:9/bucket/recordings/x.webm?"));
	CHECK_INT(request("HEAD", FILES "output.webm", host, NULL), 302);
	CHECK(g_str_has_prefix(header("Location"), "http://127.0.0.1:9/bucket/") && strcmp(header("Location"), location));
	CHECK_INT(get(FILES "output.webm?download=1", host), 302);
	CHECK(strstr(header("Location"), "response-content-disposition=attachment"));
	CHECK_INT(share_id_of(id, "abcdefghijklmnopqrstuvwxyz"), 0);
	CHECK_INT(catalog_share_add(svc.catalog, &s), 1);
	CHECK_INT(get("/s/abcdefghijklmnopqrstuvwxyz", NULL), 302);
	CHECK_STR(header("Referrer-Policy"), "no-referrer");
	CHECK_INT(get(FILES "output.webm", NULL), 401);
}

static void test_passed_on(void)
{
	afresh();
	copy("disk", "output.webm", "recordings/x.webm", "verified", NULL);
	write_to(disk, "recordings/x.webm", MEDIA, -1);
	CHECK_INT(get(FILES "output.webm", host), 200);
	CHECK_STR(a.body, MEDIA);
	CHECK_STR(header("Content-Type"), "video/webm");
	CHECK_INT(request("GET", FILES "output.webm", host, "Range: bytes=4-7\r\n"), 206);
	CHECK_STR(a.body, "4567");
	CHECK_STR(header("Content-Range"), "bytes 4-7/36");
	CHECK_INT(request("HEAD", FILES "output.webm", host, NULL), 200);
	CHECK_STR(header("Content-Length"), "36");
	CHECK_INT(request("GET", FILES "output.webm", host, "Range: bytes=36-\r\n"), 416);
	CHECK_INT(get(FILES "output.webm?download=1", host), 200);
	CHECK(g_str_has_prefix(header("Content-Disposition"), "attachment; filename=\"Weekly 2026-11-22 15.30.webm\""));
}

static void test_storyboard(void)
{
	g_autofree char *url = NULL;
	struct catalog_copy c = { .recording = DONE, .file = "storyboard.vtt", .store = "disk", .key = "recordings/s.vtt", .state = "verified", .size = 60 };

	afresh();
	CHECK_INT(catalog_copy_put(svc.catalog, &c), 0);
	write_to(disk, "recordings/s.vtt", STORYBOARD, -1);
	url = url_of("storyboardUrl");
	CHECK_INT(get(url, NULL), 200);
	CHECK(strstr(a.body, "\nstoryboard.jpg?exp="));
	CHECK_STR(header("Content-Type"), "text/vtt");
}

/* ---- sealed ---- */

static void load_masters(void)
{
	g_autofree char *path = in_dir("master.key");
	char why[300];

	CHECK(g_file_set_contents(path, "m:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", -1, NULL) && !chmod(path, 0600));
	CHECK_INT(master_keys_load(&masters, path, why, sizeof(why)), 0);
	svc.masters = masters;
}

static void test_sealed(void)
{
	struct data_key key;
	struct envelope *e = NULL;
	unsigned char *object = NULL;
	size_t size = 0;
	char why[300];
	g_autofree char *url = NULL;

	afresh();
	load_masters();
	CHECK_INT(data_key_for(svc.catalog, masters, DONE, 1, &key, why, sizeof(why)), 0);
	CHECK_INT(envelope_create(&e, key.key, key.id, NULL), 0);
	CHECK_INT(envelope_seal_all(e, MEDIA, strlen(MEDIA), &object, &size), 0);
	envelope_unref(&e);
	write_to(disk, "recordings/sealed.webm", object, (gssize)size);
	g_free(object);
	copy("cloud", "output.webm", "recordings/sealed.webm", "failed", key.id);
	copy("disk", "output.webm", "recordings/sealed.webm", "verified", key.id);
	url = url_of("url");
	CHECK(g_str_has_prefix(url, FILES "output.webm?exp="));
	CHECK_INT(get(url, NULL), 200);
	CHECK_STR(a.body, MEDIA);
	CHECK_INT(request("GET", url, NULL, "Range: bytes=10-12\r\n"), 206);
	CHECK_STR(a.body, "abc");
	CHECK_INT(catalog_key_drop(svc.catalog, DONE, 1), 1);
	get(url, NULL);                              /* shredded */
	CHECK(a.status == 404 || a.status == 503);
	data_key_wipe(&key);
}

/* Sealed, so that we have to ask the store, and nobody is there. */
static void test_store_away(void)
{
	afresh();
	copy("cloud", "output.webm", "recordings/x.webm", "verified", "0123456789abcdef0123456789abcdef");
	get(FILES "output.webm", host);
	check_problem(503, "store_unavailable");
	copy("disk", "chapters.vtt", "recordings/none.vtt", "verified", NULL);
	get(FILES "chapters.vtt", host);
	check_problem(503, "store_unavailable");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_signed_addresses), TEST(test_only_verified_copies_count), TEST(test_cdn), TEST(test_public), TEST(test_page_may_load_from_stores),
		TEST(test_local_first), TEST(test_passed_on), TEST(test_storyboard), TEST(test_sealed), TEST(test_store_away),
	};
	int r;

	dir = g_dir_make_tmp("recroom-delivery-XXXXXX", NULL);
	if (setjmp(test_env)) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	start();
	r = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	stop();
	return r;
}

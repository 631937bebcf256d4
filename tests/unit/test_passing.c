/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects of a store passed on over HTTP: whole and in part, from a slow store to a slow client, broken off, many at a time, ended.
 */
#include "postprocess/passing.c"
#include "postprocess/sealed.c"
#include "postprocess/files.h"
#include "postprocess/http.h"
#include "rest_client.h"
#include "store_memory.h"

enum { SIZE = 9 << 20, WAIT_MS = 20000 };

static struct http_server *server;
static struct passing *passing;

static enum app_error file_handle(struct http_request *rq, struct http_reply *rp)
{
	struct sealed_conf from = { .store = &memory, .key = "a/b" };
	struct file_reply_conf conf = { .fd = -1, .passing = passing, .etag = "\"e1\"", .mime = "video/webm", .cache = "no-cache" };
	char why[200];

	if (!rq->waits) {
		rq->waits = true;
		return APP_OK;
	}
	if (sealed_open(&conf.object, &from, why, sizeof(why)))
		return APP_NOT_FOUND;
	conf.st.st_size = sealed_size(conf.object);
	return file_reply(rq, rp, &conf);
}

static enum app_error anybody(struct http_request *rq)
{
	(void)rq;
	return APP_OK;
}

static const struct route routes[] = { { HTTP_GET, "/file", WHO_ANYONE, file_handle, false }, { 0 } };

static void setup(size_t size)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = routes, .authorize = anybody, .threads = 2 };
	char why[200] = "";

	memory.data = g_malloc(size + 1);
	memory.size = size;
	memory.piece = 50000;
	memory.gets = 0;
	memory.fails = 0;
	memory.hold = false;
	for (size_t i = 0; i < size; i++)
		memory.data[i] = (unsigned char)(i * 7 + i / 65536);
	CHECK_INT(passing_create(&passing), 0);
	if (http_create(&server, &conf, why, sizeof(why)))
		TEST_FAIL("%s", why);
	CHECK_INT(sscanf(http_url(server), "http://127.0.0.1:%u", &port), 1);
}

static void teardown(void)
{
	passing_stop(passing);
	http_unref(&server);
	passing_unref(&passing);
	forget();
	g_clear_pointer(&memory.data, g_free);
}

static void check_body(size_t from, size_t n)
{
	CHECK_INT(a.body_size, n);
	CHECK(!memcmp(a.body, memory.data + from, n));
}

static void test_whole_and_part(void)
{
	setup(SIZE);
	CHECK_INT(get("/file", NULL), 200);
	check_body(0, SIZE);
	CHECK_STR(header("Content-Length"), "9437184");
	CHECK_STR(header("Accept-Ranges"), "bytes");
	CHECK_INT(request("GET", "/file", NULL, "Range: bytes=5000000-\r\n"), 206);
	check_body(5000000, SIZE - 5000000);
	CHECK_STR(header("Content-Range"), "bytes 5000000-9437183/9437184");
	CHECK_INT(request("GET", "/file", NULL, "Range: bytes=-5\r\n"), 206);
	check_body(SIZE - 5, 5);
	CHECK_INT(request("GET", "/file", NULL, "Range: bytes=9437184-\r\n"), 416);
	memory.gets = 0;
	CHECK_INT(request("GET", "/file", NULL, "If-None-Match: \"e1\"\r\n"), 304);
	CHECK_INT(request("HEAD", "/file", NULL, NULL), 200);
	CHECK_STR(header("Content-Length"), "9437184");
	CHECK_INT(memory.gets, 0);             /* nothing was fetched for these */
	teardown();
	setup(0);
	CHECK_INT(get("/file", NULL), 200);
	check_body(0, 0);
	teardown();
}

/* The object is away: said, before anything is sent. One that breaks off ends the connection, so that nobody takes it for whole. */
static void test_store_fails(void)
{
	setup(SIZE);
	memory.key = "elsewhere";
	CHECK_INT(get("/file", NULL), 404);
	check_problem(404, "not_found");
	memory.key = "a/b";
	memory.fails = -EIO;
	memory.fails_after = 1000000;
	CHECK_INT(get("/file", NULL), 200);
	CHECK(a.body_size < SIZE);
	CHECK(!memcmp(a.body, memory.data, a.body_size));
	teardown();
}

static int dial(void)
{
	static const char text[] = "GET /file HTTP/1.1\r\nHost: a\r\n\r\n";
	int fd = open_connection();

	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	return fd;
}

static void wait_for_gets(int n)
{
	for (int ms = 0; atomic_load(&memory.gets) < n; ms++) {
		CHECK(ms < WAIT_MS);
		g_usleep(1000);
	}
}

/* More than there are threads, all waiting for the store; the server answers others meanwhile, and all get theirs. Each has fetched a window at most. */
static void test_many_wait(void)
{
	enum { MANY = PASSING_AT_ONCE + 4 };
	int fd[MANY];

	setup(SIZE);
	memory.hold = true;
	for (int i = 0; i < MANY; i++)
		fd[i] = dial();
	wait_for_gets(PASSING_AT_ONCE);
	CHECK_INT(request("HEAD", "/file", NULL, NULL), 200);
	memory.hold = false;
	for (int i = 0; i < MANY; i++) {
		char byte[16];

		CHECK_INT(recv(fd[i], byte, 15, MSG_WAITALL), 15);
		CHECK(!memcmp(byte, "HTTP/1.1 200 OK", 15));
		close(fd[i]);                  /* and goes in the middle of it */
	}
	teardown();
}

/* A client that does not read: what is fetched for it is bounded. */
static void test_slow_client(void)
{
	int fd;

	setup(64 << 20);
	fd = dial();
	wait_for_gets(2);
	for (int same = 0, before = 0, ms = 0; same < 100 && ms < WAIT_MS; ms++) {
		same = before == atomic_load(&memory.gets) ? same + 1 : 0;
		before = atomic_load(&memory.gets);
		g_usleep(2000);
	}
	CHECK(atomic_load(&memory.gets) < 20);         /* of 32: the ring, and what the sockets hold */
	teardown();                                    /* while it waits */
	close(fd);
}

/* passing_stop() wakes who waits for the store. */
static void test_stop(void)
{
	int fd[3];

	setup(SIZE);
	memory.hold = true;
	for (int i = 0; i < 3; i++)
		fd[i] = dial();
	wait_for_gets(3);
	teardown();
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_whole_and_part), TEST(test_store_fails), TEST(test_many_wait), TEST(test_slow_client), TEST(test_stop) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

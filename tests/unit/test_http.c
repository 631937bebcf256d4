/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTP server itself: slow and many clients, rates, proxies, other origins, and handlers that wait, over real connections.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include "postprocess/http.c"
#include "test.h"

enum { WAIT_MS = 20000, SLOW = 8 };

static struct http_server *server;
static unsigned port;
static atomic_bool let_go;

static enum app_error who_handle(struct http_request *rq, struct http_reply *rp)
{
	char text[HTTP_ADDRESS_SIZE];

	http_client_address(rq, text);
	return http_json(rp, 200, json_pack("{s:s,s:b}", "client", text, "https", rq->https));
}

static enum app_error wait_handle(struct http_request *rq, struct http_reply *rp)
{
	(void)rq;
	while (!atomic_load(&let_go))
		g_usleep(1000);
	return http_text(rp, 200, "waited");
}

static enum app_error anybody(struct http_request *rq)
{
	(void)rq;
	return APP_OK;
}

static const struct route routes[] = {
	{ HTTP_GET, "/who", WHO_ANYONE, who_handle, false }, { HTTP_POST, "/wait", WHO_ANYONE, wait_handle, true }, { 0 },
};

static void start(struct http_conf conf)
{
	char why[200] = "";

	conf.listen = "127.0.0.1:0";
	conf.routes = routes;
	conf.authorize = anybody;
	conf.threads = conf.threads ? conf.threads : 2;
	if (http_create(&server, &conf, why, sizeof(why)))
		TEST_FAIL("%s", why);
	CHECK_INT(sscanf(http_url(server), "http://127.0.0.1:%u", &port), 1);
}

static int dial(const char *text)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	return fd;
}

/* All until the server ends the connection; closes it. */
static char *hear(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	GString *got = g_string_new(NULL);
	char buf[4096];
	ssize_t n = 1;

	while (n > 0 && poll(&p, 1, WAIT_MS) == 1) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n > 0)
			g_string_append_len(got, buf, n);
	}
	if (n > 0)
		TEST_FAIL("the server does not end a connection; so far: %s", got->str);
	close(fd);
	return g_string_free(got, FALSE);
}

static void check_answer(const char *request, const char *want)
{
	char *text = g_strdup_printf("%s\r\nHost: x\r\nConnection: close\r\n\r\n", request), *got = hear(dial(text));

	if (!strstr(got, want))
		TEST_FAIL("%s: no \"%s\" in %s", request, want, got);
	g_free(got);
	g_free(text);
}

static void test_slow_clients(void)
{
	int fds[SLOW];

	start((struct http_conf){ .guard = { .head_ms = 300, .body_ms = 300 } });
	for (int i = 0; i < SLOW; i++)
		fds[i] = dial(i % 2 ? "GET /who HT" : "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
	for (int i = 0; i < SLOW; i++)
		g_free(hear(fds[i]));
	check_answer("GET /who HTTP/1.1", "HTTP/1.1 200");
	http_unref(&server);
}

static void test_many_of_one_address(void)
{
	int fds[SLOW], ended = 0;
	struct pollfd p = { .events = POLLIN };

	start((struct http_conf){ .guard = { .per_address = SLOW / 2 }, .threads = 1 });
	for (int i = 0; i < SLOW; i++) {
		fds[i] = dial("");
		p.fd = fds[i];
		ended += i >= SLOW / 2 && poll(&p, 1, WAIT_MS) == 1;     /* turned away at once */
	}
	CHECK_INT(ended, SLOW / 2);
	for (int i = 0; i < SLOW; i++)
		close(fds[i]);
	http_unref(&server);
}

static void test_rates(void)
{
	start((struct http_conf){ .address_per_s = 1, .address_burst = 3, .proxies = "127.0.0.0/8" });
	for (int i = 0; i < 3; i++)
		check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 10.1.1.1", "HTTP/1.1 200");
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 10.1.1.1", "HTTP/1.1 429");
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 10.1.1.1", "Retry-After: ");
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 10.1.1.2", "HTTP/1.1 200");
	http_unref(&server);
}

static void test_proxies(void)
{
	start((struct http_conf){ 0 });
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 10.1.1.1\r\nX-Forwarded-Proto: https", "{\"client\":\"127.0.0.1\",\"https\":false}");
	http_unref(&server);
	start((struct http_conf){ .proxies = "127.0.0.1, 10.0.0.0/8" });
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4, 192.0.2.7, 10.9.9.9\r\nX-Forwarded-Proto: https", "{\"client\":\"192.0.2.7\",\"https\":true}");
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 192.0.2.7\r\nx-forwarded-for: 10.9.9.9", "{\"client\":\"192.0.2.7\"");
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 2001:db8::7", "{\"client\":\"2001:db8::7\"");
	check_answer("GET /who HTTP/1.1\r\nX-Forwarded-For: 192.0.2.7, nonsense", "{\"client\":\"127.0.0.1\"");
	http_unref(&server);
}

static void test_networks(void)
{
	static const char *const bad[] = { "x", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "1.2.3", "10.0.0.0/" };
	struct networks *n = NULL;
	struct address a;
	char why[200];

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		CHECK_INT(networks_parse(&n, bad[i], why, sizeof(why)), -EINVAL);
	CHECK_INT(networks_parse(&n, "10.128.0.0/9,2001:db8::/33", why, sizeof(why)), 0);
	CHECK(address_parse(&a, "10.200.1.1:80") && networks_have(n, &a));
	CHECK(address_parse(&a, "10.1.1.1") && !networks_have(n, &a));
	CHECK(address_parse(&a, "[2001:db8:1::1]:443") && networks_have(n, &a));
	CHECK(address_parse(&a, "2001:db8:8000::1") && !networks_have(n, &a));
	networks_free(n);
}

static void test_origins(void)
{
	start((struct http_conf){ .cors_origins = "https://a.example, https://b.example:8443" });
	check_answer("GET /who HTTP/1.1\r\nOrigin: https://b.example:8443", "Access-Control-Allow-Origin: https://b.example:8443\r\n");
	check_answer("GET /who HTTP/1.1\r\nOrigin: https://c.example", "Vary: Origin");
	check_answer("OPTIONS /wait HTTP/1.1\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: POST", "Access-Control-Allow-Methods: GET, HEAD, POST");
	check_answer("OPTIONS /wait HTTP/1.1", "HTTP/1.1 204");
	check_answer("OPTIONS /wait HTTP/1.1", "Allow: POST, OPTIONS");
	check_answer("OPTIONS /nothing HTTP/1.1", "HTTP/1.1 404");
	http_unref(&server);
}

/* Handlers that wait hold up nobody, and the server's end waits for them. */
static void test_waiting(void)
{
	int fds[SLOW];

	atomic_store(&let_go, false);
	start((struct http_conf){ .threads = 1 });
	for (int i = 0; i < SLOW; i++)
		fds[i] = dial("POST /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	check_answer("GET /who HTTP/1.1", "HTTP/1.1 200");
	atomic_store(&let_go, true);
	for (int i = 0; i < SLOW; i++) {
		char *got = hear(fds[i]);

		CHECK(strstr(got, "waited"));
		g_free(got);
	}
	fds[0] = dial("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
	http_unref(&server);
	close(fds[0]);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_slow_clients), TEST(test_many_of_one_address), TEST(test_rates), TEST(test_proxies), TEST(test_networks), TEST(test_origins),
		TEST(test_waiting),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

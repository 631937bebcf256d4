/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * REST, from the bytes on the wire: routing, queries, bodies, Authorization, problem documents. A server on the loopback of this process gets the input as it is,
 * with @HOST@, @GUEST@ and @SIG@ replaced by good tokens and by the query of a good link. Nothing is answered with 5xx but 503, every refusal is a problem
 * document, and without one of the three words nothing of a recording is told.
 */
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/service.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/catalog_rows.h"

#define MINE "rec_demo_1795357800000_aaaaaa"
const size_t fuzz_cuts = 3;            /* half a request is waited for */

#define FILE_PATH "/recording/" MINE "/files/output.webm"

static struct {
	char *dir;
	struct settings settings;
	struct service svc;
	struct http_server *server;
	unsigned port;
	char *host, *guest, *link;
} box;

static void ignore(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static char *mint(bool host)
{
	struct token t = { .room = "demo", .sub = "fuzz", .host = host, .exp_s = clock_wall_ms() / 1000 + 86400 };
	char *jwt = NULL;

	FUZZ_CHECK(!token_mint(&jwt, box.svc.keys, NULL, &t, clock_wall_ms() / 1000));
	return jwt;
}

static void end(void)
{
	http_unref(&box.server);
	catalog_close(&box.svc.catalog);
	token_keys_unref(&box.svc.keys);
	fs_remove_tree(box.dir);
	g_free(box.settings.catalog);
	g_free(box.link);
	g_free(box.dir);
	free(box.host);
	free(box.guest);
}

static void begin(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = service_routes, .authorize = service_authorize, .ctx = &box.svc, .threads = 2 };
	char dir[] = "/tmp/recroom-fuzz-XXXXXX", why[200], sig[65];
	int64_t exp_s = clock_wall_ms() / 1000 + 86400;
	struct settings *s = &box.settings;

	FUZZ_CHECK(mkdtemp(dir));
	box.dir = g_strdup(dir);
	*s = (struct settings){ .recordings = box.dir, .catalog = g_strdup_printf("sqlite:%s/recroom.db", dir), .page = box.dir, .url_ttl_s = 60,
				.width = 1280, .height = 720, .fps = 30, .segment_ms = 4000, .video_bitrate = 1500000, .audio_bitrate = 96000,
				.fit = (char *)"fill", .time_zone = (char *)"", .text = (char *)"", .image = (char *)"", .janus_ws = (char *)"" };
	box.svc = (struct service){ .settings = s, .page = box.dir };
	log_set_handler(ignore, NULL);
	signal(SIGPIPE, SIG_IGN);
	FUZZ_CHECK(!token_keys_of_secret(&box.svc.keys, "a key that no fuzzer will ever guess", 36));
	FUZZ_CHECK(!catalog_open(&box.svc.catalog, s->catalog));
	FUZZ_CHECK(!add_stopped_recording(box.svc.catalog, MINE, "demo", "Mine", 1795357800000));
	FUZZ_CHECK(!finish_recording(box.svc.catalog, MINE, MINE "/output.webm", 4, NULL));
	FUZZ_CHECK(!http_create(&box.server, &conf, why, sizeof(why)));
	FUZZ_CHECK(sscanf(http_url(box.server), "http://127.0.0.1:%u", &box.port) == 1);
	box.host = mint(true);
	box.guest = mint(false);
	url_sign(sig, box.svc.keys, FILE_PATH, exp_s);
	box.link = g_strdup_printf("exp=%lld&sig=%s", (long long)exp_s, sig);
	atexit(end);
}

/* The input with its words replaced; *known: there was one. */
static GString *request_of(const uint8_t *data, size_t size, bool *known)
{
	const struct { const char *word, *text; } words[] = { { "@HOST@", box.host }, { "@GUEST@", box.guest }, { "@SIG@", box.link } };
	GString *out = g_string_new_len((const char *)data, (gssize)size);

	*known = false;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		const char *at = memmem(out->str, out->len, words[i].word, strlen(words[i].word));
		gssize pos = at ? at - out->str : 0;

		if (!at)
			continue;
		g_string_erase(out, pos, (gssize)strlen(words[i].word));
		g_string_insert(out, pos, words[i].text);
		*known = true;
	}
	return out;
}

static GString *exchange(const GString *request)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)box.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_usec = 30000 };
	GString *got = g_string_new(NULL);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char buf[4096];
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	FUZZ_CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)));
	n = send(fd, request->str, request->len, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (n >= 0 && (n = recv(fd, buf, sizeof(buf), 0)) > 0)
		g_string_append_len(got, buf, n);
	close(fd);
	return got;
}

/* libmicrohttpd refuses what is no HTTP in words of its own; what reached a route is answered by us, with a request id. */
static void check(const GString *got, bool known)
{
	const char *body = strstr(got->str, "\r\n\r\n"), *type = strcasestr(got->str, "\r\nContent-Type: application/problem+json");
	int status = 0;
	json_t *o;

	if (!got->len || sscanf(got->str, "HTTP/1.%*d %d", &status) != 1 || !body || !strcasestr(got->str, "\r\nX-Request-Id: "))
		return;
	FUZZ_CHECK(status < 500 || status == 503);
	FUZZ_CHECK(known || !strstr(body, "rec_demo") || status >= 400);
	if (status < 400)
		return;
	FUZZ_CHECK(type && type < body);
	o = json_loads(body + 4, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, NULL);
	FUZZ_CHECK(o || !body[4]);             /* HEAD has no body */
	FUZZ_CHECK(!o || json_integer_value(json_object_get(o, "status")) == status);
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GString *request, *got;
	bool known;

	if (!box.server)
		begin();
	if (size > 65536)
		return 0;
	request = request_of(data, size, &known);
	got = exchange(request);
	check(got, known);
	g_string_free(request, TRUE);
	g_string_free(got, TRUE);
	return 0;
}

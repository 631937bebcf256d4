/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sender of webhooks against a receiver that misbehaves. The senders that are killed are this very program, run with --sender.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/fsio.h"
#include "postprocess/webhook.c"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/certificate.h"
#include "tests/lib/receiver.h"
#include "catalog_box.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OK "HTTP/1.1 204 No Content\r\n\r\n"
enum { TIMEOUT_MS = 30000, HOOKS = 3 };

static const struct webhook_schedule quick = { .delay_ms = { 20, 20, 20, 20, 20, 20, 20, 20, 20 }, .slow_first_ms = 50, .slow_max_ms = 100, .wait_max_ms = 50 };

static char dir[] = "/tmp/test_webhook.XXXXXX", *secret;
static int serial;

/* What has arrived, and what is answered. */
struct inbox {
	struct receiver *receiver;
	struct lock lock;              /* guards what follows */
	GPtrArray *seen;               /* "id path type recording seq" */
	int requests, bad;             /* bad: not as it must be */
	unsigned lazy_us;              /* answers come so much later at most */
	const char *const *answers;    /* to the n-th request, the last for all further ones; NULL: all well */
	struct webhook_secrets secrets;
};

static bool signature_fits(struct inbox *in, const struct received *r)
{
	char want[WEBHOOK_SIGNATURES];

	webhook_sign(want, &in->secrets, r->id, atoll(r->timestamp), r->body);
	return !strcmp(want, r->signature) && llabs(atoll(r->timestamp) - clock_wall_ms() / 1000) < 300;
}

static void note(struct inbox *in, const struct received *r)
{
	json_t *o = json_loadb(r->body, r->len, 0, NULL), *data = json_object_get(o, "data");
	bool good = signature_fits(in, r) && !strcmp(r->method, "POST") && !strcmp(r->type, "application/json") && g_str_has_prefix(r->agent, "janus-recroom/") && data &&
		    json_str(o, "timestamp") && !strchr(r->id, '.') && r->len < 20000;

	in->bad += !good;
	g_ptr_array_add(in->seen, g_strdup_printf("%s %s %s %s %lld", r->id, r->path, json_str(o, "type") ? json_str(o, "type") : "-",
						  json_str(data, "recordingId") ? json_str(data, "recordingId") : "-", (long long)json_num(data, "seq", -1)));
	json_decref(o);
}

/* "slow" and "huge" are said in words; all else goes over the wire as it is. */
static void answer_with(int fd, const char *text)
{
	if (!strcmp(text, "reset")) {
		struct linger l = { 1, 0 };

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	} else if (!strcmp(text, "hang")) {
		char c;

		while (recv(fd, &c, 1, 0) > 0)
			;
	} else if (!strcmp(text, "huge")) {
		char *more = g_strnfill(1 << 20, 'x');

		receiver_write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
		for (int i = 0; i < 100; i++)
			receiver_write(fd, more);
		g_free(more);
	} else if (!strcmp(text, "slow body")) {
		char c;

		receiver_write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx");
		while (recv(fd, &c, 1, 0) > 0)
			;
	} else {
		receiver_write(fd, text);
	}
}

static void on_request(const struct received *r, void *arg)
{
	struct inbox *in = arg;
	const char *text = OK;
	unsigned pause_us;
	int n = 0;

	lock_take(&in->lock);
	note(in, r);
	while (in->answers && n < in->requests && in->answers[n + 1])
		n++;
	if (in->answers)
		text = in->answers[n];
	in->requests++;
	pause_us = in->lazy_us ? (unsigned)random() % in->lazy_us : 0;
	lock_release(&in->lock);
	g_usleep(pause_us);
	answer_with(r->fd, text);
}

static void inbox_open(struct inbox *in, const char *const *answers)
{
	char why[256];

	*in = (struct inbox){ .answers = answers };
	lock_init(&in->lock);
	in->seen = g_ptr_array_new_with_free_func(g_free);
	CHECK_INT(webhook_secrets_load(&in->secrets, secret, why, sizeof(why)), 0);
	CHECK_INT(receiver_create(&in->receiver, on_request, in), 0);
}

static void inbox_close(struct inbox *in)
{
	receiver_unref(&in->receiver);
	g_ptr_array_unref(in->seen);
	lock_destroy(&in->lock);
}

static int inbox_count(struct inbox *in)
{
	int n;

	lock_take(&in->lock);
	n = (int)in->seen->len;
	lock_release(&in->lock);
	return n;
}

/* Settings with endpoints at the receiver, as a sender gets them. */
struct stage {
	struct inbox in;
	struct settings settings;
	struct settings_webhook hooks[HOOKS];
	char names[HOOKS][24], urls[HOOKS][64];
	struct catalog *catalog;
	struct webhook_sender *sender;
	struct webhook_conf conf;
};

static const char all_events[] = "recordingstarting,recordingstarted,recordingstopped,recordingcompleted,recordingdeleted";

static void stage_open(struct stage *s, size_t nhooks, const char *const *answers)
{
	*s = (struct stage){ .settings = { .host_id = (char *)"testhost", .public_url = (char *)"https://rec.example.org", .url_ttl_s = 3600, .nwebhooks = nhooks } };
	inbox_open(&s->in, answers);
	s->catalog = box_open();
	for (size_t i = 0; i < nhooks; i++) {
		g_snprintf(s->names[i], sizeof(s->names[i]), "hook%d", ++serial);
		g_snprintf(s->urls[i], sizeof(s->urls[i]), "http://127.0.0.1:%d/%s", receiver_port(s->in.receiver), s->names[i]);
		s->hooks[i] = (struct settings_webhook){ .name = s->names[i], .url = s->urls[i], .secret_file = secret, .events = (char *)all_events, .private = true, .plain = true };
		CHECK_INT(catalog_webhook_seen(s->catalog, s->names[i], all_events), 0);
	}
	s->settings.webhooks = s->hooks;
	s->conf = (struct webhook_conf){ .catalog = box_path, .settings = &s->settings, .schedule = &quick, .timeout_ms = 3000, .poll_ms = 20 };
}

static void stage_start(struct stage *s)
{
	char why[512];

	CHECK_INT(webhook_create(&s->sender, &s->conf, why, sizeof(why)), 0);
}

static void stage_close(struct stage *s)
{
	webhook_unref(&s->sender);
	box_close(s->catalog);
	inbox_close(&s->in);
}

static const char *recording(struct stage *s)
{
	static char id[ID_SIZE];

	snprintf(id, sizeof(id), "rec_demo_%lld_aaaaaa", 1795357800000LL + ++serial);
	CHECK_INT(add_stopped_recording(s->catalog, id, "demo", "x", 1795357800000LL + serial), 0);
	return id;
}

static void event(struct stage *s, const char *id, const char *type)
{
	json_t *payload = json_pack("{s:s}", "recordingId", id);

	CHECK_INT(catalog_event_insert(s->catalog, id, 0, type, payload, "plugin"), 0);
	json_decref(payload);
}

/* Of all endpoints of the stage: messages in one of two states. */
static int64_t in_state(struct stage *s, const char *member)
{
	json_t *rows = NULL, *row;
	size_t i;
	int64_t n = 0;

	CHECK_INT(catalog_webhook_list(s->catalog, &rows), 0);
	json_array_foreach(rows, i, row)
		for (size_t k = 0; k < s->settings.nwebhooks; k++)
			if (!strcmp(json_str(row, "name"), s->names[k]))
				n += json_num(row, member, 0);
	json_decref(rows);
	return n;
}

static void await_state(struct stage *s, const char *member, int64_t want)
{
	int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL;

	while (in_state(s, member) != want) {
		if (clock_mono_us() > until_us)
			TEST_FAIL("%s is %lld, expected %lld", member, (long long)in_state(s, member), (long long)want);
		g_usleep(5000);
	}
}

static const char *dead_reason(struct stage *s)
{
	static char text[WEBHOOK_WHY];
	json_t *rows = NULL;

	CHECK_INT(catalog_webhook_failed(s->catalog, s->names[0], 1, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	g_strlcpy(text, json_str(json_array_get(rows, 0), "reason"), sizeof(text));
	json_decref(rows);
	return text;
}

static void test_delivers(void)
{
	struct stage s;
	const char *id;
	char want[200];

	stage_open(&s, 2, NULL);
	id = recording(&s);
	event(&s, id, "recordingstarted");
	event(&s, id, "recordingpaused");      /* not wanted */
	stage_start(&s);
	event(&s, id, "recordingstopped");
	await_state(&s, "queued", 0);
	CHECK_INT(s.in.bad, 0);
	CHECK_INT(inbox_count(&s.in), 4);
	snprintf(want, sizeof(want), "/%s recordingstopped %s 3", s.names[0], id);
	for (guint i = 0, found = 0; i < 4; i++) {
		found += strstr(s.in.seen->pdata[i], want) != NULL;
		CHECK(i < 3 || found == 1);
	}
	CHECK_INT(in_state(&s, "failed"), 0);
	stage_close(&s);
}

/* Whatever comes back, the message is sent again, with its id, until it is taken. */
static void test_misbehaving(void)
{
	static const char *const answers[] = {
		"reset", "", "garbage\r\n\r\n", "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 500 Oops\r\n\r\nSorry",
		"HTTP/1.1 429 Slowly\r\nRetry-After: 1\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200", OK, NULL,
	};
	struct stage s;

	stage_open(&s, 1, answers);
	event(&s, recording(&s), "recordingstarted");
	stage_start(&s);
	await_state(&s, "queued", 0);
	CHECK_INT(in_state(&s, "failed"), 0);
	CHECK_INT(inbox_count(&s.in), (int)G_N_ELEMENTS(answers) - 1);
	for (guint i = 1; i < s.in.seen->len; i++)
		CHECK_STR(s.in.seen->pdata[i], s.in.seen->pdata[0]);
	CHECK_INT(s.in.bad, 0);
	stage_close(&s);
}

/* The head says 200: what the body does then costs nothing but what we wait. */
static void test_odd_bodies(void)
{
	static const char *const answers[] = { "huge", "slow body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", NULL };
	struct stage s;
	const char *id;

	stage_open(&s, 1, answers);
	s.conf.timeout_ms = 1000;
	id = recording(&s);
	for (size_t i = 0; i < G_N_ELEMENTS(answers) - 1; i++)
		event(&s, id, "recordingstarted");
	stage_start(&s);
	await_state(&s, "queued", 0);
	CHECK_INT(in_state(&s, "failed"), 0);
	CHECK_INT(inbox_count(&s.in), (int)G_N_ELEMENTS(answers) - 1);
	stage_close(&s);
}

static void test_given_up(void)
{
	static const char *const answers[] = { "HTTP/1.1 400 Bad\r\n\r\n", NULL };
	struct stage s;
	const struct catalog_replay all = { 0 };
	const char *id;

	stage_open(&s, 1, answers);
	id = recording(&s);
	event(&s, id, "recordingstarted");
	event(&s, id, "recordingstopped");
	stage_start(&s);
	await_state(&s, "failed", 2);
	CHECK_INT(in_state(&s, "queued"), 0);
	CHECK_INT(inbox_count(&s.in), 2 * WEBHOOK_ATTEMPTS);
	CHECK_STR(dead_reason(&s), "it answered 400");
	for (guint i = 1; i < WEBHOOK_ATTEMPTS; i++)
		CHECK_STR(s.in.seen->pdata[i], s.in.seen->pdata[0]);
	lock_take(&s.in.lock);
	s.in.answers = NULL;
	lock_release(&s.in.lock);
	CHECK_INT(catalog_webhook_replay(s.catalog, &all), 2);
	await_state(&s, "failed", 0);
	await_state(&s, "queued", 0);
	CHECK_STR(s.in.seen->pdata[2 * WEBHOOK_ATTEMPTS], s.in.seen->pdata[0]);
	stage_close(&s);
}

/* A body that is too large is no better at the next attempt; what follows it goes. */
static void test_too_large(void)
{
	struct stage s;
	char *large = g_strnfill(WEBHOOK_BODY_MAX, 'x');
	json_t *payload = json_pack("{s:s}", "custom", large);
	const char *id;

	stage_open(&s, 1, NULL);
	id = recording(&s);
	CHECK_INT(catalog_event_insert(s.catalog, id, 0, "recordingstarted", payload, "plugin"), 0);
	event(&s, id, "recordingstopped");
	stage_start(&s);
	await_state(&s, "failed", 1);
	await_state(&s, "queued", 0);
	CHECK_STR(dead_reason(&s), "its body would be larger than 20 kB");
	CHECK_INT(inbox_count(&s.in), 1);
	json_decref(payload);
	g_free(large);
	stage_close(&s);
}

static void test_gone(void)
{
	static const char *const answers[] = { "HTTP/1.1 410 Gone\r\n\r\n", OK, NULL };
	struct stage s;
	const char *id;

	stage_open(&s, 1, answers);
	id = recording(&s);
	event(&s, id, "recordingstarted");
	stage_start(&s);
	await_state(&s, "failed", 1);
	CHECK_STR(dead_reason(&s), "it answered 410");
	event(&s, id, "recordingstopped");
	CHECK_INT(in_state(&s, "queued"), 0);
	CHECK_INT(catalog_webhook_enable(s.catalog, s.names[0]), 0);
	event(&s, id, "recordingdeleted");
	await_state(&s, "queued", 0);
	CHECK_INT(inbox_count(&s.in), 2);
	CHECK(strstr(s.in.seen->pdata[1], "recordingdeleted") != NULL);
	stage_close(&s);
}

/* An endpoint that never answers holds up neither the others nor more than its share. */
static void test_hanging(void)
{
	static const char *const answers[] = { "hang", NULL };
	struct stage s;
	struct inbox good;

	stage_open(&s, 2, answers);
	inbox_open(&good, NULL);
	g_snprintf(s.urls[1], sizeof(s.urls[1]), "http://127.0.0.1:%d/%s", receiver_port(good.receiver), s.names[1]);
	s.conf.timeout_ms = 20000;
	for (int i = 0; i < 2 * PER_ENDPOINT; i++)
		event(&s, recording(&s), "recordingstarted");
	stage_start(&s);
	for (int64_t until_us = clock_mono_us() + TIMEOUT_MS * 1000LL; inbox_count(&good) < 2 * PER_ENDPOINT || inbox_count(&s.in) < PER_ENDPOINT; g_usleep(5000))
		CHECK(clock_mono_us() < until_us);
	CHECK_INT(inbox_count(&s.in), PER_ENDPOINT);
	webhook_unref(&s.sender);              /* does not wait for it either */
	await_state(&s, "queued", 2 * PER_ENDPOINT);
	inbox_close(&good);
	stage_close(&s);
}

/* As the settings are refused or the address is. */
static void test_refused(void)
{
	static const struct { const char *url; bool private, plain; const char *why; } rows[] = {
		{ "http://127.0.0.1:%d/x", false, true, "127.0.0.1 is this machine (loopback)" },
		{ "http://localhost:%d/x", false, true, "is this machine (loopback)" },
		{ "http://[::1]:%d/x", false, true, "::1 is this machine (loopback)" },
		{ "http://[::ffff:127.0.0.1]:%d/x", false, true, "is this machine (loopback)" },
		{ "http://2130706433:%d/x", false, true, "127.0.0.1 is this machine" },
		{ "http://0x7f.1:%d/x", false, true, "127.0.0.1 is this machine" },
		{ "http://0.0.0.0:%d/x", true, true, "is no host's address" },
		{ "http://169.254.169.254:%d/latest", true, true, "metadata" },
		{ "http://127.0.0.1:%d/x", true, false, "it speaks no HTTP, or another scheme than https" },
		{ "http://127.0.0.1:1/%d", true, true, "no connection" },
		{ "http://no-such-host.invalid:%d/", true, true, "its name has no address (DNS)" },
		{ "ftp://127.0.0.1:%d/x", true, true, "another scheme" },
		{ "file:///etc/passwd?%d", true, true, "another scheme" },
	};
	struct inbox in;

	inbox_open(&in, NULL);
	g_setenv("http_proxy", "http://127.0.0.1:1/", TRUE);
	g_setenv("https_proxy", "http://127.0.0.1:1/", TRUE);
	g_setenv("ALL_PROXY", "http://127.0.0.1:1/", TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char address[80], *text, *at;
		struct settings_webhook h = { .name = (char *)"h", .url = address, .private = rows[i].private, .plain = rows[i].plain };
		struct webhook_post post = { .endpoint = &h, .secrets = &in.secrets, .id = "msg_x", .body = "{}", .now_s = clock_wall_ms() / 1000, .timeout_ms = 10000 };
		struct webhook_attempt *a = NULL;
		struct webhook_answer answer;

		text = g_strdup(rows[i].url);
		at = strstr(text, "%d");
		*at = '\0';
		g_snprintf(address, sizeof(address), "%s%d%s", text, receiver_port(in.receiver), at + 2);
		CHECK_INT(webhook_attempt_create(&a, &post), 0);
		webhook_attempt_run(a, &answer);
		webhook_attempt_unref(&a);
		CHECK_INT(answer.status, 0);
		if (!strstr(answer.why, rows[i].why))
			TEST_FAIL("%s: \"%s\", expected \"%s\"", address, answer.why, rows[i].why);
		g_free(text);
	}
	CHECK_INT(inbox_count(&in), 0);
	inbox_close(&in);
}

static enum MHD_Result answer_tls(void *arg, struct MHD_Connection *c, const char *path, const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct MHD_Response *r;
	enum MHD_Result done;

	(void)path;
	(void)method;
	(void)version;
	(void)data;
	if (!*state || *size) {
		*state = arg;
		*size = 0;
		return MHD_YES;
	}
	r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	done = MHD_queue_response(c, 204, r);
	MHD_destroy_response(r);
	return done;
}

/* A certificate counts that the system or ca_file knows, and that has the name. */
static void test_tls(void)
{
	static const struct { const char *host; bool ca; const char *why; } rows[] = {
		{ "127.0.0.1", true, NULL }, { "127.0.0.1", false, "its certificate is not accepted (TLS)" }, { "localhost", true, "its certificate is not accepted (TLS)" },
	};
	struct inbox plain;
	char *cert, *key, *ca = g_build_filename(dir, "ca.pem", NULL);
	struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *d;

	inbox_open(&plain, NULL);
	make_certificate(&cert, &key);
	CHECK(g_file_set_contents(ca, cert, -1, NULL));
	d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer_tls, &plain, MHD_OPTION_SOCK_ADDR, &loopback, MHD_OPTION_HTTPS_MEM_CERT, cert,
			     MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_END);
	CHECK(d != NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char address[64];
		struct settings_webhook h = { .name = (char *)"h", .url = address, .private = true, .ca_file = rows[i].ca ? ca : NULL };
		struct webhook_post post = { .endpoint = &h, .secrets = &plain.secrets, .id = "msg_x", .body = "{}", .now_s = 1 };
		struct webhook_attempt *a = NULL;
		struct webhook_answer answer;

		g_snprintf(address, sizeof(address), "https://%s:%d/", rows[i].host, MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
		CHECK_INT(webhook_attempt_create(&a, &post), 0);
		webhook_attempt_run(a, &answer);
		webhook_attempt_unref(&a);
		CHECK_INT(answer.status, rows[i].why ? 0 : 204);
		if (rows[i].why && !strstr(answer.why, rows[i].why))
			TEST_FAIL("%s: \"%s\"", address, answer.why);
	}
	MHD_stop_daemon(d);
	inbox_close(&plain);
	g_free(cert);
	g_free(key);
	g_free(ca);
}

/* A sender for killing: argv is --sender, the catalog, and the receiver's addresses. */
static int sender_main_alone(char **argv)
{
	struct settings_webhook hooks[HOOKS];
	struct settings settings = { .host_id = (char *)"testhost", .webhooks = hooks, .url_ttl_s = 3600 };
	struct webhook_conf conf = { .catalog = argv[2], .settings = &settings, .schedule = &quick, .timeout_ms = 5000, .lease_ms = 1000, .poll_ms = 50 };
	struct webhook_sender *w = NULL;
	char why[512];

	for (; argv[4 + settings.nwebhooks]; settings.nwebhooks++)
		hooks[settings.nwebhooks] = (struct settings_webhook){ .name = strrchr(argv[4 + settings.nwebhooks], '/') + 1, .url = argv[4 + settings.nwebhooks],
								       .secret_file = argv[3], .events = (char *)all_events, .private = true, .plain = true };
	if (webhook_create(&w, &conf, why, sizeof(why)))
		return 1;
	for (;;)
		pause();
}

static pid_t spawn(struct stage *s)
{
	char *argv[] = { (char *)"/proc/self/exe", (char *)"--sender", box_path, secret, s->urls[0], s->urls[1], NULL };
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* "id path type recording seq": ids of a message are equal, each message is there, and in the order in which ids appear first seq rises. */
static void check_effects(struct stage *s, int recordings, int each)
{
	GHashTable *by_id = g_hash_table_new(g_str_hash, g_str_equal), *last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GHashTable *by_what = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < s->in.seen->len; i++) {
		char **w = g_strsplit(s->in.seen->pdata[i], " ", -1), *stream = g_strdup_printf("%s %s", w[1], w[3]);
		int seq = atoi(w[4]), before = GPOINTER_TO_INT(g_hash_table_lookup(last, stream));
		char *id = g_intern_string(w[0]) ? (char *)g_intern_string(w[0]) : NULL, *line = s->in.seen->pdata[i];
		const char *what = g_intern_string(strchr(line, ' '));

		CHECK(!g_hash_table_lookup(by_id, id) || !strcmp(g_hash_table_lookup(by_id, id), what));
		CHECK(!g_hash_table_lookup(by_what, what) || g_hash_table_lookup(by_what, what) == id);
		if (!g_hash_table_lookup(by_id, id))
			CHECK(seq == before + 1);
		g_hash_table_insert(by_id, id, (gpointer)what);
		g_hash_table_insert(by_what, (gpointer)what, id);
		g_hash_table_insert(last, stream, GINT_TO_POINTER(MAX(seq, before)));
		g_strfreev(w);
	}
	CHECK_INT(g_hash_table_size(by_id), (guint)(2 * recordings * each));
	g_hash_table_unref(by_id);
	g_hash_table_unref(by_what);
	g_hash_table_unref(last);
}

static void kill_one(pid_t *pid)
{
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

/* More has arrived, or all of it. */
static bool await_more(struct stage *s, int count, int64_t until_us)
{
	while (inbox_count(&s->in) < count) {
		if (!in_state(s, "queued"))
			return false;
		CHECK(clock_mono_us() < until_us);
		g_usleep(1000);
	}
	return true;
}

/* Four senders on one catalog, killed at random while they post: each message arrives, twice only with the same id, and in order. */
static void test_killed(void)
{
	const bool full = getenv("RECROOM_FULL") && *getenv("RECROOM_FULL");
	const int recordings = full ? 60 : 12, each = full ? 12 : 4, kills_most = full ? 60 : 8;
	int64_t until_us = clock_mono_us() + (full ? 10 : 2) * TIMEOUT_MS * 1000LL;
	unsigned seed = (unsigned)clock_wall_ms();
	int kills = 0, seen = 0;
	static char ids[60][ID_SIZE];
	struct stage s;
	pid_t pids[4];

	printf("seed %u\n", seed);
	srandom(seed);
	stage_open(&s, 2, NULL);
	s.in.lazy_us = 20000;
	for (int i = 0; i < recordings; i++)
		g_strlcpy(ids[i], recording(&s), ID_SIZE);
	for (int n = 0; n < each * recordings; n++)
		event(&s, ids[n % recordings], "recordingstarted");
	for (size_t k = 0; k < G_N_ELEMENTS(pids); k++)
		pids[k] = spawn(&s);
	while (kills < kills_most && await_more(&s, seen + 1 + (int)random() % 8, until_us)) {
		pid_t *pid = &pids[random() % (long)G_N_ELEMENTS(pids)];

		kill_one(pid);
		kills++;
		*pid = spawn(&s);
		seen = inbox_count(&s.in);
	}
	await_state(&s, "queued", 0);
	for (size_t k = 0; k < G_N_ELEMENTS(pids); k++)
		kill_one(&pids[k]);
	receiver_stop(s.in.receiver);
	CHECK_INT(s.in.bad, 0);
	CHECK_INT(in_state(&s, "failed"), 0);
	check_effects(&s, recordings, each);
	printf("%d kills, %d messages, %u posts\n", kills, 2 * recordings * each, s.in.seen->len);
	stage_close(&s);
}

/* Any answer at all: what comes of it is a verdict, and a 2xx only where the answer begins like one. */
static void test_garbage(void)
{
	static const char *const pieces[] = { "HTTP/1.1 ", "HTTP/1.0 ", "200", "204 OK", "100", "301", "410", "999", "-1", " ", "\r\n", "\n", "\r\n\r\n", "Retry-After: ", "99999999999999999999",
					      "-5", "Fri, 31 Dec 9999 23:59:59 GMT", "Transfer-Encoding: chunked", "Content-Length: ", "ffffffffffffffff", "Location: file:///etc/passwd", "\x01\xff",
					      "Content-Encoding: gzip", "Connection: upgrade", "Upgrade: h2c", "Set-Cookie: a=b", "HTTP/2 ", "PRI * HTTP/2.0", "0;x" };
	const int rounds = getenv("RECROOM_FULL") && *getenv("RECROOM_FULL") ? 3000 : 150;
	unsigned seed = (unsigned)clock_wall_ms();
	struct settings_webhook h = { .name = (char *)"h", .private = true, .plain = true };
	struct inbox in;
	int taken = 0;

	printf("seed %u\n", seed);
	for (int round = 0; round < rounds; round++) {
		GString *text = g_string_new(random() % 2 ? "HTTP/1.1 200 OK\r\n" : "");
		const char *answers[2] = { NULL, NULL };
		struct webhook_answer answer;
		struct webhook_attempt *a = NULL;
		struct webhook_post post = { .endpoint = &h, .secrets = &in.secrets, .id = "msg_x", .body = "{}", .now_s = 1, .timeout_ms = 2000 };

		srandom(seed + (unsigned)round);
		for (int n = (int)random() % 12; n > 0; n--)
			g_string_append(text, pieces[random() % (long)G_N_ELEMENTS(pieces)]);
		answers[0] = text->str;
		inbox_open(&in, answers);
		h.url = g_strdup_printf("http://127.0.0.1:%d/", receiver_port(in.receiver));
		CHECK_INT(webhook_attempt_create(&a, &post), 0);
		webhook_attempt_run(a, &answer);
		webhook_attempt_unref(&a);
		CHECK(answer.status == 0 || (answer.status >= 200 && answer.status <= 599));
		CHECK(!answer.why[0] == (answer.status / 100 == 2));
		CHECK(answer.status / 100 != 2 || strstr(text->str, "HTTP/"));
		CHECK(answer.retry_after_s >= 0 && answer.len <= WEBHOOK_ANSWER_MAX);
		taken += answer.status / 100 == 2;
		inbox_close(&in);
		g_free(h.url);
		g_string_free(text, TRUE);
	}
	CHECK(taken > 0 && taken < rounds);
}

/* The bodies of two endpoints, one of which gets links. */
static char *bodies[2];

static void keep_body(const struct received *r, void *arg)
{
	struct stage *s = arg;

	bodies[!strcmp(r->path + 1, s->names[1])] = g_strdup(r->body);
	receiver_write(r->fd, OK);
}

static void test_links(void)
{
	struct stage s;
	struct token_keys *keys = NULL;
	struct receiver *receiver = NULL;
	const char *id;
	char *want;

	stage_open(&s, 2, NULL);
	s.hooks[0].urls = true;
	CHECK_INT(receiver_create(&receiver, keep_body, &s), 0);
	for (int i = 0; i < 2; i++)
		g_snprintf(s.urls[i], sizeof(s.urls[i]), "http://127.0.0.1:%d/%s", receiver_port(receiver), s.names[i]);
	CHECK_INT(token_keys_of_secret(&keys, "0123456789abcdef0123456789abcdef", 32), 0);
	s.conf.keys = keys;
	id = recording(&s);
	CHECK_INT(finish_recording(s.catalog, id, "x/output.webm", 5, "aa"), 0);
	stage_start(&s);
	await_state(&s, "queued", 0);
	receiver_unref(&receiver);
	want = g_strdup_printf("\"url\":\"https://rec.example.org/recording/%s/files/output.webm?exp=", id);
	CHECK(strstr(bodies[0], want) && strstr(bodies[0], "\"thumbnailUrl\":\"https://rec.example.org/recording/") && strstr(bodies[0], "\"expiresAt\":"));
	CHECK(strstr(bodies[1], "recordingcompleted") && strstr(bodies[1], "x/output.webm") && !strstr(bodies[1], "https://"));
	g_free(want);
	g_free(bodies[0]);
	g_free(bodies[1]);
	stage_close(&s);
	token_keys_unref(&keys);
}

int main(int argc, char **argv)
{
	static const struct test both[] = { TEST(test_delivers), TEST(test_given_up), TEST(test_gone), TEST(test_killed) };
	static const struct test sqlite[] = { TEST(test_misbehaving), TEST(test_odd_bodies), TEST(test_too_large), TEST(test_hanging), TEST(test_refused), TEST(test_tls),
					      TEST(test_garbage), TEST(test_links) };
	int failed;

	if (argc > 2 && !strcmp(argv[1], "--sender"))
		return sender_main_alone(argv);
	if (!mkdtemp(dir))
		return 1;
	log_set_level(LOG_LEVEL_ERROR);
	secret = g_strdup_printf("%s/secret", dir);
	g_file_set_contents(secret, SECRET "\n", -1, NULL);
	g_chmod(secret, 0600);
	failed = box_main_of(both, G_N_ELEMENTS(both), sqlite, G_N_ELEMENTS(sqlite), NULL, 0, argc, argv);
	fs_remove_tree(dir);
	g_free(secret);
	return failed;
}

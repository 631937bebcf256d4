/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests over Janus' Admin API, and fetch() below them: against a server that answers as Janus does, or as it should not.
 */
#include <signal.h>
#include "postprocess/janus_admin.c"
#include "postprocess/http.h"
#include "test.h"

static char *dir, *secret;
static struct http_server *server;
static const char *text;           /* what is answered, to whatever was asked */
static unsigned status;
static char asked[2000];

static enum app_error answer(struct http_request *rq, struct http_reply *rp)
{
	g_strlcpy(asked, rq->body, sizeof(asked));
	http_text(rp, status, text);
	return APP_OK;
}

static enum app_error let_in(struct http_request *rq)
{
	(void)rq;
	return APP_OK;
}

static const struct route routes[] = { { HTTP_POST, "/admin", WHO_ANYONE, answer, true }, { 0 } };

static struct janus_admin *begin(void)
{
	struct http_conf conf = { .listen = "127.0.0.1:0", .routes = routes, .authorize = let_in };
	char temp[] = "/tmp/recroom-admin-XXXXXX", why[300];
	g_autofree char *url = NULL;
	struct janus_admin *a = NULL;

	CHECK(mkdtemp(temp));
	dir = g_strdup(temp);
	secret = g_build_filename(dir, "secret", NULL);
	CHECK(g_file_set_contents(secret, "s3cret\r\nsecond line\n", -1, NULL));
	CHECK_INT(http_create(&server, &conf, why, sizeof(why)), 0);
	url = g_strdup_printf("%s/admin", http_url(server));
	CHECK_INT(janus_admin_create(&a, url, secret, why, sizeof(why)), 0);
	return a;
}

static void end(struct janus_admin *a)
{
	janus_admin_unref(&a);
	http_unref(&server);
	fs_remove_tree(dir);
	g_free(dir);
	g_free(secret);
}

static void test_answers(void)
{
	static const struct { unsigned status; const char *text; int err; } rows[] = {
		{ 200, "{\"janus\":\"success\",\"response\":{\"recordingId\":\"x\"}}", 0 },
		{ 200, "{\"janus\":\"success\",\"response\":[]}", -EBADMSG }, { 200, "{\"janus\":\"success\"}", -EBADMSG },
		{ 200, "{\"janus\":\"error\",\"error\":{\"code\":403,\"reason\":\"Unauthorized\"}}", -EACCES },
		{ 200, "{\"janus\":\"error\",\"error\":{\"code\":460,\"reason\":\"No such plugin\"}}", -ENODEV },
		{ 200, "{\"janus\":\"error\",\"error\":7}", -EBADMSG }, { 200, "{\"janus\":\"error\"}", -EBADMSG },
		{ 500, "{\"janus\":\"success\",\"response\":{}}", -EBADMSG }, { 200, "", -EBADMSG }, { 200, "<html>", -EBADMSG }, { 200, "[1]", -EBADMSG },
	};
	struct janus_admin *a = begin();
	json_t *request = json_pack("{s:s}", "recroom", "start_recording"), *o;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		json_t *got = NULL;
		int err;

		status = rows[i].status;
		text = rows[i].text;
		err = janus_admin_ask(a, request, &got, 60000);
		if (err != rows[i].err)
			TEST_FAIL("%s: %d, expected %d", text, err, rows[i].err);
		CHECK(!err == !!got);
		json_decref(got);
	}
	json_decref(request);
	o = json_loads(asked, 0, NULL);
	CHECK_STR(json_str(o, "admin_secret"), "s3cret");
	CHECK_STR(json_str(o, "janus"), "message_plugin");
	CHECK_STR(json_str(o, "plugin"), "janus.plugin.recroom");
	CHECK_STR(json_str(json_object_get(o, "request"), "recroom"), "start_recording");
	json_decref(o);
	end(a);
}

static void test_too_large(void)
{
	struct janus_admin *a = begin();
	json_t *request = json_object(), *got = NULL;
	char *large = g_strnfill(ANSWER_MAX + 1, ' ');

	status = 200;
	text = large;
	CHECK_INT(janus_admin_ask(a, request, &got, 60000), -EFBIG);
	http_unref(&server);
	CHECK_INT(janus_admin_ask(a, request, &got, 60000), -ECONNREFUSED);
	CHECK(!got);
	json_decref(request);
	g_free(large);
	end(a);
}

/* The secret leaves this machine for nobody. */
static void test_addresses(void)
{
	static const char *const bad[] = { "http://192.0.2.1:7088/admin", "https://127.0.0.1/admin", "http://localhost.example.org/", "file:///admin", "", "127.0.0.1" };
	struct janus_admin *a = begin(), *other = NULL;
	char why[300] = "";

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (janus_admin_create(&other, bad[i], secret, why, sizeof(why)) != -EINVAL || other || !*why)
			TEST_FAIL("%s was taken", bad[i]);
	CHECK_INT(janus_admin_create(&other, "http://[::1]:7088/admin", secret, why, sizeof(why)), 0);
	janus_admin_unref(&other);
	CHECK(janus_admin_create(&other, "http://127.0.0.1/admin", "/nowhere", why, sizeof(why)) < 0);
	CHECK(g_file_set_contents(secret, "\n", -1, NULL));
	CHECK_INT(janus_admin_create(&other, "http://127.0.0.1/admin", secret, why, sizeof(why)), -EINVAL);
	end(a);
}

static void ignore(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_answers), TEST(test_too_large), TEST(test_addresses) };

	signal(SIGPIPE, SIG_IGN);
	log_set_handler(ignore, NULL);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

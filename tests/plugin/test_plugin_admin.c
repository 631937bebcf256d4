/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests over Janus' Admin API on behalf of the owners of tokens: who may what, and answers that come from another thread.
 */
#include <glib.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/token.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"

enum { WAIT_MS = 15000, RECORDERS = 6 };

static struct peer *host, *guest;

/* Asked as `recroom-pp serve` does; `by` with the quotes ' of the request. The answer is the caller's. */
static json_t *ask(const char *by, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static json_t *ask(const char *by, const char *fmt, ...)
{
	json_t *body, *answer;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	body = json_loads(g_strdelimit(text, "'", '"'), 0, NULL);
	CHECK(body);
	g_free(text);
	if (by) {
		text = g_strdup(by);
		json_object_set_new(body, "by", json_loads(g_strdelimit(text, "'", '"'), JSON_DECODE_ANY, NULL));
		g_free(text);
	}
	answer = fake_plugin()->handle_admin_message(body);
	json_decref(body);
	return answer;
}

static void check(const char *by, const char *request, const char *code)
{
	json_t *a = ask(by, "%s", request);

	CHECK_CODE(a, code);
	json_decref(a);
}

#define HOST "{'sub':'app','room':'demo','host':true,'grants':0}"
#define START "{'recroom':'start_recording','room':'demo'}"
#define STOP "{'recroom':'stop_recording','room':'demo'}"

static void begin(void)
{
	harness_start();
	host = harness_host("Hedy");
	guest = harness_guest("Gus");
}

static void end(void)
{
	harness_end();
	peer_free(guest);
	peer_free(host);
}

static void test_who_may(void)
{
	static const struct { const char *by, *request, *code; } rows[] = {
		{ NULL, START, "forbidden" },
		{ "7", START, "invalid_element" },
		{ "{}", START, "invalid_element" },
		{ "{'sub':'app','room':'demo','host':1,'grants':0}", START, "invalid_element" },
		{ "{'sub':'app','room':'demo','host':false,'grants':63}", START, "not_host" },
		{ "{'sub':'app','room':'demo','host':true,'grants':4}", START, "forbidden" },
		{ "{'sub':'app','room':'locked','host':true,'grants':1}", START, "no_such_room" },
		{ HOST, "{'recroom':'start_recording'}", "missing_element" },
		{ HOST, "{'recroom':'start_recording','room':'locked'}", "no_such_room" },
		{ HOST, "{'recroom':'start_recording','room':'demo','callId':'call_demo_1_aaaaaa'}", "no_call" },
		{ HOST, "{'recroom':'start_recording','room':'demo','layout':'mosaic'}", "invalid_element" },
		{ HOST, "{'recroom':'kick','room':'demo','id':'user2'}", "forbidden" },
		{ HOST, "{'recroom':'leave'}", "forbidden" },
		{ HOST, "{'recroom':'join','room':'demo'}", "forbidden" },
		{ HOST, "{'recroom':'destroy','room':'demo'}", "forbidden" },
		{ HOST, "{'recroom':'fly'}", "invalid_request" },
		{ HOST, STOP, "not_recording" },
	};

	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		check(rows[i].by, rows[i].request, rows[i].code);
	end();
}

static void test_no_call(void)
{
	harness_start();
	check(HOST, START, "no_call");
	harness_end();
}

static void test_start_to_stop(void)
{
	json_t *a;
	char id[ID_SIZE], call[ID_SIZE];

	begin();
	CHECK_INT(peer_publish(host, "audio"), 0);
	a = ask(HOST, "{'recroom':'start_recording','room':'demo','title':'By REST'}");
	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "status"), "recording");
	CHECK(json_num(a, "startedAt", 0) > 0);
	g_strlcpy(id, json_str(a, "recordingId"), sizeof(id));
	g_strlcpy(call, json_str(a, "callId"), sizeof(call));
	json_decref(a);
	CHECK(recording_id_valid(id) && g_str_has_prefix(call, "call_demo_"));
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS));
	check(HOST, START, "already_recording");
	check(HOST, "{'recroom':'pause_recording','room':'demo','recordingId':'rec_demo_1_aaaaaa'}", "not_recording");
	a = ask(HOST, "{'recroom':'pause_recording','room':'demo','recordingId':'%s'}", id);
	CHECK_STR(json_str(a, "status"), "paused");
	json_decref(a);
	a = ask(HOST, "{'recroom':'resume_recording','room':'demo','callId':'%s'}", call);
	CHECK_STR(json_str(a, "status"), "recording");
	json_decref(a);
	check(HOST, "{'recroom':'stop_recording','room':'demo','callId':'call_demo_1_aaaaaa'}", "no_call");
	a = ask(HOST, "{'recroom':'stop_recording','room':'demo','recordingId':'%s'}", id);
	CHECK_STR(json_str(a, "status"), "processing");
	CHECK(json_num(a, "duration", -1) >= 0);
	json_decref(a);
	check(HOST, STOP, "not_recording");
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstopped", WAIT_MS));
	peer_stop(host);
	end();
}

static void *start_one(void *arg)
{
	(void)arg;
	return ask(HOST, START);
}

/* Janus' pool has many threads: requests overlap. */
static void test_at_once(void)
{
	GThread *threads[RECORDERS];
	int started = 0, refused = 0;

	begin();
	for (size_t i = 0; i < RECORDERS; i++)
		threads[i] = g_thread_new("ask", start_one, NULL);
	for (size_t i = 0; i < RECORDERS; i++) {
		json_t *a = g_thread_join(threads[i]);
		const char *code = json_str(a, "code");

		started += !code;
		refused += code && !strcmp(code, "already_recording");
		json_decref(a);
	}
	CHECK_INT(started, 1);
	CHECK_INT(refused, RECORDERS - 1);
	check(HOST, STOP, NULL);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_who_may), TEST(test_no_call), TEST(test_start_to_stop), TEST(test_at_once) };

	return harness_run(tests, G_N_ELEMENTS(tests), 4, argc, argv);
}

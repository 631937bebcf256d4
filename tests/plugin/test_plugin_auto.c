/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings that begin and end by themselves, the room's quota, draining, and hosts who follow a recording from outside the room.
 */
#include <glib.h>
#include <stdlib.h>
#include "common/catalog_store.h"
#include "common/json.h"
#include "common/settings.h"
#include "common/sync.h"
#include "common/token.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"

enum { WAIT_MS = 15000, AT_ONCE = 10 };

#define CAPTURE "capture: { chunk_ms = 500; reorder_ms = 500; call_end_grace_s = 1; durability = \"none\" }\n"
#define ROOM(more) "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 6; " more " }, { id = \"other\"; host_secret = \"hosthost\" } )\n"

static struct peer *host, *guest;

static void begin(const char *config)
{
	CHECK_INT(fake_start("", config), 0);
}

static struct peer *join(const char *room, const char *name, const char *more)
{
	struct peer_conf conf = { .room = room, .display = name, .join = more };
	struct peer *p = peer_join(&conf, NULL);

	CHECK(p);
	return p;
}

static void end(void)
{
	if (guest)
		peer_stop(guest);
	if (host)
		peer_stop(host);
	harness_end();
	peer_free(guest);
	peer_free(host);
}

static json_t *admin(const char *text)
{
	char *s = g_strdelimit(g_strdup(text), "'", '"');
	json_t *body = json_loads(s, 0, NULL), *answer = fake_plugin()->handle_admin_message(body);

	json_decref(body);
	g_free(s);
	return answer;
}

/* The reason in the last line of the recording that the host heard of. */
static void check_stopped(struct peer *p, const char *reason)
{
	struct fake_event *e = fake_expect(peer_pub(p), "event", "recordingstopped", WAIT_MS);
	struct recorded *r;
	char *dir;

	CHECK(e);
	dir = g_build_filename(fake_folder(), "recordings", json_str(e->message, "recordingId"), NULL);
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_STR(json_str(recorded_line(r, "stop", NULL, NULL, 0), "reason"), reason);
	recorded_free(&r);
	g_free(dir);
}

static json_t *status(struct peer *p)
{
	return fake_ask(peer_pub(p), "{'recroom':'recording_status'}");
}

/* With the first one who sends; told as any other; not again in the call when a host has stopped it. */
static void test_starts_by_itself(void)
{
	struct fake_event *e;

	begin(CAPTURE ROOM("auto_record = true; consent = \"require\""));
	guest = join("demo", "Gus", NULL);
	g_usleep(400000);
	CHECK(json_is_null(json_object_get(status(guest), "recordingId")));
	CHECK_INT(peer_publish(guest, "audio"), 0);
	e = fake_expect(peer_pub(guest), "event", "recordingstarting", WAIT_MS);
	CHECK(e && !strcmp(json_str(e->message, "consent"), "require"));
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS));
	CHECK_STR(json_str(json_object_get(status(guest), "consents"), "you"), "told");
	host = join("demo", "Hedy", "'secret':'hosthost'");
	CHECK_STR(json_str(json_object_get(status(host), "consents"), "policy"), "require");
	CHECK(!json_object_get(status(host), "startedBy") && !json_object_get(status(host), "startedByName"));
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstopped", WAIT_MS));
	g_usleep(500000);
	CHECK_INT(fake_count(peer_pub(guest), "event", "recordingstarting"), 1);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	end();
}

static void test_starts_with_a_host(void)
{
	begin(CAPTURE ROOM("auto_record = true"));
	host = join("demo", "Hedy", "'secret':'hosthost'");
	CHECK(fake_expect(peer_pub(host), "event", "recordingstarted", WAIT_MS));
	end();
}

/* Nobody sends anything: it ends, and another one begins with the next who does. */
static void test_ends_when_nobody_sends(void)
{
	begin(CAPTURE ROOM("auto_record = true; auto_stop_empty_s = 1"));
	guest = join("demo", "Gus", NULL);
	CHECK_INT(peer_publish(guest, "audio"), 0);
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'unpublish'}"), NULL);
	check_stopped(guest, "empty");
	host = join("demo", "Hugo", NULL);
	CHECK_INT(peer_publish(host, "audio"), 0);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstarted", WAIT_MS));
	end();
}

static void test_ends_at_its_limit(void)
{
	json_t *a;

	begin(CAPTURE ROOM("max_recording_s = 1"));
	host = join("demo", "Hedy", "'secret':'hosthost'");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	a = status(host);
	CHECK_INT(json_num(a, "endsAt", 0) - json_num(a, "startedAt", 0), 1000);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), NULL);
	check_stopped(host, "limit");
	end();
}

/* Until the catalog knows that the room's first recording is over: a start waits for that, but not for ever. */
static void await_counted(void)
{
	int64_t until_us = clock_mono_us() + WAIT_MS * 1000LL;
	const char *status;

	do {
		g_usleep(100000);
		status = json_str(json_array_get(json_object_get(fake_ask(peer_pub(host), "{'recroom':'list_recordings'}"), "recordings"), 0), "status");
	} while (g_strcmp0(status, "processing") && clock_mono_us() < until_us);
	CHECK_STR(status, "processing");
	fake_drop_events(peer_pub(host));
}

/* So many recordings, and no more. */
static void test_quota_of_recordings(void)
{
	begin(CAPTURE ROOM("quota_recordings = 1"));
	host = join("demo", "Hedy", "'secret':'hosthost'");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	check_stopped(host, "host");
	await_counted();
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), "quota");
	CHECK_INT(fake_count(peer_pub(host), "event", "recordingstarting"), 1);       /* nobody was told of one that is not */
	CHECK(json_is_null(json_object_get(status(host), "recordingId")));
	end();
}

/* The room says how long what is recorded in it is kept; and what somebody at the server holds no host deletes. */
static void test_kept(void)
{
	struct catalog *c = NULL;
	g_autofree char *id = NULL, *url = NULL;
	json_t *a;

	begin(CAPTURE ROOM("keep_outputs_days = 30"));
	host = join("demo", "Hedy", "'secret':'hosthost'");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	check_stopped(host, "host");
	await_counted();
	a = json_array_get(json_object_get(fake_ask(peer_pub(host), "{'recroom':'list_recordings'}"), "recordings"), 0);
	id = g_strdup(json_str(a, "recordingId"));
	url = g_strdup_printf("sqlite:%s/recordings/recroom.db", fake_folder());
	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_recording_status(c, id, "failed", "test"), 0);       /* ended: its time begins */
	CHECK_INT(catalog_hold(c, id, true, NULL), 0);
	a = fake_ask(peer_pub(host), "{'recroom':'get_recording','recordingId':'%s'}", id);
	CHECK(ABS(json_num(a, "keepUntil", 0) - clock_wall_ms() - 30 * 86400000LL) < 600000);
	CHECK_STR(json_string_value(json_array_get(json_object_get(a, "flags"), 0)), "held");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'delete_recording','recordingId':'%s'}", id), "held");
	CHECK_INT(catalog_hold(c, id, false, NULL), 0);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'delete_recording','recordingId':'%s'}", id), NULL);
	catalog_close(&c);
	end();
}

/* Another recording of the room is there already, of so many bytes. */
static void keep_another(int64_t bytes)
{
	char *url = g_strdup_printf("sqlite:%s/recordings/recroom.db", fake_folder());
	struct catalog_new_recording r = { .id = "rec_demo_1_aaaaaa", .room = "demo", .call_id = "call_demo_1_aaaaaa", .host_id = "host1", .title = "",
					   .layout = "grid", .started_ms = 1 };
	struct catalog_stop stop = { .stopped_ms = 2, .bytes = bytes, .chain_hash = "", .flags = "[]", .reason = "host" };
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_recording_insert(c, &r), 0);
	CHECK_INT(catalog_recording_stop(c, r.id, &stop), 0);
	catalog_close(&c);
	g_free(url);
}

/* So many bytes: warned at nine tenths, stopped at all of them. */
static void test_quota_of_bytes(void)
{
	struct fake_event *e;

	begin(CAPTURE ROOM("quota_mb = 1"));
	keep_another((1 << 20) - 60000);
	host = join("demo", "Hedy", "'secret':'hosthost'");
	CHECK_INT(peer_publish(host, "audio,video"), 0);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	check_stopped(host, "quota");
	e = fake_expect(peer_pub(host), "event", "recordingdegraded", 0);
	CHECK(!e || !strcmp(json_str(e->message, "reason"), "quota"));       /* both may be reached within one second */
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), "quota");
	end();
}

static void test_drain(void)
{
	json_t *a;

	begin(CAPTURE ROOM(""));
	host = join("demo", "Hedy", "'secret':'hosthost'");
	guest = join("other", "Gus", "'secret':'hosthost'");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'drain','on':true}"), "forbidden");
	a = admin("{'recroom':'drain','on':true}");
	CHECK(json_is_true(json_object_get(a, "draining")));
	CHECK_INT(json_num(a, "recordings", 0), 1);
	json_decref(a);
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'start_recording'}"), "draining");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), NULL);      /* what runs goes on */
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'resume_recording'}"), NULL);
	a = fake_query(peer_pub(host));
	CHECK(json_is_true(json_object_get(a, "draining")));
	json_decref(a);
	a = admin("{'recroom':'drain'}");
	CHECK(json_is_true(json_object_get(a, "draining")));
	json_decref(a);
	json_decref(admin("{'recroom':'drain','on':false}"));
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'start_recording'}"), NULL);
	end();
}

/* A handle that never joins hears of it, also when the room is empty; one in the room does not hear everything twice. */
static void test_follow_from_outside(void)
{
	struct fake_handle *h;
	char id[ID_SIZE];
	json_t *a;

	begin(CAPTURE ROOM(""));
	host = join("demo", "Hedy", "'secret':'hosthost'");
	guest = join("demo", "Gus", NULL);
	h = fake_attach();
	a = fake_ask(peer_pub(host), "{'recroom':'start_recording'}");
	CHECK_CODE(a, NULL);
	g_strlcpy(id, json_str(a, "recordingId"), sizeof(id));
	CHECK_CODE(fake_ask(h, "{'recroom':'follow','recordingId':'%s'}", id), "missing_element");
	CHECK_CODE(fake_ask(h, "{'recroom':'follow','room':'demo','recordingId':'%s'}", id), "unauthorized");
	CHECK_CODE(fake_ask(h, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'nonsense'}", id), "unauthorized");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'follow','recordingId':'%s'}", id), "not_host");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'follow','recordingId':'%s','token':'%s'}", id, peer_token(guest)), "not_host");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'follow','room':'other','recordingId':'%s'}", id), "unauthorized");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'follow','recordingId':'rec_demo_1_aaaaaa'}"), "no_such_recording");
	a = fake_ask(h, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'%s'}", id, peer_token(host));
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000LL; !g_strcmp0(json_str(a, "code"), "too_many_attempts") && clock_mono_us() < until_us;) {
		g_usleep(100000);      /* wrong secrets are slowed */
		a = fake_ask(h, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'%s'}", id, peer_token(host));
	}
	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "recroom"), "following");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'follow','recordingId':'%s'}", id), NULL);
	fake_drop_events(peer_pub(host));
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), NULL);
	CHECK(fake_expect(h, "event", "recordingpaused", WAIT_MS));
	CHECK(fake_expect(peer_pub(host), "event", "recordingpaused", WAIT_MS));
	CHECK(!fake_expect(peer_pub(host), "event", "recordingpaused", 200));
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'leave'}"), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'leave'}"), NULL);
	CHECK(fake_expect(h, "event", "recordingstopped", WAIT_MS));
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));      /* it left, and follows still */
	fake_forget(h);                /* nothing holds it */
	end();
}

/* Of a host of `demo`, refused after so many seconds; free(). */
static char *token_for(int seconds)
{
	struct token t = { .room = "demo", .sub = "hedwig", .host = true, .exp_s = clock_wall_ms() / 1000 - TOKEN_LEEWAY_S + seconds };
	struct settings s = { .token_secret_file = g_build_filename(fake_folder(), "recordings", "secret.key", NULL) };
	struct token_keys *k = NULL;
	char *out = NULL, why[200];

	CHECK_INT(token_keys_open(&k, &s, false, why, sizeof(why)), 0);
	CHECK_INT(token_mint(&out, k, NULL, &t, clock_wall_ms() / 1000 - 60), 0);
	token_keys_unref(&k);
	g_free(s.token_secret_file);
	return out;
}

static struct fake_handle *follower(const char *id, const char *token)
{
	struct fake_handle *h = fake_attach();

	CHECK_CODE(fake_ask(h, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'%s'}", id, token), NULL);
	return h;
}

/* How often it heard of a pause, once all that was told before has come. */
static int pauses(struct fake_handle *h)
{
	fake_ask(h, "{'recroom':'exists','room':'demo'}");
	return fake_count(h, "event", "recordingpaused");
}

/* One handle shows a token that is soon over, one shows it and then a longer one: both hear of the recording, in the end only the second. */
static void test_follow_ends_with_the_token(void)
{
	int64_t until_us = clock_mono_us() + WAIT_MS * 1000LL;
	struct fake_handle *brief, *renewed;
	char *soon_over, *longer, id[ID_SIZE];
	int last, n = 0;
	json_t *a;

	begin(CAPTURE ROOM("") "limits: { " HARNESS_NO_PACE " }\n");
	host = join("demo", "Hedy", "'secret':'hosthost'");
	a = fake_ask(peer_pub(host), "{'recroom':'start_recording'}");
	CHECK_CODE(a, NULL);
	g_strlcpy(id, json_str(a, "recordingId"), sizeof(id));
	soon_over = token_for(4);
	longer = token_for(3600);
	brief = follower(id, soon_over);
	renewed = follower(id, soon_over);
	CHECK_CODE(fake_ask(renewed, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'%s'}", id, longer), NULL);
	do {
		last = n;
		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), NULL);
		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'resume_recording'}"), NULL);
		CHECK(fake_expect(renewed, "event", "recordingpaused", WAIT_MS));
		g_usleep(100000);      /* no need for hundreds of them */
		n = pauses(brief);
	} while (n > last && clock_mono_us() < until_us);
	CHECK(n == last && n > 0);
	CHECK_CODE(fake_ask(brief, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'%s'}", id, soon_over), "token_expired");
	free(soon_over);
	free(longer);
	end();
}

static void test_follow_is_bounded(void)
{
	char id[ID_SIZE];
	json_t *a;

	begin(CAPTURE ROOM("") "limits: { " HARNESS_NO_PACE " }\n");
	host = join("demo", "Hedy", "'secret':'hosthost'");
	for (int i = 0; i < 9; i++) {
		a = fake_ask(peer_pub(host), "{'recroom':'start_recording'}");
		CHECK_CODE(a, NULL);
		g_strlcpy(id, json_str(a, "recordingId"), sizeof(id));
		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'follow','recordingId':'%s'}", id), i < 8 ? NULL : "limit");
		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	}
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'follow','follow':false,'recordingId':'%s'}", id), NULL);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_quota_of_bytes), TEST(test_starts_by_itself), TEST(test_starts_with_a_host), TEST(test_ends_when_nobody_sends), TEST(test_ends_at_its_limit),
		TEST(test_quota_of_recordings), TEST(test_kept), TEST(test_drain), TEST(test_follow_from_outside), TEST(test_follow_ends_with_the_token), TEST(test_follow_is_bounded),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), AT_ONCE, argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration read again while people are in calls: rooms come and change, limits count at once, a bad file changes nothing.
 */
#include <glib.h>
#include <stdlib.h>
#include "common/fsio.h"
#include "common/json.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"

enum { WAIT_MS = 15000, AT_ONCE = 8 };

#define REST "capture: { call_end_grace_s = 30; durability = \"none\" }\n"
#define DEMO "{ id = \"demo\"; host_secret = \"hosthost\"; description = \"A room\" }"

static struct peer *host;

static void begin(const char *config)
{
	CHECK_INT(fake_start("", config), 0);
}

static void end(void)
{
	if (host)
		peer_stop(host);
	harness_end();
	peer_free(host);
}

/* Another file in the place of the one that the plugin was started with. */
static void write_file(const char *general, const char *config)
{
	char *text = g_strdup_printf("general: { recordings = \"%s/recordings\"; admin_key = \"adminadmin\"; %s }\n%s\n", fake_folder(), general, config);

	CHECK_INT(fs_write_atomic(fake_folder(), "janus.plugin.recroom.jcfg", text, strlen(text), 0644, 0), 0);
	g_free(text);
}

/* The answer is the caller's. */
static json_t *reload(void)
{
	json_t *body = json_pack("{ss}", "recroom", "reload"), *a = fake_plugin()->handle_admin_message(body);

	json_decref(body);
	return a;
}

/* The names in a list of the answer, with commas. */
static void check_names(json_t *answer, const char *list, const char *expected)
{
	json_t *names = json_object_get(answer, list), *name;
	GString *all = g_string_new(NULL);
	size_t i;

	CHECK(json_is_array(names));
	json_array_foreach(names, i, name)
		g_string_append_printf(all, "%s%s", i ? "," : "", json_string_value(name));
	CHECK_STR(all->str, expected);
	g_string_free(all, TRUE);
}

static void check_reload(const char *added, const char *changed, const char *gone, const char *settings, const char *restart)
{
	json_t *a = reload();

	CHECK_CODE(a, NULL);
	check_names(a, "added", added);
	check_names(a, "changed", changed);
	check_names(a, "gone", gone);
	check_names(a, "refused", "");
	check_names(a, "settings", settings);
	check_names(a, "restart", restart);
	json_decref(a);
}

static const char *join(const char *room, const char *more)
{
	struct fake_handle *h = fake_attach();
	json_t *a = fake_ask(h, "{'recroom':'join','room':'%s'%s}", room, more);

	return json_str(a, "code") ? json_str(a, "code") : json_str(a, "recroom");
}

/* Nothing new is nothing done; a room that is new can be joined; the one with people in it changes under them, and its recording goes on. */
static void test_rooms(void)
{
	json_t *a;

	begin(REST "rooms: ( " DEMO ", { id = \"old\" } )\n");
	host = peer_join(&(struct peer_conf){ .room = "demo", .display = "Hedy", .join = "'secret':'hosthost'" }, NULL);
	CHECK(host);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	check_reload("", "", "", "", "");
	CHECK_STR(join("new", ""), "no_such_room");
	write_file("", REST "rooms: ( { id = \"demo\"; host_secret = \"other secret\"; pin = \"1234\"; outputs = \"mp4\"; max_recording_s = 3000; layout = \"speaker\" }, { id = \"new\"; people = 1 } )\n");
	check_reload("new", "demo", "old", "", "");
	CHECK_STR(join("new", ""), "joined");
	CHECK_STR(join("new", ""), "call_full");
	CHECK_STR(join("old", ""), "joined");
	CHECK_STR(join("demo", ""), "wrong_pin");
	CHECK_STR(join("demo", ",'pin':'1234'"), "joined");
	CHECK_STR(join("demo", ",'pin':'1234','secret':'hosthost'"), "unauthorized");
	a = fake_ask(peer_pub(host), "{'recroom':'recording_status'}");
	CHECK(json_str(a, "recordingId") && !json_object_get(a, "endsAt"));       /* started as the room was then */
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	CHECK(json_num(fake_ask(peer_pub(host), "{'recroom':'recording_status'}"), "endsAt", 0) > 0);
	check_reload("", "", "", "", "");
	end();
}

/* What `edit` made of a room stays while the file says the same of it. */
static void test_edited(void)
{
	struct fake_handle *h;

	begin(REST "rooms: ( " DEMO " )\n");
	h = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'edit','room':'demo','admin_key':'adminadmin','new_pin':'77'}"), NULL);
	write_file("", REST "rooms: ( " DEMO ", { id = \"new\" } )\n");
	check_reload("new", "", "", "", "");
	CHECK_STR(join("demo", ""), "wrong_pin");
	write_file("", REST "rooms: ( { id = \"demo\" }, { id = \"new\" } )\n");
	check_reload("", "demo", "", "", "");
	CHECK_STR(join("demo", ""), "joined");
	end();
}

static void test_settings(void)
{
	begin(REST "rooms: ( " DEMO " )\n");
	host = peer_join(&(struct peer_conf){ .room = "demo", .display = "Hedy", .join = "'secret':'hosthost'" }, NULL);
	CHECK(host);
	write_file("max_rooms = 1; host_id = \"another\";", "limits: { max_streams = 1; requests_per_s = 100; requests_burst = 200 }\ncapture: { chunk_ms = 500; durability = \"none\" }\n"
		   "serve: { jobs = 2 }\nrooms: ( " DEMO " )\n");
	check_reload("", "", "", "general.max_rooms,limits.max_streams,limits.requests_per_s,limits.requests_burst,capture.chunk_ms,capture.call_end_grace_s", "general.host_id");
	check_reload("", "", "", "", "general.host_id");        /* for as long as it waits */
	CHECK(peer_publish(host, "audio,video") != 0);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);
	CHECK_CODE(fake_ask(fake_attach(), "{'recroom':'create','room':'more','admin_key':'adminadmin'}"), "limit");
	end();
}

/* Said, and nothing of it is taken, not even what comes before the error. */
static void test_bad_file(void)
{
	json_t *a;

	begin(REST "rooms: ( " DEMO " )\n");
	write_file("", "limits: { max_streams = 1 }\nrooms: ( { id = \"demo\"; pin = \"1234\"; people = 0 } )\n");
	a = reload();
	CHECK_CODE(a, "invalid_element");
	CHECK(strstr(json_str(a, "error"), "rooms.people is 0, must be 1 to 1000"));
	json_decref(a);
	CHECK_STR(join("demo", ""), "joined");
	write_file("", "rooms: ( {\n");
	a = reload();
	CHECK_CODE(a, "invalid_element");
	json_decref(a);
	write_file("token_audience = \"me\";", REST "rooms: ( " DEMO " )\n");
	check_reload("", "", "", "", "general.token_audience");
	end();
}

static void test_who_may(void)
{
	struct fake_handle *h;

	begin(REST "rooms: ( " DEMO " )\n");
	h = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'reload'}"), "unauthorized");
	CHECK_CODE(fake_ask(fake_attach(), "{'recroom':'reload','admin_key':'nonsense'}"), "unauthorized");
	CHECK_CODE(fake_ask(h, "{'recroom':'reload','admin_key':'adminadmin'}"), NULL);
	write_file("", "general: {\n");
	CHECK_CODE(fake_ask(h, "{'recroom':'reload','admin_key':'adminadmin'}"), "invalid_element");
	end();
}

static void *reload_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 40; i++) {
		write_file("", i % 2 ? REST "limits: { " HARNESS_NO_PACE " }\nrooms: ( " DEMO " )\n"
					:  "limits: { max_waiting = 7; " HARNESS_NO_PACE " }\nrooms: ( { id = \"demo\"; host_secret = \"hosthost\"; bitrate = 100000; layout = \"speaker\"; guests_download = true }, { id = \"more\" } )\n");
		json_decref(reload());
	}
	return NULL;
}

/* While people come and go and record. */
static void test_in_use(void)
{
	GThread *t;

	begin(REST "limits: { " HARNESS_NO_PACE " }\nrooms: ( " DEMO " )\n");
	t = g_thread_new("reload", reload_often, NULL);
	for (int i = 0; i < 20; i++) {
		struct fake_handle *h = fake_attach();

		CHECK_CODE(fake_ask(h, "{'recroom':'join','room':'demo','display':'Ann%d','secret':'hosthost'}", i), NULL);
		fake_ask(h, "{'recroom':'start_recording'}");
		fake_ask(h, "{'recroom':'stop_recording'}");
		CHECK_CODE(fake_ask(h, "{'recroom':'leave'}"), NULL);
	}
	g_thread_join(t);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_rooms), TEST(test_edited), TEST(test_settings), TEST(test_bad_file), TEST(test_who_may), TEST(test_in_use),
	};

	return harness_run(tests, G_N_ELEMENTS(tests), AT_ONCE, argc, argv);
}

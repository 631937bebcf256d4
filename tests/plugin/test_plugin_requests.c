/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The request table from outside: every request good, incomplete, of wrong type, from people who may not.
 */
#include <dirent.h>
#include <glib.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/settings.h"
#include "common/sync.h"
#include "common/token.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"

enum { BACK_ROUNDS = 200 };
enum who { NOBODY, GUEST, HOST };

struct row {
	enum who who;
	const char *request, *code;   /* code NULL: answered well */
};

static const struct row envelope[] = {
	{ NOBODY, "{}", "invalid_request" },
	{ NOBODY, "{'recroom':7}", "invalid_request" },
	{ NOBODY, "{'recroom':null}", "invalid_request" },
	{ NOBODY, "{'recroom':''}", "invalid_request" },
	{ NOBODY, "{'recroom':'fly','room':'demo'}", "invalid_request" },
	{ NOBODY, "{'recroom':'JOIN','room':'demo'}", "invalid_request" },
	{ NOBODY, "[]", "invalid_json" },
	{ NOBODY, "'text'", "invalid_json" },
};

static const struct row rooms[] = {
	{ NOBODY, "{'recroom':'exists','room':'demo'}", NULL },
	{ NOBODY, "{'recroom':'exists','room':'nowhere'}", NULL },
	{ NOBODY, "{'recroom':'exists','room':1234}", NULL },
	{ NOBODY, "{'recroom':'exists'}", "missing_element" },
	{ NOBODY, "{'recroom':'exists','room':true}", "invalid_element" },
	{ NOBODY, "{'recroom':'exists','room':'../x'}", "invalid_element" },
	{ NOBODY, "{'recroom':'exists','room':''}", "invalid_element" },
	{ NOBODY, "{'recroom':'list'}", NULL },
	{ NOBODY, "{'recroom':'create','room':'new'}", "unauthorized" },
	{ NOBODY, "{'recroom':'create','room':'new','admin_key':'wrong'}", "unauthorized" },
	{ NOBODY, "{'recroom':'create','room':'new','admin_key':7}", "invalid_element" },
	{ NOBODY, "{'recroom':'create','room':'demo','admin_key':'adminadmin'}", "room_exists" },
	{ NOBODY, "{'recroom':'create','room':'a b','admin_key':'adminadmin'}", "invalid_element" },
	{ NOBODY, "{'recroom':'create','room':'new','publishers':'four','admin_key':'adminadmin'}", "invalid_element" },
	{ NOBODY, "{'recroom':'create','room':'new','publishers':0,'admin_key':'adminadmin'}", "invalid_element" },
	{ NOBODY, "{'recroom':'create','room':'new','description':'N','publishers':3,'admin_key':'adminadmin'}", NULL },
	{ NOBODY, "{'recroom':'create','admin_key':'adminadmin'}", NULL },
	{ NOBODY, "{'recroom':'edit','room':'locked','new_description':'x'}", "unauthorized" },
	{ NOBODY, "{'recroom':'edit','room':'locked','secret':'wrong','new_description':'x'}", "unauthorized" },
	{ NOBODY, "{'recroom':'edit','room':'demo','secret':'hosthost','new_description':'x'}", "unauthorized" },
	{ NOBODY, "{'recroom':'edit','room':'nowhere','secret':'roomroom'}", "no_such_room" },
	{ NOBODY, "{'recroom':'edit','room':'locked','secret':'roomroom','new_description':7}", "invalid_element" },
	{ NOBODY, "{'recroom':'edit','room':'locked','secret':'roomroom','new_description':'Edited'}", NULL },
	{ NOBODY, "{'recroom':'destroy','room':'locked'}", "unauthorized" },
	{ NOBODY, "{'recroom':'destroy','room':'locked','secret':'wrong'}", "unauthorized" },
	{ NOBODY, "{'recroom':'destroy','room':'nowhere','secret':'roomroom'}", "no_such_room" },
	{ NOBODY, "{'recroom':'destroy','secret':'roomroom'}", "missing_element" },
	{ NOBODY, "{'recroom':'destroy','room':'locked','secret':'roomroom'}", NULL },
};

static const struct row joins[] = {
	{ NOBODY, "{'recroom':'join','room':'demo'}", NULL },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':'publisher','display':'Ann'}", NULL },
	{ NOBODY, "{'recroom':'join'}", "missing_element" },
	{ NOBODY, "{'recroom':'join','room':{}}", "invalid_element" },
	{ NOBODY, "{'recroom':'join','room':'nowhere'}", "no_such_room" },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':'spy'}", "invalid_element" },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':7}", "invalid_element" },
	{ NOBODY, "{'recroom':'join','room':'demo','display':['x']}", "invalid_element" },
	{ NOBODY, "{'recroom':'join','room':'demo','secret':'wrong'}", "unauthorized" },
	{ NOBODY, "{'recroom':'join','room':'demo','secret':'hosthost'}", NULL },
	{ NOBODY, "{'recroom':'join','room':'demo','token':'a.b.c'}", "unauthorized" },
	{ NOBODY, "{'recroom':'join','room':'demo','token':7}", "invalid_element" },
	{ NOBODY, "{'recroom':'join','room':'demo','resume':'wrong'}", "unauthorized" },
	{ NOBODY, "{'recroom':'join','room':'locked'}", "wrong_pin" },
	{ NOBODY, "{'recroom':'join','room':'locked','pin':'4321'}", "wrong_pin" },
	{ NOBODY, "{'recroom':'join','room':'locked','pin':1234}", "invalid_element" },
	{ NOBODY, "{'recroom':'join','room':'locked','pin':'1234'}", NULL },
	{ NOBODY, "{'recroom':'join','room':'locked','secret':'hosthost'}", NULL },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':'subscriber','streams':[]}", "unauthorized" },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':'subscriber','resume':'','streams':[]}", "unauthorized" },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':'subscriber','resume':'abcdefghijklmnopqrstuvwxyz','streams':[]}", "unauthorized" },
	{ NOBODY, "{'recroom':'join','room':'demo','ptype':'subscriber','secret':'hosthost','streams':[]}", "unauthorized" },
	{ GUEST, "{'recroom':'join','room':'demo'}", "already_joined" },
	{ NOBODY, "{'recroom':'joinandconfigure'}", "missing_element" },
};

/* What nobody may who has not joined. */
static const char *const members_only[] = {
	"'listparticipants','room':'demo'", "'publish'", "'configure'", "'unpublish'", "'leave'", "'start'", "'pause'", "'subscribe','streams':[{'feed':'user1'}]",
	"'unsubscribe','streams':[{'feed':'user1'}]", "'update','subscribe':[{'feed':'user1'}]", "'kick','id':'user1'", "'moderate','id':'user1','mute':true", "'admit','all':true", "'end_call'",
	"'start_recording'", "'stop_recording'", "'pause_recording'", "'resume_recording'", "'recording_status'", "'list_recordings'",
	"'get_recording','recordingId':'rec_demo_1_abcdef'", "'delete_recording','recordingId':'rec_demo_1_abcdef'",
};

/* What only a host may. */
static const char *const hosts_only[] = {
	"'kick','id':'user1'", "'moderate','id':'user1','mid':'0','mute':true", "'admit','all':true", "'deny','all':true", "'lock'", "'promote','id':'user1'",
	"'demote','id':'user1'", "'transfer_host','id':'user1'", "'end_call'", "'start_recording'", "'stop_recording'", "'pause_recording'", "'resume_recording'",
	"'list_recordings'", "'get_recording','recordingId':'rec_demo_1_abcdef'", "'delete_recording','recordingId':'rec_demo_1_abcdef'",
};

static const struct row joined[] = {
	{ GUEST, "{'recroom':'listparticipants','room':'demo'}", NULL },
	{ GUEST, "{'recroom':'configure'}", NULL },
	{ GUEST, "{'recroom':'configure','display':'New name'}", NULL },
	{ GUEST, "{'recroom':'configure','display':7}", "invalid_element" },
	{ GUEST, "{'recroom':'configure','streams':{}}", "invalid_element" },
	{ GUEST, "{'recroom':'configure','streams':[7]}", "invalid_element" },
	{ GUEST, "{'recroom':'configure','streams':[{'mid':'9','send':false}]}", "no_such_stream" },
	{ GUEST, "{'recroom':'configure','descriptions':'x'}", "invalid_element" },
	{ GUEST, "{'recroom':'recording_status'}", NULL },
	{ GUEST, "{'recroom':'publish'}", "invalid_sdp" },
	{ HOST, "{'recroom':'kick'}", "missing_element" },
	{ HOST, "{'recroom':'kick','id':7}", "invalid_element" },
	{ HOST, "{'recroom':'kick','id':'user99'}", "no_such_participant" },
	{ HOST, "{'recroom':'moderate','id':'user99','mid':'0','mute':true}", "no_such_participant" },
	{ HOST, "{'recroom':'moderate','id':'user1'}", "missing_element" },
	{ HOST, "{'recroom':'moderate','id':'user1','mid':'0','mute':'yes'}", "invalid_element" },
	{ HOST, "{'recroom':'moderate','id':'user1','mid':'0','mute':true}", "no_such_stream" },
	{ HOST, "{'recroom':'stop_recording'}", "not_recording" },
	{ HOST, "{'recroom':'pause_recording'}", "not_recording" },
	{ HOST, "{'recroom':'resume_recording'}", "not_recording" },
	{ HOST, "{'recroom':'start_recording','title':7}", "invalid_element" },
	/* Quoted in the answer, which is cut in the middle of a character. */
	{ HOST, "{'recroom':'start_recording','outputs':[{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9zz':1}]}", "invalid_element" },
	{ HOST, "{'recroom':'start_recording','layout':'spiral'}", "invalid_element" },
	{ HOST, "{'recroom':'start_recording','custom':[]}", "invalid_element" },
	{ HOST, "{'recroom':'list_recordings'}", NULL },
	{ HOST, "{'recroom':'get_recording'}", "missing_element" },
	{ HOST, "{'recroom':'get_recording','recordingId':'../../etc'}", "no_such_recording" },
	{ HOST, "{'recroom':'get_recording','recordingId':'rec_demo_1_abcdef'}", "no_such_recording" },
	{ HOST, "{'recroom':'delete_recording','recordingId':'rec_demo_1_abcdef'}", "no_such_recording" },
	{ HOST, "{'recroom':'delete_recording','recordingId':'rec_locked_1_abcdef'}", "no_such_recording" },
};

static struct peer *guest, *host;

static void run_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fake_handle *h = rows[i].who == NOBODY ? fake_attach() : peer_pub(rows[i].who == GUEST ? guest : host);
		json_t *answer = fake_ask(h, "%s", rows[i].request);
		const char *code = answer ? json_str(answer, "code") : "(no answer)";

		if ((rows[i].code != NULL) != (code != NULL) || (code && strcmp(code, rows[i].code)))
			printf("%s\n", rows[i].request);
		CHECK_CODE(answer, rows[i].code);
		if (rows[i].who == NOBODY)
			fake_detach(h);
	}
}
#define RUN_ROWS(rows) run_rows(rows, G_N_ELEMENTS(rows))

static void begin(void)
{
	harness_start();
	host = harness_host("Hedy");
	guest = harness_guest("Gus");
}

static void end(void)
{
	harness_end();
	peer_free(host);
	peer_free(guest);
}

static void test_envelope(void)
{
	begin();
	RUN_ROWS(envelope);
	end();
}

static void test_rooms(void)
{
	json_t *a;

	begin();
	RUN_ROWS(rooms);
	a = fake_ask(peer_pub(guest), "{'recroom':'exists','room':'locked'}");
	CHECK(!json_flag(a, "exists", true));
	a = fake_ask(peer_pub(guest), "{'recroom':'exists','room':1234}");
	CHECK(json_flag(a, "exists", false));
	CHECK_STR(json_str(a, "recroom"), "success");
	end();
}

static void test_joins(void)
{
	begin();
	RUN_ROWS(joins);
	end();
}

static void test_joined(void)
{
	begin();
	RUN_ROWS(joined);
	end();
}

static void test_strangers_may_nothing(void)
{
	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(members_only); i++) {
		struct fake_handle *h = fake_attach();
		json_t *answer = fake_ask(h, "{'recroom':%s}", members_only[i]);

		if (!answer || !json_str(answer, "code") || strcmp(json_str(answer, "code"), "not_joined"))
			printf("%s\n", members_only[i]);
		CHECK_CODE(answer, "not_joined");
		fake_detach(h);
	}
	end();
}

/* Nothing but the catalog and the key lies in the recordings. */
static int recordings_on_disk(void)
{
	char *path = g_build_filename(fake_folder(), "recordings", NULL);
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += !strncmp(e->d_name, "rec_", 4);
	if (d)
		closedir(d);
	g_free(path);
	return n;
}

static void test_guests_may_not_what_hosts_may(void)
{
	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(hosts_only); i++)
		CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':%s}", hosts_only[i]), "not_host");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'start_recording','secret':'hosthost'}"), "not_host");
	CHECK_INT(recordings_on_disk(), 0);
	CHECK_INT(fake_count(peer_pub(host), "event", NULL), 0);
	CHECK(json_is_null(json_object_get(fake_ask(peer_pub(host), "{'recroom':'recording_status'}"), "recordingId")));
	end();
}

static void test_join_answer(void)
{
	struct token_keys *k = NULL;
	struct settings s = { 0 };
	struct token t;
	char sub[200], why[300];
	json_t *j;

	begin();
	j = peer_joined(guest);
	CHECK_STR(json_str(j, "room"), "demo");
	CHECK_STR(json_str(j, "role"), "guest");
	CHECK_STR(json_str(peer_joined(host), "role"), "host");
	CHECK(participant_id_valid(json_str(j, "id")) && strcmp(peer_id(guest), peer_id(host)));
	CHECK(!strncmp(json_str(j, "callId"), "call_demo_", 10));
	CHECK_STR(json_str(j, "callId"), json_str(peer_joined(host), "callId"));
	CHECK_INT(strlen(peer_resume(guest)), 26);
	CHECK_STR(json_str(json_array_get(json_object_get(j, "participants"), 0), "id"), peer_id(host));
	CHECK(json_is_null(json_object_get(j, "recording")));
	s.token_secret_file = g_build_filename(fake_folder(), "recordings", "secret.key", NULL);
	CHECK_INT(token_keys_open(&k, &s, false, why, sizeof(why)), 0);
	CHECK_INT(token_verify(&t, k, peer_token(guest), clock_wall_ms() / 1000), 0);
	snprintf(sub, sizeof(sub), "%s/%s", json_str(j, "callId"), peer_id(guest));
	CHECK_STR(t.sub, sub);
	CHECK(!t.host && !(t.grants & (GRANT_DOWNLOAD | GRANT_DELETE | GRANT_RECORD)));
	CHECK_INT(token_verify(&t, k, peer_token(host), clock_wall_ms() / 1000), 0);
	CHECK(t.host);
	token_keys_unref(&k);
	g_free(s.token_secret_file);
	CHECK(fake_expect(peer_pub(host), "joining", NULL, 5000));
	end();
}

static void test_resume_and_token_tie_handles(void)
{
	struct fake_handle *h;
	json_t *a;

	begin();
	h = fake_attach();
	a = fake_ask(h, "{'recroom':'join','room':'demo','ptype':'subscriber','resume':'%s','streams':[]}", peer_resume(guest));
	CHECK_STR(json_str(a, "recroom"), "attached");
	CHECK_INT(json_array_size(json_object_get(a, "streams")), 0);
	h = fake_attach();
	a = fake_ask(h, "{'recroom':'join','room':'demo','ptype':'subscriber','token':'%s','streams':[]}", peer_token(host));
	CHECK_STR(json_str(a, "recroom"), "attached");
	h = fake_attach();
	a = fake_ask(h, "{'recroom':'join','room':'locked','ptype':'subscriber','resume':'%s','streams':[]}", peer_resume(guest));
	CHECK_CODE(a, "unauthorized");
	h = fake_attach();
	a = fake_ask(h, "{'recroom':'join','room':'demo','ptype':'subscriber','resume':'%s','streams':[{'feed':'user99'}]}", peer_resume(guest));
	CHECK(json_str(a, "code"));
	h = fake_attach();
	a = fake_ask(h, "{'recroom':'join','room':'demo','resume':'%s'}", peer_resume(guest));
	CHECK_STR(json_str(a, "recroom"), "joined");
	CHECK_STR(json_str(a, "id"), peer_id(guest));
	end();
}

static void *detach(void *h)
{
	fake_detach(h);
	return NULL;
}

/* A page that is reloaded, or whose network changed, comes back while its old handle is still on its way out. Who leaves for good does leave. */
static void test_back_before_missed(void)
{
	struct fake_handle *h, *before;
	GThread *t;
	json_t *a;

	begin();
	before = peer_pub(guest);
	for (int i = 0; i < BACK_ROUNDS; i++) {
		h = fake_attach();
		t = g_thread_new("detach", detach, before);
		a = fake_ask(h, "{'recroom':'join','room':'demo','resume':'%s'}", peer_resume(guest));
		g_thread_join(t);
		CHECK_STR(json_str(a, "recroom"), "joined");
		CHECK_STR(json_str(a, "id"), peer_id(guest));
		before = h;
	}
	fake_drop_events(peer_pub(host));
	CHECK_STR(json_str(fake_ask(before, "{'recroom':'listparticipants','room':'demo'}"), "recroom"), "participants");
	fake_detach(before);
	CHECK(fake_expect(peer_pub(host), "leaving", NULL, 5000));
	a = fake_ask(peer_pub(host), "{'recroom':'listparticipants','room':'demo'}");
	CHECK_INT(json_array_size(json_object_get(a, "participants")), 1);
	end();
}

static void test_limits(void)
{
	struct fake_handle *h;
	json_t *a = NULL;
	int made = 0;

	begin();
	h = fake_attach();
	for (int i = 0; i < 12 && !(a && json_str(a, "code")); i++, made++)
		a = fake_ask(h, "{'recroom':'create','admin_key':'adminadmin'}");
	CHECK_CODE(a, "limit");
	CHECK_INT(made, 8 - 3 + 1);
	for (made = 0; made < 100 && fake_attach(); made++)
		;
	CHECK_INT(made, 40 - 3);
	end();
}

static void test_room_full(void)
{
	struct peer *p[5];
	int error = 0, published = 0;

	harness_start();
	for (int i = 0; i < 5; i++) {
		p[i] = harness_guest("many");
		error = peer_publish(p[i], "audio");
		published += !error;
	}
	CHECK_INT(published, 4);
	CHECK_INT(error, 415);
	for (int i = 0; i < 5; i++)
		peer_stop(p[i]);
	harness_end();
	for (int i = 0; i < 5; i++)
		peer_free(p[i]);
}

static void test_guessing_is_slowed(void)
{
	struct fake_handle *h;
	int refused = 0;

	begin();
	h = fake_attach();
	for (int i = 0; i < 30; i++) {
		json_t *a = fake_ask(h, "{'recroom':'join','room':'demo','secret':'guess%d'}", i);

		refused += a && json_str(a, "code") && !strcmp(json_str(a, "code"), "too_many_attempts");
	}
	CHECK(refused > 0);
	end();
}

/* Janus has parsed it before us, so that it is a description of some kind. */
static void test_bad_descriptions(void)
{
	static const struct { const char *type, *sdp; } bad[] = {
		{ "offer", "" },
		{ "offer", "v=0" },
		{ "offer", "m=audio\r\n" },
		{ "offer", "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nt=0 0\r\n" },
		{ "answer", "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n" },
	};

	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		CHECK_CODE(fake_request(peer_pub(guest), json_pack("{ss}", "recroom", "publish"), json_pack("{ssss}", "type", bad[i].type, "sdp", bad[i].sdp), NULL),
			   "invalid_sdp");
	end();
}

static void test_destroyed_room_tells_its_people(void)
{
	struct peer_conf conf = { .room = "locked", .display = "Pia", .join = "'pin':'1234'" };
	struct peer *p;
	struct fake_handle *h;

	harness_start();
	p = peer_join(&conf, NULL);
	CHECK(p);
	h = fake_attach();
	CHECK_CODE(fake_ask(h, "{'recroom':'destroy','room':'locked','secret':'roomroom'}"), NULL);
	CHECK(fake_expect(peer_pub(p), "destroyed", "locked", 5000));
	CHECK_CODE(fake_ask(peer_pub(p), "{'recroom':'recording_status'}"), "not_joined");
	harness_end();
	peer_free(p);
}

static void test_query_session(void)
{
	json_t *o;

	begin();
	o = fake_query(peer_pub(guest));
	CHECK(json_is_object(o));
	json_decref(o);
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_envelope), TEST(test_rooms), TEST(test_joins), TEST(test_joined), TEST(test_strangers_may_nothing),
		TEST(test_guests_may_not_what_hosts_may), TEST(test_join_answer), TEST(test_resume_and_token_tie_handles), TEST(test_back_before_missed), TEST(test_limits),
		TEST(test_room_full), TEST(test_guessing_is_slowed), TEST(test_bad_descriptions), TEST(test_destroyed_room_tells_its_people),
		TEST(test_query_session),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 1, argc, argv);
}

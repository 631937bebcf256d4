/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is host, by what right, and what a host makes of others: roles, muting, the hosts' leaving, the end of a call; and what the timeline says of it.
 */
#include "tests/plugin/gate_people.h"
#include "tests/plugin/recorded.h"

static const char config[] =
	"capture: { durability = \"none\"; call_end_grace_s = 30; chunk_ms = 500; reorder_ms = 1000 }\n"
	"limits: { " HARNESS_NO_PACE " }\n"
	"rooms: (\n"
	"  { id = \"demo\"; host_secret = \"hosthost\" },\n"
	"  { id = \"stops\"; host_secret = \"hosthost\"; host_leaves = \"stop\"; host_grace_s = 1 },\n"
	"  { id = \"ends\"; host_secret = \"hosthost\"; host_leaves = \"end_call\"; host_grace_s = 1; admission = \"lobby\" },\n"
	"  { id = \"patient\"; host_secret = \"hosthost\"; host_leaves = \"end_call\"; host_grace_s = 3600 },\n"
	"  { id = \"small\"; host_secret = \"hosthost\"; people = 2 },\n"
	"  { id = \"goes_on\"; host_secret = \"hosthost\"; host_grace_s = 0 }\n"
	")\n";

static void begin(void)
{
	harness_start_with(config);
}

/* --- roles --- */

static struct fake_handle *named(const char *room, const char *sub, bool is_host, unsigned grants, const char **id)
{
	struct fake_handle *h = fake_attach();
	json_t *a = join_jwt(h, room, sub, is_host, grants);

	CHECK_STR(how(a), "joined");
	*id = json_str(a, "id");
	return h;
}

static void check_token(const char *text, bool is_host, unsigned has, unsigned lacks)
{
	struct settings s = { .token_secret_file = g_build_filename(fake_folder(), "recordings", "secret.key", NULL) };
	struct token_keys *k = NULL;
	struct token t;
	char why[200];

	CHECK_INT(token_keys_open(&k, &s, false, why, sizeof(why)), 0);
	CHECK_INT(token_verify(&t, k, text, clock_wall_ms() / 1000), 0);
	CHECK_INT(t.host, is_host);
	CHECK_INT(t.grants & has, has);
	CHECK_INT(t.grants & lacks, 0);
	token_keys_unref(&k);
	g_free(s.token_secret_file);
}

/* The event of it at `h`, whose own token it has when it is about `h`. */
static json_t *role_told(struct fake_handle *h, const char *id, const char *role, const char *by, bool own)
{
	struct fake_event *e = fake_expect(h, "event", "hostchanged", SOON_MS);

	CHECK(e);
	CHECK_STR(json_str(e->message, "id"), id);
	CHECK_STR(json_str(e->message, "role"), role);
	CHECK_STR(json_str(e->message, "by"), by);
	CHECK_INT(json_str(e->message, "token") != NULL, own);
	return e->message;
}

static void test_promote_and_demote(void)
{
	struct fake_handle *host, *g, *third;
	const char *hid, *gid, *tid;
	json_t *a;

	begin();
	host = named("demo", "herta", true, 0, &hid);
	g = named("demo", "gus", false, 0, &gid);
	third = named("demo", "tom", false, 0, &tid);
	CHECK_CODE(fake_ask(g, "{'recroom':'promote','id':'%s'}", gid), "not_host");
	CHECK_CODE(fake_ask(host, "{'recroom':'promote','id':'user99'}"), "no_such_participant");
	CHECK_CODE(fake_ask(host, "{'recroom':'promote'}"), "missing_element");
	CHECK_CODE(fake_ask(host, "{'recroom':'promote','id':'%s'}", gid), NULL);
	check_token(json_str(role_told(g, gid, "host", hid, true), "token"), true, GRANT_RECORD | GRANT_ADMIT, 0);
	CHECK(json_object_get(role_told(third, gid, "host", hid, false), "waiting") == NULL);
	role_told(host, gid, "host", hid, false);
	check_token(json_str(fake_ask(g, "{'recroom':'configure'}"), "token"), true, GRANT_RECORD, 0);
	/* Again: nothing new to tell. */
	CHECK_CODE(fake_ask(host, "{'recroom':'promote','id':'%s'}", gid), NULL);
	CHECK_CODE(fake_ask(g, "{'recroom':'demote','id':'%s'}", hid), NULL);
	check_token(json_str(role_told(host, hid, "guest", gid, true), "token"), false, 0, GRANT_RECORD | GRANT_DOWNLOAD);
	CHECK_CODE(fake_ask(host, "{'recroom':'lock'}"), "not_host");
	CHECK_CODE(fake_ask(host, "{'recroom':'start_recording'}"), "not_host");
	CHECK_INT(fake_count(third, "event", "hostchanged"), 2);
	/* Newcomers see it. */
	a = json_object_get(join(fake_attach(), "demo", ""), "participants");
	CHECK_INT(json_array_size(a), 3);
	for (size_t i = 0; i < 3; i++)
		CHECK_INT(!strcmp(json_str(json_array_get(a, i), "role"), "host"), !strcmp(json_str(json_array_get(a, i), "id"), gid));
	harness_end();
}

static void test_transfer(void)
{
	struct fake_handle *host, *g;
	const char *hid, *gid;
	char *resume;
	json_t *a;

	begin();
	host = fake_attach();
	a = join(host, "patient", "'secret':'hosthost'");
	hid = json_str(a, "id");
	resume = g_strdup(json_str(a, "resume"));
	g = named("patient", "gus", false, 0, &gid);
	CHECK_CODE(fake_ask(host, "{'recroom':'transfer_host','id':'%s'}", hid), NULL);
	CHECK_CODE(fake_ask(host, "{'recroom':'transfer_host','id':'%s'}", gid), NULL);
	role_told(g, gid, "host", hid, true);
	role_told(g, hid, "guest", hid, false);
	CHECK_CODE(fake_ask(host, "{'recroom':'transfer_host','id':'%s'}", hid), "not_host");
	CHECK_CODE(fake_ask(g, "{'recroom':'lock'}"), NULL);
	/* Back by the resume secret the old host is a guest, and a host by the room's. */
	leaves(host, g);
	back_in(host, "patient", resume, "joined");
	CHECK_CODE(fake_ask(host, "{'recroom':'lock'}"), "not_host");
	leaves(host, g);
	a = fake_ask(host, "{'recroom':'join','room':'patient','resume':'%s','secret':'hosthost'}", resume);
	CHECK_STR(json_str(a, "role"), "host");
	CHECK_STR(json_str(a, "id"), hid);
	/* The new one who comes back is host still. */
	leaves(g, host);
	g = named("patient", "gus", false, 0, &gid);
	CHECK_CODE(fake_ask(g, "{'recroom':'lock','locked':false}"), NULL);
	g_free(resume);
	harness_end();
}

/* A token's grants bound what its owner may do, give, and be given. */
static void test_grants(void)
{
	static const char *const acts[] = { "admit','all':true,'x':'", "deny','all':true,'x':'", "lock','x':'", "kick','id':'", "moderate','mute':true,'id':'",
					    "promote','id':'", "demote','id':'", "transfer_host','id':'", "end_call','x':'" };
	struct fake_handle *recorder, *usher, *boss, *g;
	const char *rid, *uid, *bid, *gid;
	struct fake_event *e;

	begin();
	recorder = named("demo", "rec", true, GRANT_RECORD, &rid);
	usher = named("demo", "ush", true, GRANT_ADMIT, &uid);
	boss = named("demo", "bos", true, 0, &bid);
	g = named("demo", "gus", false, 0, &gid);
	for (size_t i = 0; i < G_N_ELEMENTS(acts); i++)
		CHECK_CODE(fake_ask(recorder, "{'recroom':'%s%s'}", acts[i], gid), "forbidden");
	CHECK_CODE(fake_ask(usher, "{'recroom':'start_recording'}"), "forbidden");
	CHECK_CODE(fake_ask(usher, "{'recroom':'promote','id':'%s'}", gid), NULL);
	e = fake_expect(g, "event", "hostchanged", SOON_MS);
	CHECK(e);
	check_token(json_str(e->message, "token"), true, GRANT_ADMIT, GRANT_RECORD | GRANT_DELETE);
	CHECK_CODE(fake_ask(g, "{'recroom':'start_recording'}"), "forbidden");
	/* The recorder is made a guest and a host again: by the usher nothing would be left, by a full host what the token says. */
	CHECK_CODE(fake_ask(usher, "{'recroom':'demote','id':'%s'}", rid), NULL);
	CHECK_CODE(fake_ask(usher, "{'recroom':'promote','id':'%s'}", rid), "forbidden");
	CHECK_CODE(fake_ask(recorder, "{'recroom':'start_recording'}"), "not_host");
	CHECK_CODE(fake_ask(boss, "{'recroom':'promote','id':'%s'}", rid), NULL);
	CHECK_CODE(fake_ask(recorder, "{'recroom':'lock'}"), "forbidden");
	CHECK_CODE(fake_ask(recorder, "{'recroom':'stop_recording'}"), "not_recording");
	/* Undone and done again by a full host, the guest gets all. */
	CHECK_CODE(fake_ask(boss, "{'recroom':'demote','id':'%s'}", gid), NULL);
	CHECK_CODE(fake_ask(boss, "{'recroom':'promote','id':'%s'}", gid), NULL);
	CHECK_CODE(fake_ask(g, "{'recroom':'stop_recording'}"), "not_recording");
	harness_end();
}

/* A call of two remembers four: these three make it forget who left before them. */
static void others_come_and_go(struct fake_handle *host)
{
	for (int i = 0; i < 3; i++) {
		struct fake_handle *h = inside("small", "", NULL);

		leaves(h, host);
	}
}

static const char *with_token(const char *room, const char *token, json_t **answer)
{
	char *more = g_strdup_printf("'token':'%s'", token);

	*answer = join(fake_attach(), room, more);
	g_free(more);
	return how(*answer);
}

/* The token that the change gave, after which the person leaves; g_free(). */
static char *promoted(struct fake_handle *host, struct fake_handle *g, const char *id)
{
	CHECK_CODE(fake_ask(host, "{'recroom':'promote','id':'%s'}", id), NULL);
	return g_strdup(json_str(role_told(g, id, "host", "user1", true), "token"));
}

/* When the person is forgotten their token still says host: what counts is what they were at last, and in another call it says nothing. */
static void test_old_token(void)
{
	struct fake_handle *host, *g;
	const char *hid, *gid;
	char *token;
	json_t *a;

	begin();
	host = named("small", "herta", true, 0, &hid);
	g = named("small", "gus", false, 0, &gid);
	token = promoted(host, g, gid);
	CHECK_CODE(fake_ask(host, "{'recroom':'demote','id':'%s'}", gid), NULL);
	leaves(g, host);
	others_come_and_go(host);
	CHECK_CODE(fake_ask(host, "{'recroom':'lock'}"), NULL);
	CHECK_STR(with_token("small", token, &a), "locked");
	CHECK_CODE(fake_ask(host, "{'recroom':'lock','locked':false}"), NULL);
	g_free(token);
	g = named("small", "tom", false, 0, &gid);
	token = promoted(host, g, gid);
	leaves(g, host);
	others_come_and_go(host);
	CHECK_CODE(fake_ask(host, "{'recroom':'lock'}"), NULL);
	CHECK_STR(with_token("small", token, &a), "joined");
	CHECK_STR(json_str(a, "role"), "host");
	CHECK_STR(json_str(a, "id"), gid);
	CHECK_CODE(fake_ask(host, "{'recroom':'end_call'}"), NULL);
	CHECK(fake_expect(host, "leaving", NULL, SOON_MS));
	CHECK_STR(with_token("small", token, &a), "joined");
	CHECK_STR(json_str(a, "role"), "guest");
	g_free(token);
	harness_end();
}

/* Who is refused the role that the secret gives is not left in the call, as a host without a handle. */
static void test_refused_secret_leaves_nobody(void)
{
	char *token, *more;
	struct fake_handle *g;
	const char *gid;
	json_t *a;

	begin();
	token = jwt("demo", "only", false, GRANT_ONLY);
	more = g_strdup_printf("'token':'%s','secret':'hosthost'", token);
	CHECK_STR(how(join(fake_attach(), "demo", more)), "forbidden");
	g = named("demo", "gus", false, 0, &gid);
	a = fake_ask(g, "{'recroom':'listparticipants','room':'demo'}");
	CHECK_INT(json_array_size(json_object_get(a, "participants")), 1);
	g_free(more);
	free(token);
	harness_end();
}

/* --- the hosts leave --- */

static const char *recording_of(struct fake_handle *host)
{
	json_t *a = fake_ask(host, "{'recroom':'start_recording'}");

	CHECK_CODE(a, NULL);
	return json_str(a, "recordingId");
}

static void check_reason(const char *id, const char *reason)
{
	char *dir = g_build_filename(fake_folder(), "recordings", id, NULL);
	struct recorded *r = recorded_load(dir, false);

	CHECK(r);
	CHECK_STR(json_str(recorded_line(r, "stop", NULL, NULL, 0), "reason"), reason);
	recorded_free(&r);
	g_free(dir);
}

/* A handle that has not joined and shows this token. */
static struct fake_handle *following(const char *rec, const char *token)
{
	struct fake_handle *h = fake_attach();

	CHECK_CODE(fake_ask(h, "{'recroom':'follow','room':'demo','recordingId':'%s','token':'%s'}", rec, token), NULL);
	return h;
}

/* Once it has been told what was to be told before it asked. */
static int heard(struct fake_handle *h)
{
	fake_ask(h, "{'recroom':'exists','room':'demo'}");
	return fake_count(h, "event", "recordingstopped");
}

/* Who was a host follows no more, wherever they are: a kicked one, and one who was demoted and left; nor do handles that showed a token of theirs. The one
 * who stays hears of it where they are. */
static void test_following_ends(void)
{
	struct fake_handle *boss, *kicked, *demoted, *left, *by_kims, *by_doras, *by_leas;
	const char *bid, *kid, *did, *lid, *rec;
	char *kims;

	begin();
	boss = named("demo", "boss", true, 0, &bid);
	kicked = named("demo", "kim", true, 0, &kid);
	demoted = named("demo", "dora", true, 0, &did);
	left = named("demo", "lea", true, 0, &lid);
	rec = recording_of(boss);
	CHECK_CODE(fake_ask(kicked, "{'recroom':'follow','recordingId':'%s'}", rec), NULL);
	CHECK_CODE(fake_ask(demoted, "{'recroom':'follow','recordingId':'%s'}", rec), NULL);
	CHECK_CODE(fake_ask(left, "{'recroom':'follow','recordingId':'%s'}", rec), NULL);
	kims = jwt("demo", "kim", true, 0);
	by_kims = following(rec, kims);
	by_doras = following(rec, json_str(fake_ask(demoted, "{'recroom':'configure'}"), "token"));
	by_leas = following(rec, json_str(fake_ask(left, "{'recroom':'configure'}"), "token"));
	CHECK_CODE(fake_ask(boss, "{'recroom':'kick','id':'%s'}", kid), NULL);
	CHECK(fake_expect(kicked, "leaving", NULL, SOON_MS));
	CHECK_CODE(fake_ask(boss, "{'recroom':'demote','id':'%s'}", did), NULL);
	leaves(demoted, boss);
	leaves(left, boss);
	CHECK_CODE(fake_ask(boss, "{'recroom':'stop_recording'}"), NULL);
	CHECK(fake_expect(left, "event", "recordingstopped", SOON_MS));
	CHECK(fake_expect(boss, "event", "recordingstopped", SOON_MS));
	CHECK_INT(fake_count(kicked, "event", "recordingstopped"), 0);
	CHECK_INT(fake_count(demoted, "event", "recordingstopped"), 0);
	CHECK(fake_expect(by_leas, "event", "recordingstopped", SOON_MS));
	CHECK_INT(heard(by_kims), 0);
	CHECK_INT(heard(by_doras), 0);
	free(kims);
	harness_end();
}

/* Let in, and the call ends before they are in: they open none of their own. */
static void test_let_in_as_the_call_ends(void)
{
	enum { ROUNDS = 8, WAITERS = 4 };
	struct fake_handle *boss, *w[WAITERS];
	const char *bid, *call;

	begin();
	for (int round = 0; round < ROUNDS; round++) {
		boss = fake_attach();
		call = json_str(join_jwt(boss, "ends", "boss", true, 0), "callId");
		for (int i = 0; i < WAITERS; i++) {
			w[i] = fake_attach();
			CHECK_STR(how(join(w[i], "ends", "")), "waiting");
		}
		fake_send(boss, "t1", json_pack("{ss sb}", "recroom", "admit", "all", 1), NULL);
		fake_send(boss, "t2", json_pack("{ss}", "recroom", "end_call"), NULL);
		CHECK(fake_expect(boss, "leaving", NULL, SOON_MS));
		/* Each strand is through with it when it has answered; whoever came in did so into the call of before. */
		for (int i = 0; i < WAITERS; i++) {
			struct fake_event *e;

			fake_ask(w[i], "{'recroom':'listparticipants','room':'ends'}");
			e = fake_await(w[i], "recroom", "joined", 0);
			CHECK(!e || !strcmp(json_str(e->message, "callId"), call));
		}
		for (int i = 0; i < WAITERS; i++)
			fake_forget(w[i]);
		fake_forget(boss);
	}
	boss = named("ends", "boss", true, 0, &bid);
	CHECK_STR(bid, "user1");
	harness_end();
}

static void test_recording_stops_without_host(void)
{
	struct fake_handle *host, *g;
	char *id;

	begin();
	host = host_of("stops");
	g = inside("stops", "", NULL);
	id = g_strdup(recording_of(host));
	fake_forget(host);
	CHECK(fake_expect(g, "event", "recordingstopped", SOON_MS));
	check_reason(id, "host_left");
	CHECK_INT(fake_count(g, "event", "callended"), 0);
	CHECK_STR(how(join(fake_attach(), "stops", "")), "joined");
	g_free(id);
	harness_end();
}

static void test_call_ends_without_host(void)
{
	struct fake_handle *host, *g, *waits;
	char *id, *call, *resume;
	json_t *a;

	begin();
	host = fake_attach();
	a = join(host, "ends", "'secret':'hosthost'");
	call = g_strdup(json_str(a, "callId"));
	g = fake_attach();
	waits = fake_attach();
	join(g, "ends", "");
	CHECK_CODE(fake_ask(host, "{'recroom':'admit','all':true}"), NULL);
	CHECK(fake_await(g, "recroom", "joined", SOON_MS));
	resume = g_strdup(json_str(fake_expect(g, "recroom", "joined", SOON_MS)->message, "resume"));
	join(waits, "ends", "");
	id = g_strdup(recording_of(host));
	fake_forget(host);
	CHECK(fake_expect(g, "event", "callended", SOON_MS));
	CHECK(fake_expect(g, "reason", "callended", SOON_MS));
	CHECK(fake_expect(waits, "reason", "callended", SOON_MS));
	CHECK_CODE(fake_ask(g, "{'recroom':'recording_status'}"), "not_joined");
	back_in(g, "ends", resume, "unauthorized");
	a = join(fake_attach(), "ends", "'secret':'hosthost'");
	CHECK_STR(how(a), "joined");
	CHECK(strcmp(json_str(a, "callId"), call));
	CHECK(json_is_null(json_object_get(a, "recording")));
	harness_end();
	g_free(id);
	g_free(call);
	g_free(resume);
}

/* Within the grace time nothing happens; neither does it where the room says so, nor without anybody who was ever host. */
static void test_back_in_time(void)
{
	struct fake_handle *host, *g, *quiet;
	char *resume = NULL;
	json_t *a;

	begin();
	quiet = inside("ends", "'secret':'hosthost'", NULL);
	CHECK_CODE(fake_ask(quiet, "{'recroom':'leave'}"), NULL);
	host = inside("patient", "'secret':'hosthost'", &resume);
	g = inside("patient", "", NULL);
	recording_of(host);
	leaves(host, g);
	a = fake_ask(host, "{'recroom':'join','room':'patient','resume':'%s'}", resume);
	CHECK_STR(json_str(a, "role"), "host");
	CHECK_STR(json_str(json_object_get(a, "recording"), "status"), "recording");
	CHECK_CODE(fake_ask(host, "{'recroom':'stop_recording'}"), NULL);
	g_free(resume);
	/* Here the time is over at once. */
	host = host_of("goes_on");
	g = inside("goes_on", "", NULL);
	recording_of(host);
	leaves(host, g);
	inside("stops", "", NULL);
	/* The ticker has come by when a room with one second is through with it. */
	host = host_of("stops");
	recording_of(host);
	quiet = inside("stops", "", NULL);
	fake_forget(host);
	CHECK(fake_expect(quiet, "event", "recordingstopped", SOON_MS));
	CHECK_STR(json_str(fake_ask(g, "{'recroom':'recording_status'}"), "status"), "recording");
	CHECK_INT(fake_count(g, "event", "callended"), 0);
	harness_end();
}

static void test_end_call(void)
{
	struct fake_handle *host, *other, *g, *sub;
	char *id, *resume = NULL;
	json_t *a;

	begin();
	host = host_of("demo");
	other = host_of("demo");
	g = inside("demo", "", &resume);
	sub = fake_attach();
	CHECK_CODE(fake_ask(sub, "{'recroom':'join','room':'demo','ptype':'subscriber','streams':[],'resume':'%s'}", resume), NULL);
	id = g_strdup(recording_of(host));
	CHECK_CODE(fake_ask(g, "{'recroom':'end_call'}"), "not_host");
	CHECK_CODE(fake_ask(host, "{'recroom':'lock'}"), NULL);
	CHECK_CODE(fake_ask(host, "{'recroom':'end_call'}"), NULL);
	CHECK(fake_expect(host, "event", "callended", SOON_MS) && fake_expect(other, "event", "callended", SOON_MS) && fake_expect(g, "event", "callended", SOON_MS));
	CHECK(fake_expect(host, "leaving", NULL, SOON_MS) && fake_expect(other, "leaving", NULL, SOON_MS) && fake_expect(g, "leaving", NULL, SOON_MS));
	CHECK(fake_expect(sub, "leaving", NULL, SOON_MS));
	CHECK_CODE(fake_ask(g, "{'recroom':'listparticipants'}"), "not_joined");
	back_in(g, "demo", resume, "unauthorized");
	/* The lock has gone with the call, and so have all who were there. */
	a = join(g, "demo", "");
	CHECK_STR(how(a), "joined");
	CHECK_STR(json_str(a, "id"), "user1");
	CHECK_INT(json_array_size(json_object_get(a, "participants")), 0);
	CHECK_INT(fake_stop(), 0);     /* the recording is written to its end */
	check_reason(id, "host");
	fake_cleanup();
	g_free(id);
	g_free(resume);
}

/* --- muted by a host --- */

/* A stream as listparticipants shows it, NULL while it does not. */
static json_t *stream_of(struct fake_handle *h, const char *id, const char *source)
{
	json_t *people = json_object_get(fake_ask(h, "{'recroom':'listparticipants'}"), "participants"), *p, *s;
	size_t i, k;

	json_array_foreach(people, i, p)
		if (!strcmp(json_str(p, "id"), id))
			json_array_foreach(json_object_get(p, "streams"), k, s)
				if (!strcmp(json_str(s, "source"), source))
					return s;
	return NULL;
}

static bool muted(struct peer *host, struct peer *who, const char *source)
{
	json_t *s = NULL;

	for (int64_t until_us = clock_mono_us() + SOON_MS * 1000LL; !s && clock_mono_us() < until_us; g_usleep(5000))
		s = stream_of(peer_pub(host), peer_id(who), source);
	CHECK(s);
	CHECK_INT(json_is_true(json_object_get(s, "muted")), json_is_true(json_object_get(s, "moderated")));
	return json_is_true(json_object_get(s, "muted"));
}

static void test_mute_holds_for_the_person(void)
{
	struct peer *host, *g;
	struct fake_event *e;
	char *id;
	json_t *a;
	struct recorded *r;
	char *dir;

	begin();
	host = harness_host("Hedy");
	g = harness_guest("Gus");
	id = g_strdup(recording_of(peer_pub(host)));
	CHECK_INT(peer_publish(g, "audio"), 0);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':true}", peer_id(g)), NULL);
	e = fake_expect(peer_pub(g), "event", "moderated", SOON_MS);
	CHECK(e && json_is_true(json_object_get(e->message, "muted")) && !json_object_get(e->message, "source"));
	CHECK_STR(json_str(e->message, "by"), peer_id(host));
	CHECK(fake_expect(peer_pub(g), "event", "trackmuted", SOON_MS));
	CHECK(muted(host, g, "audio"));
	/* Neither the person's own unmuting nor another camera nor publishing anew changes it. */
	CHECK_CODE(fake_ask(peer_pub(g), "{'recroom':'configure','streams':[{'mid':'0','send':true}]}"), NULL);
	CHECK(muted(host, g, "audio"));
	CHECK_INT(peer_add(g, "video"), 0);
	CHECK(muted(host, g, "video"));
	CHECK_INT(peer_remove(g, "audio"), 0);
	CHECK_INT(peer_add(g, "audio2"), 0);
	CHECK(muted(host, g, "audio2"));
	CHECK_CODE(fake_ask(peer_pub(g), "{'recroom':'unpublish'}"), NULL);
	peer_stop(g);
	/* A host gives one back, and then all. */
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':false}", peer_id(g)), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':false,'source':'video'}", peer_id(g)), "no_such_stream");
	a = fake_ask(peer_pub(host), "{'recroom':'stop_recording'}");
	CHECK_CODE(a, NULL);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", SOON_MS));
	dir = g_build_filename(fake_folder(), "recordings", id, NULL);
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_INT(recorded_count(r, "moderated", peer_id(g), NULL), 2);
	CHECK_STR(json_str(recorded_line(r, "moderated", peer_id(g), NULL, 0), "by"), peer_id(host));
	CHECK(json_is_false(json_object_get(recorded_line(r, "moderated", peer_id(g), NULL, 1), "muted")));
	recorded_free(&r);
	harness_end();
	peer_free(host);
	peer_free(g);
	g_free(dir);
	g_free(id);
}

static void test_mute_of_one_source(void)
{
	struct peer *host, *g;

	begin();
	host = harness_host("Hedy");
	g = harness_guest("Gus");
	CHECK_INT(peer_publish(g, "audio,video"), 0);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':true,'source':'audio'}", peer_id(g)), NULL);
	CHECK(fake_expect(peer_pub(g), "source", "audio", SOON_MS));
	CHECK(muted(host, g, "audio") && !muted(host, g, "video"));
	CHECK_INT(peer_remove(g, "audio"), 0);
	CHECK_INT(peer_add(g, "audio2"), 0);
	CHECK(muted(host, g, "audio2") && !muted(host, g, "video"));
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':false,'source':'audio2'}", peer_id(g)), NULL);
	CHECK(!muted(host, g, "audio2"));
	peer_stop(g);
	harness_end();
	peer_free(host);
	peer_free(g);
}

/* A host mutes and unmutes while the person publishes again and again: in the end it is as was said last. */
static void *renegotiate(void *arg)
{
	struct peer *g = arg;

	for (int i = 0; i < 12; i++) {
		CHECK_INT(peer_add(g, "video"), 0);
		CHECK_INT(peer_remove(g, "video"), 0);
	}
	CHECK_INT(peer_add(g, "video"), 0);
	return NULL;
}

static void test_mute_races_publishing(void)
{
	struct peer *host, *g;
	pthread_t thread;

	begin();
	host = harness_host("Hedy");
	g = harness_guest("Gus");
	CHECK_INT(peer_publish(g, "audio"), 0);
	pthread_create(&thread, NULL, renegotiate, g);
	for (int i = 0; i <= 40; i++)
		CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':%s}", peer_id(g), i % 2 ? "true" : "false"), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','mute':true}", peer_id(g)), NULL);
	pthread_join(thread, NULL);
	CHECK(muted(host, g, "audio") && muted(host, g, "video"));
	peer_stop(g);
	harness_end();
	peer_free(host);
	peer_free(g);
}

/* --- what the recording keeps of it --- */

static void test_roles_in_the_recording(void)
{
	struct fake_handle *host, *g;
	const char *hid, *gid;
	char *id, *dir, *path;
	struct recorded *r;
	json_t *file, *people;

	begin();
	host = named("demo", "herta", true, 0, &hid);
	g = named("demo", "gus", false, 0, &gid);
	id = g_strdup(recording_of(host));
	CHECK_CODE(fake_ask(host, "{'recroom':'transfer_host','id':'%s'}", gid), NULL);
	CHECK_CODE(fake_ask(g, "{'recroom':'stop_recording'}"), NULL);
	CHECK(fake_expect(host, "event", "recordingstopped", SOON_MS));
	dir = g_build_filename(fake_folder(), "recordings", id, NULL);
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_STR(json_str(recorded_line(r, "joined", hid, NULL, 0), "role"), "host");
	CHECK_STR(json_str(recorded_line(r, "role", gid, NULL, 0), "role"), "host");
	CHECK_STR(json_str(recorded_line(r, "role", gid, NULL, 0), "by"), hid);
	CHECK_STR(json_str(recorded_line(r, "role", hid, NULL, 0), "role"), "guest");
	path = g_build_filename(dir, "participants.json", NULL);
	file = json_load_file(path, 0, NULL);
	people = json_object_get(file, "participants");
	CHECK_STR(json_str(json_object_get(people, gid), "role"), "host");
	CHECK_STR(json_str(json_object_get(people, hid), "role"), "guest");
	CHECK_STR(json_str(json_object_get(people, hid), "identity"), "herta");
	json_decref(file);
	recorded_free(&r);
	harness_end();
	g_free(path);
	g_free(dir);
	g_free(id);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_promote_and_demote), TEST(test_transfer), TEST(test_grants), TEST(test_old_token), TEST(test_following_ends), TEST(test_let_in_as_the_call_ends), TEST(test_refused_secret_leaves_nobody),
		 TEST(test_recording_stops_without_host), TEST(test_call_ends_without_host),
		TEST(test_back_in_time), TEST(test_end_call), TEST(test_mute_holds_for_the_person), TEST(test_mute_of_one_source),
		TEST(test_mute_races_publishing), TEST(test_roles_in_the_recording),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 4, argc, argv);
}

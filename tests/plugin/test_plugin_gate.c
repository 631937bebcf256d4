/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who comes in: each admission, lock, role and way of coming back; the lobby and all the ways out of it; who was kicked.
 */
#include <stdatomic.h>
#include "tests/plugin/gate_people.h"

#define ROOMS(limits) \
	"capture: { durability = \"none\"; call_end_grace_s = 1 }\n" \
	"limits: { " HARNESS_NO_PACE " " limits " }\n" \
	"rooms: (\n" \
	"  { id = \"open\"; host_secret = \"hosthost\" },\n" \
	"  { id = \"host\"; host_secret = \"hosthost\"; admission = \"host\" },\n" \
	"  { id = \"lobby\"; host_secret = \"hosthost\"; admission = \"lobby\"; secret = \"roomroom\" },\n" \
	"  { id = \"small\"; host_secret = \"hosthost\"; admission = \"lobby\"; people = 2 },\n" \
	"  { id = \"hidden\"; host_secret = \"hosthost\"; listed = false; locked = true }\n" \
	")\n"

static void begin(void)
{
	harness_start_with(ROOMS(""));
}

/* --- admission × lock × host here × who comes --- */

enum { LOCKED = 1, HOST_HERE = 2 };

static void test_who_comes_in(void)
{
	static const struct { const char *admission; int facts; const char *newcomer; } rows[] = {
		{ "open", 0, "joined" }, { "open", HOST_HERE, "joined" }, { "open", HOST_HERE | LOCKED, "locked" }, { "open", LOCKED, "locked" },
		{ "host", 0, "waiting" }, { "host", HOST_HERE, "joined" }, { "host", HOST_HERE | LOCKED, "locked" }, { "host", LOCKED, "locked" },
		{ "lobby", 0, "waiting" }, { "lobby", HOST_HERE, "waiting" }, { "lobby", HOST_HERE | LOCKED, "locked" }, { "lobby", LOCKED, "locked" },
	};
	struct fake_handle *operator;

	begin();
	operator = fake_attach();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct fake_handle *h[8];
		char *resume = NULL;

		/* One who was here and has left, and one who keeps the call alive when the host goes. */
		CHECK_CODE(fake_ask(operator, "{'recroom':'create','room':'r','host_secret':'hosthost','admin_key':'adminadmin'}"), NULL);
		h[0] = host_of("r");
		h[1] = inside("r", "", &resume);
		h[2] = inside("r", "", NULL);
		CHECK_CODE(fake_ask(operator, "{'recroom':'edit','room':'r','admin_key':'adminadmin','new_admission':'%s'}", rows[i].admission), NULL);
		leaves(h[1], h[2]);
		CHECK_CODE(fake_ask(h[0], "{'recroom':'lock','locked':%s}", rows[i].facts & LOCKED ? "true" : "false"), NULL);
		if (!(rows[i].facts & HOST_HERE))
			leaves(h[0], h[2]);
		for (int k = 3; k < 8; k++)
			h[k] = fake_attach();
		if (strcmp(how(join(h[3], "r", "")), rows[i].newcomer))
			TEST_FAIL("row %zu", i);
		CHECK_STR(how(join_jwt(h[4], "r", "anna", false, 0)), rows[i].newcomer);
		back_in(h[5], "r", resume, "joined");
		CHECK_STR(how(join_jwt(h[6], "r", "herta", true, GRANT_RECORD)), "joined");
		CHECK_STR(how(join(h[7], "r", "'secret':'hosthost'")), "joined");
		CHECK_CODE(fake_ask(operator, "{'recroom':'destroy','room':'r','admin_key':'adminadmin'}"), NULL);
		for (int k = 0; k < 8; k++)
			fake_forget(h[k]);
		g_free(resume);
	}
	harness_end();
}

/* --- the lobby --- */

static const char *wait_at(struct fake_handle *h, const char *room, const char *more)
{
	json_t *a = join(h, room, more);

	CHECK_STR(how(a), "waiting");
	return json_str(a, "id");
}

static void test_lobby(void)
{
	struct fake_handle *host, *g = NULL, *other;
	struct fake_event *e;
	const char *id;
	json_t *list;

	begin();
	host = host_of("lobby");
	g = fake_attach();
	id = wait_at(g, "lobby", "'display':'Gus'");
	e = fake_expect(host, "event", "waiting", SOON_MS);
	CHECK(e);
	CHECK_STR(json_str(e->message, "id"), id);
	CHECK_STR(json_str(e->message, "display"), "Gus");
	/* A second host finds them in both lists; guests find none. */
	other = fake_attach();
	list = json_object_get(join(other, "lobby", "'secret':'hosthost'"), "waiting");
	CHECK_STR(json_str(json_array_get(list, 0), "id"), id);
	list = json_object_get(fake_ask(host, "{'recroom':'listparticipants'}"), "waiting");
	CHECK_STR(json_str(json_array_get(list, 0), "display"), "Gus");
	CHECK_INT(json_array_size(json_object_get(fake_ask(host, "{'recroom':'admit','id':'%s'}", id), "admitted")), 1);
	e = fake_expect(g, "recroom", "joined", SOON_MS);
	CHECK(e && !e->transaction && json_str(e->message, "resume") && json_str(e->message, "token"));
	CHECK_STR(json_str(e->message, "role"), "guest");
	CHECK(!json_object_get(e->message, "waiting"));
	CHECK_INT(json_array_size(json_object_get(e->message, "participants")), 2);
	CHECK(fake_expect(other, "event", "admitted", SOON_MS));
	CHECK(fake_expect(host, "joining", NULL, SOON_MS));
	CHECK(!json_object_get(fake_ask(g, "{'recroom':'listparticipants'}"), "waiting"));
	CHECK_CODE(fake_ask(host, "{'recroom':'admit','id':'%s'}", id), "no_such_participant");
	/* In again without waiting, by the secret that the event brought. */
	other = fake_attach();
	back_in(other, "lobby", json_str(e->message, "resume"), "joined");
	harness_end();
}

/* Who waits is told nothing and may nothing but leave. */
static void test_waiting_sees_nothing(void)
{
	static const char *const requests[] = {
		"'join','room':'lobby'", "'join','room':'open'", "'joinandconfigure','room':'open'", "'listparticipants'", "'configure'", "'publish'",
		"'start_recording'", "'recording_status'", "'admit','all':true", "'lock'", "'kick','id':'user1'", "'end_call'", "'subscribe','streams':[]",
	};
	struct fake_handle *host, *g, *third;

	begin();
	host = host_of("lobby");
	g = fake_attach();
	wait_at(g, "lobby", "");
	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
		CHECK_CODE(fake_ask(g, "{'recroom':%s}", requests[i]), "waiting");
	CHECK_CODE(fake_ask(g, "{'recroom':'exists','room':'open'}"), NULL);
	/* Things happen in the room. */
	third = inside("lobby", "'secret':'hosthost','display':'New'", NULL);
	CHECK_CODE(fake_ask(host, "{'recroom':'moderate','id':'user2','mute':true}"), NULL);
	fake_forget(third);
	CHECK(fake_expect(host, "leaving", NULL, SOON_MS));
	CHECK_INT(fake_count(g, "joining", NULL) + fake_count(g, "leaving", NULL) + fake_count(g, "event", "moderated"), 0);
	CHECK_STR(json_str(fake_ask(g, "{'recroom':'leave'}"), "leaving"), "ok");
	CHECK(fake_expect(host, "reason", "left", SOON_MS));
	CHECK_CODE(fake_ask(g, "{'recroom':'listparticipants'}"), "not_joined");
	CHECK_STR(how(join(g, "open", "")), "joined");
	harness_end();
}

static void test_denied(void)
{
	struct fake_handle *host, *g[3];
	const char *id;
	json_t *a;

	begin();
	host = host_of("lobby");
	for (int i = 0; i < 3; i++)
		g[i] = fake_attach();
	id = wait_at(g[0], "lobby", "");
	wait_at(g[1], "lobby", "");
	wait_at(g[2], "lobby", "");
	CHECK_CODE(fake_ask(host, "{'recroom':'deny','id':'%s'}", id), NULL);
	CHECK(fake_expect(g[0], "reason", "denied", SOON_MS));
	CHECK(fake_expect(host, "event", "denied", SOON_MS));
	CHECK_CODE(fake_ask(host, "{'recroom':'deny'}"), "missing_element");
	CHECK_CODE(fake_ask(host, "{'recroom':'deny','id':'%s','all':true}", id), "invalid_element");
	CHECK_CODE(fake_ask(host, "{'recroom':'deny','id':'user1'}"), "no_such_participant");
	a = fake_ask(host, "{'recroom':'deny','all':true}");
	CHECK_INT(json_array_size(json_object_get(a, "denied")), 2);
	CHECK(fake_expect(g[1], "reason", "denied", SOON_MS) && fake_expect(g[2], "reason", "denied", SOON_MS));
	CHECK_INT(json_array_size(json_object_get(fake_ask(host, "{'recroom':'admit','all':true}"), "admitted")), 0);
	/* It may ask again. */
	wait_at(g[0], "lobby", "");
	CHECK_INT(json_array_size(json_object_get(fake_ask(host, "{'recroom':'admit','all':true}"), "admitted")), 1);
	CHECK(fake_expect(g[0], "recroom", "joined", SOON_MS));
	harness_end();
}

/* Who waits for a host comes in when one does, unless the call is locked; a locked call waits for the lock as well. */
static void test_waits_for_a_host(void)
{
	struct fake_handle *host, *g[2];
	json_t *a, *people;

	begin();
	g[0] = fake_attach();
	a = join(g[0], "host", "");
	CHECK_STR(json_str(a, "reason"), "host");
	g[1] = fake_attach();
	wait_at(g[1], "host", "");
	host = host_of("host");
	CHECK(fake_expect(g[0], "recroom", "joined", SOON_MS) && fake_expect(g[1], "recroom", "joined", SOON_MS));
	leaves(host, g[0]);
	fake_forget(g[1]);
	g[1] = fake_attach();
	wait_at(g[1], "host", "");
	CHECK_CODE(fake_ask(g[1], "{'recroom':'edit','room':'host','admin_key':'adminadmin','new_locked':true}"), NULL);
	host = host_of("host");
	people = fake_ask(host, "{'recroom':'listparticipants'}");
	CHECK_INT(json_array_size(json_object_get(people, "waiting")), 1);
	CHECK(json_flag(people, "locked", false));
	CHECK_CODE(fake_ask(host, "{'recroom':'lock','locked':false}"), NULL);
	CHECK(!json_flag(fake_ask(host, "{'recroom':'listparticipants'}"), "locked", true));
	CHECK(fake_expect(g[1], "recroom", "joined", SOON_MS));
	CHECK(fake_expect(g[0], "event", "locked", SOON_MS));
	harness_end();
}

/* An offer does not wait, nor does who says so. */
static void test_does_not_wait(void)
{
	begin();
	CHECK_STR(how(join(fake_attach(), "host", "'wait':false")), "no_host");
	CHECK_STR(how(join(fake_attach(), "lobby", "'wait':false")), "waiting");
	CHECK(json_object_get(join(fake_attach(), "lobby", "'wait':false"), "error_code"));
	CHECK_CODE(fake_ask(fake_attach(), "{'recroom':'joinandconfigure','room':'host'}"), "no_host");
	CHECK_CODE(fake_ask(fake_attach(), "{'recroom':'joinandconfigure','room':'lobby'}"), "waiting");
	CHECK_INT(json_array_size(json_object_get(fake_ask(host_of("lobby"), "{'recroom':'listparticipants'}"), "waiting")), 0);
	harness_end();
}

static void test_lobby_is_bounded(void)
{
	struct fake_handle *host, *g[4];

	harness_start_with(ROOMS("max_waiting = 3; waiting_s = 2;"));
	host = host_of("lobby");
	for (int i = 0; i < 4; i++)
		g[i] = fake_attach();
	for (int i = 0; i < 3; i++)
		wait_at(g[i], "lobby", "");
	CHECK_STR(how(join(g[3], "lobby", "")), "limit");
	CHECK_STR(how(join(fake_attach(), "open", "")), "joined");
	fake_forget(g[1]);
	CHECK(fake_expect(host, "reason", "left", SOON_MS));
	CHECK_STR(how(join(g[3], "lobby", "")), "waiting");
	CHECK(fake_expect(g[0], "reason", "timeout", SOON_MS));
	CHECK(fake_expect(host, "reason", "timeout", SOON_MS));
	CHECK(fake_expect(g[3], "reason", "timeout", SOON_MS));
	CHECK_STR(how(join(g[0], "lobby", "")), "waiting");
	harness_end();
}

/* More are admitted than there is place for. */
static void test_no_place(void)
{
	struct fake_handle *host, *g[2];
	int in, out;

	begin();
	host = host_of("small");
	for (int i = 0; i < 2; i++)
		wait_at(g[i] = fake_attach(), "small", "");
	CHECK_CODE(fake_ask(host, "{'recroom':'admit','all':true}"), NULL);
	CHECK_SOON(fake_count(g[0], "event", "denied") + fake_count(g[1], "event", "denied") + fake_count(g[0], "recroom", "joined") +
		   fake_count(g[1], "recroom", "joined") == 2);
	in = fake_count(g[0], "recroom", "joined") + fake_count(g[1], "recroom", "joined");
	out = fake_count(g[0], "reason", "call_full") + fake_count(g[1], "reason", "call_full");
	CHECK(in == 1 && out == 1);
	CHECK(fake_expect(host, "reason", "call_full", SOON_MS));
	harness_end();
}

static void test_room_ends_under_the_waiting(void)
{
	struct fake_handle *host, *g;

	begin();
	host = host_of("lobby");
	g = fake_attach();
	wait_at(g, "lobby", "");
	CHECK_CODE(fake_ask(host, "{'recroom':'end_call'}"), NULL);
	CHECK(fake_expect(g, "reason", "callended", SOON_MS));
	wait_at(g, "lobby", "");
	CHECK_CODE(fake_ask(host, "{'recroom':'destroy','room':'lobby','secret':'roomroom'}"), NULL);
	CHECK(fake_expect(g, "reason", "destroyed", SOON_MS));
	CHECK_STR(how(join(g, "lobby", "")), "no_such_room");
	CHECK_STR(how(join(g, "open", "")), "joined");
	harness_end();
}

/* --- kicked --- */

static const char *kicked_by(struct fake_handle *host, struct fake_handle *who, const char *id, const char *more)
{
	const char *code = json_str(fake_ask(host, "{'recroom':'kick','id':'%s'%s}", id, more), "code");

	if (!code)
		CHECK(fake_expect(who, "reason", "kicked", SOON_MS));
	return code;
}

static void test_kicked_with_identity(void)
{
	struct fake_handle *host, *g, *again;
	char *own, *more;
	json_t *a;

	begin();
	host = host_of("open");
	g = fake_attach();
	a = join_jwt(g, "open", "anna", false, 0);
	own = g_strdup(json_str(a, "token"));
	CHECK(!kicked_by(host, g, json_str(a, "id"), ""));
	again = fake_attach();
	CHECK_STR(how(join_jwt(again, "open", "anna", false, 0)), "denied");
	CHECK_STR(how(join_jwt(again, "open", "anna", true, 0)), "denied");
	more = g_strdup_printf("'token':'%s'", own);
	CHECK_STR(how(join(again, "open", more)), "denied");
	CHECK_STR(how(join_jwt(again, "open", "berta", false, 0)), "joined");
	g_free(more);
	g_free(own);
	harness_end();
}

/* Nobody has shown who they are: the secret, the token and the handle are known, and the name makes a host look. */
static void test_kicked_without_identity(void)
{
	struct fake_handle *host, *g, *again;
	char *own, *resume, *more;
	json_t *a;

	begin();
	host = host_of("open");
	g = fake_attach();
	a = join(g, "open", "'display':'Troll'");
	own = g_strdup(json_str(a, "token"));
	resume = g_strdup(json_str(a, "resume"));
	CHECK(!kicked_by(host, g, json_str(a, "id"), ""));
	CHECK_STR(how(join(g, "open", "'display':'Somebody'")), "denied");
	again = fake_attach();
	back_in(again, "open", resume, "denied");
	more = g_strdup_printf("'token':'%s'", own);
	CHECK_STR(how(join(again, "open", more)), "denied");
	CHECK_CODE(fake_ask(again, "{'recroom':'join','room':'open','ptype':'subscriber','streams':[],'resume':'%s'}", resume), "denied");
	CHECK_STR(how(join(again, "open", "'display':' troll '")), "waiting");
	CHECK(fake_expect(host, "event", "waiting", SOON_MS));
	CHECK_CODE(fake_ask(host, "{'recroom':'admit','all':true}"), NULL);
	CHECK(fake_expect(again, "recroom", "joined", SOON_MS));
	CHECK_STR(how(join(fake_attach(), "open", "'display':'Gus'")), "joined");
	CHECK_STR(how(join(fake_attach(), "open", "'display':'Troll','secret':'hosthost'")), "joined");
	g_free(more);
	g_free(own);
	g_free(resume);
	harness_end();
}

static void test_kicked_for_a_time(void)
{
	int64_t until_us = clock_mono_us() + SOON_MS * 1000LL;
	struct fake_handle *host, *g;
	char *resume;
	json_t *a;

	begin();
	host = host_of("open");
	g = fake_attach();
	a = join_jwt(g, "open", "anna", false, 0);
	CHECK_STR(kicked_by(host, g, json_str(a, "id"), ",'back_after_s':-1"), "invalid_element");
	CHECK_STR(kicked_by(host, g, json_str(a, "id"), ",'back_after_s':86401"), "invalid_element");
	resume = g_strdup(json_str(a, "resume"));
	CHECK(!kicked_by(host, g, json_str(a, "id"), ",'back_after_s':2"));
	CHECK_STR(how(join_jwt(g, "open", "anna", false, 0)), "denied");
	do {
		g_usleep(50000);
		a = join_jwt(g, "open", "anna", false, 0);
	} while (!strcmp(how(a), "denied") && clock_mono_us() < until_us);
	CHECK_STR(how(a), "joined");
	back_in(fake_attach(), "open", resume, "denied");
	/* At once, but as somebody new. */
	g_free(resume);
	g = fake_attach();
	a = join(g, "open", "'display':'Bo'");
	resume = g_strdup(json_str(a, "resume"));
	CHECK(!kicked_by(host, g, json_str(a, "id"), ",'back_after_s':0"));
	back_in(fake_attach(), "open", resume, "denied");
	CHECK_STR(how(join(g, "open", "'display':'Bo'")), "joined");
	g_free(resume);
	harness_end();
}

/* --- rooms --- */

static bool lists(struct fake_handle *h, const char *more, const char *room)
{
	json_t *list = json_object_get(fake_ask(h, "{'recroom':'list'%s}", more), "list"), *o;
	bool found = false;
	size_t i;

	json_array_foreach(list, i, o)
		found |= !strcmp(json_str(o, "room"), room);
	return found;
}

static void test_rooms(void)
{
	struct fake_handle *h;

	begin();
	h = fake_attach();
	CHECK(lists(h, "", "open") && !lists(h, "", "hidden"));
	CHECK_CODE(fake_ask(h, "{'recroom':'list','admin_key':'wrong'}"), "unauthorized");
	CHECK(lists(h, ",'admin_key':'adminadmin'", "hidden"));
	CHECK_STR(how(join(h, "hidden", "")), "locked");
	CHECK_CODE(fake_ask(h, "{'recroom':'edit','room':'hidden','admin_key':'adminadmin','new_listed':true,'new_locked':false}"), NULL);
	CHECK(lists(h, "", "hidden"));
	CHECK_CODE(fake_ask(h, "{'recroom':'edit','room':'lobby','secret':'roomroom','new_admission':'door'}"), "invalid_element");
	CHECK_CODE(fake_ask(h, "{'recroom':'edit','room':'lobby','secret':'roomroom','new_host_grace_s':-1}"), "invalid_element");
	CHECK_CODE(fake_ask(h, "{'recroom':'create','room':'x','admin_key':'adminadmin','host_leaves':'x'}"), "invalid_element");
	CHECK_CODE(fake_ask(h, "{'recroom':'create','room':'made','admin_key':'adminadmin','admission':'lobby','host_leaves':'stop','host_grace_s':3,'listed':false}"), NULL);
	CHECK(!lists(h, "", "made"));
	CHECK_STR(how(join(h, "made", "")), "waiting");
	/* Whoever waits comes in when the room is opened. */
	CHECK_CODE(fake_ask(h, "{'recroom':'edit','room':'made','admin_key':'adminadmin','new_admission':'open'}"), NULL);
	CHECK(fake_expect(h, "recroom", "joined", SOON_MS));
	harness_end();
}

/* --- many at once --- */

enum { HOSTS = 2, WAITERS = 4, ROUNDS = 25, FULL_ROUNDS = 1000 };

struct waiter_thread { pthread_t thread; unsigned seed; int rounds; };

static atomic_bool race_over;

static int rounds(void)
{
	const char *s = getenv("RECROOM_FULL");

	return s && *s ? FULL_ROUNDS : ROUNDS;
}

/* Waits, and is let in, turned away, or gone at some moment of that. */
static void *wait_and_go(void *arg)
{
	struct waiter_thread *t = arg;
	GRand *rand = g_rand_new_with_seed(t->seed);

	for (int i = 0; i < t->rounds; i++) {
		struct fake_handle *h = fake_attach();

		fake_send(h, NULL, json_pack("{ss ss ss}", "recroom", "join", "room", "lobby", "display", "W"), NULL);
		if (g_rand_boolean(rand))
			fake_await(h, "recroom", "waiting", 200);
		if (g_rand_boolean(rand))
			fake_await(h, g_rand_boolean(rand) ? "resume" : "reason", NULL, 50);
		if (!g_rand_int_range(rand, 0, 4))
			fake_send(h, NULL, json_pack("{ss}", "recroom", "leave"), NULL);
		fake_forget(h);
	}
	g_rand_free(rand);
	return NULL;
}

/* Admits and denies whomever it sees, and leaves now and then. */
static void *host_and_leave(void *arg)
{
	struct waiter_thread *t = arg;
	GRand *rand = g_rand_new_with_seed(t->seed);
	static const char *const acts[] = { "admit','all':true,'x':'", "deny','all':true,'x':'", "admit','id':'wait", "deny','id':'wait", "lock','x':'",
					    "lock','locked':false,'x':'", "listparticipants','x':'", "promote','id':'user", "kick','id':'user",
					    "demote','id':'user", "leave','x':'", "end_call','x':'" };
	struct fake_handle *h = NULL;

	for (int n = 1; !atomic_load(&race_over); n++) {
		const char *act = acts[g_rand_int_range(rand, 0, G_N_ELEMENTS(acts))];
		char *text;

		if (!h)
			h = fake_attach();
		text = g_strdup_printf("{'recroom':'%s%d'}", act, g_rand_int_range(rand, MAX(1, n / 2 - 8), n + 2));
		fake_send(h, NULL, json_pack("{ss ss ss}", "recroom", "join", "room", "lobby", "secret", "hosthost"), NULL);
		fake_send(h, NULL, json_loads(g_strdelimit(text, "'", '"'), 0, NULL), NULL);
		fake_settle(h);
		g_free(text);
		if (!g_rand_int_range(rand, 0, 12))
			fake_forget(g_steal_pointer(&h));
		g_usleep(2000);
	}
	if (h)
		fake_forget(h);
	g_rand_free(rand);
	return NULL;
}

static void test_race(void)
{
	unsigned seed = getenv("RECROOM_SEED") ? (unsigned)atoi(getenv("RECROOM_SEED")) : (unsigned)g_get_real_time();
	struct waiter_thread hosts[HOSTS], waiters[WAITERS];
	struct fake_handle *h;

	printf("seed %u\n", seed);
	begin();
	for (unsigned i = 0; i < HOSTS; i++) {
		hosts[i] = (struct waiter_thread){ .seed = seed + i };
		pthread_create(&hosts[i].thread, NULL, host_and_leave, &hosts[i]);
	}
	for (unsigned i = 0; i < WAITERS; i++) {
		waiters[i] = (struct waiter_thread){ .seed = seed + 100 + i, .rounds = rounds() };
		pthread_create(&waiters[i].thread, NULL, wait_and_go, &waiters[i]);
	}
	for (unsigned i = 0; i < WAITERS; i++)
		pthread_join(waiters[i].thread, NULL);
	atomic_store(&race_over, true);
	for (unsigned i = 0; i < HOSTS; i++)
		pthread_join(hosts[i].thread, NULL);
	/* Nobody is left in the lobby, and it works. */
	h = host_of("lobby");
	CHECK_CODE(fake_ask(h, "{'recroom':'lock','locked':false}"), NULL);
	CHECK_SOON(!json_array_size(json_object_get(fake_ask(h, "{'recroom':'listparticipants'}"), "waiting")));
	harness_end();
}

static void *knock(void *arg)
{
	struct waiter_thread *t = arg;

	for (int i = 0; i < t->rounds; i++) {
		struct fake_handle *h = fake_attach();

		fake_send(h, NULL, json_pack("{ss ss}", "recroom", "join", "room", "lobby"), NULL);
		fake_await(h, "resume", NULL, i % 2 ? SOON_MS : 0);
		fake_forget(h);
	}
	return NULL;
}

/* Whoever keeps a list by the events has nobody on it in the end, however quick the hosts are. */
static void test_hosts_hear_in_order(void)
{
	GHashTable *waiting = g_hash_table_new(g_str_hash, g_str_equal);
	struct waiter_thread waiters[3];
	struct fake_handle *quick, *listener;
	struct fake_event *e, *first;
	int heard = 0;

	begin();
	quick = host_of("lobby");
	listener = host_of("lobby");
	for (unsigned i = 0; i < 3; i++) {
		waiters[i] = (struct waiter_thread){ .rounds = 12 };
		pthread_create(&waiters[i].thread, NULL, knock, &waiters[i]);
	}
	for (int64_t until_us = clock_mono_us() + SOON_MS * 1000LL; fake_count(listener, "event", "waiting") < 18 && clock_mono_us() < until_us;)
		fake_ask(quick, "{'recroom':'admit','all':true}");
	for (unsigned i = 0; i < 3; i++) {
		fake_ask(quick, "{'recroom':'admit','all':true}");
		while (pthread_tryjoin_np(waiters[i].thread, NULL))
			fake_ask(quick, "{'recroom':'admit','all':true}");
	}
	CHECK_SOON(!json_array_size(json_object_get(fake_ask(quick, "{'recroom':'listparticipants'}"), "waiting")));
	CHECK_CODE(fake_ask(listener, "{'recroom':'lock'}"), NULL);
	first = fake_await(listener, "event", "locked", SOON_MS);
	CHECK(first);
	e = fake_await(listener, "event", "waiting", SOON_MS);
	CHECK(e);
	for (; e && e != first; e = e->next) {
		const char *event = json_str(e->message, "event"), *id = json_str(e->message, "id");

		if (!event || !id || strncmp(id, "wait", 4))
			continue;
		heard++;
		if (!strcmp(event, "waiting"))
			g_hash_table_add(waiting, (void *)id);
		else
			g_hash_table_remove(waiting, id);
	}
	CHECK(heard >= 36);
	CHECK_INT(g_hash_table_size(waiting), 0);
	harness_end();
	g_hash_table_destroy(waiting);
}

/* Two hosts decide about the same person: one of them does. */
static void test_two_hosts_one_person(void)
{
	struct fake_handle *a, *b;

	begin();
	a = host_of("lobby");
	b = host_of("lobby");
	for (int i = 0; i < 20; i++) {
		struct fake_handle *g = fake_attach();
		const char *id = wait_at(g, "lobby", "");
		int in, out;

		fake_send(a, NULL, json_pack("{ss ss}", "recroom", "admit", "id", id), NULL);
		fake_send(b, NULL, json_pack("{ss ss}", "recroom", "deny", "id", id), NULL);
		CHECK_SOON(fake_count(g, "recroom", "joined") + fake_count(g, "reason", "denied"));
		in = fake_count(g, "recroom", "joined");
		out = fake_count(g, "reason", "denied");
		CHECK_INT(in + out, 1);
		fake_forget(g);
	}
	harness_end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_who_comes_in), TEST(test_lobby), TEST(test_waiting_sees_nothing), TEST(test_denied), TEST(test_waits_for_a_host), TEST(test_does_not_wait),
		TEST(test_lobby_is_bounded), TEST(test_no_place), TEST(test_room_ends_under_the_waiting), TEST(test_kicked_with_identity),
		TEST(test_kicked_without_identity), TEST(test_kicked_for_a_time), TEST(test_rooms), TEST(test_race), TEST(test_hosts_hear_in_order), TEST(test_two_hosts_one_person),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 4, argc, argv);
}

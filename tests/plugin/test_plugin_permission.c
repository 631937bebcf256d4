/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The permission matrix of the Janus API: every request × everybody × every fault of a token, in the fake Janus. The table here was not made of the rules: what
 * it does not allow must be refused, and a request that it does not have fails the test (they are read out of plugins/request_*.c).
 */
#include <glib.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/json.h"
#include "tests/lib/catalog_rows.h"
#include "tests/lib/token_faults.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"

#define MINE "rec_demo_1795357800000_aaaaaa"
#define THEIRS "rec_other_1795357800000_cccccc"

/* Who asks, in the order of the table's columns: what join gets besides the room (NULL: this handle does not join), or how else the handle came to be. */
enum how { BY_TOKEN, STRANGER, NO_PROOF, BY_SECRET, SUBSCRIBES, KICKED, WAITING, ADMIN };
static const struct { const char *name; enum how how; bool host; unsigned grants; } people[] = {
	{ "nobody", STRANGER, false, 0 }, { "subscriber without proof", NO_PROOF, false, 0 }, { "kicked", KICKED, false, 0 },
	{ "waiting in a lobby", WAITING, false, 0 },
	{ "guest", BY_TOKEN, false, 0 }, { "guest+record", BY_TOKEN, false, GRANT_RECORD }, { "guest+download", BY_TOKEN, false, GRANT_DOWNLOAD },
	{ "guest+delete", BY_TOKEN, false, GRANT_DELETE }, { "guest+admit", BY_TOKEN, false, GRANT_ADMIT },
	{ "guest+publish", BY_TOKEN, false, GRANT_PUBLISH }, { "guest+subscribe", BY_TOKEN, false, GRANT_SUBSCRIBE }, { "guest only", BY_TOKEN, false, GRANT_ONLY },
	{ "subscriber of a guest", SUBSCRIBES, false, 0 }, { "subscriber of a host", SUBSCRIBES, true, 0 },
	{ "host by secret", BY_SECRET, true, 0 }, { "host", BY_TOKEN, true, 0 },
	{ "host record", BY_TOKEN, true, GRANT_RECORD }, { "host download", BY_TOKEN, true, GRANT_DOWNLOAD }, { "host delete", BY_TOKEN, true, GRANT_DELETE },
	{ "host admit", BY_TOKEN, true, GRANT_ADMIT }, { "host publish", BY_TOKEN, true, GRANT_PUBLISH }, { "host subscribe", BY_TOKEN, true, GRANT_SUBSCRIBE },
	{ "host only", BY_TOKEN, true, GRANT_ONLY },
	{ "Admin API", ADMIN, false, 0 },
};
enum { PEOPLE = G_N_ELEMENTS(people), ADMIN_AT = PEOPLE - 1 };

/* . allowed   J not_joined   A already_joined   H not_host   F forbidden   U unauthorized   W waiting
 * Columns: nobody, subscriber without proof, kicked, waiting | guest, with record download delete admit publish subscribe, only | subscribers of a guest, of a host |
 * host by secret, host, with record download delete admit publish subscribe, only | Admin API */
#define EVERYBODY    "....|........|..|.........|."
#define KEYHOLDER    "UUUU|UUUUUUUU|UU|UUUUUUUUU|."
#define NEWCOMER     "...W|AAAAAAAA|AA|AAAAAAAAA|F"
#define LEAVER       "JJJ.|........|..|.........|F"
#define ANY_HANDLE   "JJJW|........|..|.........|."
#define NOT_ADMIN    "JJJW|........|..|.........|F"
#define PUBLISHER    "JJJW|........|FF|.........|F"
#define SENDER       "JJJW|......FF|FF|.......FF|F"
#define SUBSCRIBER   "JJJW|FFFFFFFF|..|FFFFFFFFF|F"
#define ANY_HOST     "JJJW|HHHHHHHH|H.|.........|F"
#define HOST_RECORD  "JJJW|HHHHHHHH|H.|...FFF..F|F"
#define HOST_DELETE  "JJJW|HHHHHHHH|H.|..FF.F..F|F"
#define HOST_ADMIT   "JJJW|HHHHHHHH|H.|..FFF...F|F"
#define ADMIN_ONLY   "FFFF|FFFFFFFF|FF|FFFFFFFFF|."
#define FOLLOWER     "UUUU|HHHHHHHH|H.|.........|F"

/* Members are such that what is allowed changes nothing; what cannot be had so comes last. */
static const struct row {
	const char *name, *allowed, *members;
} table[] = {
	{ "create", KEYHOLDER, "'room':'demo'" },
	{ "edit", KEYHOLDER, "'room':'locked','new_videocodec':'h263'" },
	{ "exists", EVERYBODY, "'room':'demo'" },
	{ "list", EVERYBODY, "" },
	{ "listparticipants", ANY_HANDLE, "'room':'demo'" },
	{ "join", NEWCOMER, "'room':'demo','ptype':'spy'" },
	{ "joinandconfigure", NEWCOMER, "'room':'demo','display':7" },
	{ "publish", SENDER, "'descriptions':7" },
	{ "configure", NOT_ADMIN, "'descriptions':7" },
	{ "unpublish", PUBLISHER, "" },
	{ "subscribe", SUBSCRIBER, "'streams':7" },
	{ "unsubscribe", SUBSCRIBER, "'streams':7" },
	{ "update", SUBSCRIBER, "'subscribe':7" },
	{ "start", SUBSCRIBER, "" },
	{ "pause", SUBSCRIBER, "" },
	{ "recording_status", ANY_HANDLE, "'room':'demo'" },
	{ "start_recording", HOST_RECORD, "'layout':7" },
	{ "stop_recording", HOST_RECORD, "" },
	{ "pause_recording", HOST_RECORD, "" },
	{ "resume_recording", HOST_RECORD, "" },
	{ "set_layout", HOST_RECORD, "'layout':7" },
	{ "list_recordings", ANY_HOST, "'pageSize':'x'" },
	{ "get_recording", ANY_HOST, "'recordingId':'" THEIRS "'" },
	{ "delete_recording", HOST_DELETE, "'recordingId':'" THEIRS "'" },
	{ "recompose", HOST_RECORD, "'recordingId':'" THEIRS "'" },
	{ "cancel_job", HOST_RECORD, "'recordingId':'" THEIRS "'" },
	{ "share_recording", ANY_HOST, "'recordingId':'" THEIRS "'" },
	{ "revoke_share", ANY_HOST, "'recordingId':'" THEIRS "','shareId':'x'" },
	{ "consent", NOT_ADMIN, "'agree':7" },
	{ "exclude", HOST_RECORD, "'id':7" },
	{ "follow", FOLLOWER, "'room':'demo','recordingId':'" THEIRS "'" },
	{ "drain", ADMIN_ONLY, "" },
	{ "metrics", ADMIN_ONLY, "" },
	{ "reload", KEYHOLDER, "" },
	{ "admit", HOST_ADMIT, "'id':7" },
	{ "deny", HOST_ADMIT, "'id':7" },
	{ "lock", HOST_ADMIT, "'locked':7" },
	{ "promote", HOST_ADMIT, "'id':7" },
	{ "demote", HOST_ADMIT, "'id':7" },
	{ "transfer_host", HOST_ADMIT, "'id':7" },
	{ "kick", HOST_ADMIT, "'id':'user999'" },
	{ "moderate", HOST_ADMIT, "'id':'user999','mid':'0','mute':true" },
	{ "destroy", KEYHOLDER, "'room':1234" },
	{ "leave", LEAVER, "" },
	{ "end_call", "JJJJ|JJJJJJJJ|JJ|JJJJJJJJJ|F", "" },        /* they have left: see test_end_call */
};

static struct fault_keys faults;
static char faults_dir[64];
static struct { struct fake_handle *handle; struct peer *peer; char *token; } at[PEOPLE];
static struct peer *someone;           /* a host that kicks */

static char *config_text(void)
{
	static const char rooms[] = "rooms: ( { id = \"demo\"; host_secret = \"hosthost\" }, { id = \"locked\"; pin = \"1234\" }, { id = 1234 }, "
				    "{ id = \"lobby\"; admission = \"lobby\" } )\n";

	return g_strdup_printf("%slimits: { %s }\ntoken_keys: ( { kid = \"hs\"; alg = \"HS256\"; file = \"%s/hs\" }, { kid = \"rs\"; alg = \"RS256\"; "
			       "file = \"%s/rs\" }, { kid = \"es\"; alg = \"ES256\"; file = \"%s/es\" } )\n", rooms, HARNESS_NO_PACE, faults_dir,
			       faults_dir, faults_dir);
}

static void put_recordings(void)
{
	char *url = g_strdup_printf("sqlite:%s/recordings/recroom.db", fake_folder());
	struct catalog *c = NULL;

	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(add_stopped_recording(c, MINE, "demo", "Mine", 1795357800000), 0);
	CHECK_INT(add_stopped_recording(c, THEIRS, "other", "Theirs", 1795357800000), 0);
	catalog_close(&c);
	g_free(url);
}

static struct fake_handle *join_with(const char *members)
{
	struct fake_handle *h = fake_attach();
	json_t *a;

	CHECK(h);
	a = fake_ask(h, "{'recroom':'join','room':'demo',%s}", members);
	if (!json_str(a, "recroom") || json_str(a, "code"))
		TEST_FAIL("%s: %s", members, json_str(a, "code"));
	return h;
}

static void join_by_token(size_t p)
{
	char *members;

	at[p].token = good_token(&faults, "demo", people[p].host, people[p].grants);
	members = g_strdup_printf("'token':'%s','display':'%s'", at[p].token, people[p].name);
	at[p].handle = join_with(members);
	g_free(members);
}

static void subscribe(size_t p)
{
	char *members;

	at[p].peer = people[p].host ? harness_host("sub") : harness_guest("sub");
	members = g_strdup_printf("'ptype':'subscriber','resume':'%s','streams':[]", peer_resume(at[p].peer));
	at[p].handle = join_with(members);
	g_free(members);
}

static void come(size_t p)
{
	json_t *a;

	switch (people[p].how) {
	case BY_TOKEN: join_by_token(p); break;
	case SUBSCRIBES: subscribe(p); break;
	case BY_SECRET: at[p].handle = join_with("'secret':'hosthost'"); break;
	case STRANGER: at[p].handle = fake_attach(); break;
	case NO_PROOF:
		at[p].handle = fake_attach();
		a = fake_ask(at[p].handle, "{'recroom':'join','room':'demo','ptype':'subscriber','streams':[]}");
		CHECK_CODE(a, "unauthorized");
		break;
	case KICKED:
		at[p].peer = harness_guest("kicked");
		at[p].handle = peer_pub(at[p].peer);
		a = fake_ask(peer_pub(someone), "{'recroom':'kick','id':'%s'}", peer_id(at[p].peer));
		CHECK_CODE(a, NULL);
		CHECK(fake_await(at[p].handle, "leaving", NULL, 10000) || fake_await(at[p].handle, "reason", "kicked", 10000));
		break;
	case WAITING:
		at[p].handle = fake_attach();
		a = fake_ask(at[p].handle, "{'recroom':'join','room':'lobby'}");
		CHECK_STR(json_str(a, "recroom"), "waiting");
		break;
	case ADMIN: break;
	}
}

static void begin(void)
{
	char *config = config_text();

	harness_start_with(config);
	g_free(config);
	put_recordings();
	someone = harness_host("Hedy");
}

static void end(void)
{
	peer_stop(someone);
	for (size_t p = 0; p < PEOPLE; p++)
		if (at[p].peer)
			peer_stop(at[p].peer);
	harness_end();
	for (size_t p = 0; p < PEOPLE; p++) {
		if (at[p].peer)
			peer_free(at[p].peer);
		g_free(at[p].token);
	}
	peer_free(someone);
}

/* ---- the matrix ---- */

static char letter(const struct row *r, size_t person)
{
	for (const char *p = r->allowed; *p; p++)
		if (*p != '|' && person-- == 0)
			return *p;
	return '?';
}

/* Refusals say so; whatever else is answered, was allowed. */
static char judge(json_t *answer)
{
	static const struct { const char *code; char letter; } rows[] = {
		{ "not_joined", 'J' }, { "already_joined", 'A' }, { "waiting", 'W' }, { "not_host", 'H' }, { "forbidden", 'F' }, { "unauthorized", 'U' }, { "wrong_pin", 'P' },
		{ "token_expired", 'E' }, { "too_many_attempts", 'S' }, { "too_many_requests", 'S' }, { "invalid_request", '!' }, { "internal", '!' },
	};
	const char *code = answer ? json_str(answer, "code") : "internal";

	for (size_t i = 0; code && i < G_N_ELEMENTS(rows); i++)
		if (!strcmp(code, rows[i].code))
			return rows[i].letter;
	return '.';
}

static char ask(struct fake_handle *h, const struct row *r)
{
	char *text = g_strdup_printf("{'recroom':'%s'%s%s}", r->name, *r->members ? "," : "", r->members), got;
	json_t *body, *answer;

	if (h) {
		got = judge(fake_ask(h, "%s", text));
	} else {
		body = json_loads(g_strdelimit(text, "'", '"'), 0, NULL);
		answer = fake_plugin()->handle_admin_message(body);
		got = judge(answer);
		json_decref(answer);
		json_decref(body);
	}
	g_free(text);
	return got;
}

static bool in_table(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		if (!strcmp(table[i].name, name))
			return true;
	return false;
}

/* Counts rows of requests in a source file, { "name", params, WHO_…, and checks that the table has them. */
static size_t rows_of(const char *text)
{
	GRegex *re = g_regex_new("^\\t\\{ \"([a-z_]+)\", [a-z_A-Z]+, WHO_[A-Z_]+,", G_REGEX_MULTILINE, 0, NULL);
	GMatchInfo *m = NULL;
	size_t n = 0;

	for (g_regex_match(re, text, 0, &m); g_match_info_matches(m); g_match_info_next(m, NULL), n++) {
		char *name = g_match_info_fetch(m, 1);

		if (!in_table(name))
			TEST_FAIL("%s is a request, and the matrix does not say who may make it", name);
		g_free(name);
	}
	g_match_info_free(m);
	g_regex_unref(re);
	return n;
}

static void test_table_has_every_request(void)
{
	GDir *dir = g_dir_open(SRCDIR "/plugins", 0, NULL);
	const char *file;
	size_t n = 0;

	CHECK(dir);
	while ((file = g_dir_read_name(dir))) {
		char *path = g_build_filename(SRCDIR "/plugins", file, NULL), *text = NULL;

		if (g_str_has_prefix(file, "request_") && g_str_has_suffix(file, ".c") && g_file_get_contents(path, &text, NULL, NULL))
			n += rows_of(text);
		g_free(text);
		g_free(path);
	}
	g_dir_close(dir);
	CHECK_INT(n, G_N_ELEMENTS(table));
	for (size_t i = 0; i < n; i++)
		CHECK(letter(&table[i], PEOPLE) == '?' && letter(&table[i], ADMIN_AT) != '?');
}

static void test_everybody(void)
{
	begin();
	for (size_t p = 0; p < PEOPLE; p++)
		come(p);
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
		for (size_t p = 0; p < PEOPLE; p++) {
			char got = ask(at[p].handle, &table[i]);

			if (got != letter(&table[i], p))
				TEST_FAIL("%s, %s: %c, the table says %c", table[i].name, people[p].name, got, letter(&table[i], p));
		}
	end();
}

/* A token that is refused proves nothing: join is refused with its code, and afterwards the handle is nobody's, for every request. */
static void test_every_fault(void)
{
	begin();
	for (int f = 0; f < FAULTS; f++) {
		char *jwt = fault_token(&faults, (enum fault)f, "demo");
		const char *code = f == FAULT_OTHER_ROOM ? "unauthorized" : f == FAULT_TOO_LONG ? "invalid_element" : fault_codes[f];
		struct fake_handle *h = fake_attach();
		json_t *a = fake_ask(h, "{'recroom':'join','room':'demo','token':'%s'}", jwt);

		if (!json_str(a, "code") || strcmp(json_str(a, "code"), code))
			TEST_FAIL("fault %d (%s): %s, expected %s", f, jwt, json_str(a, "code"), code);
		/* beside a secret that is right it is refused as well */
		a = fake_ask(h, "{'recroom':'join','room':'demo','secret':'hosthost','token':'%s'}", jwt);
		CHECK(json_str(a, "code") && strcmp(json_str(a, "code"), "too_many_attempts"));
		for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
			char got = ask(h, &table[i]);

			if (got != letter(&table[i], 0))
				TEST_FAIL("fault %d, %s: %c, the table says %c", f, table[i].name, got, letter(&table[i], 0));
		}
		fake_forget(h);
		g_free(jwt);
	}
	end();
}

/* What REST asks in the name of a token's owner: the same rules, and one room. */
static void test_in_the_name_of(void)
{
	static const char *const by[] = { "start_recording", "stop_recording", "pause_recording", "resume_recording" };
	static const struct { const char *room; bool host; unsigned grants; char got; } rows[] = {
		{ "demo", false, 0, 'H' }, { "demo", false, GRANT_RECORD, 'H' }, { "demo", true, GRANT_DELETE, 'F' }, { "demo", true, GRANT_ONLY, 'F' },
	};

	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(by); i++)
		for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
			json_t *body = json_pack("{s:s,s:s,s:i,s:{s:s,s:s,s:b,s:i}}", "recroom", by[i], "room", "demo", "layout", 7, "by", "sub", "app", "room",
						 rows[k].room, "host", rows[k].host, "grants", (int)rows[k].grants);
			json_t *answer = fake_plugin()->handle_admin_message(body);

			if (judge(answer) != rows[k].got)
				TEST_FAIL("%s, row %zu: %c", by[i], k, judge(answer));
			json_decref(answer);
			json_decref(body);
		}
	end();
}

/* Ends the call, so each asks in one of its own. */
static void test_end_call(void)
{
	static const struct { bool host; unsigned grants; char got; } rows[] = {
		{ false, 0, 'H' }, { false, GRANT_ADMIT, 'H' }, { true, GRANT_RECORD, 'F' }, { true, GRANT_ONLY, 'F' }, { true, GRANT_ADMIT, '.' }, { true, 0, '.' },
	};
	static const struct row end_call = { "end_call", "", "" };

	begin();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *token = good_token(&faults, "locked", rows[i].host, rows[i].grants);
		struct fake_handle *h = fake_attach();
		json_t *a = fake_ask(h, "{'recroom':'join','room':'locked','token':'%s'}", token);

		CHECK_STR(json_str(a, "recroom"), "joined");
		if (ask(h, &end_call) != rows[i].got)
			TEST_FAIL("end_call, row %zu", i);
		g_free(token);
	}
	end();
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_table_has_every_request), TEST(test_everybody), TEST(test_every_fault), TEST(test_in_the_name_of), TEST(test_end_call),
	};
	char dir[] = "/tmp/recroom-faults-XXXXXX";
	int failed;

	harness_prepare(argv);
	if (!mkdtemp(dir))
		return 1;
	g_strlcpy(faults_dir, dir, sizeof(faults_dir));
	faults_open(&faults, dir);
	failed = harness_run(tests, G_N_ELEMENTS(tests), 2, argc, argv);
	faults_close(&faults);
	fs_remove_tree(dir);
	return failed;
}

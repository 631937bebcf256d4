/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/gate.c"
#include "test.h"

enum { LOCKED = 1, HERE = 2, HOST = 4, KNOWN = 8, ADMITTED = 16, KICKED = 32, RESEMBLES = 64, FACTS = 128 };

static struct gate_question question(int admission, int facts)
{
	return (struct gate_question){ .admission = admission, .locked = facts & LOCKED, .host_here = facts & HERE, .host = facts & HOST, .known = facts & KNOWN,
				       .admitted = facts & ADMITTED, .kicked = facts & KICKED, .resembles = facts & RESEMBLES };
}

static void test_table(void)
{
	static const struct { int admission, facts; enum gate_way way; } rows[] = {
		{ GATE_OPEN, 0, GATE_ENTER }, { GATE_OPEN, HERE, GATE_ENTER }, { GATE_OPEN, LOCKED, GATE_LOCKED }, { GATE_OPEN, LOCKED | HERE, GATE_LOCKED },
		{ GATE_OPEN, LOCKED | HOST, GATE_ENTER }, { GATE_OPEN, LOCKED | KNOWN, GATE_ENTER }, { GATE_OPEN, LOCKED | ADMITTED, GATE_ENTER },
		{ GATE_OPEN, KICKED, GATE_DENIED }, { GATE_OPEN, RESEMBLES, GATE_WAIT_LOBBY }, { GATE_OPEN, RESEMBLES | LOCKED, GATE_LOCKED },
		{ GATE_HOST, 0, GATE_WAIT_HOST }, { GATE_HOST, HERE, GATE_ENTER }, { GATE_HOST, HOST, GATE_ENTER }, { GATE_HOST, KNOWN, GATE_ENTER },
		{ GATE_HOST, LOCKED, GATE_LOCKED }, { GATE_HOST, HERE | LOCKED, GATE_LOCKED }, { GATE_HOST, HERE | RESEMBLES, GATE_WAIT_LOBBY },
		{ GATE_HOST, RESEMBLES, GATE_WAIT_LOBBY }, { GATE_HOST, HERE | KICKED, GATE_DENIED }, { GATE_HOST, ADMITTED, GATE_ENTER },
		{ GATE_LOBBY, 0, GATE_WAIT_LOBBY }, { GATE_LOBBY, HERE, GATE_WAIT_LOBBY }, { GATE_LOBBY, HOST, GATE_ENTER }, { GATE_LOBBY, KNOWN, GATE_ENTER },
		{ GATE_LOBBY, ADMITTED, GATE_ENTER }, { GATE_LOBBY, LOCKED, GATE_LOCKED }, { GATE_LOBBY, LOCKED | ADMITTED, GATE_ENTER },
		{ GATE_LOBBY, LOCKED | KNOWN, GATE_ENTER }, { GATE_LOBBY, KICKED | HOST, GATE_DENIED }, { GATE_LOBBY, KICKED | ADMITTED, GATE_DENIED },
		{ GATE_LOBBY, KICKED | KNOWN, GATE_DENIED },
		{ 3, 0, GATE_DENIED }, { -1, HERE, GATE_DENIED }, { 99, LOCKED, GATE_LOCKED },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct gate_question q = question(rows[i].admission, rows[i].facts);

		if (gate_decide(&q) != rows[i].way)
			TEST_FAIL("row %zu: %d", i, gate_decide(&q));
	}
}

/* Whatever else is true: who was kicked stays out, hosts come in, and nobody new passes a lock without a host's yes. */
static void test_every_case(void)
{
	for (int admission = -1; admission < 5; admission++)
		for (int facts = 0; facts < FACTS; facts++) {
			const struct gate_question q = question(admission, facts);
			enum gate_way way = gate_decide(&q);

			if (q.kicked)
				CHECK_INT(way, GATE_DENIED);
			else if (q.host || q.known || q.admitted)
				CHECK_INT(way, GATE_ENTER);
			else if (q.locked)
				CHECK_INT(way, GATE_LOCKED);
			else if (admission == GATE_LOBBY)
				CHECK_INT(way, GATE_WAIT_LOBBY);
			CHECK((way == GATE_ENTER) == (gate_error(way) == APP_OK));
		}
	CHECK_INT(gate_error((enum gate_way)77), APP_DENIED);
}

/* Nobody gets what the giver or their own token does not have. */
static void test_promote(void)
{
	static const struct { unsigned own, giver, out; bool can; } rows[] = {
		{ 0, 0, 0, true },
		{ 0, GRANT_ADMIT, GRANT_ADMIT, true },
		{ GRANT_RECORD, 0, GRANT_RECORD, true },
		{ GRANT_RECORD | GRANT_ADMIT, GRANT_ADMIT | GRANT_DELETE, GRANT_ADMIT, true },
		{ GRANT_RECORD, GRANT_ADMIT, 0, false },
		{ GRANT_RECORD | GRANT_DOWNLOAD, GRANT_ADMIT | GRANT_DOWNLOAD, 0, false },
		{ GRANT_DOWNLOAD, 0, 0, false },
		{ GRANT_ONLY, 0, 0, false },
		{ 0, GRANT_ONLY, 0, false },
		{ GRANT_ONLY | GRANT_RECORD | GRANT_ADMIT, GRANT_RECORD, GRANT_ONLY | GRANT_RECORD, true },
		{ GRANT_ONLY | GRANTS_HOST, 0, GRANT_ONLY | GRANTS_HOST, true },
		{ GRANTS_HOST, 0, 0, true },
		{ GRANT_PUBLISH, 0, GRANT_PUBLISH, true },
		{ GRANT_SUBSCRIBE, GRANT_ADMIT | GRANT_PUBLISH, GRANT_SUBSCRIBE | GRANT_ADMIT, true },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		unsigned out = 0;
		bool can = gate_promote(rows[i].own, rows[i].giver, &out);

		if (can != rows[i].can || (can && out != rows[i].out))
			TEST_FAIL("row %zu: %d %u", i, can, out);
	}
}

static void test_absence(void)
{
	const struct gate_conf conf = { .host_leaves = GATE_END_CALL, .host_grace_s = 20 };
	struct gate_absence a = { 0 };

	CHECK_INT(gate_absent(&a, &conf, 100000000), GATE_CONTINUE);
	a.since_us = 100000000;
	CHECK_INT(gate_absent(&a, &conf, 119999999), GATE_CONTINUE);
	CHECK_INT(gate_absent(&a, &conf, 120000000), GATE_END_CALL);
	CHECK_INT(gate_absent(&a, &conf, 120100000), GATE_CONTINUE);
	a = (struct gate_absence){ .since_us = 130000000 };
	CHECK_INT(gate_absent(&a, &conf, 140000000), GATE_CONTINUE);
	CHECK_INT(gate_absent(&a, &(struct gate_conf){ .host_leaves = GATE_STOP }, 140000000), GATE_STOP);
	a = (struct gate_absence){ .since_us = 130000000 };
	CHECK_INT(gate_absent(&a, &(struct gate_conf){ .host_leaves = GATE_CONTINUE }, 990000000), GATE_CONTINUE);
}

static void test_conf(void)
{
	static const struct { const char *body; bool good; } rows[] = {
		{ "{}", true }, { "{\"admission\":\"lobby\",\"host_leaves\":\"end_call\",\"host_grace_s\":0,\"locked\":true,\"listed\":false}", true },
		{ "{\"admission\":\"\"}", false }, { "{\"admission\":\"Lobby\"}", false }, { "{\"host_leaves\":\"stay\"}", false },
		{ "{\"host_grace_s\":-1}", false }, { "{\"host_grace_s\":3601}", false }, { "{\"host_grace_s\":3600}", true },
		{ "{\"admission\":\"host\",\"host_grace_s\":5000}", false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct gate_conf g = { .host_grace_s = 7, .listed = true }, before = g;
		json_t *body = json_loads(rows[i].body, 0, NULL);
		char why[200] = "";

		CHECK_INT(gate_conf_read(&g, body, "", why, sizeof(why)), rows[i].good);
		CHECK(rows[i].good ? !why[0] : why[0] && !memcmp(&g, &before, sizeof(g)));
		if (i == 1)
			CHECK(g.admission == GATE_LOBBY && g.host_leaves == GATE_END_CALL && !g.host_grace_s && g.locked && !g.listed);
		json_decref(body);
	}
}

static void test_conf_prefix(void)
{
	struct gate_conf g = { .listed = true };
	json_t *body = json_pack("{ss sb sb}", "new_admission", "host", "locked", 1, "new_listed", 0);
	char why[200];

	CHECK(gate_conf_read(&g, body, "new_", why, sizeof(why)));
	CHECK(g.admission == GATE_HOST && !g.locked && !g.listed);
	CHECK_STR(gate_admission_word(g.admission), "host");
	json_decref(body);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_table), TEST(test_every_case), TEST(test_promote), TEST(test_absence), TEST(test_conf), TEST(test_conf_prefix),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

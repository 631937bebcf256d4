/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose media may be kept: the table, every way through it.
 */
#include "plugins/consent.c"
#include "plugins/room_policy.c"
#include "test.h"

/* What happens to one person, a letter each: m met (or back), t told by the newest notice, o told by an old one, y yes, n no, x left out, i taken in again,
 * l left. Then: may be kept? And the word of the timeline. */
static void test_ways(void)
{
	static const struct { const char *way; bool notice, require; const char *state; } rows[] = {
		{ "", false, false, NULL }, { "m", false, false, NULL }, { "mt", true, false, "told" }, { "mo", false, false, NULL },
		{ "my", false, false, "agreed" }, { "mty", true, true, "agreed" }, { "myt", true, true, "agreed" }, { "mtn", false, false, "declined" },
		{ "mtyn", false, false, "declined" }, { "mtyny", true, true, "agreed" }, { "mtx", false, false, "left_out" }, { "mtyx", false, false, "left_out" },
		{ "xmt", false, false, "left_out" }, { "xmty", false, false, "left_out" }, { "mtxi", false, false, "told" }, { "mtxit", false, false, "told" },
		{ "mtximt", true, false, "told" }, { "mtyximt", true, false, "told" }, { "mtyximty", true, true, "agreed" }, { "mtnximt", false, false, "declined" },
		{ "mtl", false, false, "told" }, { "mtlt", false, false, "told" }, { "mtlm", false, false, "told" }, { "mtlmt", true, false, "told" },
		{ "mtylm", false, false, "agreed" }, { "mtylmt", true, true, "agreed" }, { "mtym", false, false, "agreed" }, { "mtymo", false, false, "agreed" },
		{ "mtnlmt", false, false, "declined" }, { "mtxlmt", false, false, "left_out" }, { "mtlx", false, false, "left_out" }, { "t", false, false, NULL },
		{ "xi", false, false, NULL }, { "xximt", true, false, "told" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		for (int policy = CONSENT_NOTICE; policy <= CONSENT_REQUIRE; policy++) {
			struct consents *c = consents_create((enum consent_policy)policy, NULL);
			unsigned notice = 0;

			for (const char *p = rows[i].way; *p; p++) {
				if (*p == 'm')
					notice = consents_meet(c, "user1", "ann@example.org");
				else if (*p == 't' || *p == 'o')
					consents_told(c, "user1", *p == 't' ? notice : notice - 1, 5);
				else if (*p == 'y' || *p == 'n')
					consents_answer(c, "user1", *p == 'y');
				else if (*p == 'x' || *p == 'i')
					consents_exclude(c, "user1", *p == 'x');
				else
					consents_left(c, "user1");
			}
			if (consents_allow(c, "user1") != (policy == CONSENT_NOTICE ? rows[i].notice : rows[i].require))
				TEST_FAIL("\"%s\" with policy %d", rows[i].way, policy);
			if (g_strcmp0(consents_state(c, "user1"), rows[i].state))
				TEST_FAIL("\"%s\" is %s", rows[i].way, consents_state(c, "user1"));
			consents_unref(&c);
		}
}

/* By id and by identity, from the start and later; who is named twice must be taken in twice. */
static void test_left_out(void)
{
	json_t *list = json_pack("[ss]", "bob@example.org", "user3");
	struct consents *c = consents_create(CONSENT_NOTICE, list);
	unsigned at = 0;

	json_decref(list);
	consents_meet(c, "user1", "");
	consents_meet(c, "user2", "bob@example.org");
	consents_meet(c, "user3", "cid@example.org");
	CHECK(!consents_is_out(c, "user1") && consents_is_out(c, "user2") && consents_is_out(c, "user3") && !consents_is_out(c, "user9"));
	CHECK_STR(consents_named(c, "bob@example.org", &at), "user2");
	CHECK(!consents_named(c, "bob@example.org", &at));
	at = 0;
	CHECK(!consents_named(c, "", &at));
	CHECK_INT(consents_exclude(c, "user2", true), 1);
	CHECK_INT(consents_exclude(c, "user2", true), 0);
	CHECK_INT(consents_exclude(c, "user2", false), 1);
	CHECK(consents_is_out(c, "user2"));
	CHECK_INT(consents_exclude(c, "bob@example.org", false), 1);
	CHECK(!consents_is_out(c, "user2"));
	for (int i = 0; i < CONSENT_EXCLUDED_MAX - 1; i++) {
		char key[16];

		g_snprintf(key, sizeof(key), "key%d", i);
		CHECK_INT(consents_exclude(c, key, true), 1);
	}
	CHECK_INT(consents_exclude(c, "one more", true), -ENOSPC);
	CHECK_INT(consents_exclude(c, "key0", true), 0);
	consents_unref(&c);
}

static void test_rows(void)
{
	struct consents *c = consents_create(CONSENT_REQUIRE, NULL);
	struct consent_row *row;
	struct consent_rows *rows;

	consents_told(c, "user1", consents_meet(c, "user1", ""), 70);
	consents_told(c, "user2", consents_meet(c, "user2", ""), 80);
	CHECK_INT(consents_answer(c, "user1", true), 1);
	CHECK_INT(consents_answer(c, "user1", true), 0);
	CHECK_INT(consents_answer(c, "user7", true), -ENOENT);
	consents_left(c, "user2");
	CHECK_INT(consents_told_ms(c, "user2"), 80);
	CHECK_INT(consents_told_ms(c, "user7"), 0);
	rows = consents_rows(c);
	CHECK_INT(rows->n, 2);
	row = rows->row;
	CHECK(!strcmp(row->id, "user1") && !strcmp(row->state, "agreed") && row->here && row->allowed);
	row++;
	CHECK(!strcmp(row->id, "user2") && !strcmp(row->state, "told") && !row->here && !row->allowed);
	consent_rows_unref(&rows);
	consents_unref(&c);
}

static void test_policy(void)
{
	static const struct { const char *body, *why; } rows[] = {
		{ "{'consent':'require','consent_text':'Schön','auto_record':true,'quota_mb':7}", NULL }, { "{}", NULL },
		{ "{'consent':'maybe'}", "consent is notice or require." }, { "{'max_recording_s':-1}", "max_recording_s must be between 0 and 604800." },
		{ "{'quota_mb':1000000001}", "quota_mb must be between 0 and 1000000000." },
	};
	char why[100], *text;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct room_policy p = { .auto_stop_empty_s = 300 };
		json_t *body = json_loads(text = g_strdelimit(g_strdup(rows[i].body), "'", '"'), 0, NULL);
		bool good = room_policy_read(&p, body, "", why, sizeof(why));

		CHECK(good == !rows[i].why);
		if (!good)
			CHECK_STR(why, rows[i].why);
		if (i == 0)
			CHECK(p.consent == CONSENT_REQUIRE && !strcmp(p.consent_text, "Schön") && p.auto_record && p.quota_mb == 7 && p.auto_stop_empty_s == 300);
		json_decref(body);
		g_free(text);
	}
}

/* Counted in characters, not bytes. */
static void test_text_of_250_characters(void)
{
	GString *s = g_string_new(NULL);
	struct room_policy p = { 0 };
	char why[100];
	json_t *body;

	for (int i = 0; i < CONSENT_TEXT_MAX; i++)
		g_string_append(s, "ü");
	body = json_pack("{ss}", "new_consent_text", s->str);
	CHECK(room_policy_read(&p, body, "new_", why, sizeof(why)));
	CHECK_STR(p.consent_text, s->str);
	g_string_append_c(s, 'x');
	json_object_set_new(body, "new_consent_text", json_string(s->str));
	CHECK(!room_policy_read(&p, body, "new_", why, sizeof(why)));
	CHECK_STR(why, "new_consent_text may have 250 characters.");
	json_decref(body);
	g_string_free(s, TRUE);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_ways), TEST(test_left_out), TEST(test_rows), TEST(test_policy), TEST(test_text_of_250_characters),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

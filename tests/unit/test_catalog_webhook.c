/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages for webhooks in the catalog: that each event makes them, that they are taken in order and by one at a time, and what becomes of them.
 */
#include <errno.h>
#include "common/catalog_webhook.c"
#include "catalog_box.h"

#define REC "rec_demo_1000_aaaaaa"
#define REC2 "rec_demo_2000_bbbbbb"

static void event(struct catalog *c, const char *recording, int64_t seq, const char *type)
{
	json_t *payload = json_pack("{s:s}", "recordingId", recording);

	CHECK_INT(catalog_event_insert(c, recording, seq, type, payload, "plugin"), 0);
	json_decref(payload);
}

static int64_t count(struct catalog *c, const char *sql)
{
	int64_t n = -1;

	CHECK(db_int(c->db, &n, sql, "") == 1);
	return n;
}

/* Takes the next of an endpoint; NULL: none. */
static json_t *take_one(struct catalog *c, const char *endpoint, const char *owner, int64_t lease_ms)
{
	json_t *m = NULL;
	int got = catalog_webhook_take(c, endpoint, owner, lease_ms, &m);

	CHECK_INT(got, m ? 1 : 0);
	return m;
}

static void expect(struct catalog *c, const char *endpoint, const char *owner, const char *recording, int64_t seq, const struct catalog_sent *s)
{
	json_t *m = take_one(c, endpoint, owner, 60000);

	CHECK(m != NULL);
	CHECK_STR(json_str(m, "recording"), recording);
	CHECK_INT(json_num(m, "seq", 0), seq);
	CHECK_STR(json_str(m, "endpoint"), endpoint);
	if (s)
		CHECK_INT(catalog_webhook_sent(c, m, owner, s), 0);
	json_decref(m);
}

static void expect_none(struct catalog *c, const char *endpoint)
{
	CHECK(!take_one(c, endpoint, "nobody", 60000));
}

static const struct catalog_sent done = { .state = "done", .status = 204 }, failed = { .state = "failed", .status = 500, .reason = "it answered 500" },
	again = { .state = "retrying", .status = 500, .reason = "it answered 500" },
	later_on = { .state = "retrying", .status = 500, .reason = "it answered 500", .delay_ms = 3600000 },
	slowly = { .state = "retrying", .status = 429, .reason = "it answered 429", .slow_ms = 3600000 }, gone = { .state = "failed", .status = 410, .reason = "it answered 410", .gone = true };

static struct catalog *open_two(void)
{
	struct catalog *c = box_open();

	box_recording(c, REC, "demo", 1000);
	box_recording(c, REC2, "demo", 2000);
	event(c, REC, 1, "recordingstarting");         /* before anybody wanted it */
	CHECK_INT(catalog_webhook_seen(c, "all", "recordingstarted, recordingdegraded,recordingcompleted"), 0);
	CHECK_INT(catalog_webhook_seen(c, "stops", "recordingdegraded"), 0);
	return c;
}

static void test_fan_out(void)
{
	struct catalog *c = open_two();
	json_t *names = NULL;

	event(c, REC, 2, "recordingstarted");
	event(c, REC, 2, "recordingstarted");          /* twice is success, and no second message */
	event(c, REC, 3, "recordingpaused");           /* wanted by nobody */
	event(c, REC, 4, "recordingdegraded");
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks WHERE endpoint = 'all'"), 2);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks WHERE endpoint = 'stops'"), 1);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks WHERE id LIKE 'msg\\_%' ESCAPE '\\' AND id NOT LIKE '%.%' AND LENGTH(id) = 36"), 3);
	CHECK_INT(catalog_webhook_due(c, &names), 0);
	CHECK_INT(json_array_size(names), 2);
	json_decref(names);
	expect(c, "stops", "s1", REC, 4, &done);
	expect_none(c, "stops");
	expect(c, "all", "s1", REC, 2, &done);
	expect(c, "all", "s1", REC, 4, &done);
	expect_none(c, "all");
	CHECK_INT(catalog_webhook_due(c, &names), 0);
	CHECK_INT(json_array_size(names), 0);
	json_decref(names);
	event(c, REC, 5, "recordingcompleted");        /* a stream that was done opens again */
	expect(c, "all", "s1", REC, 5, &done);
	CHECK_INT(catalog_webhook_overdue(c, 0), 0);
	box_close(c);
}

/* A recording that is gone from the configuration's list for 30 days gets nothing more. */
static void test_forgotten(void)
{
	struct catalog *c = open_two();

	CHECK(db_exec(c->db, "UPDATE webhook_endpoints SET seen_ms = seen_ms - 2592000001 WHERE name = 'all'", "") == 1);
	event(c, REC, 2, "recordingdegraded");
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks"), 1);
	CHECK_INT(catalog_webhook_seen(c, "all", "recordingdegraded"), 0);
	event(c, REC, 3, "recordingdegraded");
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks"), 3);
	box_close(c);
}

static void test_order(void)
{
	struct catalog *c = open_two();
	json_t *m, *other;

	for (int seq = 2; seq < 5; seq++) {
		event(c, REC, seq, "recordingstarted");
		event(c, REC2, seq, "recordingstarted");
	}
	m = take_one(c, "all", "s1", 60000);
	CHECK_STR(json_str(m, "recording"), REC);
	other = take_one(c, "all", "s2", 60000);       /* another recording side by side */
	CHECK_STR(json_str(other, "recording"), REC2);
	CHECK_INT(json_num(other, "seq", 0), 2);
	expect_none(c, "all");                         /* none of either overtakes */
	CHECK_INT(catalog_webhook_sent(c, m, "s1", &later_on), 0);
	CHECK_INT(catalog_webhook_sent(c, other, "s2", &again), 0);
	expect(c, "all", "s1", REC2, 2, &done);        /* the same again, at once */
	expect(c, "all", "s1", REC2, 3, &failed);      /* given up: the next one goes */
	expect(c, "all", "s1", REC2, 4, &done);
	expect_none(c, "all");                         /* the first recording waits an hour, with all that follows */
	CHECK_INT(count(c, "SELECT attempts FROM webhooks WHERE recording = '" REC2 "' AND seq = 2"), 2);
	CHECK_INT(catalog_webhook_overdue(c, -1000), 1);
	CHECK_INT(catalog_webhook_overdue(c, 3600000), 0);
	json_decref(m);
	json_decref(other);
	box_close(c);
}

static void test_lease(void)
{
	struct catalog *c = open_two();
	json_t *first, *second;

	event(c, REC, 2, "recordingstarted");
	first = take_one(c, "all", "s1", 0);           /* over at once, as after a crash */
	second = take_one(c, "all", "s2", 60000);
	CHECK(second != NULL);
	CHECK_STR(json_str(first, "id"), json_str(second, "id"));
	CHECK_INT(catalog_webhook_sent(c, first, "s1", &failed), -EPROTO);
	CHECK_INT(catalog_webhook_give_back(c, first, "s1"), -EPROTO);
	CHECK_INT(catalog_webhook_give_back(c, second, "s2"), 0);
	expect(c, "all", "s3", REC, 2, &done);
	CHECK_INT(catalog_webhook_sent(c, second, "s2", &done), -EPROTO);
	CHECK_INT(count(c, "SELECT attempts FROM webhooks"), 1);
	json_decref(first);
	json_decref(second);
	box_close(c);
}

static void check_endpoint(struct catalog *c, const char *name, int64_t queued, int64_t dead, bool disabled)
{
	json_t *rows = NULL, *row;
	size_t i, found = 0;

	CHECK_INT(catalog_webhook_list(c, &rows), 0);
	json_array_foreach(rows, i, row)
		if (!strcmp(json_str(row, "name"), name)) {
			found++;
			CHECK_INT(json_num(row, "queued", -1), queued);
			CHECK_INT(json_num(row, "failed", -1), dead);
			CHECK_INT(json_num(row, "disabled_ms", 0) > 0, disabled);
			CHECK_INT(json_num(row, "oldest_ms", 0) > 0, queued > 0);
		}
	CHECK_INT(found, 1);
	json_decref(rows);
}

static void test_gone(void)
{
	struct catalog *c = open_two();
	const struct catalog_replay all = { .recording = REC };

	event(c, REC, 2, "recordingstarted");
	event(c, REC, 3, "recordingdegraded");
	event(c, REC2, 2, "recordingstarted");
	expect(c, "all", "s1", REC, 2, &gone);
	check_endpoint(c, "all", 0, 3, true);
	expect_none(c, "all");
	event(c, REC, 4, "recordingcompleted");        /* not even queued */
	check_endpoint(c, "all", 0, 3, true);
	check_endpoint(c, "stops", 1, 0, false);
	CHECK_INT(catalog_webhook_enable(c, "nobody"), -ENOENT);
	CHECK_INT(catalog_webhook_enable(c, "all"), 0);
	expect_none(c, "all");
	event(c, REC, 5, "recordingdegraded");
	expect(c, "all", "s1", REC, 5, &done);
	CHECK_INT(catalog_webhook_replay(c, &all), 6);         /* 2 to 5, and two stops; what was missed while it was off is made now */
	for (int seq = 2; seq <= 5; seq++)
		expect(c, "all", "s1", REC, seq, &done);
	check_endpoint(c, "all", 0, 1, false);
	box_close(c);
}

static void test_slow(void)
{
	struct catalog *c = open_two();
	json_t *m;

	event(c, REC, 2, "recordingstarted");
	event(c, REC2, 2, "recordingstarted");
	event(c, REC2, 3, "recordingdegraded");
	expect(c, "all", "s1", REC, 2, &slowly);
	expect_none(c, "all");                         /* the whole endpoint is left alone */
	expect(c, "stops", "s1", REC2, 3, &done);
	CHECK(db_exec(c->db, "UPDATE webhook_endpoints SET not_before_ms = 0", "") > 0);
	m = take_one(c, "all", "s1", 60000);
	CHECK_INT(json_num(m, "slow_ms", 0), 3600000);
	CHECK_INT(catalog_webhook_sent(c, m, "s1", &done), 0);
	json_decref(m);
	m = take_one(c, "all", "s1", 60000);
	CHECK_INT(json_num(m, "slow_ms", -1), 0);
	json_decref(m);
	box_close(c);
}

static void test_replay(void)
{
	struct catalog *c = open_two();
	const struct catalog_replay letters = { 0 }, stops = { .endpoint = "stops" }, recent = { .since_ms = 1 };
	char id[64];
	json_t *rows = NULL, *m;

	event(c, REC, 2, "recordingstarted");
	event(c, REC, 3, "recordingdegraded");
	m = take_one(c, "all", "s1", 60000);
	g_strlcpy(id, json_str(m, "id"), sizeof(id));
	CHECK_INT(catalog_webhook_sent(c, m, "s1", &failed), 0);
	json_decref(m);
	expect(c, "all", "s1", REC, 3, &later_on);
	CHECK_INT(catalog_webhook_failed(c, NULL, 10, &rows), 0);
	CHECK_INT(json_array_size(rows), 1);
	CHECK_STR(json_str(json_array_get(rows, 0), "reason"), "it answered 500");
	CHECK_STR(json_str(json_array_get(rows, 0), "type"), "recordingstarted");
	json_decref(rows);
	CHECK_INT(catalog_webhook_failed(c, "stops", 10, &rows), 0);
	CHECK_INT(json_array_size(rows), 0);
	json_decref(rows);
	CHECK_INT(catalog_webhook_replay(c, &stops), 0);
	CHECK_INT(catalog_webhook_replay(c, &letters), 2);
	m = take_one(c, "all", "s1", 60000);
	CHECK_STR(json_str(m, "id"), id);              /* as it was first sent */
	CHECK_INT(json_num(m, "attempts", -1), 0);
	CHECK_INT(catalog_webhook_sent(c, m, "s1", &done), 0);
	json_decref(m);
	expect(c, "all", "s1", REC, 3, &done);
	CHECK_INT(catalog_webhook_replay(c, &recent), 3);
	expect(c, "all", "s1", REC, 2, &done);
	expect(c, "all", "s1", REC, 3, &done);
	expect(c, "stops", "s1", REC, 3, &done);
	box_close(c);
}

/* More than one lot. */
static void test_replay_many(void)
{
	struct catalog *c = open_two();
	const struct catalog_replay all = { .endpoint = "all", .since_ms = 1 };

	CHECK_INT(catalog_webhook_remove(c, "stops"), 0);
	for (int seq = 2; seq < 2 + 2 * REPLAY_AT_ONCE + 7; seq++)
		event(c, REC, seq, "recordingdegraded");
	CHECK(db_exec(c->db, "UPDATE webhooks SET state = 'done'", "") == 2 * REPLAY_AT_ONCE + 7);
	CHECK_INT(catalog_webhook_replay(c, &all), 2 * REPLAY_AT_ONCE + 7);
	check_endpoint(c, "all", 2 * REPLAY_AT_ONCE + 7, 0, false);
	expect(c, "all", "s1", REC, 2, &done);
	box_close(c);
}

static void test_prune_and_remove(void)
{
	struct catalog *c = open_two();

	event(c, REC, 2, "recordingdegraded");
	event(c, REC2, 2, "recordingdegraded");
	expect(c, "all", "s1", REC, 2, &done);
	expect(c, "all", "s1", REC2, 2, &failed);
	CHECK_INT(catalog_webhook_prune(c, 3600000), 0);
	CHECK_INT(catalog_webhook_prune(c, -1000), 1);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks"), 3);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhook_streams"), 3);
	event(c, REC, 3, "recordingdegraded");
	expect(c, "all", "s1", REC, 3, &done);
	CHECK_INT(catalog_webhook_remove(c, "all"), 0);
	CHECK_INT(catalog_webhook_remove(c, "all"), -ENOENT);
	CHECK_INT(count(c, "SELECT COUNT(*) FROM webhooks WHERE endpoint = 'all'"), 0);
	expect(c, "stops", "s1", REC, 2, &done);
	box_close(c);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_fan_out), TEST(test_forgotten), TEST(test_order), TEST(test_lease), TEST(test_gone), TEST(test_slow), TEST(test_replay),
					     TEST(test_replay_many), TEST(test_prune_and_remove) };

	return box_main(tests, G_N_ELEMENTS(tests), argc, argv);
}

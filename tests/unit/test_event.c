/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/event.c"
#include "test.h"

static void expect(json_t *o, const char *want)
{
	char *text = json_dumps(o, JSON_COMPACT);

	CHECK_STR(text, want);
	free(text);
	json_decref(o);
}

static void test_names(void)
{
	for (enum event_type t = EVENT_UNKNOWN + 1; t < EVENTS_; t++) {
		CHECK(g_str_has_prefix(event_name(t), t < EVENT_OUTPUT_COMPLETED ? "recording" : "output"));
		CHECK_INT(event_find(event_name(t)), t);
		CHECK_INT(event_stored(t), t != EVENT_STATUS && t != EVENT_PROGRESS);
	}
	CHECK_INT(event_find("recording"), EVENT_UNKNOWN);
	CHECK_INT(event_find(""), EVENT_UNKNOWN);
	CHECK_INT(event_find(NULL), EVENT_UNKNOWN);
}

static void test_payload(void)
{
	expect(event_payload(EVENT_STARTED, "demo", "rec_1", NULL), "{\"roomId\":\"demo\",\"recordingId\":\"rec_1\"}");
	expect(event_payload(EVENT_STOPPED, "demo", "rec_1", json_pack("{s:i}", "duration", 12)),
	       "{\"roomId\":\"demo\",\"recordingId\":\"rec_1\",\"duration\":12}");
	expect(event_payload(EVENT_FAILED, "demo", "rec_1", json_pack("{s:s}", "reason", "disk")), "{\"recordingId\":\"rec_1\",\"reason\":\"disk\"}");
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_names), TEST(test_payload) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

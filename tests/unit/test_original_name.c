/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "postprocess/original_name.c"
#include "test.h"

static const struct {
	const char *name;
	enum original_kind kind;
	const char *participant;
	unsigned generation;
	int64_t number;
} names[] = {
	{ "user1/1-000001.tar", ORIGINAL_BUNDLE, "user1", 1, 1 },
	{ "user12/27-123456.tar", ORIGINAL_BUNDLE, "user12", 27, 123456 },
	{ "user1/1-1234567.tar", ORIGINAL_BUNDLE, "user1", 1, 1234567 },
	{ "timeline/1-000000000000.jsonl", ORIGINAL_TIMELINE, "", 1, 0 },
	{ "timeline/2-1234567890123.jsonl", ORIGINAL_TIMELINE, "", 2, 1234567890123 },
	{ "participants.json", ORIGINAL_PEOPLE, "", 0, 0 },
	{ "chat.jsonl", ORIGINAL_CHAT, "", 0, 0 },
};
static const char *const bad[] = {
	"", "/", "user1", "user1/", "user1/.tar", "user1/1-000001.jsonl", "user1/1-000001.tar.gz", "user1/1-00001.tar", "user1/1-0000001.tar", "user1/01-000001.tar",
	"user1/0-000001.tar", "user1/1-000000.tar", "user1/-000001.tar", "user1/1-.tar", "user1/1-000001", "user1/+1-000001.tar", "user0x/1-000001.tar", "timeline/1-000001.tar",
	"timeline/1-000001.jsonl/x", "a/timeline/1-000001.jsonl", "../user1/1-000001.tar", "participants.json2", "Participants.json", "chunks/user1_audio_00_000000.webm",
	"user1/999999999-000001.tar", "user1/1-9999999999999999.tar", "timeline/1-000001.jsonl", "timeline/1-0000000000000.jsonl", "timeline/0-000000000000.jsonl", "state.json",
};

static void test_names(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char text[ORIGINAL_NAME_SIZE];
		struct original o;

		CHECK_INT(original_name_parse(&o, names[i].name), 0);
		CHECK_INT(o.kind, names[i].kind);
		CHECK_STR(o.participant, names[i].participant);
		CHECK_INT(o.generation, names[i].generation);
		CHECK_INT(o.number, names[i].number);
		original_name_format(text, &o);
		CHECK_STR(text, names[i].name);
	}
}

static void test_bad_names(void)
{
	struct original o;

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		if (original_name_parse(&o, bad[i]) != -EINVAL)
			TEST_FAIL("\"%s\" is taken for a name", bad[i]);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_names), TEST(test_bad_names) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

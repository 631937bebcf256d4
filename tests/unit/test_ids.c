/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/ids.c"
#include "test.h"

#define LONG64 "0123456789012345678901234567890123456789012345678901234567890123"

struct valid { const char *text; bool valid; };

static void check_all(const struct valid *v, size_t n, bool (*f)(const char *))
{
	for (size_t i = 0; i < n; i++)
		if (f(v[i].text) != v[i].valid)
			TEST_FAIL("\"%s\" should be %s", v[i].text ? v[i].text : "(null)", v[i].valid ? "valid" : "invalid");
}
#define CHECK_ALL(v, f) check_all(v, sizeof(v) / sizeof((v)[0]), f)

static void test_room_ids(void)
{
	static const struct valid v[] = {
		{ "demo", true }, { "1234", true }, { "a.b_c-D", true }, { "...", true }, { LONG64, true }, { LONG64 "4", false }, { "", false },
		{ NULL, false }, { ".", false }, { "..", false }, { "a/b", false }, { "a b", false }, { "a\n", false }, { "\xc3\xa9", false },
	};

	CHECK_ALL(v, room_id_valid);
}

static void test_identities(void)
{
	static const struct valid v[] = {
		{ "auth0|abc", true }, { "ann@example.org", true }, { "\xc3\xa9", true }, { "", false }, { NULL, false }, { "a\tb", false },
		{ "\xff", false }, { "\xc2\x85", false }, { "a\x7f", false }, { LONG64 LONG64 LONG64 LONG64, true }, { LONG64 LONG64 LONG64 LONG64 "x", false },
	};

	CHECK_ALL(v, identity_valid);
}

static void test_recording_ids(void)
{
	static const struct valid v[] = {
		{ "rec_demo_1760090400123_k3v7qa", true }, { "rec_a_b_1_abcdef", true }, { "rec____1_abcdef", true }, { "rec_" LONG64 "_1760090400123_k3v7qa", true },
		{ "rec_" LONG64 "4_1760090400123_k3v7qa", false }, { "rec__1_abcdef", false }, { "rec_demo_1_abcde1", false }, { "rec_demo_1_ABCDEF", false },
		{ "rec_demo__abcdef", false }, { "rec_demo_1_abcdefg", false }, { "rec_demo_x1_abcdef", false }, { "rec_.._1_abcdef", false },
		{ "rec_a/b_1_abcdef", false }, { "rec_demo_1234567890123456_abcdef", false }, { "call_demo_1_abcdef", false }, { "rec_1_abcdef", false },
		{ "", false }, { NULL, false }, { "rec_", false },
	};

	CHECK_ALL(v, recording_id_valid);
	CHECK_INT(recording_id_time("rec_demo_1760090400123_k3v7qa"), 1760090400123);
	CHECK_INT(recording_id_time("rec_demo_x_k3v7qa"), -EINVAL);
}

static void test_made_ids_are_valid_and_differ(void)
{
	char a[ID_SIZE], b[ID_SIZE];

	recording_id_make(a, LONG64, 1760090400123);
	recording_id_make(b, LONG64, 1760090400123);
	CHECK(recording_id_valid(a) && recording_id_valid(b) && strcmp(a, b));
	CHECK_INT(recording_id_time(a), 1760090400123);
	call_id_make(a, "demo", 5);
	CHECK(!strncmp(a, "call_demo_5_", 12) && strlen(a) == 18);
}

static void test_participants(void)
{
	static const struct valid v[] = {
		{ "user1", true }, { "user999999999", true }, { "user1000000000", false }, { "user0", false }, { "user01", false }, { "user", false },
		{ "user1x", false }, { "User1", false }, { "user-1", false }, { NULL, false },
	};

	CHECK_ALL(v, participant_id_valid);
}

static void test_sources(void)
{
	static const struct valid v[] = {
		{ "audio", true }, { "video", true }, { "screen", true }, { "screenaudio", true }, { "video2", true }, { "audio10", true }, { "video1", false },
		{ "video0", false }, { "video02", false }, { "data", false }, { "", false }, { "2", false }, { NULL, false }, { "screenvideo", false }, { "video2x", false },
	};

	CHECK_ALL(v, source_valid);
	CHECK(source_is_audio("audio2") && source_is_audio("screenaudio") && !source_is_audio("screen") && !source_is_audio("video"));
}

static void test_secrets(void)
{
	char a[SECRET_SIZE], b[SECRET_SIZE];

	secret_make(a);
	secret_make(b);
	CHECK_INT(strlen(a), 26);
	CHECK_INT(strspn(a, base32), 26);
	CHECK(!secret_equal(a, b) && secret_equal(a, a));
	CHECK(!secret_equal("", "") && !secret_equal(NULL, "x") && !secret_equal("x", NULL) && !secret_equal("ab", "abc"));
}

static void test_chunk_names(void)
{
	static const char *const good[] = {
		"user1_audio_00_000012.webm", "user12_screenaudio2_07_123456.mkv", "user1_video_100_1000000.webm", "user999999999_video_00_000000.webm",
	};
	static const char *const bad[] = {
		"", "user1_audio_00_000012", "user1_audio_00_000012.mp4", "user1_audio_0_000012.webm", "user1_audio_00_00012.webm", "user1_audio_000_000012.webm",
		"user1_audio_00_0000012.webm", "user0_audio_00_000012.webm", "user1_data_00_000012.webm", "user1_audio_00_000012.webm.tmp", "user1_audio__000012.webm",
		"../user1_audio_00_000012.webm", "user1_audio_00_00001x.webm", "user1_audio_00_+00012.webm", "user1_audio_00_0000000000001.webm", ".user1_audio_00_000012.webm",
	};
	struct chunk_name n;
	char back[NAME_SIZE];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(chunk_name_parse(&n, good[i]), 0);
		chunk_name_format(back, &n);
		CHECK_STR(back, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (chunk_name_parse(&n, bad[i]) != -EINVAL)
			TEST_FAIL("\"%s\" was taken", bad[i]);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_room_ids), TEST(test_identities), TEST(test_recording_ids), TEST(test_made_ids_are_valid_and_differ), TEST(test_participants),
		TEST(test_sources), TEST(test_secrets), TEST(test_chunk_names),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

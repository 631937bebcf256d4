/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/spec.c"
#include "test.h"

static char why[256];

static int read_text(struct output_spec *spec, const char *text)
{
	json_t *o = json_loads(text, JSON_DECODE_ANY, NULL);
	int err;

	CHECK(o);
	why[0] = '\0';
	err = output_spec_read(spec, o, why, sizeof(why));
	json_decref(o);
	return err;
}

static void test_defaults(void)
{
	struct settings s = { .width = 640, .height = 360, .fps = 15, .video_bitrate = 400000, .audio_bitrate = 64000, .segment_ms = 2000, .fit = "fit", .clock = true,
			      .time_zone = "Europe/Berlin", .text = "ACME", .image = "/etc/logo.png" };
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	CHECK_INT(output_spec_check(&spec, why, sizeof(why)), 0);
	CHECK_STR(spec.format, "webm");
	CHECK_STR(spec.layout, "");
	CHECK_STR(output_spec_codec(&spec), "vp8");
	output_spec_default(&spec, &s);
	CHECK_INT(output_spec_check(&spec, why, sizeof(why)), 0);
	CHECK_INT(spec.width, 640);
	CHECK_STR(spec.fit, "fit");
	CHECK_STR(spec.image, "/etc/logo.png");
	CHECK(spec.clock);
}

/* What was read is written, and what was written is read to the same. */
static void test_there_and_back(void)
{
	static const char *const rows[] = {
		"\"mp4\"", "{}",
		"{\"layout\":\"speaker\",\"format\":\"mp4\",\"width\":1920,\"height\":1080,\"fps\":30,\"video_bitrate\":3000000}",
		"{\"format\":\"webm\",\"video_codec\":\"av1\",\"segment_ms\":6000,\"audio_bitrate\":128000}",
		"{\"only\":[\"user1\",\"user12\"],\"from_ms\":1500,\"to_ms\":2500,\"fit\":\"fit\"}", "{\"without\":[\"user3\"]}",
		"{\"layout\":\"single\",\"focus\":\"user2\",\"clock\":true,\"time_zone\":\"Europe/Berlin\",\"text\":\"Überprüfung 12\"}",
		"{\"layout\":\"custom\",\"regions\":[{\"x\":0.5,\"y\":0,\"w\":\"50%\",\"h\":1,\"show\":\"others\"}]}", "\"opus\"", "\"m4a\"", "\"participants\"", "\"stems\"", "\"null\"", "\"md5\"",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct output_spec spec, again;
		json_t *o;

		output_spec_default(&spec, NULL);
		output_spec_default(&again, NULL);
		if (read_text(&spec, rows[i]))
			TEST_FAIL("%s: %s", rows[i], why);
		o = output_spec_json(&spec);
		CHECK_INT(output_spec_read(&again, o, why, sizeof(why)), 0);
		CHECK(!memcmp(&spec, &again, sizeof(spec)));
		json_decref(o);
	}
}

static void test_ids_with_commas(void)
{
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	CHECK_INT(read_text(&spec, "{\"only\":\"user1,user2\"}"), 0);
	CHECK_STR(spec.only, "user1,user2");
	CHECK_INT(read_text(&spec, "{\"only\":[]}"), 0);
	CHECK_STR(spec.only, "");
}

static void test_refused(void)
{
	static const struct { const char *json, *why; } rows[] = {
		{ "{\"widht\":640}", "An output has no \"widht\"; did you mean \"width\"?" },
		{ "{\"codec\":\"vp9\"}", "An output has no \"codec\"; did you mean \"video_codec\"?" },
		{ "{\"image\":\"/etc/passwd\"}", "An output has no \"image\"; did you mean \"format\"?" },
		{ "{\"width\":\"640\"}", "The output's width must be a number from 64 to 7680." },
		{ "{\"width\":641}", "The output's size is 641×720; both must be even." },
		{ "{\"width\":99999999999}", "The output's width must be a number from 64 to 7680." },
		{ "{\"fps\":0}", "The output's fps must be a number from 1 to 120." },
		{ "{\"layout\":\"mosaic\"}", "The output's layout must be one of grid|speaker|presentation|single|audio|custom." },
		{ "{\"format\":\"avi\"}", "The output's format must be one of webm|mp4|opus|m4a|participants|stems|null|md5." },
		{ "\"\"", "The output's format must be said." },
		{ "\"mkv\"", "The output's format must be one of webm|mp4|opus|m4a|participants|stems|null|md5." },
		{ "{\"format\":\"mp4\",\"video_codec\":\"vp8\"}", "The format mp4 does not hold vp8; it holds h264." },
		{ "{\"format\":\"mp4\",\"width\":1920,\"height\":1080,\"fps\":60}",
		  "H.264 at level 4.1 holds no more than 1920×1080 at 30 frames a second, not 1920×1080 at 60." },
		{ "{\"only\":\"user1,../user2\"}", "The output's only must be participants' ids, as user1,user2, in less than 512 bytes." },
		{ "{\"only\":[\"user1\",2]}", "The output's only must be participants' ids, as user1,user2, in less than 512 bytes." },
		{ "{\"only\":[\"user1\"],\"without\":[\"user2\"]}", "Only one of only and without can be said." },
		{ "{\"from_ms\":5000,\"to_ms\":5000}", "The output would end (to) before it begins (from)." },
		{ "{\"from_ms\":-1}", "The output's from_ms must be milliseconds." },
		{ "{\"clock\":1}", "The output's clock must be true or false." },
		{ "{\"time_zone\":\"Mars/Olympus\"}", "There is no time zone \"Mars/Olympus\"." },
		{ "{\"time_zone\":\"../../etc/passwd\"}", "There is no time zone \"../../etc/passwd\"." },
		{ "{\"text\":\"a\\u0007b\"}", "The output's text must be text of less than 128 bytes." },
		{ "{\"text\":\"a\\u0000b\"}", NULL },
		{ "{\"focus\":\"me\"}", "The output's focus must be a participant's id, as user1." },
		{ "{\"regions\":{}}", "The output's regions must be a JSON array of less than 2048 bytes." },
		{ "{\"regions\":[{\"x\":0.5,\"y\":0}]}", "Region 1 cannot be used: its w is missing: a fraction from 0.02 to 1, or a percentage such as \"25%\"." },
		{ "{\"layout\":\"custom\"}", "The layout custom needs regions." },
		{ "[]", "An output is a JSON object, or the name of a format." }, { "7", "An output is a JSON object, or the name of a format." },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct output_spec spec, before;
		json_t *o = json_loads(rows[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

		output_spec_default(&spec, NULL);
		before = spec;
		if (output_spec_read(&spec, o, why, sizeof(why)) != -EINVAL)
			TEST_FAIL("%s was taken", rows[i].json);
		if (rows[i].why)
			CHECK_STR(why, rows[i].why);
		CHECK(!memcmp(&spec, &before, sizeof(spec)));
		json_decref(o);
	}
}

static void test_lists(void)
{
	static const struct { const char *json, *formats, *all, *why; } rows[] = {
		{ NULL, "webm", "webm vp8 0;", NULL }, { NULL, "mp4, opus", "mp4 h264 0;opus  0;", NULL },
		{ "[\"webm\",{\"format\":\"mp4\",\"layout\":\"speaker\"}]", "opus", "webm vp8 0;mp4 h264 1;", NULL },
		{ "[]", "webm", NULL, "outputs must be an array of 1 to 8 outputs." }, { "{}", "webm", NULL, "outputs must be an array of 1 to 8 outputs." },
		{ "[1,2,3,4,5,6,7,8,9]", "webm", NULL, "outputs must be an array of 1 to 8 outputs." },
		{ "[\"webm\",{\"format\":\"webm\",\"fps\":1000}]", "webm", NULL, "The output's fps must be a number from 1 to 120." },
		{ "[\"null\"]", "webm", NULL, "The format null leaves no file." },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		json_t *list = rows[i].json ? json_loads(rows[i].json, 0, NULL) : NULL, *specs = NULL, *o;
		GString *all = g_string_new(NULL);
		size_t k;

		CHECK_INT(output_list_read(&specs, list, rows[i].formats, NULL, why, sizeof(why)), rows[i].why ? -EINVAL : 0);
		if (rows[i].why)
			CHECK_STR(why, rows[i].why);
		json_array_foreach(specs, k, o) {
			struct output_spec spec = { 0 };

			CHECK_INT(output_spec_read(&spec, o, why, sizeof(why)), 0);
			g_string_append_printf(all, "%s %s %d;", spec.format, output_spec_codec(&spec), !strcmp(spec.layout, "speaker"));
		}
		if (rows[i].all)
			CHECK_STR(all->str, rows[i].all);
		g_string_free(all, TRUE);
		json_decref(specs);
		json_decref(list);
	}
}

static void test_times(void)
{
	static const struct { const char *text; int64_t ms; } rows[] = {
		{ "0", 0 }, { "90", 90000 }, { "1.5", 1500 }, { "1:30", 90000 }, { "90:00", 5400000 }, { "1:02:03.5", 3723500 }, { "0:00.001", 1 },
		{ "", -1 }, { "1:60", -1 }, { "-1", -1 }, { "1:-2", -1 }, { "1:2:3:4", -1 }, { "1:75:00", -1 }, { "x", -1 }, { "1e3", -1 }, { "1:", -1 }, { "0x10", -1 },
		{ "99999999999999999999:00", -1 }, { "nan", -1 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct output_spec spec = { .from_ms = -1 };
		int err = spec_row_set(&spec_rows[SPEC_from_ms], &spec, rows[i].text, why, sizeof(why));

		if (err != (rows[i].ms < 0 ? -EINVAL : 0) || spec.from_ms != rows[i].ms)
			TEST_FAIL("%s: %d, %lld", rows[i].text, err, (long long)spec.from_ms);
	}
}

static void test_words(void)
{
	struct output_spec spec = { 0 };

	CHECK_INT(spec_row_set(&spec_rows[SPEC_clock], &spec, "on", why, sizeof(why)), 0);
	CHECK(spec.clock);
	CHECK_INT(spec_row_set(&spec_rows[SPEC_clock], &spec, "off", why, sizeof(why)), 0);
	CHECK(!spec.clock);
	CHECK_INT(spec_row_set(&spec_rows[SPEC_clock], &spec, "true", why, sizeof(why)), -EINVAL);
	CHECK_STR(why, "--clock wants one of on|off, not \"true\"");
	CHECK_INT(spec_row_set(&spec_rows[SPEC_image], &spec, "/srv/logo.png", why, sizeof(why)), 0);
	CHECK_STR(spec.image, "/srv/logo.png");
	CHECK_INT(spec_row_set(&spec_rows[SPEC_fps], &spec, "30.5", why, sizeof(why)), -EINVAL);
	CHECK_STR(why, "--fps wants a number from 1 to 120, not \"30.5\"");
}

/* Each word of the tables is one that the other knows. */
static void test_tables_agree(void)
{
	for (const struct output_format *f = output_formats; f->name; f++)
		CHECK(word_index(spec_rows[SPEC_format].choices, '|', f->name) >= 0);
	for (size_t i = 0; i < SPEC_COUNT; i++)
		if (spec_rows[i].choices && spec_rows[i].kind == SPEC_WORD) {
			char **words = g_strsplit(spec_rows[i].choices, "|", -1);

			for (char **w = words; *w; w++) {
				CHECK(strlen(*w) < spec_rows[i].size);
				CHECK(i != SPEC_format || output_format_find(*w));
			}
			g_strfreev(words);
		}
}

static void test_names(void)
{
	static const struct { const char *json, *name, *codec; bool live; } rows[] = {
		{ "{\"layout\":\"speaker\",\"format\":\"mp4\"}", "2-speaker-1280x720", "h264", true }, { "{}", "2-grid-1280x720", "vp8", true },
		{ "{\"video_codec\":\"av1\"}", "2-grid-1280x720", "av1", false }, { "\"opus\"", "2-audio", "", true }, { "\"m4a\"", "2-audio", "", true },
		{ "\"participants\"", "2-participants", "", false }, { "\"stems\"", "2-stems", "", false },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct output_spec spec;
		char name[64];

		output_spec_default(&spec, NULL);
		CHECK_INT(read_text(&spec, rows[i].json), 0);
		output_spec_name(&spec, 2, name, sizeof(name));
		CHECK_STR(name, rows[i].name);
		CHECK_STR(output_spec_codec(&spec), rows[i].codec);
		CHECK_INT(output_spec_live(&spec), rows[i].live);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_defaults), TEST(test_there_and_back), TEST(test_ids_with_commas), TEST(test_refused), TEST(test_lists), TEST(test_times), TEST(test_words),
		TEST(test_tables_agree), TEST(test_names),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/json.c"
#include "test.h"

static const struct json_param params[] = {
	{ "name", P_STRING, P_REQUIRED | P_NONEMPTY, 8 }, { "n", P_INT, P_POSITIVE, 0 }, { "flag", P_BOOL, 0, 0 }, { "o", P_OBJECT, 0, 0 },
	{ "list", P_ARRAY, P_NONEMPTY, 2 },               { "room", P_STRING_OR_INT, 0, 4 }, { NULL, P_STRING, 0, 0 },
};

static const struct { const char *body; int err; const char *why; } cases[] = {
	{ "{\"name\":\"ann\"}", 0, "" },
	{ "{\"name\":\"ann\",\"n\":1,\"flag\":true,\"o\":{},\"list\":[1,2],\"room\":12345,\"other\":[[]]}", 0, "" },
	{ "{\"name\":\"ann\",\"n\":null}", 0, "" },
	{ "[]", -EINVAL, "The body must be an object." },
	{ "{}", -ENODATA, "Member name is missing." },
	{ "{\"name\":null}", -ENODATA, "Member name is missing." },
	{ "{\"name\":\"\"}", -EINVAL, "Member name must not be empty." },
	{ "{\"name\":\"123456789\"}", -EINVAL, "Member name is too long: 9 bytes, at most 8." },
	{ "{\"name\":\"a\\u0000b\"}", -EINVAL, "Member name holds a NUL character." },
	{ "{\"name\":7}", -EINVAL, "Member name must be a string." },
	{ "{\"name\":\"a\",\"n\":0}", -EINVAL, "Member n must be greater than zero." },
	{ "{\"name\":\"a\",\"n\":1.5}", -EINVAL, "Member n must be an integer." },
	{ "{\"name\":\"a\",\"flag\":1}", -EINVAL, "Member flag must be true or false." },
	{ "{\"name\":\"a\",\"o\":[]}", -EINVAL, "Member o must be an object." },
	{ "{\"name\":\"a\",\"list\":{}}", -EINVAL, "Member list must be an array." },
	{ "{\"name\":\"a\",\"list\":[]}", -EINVAL, "Member list must not be empty." },
	{ "{\"name\":\"a\",\"list\":[1,2,3]}", -EINVAL, "Member list is too long: 3 members, at most 2." },
	{ "{\"name\":\"a\",\"room\":true}", -EINVAL, "Member room must be a string or an integer." },
	{ "{\"name\":\"a\",\"room\":\"12345\"}", -EINVAL, "Member room is too long: 5 bytes, at most 4." },
};

static void test_check(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *o = json_loads(cases[i].body, JSON_ALLOW_NUL, NULL);
		char why[128] = "";
		int err = json_check(o, params, why, sizeof(why));

		json_decref(o);
		CHECK_INT(err, cases[i].err);
		CHECK_STR(why, cases[i].why);
	}
}

static void test_default_limit(void)
{
	static const struct json_param p[] = { { "s", P_STRING, 0, 0 }, { NULL, P_STRING, 0, 0 } };
	char text[258], why[128];

	memset(text, 'x', 257);
	text[257] = '\0';
	for (int cut = 0; cut < 2; cut++) {
		json_t *o = json_pack("{ss}", "s", text + cut);

		CHECK_INT(json_check(o, p, why, sizeof(why)), cut ? 0 : -EINVAL);
		json_decref(o);
	}
}

static void test_getters(void)
{
	json_t *o = json_loads("{\"s\":\"x\",\"n\":-5,\"b\":false,\"r\":2.5}", 0, NULL);

	CHECK_STR(json_str(o, "s"), "x");
	CHECK(!json_str(o, "n") && !json_str(o, "none") && !json_str(NULL, "s"));
	CHECK_INT(json_num(o, "n", 1), -5);
	CHECK_INT(json_num(o, "r", 9), 9);
	CHECK(!json_flag(o, "b", true) && json_flag(o, "s", true));
	json_decref(o);
}

static void test_room(void)
{
	static const struct { const char *body, *room; } rooms[] = {
		{ "{\"room\":\"demo\"}", "demo" }, { "{\"room\":1234}", "1234" }, { "{\"room\":\"\"}", NULL }, { "{\"room\":-1}", NULL },
		{ "{\"room\":1.5}", NULL },        { "{}", NULL },                 { "{\"room\":\"123456789\"}", NULL }, { "{\"room\":\"a\\u0000\"}", NULL },
	};

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		json_t *o = json_loads(rooms[i].body, JSON_ALLOW_NUL, NULL);
		char out[9] = "";
		int err = json_room(o, out, sizeof(out));

		json_decref(o);
		CHECK_INT(err, rooms[i].room ? 0 : -EINVAL);
		if (rooms[i].room)
			CHECK_STR(out, rooms[i].room);
	}
}

static void test_measure(void)
{
	static const struct { const char *text; unsigned depth; size_t max; int err; } rows[] = {
		{ "{}", 1, 64, 0 }, { "{}", 1, 63, -EFBIG }, { "{}", 0, 64, -ELOOP }, { "[[[]]]", 3, 100, 0 }, { "[[[]]]", 2, 100, -ELOOP },
		{ "{\"a\":{\"b\":[1,2]}}", 3, 300, 0 }, { "{\"a\":{\"b\":[1,2]}}", 2, 300, -ELOOP }, { "[\"0123456789\"]", 1, 58, 0 },
		{ "[\"0123456789\"]", 1, 57, -EFBIG }, { "{\"a long key of many letters\":1}", 1, 100, -EFBIG }, { "[1,2,3,4,5,6,7,8,9]", 1, 150, -EFBIG },
		{ "[1,2,3,4,5,6,7,8,9]", 1, 176, 0 },
	};
	size_t bytes;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *v = json_loads(rows[i].text, 0, NULL);

		CHECK_INT(json_measure(v, rows[i].depth, rows[i].max, &bytes), rows[i].err);
		CHECK(rows[i].err || bytes <= rows[i].max);
		json_decref(v);
	}
	CHECK_INT(json_measure(NULL, 1, 1, &bytes), 0);
	CHECK_INT(bytes, 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_check), TEST(test_default_limit), TEST(test_getters), TEST(test_room), TEST(test_measure) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * metadata.json against its schema (docs/schemas), by as much of JSON Schema as that uses; and against what is on disk.
 */
#include "common/fsio.h"
#include "common/json.h"
#include "postprocess/compose.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/metadata.c"

static const struct { const char *name; json_type type; } type_names[] = {
	{ "object", JSON_OBJECT }, { "array", JSON_ARRAY }, { "string", JSON_STRING }, { "integer", JSON_INTEGER }, { "null", JSON_NULL },
};

static bool is_type(json_t *v, const char *name)
{
	if (!strcmp(name, "number"))
		return json_is_number(v);
	for (size_t i = 0; i < G_N_ELEMENTS(type_names); i++)
		if (!strcmp(type_names[i].name, name))
			return json_typeof(v) == type_names[i].type;
	TEST_FAIL("the schema says type %s", name);
}

static bool type_fits(json_t *v, json_t *type)
{
	json_t *one;
	size_t i;

	if (!type || json_is_string(type))
		return !type || is_type(v, json_string_value(type));
	json_array_foreach(type, i, one)
		if (is_type(v, json_string_value(one)))
			return true;
	return false;
}

static void validate(json_t *root, json_t *schema, json_t *v, const char *path);

static void validate_members(json_t *root, json_t *schema, json_t *v, const char *path)
{
	json_t *name, *sub;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, name)
		if (!json_object_get(v, json_string_value(name)))
			TEST_FAIL("%s: no %s", path, json_string_value(name));
	json_object_foreach(json_object_get(schema, "properties"), key, sub) {
		g_autofree char *below = g_strconcat(path, ".", key, NULL);

		if (json_object_get(v, key))
			validate(root, sub, json_object_get(v, key), below);
	}
}

static void validate(json_t *root, json_t *schema, json_t *v, const char *path)
{
	const char *ref = json_str(schema, "$ref");
	json_t *constant = json_object_get(schema, "const"), *one;
	size_t i;

	if (ref) {
		schema = json_object_get(json_object_get(root, "$defs"), ref + strlen("#/$defs/"));
		CHECK(schema != NULL);
	}
	if (!type_fits(v, json_object_get(schema, "type")))
		TEST_FAIL("%s: wrong type", path);
	if (constant && !json_equal(constant, v))
		TEST_FAIL("%s: not the constant", path);
	if (json_is_object(v))
		validate_members(root, schema, v, path);
	json_array_foreach(v, i, one)
		validate(root, json_object_get(schema, "items"), one, path);
}

/** Members that the schema does not know are a mistake here, though not for readers. */
static void check_known(json_t *root, json_t *schema, json_t *v, const char *path)
{
	const char *ref = json_str(schema, "$ref"), *key;
	json_t *member, *known;
	size_t i;

	if (ref)
		schema = json_object_get(json_object_get(root, "$defs"), ref + strlen("#/$defs/"));
	known = json_object_get(schema, "properties");
	json_array_foreach(v, i, member)
		check_known(root, json_object_get(schema, "items"), member, path);
	if (!known)
		return;
	json_object_foreach(v, key, member) {
		if (!json_object_get(known, key))
			TEST_FAIL("%s.%s is not in the schema", path, key);
		check_known(root, json_object_get(known, key), member, key);
	}
}

static json_t *composed(const char *dir, int64_t duration_ms, const struct make_participant *people, struct compose_result *r)
{
	struct compose_conf conf = { .dir = dir, .threads = 1 };
	g_autofree char *path = g_build_filename(dir, "metadata.json", NULL);

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = duration_ms, .title = "Weekly", .people = people }), 0);
	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 320;
	conf.spec.height = 180;
	CHECK_INT(compose(&conf, r), 0);
	return json_load_file(path, 0, NULL);
}

static const struct make_participant people[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .muted = { { 1000, 1500 } }, .gaps = { { 2000, 2400 } } } } },
	{ .id = "user2", .name = "Bob", .joined_ms = 1000, .left_ms = 2600, .sources = { { .source = "audio", .from_ms = 1000, .to_ms = 2600, .missing = { 2 } } } },
	{ 0 }
};

static void test_schema(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	json_t *schema = json_load_file(SRCDIR "/docs/schemas/metadata.schema.json", 0, NULL), *doc;
	struct compose_result r;

	CHECK(schema != NULL);
	doc = composed(dir, 4000, people, &r);
	CHECK(doc != NULL);
	validate(schema, schema, doc, "$");
	check_known(schema, schema, doc, "$");
	json_decref(doc);
	make_remove(&dir);
	dir = make_scratch("rec_demo_1760090400123_abcdef");
	doc = composed(dir, 0, NULL, &r);
	validate(schema, schema, doc, "$");
	json_decref(doc);
	json_decref(schema);
	make_remove(&dir);
}

static void test_what_it_says(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;
	json_t *doc = composed(dir, 4000, people, &r), *call = json_object_get(doc, "call"), *bob, *track;
	char *text = json_dumps(doc, 0);

	CHECK_STR(json_str(call, "recording"), "rec_demo_1760090400123_abcdef");
	CHECK_STR(json_str(call, "started_at"), "2025-10-10T10:00:00.123Z");
	CHECK_STR(json_str(call, "stopped_at"), "2025-10-10T10:00:04.123Z");
	CHECK_INT(json_num(call, "missing_chunks", 0), 1);
	bob = json_array_get(json_object_get(call, "participants"), 1);
	CHECK_STR(json_str(json_array_get(json_object_get(bob, "present"), 0), "joined_at"), "2025-10-10T10:00:01.123Z");
	CHECK_INT(json_num(json_array_get(json_object_get(bob, "tracks"), 0), "missing_chunks", 0), 1);
	track = json_array_get(json_object_get(json_array_get(json_object_get(call, "participants"), 0), "tracks"), 1);
	CHECK_STR(json_str(track, "source"), "video");
	CHECK_INT(json_array_size(json_object_get(track, "segments")), 3);
	CHECK_STR(json_str(json_array_get(json_object_get(track, "gaps"), 0), "reason"), "lost");
	CHECK_INT(json_num(json_array_get(json_object_get(track, "muted"), 0), "to_ms", 0), 1500);
	CHECK(!strstr(text, "Ann") && !strstr(text, "Bob"));      /* only participants.json names people */
	free(text);
	json_decref(doc);
	make_remove(&dir);
}

/** Sizes and checksums are those of the files. */
static void test_files(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;
	json_t *doc = composed(dir, 2000, people, &r), *sum;

	for (int i = 0; i < r.nfiles; i++) {
		g_autofree char *path = g_build_filename(dir, r.files[i].name, NULL), *data = NULL;
		char hex[SHA256_HEX], list[SHA256_HEX + 1];
		size_t len;

		CHECK_INT(fs_read(path, 64 << 20, &data, &len), 0);
		CHECK_INT(r.files[i].size, len);
		sha256_hex(hex, data, len);
		if (strcmp(r.files[i].kind, "media")) {
			CHECK_STR(r.files[i].sha256, hex);
			continue;
		}
		sum = json_object_get(json_array_get(json_object_get(doc, "outputs"), 0), "checksum");
		CHECK_STR(json_string_value(json_array_get(json_object_get(sum, "blocks"), 0)), hex);
		snprintf(list, sizeof(list), "%s\n", hex);
		sha256_hex(hex, list, strlen(list));
		CHECK_STR(json_str(sum, "list"), hex);
		CHECK_STR(r.files[i].sha256, hex);
		CHECK_INT(json_num(json_array_get(json_object_get(doc, "outputs"), 0), "size", 0), len);
	}
	json_decref(doc);
	make_remove(&dir);
}

static void test_times(void)
{
	static const struct { int64_t ms; const char *text; } rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" }, { 1760090400007, "2025-10-10T10:00:00.007Z" }, { 951782399999, "2000-02-28T23:59:59.999Z" },
	};
	json_t *v;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		v = wall_time(rows[i].ms);
		CHECK_STR(json_string_value(v), rows[i].text);
		json_decref(v);
	}
	v = wall_time(-5);
	CHECK(json_is_null(v));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_schema), TEST(test_what_it_says), TEST(test_files), TEST(test_times) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

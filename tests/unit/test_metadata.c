/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * metadata.json against its schema (docs/schemas), against the recording it tells of, and against what is on disk; with other outputs beside it.
 */
#include <libavformat/avformat.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/sha256.h"
#include "postprocess/compose.h"
#include "tests/lib/make_recording.h"
#include "tests/lib/schema.h"
#include "tests/unit/test.h"
#include "postprocess/metadata.c"

/** Written by compose(), read back, and judged. */
static json_t *composed_as(const struct make_conf *make, const struct output_spec *spec, struct compose_result *r)
{
	struct compose_conf conf = { .dir = make->dir, .threads = 1, .spec = *spec };
	g_autofree char *path = g_build_filename(make->dir, "metadata.json", NULL), *fault = NULL;
	json_t *doc;

	CHECK_INT(make_recording(make), 0);
	CHECK_INT(compose(&conf, r), 0);
	fault = schema_metadata_fault(SRCDIR, make->dir);
	if (fault)
		TEST_FAIL("%s", fault);
	doc = json_load_file(path, 0, NULL);
	CHECK(doc != NULL);
	return doc;
}

static struct output_spec small(void)
{
	struct output_spec spec;

	output_spec_default(&spec, NULL);
	spec.width = 320;
	spec.height = 180;
	return spec;
}

static json_t *composed(const char *dir, int64_t duration_ms, const struct make_participant *people, struct compose_result *r)
{
	struct output_spec spec = small();

	return composed_as(&(struct make_conf){ .dir = dir, .duration_ms = duration_ms, .title = "Weekly", .people = people }, &spec, r);
}

static const struct make_participant people[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .muted = { { 1000, 1500 } }, .gaps = { { 2000, 2400 } } } } },
	{ .id = "user2", .name = "Bob", .joined_ms = 1000, .left_ms = 2600, .sources = { { .source = "audio", .from_ms = 1000, .to_ms = 2600, .missing = { 2 } } } },
	{ 0 }
};

/** What Debian's validator says of the schema, and of documents by it. */
static void test_schema(void)
{
	static const struct { int64_t duration_ms; const struct make_participant *people; } rows[] = { { 4000, people }, { 0, NULL }, { 1500, NULL } };
	g_autoptr(GString) command = g_string_new("/usr/bin/python3 -m jsonschema --validator Draft202012Validator");
	char *dirs[G_N_ELEMENTS(rows)];
	int status;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct compose_result r;

		dirs[i] = make_scratch("rec_demo_1760090400123_abcdef");
		json_decref(composed(dirs[i], rows[i].duration_ms, rows[i].people, &r));
		g_string_append_printf(command, " -i '%s/metadata.json'", dirs[i]);
	}
	g_string_append(command, " " SRCDIR "/docs/schemas/metadata.schema.json");
	status = system(command->str);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		make_remove(&dirs[i]);
	CHECK_INT(status, 0);
}

/** The small validator finds what is wrong. */
static void test_validator(void)
{
	static const struct { const char *doc, *fault; } rows[] = {
		{ "{'a':1,'b':['x','x']}", NULL }, { "{'a':-1}", "$.a: too small" }, { "{'b':[]}", "$: no a" }, { "{'a':1,'b':['x',5]}", "$.b[1]: not of the type" },
		{ "{'a':1,'b':['y']}", "$.b[0]: \"y\" is not as the pattern wants it" }, { "{'a':1,'c':1}", "$.c: not in the schema" }, { "[]", "$: not of the type" },
		{ "{'a':null}", NULL }, { "{'a':1,'d':3}", "$.d: none of the values" },
	};
	json_t *schema = json_pack("{s:s,s:[s],s:{s:{s:[s,s],s:i},s:{s:s,s:{s:s}},s:{s:[i,i]}},s:{s:{s:s,s:s}}}", "type", "object", "required", "a", "properties", "a", "type",
				   "integer", "null", "minimum", 0, "b", "type", "array", "items", "$ref", "#/$defs/x", "d", "enum", 1, 2, "$defs", "x", "type", "string", "pattern", "^x$");

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdelimit(g_strdup(rows[i].doc), "'", '"'), *fault = NULL;
		json_t *doc = json_loads(text, 0, NULL);

		fault = schema_fault(schema, doc);
		if (g_strcmp0(fault, rows[i].fault))
			TEST_FAIL("%s: %s", rows[i].doc, fault ? fault : "no fault");
		json_decref(doc);
	}
	json_decref(schema);
}

/** Who was told and who agreed, also of those who are nowhere else. */
static void test_consent(void)
{
	struct model_consent said[] = { { "user1", "told", 0, 1760090400123 }, { "user2", "told", 0, 1760090400456 }, { "user1", "agreed", 900, 1760090401023 },
					{ "user1", "declined", 2000, 1760090402123 } };
	struct model m = { .consent = "require", .consents = said, .nconsents = G_N_ELEMENTS(said) };
	json_t *o = metadata_consent(&m), *all = json_object_get(o, "people"), *ann = json_array_get(all, 0), *bob = json_array_get(all, 1);

	CHECK_STR(json_str(o, "policy"), "require");
	CHECK_INT(json_array_size(all), 2);
	CHECK_STR(json_str(ann, "state"), "declined");
	CHECK_STR(json_str(ann, "told_at"), "2025-10-10T10:00:00.123Z");
	CHECK_INT(json_array_size(json_object_get(ann, "changes")), 3);
	CHECK_INT(json_num(json_array_get(json_object_get(ann, "changes"), 1), "at_ms", 0), 900);
	CHECK_STR(json_str(bob, "state"), "told");
	json_decref(o);
}

static void test_what_it_says(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;
	struct output_spec spec = small();
	json_t *doc = composed_as(&(struct make_conf){ .dir = dir, .duration_ms = 4000, .title = "Weekly", .people = people,
						       .continues = "rec_demo_1760090300123_aaaaaa" }, &spec, &r), *call = json_object_get(doc, "call"), *bob, *track;
	char *text = json_dumps(doc, 0);

	CHECK_STR(json_str(call, "recording"), "rec_demo_1760090400123_abcdef");
	CHECK_STR(json_str(call, "continues"), "rec_demo_1760090300123_aaaaaa");
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

/** Composed again, with other threads: the same files beside it, but for what the names in them say of the output. */
static void test_same_bytes(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_conf conf = { .dir = dir, .threads = 2, .overwrite = true, .spec = small() };
	struct compose_result one, two;

	json_decref(composed(dir, 4000, people, &one));
	CHECK_INT(compose(&conf, &two), 0);
	CHECK_INT(two.nfiles, one.nfiles);
	for (int i = 0; i < one.nfiles; i++) {
		CHECK_STR(two.files[i].name, one.files[i].name);
		CHECK_STR(two.files[i].sha256, one.files[i].sha256);
	}
	make_remove(&dir);
}

/** Chapters stand in the container, too. */
static void test_chapters_in_media(void)
{
	static const struct make_participant sharing[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "screen", .from_ms = 2000, .to_ms = 14000, .fps = 2 } } }, { 0 }
	};
	static const struct { int64_t from_ms, to_ms; const char *title; } want[] = {
		{ 0, 2000, "Beginning" }, { 2000, 14000, "Ann shares a screen" }, { 14000, 15000, "After the screen" },
	};
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	g_autofree char *path = g_build_filename(dir, "output.webm", NULL);
	AVFormatContext *f = NULL;
	struct compose_result r;

	json_decref(composed(dir, 15000, sharing, &r));
	CHECK_INT(avformat_open_input(&f, path, NULL, NULL), 0);
	CHECK_INT(f->nb_chapters, G_N_ELEMENTS(want));
	for (unsigned i = 0; i < f->nb_chapters; i++) {
		const AVChapter *c = f->chapters[i];

		CHECK_INT(av_rescale_q(c->start, c->time_base, (AVRational){ 1, 1000 }), want[i].from_ms);
		CHECK_INT(av_rescale_q(c->end, c->time_base, (AVRational){ 1, 1000 }), want[i].to_ms);
		CHECK_STR(av_dict_get(c->metadata, "title", NULL, 0)->value, want[i].title);
	}
	avformat_close_input(&f);
	make_remove(&dir);
}

/* ---- later outputs ---- */

static json_t *load(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	json_t *doc = json_load_file(path, 0, NULL);

	if (!doc)
		TEST_FAIL("%s cannot be read", name);
	return doc;
}

static void compose_later(const char *dir, const char *output, const char *only)
{
	struct compose_conf conf = { .dir = dir, .threads = 1, .overwrite = true, .output = output, .spec = small() };
	g_autofree char *below = g_build_filename(dir, "outputs", NULL), *fault = NULL;
	struct compose_result r;

	CHECK_INT(fs_mkdirs(below, 0755), 0);
	g_strlcpy(conf.spec.only, only, sizeof(conf.spec.only));
	CHECK_INT(compose(&conf, &r), 0);
	fault = schema_metadata_fault(SRCDIR, dir);
	if (fault)
		TEST_FAIL("after %s: %s", output, fault);
}

/** What somebody else's program, or a later version, wrote into it. */
static void add_unknown(const char *dir)
{
	json_t *doc = load(dir, "metadata.json");
	char *text;

	json_object_set_new(doc, "ours", json_integer(1));
	json_object_set_new(json_object_get(doc, "call"), "agenda", json_string("x"));
	text = json_dumps(doc, 0);
	CHECK_INT(fs_write_atomic(dir, "metadata.json", text, strlen(text), 0644, 0), 0);
	free(text);
	json_decref(doc);
}

static void remove_file(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	CHECK_INT(unlink(path), 0);
}

/** Without metadata.json the later outputs whose media are there come back from their own documents. */
static void check_lost(const char *dir)
{
	struct compose_result r;
	json_t *doc, *outputs;

	remove_file(dir, "metadata.json");
	remove_file(dir, "outputs/10-grid-320x180.webm");
	CHECK_INT(compose(&(struct compose_conf){ .dir = dir, .threads = 1, .overwrite = true, .spec = small() }, &r), 0);
	doc = load(dir, "metadata.json");
	outputs = json_object_get(doc, "outputs");
	CHECK_INT(json_array_size(outputs), 2);
	CHECK_INT(json_num(json_array_get(outputs, 0), "id", 0), 1);
	CHECK_INT(json_num(json_array_get(outputs, 1), "id", 0), 2);
	json_decref(doc);
}

static void test_later_outputs(void)
{
	static const int ids[] = { 1, 2, 10 };
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;
	json_t *doc, *outputs, *own;

	json_decref(composed(dir, 1500, people, &r));
	compose_later(dir, "outputs/10-grid-320x180", "user2");
	compose_later(dir, "outputs/2-grid-320x180", "");
	add_unknown(dir);
	doc = load(dir, "metadata.json");
	CHECK_INT(json_num(doc, "ours", 0), 1);
	json_decref(doc);
	/* again, each of them: its entry is replaced, what is not ours stays (the schema, as tests read it, does not know it) */
	CHECK_INT(compose(&(struct compose_conf){ .dir = dir, .threads = 1, .overwrite = true, .output = "outputs/10-grid-320x180", .spec = small() }, &r), 0);
	CHECK_INT(compose(&(struct compose_conf){ .dir = dir, .threads = 1, .overwrite = true, .spec = small() }, &r), 0);
	doc = load(dir, "metadata.json");
	CHECK_INT(json_num(doc, "ours", 0), 1);
	CHECK_STR(json_str(json_object_get(doc, "call"), "agenda"), "x");
	CHECK_INT(json_array_size(json_object_get(json_object_get(doc, "call"), "participants")), 2);
	outputs = json_object_get(doc, "outputs");
	CHECK_INT(json_array_size(outputs), G_N_ELEMENTS(ids));
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
		CHECK_INT(json_num(json_array_get(outputs, i), "id", 0), ids[i]);
	CHECK_STR(json_str(json_array_get(outputs, 1), "file"), "outputs/2-grid-320x180.webm");
	own = load(dir, "outputs/2-grid-320x180.json");
	CHECK_INT(json_array_size(json_object_get(own, "outputs")), 1);
	CHECK(json_equal(json_array_get(json_object_get(own, "outputs"), 0), json_array_get(outputs, 1)));
	json_decref(own);
	json_decref(doc);
	check_lost(dir);
	make_remove(&dir);
}

/** A part of the recording does not become all that is known of it. */
static void test_part(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;
	json_t *doc, *own;

	json_decref(composed(dir, 1500, people, &r));
	compose_later(dir, "outputs/2-grid-320x180", "user2");
	doc = load(dir, "metadata.json");
	own = load(dir, "outputs/2-grid-320x180.json");
	CHECK_INT(json_array_size(json_object_get(json_object_get(doc, "call"), "participants")), 2);
	CHECK_INT(json_array_size(json_object_get(json_object_get(own, "call"), "participants")), 1);
	json_decref(own);
	json_decref(doc);
	make_remove(&dir);
}

static void test_no_document(void)
{
	static const char *const texts[] = { "", "[]", "{\"schema_version\":1}", "{\"schema_version\":99,\"x\":1}", "{\"schema_version\":1,\"outputs\":7,\"call\":[]}" };
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");
	struct compose_result r;

	json_decref(composed(dir, 500, NULL, &r));
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		CHECK_INT(fs_write_atomic(dir, "metadata.json", texts[i], strlen(texts[i]), 0644, 0), 0);
		compose_later(dir, "outputs/2-grid-320x180", "");
	}
	make_remove(&dir);
}

static void test_times(void)
{
	static const struct { int64_t ms; const char *text; } rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" }, { 1760090400007, "2025-10-10T10:00:00.007Z" }, { 951782399999, "2000-02-28T23:59:59.999Z" },
	};
	json_t *v;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		v = metadata_time(rows[i].ms);
		CHECK_STR(json_string_value(v), rows[i].text);
		json_decref(v);
	}
	v = metadata_time(-5);
	CHECK(json_is_null(v));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_schema), TEST(test_validator), TEST(test_consent), TEST(test_what_it_says), TEST(test_files), TEST(test_same_bytes), TEST(test_chapters_in_media), TEST(test_later_outputs), TEST(test_part), TEST(test_no_document), TEST(test_times) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

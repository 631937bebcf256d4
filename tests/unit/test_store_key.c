/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of objects: where everything of a recording is, that nothing leaves its place, and that nobody else's object is taken for one's own.
 */
#include "common/store_key.c"
#include "test.h"

#define ID "rec_room123_1760090400123_k3v7qa"      /* 2025-10-10 10:00:00.123 UTC */
#define PUBLIC "0123456789abcdef0123456789abcdef"
#define DAY "2025/10/10/"

static void test_outputs(void)
{
	static const struct row {
		const char *prefix, *public_id, *file;
		bool first;
		const char *want;
	} rows[] = {
		{ "recordings", NULL, "output.webm", true, "recordings/" DAY ID ".webm" },
		{ "recordings", NULL, "output.mp4", true, "recordings/" DAY ID ".mp4" },
		{ "recordings", NULL, "metadata.json", true, "recordings/" DAY ID ".json" },
		{ "recordings", NULL, "thumbnail.jpg", true, "recordings/" DAY ID ".jpg" },
		{ "recordings", NULL, "chapters.vtt", true, "recordings/" DAY ID "/chapters.vtt" },
		{ "recordings", NULL, "output.webm.tmp", true, "recordings/" DAY ID "/output.webm.tmp" },
		{ "recordings", NULL, "outputs/2-speaker-1280x720.mp4", false, "recordings/" DAY ID "/outputs/2-speaker-1280x720.mp4" },
		{ "recordings", NULL, "metadata.json", false, "recordings/" DAY ID "/metadata.json" },
		{ "/a/b/", NULL, "output.webm", true, "a/b/" DAY ID ".webm" },
		{ "", NULL, "output.webm", true, DAY ID ".webm" },
		{ NULL, NULL, "output.webm", true, DAY ID ".webm" },
		{ "recordings", PUBLIC, "output.webm", true, "recordings/" DAY PUBLIC "/" ID ".webm" },
		{ "recordings", PUBLIC, "participants/user1.webm", true, "recordings/" DAY PUBLIC "/" ID "/participants/user1.webm" },
		{ "r\xc3\xa9union", NULL, "a b+c.webm", false, "r\xc3\xa9union/" DAY ID "/a b+c.webm" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *key = NULL, *search = NULL;

		CHECK_INT(store_key_output(&key, rows[i].prefix, ID, rows[i].public_id, rows[i].file, rows[i].first), 0);
		CHECK_STR(key, rows[i].want);
		CHECK_INT(store_key_search(&search, rows[i].prefix, ID, rows[i].public_id), 0);
		CHECK(store_key_is_of(key, search));
		g_free(key);
		g_free(search);
	}
}

static void test_originals(void)
{
	char *key = NULL;

	CHECK_INT(store_key_originals(&key, "originals", ID, "chunks/user1/000003.tar"), 0);
	CHECK_STR(key, "originals/" DAY ID "/chunks/user1/000003.tar");
	g_free(key);
	CHECK_INT(store_key_originals(&key, "originals", ID, "timeline/00000001.jsonl"), 0);
	CHECK_STR(key, "originals/" DAY ID "/timeline/00000001.jsonl");
	g_free(key);
}

static void test_refused(void)
{
	static const struct { const char *prefix, *id, *public_id, *file; } rows[] = {
		{ "p", "rec_room123_17600904x0123_k3v7qa", NULL, "output.webm" },
		{ "p", "../etc", NULL, "output.webm" },
		{ "p", ID, NULL, "" },
		{ "p", ID, NULL, "/output.webm" },
		{ "p", ID, NULL, "a//b" },
		{ "p", ID, NULL, "a/" },
		{ "p", ID, NULL, "../other.webm" },
		{ "p", ID, NULL, "a/../../b" },
		{ "p", ID, NULL, "./a" },
		{ "p", ID, NULL, "a\nb" },
		{ "p/../q", ID, NULL, "output.webm" },
		{ "p//q", ID, NULL, "output.webm" },
		{ "p", ID, "0123", "output.webm" },
		{ "p", ID, "0123456789ABCDEF0123456789ABCDEF", "output.webm" },
	};
	char *key = NULL, *name = g_strnfill(STORE_KEY_MAX, 'a');

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (store_key_output(&key, rows[i].prefix, rows[i].id, rows[i].public_id, rows[i].file, true) != -EINVAL)
			TEST_FAIL("row %zu became \"%s\"", i, key);
	CHECK_INT(store_key_output(&key, "p", ID, NULL, name, true), -EINVAL);
	CHECK(!key);
	g_free(name);
}

/* The day is that of UTC, at its very ends, too. */
static void test_days(void)
{
	char *key = NULL;

	CHECK_INT(store_key_output(&key, "p", "rec_r_1798761599999_aaaaaa", NULL, "output.webm", true), 0);
	CHECK_STR(key, "p/2026/12/31/rec_r_1798761599999_aaaaaa.webm");
	g_free(key);
	CHECK_INT(store_key_output(&key, "p", "rec_r_1798761600000_aaaaaa", NULL, "output.webm", true), 0);
	CHECK_STR(key, "p/2027/01/01/rec_r_1798761600000_aaaaaa.webm");
	g_free(key);
}

/* A room may have a name that makes the ids of its recordings begin as those of another. */
static void test_whose(void)
{
	static const struct { const char *rest; bool ours; } rows[] = {
		{ ".webm", true }, { ".json", true }, { "/chapters.vtt", true }, { "/outputs/2-x.webm", true }, { "", false }, { ".", false },
		{ "_1760090400999_bbbbbb.webm", false },              /* of room "room123_1760090400123_k3v7qa" */
		{ ".b_1760090400999_bbbbbb.webm", false },            /* of room "room123_1760090400123_k3v7qa.b" */
		{ ".b_1760090400999_bbbbbb/chapters.vtt", false }, { "x/y", false }, { "-1/y", false }, { ".WEBM", false }, { ".webmwebmw", false },
	};
	char *search = NULL;

	CHECK_INT(store_key_search(&search, "p", ID, NULL), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *key = g_strconcat(search, rows[i].rest, NULL);

		if (store_key_is_of(key, search) != rows[i].ours)
			TEST_FAIL("\"%s\"", key);
		g_free(key);
	}
	CHECK(!store_key_is_of("q/" DAY ID ".webm", search));
	CHECK(!store_key_is_of("", search));
	g_free(search);
}

static void test_back(void)
{
	static const struct { const char *prefix, *key, *id; } rows[] = {
		{ "p", "p/" DAY ID ".webm", ID }, { "p", "p/" DAY ID "/outputs/2-x.webm", ID }, { "", DAY ID ".json", ID }, { "/a/b/", "a/b/" DAY ID "/x", ID },
		{ "p", "p/" DAY PUBLIC "/" ID ".webm", ID }, { "p", "p/" DAY PUBLIC "/" ID "/x", ID },
		{ "p", "p/" DAY "rec_a.b_1760090400123_k3v7qa.webm", "rec_a.b_1760090400123_k3v7qa" },
		{ "p", "q/" DAY ID ".webm", NULL }, { "p", "p/" DAY "notes.txt", NULL }, { "p", "p/" ID ".webm", NULL }, { "p", "p", NULL }, { "p", "", NULL },
		{ "p", "pp/" DAY ID ".webm", NULL }, { "p", "p/" DAY "x/" ID ".webm", NULL },
	};
	char id[ID_SIZE];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool found = store_key_recording(id, rows[i].prefix, rows[i].key);

		if (found != (rows[i].id != NULL) || (found && strcmp(id, rows[i].id)))
			TEST_FAIL("\"%s\"", rows[i].key);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_outputs), TEST(test_originals), TEST(test_refused), TEST(test_days), TEST(test_whose), TEST(test_back) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

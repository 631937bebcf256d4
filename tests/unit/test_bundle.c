/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bundles: tar reads them, they read what tar wrote, the same files give the same bytes, and nothing that is not one participant's chunks comes out of one.
 */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "postprocess/bundle.c"
#include "test.h"

enum { FILES = 5, TIME_S = 1760090400 };
static const struct { const char *name; size_t len; } files[FILES] = {
	{ "user1_audio_00_000000.webm", 1 }, { "user1_audio_00_000001.webm", 512 }, { "user1_video_01_000000.mkv", 0 }, { "user1_screenaudio2_00_000007.webm", 70000 },
	{ "user1_video_100_1000000.webm", 511 },
};

static GByteArray *content(size_t i)
{
	GByteArray *a = g_byte_array_sized_new((guint)files[i].len);

	for (size_t k = 0; k < files[i].len; k++)
		g_byte_array_append(a, &(guint8){ (guint8)(k * 7 + i) }, 1);
	return a;
}

static GByteArray *make(void)
{
	GByteArray *out = g_byte_array_new();

	for (size_t i = 0; i < FILES; i++) {
		GByteArray *a = content(i);

		CHECK_INT(bundle_add(out, files[i].name, a->data, a->len, TIME_S + (int64_t)i), 0);
		g_byte_array_unref(a);
	}
	bundle_end(out);
	return out;
}

/* ---- what a reader tells, as a text ---- */

struct told {
	GString *text;
	GByteArray *data;
	int stop_at;                   /* which call fails; 0: none */
	int calls;
};

static int step(struct told *t)
{
	return ++t->calls == t->stop_at ? -ENOSPC : 0;
}

static int on_begin(const struct chunk_name *chunk, const char *name, int64_t size, int64_t time_s, void *arg)
{
	struct told *t = arg;

	g_string_append_printf(t->text, "%s %s %d %lld:", chunk->participant, name, (int)size, (long long)time_s);
	return step(t);
}

static int on_data(const void *data, size_t len, void *arg)
{
	struct told *t = arg;

	g_byte_array_append(t->data, data, (guint)len);
	return step(t);
}

static int on_end(void *arg)
{
	struct told *t = arg;
	g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, t->data->data, t->data->len);

	g_string_append_printf(t->text, "%s;", sum);
	g_byte_array_set_size(t->data, 0);
	return step(t);
}

/* Fed in pieces of up to `most`; what was told, and *err. g_free() */
static char *read_back(const GByteArray *b, const char *participant, size_t most, int stop_at, int *err)
{
	struct told t = { .text = g_string_new(NULL), .data = g_byte_array_new(), .stop_at = stop_at };
	struct bundle_reader *r = bundle_reader_create(&(struct bundle_sink){ on_begin, on_data, on_end, &t }, participant);

	*err = 0;
	for (size_t at = 0; at < b->len && !*err; at += most)
		*err = bundle_reader_feed(r, b->data + at, MIN(most, b->len - at));
	if (!*err)
		*err = bundle_reader_end(r);
	bundle_reader_free(r);
	g_byte_array_unref(t.data);
	return g_string_free(t.text, FALSE);
}

static char *expected(void)
{
	GString *text = g_string_new(NULL);

	for (size_t i = 0; i < FILES; i++) {
		GByteArray *a = content(i);
		g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, a->data, a->len);

		g_string_append_printf(text, "user1 %s %d %lld:%s;", files[i].name, (int)files[i].len, (long long)TIME_S + (long long)i, sum);
		g_byte_array_unref(a);
	}
	return g_string_free(text, FALSE);
}

static void test_round_trip(void)
{
	static const size_t pieces[] = { 1, 3, 511, 512, 513, 65536, 1 << 20 };
	g_autoptr(GByteArray) one = make(), two = make();
	g_autofree char *want = expected();

	CHECK_INT(one->len, two->len);
	CHECK(!memcmp(one->data, two->data, one->len));
	CHECK_INT(one->len % BUNDLE_BLOCK, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		int err;
		g_autofree char *got = read_back(one, i % 2 ? "user1" : NULL, pieces[i], 0, &err);

		CHECK_INT(err, 0);
		CHECK_STR(got, want);
	}
}

static void test_what_the_sink_says(void)
{
	g_autoptr(GByteArray) b = make();
	int err;

	for (int at = 1; at <= 12; at++) {
		g_free(read_back(b, "user1", 1 << 20, at, &err));
		CHECK_INT(err, -ENOSPC);
	}
}

/* ---- tar itself ---- */

static char *tar(const char *dir, const char *options, const char *file, const char *more)
{
	g_autofree char *command = g_strdup_printf("cd %s && TZ=UTC LC_ALL=C tar %s %s %s", dir, options, file, more);
	char *argv[] = { "sh", "-c", command, NULL }, *out = NULL, *err = NULL;
	int status = -1;

	CHECK(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, NULL));
	if (status || err[0])
		TEST_FAIL("%s: %d, %s", command, status, err);
	g_free(err);
	return out;
}

static void check_extracted(const char *dir)
{
	for (size_t i = 0; i < FILES; i++) {
		g_autofree char *path = g_build_filename(dir, "chunks", files[i].name, NULL), *data = NULL;
		g_autoptr(GByteArray) a = content(i);
		struct stat st;
		size_t len;

		CHECK_INT(fs_read(path, 1 << 20, &data, &len), 0);
		CHECK_INT(len, a->len);
		CHECK(!len || !memcmp(data, a->data, len));
		CHECK_INT(stat(path, &st), 0);
		CHECK_INT(st.st_mtime, TIME_S + (int64_t)i);
		CHECK_INT(st.st_mode & 0777, 0640);
	}
}

static void test_with_tar(void)
{
	g_autofree char *dir = g_dir_make_tmp("recroom-bundle-XXXXXX", NULL), *listed = NULL, *out = NULL, *written = NULL, *path = g_build_filename(dir, "b.tar", NULL);
	g_autofree char *want = expected(), *got = NULL;
	g_autoptr(GByteArray) b = make(), theirs = g_byte_array_new();
	char *data = NULL;
	size_t len;
	int err;

	CHECK_INT(fs_write_atomic(dir, "b.tar", b->data, b->len, 0600, 0), 0);
	listed = tar(dir, "-tvf", "b.tar", "");
	CHECK(strstr(listed, "-rw-r----- 0/0               1 2025-10-10 10:00 chunks/user1_audio_00_000000.webm\n"));
	out = tar(dir, "--same-permissions -xf", "b.tar", "");
	check_extracted(dir);
	written = tar(dir, "--format=ustar -cf", "b.tar", "$(tar -tf b.tar)");
	CHECK_INT(fs_read(path, 1 << 20, &data, &len), 0);
	g_byte_array_append(theirs, (guint8 *)data, (guint)len);
	g_free(data);
	got = read_back(theirs, "user1", 1000, 0, &err);
	CHECK_INT(err, 0);
	CHECK_STR(got, want);
	fs_remove_tree(dir);
}

/* ---- what is refused ---- */

static void resum(unsigned char *h)
{
	put_octal(h + SUM_AT, SUM_LEN - 1, sum_of(h));
	h[SUM_AT + SUM_LEN - 1] = ' ';
}

static void refused(const char *what, size_t at, const char *bytes, size_t n)
{
	g_autoptr(GByteArray) b = make();
	g_autofree char *got = NULL;
	int err;

	memcpy(b->data + at, bytes, n);
	resum(b->data);
	got = read_back(b, "user1", 4096, 0, &err);
	if (err != -EBADMSG || got[0])
		TEST_FAIL("%s: %d, \"%s\"", what, err, got);
}

static void test_refused(void)
{
	static const struct { const char *what, *name; } names[] = {
		{ "another folder", "outputs/user1_audio_00_000000.webm" }, { "above", "chunks/../user1_audio_00_000000.webm" }, { "from the root", "/chunks/user1_audio_00_000000.webm" },
		{ "no chunk", "chunks/timeline.jsonl" }, { "somebody else", "chunks/user2_audio_00_000000.webm" }, { "a folder", "chunks/" }, { "none", "" },
		{ "deeper", "chunks/a/user1_audio_00_000000.webm" },
	};
	static const struct { const char *what; size_t at; const char *bytes; } fields[] = {
		{ "a link", TYPE_AT, "2" }, { "a hard link", TYPE_AT, "1" }, { "a device", TYPE_AT, "3" }, { "a directory", TYPE_AT, "5" }, { "pax", TYPE_AT, "x" }, { "GNU long name", TYPE_AT, "L" },
		{ "larger than any chunk", SIZE_AT, "02000000001" }, { "8 GiB", SIZE_AT, "77777777777" }, { "a negative size", SIZE_AT, "-0000000001" },
		{ "no size", SIZE_AT, "           " }, { "a size in base 256", SIZE_AT, "\x80\x01" }, { "no number", SIZE_AT, "00000000009" }, { "no time", TIME_AT, "yesterday" },
		{ "no magic", MAGIC_AT, "USTAR" }, { "a prefix", PREFIX_AT, "etc" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char name[NAME_LEN] = "";

		memcpy(name, names[i].name, strlen(names[i].name));
		refused(names[i].what, NAME_AT, name, NAME_LEN);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		refused(fields[i].what, fields[i].at, fields[i].bytes, strlen(fields[i].bytes));
}

static void test_cut_off_and_changed(void)
{
	g_autoptr(GByteArray) b = make();
	guint whole = b->len - BUNDLE_BLOCK;       /* the second empty block may be missing */
	int err;

	for (guint len = 0; len < whole; len += len < 3000 ? 1 : 509) {
		b->len = len;
		g_free(read_back(b, "user1", 700, 0, &err));
		CHECK_INT(err, -EBADMSG);
	}
	b->len = whole + BUNDLE_BLOCK;
	for (size_t at = 0; at < BUNDLE_BLOCK; at++) {         /* any change of a header is found by its sum */
		b->data[at] ^= 4;
		g_free(read_back(b, "user1", 700, 0, &err));
		CHECK_INT(err, -EBADMSG);
		b->data[at] ^= 4;
	}
	g_byte_array_append(b, (const guint8 *)"x", 1);
	g_free(read_back(b, "user1", 700, 0, &err));
	CHECK_INT(err, -EBADMSG);
}

static void test_not_added(void)
{
	g_autoptr(GByteArray) b = g_byte_array_new();

	CHECK_INT(bundle_add(b, "timeline.jsonl", "", 0, 0), -EINVAL);
	CHECK_INT(bundle_add(b, "../user1_audio_00_000000.webm", "", 0, 0), -EINVAL);
	CHECK_INT(bundle_add(b, "user1_audio_00_000000.webm", "", (size_t)BUNDLE_FILE_MAX + 1, 0), -EFBIG);
	CHECK_INT(b->len, 0);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_round_trip), TEST(test_what_the_sink_says), TEST(test_with_tar), TEST(test_refused), TEST(test_cut_off_and_changed), TEST(test_not_added),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever has become of a recording's directory: composing ends, with a file of what can be saved, or with a sentence and nothing under a final name; and
 * the chunks are as they were.
 */
#include <glib.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/compose.h"

enum { SECONDS = 240 };        /* for all of it: a hang ends the test */

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" }, { .source = "video", .width = 160, .height = 90, .fps = 10 } } },
	{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .tone_hz = 660 }, { .source = "video", .width = 64, .height = 48, .fps = 10 } } },
	{ 0 }
};
static const struct make_participant nobody[] = { { 0 } };

#define V0 "chunks/user1_video_00_000000.webm"
#define V1 "chunks/user1_video_00_000001.webm"
#define A0 "chunks/user1_audio_00_000000.webm"
#define A1 "chunks/user1_audio_00_000001.webm"
#define OTHER_V "chunks/user2_video_00_000001.webm"

static char *dir;

static char *at(const char *name)
{
	return g_build_filename(dir, name, NULL);
}

/* ---- damage ---- */

static void gone(const char *name, const char *arg)
{
	g_autofree char *path = at(name);

	(void)arg;
	CHECK_INT(unlink(path), 0);
}

static void cut(const char *name, const char *part)
{
	g_autofree char *path = at(name);
	struct stat st;

	CHECK(stat(path, &st) == 0 && truncate(path, st.st_size * atoi(part) / 100) == 0);
}

static void noise(const char *name, const char *arg)
{
	g_autofree char *path = at(name), *data = NULL;
	gsize len = 0;
	uint32_t state = 7;

	(void)arg;
	CHECK(g_file_get_contents(path, &data, &len, NULL));
	for (gsize i = len / 4; i < len; i++)
		data[i] = (char)((state = state * 1664525 + 1013904223) >> 24);
	CHECK(g_file_set_contents(path, data, (gssize)len, NULL));
}

static void copy(const char *name, const char *from)
{
	g_autofree char *path = at(name), *source = at(from), *data = NULL;
	gsize len = 0;

	CHECK(g_file_get_contents(source, &data, &len, NULL) && g_file_set_contents(path, data, (gssize)len, NULL));
}

static void link_to(const char *name, const char *to)
{
	g_autofree char *path = at(name);

	CHECK(unlink(path) == 0 && symlink(to, path) == 0);
}

static void fifo(const char *name, const char *arg)
{
	g_autofree char *path = at(name);

	(void)arg;
	CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
}

static void folder(const char *name, const char *arg)
{
	g_autofree char *path = at(name);

	(void)arg;
	CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
}

static void text(const char *name, const char *content)
{
	g_autofree char *path = at(name);

	CHECK(g_file_set_contents(path, content, -1, NULL));
}

/* Replaces the first of two strings in the timeline everywhere: "old|new" */
static void edit(const char *name, const char *words)
{
	g_autofree char *path = at(name), *data = NULL, *edited = NULL;
	char **pair = g_strsplit(words, "|", 2), **parts;

	CHECK(g_file_get_contents(path, &data, NULL, NULL));
	CHECK(strstr(data, pair[0]));
	parts = g_strsplit(data, pair[0], -1);
	edited = g_strjoinv(pair[1], parts);
	CHECK(g_file_set_contents(path, edited, -1, NULL));
	g_strfreev(parts);
	g_strfreev(pair);
}

static void drop_stop(const char *name, const char *duration)
{
	g_autofree char *path = at(name), *data = NULL, *all = NULL;
	char *stop;

	CHECK(g_file_get_contents(path, &data, NULL, NULL));
	stop = strstr(data, "{\"type\":\"stop\"");
	CHECK(stop);
	*stop = '\0';
	all = g_strdup_printf("%s{\"type\":\"stop\",\"t_ms\":%s,\"wall_ms\":1,\"duration_ms\":%s,\"elapsed_ms\":5,\"flags\":[]}\n", data, duration, duration);
	CHECK(g_file_set_contents(path, all, -1, NULL));
}

static void nothing(const char *name, const char *arg)
{
	(void)name, (void)arg;
}

/* ---- the table ---- */

#define TL "timeline.jsonl"
static const struct {
	const char *what;
	void (*damage)(const char *name, const char *arg);
	const char *name, *arg;
	bool composed;             /* a file comes of it, else a sentence */
} rows[] = {
	{ "whole", nothing, "", "", true },
	{ "a chunk missing", gone, V0, "", true },
	{ "a sound missing", gone, A0, "", true },
	{ "zero-length", cut, V1, "0", true },
	{ "truncated in its header", cut, V1, "5", true },
	{ "truncated", cut, A1, "60", true },
	{ "corrupt", noise, V0, "", true },
	{ "corrupt sound", noise, A0, "", true },
	{ "duplicated", copy, V1, V0, true },
	{ "somebody else's", copy, V1, OTHER_V, true },
	{ "sound for a picture", copy, V0, A0, true },
	{ "a link", link_to, V1, "/etc/passwd", true },
	{ "a link to itself", link_to, V1, "user1_video_00_000001.webm", true },
	{ "a link to a device", link_to, V1, "/dev/zero", true },
	{ "a pipe", fifo, V1, "", true },
	{ "a pipe for sound", fifo, A0, "", true },
	{ "a directory", folder, V0, "", true },
	{ "timeline empty", text, TL, "", true },
	{ "timeline no JSON", text, TL, "\x01\x02 nonsense\n\n{}\n[]\n7\n", true },
	{ "timeline cut in mid-line", cut, TL, "55", true },
	{ "timeline missing", gone, TL, "", true },
	{ "timeline a pipe", fifo, TL, "", false },
	{ "newer format", edit, TL, "\"format\":1|\"format\":7", false },
	{ "claims 16384x16384", edit, TL, "\"width\":160,\"height\":90|\"width\":16384,\"height\":16384", true },
	{ "claims more", edit, TL, "\"width\":160|\"width\":99999999999", true },
	{ "negative times", edit, TL, "\"t_ms\":1000|\"t_ms\":-1000", true },
	{ "absurd times", edit, TL, "\"end_ms\":1|\"end_ms\":99999999999991", true },
	{ "three weeks long", drop_stop, TL, "1814400000", true },
	{ "a thousand years long", drop_stop, TL, "31536000000000", true },
	{ "negative length", drop_stop, TL, "-5", true },
	{ "other codec than it says", edit, TL, "\"codec\":\"vp8\"|\"codec\":\"av1\"", true },
	{ "unknown codec", edit, TL, "\"codec\":\"vp8\"|\"codec\":\"mpeg\"", true },
	{ "names no JSON", text, "participants.json", "{\"participants\":", true },
	{ "names a pipe", fifo, "participants.json", "", true },
};

static unsigned count_chunks(void)
{
	g_autofree char *path = at("chunks");
	GDir *d = g_dir_open(path, 0, NULL);
	unsigned n = 0;

	while (d && g_dir_read_name(d))
		n++;
	if (d)
		g_dir_close(d);
	return n;
}

static bool has_leftovers(void)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;
	bool found = false;

	while ((name = g_dir_read_name(d)))
		found = found || name[0] == '.' || g_str_has_prefix(name, "output.");
	g_dir_close(d);
	return found;
}

static void compose_it(const char *what, bool composed)
{
	struct compose_conf conf = { .dir = dir, .threads = 1 };
	struct compose_result r;
	g_autofree char *output = at("output.webm"), *metadata = at("metadata.json");
	unsigned chunks = count_chunks();
	int err;

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 160;
	conf.spec.height = 90;
	conf.spec.fps = 5;
	err = compose(&conf, &r);
	if ((err == 0) != composed)
		TEST_FAIL("%s: %d %s", what, err, r.why);
	if (composed && (access(output, F_OK) || access(metadata, F_OK)))
		TEST_FAIL("%s: no output", what);
	if (!composed && (!r.why[0] || has_leftovers()))
		TEST_FAIL("%s: no sentence, or something is left: %s", what, r.why);
	if (composed && r.duration_ms > 3700000)
		TEST_FAIL("%s: %lld ms", what, (long long)r.duration_ms);
	CHECK_INT(count_chunks(), chunks);
}

static void test_table(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		dir = make_scratch("rec_demo_1760090400123_abcdef");
		CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1200, .people = call }), 0);
		rows[i].damage(rows[i].name, rows[i].arg);
		compose_it(rows[i].what, rows[i].composed);
		make_remove(&dir);
	}
}

static void test_nobody(void)
{
	dir = make_scratch("rec_demo_1760090400123_abcdef");
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1000, .people = nobody }), 0);
	compose_it("nobody", true);
	make_remove(&dir);
}

/* Lines nobody needs, by the megabyte */
static void test_large_timeline(void)
{
	const char *full = getenv("RECROOM_FULL");
	int lines = full && *full ? 1000000 : 50000;
	g_autofree char *path = NULL;
	FILE *f;

	dir = make_scratch("rec_demo_1760090400123_abcdef");
	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 1000, .no_stop = true, .people = call }), 0);
	path = at(TL);
	f = fopen(path, "a");
	for (int i = 0; i < lines; i++)
		fprintf(f, "{\"type\":\"%s\",\"t_ms\":%d,\"wall_ms\":0,\"participant\":\"user%d\",\"source\":\"audio\"}\n", i & 1 ? "muted" : "whatever", i % 1000, 1 + i % 2);
	CHECK_INT(fclose(f), 0);
	compose_it("large timeline", true);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_table), TEST(test_nobody), TEST(test_large_timeline) };

	alarm(SECONDS);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

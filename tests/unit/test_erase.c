/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Somebody out of a recording's directory: nothing of them is left but their id, whatever was killed on the way, and `verify` finds nothing amiss.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/verify.h"
#include "postprocess/erase_outputs.c"
#include "postprocess/erase.c"

#define WITH(p) "{\"outputs\":[{\"id\":1,\"file\":\"" p "\",\"size\":3,\"spec\":{\"format\":\"webm\"}}],\"x\":\"Bob Marker\"}"
#define LATER(p) "{\"call\":{\"flags\":[\"erased\"],\"participants\":[{\"id\":\"user1\"}]},\"outputs\":[{\"id\":1,\"file\":\"" p "\",\"spec\":{}}]}"
#define WITHOUT(p) "{\"outputs\":[{\"file\":\"" p "\",\"spec\":{\"format\":\"webm\",\"without\":[\"user2\",\"user3\"]}}]}"

static const struct make_participant call[] = {
	{ .id = "user1", .name = "Ann Marker", .sources = { { .source = "audio" } } },
	{ .id = "user2", .name = "Bob Marker", .sources = { { .source = "audio", .tone_hz = 660 }, { .source = "audio2", .from_ms = 200 } } },
	{ .id = "user22", .name = "Cyd Marker", .sources = { { .source = "audio", .from_ms = 500 } } },
	{ 0 }
};

/* What lies beside it: name below the directory, text */
static const struct { const char *name, *text; } beside[] = {
	{ "output.webm", "Bob Marker" }, { "metadata.json", WITH("output.webm") }, { "thumbnail.jpg", "Bob Marker" }, { "storyboard.vtt", "Bob Marker" },
	{ "chapters.vtt", "Bob Marker" }, { ".output.webm.tmp", "Bob Marker" }, { ".participants.json.tmp", "Bob Marker" }, { ".compose/output/v-000000.seg", "Bob Marker" },
	{ "participants/user2.webm", "Bob Marker" }, { "outputs/2-speaker-640x360.webm", "Bob Marker" }, { "outputs/2-speaker-640x360.json", WITH("2-speaker-640x360.webm") },
	{ "outputs/3-grid-640x360.webm", "without" }, { "outputs/3-grid-640x360.json", WITHOUT("3-grid-640x360.webm") }, { "outputs/3-grid-640x360.jpg", "without" },
	{ "outputs/4-grid-640x360.mp4", "Bob Marker: no metadata" }, { "outputs/.5-grid.mp4.tmp", "Bob Marker" }, { "outputs/6-participants/user2.webm", "Bob Marker" },
	{ "chunks/.user2_audio_00_000009.webm.tmp", "Bob Marker" }, { "chunks/user2_audio_00_000008.webm.damaged", "Bob Marker" },
	{ "chat.jsonl", "{\"participant\":\"user1\",\"text\":\"hi\"}\n{\"participant\":\"user2\",\"text\":\"Bob Marker\"}\n{\"participant\":\"us\n"
			"{\"participant\":\"user22\",\"text\":\"ho\"}\n" },
};

static char *make(void)
{
	char *dir = make_scratch("rec_demo_1760090400123_abcdef");

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 2000, .people = call }), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(beside); i++) {
		g_autofree char *path = g_build_filename(dir, beside[i].name, NULL), *parent = g_path_get_dirname(path);

		CHECK_INT(fs_mkdirs(parent, 0700), 0);
		CHECK(g_file_set_contents(path, beside[i].text, -1, NULL));
	}
	return dir;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names and texts of all below, in order; the wall clock of the new line is left out. */
static void list(GString *out, const char *dir, const char *name)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *entry;

	while (d && (entry = g_dir_read_name(d)))
		g_ptr_array_add(names, g_build_filename(dir, entry, NULL));
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *data = NULL, *base = g_path_get_basename(names->pdata[i]);
		gsize len = 0;

		if (g_file_test(names->pdata[i], G_FILE_TEST_IS_DIR)) {
			list(out, names->pdata[i], base);
			continue;
		}
		CHECK(g_file_get_contents(names->pdata[i], &data, &len, NULL));
		g_string_append_printf(out, "%s/%s %zu ", name, base, strcmp(base, "timeline.jsonl") ? len : (gsize)0);
		g_string_append_len(out, data, g_str_has_suffix(base, ".webm") || !strcmp(base, "timeline.jsonl") ? 0 : (gssize)len);
		g_string_append_c(out, '\n');
	}
	g_ptr_array_unref(names);
	if (d)
		g_dir_close(d);
}

static char *snapshot(const char *dir)
{
	GString *out = g_string_new(NULL);

	list(out, dir, "");
	return g_string_free(out, FALSE);
}

static unsigned erased_lines(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL), *text = NULL;
	unsigned n = 0;

	CHECK(g_file_get_contents(path, &text, NULL, NULL));
	for (char *at = text; (at = strstr(at, "\"type\":\"erased\"")); at++)
		n++;
	return n;
}

static void check_sound(const char *dir, unsigned erased)
{
	struct verify_result r;
	char why[512];

	CHECK_INT(verify(&(struct verify_conf){ .dir = dir, .no_outputs = true }, &r), 0);
	if (r.findings->len)
		TEST_FAIL("verify: %s", verify_say(why, &g_array_index(r.findings, struct chain_finding, 0)));
	CHECK_INT(r.summary.erased, erased);
	verify_done(&r);
}

static bool holds_anywhere(const char *dir, const char *text)
{
	g_autofree char *command = g_strdup_printf("grep -rqF '%s' '%s'", text, dir);

	return system(command) == 0;
}

static int steps_seen;
static int count_steps(int done, int total, void *arg)
{
	(void)done, (void)arg;
	steps_seen = total;
	return 0;
}

static struct erase_conf conf_for(const char *dir)
{
	return (struct erase_conf){ .dir = dir, .participant = "user2", .progress = count_steps };
}

static void test_erase(void)
{
	char *dir = make(), *rest;
	struct erase_conf conf = conf_for(dir);
	struct erase_result r;

	CHECK(holds_anywhere(dir, "Bob Marker"));
	CHECK_INT(erase(&conf, &r), 0);
	CHECK_STR(r.id, "rec_demo_1760090400123_abcdef");
	CHECK_INT(r.chunks, 6);                                /* 2 of each source, a temporary one, a damaged one */
	CHECK_INT(r.chat_lines, 2);                            /* theirs, and one nobody can read */
	CHECK_INT(r.outputs, 4);                               /* output.webm, 2, 4, 6 */
	CHECK_INT(r.kept, 1);
	CHECK(r.named && r.primary_gone && !r.begun_before);
	CHECK(!holds_anywhere(dir, "Bob"));
	CHECK(holds_anywhere(dir, "Ann Marker") && holds_anywhere(dir, "Cyd Marker"));
	check_sound(dir, 4);
	CHECK_INT(erased_lines(dir), 1);
	rest = snapshot(dir);
	CHECK(strstr(rest, "3-grid-640x360.webm") && strstr(rest, "user22_audio_00_000001.webm") && !strstr(rest, "user2_"));
	g_free(rest);
	CHECK_INT(erase(&conf, &r), 0);                        /* once more: nothing to do */
	CHECK(r.begun_before && !r.chunks && !r.named && !r.outputs && r.primary_gone);
	CHECK_INT(erased_lines(dir), 1);
	make_remove(&dir);
}

static int kill_at;
static int die(int done, int total, void *arg)
{
	(void)total, (void)arg;
	if (done == kill_at)
		raise(SIGKILL);
	return 0;
}

/* Killed in front of each step, run again: the same end, and sound at every moment. */
static void test_killed(void)
{
	char *dir = make(), *want, *got;
	struct erase_conf conf = conf_for(dir);
	struct erase_result r;

	CHECK_INT(erase(&conf, &r), 0);
	want = snapshot(dir);
	make_remove(&dir);
	for (kill_at = 0; kill_at < steps_seen; kill_at++) {
		pid_t pid;
		int status;

		dir = make();
		conf = conf_for(dir);
		conf.progress = die;
		pid = fork();
		if (pid == 0)
			_exit(erase(&conf, &r) != 0);
		CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		check_sound(dir, kill_at < 6 ? 0 : 4);
		conf.progress = count_steps;
		CHECK_INT(erase(&conf, &r), 0);
		got = snapshot(dir);
		CHECK_STR(got, want);
		CHECK_INT(erased_lines(dir), 1);
		check_sound(dir, 4);
		g_free(got);
		make_remove(&dir);
	}
	g_free(want);
}

static void test_dry_run(void)
{
	char *dir = make(), *before = snapshot(dir), *after;
	struct erase_conf conf = conf_for(dir);
	struct erase_result r;

	conf.dry_run = true;
	CHECK_INT(erase(&conf, &r), 0);
	CHECK_INT(r.chunks, 6);
	CHECK_INT(r.outputs, 4);
	CHECK(r.named);
	after = snapshot(dir);
	CHECK_STR(after, before);
	CHECK_INT(erased_lines(dir), 0);
	g_free(before);
	g_free(after);
	make_remove(&dir);
}

/* The first output was made without them: it stays, and need not be made again. */
static void test_primary_kept(void)
{
	char *dir = make();
	g_autofree char *metadata = g_build_filename(dir, "metadata.json", NULL), *output = g_build_filename(dir, "output.webm", NULL);
	struct erase_conf conf = conf_for(dir);
	struct erase_result r;

	CHECK(g_file_set_contents(metadata, WITHOUT("output.webm"), -1, NULL));
	CHECK_INT(erase(&conf, &r), 0);
	CHECK(!r.primary_gone);
	CHECK_INT(r.kept, 2);
	CHECK(g_file_test(output, G_FILE_TEST_EXISTS) && g_file_test(metadata, G_FILE_TEST_EXISTS));
	CHECK(g_file_set_contents(metadata, LATER("output.webm"), -1, NULL));   /* made after they were erased */
	CHECK_INT(erase(&conf, &r), 0);
	CHECK(!r.primary_gone && r.kept == 2);
	conf.participant = "user1";
	CHECK_INT(erase(&conf, &r), 0);
	CHECK(r.primary_gone);
	make_remove(&dir);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	CHECK(g_file_set_contents(path, text, -1, NULL));
}

static void test_refused(void)
{
	char *dir = make(), *before, *after;
	struct erase_conf conf = conf_for(dir);
	struct erase_result r;
	int lock;

	before = snapshot(dir);
	conf.participant = "user7";
	CHECK_INT(erase(&conf, &r), -ENXIO);
	CHECK_STR(r.why, "nobody in the recording is user7");
	conf.participant = "user2";
	lock = dirlock_take(dir, false);                       /* being composed */
	CHECK_INT(erase(&conf, &r), -EBUSY);
	close(lock);
	after = snapshot(dir);
	CHECK_STR(after, before);
	write_file(dir, "participants.json", "{\"participants\":{\"user2\":{\"name\":\"Bob Mar");
	CHECK_INT(erase(&conf, &r), -EBADMSG);
	write_file(dir, "timeline.jsonl", "{\"type\":\"start\",\"format\":1,\"t_ms\":0,\"wall_ms\":0}\n{\"type\":\"joined\",\"t_ms\":0,\"participant\":\"user2\"}\n");
	CHECK_INT(erase(&conf, &r), -EBUSY);                   /* not closed */
	write_file(dir, "timeline.jsonl", "");
	CHECK_INT(erase(&conf, &r), -ENODATA);
	conf.dir = "/nonexistent";
	CHECK_INT(erase(&conf, &r), -ENOENT);
	g_free(before);
	g_free(after);
	make_remove(&dir);
}

/* Links lead nowhere: what they point at stays. */
static void test_links(void)
{
	char *dir = make(), *elsewhere = make_scratch("elsewhere");
	g_autofree char *link = g_build_filename(dir, "chunks", "user2_video_00_000000.webm", NULL), *folder = g_build_filename(dir, "outputs", "9-x", NULL),
			*kept = g_build_filename(elsewhere, "kept", NULL);
	struct erase_conf conf = conf_for(dir);
	struct erase_result r;

	CHECK_INT(fs_mkdirs(elsewhere, 0700), 0);
	write_file(elsewhere, "kept", "kept");
	CHECK_INT(symlink(kept, link), 0);
	CHECK_INT(symlink(elsewhere, folder), 0);
	CHECK_INT(erase(&conf, &r), 0);
	CHECK(g_file_test(kept, G_FILE_TEST_EXISTS));
	CHECK(!g_file_test(link, G_FILE_TEST_IS_SYMLINK) && !g_file_test(folder, G_FILE_TEST_IS_SYMLINK));
	make_remove(&elsewhere);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_erase), TEST(test_killed), TEST(test_dry_run), TEST(test_primary_kept), TEST(test_refused), TEST(test_links),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

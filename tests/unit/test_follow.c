/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composing behind a call that runs: whatever the composer saw of the recording when, and however often it was killed, the files are those of a
 * composer that came afterwards, byte for byte. The composer is a child process; the recording grows as the capture would write it.
 *
 * Low threads are not low here: other tests beside this one would starve them.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "common/fsio.h"
#include "common/sha256.h"
#include "tests/lib/grow.h"
#include "tests/lib/make_recording.h"
#include "tests/unit/test.h"
#include "postprocess/compose.c"

enum { WAIT_MS = 120000, STEP_US = 5000, KILLS = 5, KILLS_FULL = 40, LENGTH_MS = 7300 };

/* What the child says of itself. */
struct said { _Atomic int64_t lag_ms; _Atomic int reports; _Atomic bool room; };

static const struct make_participant people[] = {
	{ .id = "user1", .name = "Ann", .sources = {
		{ .source = "audio", .tone_hz = 440, .muted = { { 2700, 3500 } } },
		{ .source = "video", .rgb = 0xc02020, .fps = 10, .width = 160, .height = 90, .muted = { { 2100, 4100 } } },
		{ .source = "screen", .rgb = 0xeeeeee, .fps = 5, .from_ms = 1600, .to_ms = 4900, .width = 320, .height = 180 } } },
	{ .id = "user2", .name = "Bob", .joined_ms = 800, .left_ms = 5900, .sources = {
		{ .source = "audio", .tone_hz = 880, .from_ms = 900, .to_ms = 5800 },
		{ .source = "video", .rgb = 0x2020c0, .fps = 12, .width = 160, .height = 120, .from_ms = 900, .to_ms = 5800, .gaps = { { 3200, 4200 } },
		  .missing = { 2 }, .damaged = { 5 }, .change = { .at_ms = 5000, .width = 200, .height = 100 } } } },
	{ .id = "user10", .name = "Cem", .joined_ms = 4000, .sources = {
		{ .source = "audio2", .tone_hz = 300, .from_ms = 4100 }, { .source = "video", .rgb = 0x20a020, .fps = 10, .from_ms = 4400, .width = 160, .height = 90 } } },
	{ 0 }
};
static const char *const products[] = { "output.webm", "metadata.json", "thumbnail.jpg", "storyboard.jpg", "storyboard.vtt", "output.vtt", "chapters.vtt" };

static const int64_t MUCH = INT64_MAX / 2;
static struct said *said;
static char *dir;
static struct grow *g;
static char expect[G_N_ELEMENTS(products)][SHA256_HEX];
static const char *format = "webm";

/** Instead of thread_lower(), for the linker. */
void __wrap_thread_lower(void);

void __wrap_thread_lower(void)
{
}

static int listen_to(const struct compose_progress *p, void *arg)
{
	struct compose_conf *conf = arg;
	struct said *s = said;

	conf->min_free.bytes = atomic_load(&s->room) ? 0 : MUCH;

	atomic_store(&s->lag_ms, p->lag_ms);
	atomic_fetch_add(&s->reports, 1);
	return 0;
}

static struct compose_conf conf_of(bool follow)
{
	struct compose_conf conf = { .dir = dir, .threads = 2, .overwrite = true, .follow = follow };

	output_spec_default(&conf.spec, NULL);
	conf.spec.width = 320;
	conf.spec.height = 180;
	conf.spec.fps = 10;
	conf.spec.segment_ms = 900;
	g_strlcpy(conf.spec.format, format, sizeof(conf.spec.format));
	return conf;
}

static int compose_now(bool follow)
{
	struct compose_conf conf = conf_of(follow);
	struct compose_result r;
	int err = compose(&conf, &r);

	if (err)
		printf("%s\n", r.why);
	return err;
}

/* ---- the child ---- */

static pid_t start_follower(void)
{
	pid_t pid;

	atomic_store(&said->reports, 0);
	atomic_store(&said->lag_ms, INT64_MAX);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct compose_conf conf = conf_of(true);
		struct compose_result r;
		int err;

		conf.progress = listen_to;
		conf.arg = &conf;
		conf.min_free.bytes = atomic_load(&said->room) ? 0 : MUCH;
		err = compose(&conf, &r);
		if (err)
			fprintf(stderr, "follower: %s\n", r.why);
		_exit(err ? 1 : 0);
	}
	CHECK(pid > 0);
	return pid;
}

/** The recording begins, and a composer follows it. */
static pid_t begin(void)
{
	grow_again(g, true);
	return start_follower();
}

static bool ended(pid_t pid, int *status)
{
	return waitpid(pid, status, WNOHANG) == pid;
}

static void wait_said(pid_t pid, int reports)
{
	int status;

	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; atomic_load(&said->reports) < reports; g_usleep(STEP_US))
		if (clock_mono_us() > until_us || ended(pid, &status))
			TEST_FAIL("the follower says nothing");
}

/** Until the composer has caught up with what there is. */
static void wait_caught_up(pid_t pid)
{
	int before = atomic_load(&said->reports), status;

	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; clock_mono_us() < until_us; g_usleep(STEP_US)) {
		if (atomic_load(&said->reports) > before + 1 && atomic_load(&said->lag_ms) == 0)
			return;
		if (ended(pid, &status))
			TEST_FAIL("the follower ended: status %x", (unsigned)status);
	}
	kill(pid, SIGKILL);
	TEST_FAIL("no catching up within %d s", WAIT_MS / 1000);
}

static void wait_done(pid_t pid)
{
	int status = -1;

	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; clock_mono_us() < until_us; g_usleep(STEP_US))
		if (ended(pid, &status))
			break;
	if (status == -1)
		kill(pid, SIGKILL);
	CHECK_INT(status, 0);
}

static void kill_now(pid_t pid)
{
	int status;

	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

/* ---- what came out ---- */

static void hash_product(size_t i, char out[SHA256_HEX])
{
	g_autofree char *path = g_build_filename(dir, products[i], NULL), *data = NULL;
	size_t len;

	CHECK_INT(fs_read(path, 64 << 20, &data, &len), 0);
	sha256_hex(out, data, len);
}

static void check_products(const char *how)
{
	g_autofree char *spool = g_build_filename(dir, ".compose", NULL);
	char got[SHA256_HEX];

	for (size_t i = 0; i < G_N_ELEMENTS(products); i++) {
		hash_product(i, got);
		if (strcmp(got, expect[i]))
			TEST_FAIL("%s: %s differs", how, products[i]);
	}
	CHECK(access(spool, F_OK));
}

/* ---- the tests ---- */

static void test_twice(void)
{
	grow_again(g, true);
	grow_all(g);
	CHECK_INT(compose_now(false), 0);
	check_products("composed twice");
}

/** It keeps up second for second. */
static void test_live(void)
{
	pid_t pid = begin();

	while (grow_second(g))
		wait_caught_up(pid);
	wait_done(pid);
	check_products("live");
}

/** The composer is killed wherever it is, more often while the recording is not over. */
static void test_killed(void)
{
	const char *given = getenv("SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : g_random_int();
	GRand *rand = g_rand_new_with_seed(seed);
	pid_t pid = begin();
	int left = g_strcmp0(getenv("RECROOM_FULL"), "") > 0 ? KILLS_FULL : KILLS;

	printf("SEED=%u\n", seed);
	while (grow_second(g)) {
		if (g_rand_boolean(rand))
			wait_caught_up(pid);
		if (left && g_rand_boolean(rand)) {
			g_usleep((gulong)g_rand_int_range(rand, 0, 150000));
			kill_now(pid);
			pid = start_follower();
			left--;
		}
	}
	for (; left; left--) {
		g_usleep((gulong)g_rand_int_range(rand, 0, 100000));
		if (waitpid(pid, NULL, WNOHANG) == 0)
			kill_now(pid);
		pid = start_follower();
	}
	wait_done(pid);
	check_products("killed");
	g_rand_free(rand);
}

/** Half of it is there already; then all. */
static void test_late(void)
{
	pid_t pid;

	grow_again(g, true);
	for (int i = 0; i < grow_seconds(g) / 2; i++)
		grow_second(g);
	pid = start_follower();
	wait_caught_up(pid);
	grow_all(g);
	wait_done(pid);
	check_products("started late");
	grow_again(g, true);
	grow_all(g);
	CHECK_INT(compose_now(true), 0);
	check_products("followed when it was over");
}

/** A segment that was damaged on disk is found, and made again. */
static void test_damaged_segment(void)
{
	g_autofree char *segment = g_build_filename(dir, ".compose", "output", "v-000002.seg", NULL);
	g_autofree char *before = g_build_filename(dir, ".compose", "output", "v-000001.seg", NULL);
	g_autofree char *first = g_build_filename(dir, ".compose", "output", "v-000000.seg", NULL);
	pid_t pid = begin();
	int fd;

	wait_said(pid, 2);      /* it looked already, and found no timeline yet: that must not make its segments another recording's */
	for (int i = 0; i < grow_seconds(g) - 1; i++)
		grow_second(g);
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000;      /* encoded side by side; behind one that is not there all are made again */
	     (access(first, F_OK) || access(before, F_OK) || access(segment, F_OK)) && clock_mono_us() < until_us;)
		g_usleep(STEP_US);
	kill_now(pid);
	fd = open(segment, O_WRONLY);
	CHECK(fd >= 0 && pwrite(fd, "x", 1, 200) == 1 && !close(fd));
	grow_all(g);
	CHECK_INT(compose_now(true), -EIO);
	CHECK_INT(compose_now(true), 0);
	check_products("a damaged segment");
}

/** One composer at a time makes an output. */
static void test_alone(void)
{
	pid_t pid = begin();

	grow_second(g);
	wait_caught_up(pid);
	grow_second(g);
	CHECK_INT(compose_now(true), -EBUSY);
	grow_all(g);
	wait_done(pid);
	check_products("alone");
}

/** Repair put another timeline in the place of the one that is followed: nothing made of the old one is used, and nobody waits for its end. */
static void test_replaced(void)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL), *text = NULL;
	pid_t pid = begin();
	int status = 0;
	size_t len;

	for (int i = 0; i < grow_seconds(g) / 2; i++)
		grow_second(g);
	wait_caught_up(pid);
	grow_again(g, false);
	grow_all(g);
	CHECK_INT(fs_read(path, 64 << 20, &text, &len), 0);
	CHECK_INT(fs_write_atomic(dir, "timeline.jsonl", text, len, 0660, 0), 0);
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; !ended(pid, &status); g_usleep(STEP_US))
		CHECK(clock_mono_us() < until_us);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	CHECK_INT(compose_now(true), 0);
	check_products("the timeline was replaced");
}

/** Another timeline under the same name is told from the one before, also where its file got that one's number. */
static void test_another_timeline(void)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL), *first = NULL;
	struct compose_conf conf = conf_of(true);
	struct stat before, st;
	bool told = false;

	grow_again(g, true);
	CHECK(g_file_set_contents(path, "", 0, NULL) && !stat(path, &before));
	first = spool_key(dir, &conf.spec);
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; !told; g_usleep(STEP_US)) {      /* its clock may have coarse steps */
		g_autofree char *key = NULL;

		CHECK(!unlink(path) && g_file_set_contents(path, "", 0, NULL) && !stat(path, &st));
		key = spool_key(dir, &conf.spec);
		told = strcmp(key, first) != 0;
		CHECK(told || st.st_ino == before.st_ino);
		CHECK(clock_mono_us() < until_us);
	}
}

/** What is there of the timeline ends in mid-line, the first one too, whenever it is looked at. */
static void test_mid_line(void)
{
	enum { PIECE = 61 };
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL), *text = NULL;
	pid_t pid;
	size_t len;
	int fd;

	grow_again(g, true);
	grow_second(g);
	grow_second(g);
	CHECK_INT(fs_read(path, 64 << 20, &text, &len), 0);
	CHECK(len > 2 * PIECE);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	CHECK(fd >= 0 && !ftruncate(fd, PIECE));
	pid = start_follower();
	wait_said(pid, 2);
	for (size_t at = PIECE; at < len; at += PIECE, g_usleep(STEP_US)) {
		size_t n = MIN(PIECE, len - at);

		CHECK_INT(write(fd, text + at, n), (ssize_t)n);
	}
	close(fd);
	wait_caught_up(pid);
	grow_all(g);
	wait_done(pid);
	check_products("mid-line");
}

/** A recording that is removed before it had a timeline: nobody waits for one. */
static void test_removed(void)
{
	g_autofree char *elsewhere = g_strconcat(dir, ".gone", NULL);
	pid_t pid = begin();
	int status = 0;

	wait_said(pid, 2);
	CHECK(!rename(dir, elsewhere));
	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; !ended(pid, &status); g_usleep(STEP_US))
		CHECK(clock_mono_us() < until_us);
	CHECK(!rename(elsewhere, dir));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static bool spool_empty(void)
{
	g_autofree char *path = g_build_filename(dir, ".compose", "output", "v-000000.seg", NULL);

	return access(path, F_OK) != 0;
}

/** What it says of itself next. */
static int64_t lag_of(pid_t pid)
{
	int before = atomic_load(&said->reports), status;

	for (int64_t until_us = clock_mono_us() + WAIT_MS * 1000; atomic_load(&said->reports) < before + 2; g_usleep(STEP_US))
		if (clock_mono_us() > until_us || ended(pid, &status))
			TEST_FAIL("the follower says nothing any more");
	return atomic_load(&said->lag_ms);
}

/** Little room on the disk: it falls behind and takes nothing; it goes on when there is room again. */
static void test_no_room(void)
{
	int64_t lag_ms = 0;
	pid_t pid;

	atomic_store(&said->room, false);
	pid = begin();
	while (grow_second(g) && lag_ms < 4000)
		lag_ms = lag_of(pid);
	CHECK(lag_ms >= 4000 && lag_ms != INT64_MAX);
	CHECK(spool_empty());
	atomic_store(&said->room, true);
	wait_caught_up(pid);
	CHECK(!spool_empty());
	grow_all(g);
	wait_done(pid);
	check_products("room after a while");
}

/** When the call is over it does not wait: another attempt may. What it had is still there for that. */
static void test_no_room_at_the_end(void)
{
	struct compose_conf conf = conf_of(true);
	struct compose_result r;
	int status = 0;
	pid_t pid;

	atomic_store(&said->room, false);
	pid = begin();
	grow_all(g);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1);
	atomic_store(&said->room, true);
	conf.min_free.bytes = MUCH;
	CHECK_INT(compose(&conf, &r), -ENOSPC);
	CHECK(g_str_has_prefix(r.why, "There is too little room on the disk"));
	CHECK_INT(compose_now(true), 0);
	check_products("room at last");
}

/** Without a picture, too: chapters and metadata are of all of it, and its sound does not wait for the end. */
static void test_sound_only(void)
{
	static const char *const made[] = { "output.opus", "metadata.json", "thumbnail.jpg", "output.vtt", "chapters.vtt" };
	char *late[G_N_ELEMENTS(made)], *live;
	size_t late_len[G_N_ELEMENTS(made)], len;
	pid_t pid;

	format = "opus";
	grow_again(g, true);
	grow_all(g);
	CHECK_INT(compose_now(false), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
		g_autofree char *path = g_build_filename(dir, made[i], NULL);

		CHECK_INT(fs_read(path, 64 << 20, &late[i], &late_len[i]), 0);
	}
	pid = begin();
	while (grow_second(g))
		for (int before = atomic_load(&said->reports); atomic_load(&said->reports) < before + 3; g_usleep(STEP_US))
			CHECK(kill(pid, 0) == 0);
	wait_done(pid);
	for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
		g_autofree char *path = g_build_filename(dir, made[i], NULL);

		CHECK_INT(fs_read(path, 64 << 20, &live, &len), 0);
		if (len != late_len[i] || memcmp(live, late[i], len))
			TEST_FAIL("%s differs", made[i]);
		g_free(live);
		g_free(late[i]);
	}
	format = "webm";
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_twice), TEST(test_live), TEST(test_killed), TEST(test_late), TEST(test_damaged_segment), TEST(test_alone),
					     TEST(test_replaced), TEST(test_another_timeline), TEST(test_removed), TEST(test_mid_line),
					     TEST(test_no_room), TEST(test_no_room_at_the_end), TEST(test_sound_only) };
	int failed;

	av_log_set_level(AV_LOG_ERROR);
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	atomic_store(&said->room, true);
	dir = make_scratch("rec_demo_1760090400123_abcdef");
	if (make_recording(&(struct make_conf){ .dir = dir, .duration_ms = LENGTH_MS, .people = people }) || compose_now(false))
		return 1;
	for (size_t i = 0; i < G_N_ELEMENTS(products); i++)
		hash_product(i, expect[i]);
	g = grow_create(dir);
	failed = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	grow_unref(&g);
	make_remove(&dir);
	return failed;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The power fails after each single call that a recording makes to its disk, and what was not synced is gone: the recovery of every such directory is
 * complete but for the last moments of each track, and every line of its timeline holds.
 *
 *	senders on a clock of the test's own ─▶ capture ─▶ writer thread ─▶ faulty.so's log ─▶ replay ─▶ capture_recover ─▶ numbers
 */
#include "plugins/capture_thread.c"

#include "test.h"
#include "slowness.h"
#include "capture_sim.h"
#include "common/log.h"
#include "tests/disk/disk.h"
#include "tests/disk/replay.h"

#define ID "rec_demo_1760000000000_aaaaaa"

enum { TAKE_US = 4300000, CHUNK_MS = 1000, REORDER_MS = 500, INTERVAL_MS = 1000 };

static struct sender audio, video;
static char base[64];
static json_t *whole;          /* lines of the recording as it would have been */
static int64_t worst_ms;

/* Runs senders and capture, and lets the writer thread do its part of each moment before the next. */
static void advance(int64_t us)
{
	int64_t end_us = sim_clock() + us;

	while (sim_clock() < end_us) {
		int64_t now_us = atomic_fetch_add(&sim_us, 1000) + 1000;

		atomic_store(&disk_faulty()->stamp, now_us);
		sender_run(&audio, now_us);
		sender_run(&video, now_us);
		if (now_us % TICK_US)
			continue;
		tick_all(now_us);
		writer_settle();
	}
}

static void ignore_seal(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	(void)duration_ms;
	(void)bytes;
	(void)tracks;
	(void)arg;
}

static void never_degraded(const char *reason, void *arg)
{
	(void)reason;
	(void)arg;
	abort();
}

/* What was recorded: calls made before the start was answered, and the recording's time. */
struct take { size_t begun; int64_t start_us, end_us; };

static size_t calls_so_far(void)
{
	struct replay *r = replay_new(disk_faulty());
	size_t n = replay_count(r);

	replay_free(r);
	return n;
}

static struct take record(enum durability durability)
{
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = ID, .room = "demo", .call_id = "call_demo_1_aaaaaa",
				     .title = "T", .layout = "grid", .seq = 2, .on_sealed = ignore_seal, .on_degraded = never_degraded };
	struct faulty *f = disk_faulty();
	struct capture_result result;
	struct capture *c;
	struct take t;

	sim_settings.durability = durability;
	sender_init(&audio, false);
	sender_init(&video, true);
	video.key_every = 40;
	advance(2000000);
	atomic_store(&f->used, 0);
	atomic_store(&f->recording, true);
	disk_watch(sim_settings.recordings);
	CHECK_INT(capture_create(&c, &conf), 0);
	t.begun = calls_so_far();
	t.start_us = sim_clock();
	capture_joined(c, "user1", "ann@example.org", "Ann", "host");
	CHECK_INT(capture_add(c, "user1", "audio", audio.tap), 0);
	CHECK_INT(capture_add(c, "user1", "video", video.tap), 0);
	if (durability == DURABILITY_INTERVAL) {       /* more files at a time than are synced one by one */
		capture_joined(c, "user2", "ben@example.org", "Ben", "guest");
		CHECK_INT(capture_add(c, "user2", "audio", audio.tap), 0);
		CHECK_INT(capture_add(c, "user2", "video", video.tap), 0);
	}
	advance(TAKE_US);
	t.end_us = sim_clock();
	capture_end(c);
	advance(600000);
	CHECK_INT(capture_stop(&c, 6, "host", NULL, &result), 0);
	atomic_store(&f->recording, false);
	atomic_store(&f->on, false);
	CHECK(!atomic_load(&f->overflow));
	printf("%u times all at once, %u files one by one\n", atomic_load(&f->count[FAULTY_SYNCFS]), atomic_load(&f->count[FAULTY_FSYNC]));
	g_strlcpy(sim_root, sim_settings.recordings, sizeof(sim_root));
	read_recording(ID);
	json_decref(whole);
	whole = json_deep_copy(sim_lines);
	return t;
}

/* From the first frame on every number is there; returns how much is missing at the end [ms]. */
static int64_t missing_ms(const struct sender *s, const char *source, int64_t from_us, int64_t to_us)
{
	int64_t last_us = from_us;
	const struct got *before = NULL;

	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);

		if (strcmp(g->source, source) || strcmp(g->participant, "user1"))
			continue;
		if (before)
			CHECK_INT(g->number, before->number + 1);
		else
			CHECK(s->captured_us[g->number] < from_us + 100000);
		before = g;
		last_us = s->captured_us[g->number];
	}
	return (to_us - last_us) / 1000;
}

/* Nothing that was said about earlier seconds is forgotten. */
static void check_lines(int64_t before_ms)
{
	size_t i, k;
	json_t *line, *kept;

	json_array_foreach(whole, i, line) {
		bool found = int_of(line, "t_ms") >= before_ms;

		json_array_foreach(sim_lines, k, kept)
			found |= json_equal(line, kept);
		if (!found)
			TEST_FAIL("forgotten: %s", json_dumps(line, JSON_COMPACT));
	}
}

/* A directory as the power cut left it becomes a recording. */
static void check_one(const struct take *t, int64_t cut_us, int64_t bound_ms)
{
	int64_t to_us = MIN(cut_us, t->end_us), ms;
	struct capture_result result;

	CHECK_INT(capture_recover(&sim_settings, ID, &result), 0);
	read_recording(ID);
	CHECK_INT(lines_of("start", NULL, NULL), 1);
	CHECK_INT(lines_of("stop", NULL, NULL), 1);
	CHECK(lines_of("recovered", NULL, NULL) <= 1);
	ms = missing_ms(&audio, "audio", t->start_us, to_us);
	ms = MAX(ms, missing_ms(&video, "video", t->start_us, to_us));
	worst_ms = MAX(worst_ms, ms);
	check_lines((to_us - t->start_us) / 1000 - bound_ms);
	if (ms > bound_ms)
		TEST_FAIL("%d ms are missing, at most %d may be", (int)ms, (int)bound_ms);
}

static char *at(const char *name)
{
	return g_build_filename(base, name, NULL);
}

static void check_cut(const struct replay *r, const struct take *t, size_t n, enum replay_variant v, int64_t bound_ms)
{
	char *root = at("replay");
	int64_t cut_us = n < replay_count(r) ? replay_stamp(r, n) : INT64_MAX;
	jmp_buf outer;

	CHECK_INT(fs_remove_tree(root), 0);
	CHECK_INT(fs_mkdir_new(root, 02770), 0);
	replay_build(r, n, v, root);
	sim_settings.recordings = root;
	g_strlcpy(sim_root, root, sizeof(sim_root));
	memcpy(outer, test_env, sizeof(outer));
	if (setjmp(test_env)) {
		printf("cut after %zu calls of %zu, variant %d, last: %s\n", n, replay_count(r), v, n ? replay_describe(r, n - 1) : "");
		longjmp(outer, 1);
	}
	if (n >= t->begun)
		check_one(t, cut_us, bound_ms);
	else
		capture_recover(&sim_settings, ID, &(struct capture_result){ 0 });
	memcpy(test_env, outer, sizeof(outer));
	g_free(root);
}

/* Every call, every variant; on a slow build each call with the variants in turn. */
static void check_all(const char *policy, const struct take *t, int64_t bound_ms)
{
	struct replay *r = replay_new(disk_faulty());
	size_t n, cuts = 0;

	worst_ms = 0;
	for (n = 0; n <= replay_count(r); n++)
		for (size_t v = 0; v < REPLAY_VARIANTS; v++) {
			if (SLOWNESS > 1 && n % REPLAY_VARIANTS != v)
				continue;
			check_cut(r, t, n, (enum replay_variant)v, bound_ms);
			cuts++;
		}
	printf("figure power_loss_%s_most %d ms (bound %d ms), %zu directories of %zu calls\n", policy, (int)worst_ms, (int)bound_ms, cuts, replay_count(r));
	replay_free(r);
}

static void fail_power(const char *policy, enum durability durability, int64_t more_ms)
{
	/* The capture thread's tick, and what is still on the network. */
	int64_t bound_ms = CHUNK_MS + REORDER_MS + TICK_US / 1000 + LATENCY_US / 1000 + more_ms;
	char *live = at("live");
	struct take t;

	CHECK_INT(fs_remove_tree(live), 0);
	CHECK_INT(fs_mkdir_new(live, 02770), 0);
	sim_settings.recordings = live;
	t = record(durability);
	check_all(policy, &t, bound_ms);
	sender_done(&audio);
	sender_done(&video);
	g_free(live);
}

static void test_chunk(void)
{
	fail_power("chunk", DURABILITY_CHUNK, 0);
}

static void test_interval(void)
{
	fail_power("interval", DURABILITY_INTERVAL, INTERVAL_MS);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_chunk), TEST(test_interval) };
	int err;

	disk_prepare(argv);
	g_strlcpy(base, g_access("/dev/shm", W_OK) ? "/tmp/recroom-power-XXXXXX" : "/dev/shm/recroom-power-XXXXXX", sizeof(base));
	if (!mkdtemp(base))
		return 1;
	umask(077);
	log_set_level(LOG_LEVEL_ERROR);
	sim_settings = (struct settings){ .chunk_ms = CHUNK_MS, .reorder_ms = REORDER_MS, .stall_budget_ms = 60000 };
	rec_clock_us = sim_clock;
	/* The test is the capture thread. */
	cond_init(&engine.cond);
	engine.captures = g_ptr_array_new();
	if (writer_init())
		return 1;
	err = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	writer_exit();
	g_ptr_array_unref(engine.captures);
	json_decref(sim_lines);
	json_decref(whole);
	if (sim_got)
		g_array_unref(sim_got);
	fs_remove_tree(base);
	return err;
}

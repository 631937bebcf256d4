/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recorded track holds in memory: after an hour what it held after a minute, and with a disk that takes nothing no more than the formula of
 * the design, 128 KiB + 2 × bitrate × (chunk + stall_budget_ms). Heap as malloc counts it; under sanitizers only the writer's own count.
 */
#include "plugins/capture_thread.c"

#include <malloc.h>
#include "test.h"
#include "capture_sim.h"
#include "slowness.h"
#include "common/log.h"
#include "tests/disk/disk.h"

#define ID "rec_demo_1760000000000_aaaaa"

enum { STEP_US = 20000, SETTLE_US = 4000000, CHUNK_MS = 1000, BUDGET_MS = 10000, TRACK_BYTES = 128 << 10, MINUTE_S = 60, LONG_S = SLOWNESS > 1 ? 180 : 600, HOUR_S = 3600, STALL_S = 60,
       OUTAGE_S = SLOWNESS > 1 ? 120 : 600 };

static struct sender sender;
static struct capture *capture;
static size_t most;

static size_t heap(void)
{
	return SLOWNESS > 1 ? 0 : mallinfo2().uordblks;
}

/* A moment; frame numbers go round. */
static void step(void)
{
	int64_t now_us = atomic_fetch_add(&sim_us, STEP_US) + STEP_US;

	sender.number %= SIM_FRAMES - 1;
	sender_run(&sender, now_us);
	tick_all(now_us);
	if (now_us % 200000 == 0)
		most = MAX(most, heap());
}

static void run(int64_t seconds, bool settle)
{
	for (int64_t end_us = sim_clock() + seconds * 1000000; sim_clock() < end_us;) {
		step();
		if (settle && sim_clock() % SETTLE_US == 0)
			writer_settle();
	}
	if (settle)
		writer_settle();
}

static void stall(bool on)
{
	atomic_store(&disk_faulty()->stall, on ? FAULTY_ALL : 0);
}

/* Until the writer thread hangs in it: the disk stalls, the clock of this test waits for that. */
static void run_into_stall(void)
{
	stall(true);
	while (!atomic_load(&disk_faulty()->waiting)) {
		step();
		g_usleep(1000);
	}
}

static void ignore_seal(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	(void)duration_ms;
	(void)bytes;
	(void)tracks;
	(void)arg;
}

static void ignore_degraded(const char *reason, void *arg)
{
	(void)reason;
	(void)arg;
}

static void begin(const char *id, bool is_video, int period_ms, size_t frame_bytes)
{
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa", .title = "T",
				     .layout = "grid", .seq = 2, .on_sealed = ignore_seal, .on_degraded = ignore_degraded };

	sender_init(&sender, is_video);
	sender.period_us = period_ms * 1000;
	sender.frame_size = frame_bytes;
	CHECK_INT(capture_create(&capture, &conf), 0);
	capture_joined(capture, "user1", "ann@example.org", "Ann", "host");
	CHECK_INT(capture_add(capture, "user1", is_video ? "video" : "audio", sender.tap), 0);
}

static struct capture_result end(const char *id)
{
	struct capture_result result;

	capture_end(capture);
	run(2, true);
	CHECK_INT(capture_stop(&capture, 6, "host", NULL, &result), 0);
	sender_done(&sender);
	g_strlcpy(sim_root, sim_settings.recordings, sizeof(sim_root));
	read_recording(id);
	return result;
}

/* A minute, and an hour: the same. */
static void stays_small(const char *name, const char *id, bool is_video, int period_ms, size_t frame_bytes)
{
	const char *full = getenv("RECROOM_FULL");
	int seconds = full && full[0] ? HOUR_S : LONG_S;
	size_t minute;

	begin(id, is_video, period_ms, frame_bytes);
	run(MINUTE_S, true);
	minute = heap();
	run(seconds - MINUTE_S, true);
	printf("figure memory_%s_after_%d_s %zd bytes more than after %d s\n", name, seconds, (ssize_t)(heap() - minute), MINUTE_S);
	CHECK(heap() < minute + (64 << 10));
	CHECK_INT(lines_of("gap", "reason", "disk"), 0);
	end(id);
}

static void test_long_sound(void)
{
	stays_small("audio", ID "a", false, 100, 160);
}

static void test_long_pictures(void)
{
	stays_small("video", ID "b", true, 200, 2000);
}

/* A disk that takes nothing: the heap stays below the formula, also when that lasts. */
static void stays_bounded(const char *name, const char *id, bool is_video, int period_ms, size_t frame_bytes)
{
	size_t bitrate_bytes = frame_bytes * 1000 / (size_t)period_ms, bound = TRACK_BYTES + 2 * bitrate_bytes * (CHUNK_MS + BUDGET_MS) / 1000, before, stalled;
	struct capture_result result;

	begin(id, is_video, period_ms, frame_bytes);
	run(5, true);
	before = heap();
	run_into_stall();
	most = before;
	run(STALL_S, false);
	stalled = most;
	run(OUTAGE_S - STALL_S, false);
	stall(false);
	writer_settle();
	run(3, true);
	result = end(id);
	printf("figure memory_%s_track_stalled %zu KiB after %d s, %zu KiB after %d s (bound %zu KiB), chunks %d KiB\n", name, (stalled - before) >> 10, STALL_S,
	       (most - before) >> 10, OUTAGE_S, bound >> 10, (int)(result.waited_bytes >> 10));
	CHECK(result.waited_bytes > 0 && (size_t)result.waited_bytes < bound);
	CHECK(stalled - before < bound);
	CHECK(most - before < bound);
	CHECK(result.degraded);
	CHECK(lines_of("gap", "reason", "disk") > 0);
	CHECK_INT(lines_of("degraded", NULL, NULL), 1);
}

static void test_stalled_sound(void)
{
	stays_bounded("audio", ID "c", false, 20, 160);
}

static void test_stalled_pictures(void)
{
	stays_bounded("video", ID "d", true, 40, 5000);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_long_sound), TEST(test_long_pictures), TEST(test_stalled_sound), TEST(test_stalled_pictures) };
	static char base[64];
	int err;

	disk_prepare(argv);
	g_strlcpy(base, g_access("/dev/shm", W_OK) ? "/tmp/recroom-memory-XXXXXX" : "/dev/shm/recroom-memory-XXXXXX", sizeof(base));
	if (!mkdtemp(base))
		return 1;
	umask(077);
	log_set_level(LOG_LEVEL_ERROR);
	sim_settings = (struct settings){ .recordings = base, .chunk_ms = CHUNK_MS, .reorder_ms = 500, .stall_budget_ms = BUDGET_MS,
					  .durability = DURABILITY_INTERVAL };
	rec_clock_us = sim_clock;
	disk_watch(base);
	/* The test is the capture thread. */
	cond_init(&engine.cond);
	engine.captures = g_ptr_array_new();
	if (writer_init())
		return 1;
	err = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	writer_exit();
	g_ptr_array_unref(engine.captures);
	json_decref(sim_lines);
	if (sim_got)
		g_array_unref(sim_got);
	if (!getenv("KEEP"))
		fs_remove_tree(base);
	return err;
}

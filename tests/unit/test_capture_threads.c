/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Capture with its real threads and the real clock, for ThreadSanitizer: hooks feed taps while tasks add, remove, mute, pause, end and stop several
 * recordings. What is left on disk must be sound; how much there is depends on the machine.
 */
#include "plugins/capture.h"

#include "test.h"
#include "common/sync.h"
#include "plugins/rectime.h"
#include "capture_sim.h"

enum { SENDERS = 4, RECORDINGS = 3, RUN_MS = 1500 };

static struct sender *senders[SENDERS];
static atomic_bool over;
static atomic_int refs, seals;

static void count_ref(void *arg)
{
	(void)arg;
	atomic_fetch_add(&refs, 1);
}

static void count_unref(void *arg)
{
	(void)arg;
	atomic_fetch_sub(&refs, 1);
}

static void on_sealed(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	(void)duration_ms;
	(void)bytes;
	(void)tracks;
	(void)arg;
	atomic_fetch_add(&seals, 1);
}

static void *hook(void *arg)
{
	struct sender *s = arg;

	while (!atomic_load(&over)) {
		sender_run(s, clock_mono_us());
		g_usleep(2000);
	}
	return NULL;
}

static void make_sender(int i)
{
	struct tap_conf conf = { .codec = i % 2 ? "vp8" : "opus", .rate_hz = i % 2 ? 90000 : 48000, .channels = i % 2 ? 0 : 2,
				 .want_keyframe = sim_want, .arg_ref = count_ref, .arg_unref = count_unref };

	senders[i] = g_new0(struct sender, 1);
	sender_init(senders[i], i % 2);
	tap_unref(&senders[i]->tap);
	conf.arg = senders[i];
	CHECK_INT(tap_create(&senders[i]->tap, &conf), 0);
}

static void recording_id(char *out, size_t size, int n)
{
	snprintf(out, size, "rec_demo_1760000000000_aaaaa%c", 'a' + n);
}

static void meddle(struct capture *c, int n)
{
	int64_t until_us = clock_mono_us() + RUN_MS * 1000, duration_ms, elapsed_ms;
	char participant[16];

	for (int i = 0; clock_mono_us() < until_us; i++) {
		struct tap *tap = senders[(i + n) % SENDERS]->tap;

		snprintf(participant, sizeof(participant), "user%d", 1 + (i + n) % SENDERS / 2);
		if (i % 3 == 0)
			capture_add(c, participant, (i + n) % 2 ? "video" : "audio", tap);
		if (i % 7 == 3)
			capture_remove(c, tap);
		if (i % 11 == 5)
			tap_mute(tap, !tap_muted(tap));
		if (i % 13 == 6)
			capture_pause(c, i);
		if (i % 13 == 8)
			capture_resume(c, i);
		if (i % 5 == 0)
			capture_joined(c, participant, "x", "X", "guest");
		if (i % 9 == 0)
			capture_left(c, participant);
		capture_times(c, &duration_ms, &elapsed_ms);
		g_usleep(15000);
	}
}

static void *record(void *arg)
{
	int n = GPOINTER_TO_INT(arg), err;
	char id[64];
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = id, .room = "demo", .call_id = "c", .seq = 1, .on_sealed = on_sealed };
	struct capture_result r;
	struct capture *c;

	recording_id(id, sizeof(id), n);
	if (capture_create(&c, &conf))
		abort();
	meddle(c, n);
	if (n == 1)
		capture_end(c);
	err = capture_stop(&c, 9, "host", NULL, &r);
	return GINT_TO_POINTER(err);
}

static void test_threads(void)
{
	pthread_t hooks[SENDERS], tasks[RECORDINGS];
	void *err;
	char id[64];

	atomic_store(&sim_us, clock_mono_us());
	CHECK_INT(capture_init(&sim_settings), 0);
	for (int i = 0; i < SENDERS; i++) {
		make_sender(i);
		CHECK_INT(thread_start(&hooks[i], "hook", hook, senders[i]), 0);
	}
	for (int i = 0; i < RECORDINGS; i++)
		CHECK_INT(thread_start(&tasks[i], "task", record, GINT_TO_POINTER(i)), 0);
	for (int i = 0; i < RECORDINGS; i++) {
		pthread_join(tasks[i], &err);
		CHECK_INT(GPOINTER_TO_INT(err), 0);
	}
	atomic_store(&over, true);
	for (int i = 0; i < SENDERS; i++) {
		pthread_join(hooks[i], NULL);
		sender_done(senders[i]);
		g_free(senders[i]);
	}
	capture_exit();
	CHECK_INT(atomic_load(&refs), 0);
	CHECK(atomic_load(&seals) >= RECORDINGS);
	for (int i = 0; i < RECORDINGS; i++) {
		recording_id(id, sizeof(id), i);
		read_recording(id);
		CHECK(lines_of("chunk", NULL, NULL) > 0);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_threads) };
	int err;

	if (!mkdtemp(sim_root))
		return 1;
	sim_settings = (struct settings){ .recordings = sim_root, .chunk_ms = 500, .reorder_ms = 200, .stall_budget_ms = 10000,
					  .durability = DURABILITY_CHUNK };
	err = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	json_decref(sim_lines);
	if (sim_got)
		g_array_unref(sim_got);
	if (!getenv("KEEP"))
		fs_remove_tree(sim_root);
	return err;
}

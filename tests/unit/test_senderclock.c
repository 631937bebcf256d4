/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The clock mapping against a world whose truth is known (clock_world.h): what is promised of it, all the time, for hours and in many worlds made by
 * chance. A world's number is printed when it breaks a promise; RECROOM_SEED repeats a run.
 */
#include "common/senderclock.c"
#include "test.h"
#include "clock_world.h"

enum { SYNC_US = 10000 };

static struct world w;

static bool full(void)
{
	const char *s = getenv("RECROOM_FULL");

	return s && *s;
}

/* Runs until both sources have been reported, and begins the segments there. */
static void begin_when_reported(void)
{
	w.begin_us = w.check_from_us = INT64_MAX;
	for (int64_t at_us = START; w.src[0].reports == 0 || w.src[1].reports == 0; at_us += SECOND)
		world_run(&w, at_us);
	w.begin_us = w.now_us;
	w.check_from_us = w.now_us;
}

/* The figure of the issue: hours of drift, sound sent 200 ms later than sampled, 50 ms of jitter. */
static void drift(double wall_ppm, double sound_ppm, int64_t jitter_us, int64_t behind_us)
{
	static unsigned seed = 1;
	int64_t hours = full() ? 12 : 2;

	world_init(&w, seed++);
	w.ppm = wall_ppm;
	w.src[0].ppm = sound_ppm;
	w.src[0].behind_us = behind_us;
	w.jitter_us = jitter_us;
	begin_when_reported();
	world_run(&w, START + hours * HOUR);
	world_done(&w);
	printf("figure sync_error_ms %.2f (%d h, wall clock %+.0f ppm, sound %+.0f ppm, jitter %d ms, sound %d ms late; to the truth %+.1f to %+.1f ms)\n",
	       (double)w.worst_av_us / 1000, (int)hours, wall_ppm, sound_ppm, (int)(jitter_us / 1000), (int)(behind_us / 1000),
	       (double)w.worst_early_us / 1000, (double)w.worst_late_us / 1000);
	CHECK(w.compared > 10000);
	CHECK(w.worst_av_us <= SYNC_US);
	CHECK(w.worst_early_us >= w.delay_us - SYNC_US && w.worst_late_us <= w.delay_us + jitter_us + SYNC_US);
}

static void test_hours_of_drift(void)
{
	static const double ppm[] = { -100, 0, 100 };

	for (int i = 0; i < 3; i++)
		drift(ppm[i], -ppm[i], i * 25000, i ? 200000 : 0);
	drift(100, 100, 50000, 200000);
	drift(-100, 100, 50000, 200000);
}

/* --- worlds made by chance --- */

/* A clock is not set twice within 40 s, nor by what the network's delay rises by in the same seconds: nobody could tell. */
static int64_t random_event(int64_t at_us, bool calm)
{
	struct event *e = &w.events[w.nevents++];

	*e = (struct event){ .what = (enum what)uniform(&w, 0, calm ? RTP_JUMP : NEW_SSRC + 1), .source = (int)uniform(&w, 0, 2) };
	e->at_us = at_us + (e->what == NTP_SET ? 20 * SECOND : 0);
	if (e->what == NET_DELAY)
		e->value_us = uniform(&w, 1000, 400000);
	else if (e->what == NTP_SET)
		e->value_us = uniform(&w, 0, 2) ? uniform(&w, 150000, 3 * SECOND) : uniform(&w, SECOND, HOUR);
	else
		e->value_us = uniform(&w, SECOND / 4, 60 * SECOND);
	if ((e->what == NTP_SET || e->what == RTP_JUMP) && uniform(&w, 0, 2))
		e->value_us = -e->value_us;
	return e->at_us + uniform(&w, e->what == NTP_SET ? 40 * SECOND : SECOND, 60 * SECOND);
}

static void random_world(unsigned seed, bool calm)
{
	int64_t at_us = START + 60 * SECOND;

	world_init(&w, seed);
	w.ppm = (double)uniform(&w, -100, 101);
	w.delay_us = uniform(&w, 1000, 300000);
	w.jitter_us = uniform(&w, 0, 2) ? 50000 : uniform(&w, 0, 150000);
	w.report_loss = (double)uniform(&w, 0, 20) / 100;
	w.ordered = uniform(&w, 0, 2);
	for (int i = 0; i < SOURCES; i++) {
		w.src[i].ppm = (double)uniform(&w, -100, 101);
		w.src[i].behind_us = uniform(&w, 0, i ? 60000 : 200000);
		w.src[i].report_us = uniform(&w, SECOND / 2, 6 * SECOND);
	}
	for (int n = (int)uniform(&w, 0, EVENTS); n > 0; n--)
		at_us = random_event(at_us, calm);
}

static void print_world(unsigned seed)
{
	static const char *const names[] = { "net delay", "ntp set", "rtp jump", "silence", "suspend", "new ssrc" };

	printf("world %u: wall %+.0f ppm, sources %+.0f %+.0f ppm, behind %d %d ms, reports every %d %d ms, %.0f %% lost, jitter %d ms%s: sync %.2f ms\n", seed,
	       w.ppm, w.src[0].ppm, w.src[1].ppm, (int)(w.src[0].behind_us / 1000), (int)(w.src[1].behind_us / 1000), (int)(w.src[0].report_us / 1000),
	       (int)(w.src[1].report_us / 1000), 100 * w.report_loss, (int)(w.jitter_us / 1000), w.ordered ? ", in order" : "",
	       (double)w.worst_av_us / 1000);
	for (unsigned i = 0; i < w.nevents; i++)
		printf("   at %d s %s, source %d, %d ms\n", (int)((w.events[i].at_us - START) / SECOND), names[w.events[i].what], w.events[i].source,
		       (int)(w.events[i].value_us / 1000));
}

static unsigned first_seed(void)
{
	const char *s = getenv("RECROOM_SEED");

	return s ? (unsigned)strtoul(s, NULL, 10) : (unsigned)g_get_real_time() & 0xfffffff;
}

/* Whatever the network does and however the sender's wall clock is set, sound and picture stay together from the first reports on. */
static void test_sync_all_the_time(void)
{
	unsigned seed = first_seed(), worlds = full() ? 2000 : 100;
	int64_t worst_us = 0;

	printf("RECROOM_SEED=%u\n", seed);
	for (unsigned i = 0; i < worlds; i++) {
		random_world(seed + i, true);
		begin_when_reported();
		world_run(&w, START + 400 * SECOND);
		world_done(&w);
		if (w.worst_av_us > SYNC_US)
			print_world(seed + i);
		worst_us = MAX(worst_us, w.worst_av_us);
	}
	printf("figure sync_error_ms %.2f (%u worlds of 5 minutes: drift, jitter, delay steps, reports lost, wall clock set, silence)\n", (double)worst_us / 1000,
	       worlds);
	CHECK(worst_us <= SYNC_US);
}

/* Whatever happens, time neither runs back nor ahead of what has passed (clock_world.h checks each frame); and three minutes after one such thing all is
 * well again. */
static void test_anything_happens(void)
{
	unsigned seed = first_seed(), worlds = full() ? 2000 : 100;
	int64_t worst_us = 0;

	printf("RECROOM_SEED=%u\n", seed);
	for (unsigned i = 0; i < worlds; i++) {
		random_world(seed + i, false);
		w.nevents = i % 2 ? w.nevents : MIN(w.nevents, 1);
		begin_when_reported();
		w.check_from_us = MAX(w.check_from_us, w.nevents ? w.events[w.nevents - 1].at_us + 180 * SECOND : 0);
		world_run(&w, w.check_from_us + 60 * SECOND);
		world_done(&w);
		if (i % 2 == 0 && w.worst_av_us > SYNC_US)
			print_world(seed + i);
		worst_us = MAX(worst_us, i % 2 ? 0 : w.worst_av_us);
	}
	printf("figure sync_error_ms %.2f (%u worlds three minutes after an RTP jump, a suspended sender, a change of SSRC)\n", (double)worst_us / 1000,
	       worlds / 2);
	CHECK(worst_us <= SYNC_US);
}

/* A network that only shakes: time never gains more than 1 %, and loses no more but where a packet was quicker than all before it. */
static void test_slew_is_at_most_one_percent(void)
{
	for (unsigned i = 0; i < 20; i++) {
		random_world(first_seed() + i, true);
		w.nevents = 0;
		w.fall_us = w.jitter_us / 2;
		begin_when_reported();
		w.slew_checked = true;
		world_run(&w, START + 300 * SECOND);
		world_done(&w);
	}
}

/* Segments that begin before the first report are as far off as sound and picture were sent apart, and come together by 3/4 % of the time. */
static void test_late_first_report(void)
{
	static const int late_s[] = { 1, 5, 30 };

	for (int i = 0; i < 3; i++) {
		int64_t first_us = START + late_s[i] * SECOND, apart_us = 0;

		world_init(&w, 7);
		w.src[0].behind_us = 200000;
		w.jitter_us = 20000;
		w.src[0].next_report_us = w.src[1].next_report_us = first_us;
		w.begin_us = START;
		world_run(&w, first_us);
		apart_us = w.worst_av_us;
		CHECK(apart_us > 150000 && apart_us < 250000);
		for (int64_t at_us = first_us; apart_us > SYNC_US; at_us += SECOND) {
			w.worst_av_us = 0;
			w.check_from_us = at_us + SECOND / 2;
			world_run(&w, at_us + SECOND);
			CHECK(w.worst_av_us <= MAX(SYNC_US, 230000 - (at_us - first_us) * 3 / 400));
			apart_us = w.worst_av_us;
		}
		w.worst_av_us = 0;
		world_run(&w, first_us + 300 * SECOND);
		CHECK(w.worst_av_us <= SYNC_US);
		world_done(&w);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_hours_of_drift), TEST(test_sync_all_the_time), TEST(test_anything_happens),
					     TEST(test_slew_is_at_most_one_percent), TEST(test_late_first_report) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

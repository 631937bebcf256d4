/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/talking.c"
#include "test.h"

_Thread_local int locks_held;

/* The room and its recording, as far as talking knows them. */
static struct room_media media = { .audiolevel_event = true, .audio_active_packets = 10, .audio_level_average = 25 };
static struct { char text[8][160]; int n, noted; } told;

void room_media_get(struct room *r, struct room_media *out) { (void)r; *out = media; }
struct recording *room_recording(struct room *r) { (void)r; return (struct recording *)&told; }
void recording_unref(struct recording **rec) { *rec = NULL; }
void recording_talking(struct recording *rec, struct participant *p) { (void)rec; told.noted += atomic_load(&p->talking) ? 1 : 100; }
struct participant *participant_ref(struct participant *p) { atomic_fetch_add(&p->ref, 1); return p; }
void participant_unref(struct participant **p) { atomic_fetch_sub(&(*p)->ref, 1); *p = NULL; }

void notify_room(struct room *r, json_t *members, const struct participant *except)
{
	char *text = json_dumps(members, JSON_COMPACT);

	CHECK(!r && !except && !locks_held);
	g_strlcpy(told.text[told.n++ % 8], text, sizeof(told.text[0]));
	free(text);
	json_decref(members);
}

static void test_judges(void)
{
	enum { NEED = 100, BELOW = 25, S = 1000000 };
	static const struct { struct talking_window w; enum talking_verdict verdict; int average; } rows[] = {
		{ { 0, 0, 0 }, TALKING_WAIT, 0 },
		{ { 99, 0, 2 * S }, TALKING_WAIT, 0 },
		{ { 100, 2400, 2 * S }, TALKING_LOUD, 24 },
		{ { 100, 2499, 2 * S }, TALKING_LOUD, 24 },
		{ { 100, 2500, 2 * S }, TALKING_QUIET, 25 },
		{ { 104, 104 * 127, 2 * S }, TALKING_QUIET, 127 },
		{ { 100, 1000, 0 }, TALKING_LOUD, 10 },             /* ten packets a second or a thousand: they count */
		{ { 41, 41 * 20, 3 * S }, TALKING_LOUD, 20 },       /* packets of 60 ms */
		{ { 5, 5 * 127, 3 * S }, TALKING_QUIET, 127 },      /* a sender that sends little while it is silent */
		{ { 0, 0, 3 * S }, TALKING_QUIET, 127 },            /* nothing came */
		{ { 0, 0, 3 * S - 1 }, TALKING_WAIT, 0 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		int average = 0;

		if (talking_judge(&rows[i].w, NEED, BELOW, &average) != rows[i].verdict || average != rows[i].average)
			TEST_FAIL("row %zu", i);
	}
}

static void test_levels_add_up(void)
{
	struct talking t = { .ref = 1 };

	for (int i = 0; i < 1000000; i++)
		talking_packet(&t, 127);
	talking_packet(&t, -1);
	CHECK_INT(atomic_load(&t.window) & UINT32_MAX, 1000000);
	CHECK_INT(atomic_load(&t.window) >> 32, 127000000);
}

static struct participant ann = { .ref = 1, .id = "user1" };

/* Packets of this loudness for so long. */
static void say(struct talking *t, int level, int64_t *now_us, int ms)
{
	for (; ms > 0; ms -= 100) {
		for (int i = 0; i < 5; i++)
			talking_packet(t, level);
		talking_tick(*now_us += 100000);
	}
}

static void test_tells_of_changes(void)
{
	struct talking *t = talking_create(&ann, "0");
	int64_t now_us = 5000000;

	memset(&told, 0, sizeof(told));
	say(t, 40, &now_us, 1000);
	CHECK_INT(told.n, 0);
	say(t, 10, &now_us, 1000);
	CHECK_INT(told.n, 1);
	CHECK_STR(told.text[0], "{\"recroom\":\"talking\",\"id\":\"user1\",\"mid\":\"0\",\"audio-level-dBov-avg\":10}");
	CHECK(talking_now(t));
	CHECK_INT(told.noted, 1);
	CHECK_INT(atomic_load(&ann.talking), 1);
	for (int i = 0; i < 10; i++)
		talking_tick(now_us += 100000);            /* nothing comes any more */
	CHECK_INT(told.n, 2);
	CHECK_STR(told.text[1], "{\"recroom\":\"stopped-talking\",\"id\":\"user1\",\"mid\":\"0\",\"audio-level-dBov-avg\":127}");
	CHECK_INT(told.noted, 101);
	talking_end(t);
	CHECK_INT(told.n, 2);
	talking_unref(&t);
	CHECK_INT(atomic_load(&ann.ref), 1);
	CHECK(!all.list);
}

static void test_muted_people_do_not_talk(void)
{
	struct talking *t = talking_create(&ann, "0");
	int64_t now_us = 5000000;

	memset(&told, 0, sizeof(told));
	say(t, 10, &now_us, 1000);
	CHECK_INT(told.n, 1);
	talking_mute(t, true);
	talking_tick(now_us += 100000);
	CHECK(!talking_now(t));
	CHECK_INT(told.n, 2);
	say(t, 10, &now_us, 2000);
	CHECK_INT(told.n, 2);
	talking_mute(t, false);
	say(t, 10, &now_us, 1000);
	CHECK_INT(told.n, 3);
	talking_end(t);                                    /* in the middle of a word */
	talking_end(t);
	CHECK_INT(told.n, 4);
	CHECK_INT(atomic_load(&ann.talking), 0);
	say(t, 10, &now_us, 2000);
	CHECK_INT(told.n, 4);
	talking_unref(&t);
}

static void test_rooms_that_want_no_events(void)
{
	struct talking *t = talking_create(&ann, "0");
	int64_t now_us = 5000000;

	memset(&told, 0, sizeof(told));
	media.audiolevel_event = false;
	say(t, 10, &now_us, 1000);
	CHECK(talking_now(t));
	CHECK_INT(told.n, 0);
	CHECK_INT(told.noted, 1);                          /* the recording has it all the same */
	talking_end(t);
	talking_unref(&t);
	media.audiolevel_event = true;
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_judges), TEST(test_levels_add_up), TEST(test_tells_of_changes), TEST(test_muted_people_do_not_talk),
		TEST(test_rooms_that_want_no_events),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

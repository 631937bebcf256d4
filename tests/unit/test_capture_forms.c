/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings of sound that is sent twice (RED) through a network that loses, and of pictures that are turned: as test_capture.c, on the test's own clock.
 */
#include "plugins/capture_thread.c"

#include <stdlib.h>
#include "test.h"
#include "capture_sim.h"

#define ID(n) "rec_demo_1760000000000_bbbbb" n

enum { PT = 96, PT_RED = 63, ROTATION_ID = 13, HISTORY = 3, OPUS_TICKS = 960 };

static struct sender sender;
static struct capture *cap;
static unsigned seed;
static double share_lost;
static _Atomic int64_t sealed_ms;

static void note_sealed(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	(void)bytes;
	(void)tracks;
	(void)arg;
	atomic_store(&sealed_ms, duration_ms);
}

/* The writer's thread is to keep up with the test's clock. */
static void await_writer(void)
{
	for (int i = 0; i < 20000 && cap->env.floor_ms - atomic_load(&sealed_ms) > 1500; i++)
		g_usleep(500);
}

static void advance(int64_t us)
{
	int64_t end_us = sim_clock() + us;

	while (sim_clock() < end_us) {
		int64_t now_us = atomic_fetch_add(&sim_us, 1000) + 1000;

		sender_run(&sender, now_us);
		if (now_us % TICK_US == 0)
			tick_all(now_us);
		if (now_us % 500000 == 0 && cap)
			await_writer();
	}
}

static void begin(const char *id, bool video)
{
	struct tap_conf tap = { .codec = video ? "vp8" : "opus", .rate_hz = video ? 90000 : 48000, .channels = video ? 0 : 2, .pt = PT,
				.red_pt = video ? 0 : PT_RED, .rotation_id = video ? ROTATION_ID : 0, .want_keyframe = sim_want, .arg = &sender };
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa", .title = "T",
				     .layout = "grid", .seq = 2, .on_sealed = note_sealed };

	sender_init(&sender, video);
	tap_unref(&sender.tap);
	CHECK_INT(tap_create(&sender.tap, &tap), 0);
	sealed_ms = 0;
	CHECK_INT(capture_create(&cap, &conf), 0);
	capture_joined(cap, "user1", "ann@example.org", "Ann", "host");
	CHECK_INT(capture_add(cap, "user1", video ? "video" : "audio", sender.tap), 0);
}

static void end_and_read(const char *id)
{
	struct capture_result r;

	capture_end(cap);
	advance(600000);
	CHECK_INT(capture_stop(&cap, 6, "host", NULL, &r), 0);
	sender_done(&sender);
	read_recording(id);
}

/* What the last packets held, newest first. */
static struct { uint8_t data[1200]; size_t len; uint32_t ts; } history[HISTORY];
static int distance;               /* frames repeated */
static unsigned plain_every;       /* so many frames apart one goes alone and is not repeated, as one does that is too large */

static uint32_t get_be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void remember(const uint8_t *data, size_t len, uint32_t ts)
{
	memmove(history + 1, history, sizeof(history) - sizeof(history[0]));
	memcpy(history[0].data, data, len);
	history[0].len = len;
	history[0].ts = ts;
}

static size_t put_head(uint8_t *out, uint32_t ts, int i)
{
	uint32_t offset = ts - history[i].ts;

	out[0] = 0x80 | PT;
	put_be(out + 1, offset << 10 | (uint32_t)history[i].len, 3);
	return 4;
}

static void send_twice(struct sender *s, struct flight *f)
{
	uint8_t own[1200], *p = f->data + 12;
	size_t len = f->len - 12;
	uint32_t ts = get_be(f->data + 4);

	if (plain_every && s->number % plain_every == 0)
		return;
	memcpy(own, p, len);
	for (int i = distance - 1; i >= 0; i--)
		if (history[i].len)
			p += put_head(p, ts, i);
	*p++ = PT;
	for (int i = distance - 1; i >= 0; i--) {
		memcpy(p, history[i].data, history[i].len);
		p += history[i].len;
	}
	memcpy(p, own, len);
	f->len = (size_t)(p + len - f->data);
	f->data[1] = (f->data[1] & 0x80) | PT_RED;
	remember(own, len, ts);
}

/* A network that loses some, delays some and repeats some. */
static bool lossy(struct sender *s, uint16_t seq, int64_t *arrival_us, bool *twice)
{
	(void)s;
	(void)seq;
	if (rand_r(&seed) < share_lost * RAND_MAX)
		return false;
	if (rand_r(&seed) % 20 == 0)
		*arrival_us += rand_r(&seed) % 300000;
	*twice = rand_r(&seed) % 20 == 0;
	return true;
}

/* Share of the sound sent from from_us on that is recorded. Everything that is there is what was sent at that time, and is there once. */
static double share_recorded(int64_t from_us, int64_t to_us, int64_t base_us)
{
	unsigned sent = 0, there = 0;
	int64_t last_pts = -1;

	for (uint32_t i = 0; i < sender.number; i++)
		sent += sender.captured_us[i] >= from_us && sender.captured_us[i] + LATENCY_US < to_us;
	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);

		CHECK(g->number < sender.number);
		CHECK_NEAR(g->pts, (double)(sender.captured_us[g->number] + LATENCY_US - base_us) / 1000, 2.0);
		CHECK(g->pts > last_pts);
		last_pts = g->pts;
		there += sender.captured_us[g->number] >= from_us && sender.captured_us[g->number] + LATENCY_US < to_us;
	}
	return (double)there / sent;
}

static double run_red(const char *id, double loss, int repeat, unsigned every, int seconds)
{
	int64_t start_us, end_us;

	distance = repeat;
	plain_every = every;
	share_lost = loss;
	memset(history, 0, sizeof(history));
	begin(id, false);
	sender.wrap = send_twice;
	sender.network = lossy;
	start_us = sim_clock();
	advance((int64_t)seconds * 1000000);
	end_us = sim_clock();
	end_and_read(id);
	CHECK_INT(lines_of("segment", NULL, NULL), 1);
	return share_recorded(start_us + 400000, end_us - 400000, start_us);
}

/* What a redundant packet repeats fills what was lost: 3 % loss leaves 0.09 %. */
static void test_red_fills_holes(void)
{
	double one = run_red(ID("a"), 0.03, 1, 0, 60), two = run_red(ID("b"), 0.03, 2, 0, 60), none = run_red(ID("c"), 0.03, 0, 0, 20);

	printf("RED at 3 %% loss, seed as printed: %.3f %% recorded with one frame repeated, %.3f %% with two, %.3f %% with none\n", 100 * one, 100 * two,
	       100 * none);
	CHECK(one >= 0.995);
	CHECK(two >= 0.995);
	CHECK(none < 0.99);
}

/* The sender leaves frames out of what it repeats, so that the next repeats seem to be of other numbers than they are. */
static void test_red_that_leaves_frames_out(void)
{
	CHECK(run_red(ID("d"), 0.2, 2, 5, 20) > 0.85);
	CHECK(run_red(ID("e"), 0.5, 2, 3, 20) > 0.5);
}

static void test_red_without_loss(void)
{
	CHECK(run_red(ID("f"), 0, 2, 0, 10) == 1.0);
	CHECK_INT(lines_of("gap", NULL, NULL), 0);
}

static int turned(uint32_t number)
{
	static const uint8_t byte[] = { 1, 1, 0, 2, 3 };

	return byte[MIN(number / 60, sizeof(byte) - 1)];
}

/* As browsers do: with the last packet of keyframes and of pictures that are turned. */
static void turn(struct sender *s, struct flight *f)
{
	const uint8_t extension[] = { 0xbe, 0xde, 0, 1, ROTATION_ID << 4, (uint8_t)(0x0c | turned(s->number)), 0, 0 };
	uint32_t number = s->number;

	if (!(f->data[1] & 0x80) || (!s->key[number] && !turned(number) && number % 60))
		return;
	memmove(f->data + 12 + sizeof(extension), f->data + 12, f->len - 12);
	memcpy(f->data + 12, extension, sizeof(extension));
	f->data[0] |= 0x10;
	f->len += sizeof(extension);
}

static json_t *nth(const char *type, int n)
{
	size_t i;
	json_t *o;

	json_array_foreach(sim_lines, i, o)
		if (!strcmp(str_of(o, "type"), type) && n-- == 0)
			return o;
	return NULL;
}

static void test_rotation(void)
{
	static const struct { int degrees; uint32_t number; } rows[] = { { 0, 120 }, { 180, 180 }, { 270, 240 } };
	int64_t start_us;

	begin(ID("g"), true);
	sender.wrap = turn;
	start_us = sim_clock();
	advance(10 * 1000000);
	end_and_read(ID("g"));
	CHECK_INT(lines_of("segment", NULL, NULL), 1);
	CHECK_INT(int_of(nth("segment", 0), "rotation"), 90);
	CHECK_INT(lines_of("rotation", NULL, NULL), 3);
	for (int i = 0; i < 3; i++) {
		json_t *o = nth("rotation", i);

		CHECK_STR(str_of(o, "participant"), "user1");
		CHECK_STR(str_of(o, "source"), "video");
		CHECK_INT(int_of(o, "segment"), 0);
		CHECK_INT(int_of(o, "rotation"), rows[i].degrees);
		CHECK_NEAR(int_of(o, "t_ms"), (double)(sender.captured_us[rows[i].number] + LATENCY_US - start_us) / 1000, 1.0);
	}
}

/* Cuts the timeline in front of the first line that begins so. */
static void cut_timeline(const char *id, const char *line)
{
	char *path = g_build_filename(sim_root, id, "timeline.jsonl", NULL), *text = NULL, *at;

	CHECK_INT(fs_read(path, 1 << 20, &text, NULL), 0);
	at = strstr(text, line);
	CHECK(at != NULL);
	*at = 0;
	CHECK(g_file_set_contents(path, text, -1, NULL));
	CHECK_INT(g_chmod(path, 0660), 0);
	g_free(text);
	g_free(path);
}

/* Lines that a crash took along are in the chunks as well: how they are turned, and which layer they are. */
static void test_rotation_after_crash(void)
{
	static const int degrees[] = { 0, 180, 270 };
	struct capture_result r;
	int64_t told_ms[3];

	begin(ID("h"), true);
	sender.wrap = turn;
	advance(10 * 1000000);
	end_and_read(ID("h"));
	for (int i = 0; i < 3; i++)
		told_ms[i] = int_of(nth("rotation", i), "t_ms");
	cut_timeline(ID("h"), "{\"type\":\"rotation\"");
	CHECK_INT(capture_recover(&sim_settings, ID("h"), &r), 0);
	read_recording(ID("h"));
	CHECK_INT(lines_of("segment", NULL, NULL), 1);
	CHECK_INT(lines_of("rotation", NULL, NULL), 3);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(int_of(nth("rotation", i), "rotation"), degrees[i]);
		CHECK_NEAR(int_of(nth("rotation", i), "t_ms"), told_ms[i] + 500, 550);
	}
	cut_timeline(ID("h"), "{");
	CHECK_INT(capture_recover(&sim_settings, ID("h"), &r), 0);
	read_recording(ID("h"));
	CHECK_INT(int_of(nth("segment", 0), "rotation"), 90);
	CHECK_INT(lines_of("rotation", NULL, NULL), 3);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_red_fills_holes), TEST(test_red_that_leaves_frames_out), TEST(test_red_without_loss), TEST(test_rotation), TEST(test_rotation_after_crash),
	};
	const char *given = getenv("RECROOM_SEED");
	int err;

	seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)g_get_real_time();
	printf("RECROOM_SEED=%u\n", seed);
	if (!mkdtemp(sim_root))
		return 1;
	sim_settings = (struct settings){ .recordings = sim_root, .chunk_ms = 1000, .reorder_ms = 500, .stall_budget_ms = 10000,
					  .durability = DURABILITY_NONE };
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
	if (sim_got)
		g_array_unref(sim_got);
	fs_remove_tree(sim_root);
	return err;
}

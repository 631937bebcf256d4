/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings from taps to files: senders of numbered frames on a clock of the test's own, the capture thread's work done by the test, the writer's by
 * its real thread; then the directory is read back and every frame accounted for.
 */
#include "plugins/capture_thread.c"

#include <errno.h>
#include "test.h"
#include "capture_sim.h"

static void send_padding(struct sender *s)
{
	uint8_t pad[16] = { [15] = 16 };

	launch(s, pad, sizeof(pad), s->next_us - s->period_us, false, true);
}

static json_t *line_of(const char *type, int nth)
{
	size_t i;
	json_t *o;

	json_array_foreach(sim_lines, i, o) {
		if (!strcmp(str_of(o, "type"), type) && nth-- == 0)
			return o;
	}
	return NULL;
}

/* Where frame n of a source is, or NULL; *count: how often. */
static const struct got *find_got(const char *participant, const char *source, uint32_t number, int *count)
{
	const struct got *found = NULL;

	*count = 0;
	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);

		if (g->number != number || strcmp(g->participant, participant) || strcmp(g->source, source))
			continue;
		found = g;
		++*count;
	}
	return found;
}

#define ID(n) "rec_demo_1760000000000_aaaaa" n

static struct sender audio, video;
static struct capture *cap;
static atomic_int degraded, seals;
static _Atomic int64_t sealed_ms;   /* duration told with the last seal */
static bool no_disk;

static void note_degraded(const char *reason, void *arg)
{
	(void)arg;
	CHECK_STR(reason, "disk");
	degraded++;
}

static void note_sealed(int64_t duration_ms, int64_t bytes, int tracks, void *arg)
{
	(void)arg;
	(void)bytes;
	(void)tracks;
	seals++;
	atomic_store(&sealed_ms, duration_ms);
}

/* The writer's thread is to keep up with the test's clock. */
static void await_writer(void)
{
	for (int i = 0; i < 5000 && cap && !no_disk && cap->env.floor_ms - atomic_load(&sealed_ms) > 1500; i++)
		g_usleep(1000);
}

static void advance(int64_t us)
{
	int64_t end_us = sim_clock() + us;

	while (sim_clock() < end_us) {
		int64_t now_us = atomic_fetch_add(&sim_us, 1000) + 1000;

		sender_run(&audio, now_us);
		sender_run(&video, now_us);
		if (now_us % TICK_US == 0)
			tick_all(now_us);
		if (now_us % 500000 == 0)
			await_writer();
	}
}

static void begin(const char *id)
{
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa",
				     .title = "T", .layout = "grid", .seq = 2, .on_sealed = note_sealed, .on_degraded = note_degraded };

	degraded = seals = 0;
	sealed_ms = 0;
	CHECK_INT(capture_create(&cap, &conf), 0);
}

static void begin_with_both(const char *id)
{
	sender_init(&audio, false);
	sender_init(&video, true);
	advance(2000000);
	begin(id);
	capture_joined(cap, "user1", "ann@example.org", "Ann", "host");
	CHECK_INT(capture_add(cap, "user1", "audio", audio.tap), 0);
	CHECK_INT(capture_add(cap, "user1", "video", video.tap), 0);
}

static struct capture_result end(void)
{
	struct capture_result r;

	capture_end(cap);
	advance(600000);
	CHECK_INT(capture_stop(&cap, 6, "host", NULL, &r), 0);
	return r;
}

/* Ends the recording and reads it. */
static struct capture_result end_and_read(const char *id)
{
	struct capture_result r = end();

	sender_done(&audio);
	sender_done(&video);
	read_recording(id);
	CHECK_INT(int_of(line_of("stop", 0), "duration_ms"), r.duration_ms);
	return r;
}

/* Frames of a sender captured in [from, to) of monotonic time are there once, base_us later than recording time; returns how many. */
static int check_frames(const struct sender *s, const char *source, int64_t from_us, int64_t to_us, int64_t base_us)
{
	int n = 0;

	for (uint32_t i = 0; i < s->number; i++) {
		int64_t seen_us = s->captured_us[i] + LATENCY_US;
		const struct got *g;
		int count;

		if (seen_us < from_us || seen_us >= to_us)
			continue;
		g = find_got("user1", source, i, &count);
		if (count != 1)
			TEST_FAIL("%s frame %u of %.3f s is there %d times", source, i, (double)(seen_us - from_us) / 1e6, count);
		CHECK_NEAR(g->pts, (double)(seen_us - base_us) / 1000, 1.2);
		n++;
	}
	return n;
}

/* What `sha256sum` says of the file up to its stop line, which is the last one where nobody signs. */
static const char *chain_hash(const char *id)
{
	static char hash[SHA256_HEX];
	char *path = g_build_filename(sim_root, id, "timeline.jsonl", NULL), *data = NULL;
	size_t len = 0;

	CHECK_INT(fs_read(path, 64 << 20, &data, &len), 0);
	sha256_hex(hash, data, len);
	g_free(data);
	g_free(path);
	return hash;
}

static void test_every_frame(void)
{
	int64_t start_us, end_us, key_us;
	struct capture_result r;

	begin_with_both(ID("a"));
	start_us = sim_clock();
	advance(70 * 1000000);
	end_us = sim_clock();
	r = end_and_read(ID("a"));
	CHECK_INT(r.duration_ms, 70000);
	CHECK_INT(r.tracks, 2);
	CHECK(!r.degraded);
	CHECK_STR(r.chain, chain_hash(ID("a")));
	CHECK_INT(lines_of("sealed", NULL, NULL), 70);
	CHECK_INT(lines_of("segment", NULL, NULL), 2);
	CHECK_INT(lines_of("gap", "reason", "lost"), 0);
	CHECK_INT(lines_of("gap", "reason", "late"), 0);
	CHECK(check_frames(&audio, "audio", start_us, end_us, start_us) >= 3499);
	key_us = start_us + int_of(line_of("gap", 0), "to_ms") * 1000;
	CHECK_STR(str_of(line_of("gap", 0), "reason"), "no_keyframe");
	CHECK(key_us - start_us < 200000);
	CHECK(check_frames(&video, "video", key_us - 1000, end_us, start_us) > 2090);
	CHECK(seals > 0);
}

/* Reordered by up to 300 ms, duplicated, padded: nothing is lost. */
static bool messy(struct sender *s, uint16_t seq, int64_t *arrival_us, bool *twice)
{
	uint32_t h = (uint32_t)seq * 2654435761u;

	(void)s;
	if (h % 10 == 0)
		*arrival_us += (int64_t)(h >> 8) % 300000;
	*twice = h % 7 == 0;
	return true;
}

static void test_reordered(void)
{
	int64_t start_us, end_us;

	begin_with_both(ID("b"));
	audio.network = video.network = messy;
	start_us = sim_clock();
	for (int i = 0; i < 200; i++) {
		advance(100000);
		send_padding(&video);
	}
	end_us = sim_clock();
	end_and_read(ID("b"));
	CHECK_INT(lines_of("gap", "reason", "lost") + lines_of("gap", "reason", "late"), 0);
	check_frames(&audio, "audio", start_us + 100000, end_us, start_us);
	check_frames(&video, "video", start_us + 400000, end_us, start_us);
}

static bool lossy(struct sender *s, uint16_t seq, int64_t *arrival_us, bool *twice)
{
	(void)s;
	(void)arrival_us;
	(void)twice;
	return seq % 61 != 0;
}

/* A picture of which a packet is missing is not there, nor what rests on it; each asks for a keyframe. */
static void test_loss(void)
{
	int holes = 0;

	begin_with_both(ID("c"));
	video.network = audio.network = lossy;
	advance(20 * 1000000);
	end_and_read(ID("c"));
	CHECK(lines_of("gap", "reason", "lost") > 10);
	CHECK(video.keyframe_requests > 10);
	for (guint i = 1; i < sim_got->len; i++) {
		const struct got *a = &g_array_index(sim_got, struct got, i - 1), *b = &g_array_index(sim_got, struct got, i);

		if (!b->video || !a->video || a->segment != b->segment)
			continue;
		if (b->number != a->number + 1) {
			CHECK(b->key);
			holes++;
		}
	}
	CHECK(holes > 5);
}

static bool loses_one(struct sender *s, uint16_t seq, int64_t *arrival_us, bool *twice)
{
	(void)seq;
	(void)arrival_us;
	(void)twice;
	return s->number != 200;
}

/* A hole that stays costs the pictures of some 200 ms, not of the 500 ms that packets are waited for. */
static void test_hole(void)
{
	unsigned missing = 0;
	const struct got *last = NULL;

	begin_with_both(ID("q"));
	video.network = loses_one;
	advance(10 * 1000000);
	end_and_read(ID("q"));
	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);

		if (!g->video)
			continue;
		missing += last ? g->number - last->number - 1 : 0;
		last = g;
	}
	CHECK(missing >= 1);
	CHECK(missing <= 10);
	CHECK(video.keyframe_requests <= 3);
}

static void test_pause(void)
{
	int64_t start_us, pause_us, resume_us, end_us, key_us;
	struct capture_result r;
	char *dir = g_build_filename(sim_root, ID("d"), NULL);

	sim_settings.durability = DURABILITY_CHUNK;
	begin_with_both(ID("d"));
	start_us = sim_clock();
	advance(3300000);
	pause_us = sim_clock();
	CHECK_INT(capture_pause(cap, 4), 0);
	CHECK_INT(capture_pause(cap, 4), -EALREADY);
	advance(1000000);
	for (int i = 0; i < 5000 && files_in(dir) < 8; i++)
		g_usleep(1000);
	advance(4000000);
	CHECK_INT(files_in(dir), 8);
	resume_us = sim_clock();
	CHECK_INT(capture_resume(cap, 5), 0);
	CHECK_INT(capture_resume(cap, 5), -EALREADY);
	advance(3000000);
	end_us = sim_clock();
	r = end_and_read(ID("d"));
	CHECK_INT(r.duration_ms, 6300);
	CHECK_INT(r.elapsed_ms, 11300);
	CHECK_INT(int_of(line_of("pause", 0), "t_ms"), 3300);
	CHECK_INT(int_of(line_of("resume", 0), "t_ms"), 3300);
	CHECK_INT(lines_of("sealed", NULL, NULL), 7);
	CHECK_INT(lines_of("segment", "reason", "resume"), 2);
	sim_settings.durability = DURABILITY_NONE;
	check_frames(&audio, "audio", start_us, pause_us, start_us);
	check_frames(&audio, "audio", resume_us, end_us, start_us + resume_us - pause_us);
	key_us = resume_us + 200000;
	check_frames(&video, "video", key_us, end_us, start_us + resume_us - pause_us);
	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);
		const struct sender *s = g->video ? &video : &audio;
		int64_t seen_us = s->captured_us[g->number] + LATENCY_US;

		CHECK(seen_us + 1000 < pause_us + 2000 || seen_us >= resume_us - 1000);
	}
	g_free(dir);
}

static void test_mute(void)
{
	int64_t start_us, mute_us, unmute_us;

	begin_with_both(ID("e"));
	start_us = sim_clock();
	advance(2500000);
	mute_us = sim_clock();
	tap_mute(audio.tap, true);
	tap_mute(video.tap, true);
	video.silent = true;
	advance(3000000);
	tap_mute(audio.tap, false);
	tap_mute(video.tap, false);
	video.silent = false;
	unmute_us = sim_clock();
	advance(2500000);
	end_and_read(ID("e"));
	CHECK_INT(lines_of("muted", NULL, NULL), 2);
	CHECK_INT(lines_of("unmuted", NULL, NULL), 2);
	CHECK_INT(int_of(line_of("muted", 0), "t_ms"), 2500);
	CHECK_INT(int_of(line_of("unmuted", 0), "t_ms"), 5500);
	CHECK_INT(lines_of("segment", "reason", "unmuted"), 2);
	CHECK_INT(lines_of("ended", "source", "video"), 2);      /* muted, stopped */
	CHECK(int_of(line_of("ended", 0), "t_ms") > 2400 && int_of(line_of("ended", 0), "t_ms") <= 2540);
	CHECK_INT(int_of(line_of("ended", 0), "segment"), 0);
	check_frames(&audio, "audio", start_us, mute_us - 20000, start_us);
	check_frames(&audio, "audio", unmute_us, unmute_us + 2400000, start_us);
	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);

		CHECK(g->pts <= 2500 || g->pts >= 5500);
	}
}

static void test_size_and_ssrc(void)
{
	begin_with_both(ID("f"));
	advance(2200000);
	video.width = 320;
	video.height = 240;
	video.want_key = 1;
	advance(1000000);
	audio.ssrc = 0x3333;
	audio.seq = 100;
	audio.ts0 += 777777;
	advance(1500000);
	end_and_read(ID("f"));
	CHECK_INT(lines_of("segment", "reason", "size"), 1);
	CHECK_INT(lines_of("segment", "reason", "ssrc"), 1);
	CHECK_INT(lines_of("ended", NULL, NULL), lines_of("segment", NULL, NULL));
	CHECK_INT(lines_of("gap", "reason", "lost"), 0);
	CHECK_INT(lines_of("gap", "reason", "late"), 0);
}

static void test_reconnect(void)
{
	int64_t start_us, end_us;

	begin_with_both(ID("g"));
	start_us = sim_clock();
	advance(1500000);
	capture_remove(cap, audio.tap);
	capture_remove(cap, video.tap);
	capture_left(cap, "user1");
	advance(2000000);
	capture_joined(cap, "user1", "ann@example.org", "Ann", "host");
	CHECK_INT(capture_add(cap, "user1", "audio", audio.tap), 0);
	advance(1500000);
	end_us = sim_clock();
	end_and_read(ID("g"));
	CHECK_INT(lines_of("joined", NULL, NULL), 2);
	CHECK_INT(int_of(line_of("left", 0), "t_ms"), 1500);
	CHECK_INT(lines_of("segment", "reason", "reconnect"), 1);
	CHECK(int_of(line_of("ended", 0), "t_ms") > 1400 && int_of(line_of("ended", 0), "t_ms") <= 1540);
	check_frames(&audio, "audio", end_us - 1400000, end_us, start_us);
}

/* Two recordings of one call, one after the other at once: the first still drains. */
static void test_two_in_a_row(void)
{
	struct capture *first;
	struct capture_result r;
	int64_t start_us, end_us;

	begin_with_both(ID("h"));
	advance(1500000);
	first = cap;
	capture_end(first);
	begin(ID("i"));
	start_us = sim_clock();
	CHECK_INT(capture_add(cap, "user1", "audio", audio.tap), 0);
	CHECK_INT(capture_add(cap, "user1", "video", video.tap), 0);
	CHECK_INT(capture_add(first, "user1", "audio", audio.tap), -EPROTO);
	advance(2500000);
	CHECK_INT(capture_stop(&first, 6, "host", NULL, &r), 0);
	CHECK_INT(r.duration_ms, 1500);
	end_us = sim_clock();
	end_and_read(ID("i"));
	check_frames(&audio, "audio", start_us, end_us, start_us);
	read_recording(ID("h"));
}

/* Slides that stand still have no frame that tells when they went. */
static void test_still_picture_ends(void)
{
	begin_with_both(ID("w"));
	advance(1500000);
	video.silent = true;
	advance(4000000);
	capture_remove(cap, video.tap);
	advance(1500000);
	end_and_read(ID("w"));
	CHECK_INT(lines_of("ended", "source", "video"), 1);
	CHECK(int_of(line_of("ended", 0), "t_ms") >= 3000 && int_of(line_of("ended", 0), "t_ms") <= 5500);
}

static void test_empty(void)
{
	struct capture_result r;

	sender_init(&audio, false);
	sender_init(&video, true);
	begin(ID("j"));
	advance(2100000);
	r = end_and_read(ID("j"));
	CHECK_INT(r.duration_ms, 2100);
	CHECK_INT(r.tracks, 0);
	CHECK_STR(r.chain, chain_hash(ID("j")));
	CHECK_INT(lines_of("sealed", NULL, NULL), 3);
}

/* The network is away for three seconds; seconds go on being sealed, what comes after is dropped as late or taken, never out of order. */
static bool held_back(struct sender *s, uint16_t seq, int64_t *arrival_us, bool *twice)
{
	int64_t at = *arrival_us - SIM_START;

	(void)s;
	(void)seq;
	(void)twice;
	if (at % 10000000 >= 4000000 && at % 10000000 < 7000000)
		*arrival_us += 7000000 - at % 10000000;
	return true;
}

static void test_outage(void)
{
	begin_with_both(ID("k"));
	audio.network = video.network = held_back;
	advance(12 * 1000000);
	end_and_read(ID("k"));
	CHECK_INT(lines_of("sealed", NULL, NULL), 12);
	CHECK(lines_of("gap", "reason", "late") > 0);
}

/* The capture thread is held up until the rings are full. */
static void test_overflow(void)
{
	int64_t end_us;

	begin_with_both(ID("l"));
	video.frame_size = 15000;
	advance(1000000);
	end_us = sim_clock() + 1500000;
	while (sim_clock() < end_us) {
		int64_t now_us = atomic_fetch_add(&sim_us, 1000) + 1000;

		sender_run(&audio, now_us);
		sender_run(&video, now_us);
	}
	advance(2000000);
	end_and_read(ID("l"));
	CHECK(lines_of("gap", "reason", "lost") > 0);
}

/* The directory goes away and comes back: what is older than the budget is a gap, the rest is there. */
static void test_disk(void)
{
	char *dir = g_build_filename(sim_root, ID("m"), "chunks", NULL), *away = g_build_filename(sim_root, "away", NULL);
	struct capture_result r;

	sim_settings.stall_budget_ms = 2000;
	sim_settings.durability = DURABILITY_INTERVAL;
	begin_with_both(ID("m"));
	advance(2000000);
	no_disk = true;
	CHECK_INT(g_rename(dir, away), 0);
	for (int i = 0; i < 80; i++) {
		advance(100000);
		g_usleep(12000);   /* the writer thread looks at the test's clock every 100 ms of its own */
	}
	for (int i = 0; i < 2000 && !degraded; i++)
		g_usleep(10000);
	CHECK_INT(g_rename(away, dir), 0);
	no_disk = false;
	advance(3000000);
	r = end_and_read(ID("m"));
	CHECK_INT(degraded, 1);
	CHECK(r.degraded);
	CHECK(lines_of("gap", "reason", "disk") > 0);
	CHECK_INT(lines_of("degraded", "reason", "disk"), 1);
	CHECK_STR(json_string_value(json_array_get(json_object_get(line_of("stop", 0), "flags"), 0)), "degraded");
	sim_settings.stall_budget_ms = 10000;
	g_free(dir);
	g_free(away);
}

/* What a crash after `sealed 2` would have left of a recording: later lines are gone, some files have their temporary names, one is cut. */
static void crash(const char *id)
{
	char *dir = g_build_filename(sim_root, id, NULL), *path = g_build_filename(dir, "timeline.jsonl", NULL), *text;
	char *chunks = g_build_filename(dir, "chunks", NULL), *cut;
	size_t len;

	CHECK_INT(fs_read(path, 1 << 20, &text, &len), 0);
	cut = strstr(text, "\"n\":2,");
	CHECK(cut != NULL);
	strcpy(strchr(cut, '\n') + 1, "{\"type\":\"chu");
	CHECK(g_file_set_contents(path, text, -1, NULL));
	CHECK_INT(g_chmod(path, 0660), 0);
	CHECK_INT(g_chdir(chunks), 0);
	CHECK_INT(g_rename("user1_audio_00_000003.webm", ".user1_audio_00_000003.webm.tmp"), 0);
	CHECK_INT(g_rename("user1_audio_00_000004.webm", ".user1_audio_00_000004.webm.tmp"), 0);
	CHECK_INT(truncate(".user1_audio_00_000004.webm.tmp", 3000), 0);
	CHECK_INT(g_rename("user1_video_01_000004.webm", ".user1_video_01_000004.webm.tmp"), 0);
	CHECK_INT(g_chdir("/"), 0);
	g_free(text);
	g_free(path);
	g_free(chunks);
	g_free(dir);
}

static void test_recover(void)
{
	struct capture_result r, again;
	json_t *flags;

	begin_with_both(ID("o"));
	advance(3200000);
	video.width = 320;
	video.want_key = 1;
	advance(2500000);
	end();
	crash(ID("o"));
	CHECK_INT(capture_recover(&sim_settings, ID("o"), &r), 0);
	read_recording(ID("o"));
	CHECK_INT(lines_of("recovered", NULL, NULL), 1);
	CHECK_INT(int_of(line_of("recovered", 0), "adopted"), 2);
	CHECK_INT(int_of(line_of("recovered", 0), "dropped"), 1);
	CHECK_INT(lines_of("gap", "reason", "missing"), 1);
	flags = json_object_get(line_of("stop", 0), "flags");
	CHECK_STR(json_string_value(json_array_get(flags, 0)), "interrupted");
	CHECK_INT(lines_of("segment", "source", "video"), 2);
	CHECK_INT(r.duration_ms, int_of(line_of("stop", 0), "duration_ms"));
	CHECK(r.duration_ms >= 5600 && r.duration_ms <= 5750);
	CHECK_INT(r.tracks, 2);
	CHECK_INT(lines_of("sealed", NULL, NULL), 6);
	CHECK_STR(r.chain, chain_hash(ID("o")));
	CHECK_INT(capture_recover(&sim_settings, ID("o"), &again), 0);
	CHECK_INT(again.duration_ms, r.duration_ms);
	CHECK_INT(again.bytes, r.bytes);
	CHECK_INT(capture_recover(&sim_settings, ID("z"), &r), -ENOENT);
	sender_done(&audio);
	sender_done(&video);
}

static void test_recover_without_timeline(void)
{
	char *path = g_build_filename(sim_root, ID("p"), "timeline.jsonl", NULL);
	struct capture_result r;

	begin_with_both(ID("p"));
	advance(2500000);
	end();
	CHECK_INT(g_unlink(path), 0);
	CHECK_INT(capture_recover(&sim_settings, ID("p"), &r), 0);
	read_recording(ID("p"));
	CHECK_INT(lines_of("joined", "role", "host"), 1);
	CHECK_INT(lines_of("segment", NULL, NULL), 2);
	CHECK_NEAR(r.duration_ms, 2500, 20);
	sender_done(&audio);
	sender_done(&video);
	g_free(path);
}

/* The lines of a recording that are of this type, as text; g_strfreev() */
static char **raw_lines(const char *id, const char *type)
{
	char *path = g_build_filename(sim_root, id, "timeline.jsonl", NULL), *data = NULL, *begin = g_strdup_printf("{\"type\":\"%s\"", type), **all;
	GPtrArray *found = g_ptr_array_new();

	CHECK_INT(fs_read(path, 64 << 20, &data, NULL), 0);
	all = g_strsplit(data, "\n", -1);
	for (char **l = all; *l; l++) {
		if (g_str_has_prefix(*l, begin))
			g_ptr_array_add(found, g_strdup(*l));
	}
	g_ptr_array_add(found, NULL);
	g_strfreev(all);
	g_free(begin);
	g_free(data);
	g_free(path);
	return (char **)g_ptr_array_free(found, FALSE);
}

/* Lines that the disk garbled into something that can be read. */
static void append_absurd(const char *id)
{
	static const char absurd[] =
		"{\"type\":\"sealed\",\"t_ms\":2000,\"wall_ms\":9223372036854775807,\"n\":9223372036854775807}\n"
		"{\"type\":\"sealed\",\"t_ms\":2000,\"wall_ms\":0,\"n\":99999999999}\n"
		"{\"type\":\"muted\",\"t_ms\":9223372036854775807,\"wall_ms\":-9223372036854775807,\"seq\":9223372036854775807}\n"
		"{\"type\":\"sync\",\"t_ms\":-9223372036854775807,\"wall_ms\":1}\n"
		"{\"type\":\"chunk\",\"t_ms\":99999999999999,\"wall_ms\":0,\"participant\":\"user1\",\"source\":\"audio\",\"segment\":0,\"index\":0,"
		"\"file\":\"user1_audio_00_999999.webm\",\"end_ms\":9223372036854775807,\"bytes\":9223372036854775807}\n"
		"{\"type\":\"chunk\",\"t_ms\":0,\"wall_ms\":0,\"participant\":7,\"segment\":-9,\"file\":\"user1_audio_00_999999.webm\",\"end_ms\":-1,"
		"\"bytes\":-9223372036854775807}\n"
		"{\"type\":\"segment\",\"t_ms\":0,\"wall_ms\":0,\"segment\":9223372036854775807,\"rotation\":9223372036854775807}\n";
	char *path = g_build_filename(sim_root, id, "timeline.jsonl", NULL), *text, *stop, *all;

	CHECK_INT(fs_read(path, 1 << 20, &text, NULL), 0);
	stop = strstr(text, "{\"type\":\"stop\"");
	CHECK(stop != NULL);
	*stop = 0;
	all = g_strconcat(text, absurd, NULL);
	CHECK(g_file_set_contents(path, all, -1, NULL));
	CHECK_INT(g_chmod(path, 0660), 0);
	g_free(all);
	g_free(text);
	g_free(path);
}

static void test_recover_from_absurd_lines(void)
{
	struct capture_result r;
	json_t *stop;
	char **stops;

	begin_with_both(ID("t"));
	advance(3200000);
	end();
	append_absurd(ID("t"));
	CHECK_INT(capture_recover(&sim_settings, ID("t"), &r), 0);
	stops = raw_lines(ID("t"), "stop");
	CHECK_INT(g_strv_length(stops), 1);
	stop = json_loads(stops[0], 0, NULL);
	CHECK_NEAR(r.duration_ms, 3200, 50);
	CHECK_NEAR(r.elapsed_ms, 3200, 60000);     /* wall clock: the test's own runs faster */
	CHECK(r.bytes > 0 && r.bytes < INT64_C(1) << 31);
	CHECK_INT(r.tracks, 3);                    /* with the one of a line without names */
	CHECK_INT(int_of(stop, "duration_ms"), r.duration_ms);
	CHECK(int_of(stop, "seq") > 0 && int_of(stop, "seq") < 100);
	json_decref(stop);
	g_strfreev(stops);
	sender_done(&audio);
	sender_done(&video);
}

static void check_signature(const char *id, const char *chain)
{
	char **lines = raw_lines(id, "signature");
	json_t *o;

	CHECK_INT(g_strv_length(lines), 1);
	o = json_loads(lines[0], 0, NULL);
	CHECK_STR(str_of(o, "chain"), chain);
	CHECK_INT(sign_verify(sign_key_public(engine.sign_key), chain, str_of(o, "sig")), 0);
	json_decref(o);
	g_strfreev(lines);
}

/* A recording is signed when it stops; one that was killed just before, or before its end, is signed when it is closed. */
static void test_signed(void)
{
	char *path = g_build_filename(sim_root, ID("s"), "timeline.jsonl", NULL), *pem = g_build_filename(sim_root, "key.pem", NULL), *data, why[256];
	struct capture_result r, again;
	struct stat st;

	CHECK(g_file_set_contents(pem, "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
				       "-----END PRIVATE KEY-----\n", -1, NULL) && !chmod(pem, 0600));
	CHECK_INT(sign_key_load(&engine.sign_key, pem, why, sizeof(why)), 0);
	begin_with_both(ID("s"));
	advance(1500000);
	r = end();
	sender_done(&audio);
	sender_done(&video);
	read_recording(ID("s"));
	check_signature(ID("s"), r.chain);
	CHECK(!stat(path, &st) && !truncate(path, st.st_size - 20));
	CHECK_INT(capture_recover(&sim_settings, ID("s"), &again), 0);
	CHECK_STR(again.chain, r.chain);
	check_signature(ID("s"), r.chain);
	CHECK_INT(fs_read(path, 1 << 20, &data, NULL), 0);
	CHECK(!truncate(path, strstr(data, "{\"type\":\"stop\"") - data));
	CHECK_INT(capture_recover(&sim_settings, ID("s"), &again), 0);
	check_signature(ID("s"), again.chain);
	CHECK(strcmp(again.chain, r.chain));
	sign_key_unref(&engine.sign_key);
	g_free(path);
	g_free(pem);
	g_free(data);
}

static void test_refuses(void)
{
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = "../x", .room = "demo", .call_id = "c" };
	struct capture *c;

	CHECK_INT(capture_create(&c, &conf), -EINVAL);
	conf.recording_id = ID("a");   /* is there */
	CHECK_INT(capture_create(&c, &conf), -EEXIST);
	sender_init(&audio, false);
	sender_init(&video, true);
	begin(ID("n"));
	CHECK_INT(capture_add(cap, "user1", "../audio", audio.tap), -EINVAL);
	CHECK_INT(capture_add(cap, "ann", "audio", audio.tap), -EINVAL);
	CHECK_INT(capture_add(cap, "user1", "audio", video.tap), -EINVAL);
	end_and_read(ID("n"));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_every_frame), TEST(test_reordered), TEST(test_loss), TEST(test_hole), TEST(test_pause), TEST(test_mute), TEST(test_size_and_ssrc),
		TEST(test_reconnect), TEST(test_two_in_a_row), TEST(test_still_picture_ends), TEST(test_empty), TEST(test_outage), TEST(test_overflow), TEST(test_disk),
		TEST(test_recover), TEST(test_recover_without_timeline), TEST(test_recover_from_absurd_lines), TEST(test_signed),
		TEST(test_refuses),
	};
	int err;

	if (!mkdtemp(sim_root))
		return 1;
	umask(077);
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
	if (!getenv("KEEP"))
		fs_remove_tree(sim_root);
	return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Everything that happens in calls, each under its name: what is done to a recorded call, and which frames, segments and lines must be there, and which must
 * not. Frames are known by the numbers in their pictures and packets.
 */
#include <glib.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/guest_call.h"

enum { AT_ONCE = 14 };

static bool full(void)
{
	const char *s = getenv("RECROOM_FULL");

	return s && *s;
}

/* --- what reaches a disk --- */

static atomic_int secrets, writes;

/* In place of the C library's, for the plugin too: looks into everything that is written, to whatever file. */
__attribute__((visibility("default"))) ssize_t write(int fd, const void *data, size_t len)
{
	atomic_fetch_add(&writes, 1);
	if (memmem(data, len, PEER_SECRET_MARK, sizeof(PEER_SECRET_MARK)))
		atomic_fetch_add(&secrets, 1);
	return syscall(SYS_write, fd, data, len);
}

/* One take of a call on such a network: all of sound and picture is there, at its time, in one segment each. */
static void undisturbed(const struct peer_conf *conf)
{
	struct recorded *r;

	call_with(*conf, "audio,video");
	wait_us(take.started_us + LONG_US);
	r = stop_and_load();
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	check_times_agree(r, "audio");
	check_times_agree(r, "video");
	CHECK_INT(segments(r, "audio"), 1);
	CHECK_INT(segments(r, "video"), 1);
	check_no_gap(r, "audio", NULL);
	check_no_gap(r, "video", "lost");
	end_call(r);
}

static void test_reordering(void)
{
	undisturbed(&(struct peer_conf){ .jitter_ms = 80, .seed = 11 });
}

static void test_duplicates(void)
{
	undisturbed(&(struct peer_conf){ .twice = 0.5, .jitter_ms = 40, .seed = 12 });
}

static void test_retransmission(void)
{
	undisturbed(&(struct peer_conf){ .late = 0.1, .late_ms = 170, .seed = 13 });
}

static void test_timestamp_and_sequence_wrap(void)
{
	undisturbed(&(struct peer_conf){ .seq0 = 65530, .ts0 = UINT32_MAX - 48000 });
}

static void test_early_packet_with_negative_timestamp(void)
{
	undisturbed(&(struct peer_conf){ .early = true, .seq0 = 65535, .ts0 = (uint32_t)-960 });
}

static void test_sender_reports_do_not_come(void)
{
	undisturbed(&(struct peer_conf){ .reports_ms = -1, .skew_ppm = 300 });
}

/* --- loss --- */

/* 3 % of the packets are lost, each time they are sent; what is asked for again comes 80 ms later. */
static void test_three_percent_loss_repaired(void)
{
	struct peer_conf conf = { .loss = 0.03, .repair_ms = 80, .seed = (unsigned)g_get_real_time() & 0xffffff };
	unsigned sent, there = 0, all = 0, excused = 0;
	bool broken = true;                      /* nothing can be there until the next keyframe */
	struct peer_frame *s;
	struct recorded *r;

	printf("seed %u\n", conf.seed);
	call_with(conf, "audio,video");
	wait_us(take.started_us + (full() ? 300 : 5) * INT64_C(1000000));
	r = stop_and_load();                     /* which decodes every frame: none is corrupt */
	s = peer_frames(guest, "video", &sent);
	for (unsigned i = 0; i < sent; i++) {
		bool has = recorded_has(r, peer_id(guest), "video", s[i].number), counts = there > 0 || has;

		if (s[i].capture_us > take.stop_us - SLACK_US - 300000)
			break;
		broken = !has && (broken || !s[i].whole);      /* it was never repaired */
		all += counts;
		there += has;
		excused += counts && broken;
	}
	printf("figure repaired_video_percent %.2f (%u of %u pictures, 3 %% loss, two tries of repair)\n", 100.0 * there / all, there, all);
	CHECK_INT(there + excused, all);
	CHECK(!full() || there >= 0.995 * all);
	g_free(s);
	end_call(r);
}

/* --- packets that are none --- */

static void nothing(enum peer_trick trick)
{
	struct recorded *r;

	call_with((struct peer_conf){ .seed = 1 }, "audio,video");
	peer_trick(guest, "audio", trick, true);
	peer_trick(guest, "video", trick, true);
	wait_us(take.started_us + LONG_US);
	r = stop_and_load();
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	check_no_gap(r, "audio", NULL);
	check_no_gap(r, "video", "lost");
	CHECK_INT(segments(r, "video"), 1);
	end_call(r);
}

static void test_padding_only_packets(void)
{
	nothing(PEER_PADDING);
}

static void test_payload_type_nobody_negotiated(void)
{
	nothing(PEER_FOREIGN);
}

/* --- another stream, another camera --- */

static void other_half(void)
{
	wait_us(happened_us + LONG_US + SLACK_US);
}

static void test_ssrc_change(void)
{
	struct recorded *r;

	call_with((struct peer_conf){ .seed = 2 }, "audio,video");
	halfway();
	peer_trick(guest, "audio", PEER_NEW_SSRC, true);
	peer_trick(guest, "video", PEER_NEW_SSRC, true);
	other_half();
	r = stop_and_load();
	CHECK_INT(segments(r, "audio"), 2);
	CHECK_STR(json_str(segment(r, "audio", 1), "reason"), "ssrc");
	CHECK_STR(json_str(segment(r, "video", 1), "reason"), "ssrc");
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US);
	check_complete(r, guest, "video", take.captured_us, happened_us - SLACK_US);
	check_complete(r, guest, "video", happened_us + SLACK_US, take.stop_us - SLACK_US);
	check_times_agree(r, "audio");
	check_times_agree(r, "video");
	end_call(r);
}

/* The same SSRC: the camera is opened (half a second of nothing), its pictures have another size. */
static void test_camera_switched_by_replace_track(void)
{
	struct recorded *r;
	int64_t on_us;

	call_with((struct peer_conf){ .seed = 3 }, "audio,video");
	halfway();
	CHECK_INT(peer_mute(guest, "video", true, false), 0);
	peer_camera(guest, "video", 320, 192);
	wait_us(happened_us + 500000);
	on_us = clock_mono_us();
	CHECK_INT(peer_mute(guest, "video", false, false), 0);
	wait_us(on_us + LONG_US);
	r = stop_and_load();
	CHECK_INT(segments(r, "video"), 2);
	CHECK_STR(json_str(segment(r, "video", 1), "reason"), "size");
	CHECK_INT(json_num(segment(r, "video", 1), "width", 0), 320);
	CHECK_INT(json_num(segment(r, "video", 1), "height", 0), 192);
	CHECK_INT(recorded_count(r, "muted", NULL, NULL), 0);
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	check_times_agree(r, "video");
	end_call(r);
}

static void test_resolution_change(void)
{
	struct recorded *r;

	call_with((struct peer_conf){ .seed = 4 }, "audio,video");
	wait_us(take.started_us + LONG_US / 3);
	peer_camera(guest, "video", 80, 48);
	wait_us(take.started_us + 2 * LONG_US / 3);
	peer_camera(guest, "video", 160, 96);
	wait_us(take.started_us + LONG_US + SLACK_US);
	r = stop_and_load();
	CHECK_INT(segments(r, "video"), 3);
	CHECK_INT(json_num(segment(r, "video", 1), "width", 0), 80);
	CHECK_INT(json_num(segment(r, "video", 2), "width", 0), 160);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	CHECK_INT(segments(r, "audio"), 1);
	end_call(r);
}

static void test_rotation_change(void)
{
	struct recorded *r;
	json_t *line;

	call_with((struct peer_conf){ .seed = 5 }, "audio,video");
	halfway();
	peer_turn(guest, 90);
	other_half();
	r = stop_and_load();
	line = recorded_line(r, "rotation", peer_id(guest), "video", 0);
	CHECK(line);
	CHECK_INT(json_num(line, "rotation", 0), 90);
	CHECK_NEAR(json_num(line, "t_ms", 0), (double)(happened_us - take.started_us) / 1000.0, 150 * SLOWNESS);
	CHECK_INT(recorded_count(r, "rotation", NULL, NULL), 1);
	CHECK_INT(json_num(segment(r, "video", 0), "rotation", -1), 0);
	CHECK_INT(segments(r, "video"), 1);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	end_call(r);
}

/* --- more and fewer sources --- */

static void sources(const char *all)
{
	char **names = g_strsplit(all, ",", -1);
	struct recorded *r;

	call_with((struct peer_conf){ .seed = 7 }, all);
	wait_us(take.started_us + LONG_US);
	r = stop_and_load();
	for (char **n = names; *n; n++)
		check_complete(r, guest, *n, take.captured_us, take.stop_us - SLACK_US);
	CHECK_INT(recorded_count(r, "segment", NULL, NULL), g_strv_length(names));
	g_strfreev(names);
	end_call(r);
}

static void test_two_cameras(void)
{
	sources("audio,video,video2");
}

static void test_audio_only(void)
{
	sources("audio");
}

static void test_video_only(void)
{
	sources("video");
}

static void test_video_added_by_renegotiation(void)
{
	struct recorded *r;
	int64_t added_us;

	call_with((struct peer_conf){ .seed = 8 }, "audio");
	halfway();
	CHECK_INT(peer_add(guest, "video"), 0);
	added_us = clock_mono_us();
	wait_keyframe(0);
	wait_us(added_us + LONG_US);
	r = stop_and_load();
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US);
	check_complete(r, guest, "video", added_us + SLACK_US, take.stop_us - SLACK_US);
	check_times_agree(r, "video");
	CHECK_STR(json_str(segment(r, "video", 0), "reason"), "start");
	end_call(r);
}

/* --- people --- */

static int64_t times_cross(const struct recorded *r, const char *participant, const char *source)
{
	size_t n;
	const struct recorded_frame *f = recorded_frames(r, participant, source, &n);

	for (size_t i = 1; i < n; i++)
		if (f[i].t_ms <= f[i - 1].t_ms)
			return f[i].t_ms;
	return -1;
}

/* The network went, and the page with it: the same person comes back by the resume secret, and is one in the recording. */
static void reconnect(bool hung_up)
{
	struct peer_conf again = { .room = "demo", .display = "Gus", .seed = 10 };
	struct peer *first;
	struct recorded *r;
	char *join;
	size_t n;
	json_t *line;

	call_with((struct peer_conf){ .seed = 9 }, "audio,video");
	halfway();
	first = guest;
	join = g_strdup_printf("'resume':'%s'", peer_resume(first));
	again.join = join;
	if (hung_up)
		peer_leave(first);               /* Janus noticed */
	guest = peer_join(&again, NULL);
	CHECK(guest);
	CHECK_STR(peer_id(guest), peer_id(first));
	CHECK_INT(peer_publish(guest, "audio,video"), 0);
	peer_stop(first);
	happened_us = clock_mono_us();
	other_half();
	r = stop_and_load();
	CHECK_INT(segments(r, "audio"), 2);
	CHECK_STR(json_str(segment(r, "audio", 1), "reason"), "reconnect");
	CHECK_STR(json_str(segment(r, "video", 1), "reason"), "reconnect");
	CHECK_INT(times_cross(r, peer_id(guest), "audio"), -1);
	CHECK_INT(times_cross(r, peer_id(guest), "video"), -1);
	CHECK(recorded_frames(r, peer_id(guest), "audio", &n) && n > 30);
	for (unsigned i = 0; (line = recorded_line(r, "segment", NULL, NULL, i)); i++)
		CHECK_STR(json_str(line, "participant"), peer_id(guest));
	peer_free(first);
	g_free(join);
	end_call(r);
}

static void test_reconnection_is_one_participant(void)
{
	reconnect(true);
}

static void test_reconnection_before_the_old_one_is_gone(void)
{
	reconnect(false);
}

/* Waits until half of a keyframe has been sent; its number. */
static unsigned wait_half(void)
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * 1000;
	bool seen = false;
	unsigned n = 0;

	while (!seen && clock_mono_us() < deadline_us) {
		struct peer_frame *s = peer_frames(guest, "video", &n);

		seen = s[n - 1].keyframe && !s[n - 1].whole;
		g_free(s);
		g_usleep(10000);
	}
	CHECK(seen);
	return n - 1;
}

static void test_participant_leaves_in_mid_keyframe(void)
{
	struct recorded *r;
	unsigned sent;

	call_with((struct peer_conf){ .seed = 14 }, "audio,video");
	halfway();
	peer_trick(guest, "video", PEER_HALF, true);
	sent = wait_half();
	peer_leave(guest);
	wait_us(clock_mono_us() + 300000);
	r = stop_and_load();
	check_complete(r, guest, "video", take.captured_us, happened_us - 40000);
	check_complete(r, guest, "audio", take.captured_us, happened_us);
	CHECK(!recorded_has(r, peer_id(guest), "video", sent));
	CHECK(recorded_line(r, "left", peer_id(guest), NULL, 0));
	end_call(r);
}

static void test_host_leaves_in_mid_recording(void)
{
	struct peer *first;
	struct recorded *r;

	call_with((struct peer_conf){ .seed = 15 }, "audio,video");
	halfway();
	first = host;
	peer_leave(first);
	wait_us(happened_us + LONG_US / 2);
	host = harness_host("Hugo");
	other_half();
	r = stop_and_load();
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	CHECK(recorded_line(r, "left", peer_id(first), NULL, 0));
	CHECK(recorded_line(r, "joined", peer_id(host), NULL, 0));
	peer_free(first);
	end_call(r);
}

/* --- start, stop, pause --- */

/* Each begins while the one before is still being written. */
static void test_ten_start_stop_cycles(void)
{
	struct take takes[10];
	struct recorded *r;
	int seen = 0;
	size_t n;

	call_with((struct peer_conf){ .seed = 16 }, "audio,video");
	for (int i = 0; i < 10; i++) {
		unsigned from = i ? pictures() : 0;

		if (i)
			start(&take);
		wait_keyframe(from);
		wait_us(clock_mono_us() + 300000);       /* and the one that was asked for last */
		stop(&take);
		takes[i] = take;
	}
	for (int i = 0; i < 10; i++) {
		r = load(&takes[i]);
		CHECK(recorded_frames(r, peer_id(guest), "audio", &n) && n > 3);
		recorded_frames(r, peer_id(guest), "video", &n);
		CHECK(n > 0 || recorded_count(r, "gap", peer_id(guest), "video") > 0);      /* stopped before its keyframe came, and says so */
		seen += n > 0;
		CHECK(!n || !strcmp(json_str(segment(r, "video", 0), "reason"), "start"));
		CHECK_INT(times_cross(r, peer_id(guest), "audio"), -1);
		recorded_free(&r);
	}
	CHECK(seen >= 5);
	end_call(NULL);
}

static void secret(bool on)
{
	peer_trick(guest, "audio", PEER_SECRET, on);
	peer_trick(guest, "video", PEER_SECRET, on);
}

/* What is said and shown only while paused is in no file at any time; what was captured before and came late is there. */
static void test_pause_keeps_nothing(void)
{
	struct recorded *r;
	int64_t pause_us, resumed_us;

	call_with((struct peer_conf){ .late = 0.1, .late_ms = 200, .behind_ms = 150, .reports_ms = 100, .seed = 17 }, "audio,video");
	secret(true);
	wait_us(take.started_us + LONG_US);
	secret(false);
	wait_us(clock_mono_us() + 100000);
	pause_us = clock_mono_us();
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), NULL);
	wait_us(clock_mono_us() + SLACK_US);     /* the marks of the beginning are written */
	for (int i = 0; i < 200 && !atomic_load(&secrets); i++)
		g_usleep(20000);
	CHECK(atomic_load(&secrets) > 0);        /* the watch sees them */
	wait_us(pause_us + 2600000);
	atomic_store(&secrets, 0);
	secret(true);
	wait_us(clock_mono_us() + LONG_US);
	secret(false);
	wait_us(clock_mono_us() + 100000);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'resume_recording'}"), NULL);
	resumed_us = clock_mono_us();
	wait_us(resumed_us + LONG_US);
	r = stop_and_load();
	CHECK(atomic_load(&writes) > 10);
	CHECK_INT(atomic_load(&secrets), 0);
	check_complete(r, guest, "audio", take.captured_us, pause_us - 20000);
	check_complete(r, guest, "video", take.captured_us, pause_us - 20000);
	check_complete(r, guest, "audio", resumed_us + SLACK_US, take.stop_us - SLACK_US);
	CHECK_STR(json_str(segment(r, "video", 1), "reason"), "resume");
	end_call(r);
}

/* The first picture is there as soon as a keyframe can be: a PLI goes out at once, whatever went out before. */
static void test_first_picture_at_once(void)
{
	struct recorded *r;
	size_t n;
	const struct recorded_frame *f;
	unsigned plis;

	call_with((struct peer_conf){ .seed = 18 }, "audio,video");
	r = stop_and_load();
	recorded_free(&r);
	plis = fake_plis(peer_pub(guest), 1);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), NULL);        /* right after the one before: within 500 ms */
	CHECK(fake_wait_plis(peer_pub(guest), 1, plis + 1, WAIT_MS));
	take.started_us = clock_mono_us();
	wait_us(take.started_us + LONG_US / 2);
	fake_drop_events(peer_pub(host));
	g_strlcpy(take.id, json_str(fake_ask(peer_pub(host), "{'recroom':'recording_status'}"), "recordingId"), sizeof(take.id));
	r = stop_and_load();
	f = recorded_frames(r, peer_id(guest), "video", &n);
	CHECK(n > 0);
	printf("figure first_picture_ms %d (no travel, a picture each 33 ms)\n", (int)f[0].t_ms);
	CHECK(f[0].t_ms <= 33 + 100 * SLOWNESS * SLOWNESS);
	end_call(r);
}

/* --- in sync --- */

static double mean_error_ms(const struct recorded *r, const char *source)
{
	size_t n;
	unsigned sent;
	const struct recorded_frame *f = recorded_frames(r, peer_id(guest), source, &n);
	struct peer_frame *s = peer_frames(guest, source, &sent);
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)f[i].t_ms - (double)(s[f[i].number].capture_us - take.started_us) / 1000.0;
	g_free(s);
	return n ? sum / (double)n : 1e9;
}

/* Sound sent 200 ms later than sampled, 50 ms of jitter: through the whole plugin. */
static void test_sound_sent_late_stays_in_sync(void)
{
	struct recorded *r;
	double apart;

	call_with((struct peer_conf){ .behind_ms = 200, .jitter_ms = 50, .skew_ppm = 100, .reports_ms = 200, .seed = 19 }, "audio,video");
	wait_us(take.started_us + LONG_US);
	r = stop_and_load();
	check_complete(r, guest, "audio", take.captured_us, take.stop_us - SLACK_US - 250000);
	check_complete(r, guest, "video", take.captured_us, take.stop_us - SLACK_US);
	apart = mean_error_ms(r, "audio") - mean_error_ms(r, "video");
	printf("figure sync_error_ms %.1f (through the plugin, sound 200 ms late, jitter 50 ms)\n", fabs(apart));
	CHECK_NEAR(apart, 0, 10);
	end_call(r);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_three_percent_loss_repaired), TEST(test_ten_start_stop_cycles), TEST(test_pause_keeps_nothing), TEST(test_reordering),
		TEST(test_duplicates), TEST(test_retransmission), TEST(test_timestamp_and_sequence_wrap), TEST(test_early_packet_with_negative_timestamp),
		TEST(test_sender_reports_do_not_come), TEST(test_padding_only_packets), TEST(test_payload_type_nobody_negotiated), TEST(test_ssrc_change),
		TEST(test_camera_switched_by_replace_track), TEST(test_resolution_change), TEST(test_rotation_change), TEST(test_two_cameras), TEST(test_audio_only), TEST(test_video_only),
		TEST(test_video_added_by_renegotiation), TEST(test_reconnection_is_one_participant), TEST(test_reconnection_before_the_old_one_is_gone),
		TEST(test_participant_leaves_in_mid_keyframe), TEST(test_host_leaves_in_mid_recording), TEST(test_first_picture_at_once),
		TEST(test_sound_sent_late_stays_in_sync),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), AT_ONCE, argc, argv);
}

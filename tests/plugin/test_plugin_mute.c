/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is muted, by themselves or by a host, told or untold: what the recording has of them.
 */
#include <glib.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/guest_call.h"

static void mute_and_unmute(bool tell)
{
	struct recorded *r;
	int64_t on_us;

	call_with((struct peer_conf){ .seed = 6 }, "audio,video");
	halfway();
	CHECK_INT(peer_mute(guest, "audio", true, tell), 0);
	CHECK_INT(peer_mute(guest, "video", true, tell), 0);
	wait_us(happened_us + LONG_US / 2);
	on_us = clock_mono_us();
	CHECK_INT(peer_mute(guest, "audio", false, tell), 0);
	CHECK_INT(peer_mute(guest, "video", false, tell), 0);
	wait_us(on_us + LONG_US);
	r = stop_and_load();
	CHECK_INT(recorded_count(r, "muted", peer_id(guest), NULL), tell ? 2 : 0);
	CHECK_INT(recorded_count(r, "unmuted", peer_id(guest), NULL), tell ? 2 : 0);
	CHECK_INT(segments(r, "audio"), tell ? 2 : 1);
	CHECK_INT(segments(r, "video"), tell ? 2 : 1);
	CHECK_INT(gaps(r, "audio", "lost"), 0);
	check_complete(r, guest, "audio", take.captured_us, tell ? happened_us - SLACK_US : take.stop_us - SLACK_US);
	check_complete(r, guest, "video", take.captured_us, tell ? happened_us - SLACK_US : take.stop_us - SLACK_US);
	if (tell)
		check_complete(r, guest, "audio", on_us + SLACK_US, take.stop_us - SLACK_US);
	if (tell)
		check_complete(r, guest, "video", on_us + SLACK_US, take.stop_us - SLACK_US);
	check_times_agree(r, "audio");
	check_times_agree(r, "video");
	end_call(r);
}

static void test_mute_and_unmute_told(void)
{
	mute_and_unmute(true);
}

static void test_mute_and_unmute_untold(void)
{
	mute_and_unmute(false);
}

enum { MUTES = 15 };

static void mute_by_host(bool mute)
{
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','source':'audio','mute':%s}", peer_id(guest), mute ? "true" : "false"), NULL);
}

static void mute_by_sender(bool mute)
{
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'configure','streams':[{'mid':'0','send':%s}]}", mute ? "false" : "true"), NULL);
}

static void check_nothing(const struct recorded *r, struct peer *p, const char *source, int64_t from_us, int64_t to_us)
{
	unsigned sent, seen = 0;
	struct peer_frame *s = peer_frames(p, source, &sent);

	for (unsigned i = 0; i < sent; i++) {
		bool within = s[i].capture_us >= from_us && s[i].capture_us <= to_us;

		CHECK(!within || !recorded_has(r, peer_id(p), source, s[i].number));
		seen += within;
	}
	CHECK(seen > 5);
	g_free(s);
}

/* Not CHECKed: of another thread. */
static void *host_mutes(void *arg)
{
	for (int i = 0; i < 2 * MUTES; i++)
		fake_ask(peer_pub(host), "{'recroom':'moderate','id':'%s','source':'audio','mute':%s}", peer_id(guest), i % 2 ? "false" : "true");
	return arg;
}

/* Lines that say so take turns, whoever was first. */
static void check_turns(const struct recorded *r, bool muted_at_last)
{
	unsigned on = recorded_count(r, "muted", peer_id(guest), "audio"), off = recorded_count(r, "unmuted", peer_id(guest), "audio");

	CHECK_INT(on, off + muted_at_last);
	for (unsigned i = 0; i < on; i++) {
		int64_t from_ms = json_num(recorded_line(r, "muted", peer_id(guest), "audio", i), "t_ms", -1);

		CHECK(!i || from_ms >= json_num(recorded_line(r, "unmuted", peer_id(guest), "audio", i - 1), "t_ms", INT64_MAX));
	}
}

/* Host and sender mute and unmute the same stream at the same time: in the end what both say is so, for receivers, the room and the recording. */
static void test_host_and_sender_mute_at_once(void)
{
	struct recorded *r;
	int64_t both_us, on_us;
	GThread *thread;

	call_with((struct peer_conf){ .seed = 23 }, "audio");
	thread = g_thread_new("host", host_mutes, NULL);
	for (int i = 0; i < 2 * MUTES; i++)
		mute_by_sender(i % 2 == 0);
	g_thread_join(thread);
	both_us = clock_mono_us();
	wait_us(both_us + LONG_US / 2);
	mute_by_host(true);
	mute_by_sender(true);
	mute_by_sender(false);
	happened_us = clock_mono_us();
	wait_us(happened_us + LONG_US / 2);
	on_us = clock_mono_us();
	mute_by_host(false);
	wait_us(clock_mono_us() + LONG_US / 2);
	r = stop_and_load();
	check_complete(r, guest, "audio", both_us + SLACK_US, both_us + LONG_US / 2 - SLACK_US);
	check_complete(r, guest, "audio", on_us + SLACK_US + 100000, take.stop_us - SLACK_US);
	check_nothing(r, guest, "audio", happened_us + 1000, on_us);
	check_turns(r, false);
	end_call(r);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_mute_and_unmute_told), TEST(test_mute_and_unmute_untold), TEST(test_host_and_sender_mute_at_once) };

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 3, argc, argv);
}

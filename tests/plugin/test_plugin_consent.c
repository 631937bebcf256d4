/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Consent: whose frames are in the chunks, and since when. Frames are known by the numbers in their pictures and packets, and when they were sampled is
 * known, so that not one of somebody may lie before they were told, before their yes where it is needed, behind their no, or anywhere when left out.
 */
#include <glib.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"
#include "tests/plugin/take.h"

enum { SPAN_US = TAKE_US, AT_ONCE = 12 };

#define CAPTURE "capture: { chunk_ms = 500; reorder_ms = 2000; call_end_grace_s = 1; durability = \"none\" }\n"
#define ROOM(more) "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 6; " more " } )\n"

static struct peer *guest;
static struct take take;

static void start_require(void)
{
	CHECK_INT(fake_start("", CAPTURE ROOM("consent = \"require\"; consent_text = \"Für die Schulung\"; consent_url = \"https://example.org/r\"")), 0);
}

static void start_notice(void)
{
	CHECK_INT(fake_start("", CAPTURE ROOM("")), 0);
}

static struct peer *join(const char *name, const char *more)
{
	struct peer_conf conf = { .room = "demo", .display = name, .join = more, .reports_ms = 200 };
	struct peer *p = peer_join(&conf, NULL);

	CHECK(p);
	return p;
}

/* Joins and sends. */
static struct peer *enter(const char *name, const char *more)
{
	struct peer *p = join(name, more);

	CHECK_INT(peer_publish(p, "audio,video"), 0);
	CHECK(peer_wait_frames(p, "audio", 20, WAIT_MS));
	return p;
}

static void begin(void (*start_plugin)(void))
{
	begin_on(start_plugin, "audio,video");
	guest = enter("Gus", NULL);
}

static struct recorded *stop_and_load(void)
{
	stop(&take);
	return load(&take);
}

static void end(struct recorded *r)
{
	peer_stop(guest);
	peer_stop(host);
	recorded_free(&r);
	harness_end();
	peer_free(guest);
	peer_free(host);
}

/* The time when it was answered: from then on it holds. */
static int64_t say(struct peer *p, bool agree, const char *state)
{
	json_t *a = fake_ask(peer_pub(p), "{'recroom':'consent','agree':%s}", agree ? "true" : "false");

	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "recroom"), "consent");
	CHECK_STR(json_str(a, "recordingId"), take.id);
	CHECK_STR(json_str(a, "state"), state);
	return clock_mono_us();
}

static int64_t exclude(const char *id, bool out)
{
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'exclude','id':'%s','exclude':%s}", id, out ? "true" : "false"), NULL);
	return clock_mono_us();
}

/* Frames of the source that were sampled in this time and are there all the same. */
static unsigned captured_in(const struct recorded *r, struct peer *p, const char *source, int64_t from_us, int64_t to_us)
{
	unsigned sent, n = 0;
	struct peer_frame *s = peer_frames(p, source, &sent);

	for (unsigned i = 0; i < sent; i++) {
		bool there = s[i].capture_us >= from_us && s[i].capture_us < to_us && recorded_has(r, peer_id(p), source, s[i].number);

		if (there && !n)
			printf("%s %s: number %u is there, sampled %d ms into a time in which nothing may be\n", peer_id(p), source, s[i].number,
			       (int)((s[i].capture_us - from_us) / 1000));
		n += there;
	}
	g_free(s);
	return n;
}

static void check_nothing(const struct recorded *r, struct peer *p, int64_t from_us, int64_t to_us)
{
	CHECK_INT(captured_in(r, p, "audio", from_us, to_us), 0);
	CHECK_INT(captured_in(r, p, "video", from_us, to_us), 0);
}

static void check_all(const struct recorded *r, struct peer *p, int64_t from_us, int64_t to_us)
{
	check_complete(r, p, "audio", from_us, to_us);
	check_complete(r, p, "video", from_us, to_us);
}

/* The states of the person's consent lines, in their order. */
static void check_lines(const struct recorded *r, struct peer *p, const char *states)
{
	GString *found = g_string_new(NULL);
	json_t *line;

	for (unsigned i = 0; (line = recorded_line(r, "consent", peer_id(p), NULL, i)); i++)
		g_string_append_printf(found, "%s%s", i ? " " : "", json_str(line, "state"));
	CHECK_STR(found->str, states);
	g_string_free(found, TRUE);
}

/* Is the person named in participants.json? */
static bool is_named(struct peer *p)
{
	char *dir = recording_dir(take.id), *path = g_build_filename(dir, "participants.json", NULL), *text = NULL;
	json_t *file;
	bool named;

	CHECK_INT(fs_read(path, 1 << 20, &text, NULL), 0);
	file = json_loads(text, 0, NULL);
	named = json_object_get(json_object_get(file, "participants"), peer_id(p)) != NULL;
	json_decref(file);
	g_free(text);
	g_free(path);
	g_free(dir);
	return named;
}

static void check_gap(const struct recorded *r, struct peer *p, const char *source, const char *reason)
{
	json_t *line;
	bool found = false;

	for (unsigned i = 0; (line = recorded_line(r, "gap", peer_id(p), source, i)); i++)
		found |= !strcmp(json_str(line, "reason"), reason);
	CHECK(found);
}

/* --- yes and no --- */

/* Yes, no, yes again: only what lies behind a yes is there. Who asked for the recording has agreed by that. */
static void test_nothing_before_a_yes_nor_behind_a_no(void)
{
	int64_t yes_us, no_us, again_us;
	struct fake_event *e;
	struct recorded *r;
	json_t *a;

	begin(start_require);
	start(&take);
	e = fake_expect(peer_pub(guest), "event", "recordingstarting", WAIT_MS);
	CHECK(e);
	CHECK_STR(json_str(e->message, "consent"), "require");
	CHECK_STR(json_str(e->message, "consentText"), "Für die Schulung");
	CHECK_STR(json_str(e->message, "consentUrl"), "https://example.org/r");
	a = fake_ask(peer_pub(host), "{'recroom':'recording_status'}");
	CHECK_STR(json_string_value(json_array_get(json_object_get(json_object_get(a, "consents"), "missing"), 0)), peer_id(guest));
	CHECK_STR(json_str(json_object_get(a, "consents"), "you"), "agreed");
	a = fake_ask(peer_pub(guest), "{'recroom':'recording_status'}");
	CHECK_STR(json_str(json_object_get(a, "consents"), "you"), "told");
	CHECK(!json_object_get(json_object_get(a, "consents"), "people"));
	wait_us(take.started_us + SPAN_US / 2);
	yes_us = say(guest, true, "agreed");
	e = fake_expect(peer_pub(host), "event", "consentchanged", WAIT_MS);
	CHECK(e && !strcmp(json_str(e->message, "id"), peer_id(guest)) && !strcmp(json_str(e->message, "state"), "agreed"));
	a = fake_ask(peer_pub(host), "{'recroom':'recording_status'}");
	CHECK_INT(json_array_size(json_object_get(json_object_get(a, "consents"), "missing")), 0);
	wait_us(yes_us + SPAN_US);
	no_us = say(guest, false, "declined");
	say(guest, false, "declined");
	wait_us(no_us + SPAN_US / 2);
	again_us = say(guest, true, "agreed");
	wait_us(again_us + SPAN_US);
	r = stop_and_load();
	check_nothing(r, guest, 0, yes_us - SLACK_US);
	check_all(r, guest, yes_us + SLACK_US, no_us - SLACK_US);
	check_nothing(r, guest, no_us, again_us - SLACK_US);
	check_all(r, guest, again_us + SLACK_US, take.stop_us - SLACK_US);
	check_all(r, host, take.captured_us, take.stop_us - SLACK_US);
	check_lines(r, guest, "told agreed declined agreed");
	check_lines(r, host, "told agreed");
	check_gap(r, guest, "audio", "declined");
	check_gap(r, guest, "video", "declined");
	CHECK_INT(recorded_count(r, "left", peer_id(guest), NULL), 1);
	CHECK_INT(recorded_count(r, "joined", peer_id(guest), NULL), 2);
	CHECK_STR(json_str(recorded_line(r, "start", NULL, NULL, 0), "consent"), "require");
	CHECK(is_named(guest));
	end(r);
}

/* The exact moment: nothing that was sampled before the request for a yes was even sent. */
static void test_not_one_frame_before_the_yes_was_sent(void)
{
	int64_t asked_us;
	struct recorded *r;

	begin(start_require);
	start(&take);
	wait_us(take.started_us + SPAN_US / 2);
	asked_us = clock_mono_us();
	say(guest, true, "agreed");
	wait_us(asked_us + SPAN_US);
	r = stop_and_load();
	check_nothing(r, guest, 0, asked_us);
	check_all(r, guest, asked_us + SLACK_US, take.stop_us - SLACK_US);
	end(r);
}

/* Who never answers is in the call and not in the recording, not even by name. */
static void test_no_answer_is_a_no(void)
{
	struct recorded *r;

	begin(start_require);
	start(&take);
	CHECK_INT(peer_subscribe(host, "[{'feed':'user2'}]"), 0);
	CHECK(fake_wait_relayed(peer_sub(host), -1, 20, WAIT_MS));       /* seen and heard all the same */
	wait_us(take.started_us + SPAN_US);
	r = stop_and_load();
	check_nothing(r, guest, 0, INT64_MAX);
	check_lines(r, guest, "told");
	CHECK_INT(recorded_count(r, "joined", peer_id(guest), NULL), 0);
	CHECK_INT(recorded_count(r, "segment", peer_id(guest), NULL), 0);
	CHECK_INT(recorded_count(r, "gap", peer_id(guest), NULL), 0);
	CHECK_INT(recorded_count(r, "talking", peer_id(guest), NULL), 0);
	CHECK(!is_named(guest));
	CHECK(is_named(host));
	end(r);
}

/* Where a notice is enough a no counts all the same. */
static void test_a_no_counts_where_a_notice_is_enough(void)
{
	int64_t no_us;
	struct recorded *r;

	begin(start_notice);
	start(&take);
	wait_us(take.captured_us + SPAN_US);
	no_us = say(guest, false, "declined");
	wait_us(no_us + SPAN_US / 2);
	r = stop_and_load();
	check_all(r, guest, take.captured_us, no_us - SLACK_US);
	check_nothing(r, guest, no_us, INT64_MAX);
	check_lines(r, guest, "told declined");
	end(r);
}

/* A camera that is opened after the no, and another join of the same person on a new handle. */
static void test_a_no_holds_for_what_comes_later(void)
{
	struct peer *first;
	struct recorded *r;
	char *resume;

	begin(start_require);
	start(&take);
	say(guest, false, "declined");
	CHECK_INT(peer_add(guest, "video2"), 0);
	CHECK(peer_wait_frames(guest, "video2", 10, WAIT_MS));
	first = guest;
	resume = g_strdup_printf("'resume':'%s'", peer_resume(first));
	guest = enter("Gus", resume);
	CHECK_STR(peer_id(guest), peer_id(first));
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS));
	wait_us(clock_mono_us() + SPAN_US / 2);
	r = stop_and_load();
	check_nothing(r, first, 0, INT64_MAX);
	check_nothing(r, guest, 0, INT64_MAX);
	CHECK_INT(captured_in(r, first, "video2", 0, INT64_MAX), 0);
	CHECK_INT(recorded_count(r, "segment", peer_id(guest), NULL), 0);
	peer_stop(first);
	peer_free(first);
	g_free(resume);
	end(r);
}

/* The yes goes with the person within the call, and not into the next recording. */
static void test_a_yes_lasts_for_one_recording(void)
{
	int64_t back_us;
	struct peer *first;
	struct recorded *r;
	char *resume;

	begin(start_require);
	peer_freeze(guest, true);          /* the numbers of who comes back begin again */
	start(&take);
	say(guest, true, "agreed");
	first = guest;
	resume = g_strdup_printf("'resume':'%s'", peer_resume(first));
	peer_leave(first);
	guest = enter("Gus", resume);
	back_us = clock_mono_us();
	wait_us(back_us + SPAN_US);
	r = stop_and_load();
	check_all(r, guest, back_us + SLACK_US, take.stop_us - SLACK_US);
	check_lines(r, guest, "told agreed agreed");
	recorded_free(&r);
	start(&take);
	wait_us(take.started_us + SPAN_US);
	r = stop_and_load();
	check_nothing(r, guest, 0, INT64_MAX);
	check_lines(r, guest, "told");
	peer_free(first);
	g_free(resume);
	end(r);
}

/* --- left out --- */

static void test_left_out_from_the_start_and_later(void)
{
	int64_t in_us, out_us;
	struct fake_event *e;
	struct recorded *r;
	json_t *a;

	begin(start_notice);
	a = fake_ask(peer_pub(host), "{'recroom':'start_recording','exclude':['%s','nobody@example.org']}", peer_id(guest));
	CHECK_CODE(a, NULL);
	g_strlcpy(take.id, json_str(a, "recordingId"), sizeof(take.id));
	take.started_us = clock_mono_us();
	e = fake_expect(peer_pub(guest), "event", "recordingstarting", WAIT_MS);
	CHECK(e && json_is_true(json_object_get(e->message, "excluded")));
	e = fake_expect(peer_pub(host), "event", "recordingstarting", WAIT_MS);
	CHECK(e && !json_object_get(e->message, "excluded"));
	wait_us(take.started_us + SPAN_US / 2);
	CHECK(fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS));
	in_us = exclude(peer_id(guest), false);
	e = fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS);
	CHECK(e && !json_object_get(e->message, "excluded"));
	wait_us(in_us + SPAN_US);
	out_us = exclude(peer_id(guest), true);
	wait_us(out_us + SPAN_US / 2);
	r = stop_and_load();
	check_nothing(r, guest, 0, in_us - SLACK_US);
	check_all(r, guest, in_us + SLACK_US, out_us - SLACK_US);
	check_nothing(r, guest, out_us, INT64_MAX);
	check_lines(r, guest, "told left_out told left_out");
	check_gap(r, guest, "audio", "left_out");
	end(r);
}

/* There is no place for one more name: nothing changes, for nobody. */
static void test_one_too_many_left_out(void)
{
	json_t *list = json_array();
	struct recorded *r;
	int64_t refused_us;
	json_t *a;

	begin(start_notice);
	for (int i = 0; i < 100; i++)
		json_array_append_new(list, json_sprintf("n%d", i));
	a = fake_request(peer_pub(host), json_pack("{ss so}", "recroom", "start_recording", "exclude", list), NULL, NULL);
	CHECK_CODE(a, NULL);
	g_strlcpy(take.id, json_str(a, "recordingId"), sizeof(take.id));
	take.started_us = clock_mono_us();
	wait_us(take.started_us + SPAN_US / 2);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'exclude','id':'%s'}", peer_id(guest)), "limit");
	refused_us = clock_mono_us();
	wait_us(refused_us + SPAN_US);
	r = stop_and_load();
	check_all(r, guest, refused_us + SLACK_US, take.stop_us - SLACK_US);
	check_lines(r, guest, "told");
	end(r);
}

/* --- told first --- */

/* Somebody comes while it records: the answer to join and the notice say so before their media are there. */
static void test_a_late_joiner_is_told_first(void)
{
	int64_t there_us;
	struct fake_event *e;
	struct recorded *r;
	json_t *info;

	begin_on(start_notice, "audio,video");
	start(&take);
	guest = join("Gus", NULL);
	info = json_object_get(peer_joined(guest), "recording");
	CHECK_STR(json_str(info, "recordingId"), take.id);
	CHECK_STR(json_str(info, "consent"), "notice");
	e = fake_expect(peer_pub(guest), "event", "recordingstarted", WAIT_MS);
	CHECK(e && !strcmp(json_str(e->message, "consent"), "notice"));
	CHECK_INT(peer_publish(guest, "audio,video"), 0);
	there_us = clock_mono_us();
	wait_us(there_us + SPAN_US);
	r = stop_and_load();
	check_all(r, guest, there_us + SLACK_US, take.stop_us - SLACK_US);
	check_lines(r, guest, "told");
	end(r);
}

/* The start waits 2 s for a transport that takes nothing, then goes on without its owner. */
static void test_a_start_does_not_wait_for_ever(void)
{
	int64_t told_us;
	struct recorded *r;

	begin(start_notice);
	fake_push(peer_pub(guest), FAKE_PUSH_WAITS);
	start(&take);
	wait_us(take.captured_us + SPAN_US / 2);
	told_us = clock_mono_us();
	fake_push(peer_pub(guest), FAKE_PUSH_TAKEN);
	wait_us(told_us + SPAN_US);
	r = stop_and_load();
	check_all(r, host, take.captured_us, take.stop_us - SLACK_US);
	check_nothing(r, guest, 0, told_us);
	check_all(r, guest, told_us + SLACK_US, take.stop_us - SLACK_US);
	end(r);
}

/* What the transport refused told nobody anything. */
static void test_a_notice_that_was_refused_is_none(void)
{
	struct recorded *r;

	begin(start_notice);
	fake_push(peer_pub(guest), FAKE_PUSH_REFUSED);
	start(&take);
	wait_us(take.started_us + SPAN_US);
	r = stop_and_load();
	check_nothing(r, guest, 0, INT64_MAX);
	check_lines(r, guest, "");
	end(r);
}

/* After a pause everybody is told again before it goes on. */
static void test_told_again_after_a_pause(void)
{
	int64_t pause_us, told_us;
	struct recorded *r;

	begin(start_notice);
	start(&take);
	wait_us(take.captured_us + SPAN_US);
	pause_us = clock_mono_us();
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'pause_recording'}"), NULL);
	wait_us(pause_us + SPAN_US / 2);
	fake_push(peer_pub(guest), FAKE_PUSH_WAITS);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'resume_recording'}"), NULL);
	wait_us(clock_mono_us() + SPAN_US / 2);
	told_us = clock_mono_us();
	fake_push(peer_pub(guest), FAKE_PUSH_TAKEN);
	wait_us(told_us + SPAN_US);
	r = stop_and_load();
	check_all(r, guest, take.captured_us, pause_us - SLACK_US);
	check_nothing(r, guest, pause_us + SLACK_US, told_us);
	check_all(r, guest, told_us + SLACK_US, take.stop_us - SLACK_US);
	check_complete(r, host, "audio", told_us, take.stop_us - SLACK_US);
	end(r);
}

/* --- requests --- */

static void test_requests(void)
{
	json_t *list = json_array(), *body;

	begin(start_require);
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'consent','agree':true}"), "not_recording");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'consent'}"), "missing_element");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'exclude','id':'user1'}"), "not_host");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'exclude','id':'user1'}"), "not_recording");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording','exclude':[7]}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording','exclude':['']}"), "invalid_element");
	for (int i = 0; i < 101; i++)
		json_array_append_new(list, json_string("a"));
	body = json_pack("{ss so}", "recroom", "start_recording", "exclude", list);
	CHECK_CODE(fake_request(peer_pub(host), body, NULL, NULL), "invalid_element");
	start(&take);
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'consent','agree':'yes'}"), "invalid_element");
	CHECK_CODE(fake_ask(peer_pub(guest), "{'recroom':'consent','agree':true,'recordingId':'rec_demo_1_aaaaaa'}"), "not_recording");
	for (int i = 0; i < 20; i++)
		exclude(i % 2 ? "someone" : "somebody", i % 4 < 2);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'exclude','id':'late@example.org'}"), NULL);
	CHECK_INT(peer_subscribe(guest, NULL), 0);
	CHECK_STR(json_str(fake_ask(peer_sub(guest), "{'recroom':'consent','agree':true}"), "state"), "agreed");      /* either handle */
	end(stop_and_load());
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_nothing_before_a_yes_nor_behind_a_no), TEST(test_not_one_frame_before_the_yes_was_sent), TEST(test_no_answer_is_a_no),
		TEST(test_a_no_counts_where_a_notice_is_enough), TEST(test_a_no_holds_for_what_comes_later), TEST(test_a_yes_lasts_for_one_recording),
		TEST(test_left_out_from_the_start_and_later), TEST(test_one_too_many_left_out),
		 TEST(test_a_late_joiner_is_told_first), TEST(test_a_start_does_not_wait_for_ever),
		TEST(test_a_notice_that_was_refused_is_none), TEST(test_told_again_after_a_pause), TEST(test_requests),
	};

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), AT_ONCE, argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Many threads do everything in any order while packets flow on many loops, and destroy() comes at some moment. What is looked for is found by
 * ThreadSanitizer, AddressSanitizer and the rules of the fake core. RECROOM_SEED repeats a run's choices, not its timing; RECROOM_FULL runs it for minutes.
 *
 *   actors ─▶ requests, offers, answers, hangups, detaches on handles of their own ─▶ shown ─▶ pumps ─▶ packets and reports for anybody's loops
 */
#include <glib.h>
#include <stdatomic.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"
#include "tests/plugin/synth.h"

enum { ACTORS = 6, HANDLES = 3, PUMPS = 2, SHOWN = 32, RUN_MS = 4000, FULL_RUNS = 45 };

struct actor {
	pthread_t thread;
	GRand *rand;
	struct fake_handle *handles[HANDLES];
	char *resume[HANDLES];
	bool joined[HANDLES];
	unsigned version, number, steps;
	uint16_t seq;
};

/* Sends to whoever is shown, dead handles included: the core drops that. */
struct pump {
	pthread_t thread;
	GRand *rand;
	unsigned packets;
};

static struct actor actors[ACTORS];
static struct pump pumps[PUMPS];
static _Atomic(struct fake_handle *) shown[SHOWN];
static atomic_bool over, pumps_over;
static atomic_int newest = 1;      /* number of the newest participant */

static void send_text(struct fake_handle *h, json_t *jsep, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void send_text(struct fake_handle *h, json_t *jsep, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdelimit(g_strdup_vprintf(fmt, ap), "'", '"');
	va_end(ap);
	fake_send(h, NULL, json_loads(text, 0, NULL), jsep);
	g_free(text);
}

/* Somebody who may still be there. */
static int anybody(struct actor *a)
{
	return MAX(1, atomic_load(&newest) - g_rand_int_range(a->rand, 0, 12));
}

/* One that is always there, mostly, or one that comes and goes. */
static const char *room_of(struct actor *a)
{
	static const char *const rooms[] = { "demo", "demo", "demo", "demo", "passing1", "passing2" };

	return rooms[g_rand_int_range(a->rand, 0, G_N_ELEMENTS(rooms))];
}

static void do_join(struct actor *a, int i)
{
	bool host = g_rand_boolean(a->rand);
	struct fake_event *e;

	if (a->joined[i] && g_rand_int_range(a->rand, 0, 8))
		return;
	send_text(a->handles[i], NULL, "{'recroom':'join','room':'%s','display':'R'%s}", room_of(a), host ? ",'secret':'hosthost'" : "");
	e = fake_expect(a->handles[i], "resume", NULL, 50);
	if (e) {
		a->joined[i] = true;
		g_free(a->resume[i]);
		a->resume[i] = g_strdup(json_str(e->message, "resume"));
		atomic_store(&newest, atoi(json_str(e->message, "id") + strlen("user")));
	}
}

static void do_publish(struct actor *a, int i)
{
	struct peer_line lines[2] = { { "0", true, g_rand_boolean(a->rand) }, { "1", false, g_rand_boolean(a->rand) } };
	char *sdp = peer_sdp_offer(lines, 2, ++a->version);

	send_text(a->handles[i], json_pack("{ssss}", "type", "offer", "sdp", sdp), "{'recroom':'%s'}", g_rand_boolean(a->rand) ? "publish" : "configure");
	fake_media_up(a->handles[i]);
	g_free(sdp);
}

static void do_media(struct actor *a, int i)
{
	uint8_t p[12 + SYNTH_OPUS_MAX] = { 0x80, 111 };

	for (int n = 0; n < 20; n++) {
		size_t len = synth_opus(p + 12, a->number++);

		p[2] = (uint8_t)(++a->seq >> 8);
		p[3] = (uint8_t)a->seq;
		p[6] = (uint8_t)((uint32_t)a->seq * 960 >> 8);
		p[7] = (uint8_t)((uint32_t)a->seq * 960);
		p[5] = (uint8_t)((uint32_t)a->seq * 960 >> 16);
		fake_rtp(a->handles[i], 0, false, p, (uint16_t)(12 + len));
	}
}

static void do_reports(struct actor *a, int i)
{
	static const uint8_t sr[28] = { 0x80, 200, 0, 6, 0, 0, 0, 9 }, pli[12] = { 0x81, 206, 0, 2 };

	fake_rtcp(a->handles[i], 0, false, sr, sizeof(sr));
	fake_rtcp(a->handles[i], g_rand_int_range(a->rand, 0, 3), true, pli, sizeof(pli));
}

static void do_subscribe(struct actor *a, int i)
{
	struct fake_event *e;
	char *sdp;

	if (!a->resume[(i + 1) % HANDLES])
		return;
	send_text(a->handles[i], NULL, "{'recroom':'join','room':'%s','ptype':'subscriber','resume':'%s','streams':[{'feed':'user%d'}]}",
		  room_of(a), a->resume[(i + 1) % HANDLES], anybody(a));
	e = fake_expect(a->handles[i], "jsep", "offer", 30);
	sdp = e && json_str(e->jsep, "sdp") ? peer_sdp_answer(json_str(e->jsep, "sdp")) : NULL;
	if (!sdp)
		return;
	send_text(a->handles[i], json_pack("{ssss}", "type", "answer", "sdp", sdp), "{'recroom':'start'}");
	fake_media_up(a->handles[i]);
	g_free(sdp);
}

static void do_update(struct actor *a, int i)
{
	send_text(a->handles[i], NULL, "{'recroom':'update','%s':[{'feed':'user%d'}]}", g_rand_boolean(a->rand) ? "subscribe" : "unsubscribe",
		  anybody(a));
}

static void do_record(struct actor *a, int i)
{
	static const char *const requests[] = { "start_recording", "start_recording", "start_recording", "stop_recording", "pause_recording",
						"resume_recording", "recording_status" };

	send_text(a->handles[i], NULL, "{'recroom':'%s'}", requests[g_rand_int_range(a->rand, 0, G_N_ELEMENTS(requests))]);
}

static void do_host_things(struct actor *a, int i)
{
	if (g_rand_int_range(a->rand, 0, 4))
		send_text(a->handles[i], NULL, "{'recroom':'moderate','id':'user%d','mid':'0','mute':%s}", anybody(a),
			  g_rand_boolean(a->rand) ? "true" : "false");
	else
		send_text(a->handles[i], NULL, "{'recroom':'kick','id':'user%d'}", anybody(a));
}

static void do_ask(struct actor *a, int i)
{
	static const char *const requests[] = { "listparticipants", "list", "list_recordings", "unpublish", "leave", "pause", "start" };

	send_text(a->handles[i], NULL, "{'recroom':'%s','room':'demo'}", requests[g_rand_int_range(a->rand, 0, G_N_ELEMENTS(requests))]);
}

static void do_mute(struct actor *a, int i)
{
	send_text(a->handles[i], NULL, "{'recroom':'configure','display':'R%u','streams':[{'mid':'%d','send':%s}]}", a->steps,
		  g_rand_int_range(a->rand, 0, 2), g_rand_boolean(a->rand) ? "true" : "false");
}

static void do_layer(struct actor *a, int i)
{
	send_text(a->handles[i], NULL, "{'recroom':'configure','streams':[{'mid':'%d','substream':%d,'temporal':%d}]}", g_rand_int_range(a->rand, 0, 3),
		  g_rand_int_range(a->rand, 0, 3), g_rand_int_range(a->rand, 0, 3));
}

static void do_rooms(struct actor *a, int i)
{
	static const char *const requests[] = { "create", "destroy", "edit", "listparticipants" };
	char *text = g_strdup_printf("{\"recroom\":\"%s\",\"room\":\"passing%d\",\"host_secret\":\"hosthost\",\"admin_key\":\"adminadmin\"}",
				     requests[g_rand_int_range(a->rand, 0, G_N_ELEMENTS(requests))], g_rand_int_range(a->rand, 1, 3));
	json_t *body = json_loads(text, 0, NULL);

	if (g_rand_boolean(a->rand)) {
		json_decref(fake_plugin()->handle_admin_message(body));
		json_decref(body);
	} else {
		fake_send(a->handles[i], NULL, body, NULL);
	}
	g_free(text);
}

static void do_query(struct actor *a, int i)
{
	json_decref(fake_query(a->handles[i]));
}

static void do_failing(struct actor *a, int i)
{
	fake_fail_negotiation(a->handles[i], g_rand_int_range(a->rand, 0, 3) == 0);
}

static void do_hangup(struct actor *a, int i)
{
	fake_hangup(a->handles[i]);
}

static void do_detach(struct actor *a, int i)
{
	fake_detach(a->handles[i]);
	a->handles[i] = NULL;
	a->joined[i] = false;
}

/* The loop lags behind, so that what it delivers is late. */
static void do_lag(struct actor *a, int i)
{
	fake_hold(a->handles[i], true);
	g_usleep((gulong)g_rand_int_range(a->rand, 0, 5000));
	fake_hold(a->handles[i], false);
}

static const struct { int weight; void (*f)(struct actor *a, int i); } deeds[] = {
	{ 6, do_join }, { 8, do_publish }, { 14, do_media }, { 4, do_reports }, { 8, do_subscribe }, { 4, do_update }, { 10, do_record },
	{ 2, do_host_things }, { 4, do_ask }, { 3, do_mute }, { 2, do_layer }, { 2, do_rooms }, { 2, do_query }, { 1, do_failing }, { 1, do_lag },
	{ 2, do_hangup }, { 3, do_detach },
};

static void step(struct actor *a)
{
	int i = g_rand_int_range(a->rand, 0, HANDLES), total = 0, pick;

	if (!a->handles[i]) {
		a->handles[i] = fake_attach();
		atomic_store(&shown[g_rand_int_range(a->rand, 0, SHOWN)], a->handles[i]);
	}
	if (!a->handles[i])
		return;
	for (size_t d = 0; d < G_N_ELEMENTS(deeds); d++)
		total += deeds[d].weight;
	pick = g_rand_int_range(a->rand, 0, total);
	for (size_t d = 0; d < G_N_ELEMENTS(deeds); d++) {
		pick -= deeds[d].weight;
		if (pick < 0) {
			deeds[d].f(a, i);
			return;
		}
	}
}

static void *actor_main(void *arg)
{
	struct actor *a = arg;

	while (!atomic_load(&over)) {
		step(a);
		a->steps++;
		g_usleep(200);
	}
	return NULL;
}

static uint8_t random_byte(struct pump *p)
{
	return (uint8_t)g_rand_int(p->rand);
}

/* Now and then what a VP8 keyframe begins with, so that streams start and chunks are cut; else noise. */
static void pump_rtp(struct pump *p, struct fake_handle *h)
{
	static const uint8_t pts[] = { 96, 96, 96, 111, 98, 100, 63 }, keyframe[] = { 0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 160, 0, 96, 0 };
	bool key = !g_rand_int_range(p->rand, 0, 8);
	uint8_t b[200] = { g_rand_int_range(p->rand, 0, 20) ? 0x80 : random_byte(p) };
	uint16_t len = (uint16_t)g_rand_int_range(p->rand, 12, sizeof(b));
	uint32_t ts = p->packets / 4 * 3000;

	for (size_t i = 12; i < len; i++)
		b[i] = random_byte(p);
	b[1] = pts[g_rand_int_range(p->rand, 0, sizeof(pts))] | (p->packets % 4 == 3 ? 0x80 : 0);
	b[2] = (uint8_t)(p->packets >> 8);
	b[3] = (uint8_t)p->packets++;
	b[4] = (uint8_t)(ts >> 24);
	b[5] = (uint8_t)(ts >> 16);
	b[6] = (uint8_t)(ts >> 8);
	b[7] = (uint8_t)ts;
	b[11] = (uint8_t)(1 + g_rand_int_range(p->rand, 0, 20) / 19);
	if (key && len > 12 + sizeof(keyframe))
		memcpy(b + 12, keyframe, sizeof(keyframe));
	fake_rtp(h, g_rand_int_range(p->rand, 0, 3), true, b, len);
}

static void pump_rtcp(struct pump *p, struct fake_handle *h)
{
	static const uint8_t heads[][4] = { { 0x80, 200, 0, 6 }, { 0x81, 201, 0, 7 }, { 0x81, 206, 0, 2 }, { 0x8f, 206, 0, 5 }, { 0x84, 206, 0, 4 } };
	uint8_t b[64];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = random_byte(p);
	memcpy(b, heads[g_rand_int_range(p->rand, 0, G_N_ELEMENTS(heads))], 4);
	fake_rtcp(h, g_rand_int_range(p->rand, 0, 4), true, b, (uint16_t)(4 * (1 + b[3])));
}

static void *pump_main(void *arg)
{
	struct pump *p = arg;

	while (!atomic_load(&pumps_over)) {
		struct fake_handle *h = atomic_load(&shown[g_rand_int_range(p->rand, 0, SHOWN)]);

		for (int n = 0; h && n < 8; n++)
			g_rand_int_range(p->rand, 0, 8) ? pump_rtp(p, h) : pump_rtcp(p, h);
		g_usleep(300);
	}
	return NULL;
}

/* The pumps go on after destroy(), until the loops end. */
static void join_actors(void *unused)
{
	unsigned steps = 0, packets = 0;

	(void)unused;
	atomic_store(&over, true);
	for (int i = 0; i < PUMPS; i++) {
		atomic_store(&pumps_over, true);
		pthread_join(pumps[i].thread, NULL);
		packets += pumps[i].packets;
		g_rand_free(pumps[i].rand);
	}
	for (int i = 0; i < ACTORS; i++) {
		pthread_join(actors[i].thread, NULL);
		steps += actors[i].steps;
		g_rand_free(actors[i].rand);
		for (int n = 0; n < HANDLES; n++)
			g_free(actors[i].resume[n]);
	}
	printf("%u steps, %u packets\n", steps, packets);
}

static void test_everything_at_once(void)
{
	const char *given = getenv("RECROOM_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : g_random_int();
	int64_t end_us;
	GRand *rand = g_rand_new_with_seed(seed);

	printf("RECROOM_SEED=%u\n", seed);
	harness_start_limits(HARNESS_NO_PACE);
	for (int i = 0; i < ACTORS; i++) {
		actors[i].rand = g_rand_new_with_seed(seed + (unsigned)i);
		CHECK_INT(thread_start(&actors[i].thread, "actor", actor_main, &actors[i]), 0);
	}
	for (int i = 0; i < PUMPS; i++) {
		pumps[i].rand = g_rand_new_with_seed(seed - 1 - (unsigned)i);
		CHECK_INT(thread_start(&pumps[i].thread, "pump", pump_main, &pumps[i]), 0);
	}
	end_us = clock_mono_us() + g_rand_int_range(rand, RUN_MS / 4, RUN_MS) * INT64_C(1000);
	g_rand_free(rand);
	while (clock_mono_us() < end_us)
		g_usleep(10000);
	CHECK_INT(fake_stop_while(join_actors, NULL), 0);
	fake_cleanup();
}

/* destroy() comes while handles are detached and their loops have not said so: the loops look into them until they have. */
static void test_destroyed_before_the_detach_is_delivered(void)
{
	struct fake_handle *idle;
	struct peer *p;

	harness_start();
	p = harness_host("Hedy");
	CHECK_INT(peer_publish(p, "audio,video"), 0);
	CHECK(peer_wait_frames(p, "video", 3, 10000));
	idle = fake_attach();
	fake_hold(peer_pub(p), true);
	fake_hold(idle, true);
	peer_stop(p);
	fake_detach(peer_pub(p));
	fake_detach(idle);
	harness_end();
	peer_free(p);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_everything_at_once), TEST(test_destroyed_before_the_detach_is_delivered) };

	static const struct test again[] = { TEST(test_everything_at_once) };
	const char *full = getenv("RECROOM_FULL");
	int failed = 0;

	for (int i = 0; full && *full && i < FULL_RUNS && !failed; i++)
		failed = harness_run(again, 1, 1, argc, argv);
	return failed ? failed : harness_run(tests, sizeof(tests) / sizeof(tests[0]), 2, argc, argv);
}

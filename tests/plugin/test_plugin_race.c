/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Many threads do everything in any order, and destroy() comes in the middle. What is looked for is found by ThreadSanitizer, AddressSanitizer and the
 * rules of the fake core. RECROOM_SEED repeats a run's choices, not its timing.
 */
#include <glib.h>
#include <stdatomic.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/peer_sdp.h"
#include "tests/plugin/synth.h"

enum { ACTORS = 6, HANDLES = 3, RUN_MS = 4000 };

struct actor {
	pthread_t thread;
	GRand *rand;
	struct fake_handle *handles[HANDLES];
	char *resume[HANDLES];
	unsigned version, number, steps;
	uint16_t seq;
};

static struct actor actors[ACTORS];
static atomic_bool over;
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

static void do_join(struct actor *a, int i)
{
	bool host = g_rand_boolean(a->rand);
	struct fake_event *e;

	send_text(a->handles[i], NULL, "{'recroom':'join','room':'demo','display':'R'%s}", host ? ",'secret':'hosthost'" : "");
	e = fake_expect(a->handles[i], "resume", NULL, 100);
	if (e) {
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
	send_text(a->handles[i], NULL, "{'recroom':'join','room':'demo','ptype':'subscriber','resume':'%s','streams':[{'feed':'user%d'}]}",
		  a->resume[(i + 1) % HANDLES], anybody(a));
	e = fake_expect(a->handles[i], "jsep", "offer", 50);
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
	static const char *const requests[] = { "start_recording", "stop_recording", "pause_recording", "resume_recording", "recording_status" };

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

static void do_hangup(struct actor *a, int i)
{
	fake_hangup(a->handles[i]);
}

static void do_detach(struct actor *a, int i)
{
	fake_detach(a->handles[i]);
	a->handles[i] = NULL;
}

static const struct { int weight; void (*f)(struct actor *a, int i); } deeds[] = {
	{ 6, do_join }, { 8, do_publish }, { 14, do_media }, { 4, do_reports }, { 8, do_subscribe }, { 4, do_update }, { 6, do_record },
	{ 2, do_host_things }, { 4, do_ask }, { 2, do_hangup }, { 3, do_detach },
};

static void step(struct actor *a)
{
	int i = g_rand_int_range(a->rand, 0, HANDLES), total = 0, pick;

	if (!a->handles[i])
		a->handles[i] = fake_attach();
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

static void join_actors(void *unused)
{
	unsigned steps = 0;

	(void)unused;
	atomic_store(&over, true);
	for (int i = 0; i < ACTORS; i++) {
		pthread_join(actors[i].thread, NULL);
		steps += actors[i].steps;
		g_rand_free(actors[i].rand);
		for (int n = 0; n < HANDLES; n++)
			g_free(actors[i].resume[n]);
	}
	printf("%u steps\n", steps);
}

static void test_everything_at_once(void)
{
	const char *given = getenv("RECROOM_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : g_random_int();
	int64_t end_us;

	printf("RECROOM_SEED=%u\n", seed);
	harness_start_limits(HARNESS_NO_PACE);
	for (int i = 0; i < ACTORS; i++) {
		actors[i].rand = g_rand_new_with_seed(seed + (unsigned)i);
		CHECK_INT(thread_start(&actors[i].thread, "actor", actor_main, &actors[i]), 0);
	}
	for (end_us = clock_mono_us() + RUN_MS * 1000; clock_mono_us() < end_us;)
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

	return harness_run(tests, sizeof(tests) / sizeof(tests[0]), 2, argc, argv);
}

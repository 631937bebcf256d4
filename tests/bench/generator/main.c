/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The load generator: publishers and viewers of numbered media through real WebRTC, against our plugin or VideoRoom, and what that cost Janus.
 *
 *	main thread:  session ─▶ publishers join, offer ─▶ media begins ─▶ viewers ─▶ recording ─▶ │ measured │ ─▶ media ends ─▶ recording stops
 *	loops:        ICE, DTLS ─▶ pictures, sound, reports; NACK, PLI                             │ N seconds│
 *
 * Prints one JSON object on stdout: what was done, used and dropped, our own failures included.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include "common/sync.h"
#include "tests/bench/generator/dialect.h"
#include "tests/bench/generator/dtls.h"
#include "tests/bench/generator/options.h"
#include "tests/bench/generator/publisher.h"
#include "tests/bench/generator/sdp.h"
#include "tests/bench/generator/usage.h"
#include "tests/bench/generator/viewer.h"

enum { UP_MS = 20000, LEAD_US = 50000, TAIL_MS = 800 };

struct run {
	struct options o;
	struct media *media;
	const struct dialect *dialect;
	struct call call;
	GPtrArray *loops, *peers, *publishers, *viewers;
};

/* One moment of everything that counts. */
struct moment {
	struct usage usage;
	struct publishers_stats sent;
	struct viewers_stats seen;
	struct loop_stats net;
};

static void fail(const char *why)
{
	fprintf(stderr, "generator: %s\n", why);
	exit(1);
}

static struct loop *loop_for(const struct run *r, unsigned i)
{
	return r->loops->pdata[i % r->loops->len];
}

static void make_loops(struct run *r)
{
	struct loop *l;

	for (int i = 0; i < r->o.threads; i++) {
		if (loop_create(&l, r->o.address) || loop_start(l))
			fail("no socket on the address for media");
		g_ptr_array_add(r->loops, l);
	}
}

static void connect_peer(struct run *r, struct peer *peer, const char *remote)
{
	if (!remote || sdp_take_remote(peer, remote))
		fail("no usable session description from Janus");
	g_ptr_array_add(r->peers, peer);
	loop_add(peer_loop(peer), peer);
}

static void add_publisher(struct run *r, unsigned i)
{
	const struct options *o = &r->o;
	const struct publisher_conf conf = {
		.media = r->media, .index = i, .seed = (uint64_t)o->seed, .skew_ppm = i % 2 ? -o->skew_ppm : o->skew_ppm, .loss = o->loss, .red = o->red,
		.audio_delay_ms = o->audio_delay_ms, .jitter_ms = o->jitter_ms, .reorder = o->reorder, .reorder_ms = o->reorder_ms,
	};
	struct publisher *p = publisher_create(&conf);
	struct peer *peer = peer_create(loop_for(r, i), true, &publisher_user, p);
	uint64_t handle = r->dialect->join(&r->call, i);
	char *offer = sdp_offer(peer, p, r->media != NULL, o->red), *answer = r->dialect->publish(&r->call, handle, offer);

	publisher_set_peer(p, peer);
	publisher_set_red(p, answer && sdp_takes_red(answer));
	g_ptr_array_add(r->publishers, p);
	connect_peer(r, peer, answer);
	g_free(answer);
	g_free(offer);
}

static void add_viewer(struct run *r, unsigned i)
{
	struct viewer *v = viewer_create(r->o.arrivals != NULL);
	struct peer *peer = peer_create(loop_for(r, i), false, &viewer_user, v);
	char *offer = NULL, *answer;
	uint64_t handle = r->dialect->watch(&r->call, &offer);

	answer = offer ? sdp_answer(peer, offer) : NULL;
	if (!answer)
		fail("no usable offer for a viewer");
	g_ptr_array_add(r->viewers, v);
	connect_peer(r, peer, offer);
	r->dialect->start(&r->call, handle, answer);
	g_free(answer);
	g_free(offer);
}

static void await_up(const struct run *r)
{
	int64_t until_us = clock_mono_us() + UP_MS * 1000;

	for (guint up = 0; up < r->peers->len;) {
		up = 0;
		for (guint i = 0; i < r->peers->len; i++) {
			up += peer_up(r->peers->pdata[i]);
			if (peer_failed(r->peers->pdata[i]))
				fail("a DTLS handshake failed");
		}
		if (clock_mono_us() > until_us)
			fail("a connection did not come up");
		g_usleep(5000);
	}
}

static struct moment now(const struct run *r)
{
	struct moment m = { .sent = publishers_stats(), .seen = viewers_stats() };

	for (guint i = 0; i < r->loops->len; i++) {
		struct loop_stats s = loop_stats(r->loops->pdata[i]);

		m.net.sent += s.sent;
		m.net.bytes += s.bytes;
		m.net.refused += s.refused;
		m.net.received += s.received;
		m.net.behind_us = MAX(m.net.behind_us, s.behind_us);
	}
	if (usage_read(&m.usage, r->o.janus_pid) && r->o.janus_pid)
		fail("the process to be measured is not there");
	return m;
}

static double per(double value, double of)
{
	return of > 0 ? value / of : 0;
}

/* What was measured, between a and b; what happened until the end. */
static json_t *result(const struct run *r, const struct moment *a, const struct moment *b, const struct moment *end, int64_t record_us)
{
	const struct usage *u = &a->usage, *v = &b->usage;
	double packets = (double)(b->net.sent - a->net.sent), window_us = (double)(v->at_us - u->at_us);
	double user_us = (double)(v->user_us - u->user_us), system_us = (double)(v->system_us - u->system_us), switches = (double)(v->switches - u->switches);
	const struct { const char *name; double value; } rows[] = {
		{ "publishers", r->o.publishers }, { "viewers", r->o.viewers }, { "seed", r->o.seed }, { "record_us", (double)record_us },
		{ "window_us", window_us }, { "packets", packets }, { "user_us", user_us }, { "system_us", system_us }, { "switches", switches },
		{ "cores", per(user_us + system_us, window_us) }, { "cpu_us_per_packet", per(user_us + system_us, packets) },
		{ "switches_per_packet", per(switches, packets) },
		{ "seen", (double)(b->seen.packets - a->seen.packets) }, { "seen_missing", (double)end->seen.missing },
		{ "pictures", (double)end->sent.pictures }, { "withheld", (double)end->sent.withheld }, { "repeated", (double)end->sent.repeated },
		{ "nacks", (double)end->sent.nacks }, { "forgotten", (double)end->sent.forgotten }, { "keyframes_asked", (double)end->sent.keyframes_asked },
		{ "refused", (double)end->net.refused }, { "udp_overflows", (double)(end->usage.udp_overflows - u->udp_overflows) },
		{ "late", (double)end->sent.late }, { "behind_us", (double)MAX(end->sent.late_us, end->net.behind_us) },
	};
	json_t *o = json_pack("{ss sb ss}", "plugin", r->dialect->name, "record", r->o.record, "recording", r->call.recording);

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		json_object_set_new(o, rows[i].name, json_real(rows[i].value));
	return o;
}

/* As long as was asked for, or as long as whoever started us keeps our standard input open. */
static void await_end(const struct run *r)
{
	if (r->o.seconds)
		g_usleep((gulong)r->o.seconds * 1000000);
	else
		while (getchar() != EOF)
			;
}

/* Everybody is there: what is asked for happens. */
static json_t *measure(struct run *r)
{
	struct moment a, b, end;
	int64_t record_us = 0;

	publishers_begin(clock_mono_us() + LEAD_US);
	for (int i = 0; i < r->o.viewers; i++)
		add_viewer(r, (unsigned)i);
	await_up(r);
	g_usleep((gulong)r->o.warmup_ms * 1000);
	if (r->o.record) {
		record_us = clock_mono_us();
		r->dialect->record(&r->call);
		g_usleep((gulong)r->o.warmup_ms * 1000);
	}
	a = now(r);
	await_end(r);
	b = now(r);
	publishers_end();
	g_usleep(TAIL_MS * 1000);
	end = now(r);
	if (r->o.record && !r->o.abandon)
		r->dialect->stop(&r->call);
	return result(r, &a, &b, &end, record_us);
}

static void print_sent(const struct run *r)
{
	for (guint i = 0; r->o.sent && i < r->publishers->len; i++) {
		char *path = g_strdup_printf("%s/p%u.txt", r->o.sent, i);
		FILE *f = fopen(path, "w");

		if (!f)
			fail("cannot write what was sent");
		publisher_print(r->publishers->pdata[i], f);
		fclose(f);
		g_free(path);
	}
}

static void print_arrivals(const struct run *r)
{
	FILE *f = r->o.arrivals ? fopen(r->o.arrivals, "w") : NULL;

	if (r->o.arrivals && !f)
		fail("cannot write what arrived");
	for (guint i = 0; f && i < r->viewers->len; i++)
		viewer_print(r->viewers->pdata[i], f);
	if (f)
		fclose(f);
}

static void end_all(struct run *r)
{
	for (guint i = 0; i < r->loops->len; i++)
		loop_stop(r->loops->pdata[i]);
	print_sent(r);
	print_arrivals(r);
	for (guint i = 0; i < r->peers->len; i++)
		peer_free((struct peer **)&r->peers->pdata[i]);
	for (guint i = 0; i < r->loops->len; i++)
		loop_free((struct loop **)&r->loops->pdata[i]);
	g_ptr_array_unref(r->loops);
	g_ptr_array_unref(r->peers);
	g_ptr_array_unref(r->publishers);
	g_ptr_array_unref(r->viewers);
	media_free(&r->media);
	dtls_exit();
	options_clear(&r->o);
}

int main(int argc, char **argv)
{
	struct run r = { .loops = g_ptr_array_new(), .peers = g_ptr_array_new(), .publishers = g_ptr_array_new(), .viewers = g_ptr_array_new() };
	json_t *out;

	options_parse(&r.o, argc, argv);
	r.dialect = dialect_find(r.o.plugin);
	if (!r.dialect)
		fail("--plugin is recroom or videoroom");
	dtls_init();
	r.media = r.o.no_video ? NULL : media_create((unsigned)r.o.bitrate);
	make_loops(&r);
	r.call = (struct call){ .api = api_open(r.o.url), .room = r.o.room, .secret = r.o.secret, .recordings = r.o.recordings ? r.o.recordings : "/nowhere",
				.publishers = (unsigned)r.o.publishers };
	r.dialect->prepare(&r.call);
	for (int i = 0; i < r.o.publishers; i++)
		add_publisher(&r, (unsigned)i);
	await_up(&r);
	out = measure(&r);
	if (!r.o.abandon)
		api_close(&r.call.api);
	end_all(&r);
	json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
	putchar('\n');
	json_decref(out);
	return 0;
}

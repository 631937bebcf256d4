/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A call of a host who only hosts and a guest on a network of its own, who is recorded; and what the recording has of the guest. For tests that include it.
 */
#pragma once
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"
#include "tests/plugin/take.h"

enum { LONG_US = TAKE_US };

static struct peer *guest;
static struct take take;

/* What is late by two seconds is still taken: a busy machine delays our peers, too. */
static __attribute__((unused)) void start_patient(void)
{
	CHECK_INT(fake_start("max_rooms = 8; max_sessions = 40;",
			     "capture: { chunk_ms = 500; reorder_ms = 2000; call_end_grace_s = 1; durability = \"none\" }\n"
			     "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 4 } )\n"), 0);
}

/* The host only hosts; the guest joins by `conf`, publishes, and a recording starts. */
static __attribute__((unused)) void call_with(struct peer_conf conf, const char *sources)
{
	const char *first = strstr(sources, "audio") ? "audio" : "video";

	begin_on(start_patient, NULL);
	conf.room = "demo";
	conf.display = "Gus";
	conf.reports_ms = conf.reports_ms ? conf.reports_ms : 200;
	guest = peer_join(&conf, NULL);
	CHECK(guest);
	CHECK_INT(peer_publish(guest, sources), 0);
	CHECK(peer_wait_frames(guest, first, strcmp(first, "audio") ? 25 : 40, WAIT_MS));        /* reports have come */
	start(&take);
}

static __attribute__((unused)) struct recorded *stop_and_load(void)
{
	stop(&take);
	return load(&take);
}

static __attribute__((unused)) void end_call(struct recorded *r)
{
	peer_stop(guest);
	recorded_free(&r);
	harness_end();
	peer_free(guest);
	peer_free(host);
}

static __attribute__((unused)) unsigned gaps(const struct recorded *r, const char *source, const char *reason)
{
	unsigned n = 0;
	json_t *line;

	/* At the very beginning packets that overtook each other may be on both sides of it. */
	for (unsigned i = 0; (line = recorded_line(r, "gap", peer_id(guest), source, i)); i++)
		n += json_num(line, "t_ms", 0) > 150 && (!reason || !strcmp(json_str(line, "reason"), reason));
	return n;
}

static __attribute__((unused)) void check_no_gap(const struct recorded *r, const char *source, const char *reason)
{
	if (gaps(r, source, reason))
		print_gaps(r, guest, source);
	CHECK_INT(gaps(r, source, reason), 0);
}

/* Every frame lies where its sampling lies, but for what it took to answer the host: that is the same for all, and on a busy machine anything. */
static __attribute__((unused)) void check_times_agree(const struct recorded *r, const char *source)
{
	double least = 1e9, most = -1e9;
	size_t n;
	unsigned sent;
	const struct recorded_frame *f = recorded_frames(r, peer_id(guest), source, &n);
	struct peer_frame *s = peer_frames(guest, source, &sent);

	for (size_t i = 0; i < n; i++) {
		double late_ms = (double)f[i].t_ms - (double)(s[f[i].number].capture_us - take.started_us) / 1000.0;

		least = MIN(least, late_ms);
		most = MAX(most, late_ms);
	}
	g_free(s);
	CHECK(n > 0);
	CHECK_NEAR(most, least, 200 * SLOWNESS);
	CHECK_NEAR(least, 0, 2000);
}

static __attribute__((unused)) unsigned pictures(void)
{
	unsigned n;

	g_free(peer_frames(guest, "video", &n));
	return n;
}

/* Of the pictures from number `from` on one is a keyframe and has been sent, and some behind it. */
static __attribute__((unused)) void wait_keyframe(unsigned from)
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * 1000;
	bool seen = false;

	while (!seen && clock_mono_us() < deadline_us) {
		unsigned n;
		struct peer_frame *s = peer_frames(guest, "video", &n);

		for (unsigned i = from; i + 5 < n; i++)
			seen |= s[i].keyframe;
		g_free(s);
		if (!seen)
			g_usleep(20000);
	}
	CHECK(seen);
}

static __attribute__((unused)) json_t *segment(const struct recorded *r, const char *source, unsigned n)
{
	return recorded_line(r, "segment", peer_id(guest), source, n);
}

static __attribute__((unused)) unsigned segments(const struct recorded *r, const char *source)
{
	return recorded_count(r, "segment", peer_id(guest), source);
}

static __attribute__((unused)) int64_t happened_us;

static __attribute__((unused)) void halfway(void)
{
	wait_us(take.started_us + LONG_US);
	happened_us = clock_mono_us();
}

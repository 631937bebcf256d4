/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Recordings as tests make them: a host asks for one, and what the directory holds is compared with what was sent, frame by frame. Included by tests of
 * recording after unit/test.h; one recording at a time, `host` asks.
 */
#pragma once
#include <glib.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"

enum { WAIT_MS = 15000, SLACK_US = 100000 * SLOWNESS, LEAD_US = 2 * SLACK_US + 300000, TAKE_US = 1200000 + 4 * (SLACK_US - 100000) };

/* The host's requests and when their answers were there. */
struct take {
	char id[ID_SIZE];
	int64_t started_us, stop_us, stopped_us;
	int64_t captured_us;       /* everybody has been told and is captured */
	int64_t duration_ms, elapsed_ms;
};

static struct peer *host;

static void start(struct take *t)
{
	json_t *a = fake_ask(peer_pub(host), "{'recroom':'start_recording','title':'A test'}");

	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "recroom"), "recording");
	CHECK_STR(json_str(a, "status"), "recording");
	CHECK(recording_id_valid(json_str(a, "recordingId")));
	g_strlcpy(t->id, json_str(a, "recordingId"), sizeof(t->id));
	t->started_us = clock_mono_us();
	t->captured_us = t->started_us + SLACK_US;
}

static void stop(struct take *t)
{
	json_t *a;

	t->stop_us = clock_mono_us();
	a = fake_ask(peer_pub(host), "{'recroom':'stop_recording'}");
	t->stopped_us = clock_mono_us();
	CHECK_CODE(a, NULL);
	CHECK_STR(json_str(a, "recordingId"), t->id);
	t->duration_ms = json_num(a, "duration", -1);
	t->elapsed_ms = json_num(a, "elapsed", -1);
	CHECK(t->duration_ms >= 0 && t->elapsed_ms >= t->duration_ms);
}

static void wait_us(int64_t until_us)
{
	while (clock_mono_us() < until_us)
		g_usleep((gulong)MIN(until_us - clock_mono_us(), 20000) + 1);
}

static char *recording_dir(const char *id)
{
	return g_build_filename(fake_folder(), "recordings", id, NULL);
}

/* The plugin says `recordingstopped` when everything is sealed. */
static struct recorded *load(const struct take *t)
{
	char *dir = recording_dir(t->id);
	struct recorded *r;

	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	r = recorded_load(dir, false);
	CHECK(r);
	g_free(dir);
	return r;
}

static void print_gaps(const struct recorded *r, struct peer *p, const char *source)
{
	json_t *line;

	for (unsigned i = 0; (line = recorded_line(r, "gap", peer_id(p), source, i)); i++)
		printf("gap %d to %d ms: %s\n", (int)json_num(line, "t_ms", 0), (int)json_num(line, "to_ms", 0), json_str(line, "reason"));
}

/* Every picture or packet sampled in this time is there, from the first keyframe on: one in it, or one that was recorded shortly before; in order,
 * once. */
static void check_complete(const struct recorded *r, struct peer *p, const char *source, int64_t from_us, int64_t to_us)
{
	size_t n, missing = 0, checked = 0;
	unsigned sent;
	const struct recorded_frame *f = recorded_frames(r, peer_id(p), source, &n);
	struct peer_frame *s = peer_frames(p, source, &sent);
	bool key = false;

	for (size_t i = 1; i < n; i++)
		if (f[i].number <= f[i - 1].number)
			TEST_FAIL("%s %s: number %d comes after %d", peer_id(p), source, (int)f[i].number, (int)f[i - 1].number);
	for (unsigned i = 0; i < sent; i++) {
		if (s[i].capture_us < from_us - LEAD_US || s[i].capture_us > to_us)
			continue;
		key |= s[i].keyframe && (s[i].capture_us >= from_us || recorded_has(r, peer_id(p), source, s[i].number));
		if (s[i].capture_us < from_us)
			continue;
		checked += key;
		if (key && !recorded_has(r, peer_id(p), source, s[i].number)) {
			missing++;
			printf("%s %s: number %u, sampled %d ms after the start, is missing\n", peer_id(p), source, s[i].number,
			       (int)((s[i].capture_us - from_us) / 1000));
		}
	}
	g_free(s);
	if (missing)
		print_gaps(r, p, source);
	CHECK_INT(missing, 0);
	if (checked <= 10)
		TEST_FAIL("%s %s: no more than %zu frames were to be there", peer_id(p), source, checked);
}

/* Joins the host once start_plugin() has run, and publishes. */
static void begin_on(void (*start_plugin)(void), const char *sources)
{
	start_plugin();
	host = harness_host("Hedy");
	if (sources)
		CHECK_INT(peer_publish(host, sources), 0);
	if (sources)
		CHECK(peer_wait_frames(host, "audio", 10, WAIT_MS));
}

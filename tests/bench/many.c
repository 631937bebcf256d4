/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Many publishers at once in the fake core: does the capture keep up, and what does it cost?
 *
 *	many PUBLISHERS SECONDS        rooms of 50, each recorded; every publisher sends VP8 at 30 fps and about 1 Mbit/s, and Opus
 *
 *	pre-encoded pictures, numbered ─▶ feeders, in real time ─▶ incoming_rtp ─▶ capture, writer ─▶ chunks ─▶ decoded: is every number there?
 *
 * Prints what is missing, how far the feeders fell behind (then the machine was too small for the test, not for the plugin), and the CPU time of the
 * plugin's threads a packet. Exit status 1 when a frame is missing.
 */
#include <dirent.h>
#include <glib.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "common/ids.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/plugin/fake_janus.h"
#include "tests/plugin/peer_sdp.h"
#include "tests/plugin/recorded.h"
#include "tests/plugin/synth.h"

enum { ROOM = 50, PUBLISHERS_MAX = 1000, FPS = 30, GOP = FPS, FRAME = 4000, PAYLOAD = 1100, FEEDERS = 2, WAIT_MS = 30000,
       STEP_US = 10000, AUDIO_US = SYNTH_OPUS_MS * 1000 };

struct frame {
	uint8_t data[FRAME];       /* the picture, and zeros behind it that no decoder reads: cheap to make, as large as a real one */
};

struct line {
	uint16_t seq;
	uint32_t ts, ssrc;
	unsigned sent;             /* frames */
};

struct publisher {
	struct fake_handle *handle;
	char id[PARTICIPANT_SIZE];
	struct line audio, video;
	unsigned audio_due;        /* packets sent when the recording was stopped */
};

struct room {
	char name[16], recording[ID_SIZE];
	struct fake_handle *host;
};

static struct publisher people[PUBLISHERS_MAX];
static struct room rooms[PUBLISHERS_MAX / ROOM + 1];
static struct frame frames[GOP];
static unsigned npeople;
static atomic_bool over;
static atomic_ullong packets;
static _Atomic int64_t worst_us;       /* a feeder's lateness */

static void make_media(void)
{
	struct synth_video *v = synth_video_create(SYNTH_WIDTH, SYNTH_HEIGHT, FPS);

	for (unsigned i = 0; i < GOP; i++) {
		const AVPacket *p = synth_video_encode(v, i, i == 0);

		if (!p || p->size > FRAME)
			abort();
		memcpy(frames[i].data, p->data, (size_t)p->size);
	}
	synth_video_unref(&v);
}

/* --- the call --- */

static char *config(void)
{
	GString *s = g_string_new("capture: { durability = \"interval\" }\nrooms: (\n");

	for (unsigned i = 0; i * ROOM < npeople; i++)
		g_string_append_printf(s, "%s{ id = \"room%u\"; host_secret = \"hosthost\"; publishers = 100; bitrate = 0 }\n", i ? "," : "", i);
	g_string_append(s, ")\n");
	return g_string_free(s, FALSE);
}

static bool join(struct publisher *p, unsigned n)
{
	struct room *r = &rooms[n / ROOM];
	struct peer_line lines[] = { { "0", true, true }, { "1", false, true } };
	json_t *answer, *jsep = NULL;
	char *sdp = peer_sdp_offer(lines, 2, 1);

	g_snprintf(r->name, sizeof(r->name), "room%u", n / ROOM);
	p->handle = fake_attach();
	if (n % ROOM == 0)
		r->host = p->handle;
	answer = fake_ask(p->handle, "{'recroom':'join','room':'%s','display':'P','secret':'hosthost'}", r->name);
	g_strlcpy(p->id, json_str(answer, "id") ? json_str(answer, "id") : "", sizeof(p->id));
	answer = fake_request(p->handle, json_pack("{ss}", "recroom", "publish"), json_pack("{ssss}", "type", "offer", "sdp", sdp), &jsep);
	g_free(sdp);
	if (!answer || !jsep)
		return false;
	fake_media_up(p->handle);
	p->audio = (struct line){ .seq = 1, .ts = 960, .ssrc = 2 * n + 1 };
	p->video = (struct line){ .seq = 1, .ts = 3000, .ssrc = 2 * n + 2 };
	return true;
}

static bool start(struct room *r)
{
	json_t *answer = fake_ask(r->host, "{'recroom':'start_recording'}");
	const char *id = json_str(answer, "recordingId");

	g_strlcpy(r->recording, id ? id : "", sizeof(r->recording));
	return id && fake_await(r->host, "event", "recordingstarted", WAIT_MS);
}

/* --- packets --- */

static void head(uint8_t *p, struct line *l, unsigned pt, bool marker)
{
	p[0] = 0x80;
	p[1] = (uint8_t)(pt | (marker ? 0x80 : 0));
	p[2] = (uint8_t)(l->seq >> 8);
	p[3] = (uint8_t)l->seq++;
	for (int i = 0; i < 4; i++) {
		p[4 + i] = (uint8_t)(l->ts >> (24 - 8 * i));
		p[8 + i] = (uint8_t)(l->ssrc >> (24 - 8 * i));
	}
}

static void deliver(struct publisher *p, int mindex, uint8_t *data, size_t len)
{
	janus_plugin_rtp packet = { .mindex = mindex, .video = mindex == 1, .buffer = (char *)data, .length = (uint16_t)len,
				    .extensions = { .audio_level = -1, .video_rotation = -1 } };

	fake_plugin()->incoming_rtp(fake_session(p->handle), &packet);
	atomic_fetch_add(&packets, 1);
}

static void send_video(struct publisher *p)
{
	const struct frame *f = &frames[p->video.sent++ % GOP];
	uint8_t packet[12 + 1 + PAYLOAD];

	for (size_t at = 0; at < FRAME; at += PAYLOAD) {
		size_t n = MIN((size_t)PAYLOAD, FRAME - at);

		head(packet, &p->video, 96, at + n == FRAME);
		packet[12] = at ? 0 : 0x10;
		memcpy(packet + 13, f->data + at, n);
		deliver(p, 1, packet, 13 + n);
	}
	p->video.ts += 90000 / FPS;
}

static void send_audio(struct publisher *p)
{
	uint8_t packet[12 + SYNTH_OPUS_MAX];
	size_t n = synth_opus(packet + 12, p->audio.sent++);

	head(packet, &p->audio, 111, false);
	deliver(p, 0, packet, 12 + n);
	p->audio.ts += 960;
}

/* A feeder's people, each a little later than the one before, as calls are. */
static void *feed(void *arg)
{
	unsigned first = (unsigned)(uintptr_t)arg;
	int64_t begin_us = clock_mono_us();

	for (int64_t at_us = 0; !atomic_load(&over); at_us += STEP_US) {
		int64_t late_us = clock_mono_us() - begin_us - at_us;

		if (late_us < 0)
			g_usleep((gulong)-late_us);
		else if (late_us > atomic_load(&worst_us))
			atomic_store(&worst_us, late_us);
		for (unsigned n = first; n < npeople; n += FEEDERS) {
			struct publisher *p = &people[n];
			int64_t due_us = at_us - (int64_t)(n * 7919 % 33333);

			while (due_us >= 0 && p->video.sent <= due_us * FPS / 1000000)
				send_video(p);
			while (due_us >= 0 && p->audio.sent <= due_us / AUDIO_US)
				send_audio(p);
		}
	}
	return NULL;
}

/* --- what became of it --- */

static int64_t cpu_of_threads(const char *prefix)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int64_t ticks = 0;

	while (d && (e = readdir(d))) {
		g_autofree char *path = g_strdup_printf("/proc/self/task/%s/stat", e->d_name), *text = NULL;
		const char *end;
		unsigned long user = 0, kernel = 0;

		if (e->d_name[0] == '.' || !g_file_get_contents(path, &text, NULL, NULL) || !strstr(text, prefix))
			continue;
		end = strrchr(text, ')');
		if (end && sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) == 2)
			ticks += (int64_t)(user + kernel);
	}
	if (d)
		closedir(d);
	return ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

/* Numbers missing between the first and the last one recorded, and those after it that were sent well before Stop. */
static unsigned missing_video(const struct recorded *r, const struct publisher *p)
{
	size_t n;
	const struct recorded_frame *f = recorded_frames(r, p->id, "video", &n);
	unsigned missing = n ? 0 : 1;

	for (size_t i = 1; i < n; i++)
		missing += (unsigned)((f[i].number - f[i - 1].number + GOP) % GOP + GOP - 1) % GOP;
	return missing;
}

static unsigned missing_audio(const struct recorded *r, const struct publisher *p)
{
	size_t n;
	const struct recorded_frame *f = recorded_frames(r, p->id, "audio", &n);
	unsigned missing = n ? 0 : 1;

	for (size_t i = 1; i < n; i++)
		missing += (unsigned)(f[i].number - f[i - 1].number - 1);
	if (n && f[n - 1].number + FPS < p->audio_due)
		missing += p->audio_due - (unsigned)f[n - 1].number;
	return missing;
}

/* But for the wait for the first keyframe: nobody here hears a PLI. */
static unsigned gaps(const struct recorded *r)
{
	unsigned n = 0;
	json_t *line;

	for (unsigned i = 0; (line = recorded_line(r, "gap", NULL, NULL, i)); i++) {
		const char *reason = json_str(line, "reason");

		if (!g_strcmp0(reason, "no_keyframe"))
			continue;
		if (n++ < 5)
			printf("many gap %s %s_%s from %d to %d ms\n", reason, json_str(line, "participant"), json_str(line, "source"),
			       (int)json_num(line, "t_ms", -1), (int)json_num(line, "to_ms", -1));
	}
	return n;
}

static unsigned check_room(const struct room *r, unsigned first, uint64_t *recorded_frames_seen)
{
	g_autofree char *dir = g_strdup_printf("%s/recordings/%s", fake_folder(), r->recording);
	struct recorded *rec = recorded_load(dir, false);
	unsigned missing = 0;

	for (unsigned n = first; rec && n < npeople && n < first + ROOM; n++) {
		size_t v, a;

		missing += missing_video(rec, &people[n]) + missing_audio(rec, &people[n]);
		recorded_frames(rec, people[n].id, "video", &v);
		recorded_frames(rec, people[n].id, "audio", &a);
		*recorded_frames_seen += v + a;
	}
	missing += rec ? gaps(rec) : npeople;
	recorded_free(&rec);
	return missing;
}

static unsigned run(int seconds)
{
	pthread_t feeders[FEEDERS];
	unsigned missing = 0, first = 0;
	uint64_t seen = 0, sent;
	int64_t capture_us, writer_us;

	for (unsigned i = 0; i < FEEDERS; i++)
		thread_start(&feeders[i], "feeder", feed, (void *)(uintptr_t)i);
	g_usleep(1000000);
	for (unsigned i = 0; i * ROOM < npeople; i++)
		if (!start(&rooms[i]))
			missing++;
	capture_us = cpu_of_threads("recroom-capture");
	writer_us = cpu_of_threads("recroom-writer");
	sent = atomic_load(&packets);
	g_usleep((gulong)seconds * 1000000);
	sent = atomic_load(&packets) - sent;
	capture_us = cpu_of_threads("recroom-capture") - capture_us;
	writer_us = cpu_of_threads("recroom-writer") - writer_us;
	for (unsigned n = 0; n < npeople; n++)
		people[n].audio_due = people[n].audio.sent;
	for (unsigned i = 0; i * ROOM < npeople; i++)
		fake_ask(rooms[i].host, "{'recroom':'stop_recording'}");
	for (unsigned i = 0; i * ROOM < npeople; i++)
		fake_await(rooms[i].host, "event", "recordingstopped", WAIT_MS);
	atomic_store(&over, true);
	for (unsigned i = 0; i < FEEDERS; i++)
		pthread_join(feeders[i], NULL);
	for (unsigned i = 0; first < npeople; i++, first += ROOM)
		missing += check_room(&rooms[i], first, &seen);
	printf("many publishers %u seconds %d packets %" PRIu64 " frames %" PRIu64 " missing %u feeder-late-ms %" PRId64
	       " capture-ns-a-packet %" PRId64 " writer-ns-a-packet %" PRId64 "\n",
	       npeople, seconds, sent, seen, missing, atomic_load(&worst_us) / 1000, capture_us * 1000 / (int64_t)MAX(sent, 1),
	       writer_us * 1000 / (int64_t)MAX(sent, 1));
	return missing;
}

int main(int argc, char **argv)
{
	g_autofree char *rooms_config = NULL;
	int broken = 1, seconds = argc == 3 ? atoi(argv[2]) : 0;

	npeople = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	if (npeople < 1 || npeople > PUBLISHERS_MAX || seconds < 1) {
		fprintf(stderr, "usage: many PUBLISHERS SECONDS\n");
		return 2;
	}
	make_media();
	rooms_config = config();
	if (!fake_start("", rooms_config)) {
		bool all = true;

		for (unsigned n = 0; n < npeople; n++)
			all &= join(&people[n], n);
		broken = all ? (int)run(seconds) : 1;
		broken += fake_stop();
	}
	fake_cleanup();
	return broken != 0;
}

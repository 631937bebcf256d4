/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one packet costs in Janus' thread: the plugin in the fake core, one publisher, its packets handed to incoming_rtp by this program's own thread.
 *
 *	hook_cost SCENARIO PACKETS instructions      only sends; run it under callgrind with --toggle-collect=probe_rtp
 *	hook_cost SCENARIO PACKETS calls             system calls, futex waits and CPU time of each packet; the disk stands still
 *
 * System calls are seen by syscall user dispatch (Linux 5.11): the kernel hands each one that this thread makes inside incoming_rtp to a signal
 * handler, which notes it and lets it go on. The disk is stalled by functions of this program that stand in front of libc's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <glib.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "common/json.h"
#include "common/sync.h"
#include "tests/plugin/peer.h"
#include "tests/plugin/synth.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
enum { BLOCK = 1, LET = 0, WAIT_MS = 20000, VIDEO_SIZE = 1100, AUDIO_SIZE = 120, BURST = 50, PAUSE_US = 25000, WARM = 200 };

static const struct scenario {
	const char *name;
	int receivers;
	bool record, audio;
} scenarios[] = {
	{ "idle", 0, false, false },
	{ "forward1", 1, false, false },
	{ "forward10", 10, false, false },
	{ "record", 0, true, false },
	{ "record-audio", 0, true, true },
	{ "record-forward10", 10, true, false },
};

/* --- a disk that stands still --- */

static atomic_bool stalled;
static atomic_uint held;           /* syncs that had to wait */

static void wait_for_disk(void)
{
	if (atomic_load(&stalled))
		atomic_fetch_add(&held, 1);
	while (atomic_load(&stalled))
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
	wait_for_disk();
	return (int)syscall(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	wait_for_disk();
	return (int)syscall(SYS_fdatasync, fd);
}

/* --- system calls of this thread --- */

enum { NOTED = 16, DEPTH = 12 };

static volatile char selector = LET;
static struct {
	unsigned calls, waits;
	int noted[NOTED], depth;
	void *where[DEPTH];        /* the first wait */
} seen;

static void on_syscall(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)sig;
	if (seen.calls < NOTED)
		seen.noted[seen.calls] = info->si_syscall;
	seen.calls++;
	/* The second argument of futex() is what it does. */
	if (info->si_syscall == SYS_futex && (u->uc_mcontext.gregs[REG_RSI] & FUTEX_CMD_MASK) != FUTEX_WAKE && seen.waits++ == 0) {
		selector = LET;
		seen.depth = backtrace(seen.where, DEPTH);
	}
	/* Once more, and this time for real; the rest of this packet is not looked at. */
	u->uc_mcontext.gregs[REG_RAX] = info->si_syscall;
	u->uc_mcontext.gregs[REG_RIP] -= 2;
	selector = LET;
}

static int watch_syscalls(void)
{
	struct sigaction sa = { .sa_sigaction = on_syscall, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSYS, &sa, NULL);
	backtrace(seen.where, DEPTH);      /* what it loads it loads now */
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &selector))
		return -errno;
	selector = BLOCK;
	getppid();
	selector = LET;
	if (seen.calls != 1 || seen.noted[0] != SYS_getppid)
		return -EPROTO;            /* a watch that sees nothing would find no fault in anything */
	memset(&seen, 0, sizeof(seen));
	return 0;
}

/* --- packets --- */

struct source {
	janus_plugin_session *handle;
	int mindex;
	bool audio;
	uint16_t seq;
	uint32_t ts;
	char data[12 + VIDEO_SIZE];
	uint16_t len;
};

static unsigned relayed;

/* Receivers of the fake core keep what they get; here it would only cost. */
static void on_relayed(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
	(void)handle;
	(void)packet;
	relayed++;
}

static void stamp(struct source *s)
{
	uint8_t *p = (uint8_t *)s->data;

	s->seq++;
	s->ts += s->audio ? 960 : 3000;
	p[2] = (uint8_t)(s->seq >> 8);
	p[3] = (uint8_t)s->seq;
	for (int i = 0; i < 4; i++)
		p[4 + i] = (uint8_t)(s->ts >> (24 - 8 * i));
}

/* A picture in one packet: the first one a keyframe, then such as depend on it. */
static void fill_video(struct source *s, const uint8_t *frame, size_t len)
{
	s->data[12] = 0x10;
	memset(s->data + 13, 0x5a, sizeof(s->data) - 13);
	memcpy(s->data + 13, frame, MIN(len, VIDEO_SIZE - 1));
	s->len = (uint16_t)(12 + (len > 3 ? len + 1 : VIDEO_SIZE));
}

static void fill(struct source *s, const struct peer *p, bool audio, uint32_t ssrc)
{
	memset(s, 0, sizeof(*s));
	s->handle = fake_session(peer_pub(p));
	s->audio = audio;
	s->mindex = peer_mindex(p, audio ? "audio" : "video");
	s->ts = 10000000;
	s->seq = 20000;
	s->data[0] = (char)0x80;
	s->data[1] = (char)((audio ? 111 : 96) | 0x80);
	memcpy(s->data + 8, &ssrc, 4);
	s->len = 12 + AUDIO_SIZE;
	if (audio)
		s->data[12] = 0x78;        /* 20 ms, one frame */
}

/* What callgrind counts. */
__attribute__((noinline)) static void probe_rtp(struct source *s)
{
	janus_plugin_rtp packet = { .mindex = s->mindex, .video = !s->audio, .buffer = s->data, .length = s->len,
				    .extensions = { .audio_level = -1, .video_rotation = -1 } };

	fake_plugin()->incoming_rtp(s->handle, &packet);
}

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The capture takes what came every 20 ms; a ring that is full would cost less. */
static void breathe(unsigned i)
{
	if (i % BURST == BURST - 1)
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_US * 1000 }, NULL);
}

static void send_plainly(struct source *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		stamp(s);
		probe_rtp(s);
		breathe(i);
	}
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void send_watched(struct source *s, unsigned n, const char *name)
{
	int64_t *cost = g_new(int64_t, n);

	for (unsigned i = 0; i < n; i++) {
		int64_t from;

		stamp(s);
		from = cpu_ns();
		selector = BLOCK;
		probe_rtp(s);
		selector = LET;
		cost[i] = cpu_ns() - from;
		breathe(i);
	}
	qsort(cost, n, sizeof(*cost), by_size);
	printf("hook %s packets %u syscalls %u futex-waits %u cpu-median-ns %" PRId64 " cpu-p999-ns %" PRId64 " cpu-max-ns %" PRId64 "\n", name, n,
	       seen.calls, seen.waits, cost[n / 2], cost[n - 1 - n / 1000], cost[n - 1]);
	for (unsigned i = 0; i < MIN(seen.calls, (unsigned)NOTED); i++)
		printf("hook %s saw system call %d\n", name, seen.noted[i]);
	fflush(stdout);
	backtrace_symbols_fd(seen.where, seen.depth, STDERR_FILENO);
	g_free(cost);
}

/* --- the call --- */

static const char config[] =
	"capture: { durability = \"interval\"; stall_budget_ms = 60000 }\n"
	"rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 4; bitrate = 0 } )\n";

static bool start_recording(struct peer *host)
{
	json_t *answer = fake_ask(peer_pub(host), "{'recroom':'start_recording'}");

	return answer && json_str(answer, "recordingId") && fake_await(peer_pub(host), "event", "recordingstarted", WAIT_MS);
}

static bool receive(const struct peer *host, struct peer **out)
{
	struct peer_conf conf = { .room = "demo", .display = "Bob" };
	char feed[64];
	int err;

	g_snprintf(feed, sizeof(feed), "[{'feed':'%s'}]", peer_id(host));
	*out = peer_join(&conf, NULL);
	err = *out ? peer_subscribe(*out, feed) : -1;
	if (err)
		fprintf(stderr, "hook_cost: not subscribed: %d\n", err);
	else if (!fake_wait_relayed(peer_sub(*out), -1, 1, WAIT_MS))
		fprintf(stderr, "hook_cost: nothing is relayed\n");
	else
		return true;
	return false;
}

static bool set_up(const struct scenario *sc, struct peer **host, struct peer *receivers[])
{
	struct peer_conf conf = { .room = "demo", .display = "Ann", .join = "'secret':'hosthost'" };
	bool good;

	if (fake_start("", config) || !(*host = peer_join(&conf, NULL)) || peer_publish(*host, "audio,video"))
		return false;
	good = peer_wait_frames(*host, "video", 3, WAIT_MS);
	for (int i = 0; good && i < sc->receivers; i++)
		good = receive(*host, &receivers[i]);
	peer_stop(*host);
	fake_settle(peer_pub(*host));
	return good && (!sc->record || start_recording(*host));
}

/* False when it was not what it claims to be: packets were not relayed, the disk did not stand still. */
static bool run(const struct scenario *sc, unsigned packets, bool calls, struct peer *host)
{
	struct synth_video *video = synth_video_create(SYNTH_WIDTH, SYNTH_HEIGHT, 30);
	const AVPacket *key = synth_video_encode(video, 1, true);
	struct source s;
	unsigned due;

	fill(&s, host, sc->audio, 0x11223344);
	fake_relay_to(on_relayed);
	if (!sc->audio) {
		fill_video(&s, key->data, (size_t)key->size);
		stamp(&s);
		probe_rtp(&s);
		fill_video(&s, (const uint8_t *)"\x11\0\0", 3);
	}
	send_plainly(&s, WARM);
	atomic_store(&stalled, calls);
	if (calls && watch_syscalls() == 0)
		send_watched(&s, packets, sc->name);
	else
		send_plainly(&s, packets);
	atomic_store(&stalled, false);
	synth_video_unref(&video);
	due = (packets + WARM + !sc->audio) * (unsigned)sc->receivers;
	if (relayed != due)
		fprintf(stderr, "hook_cost: %u packets were relayed, not %u\n", relayed, due);
	return relayed == due && (!calls || !sc->record || atomic_load(&held) > 0);
}

int main(int argc, char **argv)
{
	const struct scenario *sc = NULL;
	struct peer *host = NULL, *receivers[16] = { NULL };
	int broken = 1;

	for (size_t i = 0; argc == 4 && i < G_N_ELEMENTS(scenarios); i++)
		if (!strcmp(argv[1], scenarios[i].name))
			sc = &scenarios[i];
	if (!sc) {
		fprintf(stderr, "usage: hook_cost idle|forward1|forward10|record|record-audio|record-forward10 PACKETS instructions|calls\n");
		return 2;
	}
	if (set_up(sc, &host, receivers))
		broken = !run(sc, (unsigned)strtoul(argv[2], NULL, 10), !strcmp(argv[3], "calls"), host);
	else
		fprintf(stderr, "hook_cost: the call could not be set up\n");
	broken += fake_stop();
	peer_free(host);
	for (int i = 0; i < sc->receivers; i++)
		peer_free(receivers[i]);
	fake_cleanup();
	return broken != 0;
}

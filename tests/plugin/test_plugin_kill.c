/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SIGKILL at random moments of a call of three: what the next start makes of the recording is complete but for the last moments of each track, and
 * those are bounded.
 *
 *	test ─ fork ─▶ plugin, three people, a recording ─▶ shared memory: what was sent
 *	  └─ SIGKILL ─▶ plugin again, on the same folder ─▶ every number from the first keyframe to the last frame, and how far that is from the end
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/catalog.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/disk/disk.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"

enum { WAIT_MS = 30000, CHUNK_MS = 500, REORDER_MS = 200, PEOPLE = 3, TRACKS = 2 * PEOPLE, LATEST_MS = 4000, WORKERS = 5, FULL_KILLS = 30,
       SYNC_US = 5000, TICK_MS = 40, SCHEDULING_MS = 150 * SLOWNESS };

static const char *const policies[] = { "none", "interval", "chunk" };
static const char *const sources[] = { "audio", "video" };

/* What a track had sent when it was looked at last. */
struct track { atomic_uint sent; _Atomic int64_t last_us; };

/* Of one worker; shared by all processes. */
struct board {
	char folder[64], id[ID_SIZE];
	_Atomic int64_t started_us;        /* 0: not recording yet */
	_Atomic int64_t late_us;           /* the most by which the killed process was late for its own alarm */
	struct track tracks[TRACKS];
	unsigned kills, lost_frames;       /* so far; the most frames of a track */
	int64_t lost_ms, bound_ms;         /* at the worst kill */
};

static struct board *boards;

/* --- the process that dies --- */

static struct peer *join(int n)
{
	return n ? harness_guest("Gus") : harness_host("Hedy");
}

static void look(struct board *b, struct peer *people[PEOPLE])
{
	for (int i = 0; i < TRACKS; i++) {
		unsigned n;
		struct peer_frame *f = peer_frames(people[i / 2], sources[i % 2], &n);

		if (n > 0) {
			atomic_store(&b->tracks[i].last_us, f[n - 1].capture_us);
			atomic_store(&b->tracks[i].sent, n);
		}
		g_free(f);
	}
}

/* A disk whose syncs take a while. */
static void slow_disk(void)
{
	char *recordings = g_build_filename(fake_folder(), "recordings", NULL);
	struct faulty *f = disk_faulty();

	atomic_store(&f->slow_us, SYNC_US);
	atomic_store(&f->slow, FAULTY_SYNCS);
	disk_watch(recordings);
	g_free(recordings);
}

static void record_until_killed(struct board *b, const char *policy)
{
	char *config = g_strdup_printf("capture: { chunk_ms = %d; reorder_ms = %d; durability = \"%s\"; min_free_mb = 0; min_free_inodes = 0 }\n"
				       "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 4 } )\n", CHUNK_MS, REORDER_MS, policy);
	struct peer *people[PEOPLE];
	json_t *a;

	CHECK_INT(fake_start("", config), 0);
	slow_disk();
	for (int i = 0; i < PEOPLE; i++) {
		people[i] = join(i);
		CHECK_INT(peer_publish(people[i], "audio,video"), 0);
	}
	for (int i = 0; i < PEOPLE; i++)
		CHECK(peer_wait_frames(people[i], "video", 5, WAIT_MS));
	a = fake_ask(peer_pub(people[0]), "{'recroom':'start_recording'}");
	CHECK_CODE(a, NULL);
	g_strlcpy(b->id, json_str(a, "recordingId"), sizeof(b->id));
	g_strlcpy(b->folder, fake_folder(), sizeof(b->folder));
	atomic_store(&b->started_us, clock_mono_us());
	for (int64_t due_us = clock_mono_us();;) {
		look(b, people);
		due_us += 5000;
		while (clock_mono_us() < due_us)
			g_usleep(1000);
		if (clock_mono_us() - due_us > atomic_load(&b->late_us))
			atomic_store(&b->late_us, clock_mono_us() - due_us);
		due_us = clock_mono_us();
	}
}

static int64_t kill_at(struct board *b, pid_t pid, int after_ms)
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * INT64_C(1000), killed_us;
	int status;

	while (!atomic_load(&b->started_us) && clock_mono_us() < deadline_us)
		g_usleep(1000);
	CHECK(atomic_load(&b->started_us));
	while (clock_mono_us() < atomic_load(&b->started_us) + after_ms * INT64_C(1000))
		g_usleep(1000);
	killed_us = clock_mono_us();
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return killed_us;
}

static int64_t record_and_kill(struct board *b, const char *policy, int after_ms)
{
	pid_t pid;

	atomic_store(&b->started_us, 0);
	atomic_store(&b->late_us, 0);
	for (int i = 0; i < TRACKS; i++)
		atomic_store(&b->tracks[i].sent, 0);
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (!setjmp(test_env))
			record_until_killed(b, policy);
		_exit(1);
	}
	return kill_at(b, pid, after_ms);
}

/* --- what is left --- */

/* The row of the recording once it waits for the worker. */
static void check_row(const char *id)
{
	char *url = g_strdup_printf("sqlite:%s/recordings/recroom.db", fake_folder());
	int64_t deadline_us = clock_mono_us() + WAIT_MS * INT64_C(1000);
	struct catalog *c = NULL;
	json_t *row = NULL;

	CHECK_INT(catalog_open(&c, url), 0);
	while (clock_mono_us() < deadline_us) {
		json_decref(row);
		row = NULL;
		if (!catalog_recording_get(c, id, &row) && !strcmp(json_str(row, "status"), "processing"))
			break;
		g_usleep(10000);
	}
	CHECK(row);
	CHECK_STR(json_str(row, "status"), "processing");
	CHECK_STR(json_string_value(json_array_get(json_object_get(row, "flags"), 0)), "interrupted");
	CHECK(json_object_get(row, "job"));
	json_decref(row);
	catalog_close(&c);
	g_free(url);
}

static int64_t sampled_us(const struct board *b, int track, int64_t number)
{
	int64_t period_us = track % 2 ? 1000000 / 30 : 20000;

	return atomic_load(&b->tracks[track].last_us) - ((int64_t)atomic_load(&b->tracks[track].sent) - 1 - number) * period_us;
}

/* From the moment the recording began, or the keyframe that was asked for then, to the last frame nothing is missing; returns when that was. */
static int64_t last_recorded_us(const struct board *b, const struct recorded *r, int track, int64_t *last)
{
	char person[16];
	const struct recorded_frame *f;
	size_t n;

	snprintf(person, sizeof(person), "user%d", track / 2 + 1);
	f = recorded_frames(r, person, sources[track % 2], &n);
	*last = -1;
	if (n == 0)
		return atomic_load(&b->started_us);
	for (size_t i = 1; i < n; i++)
		if (f[i].number != f[i - 1].number + 1)
			TEST_FAIL("%s %s: number %d follows %d", person, sources[track % 2], (int)f[i].number, (int)f[i - 1].number);
	CHECK(sampled_us(b, track, f[0].number) < atomic_load(&b->started_us) + 500000 + SCHEDULING_MS * 1000);
	*last = f[n - 1].number;
	return sampled_us(b, track, *last);
}

/* One chunk, the reordering, and the write in flight: the capture thread's tick, the syncs the writer thread may be at, and a busy machine. */
static int64_t bound_ms(const struct board *b)
{
	return CHUNK_MS + REORDER_MS + TICK_MS + (TRACKS + 5) * SYNC_US / 1000 + SCHEDULING_MS + 2 * atomic_load(&b->late_us) / 1000;
}

static void check_track(struct board *b, const struct recorded *r, int track, int64_t killed_us)
{
	int64_t last, lost_ms = (killed_us - last_recorded_us(b, r, track, &last)) / 1000;
	unsigned sent = atomic_load(&b->tracks[track].sent);

	if (lost_ms > bound_ms(b))
		TEST_FAIL("track %d: the last %d ms are missing, at most %d may be", track, (int)lost_ms, (int)bound_ms(b));
	if (lost_ms > b->lost_ms) {
		b->lost_ms = lost_ms;
		b->bound_ms = bound_ms(b);
	}
	if (last >= 0 && sent > last + 1)
		b->lost_frames = MAX(b->lost_frames, sent - 1 - (unsigned)last);
}

/* recroom-pp, where it is built, makes a file of what is left. */
static void compose(const char *dir)
{
	char *command = g_strdup_printf("%s/recroom-pp compose %s >/dev/null 2>&1", BUILDDIR, dir), *output = g_build_filename(dir, "output.webm", NULL);

	if (SLOWNESS == 1 && g_file_test(BUILDDIR "/recroom-pp", G_FILE_TEST_EXISTS)) {
		CHECK_INT(system(command), 0);
		CHECK(g_file_test(output, G_FILE_TEST_EXISTS));
	}
	g_free(command);
	g_free(output);
}

/* As after a power cut, of which the catalog remembers nothing. */
static void lose_catalog(const char *folder)
{
	static const char *const names[] = { "recroom.db", "recroom.db-wal", "recroom.db-shm" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char *path = g_build_filename(folder, "recordings", names[i], NULL);

		g_unlink(path);
		g_free(path);
	}
}

static void check_recovered(struct board *b, int64_t killed_us, bool composes)
{
	char *dir = g_build_filename(b->folder, "recordings", b->id, NULL);
	struct recorded *r;
	json_t *stop;

	atomic_store(&disk_faulty()->slow, 0);
	CHECK_INT(fake_adopt(b->folder), 0);
	check_row(b->id);
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_INT(recorded_count(r, "recovered", NULL, NULL), 1);
	stop = recorded_line(r, "stop", NULL, NULL, 0);
	CHECK_STR(json_string_value(json_array_get(json_object_get(stop, "flags"), 0)), "interrupted");
	for (int i = 0; i < TRACKS; i++)
		check_track(b, r, i, killed_us);
	if (composes)
		compose(dir);
	recorded_free(&r);
	g_free(dir);
	harness_end();
}

static void run(int worker)
{
	const char *full = getenv("RECROOM_FULL");
	int n = full && full[0] ? FULL_KILLS / WORKERS : 1;
	unsigned seed = (unsigned)g_random_int();
	GRand *rand = g_rand_new_with_seed(seed);
	struct board *b = &boards[worker];

	for (int i = 0; i < n; i++) {
		const char *policy = policies[(worker + i) % 3];
		bool composes = worker == 0 && i == 0;
		int after_ms = g_rand_int_range(rand, composes ? LATEST_MS / 2 : 0, LATEST_MS);
		int64_t killed_us;

		printf("seed %u, kill %d: %s, %d ms after the start\n", seed, i, policy, after_ms);
		killed_us = record_and_kill(b, policy, after_ms);
		if (worker == 1 && i == 0)
			lose_catalog(b->folder);
		check_recovered(b, killed_us, composes);
		b->kills++;
	}
	g_rand_free(rand);
}

#define WORKER(n) static void test_kill_##n(void) { run(n); }
WORKER(0) WORKER(1) WORKER(2) WORKER(3) WORKER(4)

static void print_figures(void)
{
	struct board all = { .kills = 0 };

	for (int i = 0; i < WORKERS; i++) {
		all.kills += boards[i].kills;
		all.lost_frames = MAX(all.lost_frames, boards[i].lost_frames);
		if (boards[i].lost_ms > all.lost_ms) {
			all.lost_ms = boards[i].lost_ms;
			all.bound_ms = boards[i].bound_ms;
		}
	}
	printf("figure kills_lost_most %d ms (bound %d ms), %u frames of a track, %u kills\n", (int)all.lost_ms, (int)all.bound_ms, all.lost_frames, all.kills);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_kill_0), TEST(test_kill_1), TEST(test_kill_2), TEST(test_kill_3), TEST(test_kill_4) };
	int failed;

	if (g_access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	disk_prepare(argv);
	boards = mmap(NULL, sizeof(*boards) * WORKERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (boards == MAP_FAILED)
		return 1;
	failed = harness_run(tests, G_N_ELEMENTS(tests), WORKERS, argc, argv);
	print_figures();
	return failed;
}

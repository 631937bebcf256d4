/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A call that is recorded on a disk that stalls, fills up, fails, goes away: the call notices nothing, and what the recording lost it says.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/catalog.h"
#include "common/json.h"
#include "common/sync.h"
#include "tests/disk/disk.h"
#include "tests/unit/test.h"
#include "tests/plugin/harness.h"
#include "tests/plugin/recorded.h"

enum { WAIT_MS = 20000, SLACK_US = 150000 * SLOWNESS, CHUNK_MS = 500, REORDER_MS = 1000, DELAY_MS = 1000, AT_ONCE = SLOWNESS > 1 ? 8 : 16 };

enum disk { DISK_PLAIN, DISK_BYTES, DISK_INODES };

/* One trouble: what is done to the disk, for how long, and what that may cost. */
struct trouble {
	const char *name, *durability;
	int budget_ms, lasts_ms, min_free_mb;
	enum disk disk;
	unsigned stall, fail;      /* bits of calls */
	int error;
	void (*hurt)(const char *dir), (*heal)(const char *dir);
	bool loses_video, loses_audio;
};

static struct peer *host, *guest;
static char *recordings;
static int64_t started_us, hurt_us, healed_us, stop_us;
static char id[ID_SIZE];

static void wait_us(int64_t until_us)
{
	while (clock_mono_us() < until_us)
		g_usleep((gulong)MIN(until_us - clock_mono_us(), 20000) + 1);
}

/* --- the disks --- */

static void make_disk(enum disk disk)
{
	if (disk == DISK_PLAIN)
		return;
	CHECK(disk_namespace());
	CHECK(disk_mount(recordings, "32m", 400));
}

static void go_away(const char *dir)
{
	char *away = g_strdup_printf("%s-away", dir);

	CHECK_INT(g_rename(dir, away), 0);
	g_free(away);
}

static void come_back(const char *dir)
{
	char *away = g_strdup_printf("%s-away", dir);

	CHECK_INT(g_rename(away, dir), 0);
	g_free(away);
}

/* --- the call --- */

static void start_call(const struct trouble *t)
{
	char *config = g_strdup_printf("capture: { chunk_ms = %d; reorder_ms = %d; stall_budget_ms = %d; durability = \"%s\"; call_end_grace_s = 1; "
				       "min_free_mb = %d; min_free_inodes = 0 }\n"
				       "rooms: ( { id = \"demo\"; host_secret = \"hosthost\"; publishers = 4 } )\n",
				       CHUNK_MS, REORDER_MS, t->budget_ms, t->durability, t->min_free_mb);

	CHECK_INT(fake_prepare("", config), 0);
	recordings = g_build_filename(fake_folder(), "recordings", NULL);
	make_disk(t->disk);
	CHECK_INT(fake_restart(), 0);
	disk_watch(recordings);
	host = harness_host("Hedy");
	guest = harness_guest("Gus");
	CHECK_INT(peer_publish(host, "audio,video"), 0);
	CHECK(peer_wait_frames(host, "audio", 5, WAIT_MS));
	CHECK_INT(peer_subscribe(guest, "[{'feed':'user1'}]"), 0);
	CHECK(fake_wait_relayed(peer_sub(guest), 0, 10, WAIT_MS));
	g_free(config);
}

static void start_recording(void)
{
	json_t *a = fake_ask(peer_pub(host), "{'recroom':'start_recording'}");

	CHECK_CODE(a, NULL);
	g_strlcpy(id, json_str(a, "recordingId"), sizeof(id));
	started_us = clock_mono_us();
}

static void stop_recording(void)
{
	stop_us = clock_mono_us();
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
}

static void hurt(const struct trouble *t)
{
	struct faulty *f = disk_faulty();

	hurt_us = clock_mono_us();
	atomic_store(&f->error, t->error);
	atomic_store(&f->fail, t->fail);
	atomic_store(&f->stall, t->stall);
	if (t->hurt)
		t->hurt(recordings);
}

static void heal(const struct trouble *t)
{
	struct faulty *f = disk_faulty();

	atomic_store(&f->fail, 0);
	atomic_store(&f->stall, 0);
	if (t->heal)
		t->heal(recordings);
	healed_us = clock_mono_us();
}

/* The recording is back when seconds are sealed again that began after the disk came back. */
static void await_seal_after(int64_t at_us)
{
	int64_t duration_ms = (at_us - started_us) / 1000, deadline_us = clock_mono_us() + WAIT_MS * INT64_C(1000);
	struct fake_event *e;

	do {
		e = fake_expect(peer_pub(host), "event", "recordingstatus", WAIT_MS);
		CHECK(e && clock_mono_us() < deadline_us);
	} while (json_num(e->message, "duration", 0) < duration_ms);
}

/* --- what the call noticed --- */

struct delays { double median, p99, most; size_t n; };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct delays summarise(GArray *ms)
{
	struct delays d = { .n = ms->len };
	const double *v = (const double *)(void *)ms->data;

	CHECK(ms->len > 10);
	g_array_sort(ms, by_value);
	d.median = v[ms->len / 2];
	d.p99 = v[(ms->len - 1) * 99 / 100];
	d.most = v[ms->len - 1];
	g_array_free(ms, TRUE);
	return d;
}

static int64_t number_of(const struct fake_packet *p)
{
	return (int64_t)p->tail[0] << 24 | p->tail[1] << 16 | p->tail[2] << 8 | p->tail[3];
}

/* From sampling to the subscriber, of the sound sampled in [from, to) [ms]. */
static struct delays delays_between(const struct fake_packet *p, unsigned n, int64_t from_us, int64_t to_us)
{
	GArray *ms = g_array_new(FALSE, FALSE, sizeof(double));
	unsigned sent;
	struct peer_frame *f = peer_frames(host, "audio", &sent);

	for (unsigned i = 0; i < n; i++) {
		int64_t number = number_of(&p[i]);
		double d;

		CHECK(number >= 0 && number < sent);
		if (f[number].capture_us < from_us || f[number].capture_us >= to_us)
			continue;
		d = (double)(p[i].at_us - f[number].capture_us) / 1000;
		g_array_append_val(ms, d);
	}
	g_free(f);
	return summarise(ms);
}

/* Every packet from the first one relayed on came, once, in order. */
static void check_relayed(unsigned line, const struct fake_packet *p, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		if ((uint16_t)(p[i].seq - p[i - 1].seq) != 1)
			TEST_FAIL("line %u: packet %u follows %u", line, p[i].seq, p[i - 1].seq);
		if (line == 0)
			CHECK_INT(number_of(&p[i]), number_of(&p[i - 1]) + 1);
	}
}

/* Nothing waited for the disk: what was sampled in the first half of the trouble was there before its end. On a busy machine a few may be late. */
static void check_in_time(const struct fake_packet *p, unsigned n)
{
	unsigned sent, due = 0, late = 0;
	struct peer_frame *f = peer_frames(host, "audio", &sent);

	for (unsigned i = 0; i < n; i++) {
		int64_t at_us = f[number_of(&p[i])].capture_us;
		bool counts = at_us >= hurt_us && at_us < (hurt_us + healed_us) / 2;

		due += counts;
		late += counts && p[i].at_us >= healed_us;
	}
	g_free(f);
	CHECK(due > 20);
	CHECK(late <= due / 20);
}

static void check_forwarding(const struct trouble *t)
{
	struct fake_packet *audio, *video;
	struct delays before, during;
	unsigned na, nv;

	CHECK(fake_wait_relayed(peer_sub(guest), 0, 10, WAIT_MS));
	fake_settle(peer_pub(host));
	audio = fake_packets(peer_sub(guest), 0, &na);
	video = fake_packets(peer_sub(guest), 1, &nv);
	check_relayed(0, audio, na);
	check_relayed(1, video, nv);
	before = delays_between(audio, na, started_us, hurt_us);
	during = delays_between(audio, na, hurt_us, healed_us);
	printf("figure disk_%s_forwarding_ms before %.1f %.1f %.1f during %.1f %.1f %.1f\n", t->name, before.median, before.p99, before.most,
	       during.median, during.p99, during.most);
	CHECK((int64_t)during.n >= (healed_us - hurt_us) / 20000 - 2);
	CHECK(during.median < before.median + DELAY_MS);
	check_in_time(audio, na);
	CHECK_INT(atomic_load(&disk_faulty()->from_loops), 0);
	g_free(audio);
	g_free(video);
}

/* --- what became of the recording --- */

static struct recorded *load(void)
{
	char *dir = g_build_filename(recordings, id, NULL);
	struct recorded *r = recorded_load(dir, false);

	CHECK(r);
	g_free(dir);
	return r;
}

static bool in_gap(const struct recorded *r, const char *source, int64_t t_ms)
{
	json_t *line;

	for (unsigned i = 0; (line = recorded_line(r, "gap", "user1", source, i)); i++)
		if (t_ms >= json_num(line, "t_ms", 0) - SLACK_US / 1000 && t_ms <= json_num(line, "to_ms", 0) + SLACK_US / 1000)
			return true;
	return false;
}

static void print_lines(const struct recorded *r, const char *source)
{
	static const char *const types[] = { "segment", "gap", "chunk" };
	json_t *line;

	for (size_t k = 0; k < G_N_ELEMENTS(types); k++)
		for (unsigned i = 0; (line = recorded_line(r, types[k], "user1", source, i)); i++)
			printf("%s %d: %d to %d ms %s\n", types[k], (int)json_num(line, "segment", 0), (int)json_num(line, "t_ms", 0),
			       (int)json_num(line, k == 2 ? "end_ms" : "to_ms", 0), json_str(line, "reason") ? json_str(line, "reason") : "");
}

/* Frames sampled in [from, to) that are not there; each lies in a gap. */
static unsigned missing(const struct recorded *r, const char *source, int64_t from_us, int64_t to_us)
{
	unsigned sent, n = 0;
	struct peer_frame *f = peer_frames(host, source, &sent);

	for (unsigned i = 0; i < sent; i++) {
		int64_t t_ms = (f[i].capture_us - started_us) / 1000;

		if (f[i].capture_us < from_us || f[i].capture_us >= to_us || recorded_has(r, "user1", source, f[i].number))
			continue;
		n++;
		if (in_gap(r, source, t_ms))
			continue;
		print_lines(r, source);
		TEST_FAIL("%s %u, sampled at %d ms, is missing and in no gap", source, f[i].number, (int)t_ms);
	}
	g_free(f);
	return n;
}

static unsigned gaps(const struct recorded *r, const char *source, const char *reason)
{
	unsigned n = 0;
	json_t *line;

	for (unsigned i = 0; (line = recorded_line(r, "gap", "user1", source, i)); i++)
		n += !strcmp(json_str(line, "reason"), reason);
	return n;
}

/* None is missing, but where the trouble was so long that a later one stands for those before. */
static void check_seals(const struct recorded *r, bool each)
{
	int64_t last = -1;
	json_t *line;

	for (unsigned i = 0; (line = recorded_line(r, "sealed", NULL, NULL, i)); i++) {
		CHECK(json_num(line, "n", -1) == last + 1 || (!each && json_num(line, "n", -1) > last));
		last = json_num(line, "n", -1);
	}
	CHECK(last >= (stop_us - started_us) / 1000 / CHUNK_MS - 2);
}

static bool has_flag(json_t *line, const char *flag)
{
	size_t i;
	json_t *f;

	json_array_foreach(json_object_get(line, "flags"), i, f)
		if (!strcmp(json_string_value(f), flag))
			return true;
	return false;
}

static void check_recording(const struct trouble *t)
{
	struct recorded *r = load();
	unsigned audio = missing(r, "audio", started_us + SLACK_US, stop_us - SLACK_US);
	unsigned video = missing(r, "video", started_us + SLACK_US + 500000, stop_us - SLACK_US);
	bool loses = t->loses_video || t->loses_audio;

	printf("%s: %u packets of sound and %u pictures missing\n", t->name, audio, video);
	CHECK_INT(gaps(r, "video", "disk") > 0, t->loses_video);
	CHECK_INT(gaps(r, "audio", "disk") > 0, t->loses_audio);
	CHECK_INT(audio > 0, t->loses_audio);
	CHECK_INT(video > 0, t->loses_video);
	CHECK_INT(recorded_count(r, "degraded", NULL, NULL), loses);
	CHECK_INT(fake_count(peer_pub(host), "event", "recordingdegraded"), loses);
	CHECK_INT(has_flag(recorded_line(r, "stop", NULL, NULL, 0), "degraded"), loses);
	CHECK_INT(missing(r, "audio", healed_us + SLACK_US, stop_us - SLACK_US), 0);
	CHECK_INT(missing(r, "video", healed_us + SLACK_US, stop_us - SLACK_US), 0);
	check_seals(r, !t->loses_audio);
	recorded_free(&r);
}

static void end_call(void)
{
	peer_stop(host);
	peer_stop(guest);
	atomic_store(&disk_faulty()->on, false);
	harness_end();
	peer_free(host);
	peer_free(guest);
	g_free(recordings);
}

static void suffer(const struct trouble *t)
{
	unsigned plis;

	start_call(t);
	start_recording();
	wait_us(started_us + 1500000);
	plis = fake_plis(peer_pub(host), 1);
	hurt(t);
	wait_us(hurt_us + t->lasts_ms * INT64_C(1000));
	if (t->loses_video)
		CHECK(fake_wait_plis(peer_pub(host), 1, plis + 1, WAIT_MS));
	heal(t);
	await_seal_after(healed_us + 500000);
	wait_us(healed_us + SLACK_US + 500000);
	stop_recording();
	check_forwarding(t);
	check_recording(t);
	end_call();
}

#define EVERYTHING .stall = FAULTY_ALL
#define FILES (FAULTY_BIT(FAULTY_CREATE) | FAULTY_BIT(FAULTY_WRITE) | FAULTY_BIT(FAULTY_RENAME) | FAULTY_BIT(FAULTY_UNLINK) | FAULTY_SYNCS)

/* A chunk may have waited for a tick of a second (`interval`) before the disk stalls, and a refusing disk is tried again every 250 ms: what lasts for less
 * than the budget costs nothing, pictures go after 1.25 s (else 0.25 s) more than it, sound after twice that. */
static const struct trouble troubles[] = {
	{ .name = "stall_5s", .durability = "interval", .budget_ms = 10000, .lasts_ms = 5000, EVERYTHING },
	{ .name = "stall_below", .durability = "interval", .budget_ms = 2000, .lasts_ms = 1900, EVERYTHING },
	{ .name = "stall_long", .durability = "interval", .budget_ms = 1500, .lasts_ms = 3500, EVERYTHING, .loses_video = true },
	{ .name = "stall_longer", .durability = "chunk", .budget_ms = 1000, .lasts_ms = 4000, EVERYTHING, .loses_video = true, .loses_audio = true },
	{ .name = "eio", .durability = "interval", .budget_ms = 1500, .lasts_ms = 3500, .fail = FILES, .error = EIO, .loses_video = true },
	{ .name = "eio_short", .durability = "none", .budget_ms = 6000, .lasts_ms = 1500, .fail = FILES, .error = EIO },
	{ .name = "sync_fails", .durability = "chunk", .budget_ms = 6000, .lasts_ms = 1500, .fail = FAULTY_SYNCS, .error = EIO },
	{ .name = "read_only", .durability = "none", .budget_ms = 1000, .lasts_ms = 3500, .fail = FILES & ~FAULTY_SYNCS, .error = EROFS, .loses_video = true,
	  .loses_audio = true },
	{ .name = "away", .durability = "none", .budget_ms = 1500, .lasts_ms = 2500, .hurt = go_away, .heal = come_back, .loses_video = true },
	{ .name = "full", .durability = "interval", .budget_ms = 1500, .lasts_ms = 3500, .disk = DISK_BYTES, .hurt = disk_fill_bytes, .heal = disk_unfill,
	  .loses_video = true },
	{ .name = "no_inodes", .durability = "chunk", .budget_ms = 1500, .lasts_ms = 2500, .disk = DISK_INODES, .hurt = disk_fill_inodes, .heal = disk_unfill,
	  .loses_video = true },
};
static const struct trouble long_trouble = { .name = "stall_30s", .durability = "interval", .budget_ms = 10000, .lasts_ms = 30000, EVERYTHING,
					     .loses_video = true, .loses_audio = true };

static void test_long_stall(void)
{
	const char *full = getenv("RECROOM_FULL");

	if (full && full[0])
		suffer(&long_trouble);
}

/* --- what cannot be told by a table --- */

static const struct trouble quiet = { .name = "quiet", .durability = "interval", .budget_ms = 10000 };

static void expect_refusal(const char *code)
{
	struct fake_event *e;

	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'start_recording'}"), code);
	e = fake_expect(peer_pub(host), "event", "recordingfailed", WAIT_MS);
	CHECK(e);
	CHECK_STR(json_str(e->message, "reason"), code);
}

static bool has_text(const char *path, const char *text)
{
	char *data = NULL;
	bool found = g_file_get_contents(path, &data, NULL, NULL) && strstr(data, text);

	g_free(data);
	return found;
}

static void take_a_second(void)
{
	start_recording();
	hurt_us = started_us;
	wait_us(started_us + 1200000);
	healed_us = clock_mono_us();
	stop_recording();
	recorded_free(&(struct recorded *){ load() });
}

static void test_read_only_at_start(void)
{
	struct faulty *f = disk_faulty();

	start_call(&quiet);
	atomic_store(&f->error, EROFS);
	atomic_store(&f->fail, FILES | FAULTY_BIT(FAULTY_MKDIR));
	expect_refusal("storage");
	atomic_store(&f->fail, 0);
	take_a_second();
	end_call();
}

static void test_no_room_at_start(void)
{
	static const struct trouble t = { .name = "no_room", .durability = "interval", .budget_ms = 10000, .disk = DISK_BYTES, .min_free_mb = 20 };

	start_call(&t);
	disk_fill_bytes(recordings);
	expect_refusal("disk_full");
	disk_unfill(recordings);
	take_a_second();
	end_call();
}

/* A warning in time: nothing is lost yet. */
static void test_room_runs_low(void)
{
	static const struct trouble t = { .name = "room_low", .durability = "interval", .budget_ms = 10000, .disk = DISK_BYTES, .min_free_mb = 20 };
	struct fake_event *e;
	struct recorded *r;

	start_call(&t);
	start_recording();
	wait_us(started_us + 700000);
	for (int i = 0; i < 16; i++)
		CHECK(disk_put_mib(recordings, i));
	e = fake_await(peer_pub(host), "event", "recordingdegraded", WAIT_MS);
	CHECK(e);
	CHECK_STR(json_str(e->message, "reason"), "disk_low");
	stop_recording();
	CHECK_INT(fake_count(peer_pub(host), "event", "recordingdegraded"), 1);
	r = load();
	CHECK_INT(missing(r, "audio", started_us + SLACK_US, stop_us - SLACK_US), 0);
	CHECK_INT(recorded_count(r, "degraded", NULL, NULL), 0);
	CHECK(!has_flag(recorded_line(r, "stop", NULL, NULL, 0), "degraded"));
	recorded_free(&r);
	end_call();
}

/* Stopped while the disk refuses: closed when it is back, with all that was there before. */
static void test_stop_while_away(void)
{
	static const struct trouble t = { .name = "stop", .durability = "chunk", .budget_ms = 1000 };
	char *dir, *timeline;
	struct recorded *r;
	int64_t deadline_us;

	start_call(&t);
	start_recording();
	wait_us(started_us + 3000000);
	hurt_us = clock_mono_us();
	go_away(recordings);
	stop_recording();
	come_back(recordings);
	dir = g_build_filename(recordings, id, NULL);
	timeline = g_build_filename(dir, "timeline.jsonl", NULL);
	deadline_us = clock_mono_us() + WAIT_MS * INT64_C(1000);
	while (!has_text(timeline, "\"type\":\"stop\"") && clock_mono_us() < deadline_us)
		g_usleep(20000);
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_INT(recorded_count(r, "recovered", NULL, NULL), 1);
	CHECK_INT(missing(r, "audio", started_us + SLACK_US, hurt_us - (CHUNK_MS + REORDER_MS) * 1000 - SLACK_US), 0);
	recorded_free(&r);
	end_call();
	g_free(timeline);
	g_free(dir);
}

/* In a process of its own: records two seconds, tells its folder and recording on `fd`, and dies. */
static void record_and_die(int fd)
{
	start_call(&quiet);
	start_recording();
	wait_us(started_us + 2000000);
	dprintf(fd, "%s %s\n", fake_folder(), id);
	raise(SIGKILL);
}

static void leave_one_open(void)
{
	char folder[128];
	int fds[2], status;
	pid_t pid;
	FILE *f;

	CHECK_INT(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		record_and_die(fds[1]);
		_exit(1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	f = fdopen(fds[0], "r");
	CHECK_INT(fscanf(f, "%127s %63s", folder, id), 2);
	fclose(f);
	close(fds[1]);
	recordings = g_build_filename(folder, "recordings", NULL);
}

static bool has_status(const char *status)
{
	char *url = g_strdup_printf("sqlite:%s/recroom.db", recordings);
	struct catalog *c = NULL;
	json_t *row = NULL;
	bool same;

	CHECK_INT(catalog_open(&c, url), 0);
	same = !catalog_recording_get(c, id, &row) && !g_strcmp0(json_str(row, "status"), status);
	json_decref(row);
	catalog_close(&c);
	g_free(url);
	return same;
}

static void wait_until(bool (*done)(void))
{
	int64_t deadline_us = clock_mono_us() + WAIT_MS * INT64_C(1000);

	while (!done() && clock_mono_us() < deadline_us)
		g_usleep(20000);
	CHECK(done());
}

static bool was_tried(void)
{
	return atomic_load(&disk_faulty()->count[FAULTY_OPEN]) > 0;
}

static bool is_closed(void)
{
	return has_status("processing");
}

/* What a crash left open lies on a disk that is not mounted when Janus starts, then answers with errors, then is there: no sooner is it given up. */
static void test_disk_flickers_at_start(void)
{
	struct faulty *f = disk_faulty();
	char *dir, *word, *folder;
	struct recorded *r;

	leave_one_open();
	dir = g_build_filename(recordings, id, NULL);
	word = g_build_filename(recordings, ".recroom", NULL);
	disk_watch(dir);
	go_away(dir);
	go_away(word);
	folder = g_path_get_dirname(recordings);
	CHECK_INT(fake_adopt(folder), 0);
	wait_us(clock_mono_us() + 1300000);
	CHECK(has_status("recording"));
	atomic_store(&f->error, EIO);
	atomic_store(&f->fail, FAULTY_ALL);
	come_back(word);
	come_back(dir);
	wait_until(was_tried);
	CHECK(has_status("recording"));
	atomic_store(&f->fail, 0);
	wait_until(is_closed);
	r = recorded_load(dir, false);
	CHECK(r);
	CHECK_INT(recorded_count(r, "recovered", NULL, NULL), 1);
	CHECK(json_num(recorded_line(r, "stop", NULL, NULL, 0), "duration_ms", 0) >= 2000 - (CHUNK_MS + REORDER_MS + 300 * SLOWNESS));
	recorded_free(&r);
	harness_end();
	g_free(folder);
	g_free(word);
	g_free(dir);
	g_free(recordings);
}

static bool is_failed(void)
{
	return has_status("failed");
}

/* What the catalog tells of its end: "recordingfailed", once, with this reason. */
static void check_told(const char *reason)
{
	char *url = g_strdup_printf("sqlite:%s/recroom.db", recordings);
	struct catalog *c = NULL;
	json_t *rows = NULL, *row;
	size_t i;
	int n = 0;

	CHECK_INT(catalog_open(&c, url), 0);
	CHECK_INT(catalog_event_since(c, 0, 1000, &rows), 0);
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str(row, "type"), "recordingfailed"))
			continue;
		n++;
		CHECK_STR(json_str(json_object_get(row, "payload"), "reason"), reason);
		CHECK_STR(json_str(json_object_get(row, "payload"), "recordingId"), id);
	}
	CHECK_INT(n, 1);
	json_decref(rows);
	catalog_close(&c);
	g_free(url);
}

/* What a crash left open cannot be closed, and will not be: it ends, and everybody is told why. */
static void check_given_up(void (*spoil)(const char *dir), const char *reason)
{
	char *dir, *folder;

	leave_one_open();
	dir = g_build_filename(recordings, id, NULL);
	spoil(dir);
	folder = g_path_get_dirname(recordings);
	CHECK_INT(fake_adopt(folder), 0);
	wait_until(is_failed);
	check_told(reason);
	harness_end();
	g_free(folder);
	g_free(dir);
	g_free(recordings);
}

static void remove_it(const char *dir)
{
	fs_remove_tree(dir);
}

static void make_it_of_the_future(const char *dir)
{
	static const char line[] = "{\"type\":\"start\",\"format\":99,\"t_ms\":0,\"wall_ms\":1}\n";

	CHECK_INT(fs_write_atomic(dir, "timeline.jsonl", line, strlen(line), 0660, 0), 0);
}

static void test_gone_at_start(void)
{
	check_given_up(remove_it, "missing");
}

static void test_unreadable_at_start(void)
{
	check_given_up(make_it_of_the_future, "unreadable");
}

/* While nothing moves on the disk, and more requests wait for it than there are threads that negotiate, somebody comes in and is seen and heard. */
static void test_people_come_in_meanwhile(void)
{
	struct peer *late, *hosts[6];

	start_call(&quiet);
	for (int i = 0; i < 6; i++)
		hosts[i] = harness_host("Hal");
	start_recording();
	wait_us(started_us + 700000);
	atomic_store(&disk_faulty()->stall, FAULTY_ALL);
	for (int i = 0; i < 6; i++)
		fake_send(peer_pub(hosts[i]), NULL, json_pack("{ss}", "recroom", "list_recordings"), NULL);
	CHECK_CODE(fake_ask(peer_pub(host), "{'recroom':'stop_recording'}"), NULL);
	late = harness_guest("Late");
	CHECK_INT(peer_publish(late, "audio"), 0);
	CHECK_INT(peer_subscribe(late, "[{'feed':'user1'}]"), 0);
	CHECK(fake_wait_relayed(peer_sub(late), 0, 20, WAIT_MS));
	CHECK(atomic_load(&disk_faulty()->waiting) > 0);
	CHECK_INT(fake_count(peer_pub(host), "event", "recordingstopped"), 0);
	atomic_store(&disk_faulty()->stall, 0);
	CHECK(fake_expect(peer_pub(host), "event", "recordingstopped", WAIT_MS));
	recorded_free(&(struct recorded *){ load() });
	peer_stop(late);
	end_call();
	peer_free(late);
	for (int i = 0; i < 6; i++)
		peer_free(hosts[i]);
}

#define TROUBLE(n) static void test_trouble_##n(void) { suffer(&troubles[n]); }
TROUBLE(0) TROUBLE(1) TROUBLE(2) TROUBLE(3) TROUBLE(4) TROUBLE(5) TROUBLE(6) TROUBLE(7) TROUBLE(8) TROUBLE(9) TROUBLE(10)

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_long_stall), TEST(test_trouble_0), TEST(test_trouble_1), TEST(test_trouble_2), TEST(test_trouble_3), TEST(test_trouble_4),
		TEST(test_room_runs_low), TEST(test_stop_while_away), TEST(test_read_only_at_start), TEST(test_no_room_at_start), TEST(test_people_come_in_meanwhile),
		TEST(test_disk_flickers_at_start), TEST(test_gone_at_start), TEST(test_unreadable_at_start),
		TEST(test_trouble_5), TEST(test_trouble_6), TEST(test_trouble_7), TEST(test_trouble_8), TEST(test_trouble_9),
		TEST(test_trouble_10),
	};

	disk_prepare(argv);
	return harness_run(tests, G_N_ELEMENTS(tests), AT_ONCE, argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an upload adds between the end of a call and `completed`, for tests/bench/storage.sh: a file grows as a composer's does, upload_ahead.c beside it; then its
 * first part is written again, it gets its name, and what the job "upload" does is measured. For comparison the same file once more, all of it afterwards.
 *
 *	.output.webm.tmp: grows for SECONDS at MIB_S ─▶ header ─▶ output.webm ─▶ │ upload_send() │ verified
 *
 *	bench-upload-live CONFIG WORK_DIR SECONDS MIB_S RUNS         a line for each run: "live BYTES_AFTER SECONDS_AFTER" and "whole BYTES SECONDS"
 */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/settings.h"
#include "common/sync.h"
#include "postprocess/job_private.h"
#include "postprocess/stores.h"
#include "postprocess/upload.h"
#include "postprocess/upload_ahead.h"

enum { WHY = 600, STEPS = 20, HEADER = 4096 };

static char recording[] = "rec_bench_1795357800000_aaaaaa";

static void die(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static enum job_hold hold(void *arg)
{
	(void)arg;
	return HOLD_OURS;
}

static enum upload_may go(void *arg)
{
	(void)arg;
	return UPLOAD_GO;
}

static void no_progress(int64_t done, int64_t total, void *arg)
{
	(void)done;
	(void)total;
	(void)arg;
}

static int ours(void *arg)
{
	(void)arg;
	return 0;
}

/* Noise, STEPS times a second. */
static void grow(int fd, int seconds, int mib_s, unsigned seed)
{
	const size_t step = ((size_t)mib_s << 20) / STEPS;
	g_autofree guint32 *data = g_malloc(step);
	GRand *r = g_rand_new_with_seed(seed);
	int64_t begun_us = clock_mono_us(), left_us;

	for (int n = 1; n <= seconds * STEPS; n++) {
		for (size_t i = 0; i < step / sizeof(*data); i++)
			data[i] = g_rand_int(r);
		if (write(fd, data, step) != (ssize_t)step)
			die("the file cannot be written");
		left_us = begun_us + n * 1000000LL / STEPS - clock_mono_us();
		if (left_us > 0)
			g_usleep((gulong)left_us);
	}
	g_rand_free(r);
}

static void put_header(int fd)
{
	char header[HEADER];

	memset(header, 'h', sizeof(header));
	if (pwrite(fd, header, sizeof(header), 0) != HEADER)
		die("the file cannot be written");
}

/* As the job: prints bytes and seconds. */
static void send_it(const char *label, struct store *s, const char *dir, const char *name, const char *key)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	struct upload_conf c = { .store = s, .may = go, .progress = no_progress, .still_ours = ours };
	struct upload_file f = { .path = path, .name = name, .key = key, .mime = "video/webm", .size = -1 };
	struct upload_result r;
	struct store_why why;
	int64_t begun_us = clock_mono_us();

	if (upload_journal_open(&c.journal, dir, store_name(s), 1))
		die("the journal cannot be opened");
	if (upload_send(&c, &f, &r, &why))
		die(why.text);
	printf("%s %lld %.3f\n", label, (long long)r.sent, (double)(clock_mono_us() - begun_us) / 1e6);
	fflush(stdout);
	upload_journal_remove(c.journal);
	upload_journal_unref(&c.journal);
	store_remove(s, key, NULL, NULL);
}

static void run(const struct job_env *env, const char *dir, int seconds, int mib_s, unsigned seed)
{
	struct catalog_job job = { .id = 1, .kind = "compose", .output = 1, .attempts = 1 };
	g_autofree char *tmp = g_build_filename(dir, ".output.webm.tmp", NULL), *path = g_build_filename(dir, "output.webm", NULL), *key = NULL;
	struct store *s = stores_primary(env->stores);
	struct upload_ahead *ahead = NULL;
	int fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	g_strlcpy(job.recording, recording, sizeof(job.recording));
	if (fd < 0 || store_key_output(&key, store_conf(s)->prefix, recording, NULL, "output.webm", true))
		die("no file");
	upload_ahead_start(&ahead, env, &job, dir);
	grow(fd, seconds, mib_s, seed);
	put_header(fd);
	upload_ahead_stop(&ahead);
	if (close(fd) || rename(tmp, path))
		die("the file cannot be written");
	send_it("live", s, dir, "output.webm", key);
	send_it("whole", s, dir, "output.webm", "recordings/whole.webm");
	g_unlink(path);
}

int main(int argc, char **argv)
{
	struct settings *set = NULL;
	struct stores *stores = NULL;
	struct job_env env = { .hold = hold };
	g_autofree char *dir = argc == 6 ? g_build_filename(argv[2], recording, NULL) : NULL;
	char why[WHY];

	if (!dir)
		return 2;
	if (settings_load(&set, argv[1], false, why, sizeof(why)) || stores_open(&stores, set, why, sizeof(why)))
		die(why);
	if (fs_mkdirs(dir, 0700))
		die("no directory");
	env.stores = stores;
	for (int i = 0; i < atoi(argv[5]); i++)
		run(&env, dir, atoi(argv[3]), atoi(argv[4]), (unsigned)i + 1);
	stores_unref(&stores);
	settings_unref(&set);
	return 0;
}

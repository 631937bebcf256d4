/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called by master, on the thread that makes the sound. Stop waits for the search, so the mix is measured as it comes, and a trial runs the limiter alone: what that takes
 * away from a block's energy it takes from its loudness, to a hundredth of a unit. What comes out in the end is measured for itself.
 *
 *   blocks ─▶ pieces of a second ─▶ a file without a name        K-weighted powers ─× gain² ─× what the limiter left ─▶ 400 ms each 100 ms ─▶ gates ─▶ LUFS
 *
 * Three minutes are 69 MB, of every recording that begins: too much for memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <glib.h>
#include "postprocess/kept.h"
#include "postprocess/kweight.h"
#include "postprocess/limiter.h"
#include "postprocess/loudness.h"

enum { PIECE = 50, WINDOW = 20, HOP = 5, TRIALS = 6, PIECE_VALUES = PIECE * PCM_BLOCK_VALUES };      /* blocks */
static const double near_enough = 0.05, relative_lu = -10, absolute_lufs = -70;

struct kept {
	int fd;
	float *piece;              /* one of them: the one that grows, or that was read last */
	int64_t number;            /* which */
	bool changed;              /* not in the file yet */
	GArray *powers, *gains;    /* double, a block each; the gains it had at first */
	struct kweight filter;
	int64_t blocks;
};

/** Nobody finds it, and it goes with its last descriptor, however this process ends. Not all file systems know O_TMPFILE. */
static int open_nameless(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, ".mix-XXXXXX", NULL);
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd >= 0 ? fd : -errno;
	fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int kept_create(struct kept **out, const char *dir)
{
	struct kept *k = g_new0(struct kept, 1);
	int err;

	k->fd = open_nameless(dir);
	k->piece = g_new(float, PIECE_VALUES);
	k->powers = g_array_new(FALSE, FALSE, sizeof(double));
	k->gains = g_array_new(FALSE, FALSE, sizeof(double));
	err = MIN(k->fd, 0);
	if (err)
		kept_unref(&k);
	*out = k;
	return err;
}

static off_t place_of(int64_t piece)
{
	return piece * (off_t)(PIECE_VALUES * sizeof(float));
}

static int write_piece(struct kept *k)
{
	const char *from = (const char *)k->piece;
	size_t done = 0, size = PIECE_VALUES * sizeof(float);

	while (done < size) {
		ssize_t n = pwrite(k->fd, from + done, size - done, place_of(k->number) + (off_t)done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += (size_t)MAX(n, 0);
	}
	k->changed = false;
	return 0;
}

static int read_piece(struct kept *k)
{
	char *to = (char *)k->piece;
	size_t done = 0, size = PIECE_VALUES * sizeof(float);

	while (done < size) {
		ssize_t n = pread(k->fd, to + done, size - done, place_of(k->number) + (off_t)done);

		if (n == 0 || (n < 0 && errno != EINTR))
			return n ? -errno : -EIO;
		done += (size_t)MAX(n, 0);
	}
	return 0;
}

/** Makes that piece the one in memory. Each is written whole. */
static int turn_to(struct kept *k, int64_t number)
{
	int err = 0;

	if (number == k->number)
		return 0;
	if (k->changed)
		err = write_piece(k);
	k->number = number;
	if (!err && number * PIECE < k->blocks)
		err = read_piece(k);
	if (err)
		k->number = -1;
	return err;
}

int kept_add(struct kept *k, const float *pcm, double gain_db)
{
	double power = kweight_power(&k->filter, pcm), gain = db_to_gain(gain_db);
	int err = turn_to(k, k->blocks / PIECE);

	if (err)
		return err;
	memcpy(k->piece + k->blocks % PIECE * PCM_BLOCK_VALUES, pcm, PCM_BLOCK_VALUES * sizeof(float));
	k->changed = true;
	g_array_append_val(k->powers, power);
	g_array_append_val(k->gains, gain);
	k->blocks++;
	return 0;
}

int64_t kept_blocks(const struct kept *k)
{
	return k->blocks;
}

int kept_block(struct kept *k, int64_t n, float *pcm)
{
	int err = turn_to(k, n / PIECE);

	if (!err)
		memcpy(pcm, k->piece + n % PIECE * PCM_BLOCK_VALUES, PCM_BLOCK_VALUES * sizeof(float));
	return err;
}

static double energy(const float *pcm)
{
	double sum = 0;

	for (int i = 0; i < PCM_BLOCK_VALUES; i++)
		sum += (double)pcm[i] * (double)pcm[i];
	return sum;
}

/* What is left of a block's power; `out` is the block after gain and limiter. */
static double share_left(const float *in, const float *out)
{
	double before = energy(in);

	return before > 0 ? energy(out) / before : 0;
}

/* Powers of all blocks with a gain each, or, `stride` 0, one for all, limited. What comes out of the limiter is the block before. */
static int limited(struct kept *k, const double *gains, int stride, double ceiling_db, double *powers)
{
	float in[2][PCM_BLOCK_VALUES];
	struct limiter *limiter;
	double before = 1;
	int err = 0;

	limiter_create(&limiter, ceiling_db);
	for (int64_t n = 0; n <= k->blocks && !err; n++) {
		float out[PCM_BLOCK_VALUES], *now = in[n % 2];
		double gain = n < k->blocks ? gains[n * stride] : 1;
		bool acted;

		if (n < k->blocks)
			err = kept_block(k, n, now);
		else
			memset(now, 0, sizeof(in[0]));
		acted = !err && limiter_run(limiter, now, gain, gain, out);
		if (n > 0)
			powers[n - 1] = g_array_index(k->powers, double, n - 1) * (acted ? share_left(in[(n - 1) % 2], out) : before * before);
		before = gain;
	}
	limiter_unref(&limiter);
	return err;
}

/* Mean power of the windows above a gate. */
static double mean_above(const double *powers, int64_t n, double gate)
{
	double sum = 0, windows = 0;

	for (int64_t at = 0; at + WINDOW <= n; at += HOP) {
		double p = 0;

		for (int i = 0; i < WINDOW; i++)
			p += powers[at + i] / WINDOW;
		if (p <= gate)
			continue;
		sum += p;
		windows++;
	}
	return windows > 0 ? sum / windows : 0;
}

static double integrated(const double *powers, int64_t n)
{
	double gate = lufs_to_power(absolute_lufs), first = mean_above(powers, n, gate);

	return power_to_lufs(mean_above(powers, n, MAX(gate, first * pow(10, relative_lu / 10))));
}

int kept_loudness(struct kept *k, double ceiling_db, double *out)
{
	g_autofree double *powers = g_new0(double, k->blocks + 1);
	int err = limited(k, (const double *)(void *)k->gains->data, 1, ceiling_db, powers);

	*out = integrated(powers, k->blocks);
	return err;
}

/* What the limiter takes away is given again, as long as that helps. */
int kept_gain_db(struct kept *k, double aim_lufs, double ceiling_db, double max_db, double *out)
{
	g_autofree double *powers = g_new0(double, k->blocks + 1);
	double lufs = integrated((const double *)(void *)k->powers->data, k->blocks), gain_db = isfinite(lufs) ? MIN(aim_lufs - lufs, max_db) : 0;
	int err = 0;

	for (int i = 0; i < TRIALS && isfinite(lufs); i++) {
		double gain = db_to_gain(gain_db);

		err = limited(k, &gain, 0, ceiling_db, powers);
		lufs = integrated(powers, k->blocks);
		if (err || !isfinite(lufs) || fabs(aim_lufs - lufs) < near_enough)
			break;
		gain_db = MIN(gain_db + aim_lufs - lufs, max_db);
	}
	*out = gain_db;
	return err;
}

void kept_unref(struct kept **k)
{
	if (!*k)
		return;
	if ((*k)->fd >= 0)
		close((*k)->fd);
	g_free((*k)->piece);
	g_array_unref((*k)->powers);
	g_array_unref((*k)->gains);
	g_clear_pointer(k, g_free);
}

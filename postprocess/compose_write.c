/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writing thread: takes finished segments, makes the sound, and puts both into the container. Run by compose.c: while the call runs on a low thread,
 * afterwards on the caller's.
 *
 *   segmenter ─▶ spool (disk) ─▶ interleave ◀─ sound;  interleave ─▶ sink
 *
 * While the call runs the disk is the capture's first: with little room left both threads wait, and fall behind.
 *
 * The sound of a recording that runs may be known long after its picture (its first three minutes are kept, to be made evenly loud), so segments wait
 * on disk. Where the whole recording is known from the start there is no spool.
 */
#include <errno.h>
#include <inttypes.h>
#include <libavutil/error.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/compose_private.h"

enum { TICK_US = 200000, SOUND_MS = 10000 };

/** What comes is numbered by what it begins with. */
static int store_segment(struct job *j, GPtrArray *packets)
{
	const AVPacket *first = packets->len ? packets->pdata[0] : NULL;
	int err = first ? video_spool_put(j->spool, segment_of(&j->conf->spec, first->pts), packets) : -EBADMSG;

	g_ptr_array_unref(packets);
	return compose_fail(j, err, "A segment of the picture could not be kept on disk: %s.", err_str(err));
}

/** The next finished segment, if there is one in a moment. */
static int take_segment(struct job *j)
{
	GPtrArray *packets = NULL;
	int err = segmenter_take(j->segmenter, clock_mono_us() + (j->low ? COMPOSE_POLL_US : TICK_US), &packets);

	if (err == AVERROR_EOF)
		j->encoded = true;
	if (err == AVERROR_EOF || err == -EAGAIN)
		return 0;
	if (err == -ESTALE)
		return compose_unreadable(j, err);
	if (err)
		return compose_fail(j, err, "The picture could not be composed: %s.", err_str(err));
	if (j->spool)
		return store_segment(j, packets);
	j->packets = packets;
	return 0;
}

/** The packets to be written next, if they are there. */
static int fetch_segment(struct job *j)
{
	int err;

	if (j->packets || !j->spool || !video_spool_has(j->spool, j->segment))
		return 0;
	err = video_spool_get(j->spool, j->segment, &j->packets);
	j->segment = segment_after(&j->conf->spec, j->segment);
	if (err == -EBADMSG)
		return compose_fail(j, -EIO, "A finished segment was damaged on disk; it is made again at the next attempt.");
	return compose_fail(j, err, "A finished segment could not be read again: %s.", err_str(err));
}

/** 0, -EAGAIN when the sound is not known yet, or what failed. */
static int write_packets(struct job *j)
{
	int err = 0;

	while (!err && j->packet < j->packets->len) {
		err = interleave_video(j->interleave, j->packets->pdata[j->packet]);
		j->packet += !err;
	}
	if (err == -EAGAIN)
		return err;
	g_clear_pointer(&j->packets, g_ptr_array_unref);
	j->packet = 0;
	return compose_fail(j, err, "The output could not be written: %s.", err_str(err));
}

/** Writes what is there and can be written. */
static int write_segments(struct job *j)
{
	int err = fetch_segment(j);

	while (!err && j->packets) {
		err = write_packets(j);
		if (!err)
			err = fetch_segment(j);
	}
	return err == -EAGAIN ? 0 : err;
}

/** A stretch of an output without a picture, as far as it is known. */
static int write_known_sound(struct job *j)
{
	int err = interleave_sound(j->interleave, interleave_time(j->interleave) + SOUND_MS);

	atomic_store(&j->composed_ms, sound_time(j->sound));
	return err == -EAGAIN ? 0 : compose_fail(j, err, "The sound could not be made or written: %s.", err_str(err));
}

static int report_following(struct job *j)
{
	int64_t done_ms = atomic_load(&j->composed_ms), sealed_ms = MAX(j->model->sealed_ms, 1);

	return compose_report(j, "following", (int)MIN(done_ms * PERCENT_COMPOSED / sealed_ms, PERCENT_COMPOSED), -1);
}

static int report_composing(struct job *j)
{
	int64_t done_ms = j->sink ? interleave_time(j->interleave) : 0, end_ms = compose_end_ms(j, j->model);
	int64_t spent_ms = (clock_mono_us() - j->began_us) / 1000;
	int64_t eta_ms = done_ms > j->began_ms ? spent_ms * (end_ms - done_ms) / (done_ms - j->began_ms) : -1;

	return compose_report(j, "composing", PERCENT_READ + (int)((PERCENT_COMPOSED - PERCENT_READ) * done_ms / end_ms), eta_ms);
}

/** Takes what came and writes what can be written. */
static int take_and_write(struct job *j)
{
	int err = j->encoded ? 0 : take_segment(j);

	if (!err && !j->sink)
		err = compose_open(j);
	if (!err && j->sink)
		err = write_segments(j);
	if (!err && j->sink && j->low && !compose_has_picture(j))
		err = write_known_sound(j);
	return err;
}

/** Little room: waits in the call, which may not end for it; no more than what is in the way of the threads' end is written then. */
static int check_room(struct job *j)
{
	const struct space_conf *min_free = &j->conf->min_free;

	if (!j->conf->follow)
		return 0;
	if (space_turned_low(&j->space, j->conf->dir, min_free, clock_mono_us()))
		log_warn("recording %s: less than %" PRId64 " MiB or %" PRId64 " inodes are free on its disk; the mix waits", j->conf->dir, min_free->bytes >> 20,
			 min_free->inodes);
	atomic_store(&j->waiting, j->space.low && !j->model->complete);
	return j->space.low && !j->low ? compose_no_room(j) : 0;
}

static int step(struct job *j)
{
	int err = model_advance(j->model);

	if (err < 0)
		return compose_unreadable(j, err);
	if (j->model->complete)
		atomic_store(&j->stopped, true);
	err = check_room(j);
	if (!err && atomic_load(&j->waiting))
		g_usleep(COMPOSE_POLL_US);
	else if (!err)
		err = take_and_write(j);
	if (err)
		return err;
	return j->model->complete ? report_composing(j) : report_following(j);
}

/** Low threads end together: as long as there is a composing one it may wait for room. */
static bool over(const struct job *j)
{
	if (j->low)
		return atomic_load(&j->stopped) && atomic_load(&j->idle);
	return j->encoded && !j->packets;
}

/** Of an output without a picture: all of it, bit by bit. */
static int write_sound(struct job *j)
{
	int err = 0;

	for (int64_t t_ms = interleave_time(j->interleave); !err && !compose_has_picture(j) && t_ms < compose_end_ms(j, j->model); t_ms += SOUND_MS) {
		err = interleave_sound(j->interleave, t_ms);
		if (!err)
			err = report_composing(j);
	}
	return err;
}

int compose_write(struct job *j)
{
	int err = 0;

	j->began_us = clock_mono_us();
	j->began_ms = j->sink ? interleave_time(j->interleave) : 0;
	while (!err && !over(j))
		err = step(j);
	if (err || j->low)
		return err;
	if (j->spool && compose_has_picture(j) && j->segment <= segment_of(&j->conf->spec, j->next - 1))
		return compose_fail(j, -EIO, "A finished segment is not on disk any more; it is made again at the next attempt.");
	err = write_sound(j);
	if (!err)
		err = interleave_end(j->interleave, compose_end_ms(j, j->model));
	return compose_fail(j, err, "The sound could not be made or written: %s.", err_str(err));
}

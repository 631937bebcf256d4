/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a recording's directory to its file. Called by `recroom-pp compose` and in the child process of a job.
 *
 *   composing thread:  scene ─▶ frames where something changed ─▶ segmenter          (and pictures for what stands beside the media)
 *   encoder threads:   segmenter: one closed segment each
 *   writing thread:    segmenter ─▶ interleave ◀─ sound;  interleave ─▶ sink ─▶ files beside it, metadata ─▶ final names, the media's last
 *
 * Following a call that runs, all of them are low, and each reader of the recording has a model of its own; at its stop, others that are not low
 * take over: a thread that has made itself low cannot rise again. The writing thread is then the caller's.
 *
 * Nothing that decides about a byte looks at a clock, a core count or who was faster.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "config.h"
#include "common/fsio.h"
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/compose_private.h"
#include "postprocess/encode_video.h"
#include "postprocess/model_select.h"
#include "postprocess/overlays.h"

/* Frames that wait for encoders: enough for the next segment to be begun while an encoder is behind with one, but few of the large ones. */
enum { FRAMES_MIN = 8, FRAMES_MAX = 48, FRAMES_BYTES = 16 << 20 };

const char *compose_output(const struct job *j)
{
	return j->conf->output ? j->conf->output : "output";
}

int64_t compose_end_ms(const struct job *j, const struct model *m)
{
	return m->duration_ms ? m->duration_ms : grid_ms(1, j->conf->spec.fps);
}

int compose_fail(struct job *j, int err, const char *fmt, ...)
{
	va_list ap;

	if (!err || *j->result->why)
		return err;
	va_start(ap, fmt);
	vsnprintf(j->result->why, sizeof(j->result->why), fmt, ap);
	va_end(ap);
	return err;
}

static int64_t lag_ms(const struct job *j)
{
	return j->model && !j->model->complete ? MAX(0, j->model->sealed_ms - atomic_load(&j->composed_ms)) : -1;
}

int compose_report(struct job *j, const char *stage, int percent, int64_t eta_ms)
{
	struct compose_progress now = { stage, percent, eta_ms, lag_ms(j) };

	if (!j->conf->progress || !j->conf->progress(&now, j->conf->arg))
		return 0;
	atomic_store(&j->cancelled, true);
	return compose_fail(j, -ECANCELED, "Cancelled.");
}

int compose_claim(struct job *j)
{
	if (!j->conf->claim || !j->conf->claim(j->conf->arg))
		return 0;
	return compose_fail(j, -ECANCELED, "Cancelled.");
}

int compose_no_room(struct job *j)
{
	return compose_fail(j, -ENOSPC, "There is too little room on the disk for a mix: less than %" PRId64 " MiB or %" PRId64 " inodes are free.",
			    j->conf->min_free.bytes >> 20, j->conf->min_free.inodes);
}

/* ---- the threads ---- */

struct writing { struct job *job; int err; };

static void *writing_main(void *arg)
{
	struct writing *w = arg;

	thread_lower();
	w->err = compose_write(w->job);
	return NULL;
}

/** On a low thread of its own, or on this one. */
static int write_it(struct job *j)
{
	struct writing w = { .job = j };
	pthread_t thread;

	if (!j->low)
		return compose_write(j);
	w.err = thread_start(&thread, "writing", writing_main, &w);
	if (w.err)
		return compose_fail(j, w.err, "No thread could be started: %s.", err_str(w.err));
	pthread_join(thread, NULL);
	return w.err;
}

static int run_threads(struct job *j)
{
	pthread_t thread;
	int err;

	atomic_store(&j->idle, false);
	err = thread_start(&thread, "composing", compose_picture, j);
	if (err)
		return compose_fail(j, err, "No thread could be started: %s.", err_str(err));
	err = write_it(j);
	if (err) {
		atomic_store(&j->cancelled, true);
		segmenter_end(j->segmenter, err);
	}
	pthread_join(thread, NULL);
	return err;
}

static int run(struct job *j)
{
	int err = 0;

	if (j->low) {
		err = run_threads(j);
		j->low = false;
		if (!err)
			err = segmenter_hurry(j->segmenter);
		compose_fail(j, err, "No thread could be started: %s.", err_str(err));
	}
	return err ? err : run_threads(j);
}

/* ---- before ---- */

#define NO_PLAIN_TIMELINE "timeline.jsonl is not a plain file; put it back, or let `recroom-pp repair` make a new one of the chunks."

int compose_unreadable(struct job *j, int err)
{
	static const struct { int err; const char *why; } rows[] = {
		{ -ENOENT, "There is no such directory." }, { -ENODATA, "The directory holds no recording: neither timeline nor chunks." },
		{ -EPROTO, "The recording was written by a newer version of recroom-pp; compose it with that one." },
		{ -ESTALE, "The timeline was replaced meanwhile, as `recroom-pp repair` does it; compose the recording again." },
		{ -ERANGE, "The recording has nothing between the times that were asked for." },
		{ -ESPIPE, NO_PLAIN_TIMELINE }, { -EISDIR, NO_PLAIN_TIMELINE }, { -ELOOP, NO_PLAIN_TIMELINE }, { -ENXIO, NO_PLAIN_TIMELINE },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].err == err)
			return compose_fail(j, err, "%s", rows[i].why);
	return compose_fail(j, err, "The recording could not be read: %s. recroom-pp verify says more.", err_str(err));
}

/** Nothing is begun before the timeline is there, since segments belong to one timeline; what is no use live is made when the recording is over. */
static int wait_for_it(struct job *j)
{
	bool live = output_spec_live(&j->conf->spec);
	int err = 0;

	while (err >= 0 && !j->model->complete && !(live && j->model->started)) {
		g_usleep(COMPOSE_POLL_US);
		err = compose_report(j, "following", 0, -1);
		if (!err)
			err = model_advance(j->model);
	}
	return MIN(err, 0);
}

/** A recording that runs: a model for each reader, and nothing read yet. Else there are no models afterwards. */
static int open_growing(struct job *j)
{
	int err = model_open(&j->model, j->conf->dir), got = err ? err : model_advance(j->model);

	if (got < 0)
		err = got;
	if (!err)
		err = wait_for_it(j);
	j->low = !err && !j->model->complete;
	model_unref(&j->model);
	if (j->low)
		err = model_open(&j->model, j->conf->dir);
	if (j->low && !err)
		err = model_open(&j->picture_model, j->conf->dir);
	return err;
}

static int read_recording(struct job *j)
{
	int err = j->conf->follow ? open_growing(j) : 0;

	if (!err && !j->model) {
		err = model_load(&j->model, j->conf->dir);
		j->picture_model = j->model;
	}
	if (!err)
		err = model_select(j->model, &j->conf->spec);
	if (!err && j->picture_model != j->model)
		err = model_select(j->picture_model, &j->conf->spec);
	if (err)
		return compose_unreadable(j, err);
	if (j->model->bad_lines || j->model->missing_chunks)
		log_warn("recording %s: %u unreadable timeline lines, %u missing chunks", j->model->id, j->model->bad_lines, j->model->missing_chunks);
	return 0;
}

static int check(struct job *j)
{
	g_autofree char *path = NULL;
	int err = output_spec_check(&j->conf->spec, j->result->why, sizeof(j->result->why));

	if (!err)
		err = overlays_check(&j->conf->spec, j->result->why, sizeof(j->result->why));
	if (err)
		return err;
	j->format = output_format_find(j->conf->spec.format);
	if (j->format->several)
		return 0;
	j->type = sink_find(j->conf->spec.format);
	j->name = g_strconcat(compose_output(j), ".", j->format->extension, NULL);
	path = g_build_filename(j->conf->dir, j->name, NULL);
	if (j->format->file && !j->conf->overwrite && !access(path, F_OK))
		return compose_fail(j, -EEXIST, "%s is there already.", path);
	return 0;
}

/** Which file the recording's timeline is: lines are only added to it, repair makes another, which may get the number of one that went. */
static char *timeline_identity(const char *dir)
{
	g_autofree char *path = g_build_filename(dir, "timeline.jsonl", NULL);
	struct statx st = { 0 };

	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &st))
		return g_strdup("none");
	return g_strdup_printf("%llu-%lld.%09u", (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
}

/** Everything that decides what a segment looks like. */
static char *spool_key(const char *dir, const struct output_spec *spec)
{
	g_autofree char *timeline = timeline_identity(dir);
	json_t *o = output_spec_json(spec);
	char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS), *key;

	key = g_strdup_printf("%s %u %s %s %s", PACKAGE_VERSION, avcodec_version(), timeline, spec->image, text);
	free(text);
	json_decref(o);
	return key;
}

static int open_spool(struct job *j)
{
	g_autofree char *name = g_strdelimit(g_strdup(compose_output(j)), "/", '-'), *key = spool_key(j->conf->dir, &j->conf->spec);
	g_autofree char *dir = g_build_filename(j->conf->dir, ".compose", name, NULL);
	int err = video_spool_open(&j->spool, dir, key);

	if (err == -EBUSY)
		return compose_fail(j, err, "Another process is composing this output.");
	if (err)
		return compose_fail(j, err, "Segments cannot be kept in %s: %s.", dir, err_str(err));
	while (video_spool_has(j->spool, j->spooled))
		j->spooled = segment_after(&j->conf->spec, j->spooled);
	return 0;
}

static size_t frames_max(const struct output_spec *spec)
{
	return (size_t)CLAMP(FRAMES_BYTES / (spec->width * spec->height * 3 / 2), FRAMES_MIN, FRAMES_MAX);
}

static int set_up(struct job *j)
{
	const struct output_spec *spec = &j->conf->spec;
	int threads = j->conf->threads > 0 ? j->conf->threads : (int)g_get_num_processors();
	int err = j->conf->follow ? open_spool(j) : 0;

	if (err)
		return err;
	err = scene_create(&j->scene, j->picture_model, spec);
	if (err)
		return compose_fail(j, err, "The picture could not be set up: %s.", err_str(err));
	err = beside_create(&j->beside, spec);
	if (err)
		return compose_fail(j, err, "The storyboard could not be set up: %s.", err_str(err));
	err = segmenter_create(&j->segmenter, output_spec_codec(spec), spec, threads, frames_max(spec), j->low);
	return compose_fail(j, err, "The encoders could not be set up: %s.", err_str(err));
}

static int open_sink(struct job *j)
{
	AVCodecParameters *video = avcodec_parameters_alloc();
	struct sink_conf conf = { j->conf->dir, j->name, compose_has_picture(j) ? video : NULL, sound_codecpar(j->sound), j->conf->spec.fps, j->model->title };
	int err = video ? 0 : -ENOMEM;

	if (!err && compose_has_picture(j))
		err = video_encoder_parameters(video, output_spec_codec(&j->conf->spec), &j->conf->spec);

	if (!err)
		err = sink_open(&j->sink, j->type, &conf);
	avcodec_parameters_free(&video);
	return compose_fail(j, err, "The output could not be opened: %s.", err_str(err));
}

int compose_open(struct job *j)
{
	int err;

	if (!j->model->started && !j->model->complete)      /* the title is in the first line */
		return 0;
	err = sound_create(&j->sound, j->model, &j->conf->spec);
	if (err)
		return compose_fail(j, err, "The sound could not be set up: %s.", err_str(err));
	err = open_sink(j);
	if (!err)
		j->interleave = interleave_create(j->sink, j->sound, j->conf->spec.fps);
	return err;
}

/* ---- the whole ---- */

static int compose_all(struct job *j)
{
	int err = check(j);

	if (!err)
		err = compose_report(j, "reading", 0, -1);
	if (!err)
		err = read_recording(j);
	if (!err && j->conf->follow && !j->low && space_check(j->conf->dir, &j->conf->min_free) == -ENOSPC)
		err = compose_no_room(j);
	if (!err && j->format->several)
		return compose_each(j);
	if (!err)
		err = set_up(j);
	if (!err)
		err = run(j);
	if (!err)
		err = compose_files(j);
	if (err)
		return err;
	if (j->spool)
		video_spool_remove(j->spool);
	compose_report(j, "thumbnail", 100, 0);
	return 0;
}

static void tear_down(struct job *j)
{
	segmenter_unref(&j->segmenter);
	interleave_unref(&j->interleave);
	sink_unref(&j->sink);
	sound_unref(&j->sound);
	scene_unref(&j->scene);
	av_frame_free(&j->shown);
	beside_unref(&j->beside);
	video_spool_unref(&j->spool);
	if (j->packets)
		g_ptr_array_unref(j->packets);
	if (j->picture_model != j->model)
		model_unref(&j->picture_model);
	model_unref(&j->model);
	g_free(j->name);
}

int compose(const struct compose_conf *conf, struct compose_result *r)
{
	struct job j = { .conf = conf, .result = r };
	int64_t began_us = clock_mono_us();
	int err;

	memset(r, 0, sizeof(*r));
	err = compose_all(&j);
	tear_down(&j);
	if (err)
		r->nfiles = 0;
	r->wall_ms = (clock_mono_us() - began_us) / 1000;
	return err;
}

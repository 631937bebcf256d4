/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a recording's directory to its file. Called by `recroom-pp compose` and in the child process of a job.
 *
 *   composing thread:  scene ─▶ frames where something changed ─▶ segmenter          (and pictures for what stands beside the media)
 *   encoder threads:   segmenter: one closed segment each
 *   calling thread:    segmenter ─▶ interleave ◀─ sound;  interleave ─▶ sink ─▶ beside, metadata ─▶ final names, the media's last
 *
 * Nothing that decides about a byte looks at a clock, a core count or who was faster.
 */
#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sha256.h"
#include "common/sync.h"
#include "postprocess/beside.h"
#include "postprocess/compose.h"
#include "postprocess/encode_video.h"
#include "postprocess/interleave.h"
#include "postprocess/metadata.h"
#include "postprocess/model.h"
#include "postprocess/model_select.h"
#include "postprocess/overlays.h"
#include "postprocess/scene.h"
#include "postprocess/segment.h"

enum { FRAMES_MAX = 48, TICK_US = 200000, PERCENT_READ = 2, PERCENT_COMPOSED = 95, FILE_MODE = 0640 };
static const char FIRST_OUTPUT[] = "output";

struct job {
	const struct compose_conf *conf;
	struct compose_result *result;
	const struct sink_type *type;
	const struct output_format *format;
	char *name;                /* of the media file */
	struct model *model;
	struct scene *scene;       /* the composing thread's while it runs, like the next */
	struct beside *beside;
	struct segmenter *segmenter;
	struct sound *sound;
	struct sink *sink;
	struct interleave *interleave;
	int64_t end_ms;            /* of the file */
	int64_t frames;            /* on the grid */
	int64_t began_us;
	_Atomic bool cancelled;
};

static const char *output_of(const struct job *j)
{
	return j->conf->output ? j->conf->output : FIRST_OUTPUT;
}

/** Keeps the first failure's sentence and number. */
static int __attribute__((format(printf, 3, 4))) fail(struct job *j, int err, const char *fmt, ...)
{
	va_list ap;

	if (!err || *j->result->why)
		return err;
	va_start(ap, fmt);
	vsnprintf(j->result->why, sizeof(j->result->why), fmt, ap);
	va_end(ap);
	return err;
}

static int report(struct job *j, const char *stage, int percent, int64_t eta_ms)
{
	struct compose_progress now = { stage, percent, eta_ms, -1 };

	if (!j->conf->progress || !j->conf->progress(&now, j->conf->arg))
		return 0;
	atomic_store(&j->cancelled, true);
	return fail(j, -ECANCELED, "Cancelled.");
}

/* ---- composing thread ---- */

static bool begins_segment(const struct job *j, int64_t n)
{
	const struct output_spec *spec = &j->conf->spec;

	return n == 0 || grid_ms(n, spec->fps) / spec->segment_ms != grid_ms(n - 1, spec->fps) / spec->segment_ms;
}

static int emit(struct job *j, int64_t n)
{
	AVFrame *f = canvas_copy(scene_canvas(j->scene));

	if (!f)
		return -ENOMEM;
	f->pts = n;
	return segmenter_put(j->segmenter, grid_ms(n, j->conf->spec.fps) / j->conf->spec.segment_ms, f);
}

/** One place of the grid; *last: the frame put last. Frames in which nothing changed are left out, but one a second. */
static int compose_frame(struct job *j, int64_t n, int64_t *last)
{
	int fps = j->conf->spec.fps, err;
	bool changed = false;

	err = scene_at(j->scene, grid_ms(n, fps), &changed);
	if (!err)
		err = beside_frame(j->beside, scene_canvas(j->scene), grid_ms(n, fps), scene_live(j->scene));
	if (err || !(changed || n - *last >= fps || begins_segment(j, n)))
		return err;
	*last = n;
	return emit(j, n);
}

static void *composing_main(void *arg)
{
	struct job *j = arg;
	int64_t last = 0;
	int err = 0;

	for (int64_t n = 0; !err && n < j->frames && !atomic_load(&j->cancelled); n++)
		err = compose_frame(j, n, &last);
	segmenter_end(j->segmenter, err);
	return NULL;
}

/* ---- calling thread ---- */

static int report_composing(struct job *j)
{
	int64_t done_ms = interleave_time(j->interleave), spent_ms = (clock_mono_us() - j->began_us) / 1000;
	int64_t eta_ms = done_ms > 0 ? spent_ms * (j->end_ms - done_ms) / done_ms : -1;

	return report(j, "composing", PERCENT_READ + (int)((PERCENT_COMPOSED - PERCENT_READ) * done_ms / j->end_ms), eta_ms);
}

static int write_segment(struct job *j, GPtrArray *packets)
{
	int err = 0;

	for (guint i = 0; !err && i < packets->len; i++)
		err = interleave_video(j->interleave, packets->pdata[i]);
	g_ptr_array_unref(packets);
	return fail(j, err, "The output could not be written: %s.", err_str(err));
}

static int write_segments(struct job *j)
{
	GPtrArray *packets = NULL;
	int err = 0;

	while (!err) {
		err = segmenter_take(j->segmenter, clock_mono_us() + TICK_US, &packets);
		if (!err)
			err = write_segment(j, packets);
		else if (err == -EAGAIN)
			err = 0;
		else if (err != AVERROR_EOF)
			fail(j, err, "The picture could not be composed: %s.", err_str(err));
		if (!err)
			err = report_composing(j);
	}
	if (err != AVERROR_EOF)
		return err;
	err = interleave_end(j->interleave, j->end_ms);
	return fail(j, err, "The sound could not be made or written: %s.", err_str(err));
}

static int compose_all(struct job *j)
{
	pthread_t thread;
	int err = thread_start(&thread, "composing", composing_main, j);

	if (err)
		return fail(j, err, "No thread could be started: %s.", err_str(err));
	j->began_us = clock_mono_us();
	err = write_segments(j);
	if (err)
		segmenter_end(j->segmenter, err);
	pthread_join(thread, NULL);
	return err;
}

/* ---- before ---- */

static int read_recording(struct job *j)
{
	int err = model_load(&j->model, j->conf->dir);

	if (!err)
		err = model_select(j->model, &j->conf->spec);
	if (err == -ERANGE)
		return fail(j, err, "The recording has nothing between the times that were asked for.");
	if (err == -ENOENT)
		return fail(j, err, "There is no directory %s.", j->conf->dir);
	if (err == -ENODATA)
		return fail(j, err, "%s holds no recording: neither timeline nor chunks.", j->conf->dir);
	if (err == -EPROTO)
		return fail(j, err, "The recording was written by a newer version of the program.");
	if (err)
		return fail(j, err, "The recording could not be read: %s.", err_str(err));
	if (j->model->bad_lines || j->model->missing_chunks)
		log_warn("recording %s: %u unreadable timeline lines, %u missing chunks", j->model->id, j->model->bad_lines, j->model->missing_chunks);
	j->frames = MAX(1, (j->model->duration_ms * j->conf->spec.fps + 999) / 1000);
	j->end_ms = j->model->duration_ms ? j->model->duration_ms : grid_ms(1, j->conf->spec.fps);
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
	j->type = sink_find(j->conf->spec.format);
	if (!j->type)
		return fail(j, -ENOSYS, "The format %s cannot be made yet.", j->conf->spec.format);
	j->format = output_format_find(j->conf->spec.format);
	j->name = g_strconcat(output_of(j), ".", j->format->extension, NULL);
	path = g_build_filename(j->conf->dir, j->name, NULL);
	if (j->format->file && !j->conf->overwrite && !access(path, F_OK))
		return fail(j, -EEXIST, "%s is there already.", path);
	return 0;
}

static int open_sink(struct job *j)
{
	AVCodecParameters *video = avcodec_parameters_alloc();
	struct sink_conf conf = { j->conf->dir, j->name, video, sound_codecpar(j->sound), j->conf->spec.fps, j->model->title };
	int err = video ? video_encoder_parameters(video, output_spec_codec(&j->conf->spec), &j->conf->spec) : -ENOMEM;

	if (!err)
		err = sink_open(&j->sink, j->type, &conf);
	avcodec_parameters_free(&video);
	return fail(j, err, "The output could not be opened: %s.", err_str(err));
}

static int set_up(struct job *j)
{
	const struct output_spec *spec = &j->conf->spec;
	int threads = j->conf->threads > 0 ? j->conf->threads : (int)g_get_num_processors();
	int err = scene_create(&j->scene, j->model, spec);

	if (err)
		return fail(j, err, "The picture could not be set up: %s.", err_str(err));
	err = beside_create(&j->beside, spec);
	if (err)
		return fail(j, err, "The storyboard could not be set up: %s.", err_str(err));
	err = sound_create(&j->sound, j->model, spec);
	if (err)
		return fail(j, err, "The sound could not be set up: %s.", err_str(err));
	err = segmenter_create(&j->segmenter, output_spec_codec(&j->conf->spec), spec, threads, FRAMES_MAX);
	if (err)
		return fail(j, err, "The encoders could not be set up: %s.", err_str(err));
	err = open_sink(j);
	if (!err)
		j->interleave = interleave_create(j->sink, j->sound, spec->fps);
	return err;
}

/* ---- after ---- */

static struct compose_file *add_file(struct job *j, const char *kind, const char *name, const char *mime, int64_t size)
{
	struct compose_file *f = &j->result->files[j->result->nfiles++];

	g_strlcpy(f->kind, kind, sizeof(f->kind));
	g_strlcpy(f->name, name, sizeof(f->name));
	g_strlcpy(f->mime, mime, sizeof(f->mime));
	f->size = size;
	return f;
}

static void note_beside(struct job *j, const char *kind, const char *name, const char *mime, const void *data, size_t len)
{
	struct compose_file *f = add_file(j, kind, name, mime, (int64_t)len);

	sha256_hex(f->sha256, data, len);
}

static int write_beside(const char *kind, const char *name, const char *mime, const void *data, size_t len, void *arg)
{
	struct job *j = arg;
	g_autofree char *path = g_build_filename(j->conf->dir, name, NULL), *dir = g_path_get_dirname(path), *base = g_path_get_basename(path);
	int err = fs_write_atomic(dir, base, data, len, FILE_MODE, 1);

	note_beside(j, kind, name, mime, data, len);
	return fail(j, err, "%s could not be written: %s.", name, err_str(err));
}

static int write_pictures_and_texts(struct job *j)
{
	struct beside_conf conf = { output_of(j), j->model, j->end_ms, write_beside, j };
	int err = beside_write(j->beside, &conf);

	return fail(j, err, "The files beside the output could not be made: %s.", err_str(err));
}

/** The first output's is metadata.json itself; a later one has a file of its own, and stands in metadata.json when it is in its place. */
static int write_metadata(struct job *j, const struct metadata_conf *conf)
{
	g_autofree char *name = beside_name(conf->output, "metadata");
	bool first = metadata_output_id(conf->output) == 1;
	char *text = first ? NULL : metadata_text(conf);
	int err = first ? metadata_write(conf, &text) : 0;

	if (!err && first)
		note_beside(j, "metadata", name, "application/json", text, strlen(text));
	else if (!err)
		err = write_beside("metadata", name, "application/json", text, strlen(text), j);
	free(text);
	return fail(j, err, "metadata.json could not be written: %s.", err_str(err));
}

static int publish(struct job *j, const struct metadata_conf *conf)
{
	char *text = NULL;
	int err = sink_publish(j->sink);

	if (err)
		return fail(j, err, "%s could not be put in its place: %s.", j->name, err_str(err));
	if (metadata_output_id(conf->output) > 1)
		err = metadata_write(conf, &text);
	free(text);
	return fail(j, err, "metadata.json could not be written: %s.", err_str(err));
}

/** Everything beside the media first: where output.webm is, the rest is too. */
static int write_files(struct job *j, const struct sink_result *media, const struct sound_result *sound)
{
	struct compose_file *f = add_file(j, "media", j->name, j->format->mime, media->size);
	struct metadata_conf conf = { .dir = j->conf->dir, .output = output_of(j), .model = j->model, .spec = &j->conf->spec, .scene = j->scene, .sound = sound,
				      .file = j->name, .mime = j->format->mime, .files = &j->result->files[1], .media = media, .duration_ms = j->end_ms };
	int err = report(j, "thumbnail", 98, 0);

	g_strlcpy(f->sha256, media->digest, sizeof(f->sha256));
	if (!err)
		err = write_pictures_and_texts(j);
	conf.nfiles = j->result->nfiles - 1;
	if (!err)
		err = write_metadata(j, &conf);
	return err ? err : publish(j, &conf);
}

static int finish(struct job *j)
{
	struct sink_result media;
	struct sound_result sound;
	int err = report(j, "finishing", PERCENT_COMPOSED, -1);

	if (err)
		return err;
	sound_result(j->sound, &sound);
	err = sink_finish(j->sink, sound.output_gain_q8, &media);
	if (err)
		return fail(j, err, "The output could not be finished: %s.", err_str(err));
	j->result->size = media.size;
	j->result->duration_ms = j->end_ms;
	if (j->format->file)
		return write_files(j, &media, &sound);
	g_strlcpy(add_file(j, "media", "", "", 0)->sha256, media.digest, sizeof(j->result->files[0].sha256));
	return 0;
}

static void tear_down(struct job *j)
{
	segmenter_unref(&j->segmenter);
	interleave_unref(&j->interleave);
	sink_unref(&j->sink);
	sound_unref(&j->sound);
	scene_unref(&j->scene);
	beside_unref(&j->beside);
	model_unref(&j->model);
	g_free(j->name);
}

int compose(const struct compose_conf *conf, struct compose_result *r)
{
	struct job j = { .conf = conf, .result = r };
	int64_t began_us = clock_mono_us();
	int err;

	memset(r, 0, sizeof(*r));
	err = check(&j);
	if (!err)
		err = report(&j, "reading", 0, -1);
	if (!err)
		err = read_recording(&j);
	if (!err)
		err = set_up(&j);
	if (!err)
		err = compose_all(&j);
	if (!err)
		err = finish(&j);
	if (!err)
		report(&j, "thumbnail", 100, 0);
	tear_down(&j);
	if (err)
		r->nfiles = 0;
	r->wall_ms = (clock_mono_us() - began_us) / 1000;
	return err;
}

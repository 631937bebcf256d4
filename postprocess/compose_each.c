/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outputs of several files, one for each participant: `participants` as sent, `stems` each one's sound, levelled as in the mix. Called by compose.c when
 * the recording is over; the caller's thread.
 *
 *   participant ─▶ participant_file, or sound ─▶ sink ─▶ finished, still without its name ─▶ … all of them ─▶ metadata ─▶ names
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/log.h"
#include "postprocess/compose_private.h"
#include "postprocess/metadata.h"
#include "postprocess/model_select.h"
#include "postprocess/participant_file.h"

enum { STEP_MS = 10000, PERCENT_MADE = 95 };

struct part {
	char name[96];
	const char *mime;
	struct outfile *file;      /* of a participant */
	struct sink *sink;         /* of a stem */
	struct sink_result result;
};

struct each {
	struct job *job;
	GPtrArray *parts;          /* struct part, of those who sent something */
	size_t number;             /* of the participant at work */
};

static void part_free(void *arg)
{
	struct part *p = arg;

	outfile_unref(&p->file);
	sink_unref(&p->sink);
	g_free(p);
}

static int report(int64_t t_ms, void *arg)
{
	const struct each *e = arg;
	const struct model *m = e->job->model;
	int64_t all = (int64_t)m->nparticipants * MAX(m->duration_ms, 1), done = (int64_t)e->number * m->duration_ms + t_ms;

	return compose_report(e->job, "composing", (int)(PERCENT_MADE * MIN(done, all) / all), -1);
}

/** Whether it may be made. */
static int name_part(const struct each *e, const struct model_participant *p, const char *extension, struct part *part)
{
	g_autofree char *path = NULL;

	g_snprintf(part->name, sizeof(part->name), "%s-%s.%s", compose_output(e->job), p->id, extension);
	path = g_build_filename(e->job->conf->dir, part->name, NULL);
	if (e->job->conf->overwrite || access(path, F_OK))
		return 0;
	return compose_fail(e->job, -EEXIST, "%s is there already.", path);
}

/* ---- as sent ---- */

static int make_participant(struct each *e, const struct model_participant *p, struct part *part)
{
	const char *extension = participant_extension(p);
	int err = name_part(e, p, extension, part);

	part->mime = strcmp(extension, "webm") ? "video/x-matroska" : "video/webm";
	if (!err)
		err = participant_file(&part->file, e->job->model, p, part->name, report, e);
	return err ? err : outfile_finish(part->file, &part->result);
}

/* ---- stems ---- */

static bool has_sound(const struct model_participant *p)
{
	for (size_t i = 0; i < p->nsources; i++)
		if (p->sources[i]->audio && p->sources[i]->nsegments)
			return true;
	return false;
}

static int write_stem(struct each *e, const struct model *m, struct sound *sound, struct part *part)
{
	struct interleave *in = interleave_create(part->sink, sound, e->job->conf->spec.fps);
	struct sound_result r;
	int err = 0;

	for (int64_t t_ms = STEP_MS; !err && t_ms < m->duration_ms; t_ms += STEP_MS) {
		err = interleave_sound(in, t_ms);
		if (!err)
			err = report(t_ms, e);
	}
	if (!err)
		err = interleave_end(in, m->duration_ms);
	interleave_unref(&in);
	if (err)
		return err;
	sound_result(sound, &r);
	return sink_finish(part->sink, r.output_gain_q8, &part->result);
}

/** The recording as if there were nobody else, so that nobody else is heard, and of the same length. */
static int make_stem(struct each *e, const struct model_participant *p, struct part *part)
{
	struct output_spec spec = e->job->conf->spec;
	struct sink_conf conf = { .dir = e->job->conf->dir, .name = part->name, .fps = spec.fps, .title = e->job->model->title };
	struct sound *sound = NULL;
	struct model *m = NULL;
	int err = has_sound(p) ? name_part(e, p, e->job->format->extension, part) : -ENODATA;

	if (!err)
		err = model_load(&m, e->job->conf->dir);

	g_strlcpy(spec.only, p->id, sizeof(spec.only));
	spec.without[0] = '\0';
	if (!err)
		err = model_select(m, &spec);
	if (!err)
		err = sound_create(&sound, m, &spec);
	if (!err) {
		part->mime = e->job->format->mime;
		conf.audio = sound_codecpar(sound);
		err = sink_open(&part->sink, sink_find("opus"), &conf);
	}
	if (!err)
		err = write_stem(e, m, sound, part);
	sound_unref(&sound);
	model_unref(&m);
	return err;
}

/* ---- the whole ---- */

static int make_parts(struct each *e, int (*make)(struct each *e, const struct model_participant *p, struct part *part))
{
	int err = 0;

	for (; !err && e->number < e->job->model->nparticipants; e->number++) {
		const struct model_participant *p = e->job->model->participants[e->number];
		struct part *part = g_new0(struct part, 1);

		g_ptr_array_add(e->parts, part);
		err = make(e, p, part);
		if (err == -ENODATA) {         /* who sent nothing has no file */
			g_ptr_array_remove_index(e->parts, e->parts->len - 1);
			err = 0;
		}
		compose_fail(e->job, err, "The file of %s could not be made: %s.", p->id, err_str(err));
	}
	return err;
}

static int list_parts(struct each *e)
{
	struct compose_result *r = e->job->result;

	if (!e->parts->len)
		return compose_fail(e->job, -ENODATA, "Nobody sent anything that such a file could hold.");
	for (guint i = 0; i < MIN(e->parts->len, COMPOSE_FILES_MAX - 1u); i++) {
		const struct part *p = e->parts->pdata[i];
		struct compose_file *f = compose_add_file(e->job, i ? "participant" : "media", p->name, p->mime, p->result.size);

		g_strlcpy(f->sha256, p->result.digest, sizeof(f->sha256));
		r->size += p->result.size;
	}
	return 0;
}

static int publish_parts(struct each *e)
{
	int err = 0;

	for (guint i = 0; !err && i < e->parts->len; i++) {
		struct part *p = e->parts->pdata[i];

		err = p->file ? outfile_publish(p->file) : sink_publish(p->sink);
		compose_fail(e->job, err, "%s could not be put in its place: %s.", p->name, err_str(err));
	}
	return err;
}

static int finish(struct each *e)
{
	struct job *j = e->job;
	struct sound_result silent = { .silent = true };
	struct metadata_conf conf = { .dir = j->conf->dir, .output = compose_output(j), .model = j->model, .spec = &j->conf->spec, .sound = &silent };
	int err = list_parts(e);

	if (err)
		return err;
	conf.file = j->result->files[0].name;
	conf.mime = j->result->files[0].mime;
	conf.files = &j->result->files[1];
	conf.nfiles = j->result->nfiles - 1;
	conf.media = &((const struct part *)e->parts->pdata[0])->result;
	conf.duration_ms = j->result->duration_ms = compose_end_ms(j, j->model);
	err = compose_metadata(j, &conf);
	if (!err)
		err = publish_parts(e);
	return err ? err : compose_list(j, &conf);
}

int compose_each(struct job *j)
{
	struct each e = { .job = j, .parts = g_ptr_array_new_with_free_func(part_free) };
	int err = make_parts(&e, strcmp(j->format->name, "stems") ? make_participant : make_stem);

	if (!err)
		err = finish(&e);
	g_ptr_array_unref(e.parts);
	return err;
}

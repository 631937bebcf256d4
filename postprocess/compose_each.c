/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outputs of several files, one for each participant: `participants` as sent, `stems` each source's sound. Called by compose.c when
 * the recording is over; the caller's thread.
 *
 *   participant ─▶ participant_file, or stem ─▶ sink ─▶ finished, still without its name ─▶ … all of them ─▶ metadata ─▶ names
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/log.h"
#include "postprocess/compose_private.h"
#include "postprocess/metadata.h"
#include "postprocess/participant_file.h"
#include "postprocess/pcm.h"
#include "postprocess/stem.h"

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

static struct part *add_part(struct each *e, const char *mime)
{
	struct part *part = g_new0(struct part, 1);

	part->mime = mime;
	g_ptr_array_add(e->parts, part);
	return part;
}

/** Whether it may be made. */
static int name_part(const struct each *e, const struct model_participant *p, const char *ending, struct part *part)
{
	g_autofree char *path = NULL;

	g_snprintf(part->name, sizeof(part->name), "%s-%s%s", compose_output(e->job), p->id, ending);
	path = g_build_filename(e->job->conf->dir, part->name, NULL);
	if (e->job->conf->overwrite || access(path, F_OK))
		return 0;
	return compose_fail(e->job, -EEXIST, "%s is there already.", path);
}

/* ---- as sent ---- */

static int make_participant(struct each *e, const struct model_participant *p)
{
	g_autofree char *ending = g_strconcat(".", participant_extension(p), NULL);
	struct part *part = add_part(e, strcmp(ending, ".webm") ? "video/x-matroska" : "video/webm");
	int err = name_part(e, p, ending, part);

	if (!err)
		err = participant_file(&part->file, e->job->model, p, part->name, report, e);
	if (!err)
		err = outfile_finish(part->file, &part->result);
	if (err != -ENODATA)
		return err;
	g_ptr_array_remove_index(e->parts, e->parts->len - 1);         /* who sent nothing has no file */
	return 0;
}

/* ---- stems ---- */

static int write_stem(struct each *e, struct stem *stem, struct part *part)
{
	AVPacket *pkt = av_packet_alloc();
	int64_t reported = 0;
	int err = pkt ? stem_next(stem, pkt) : -ENOMEM;

	while (!err) {
		int64_t t_ms = pkt->pts / PCM_PER_MS;

		err = sink_write(part->sink, pkt, SINK_AUDIO);
		av_packet_unref(pkt);
		if (!err && t_ms >= reported + STEP_MS) {
			err = report(t_ms, e);
			reported = t_ms;
		}
		if (!err)
			err = stem_next(stem, pkt);
	}
	av_packet_free(&pkt);
	return err == AVERROR_EOF ? 0 : err;
}

static int make_stem_of(struct each *e, const struct model_source *source, struct part *part)
{
	struct sink_conf conf = { .dir = e->job->conf->dir, .name = part->name, .fps = e->job->conf->spec.fps, .title = e->job->model->title };
	struct stem *stem = NULL;
	struct stem_result r;
	int err = stem_create(&stem, e->job->model, source, e->job->conf->spec.audio_bitrate);

	if (err)
		return err;
	conf.audio = stem_codecpar(stem);
	err = sink_open(&part->sink, sink_find("opus"), &conf);
	if (!err)
		err = write_stem(e, stem, part);
	if (!err) {
		stem_result(stem, &r);
		err = sink_finish(part->sink, r.gain_q8, &part->result);
	}
	stem_unref(&stem);
	return err;
}

/** A microphone's is named after its participant alone. */
static int make_stems(struct each *e, const struct model_participant *p)
{
	const struct output_format *f = e->job->format;
	int err = 0;

	for (size_t i = 0; !err && i < p->nsources; i++) {
		const struct model_source *s = p->sources[i];
		g_autofree char *ending = strcmp(s->name, "audio") ? g_strdup_printf("-%s.%s", s->name, f->extension) : g_strdup_printf(".%s", f->extension);
		struct part *part;

		if (!s->audio || !s->nsegments)
			continue;
		part = add_part(e, f->mime);
		err = name_part(e, p, ending, part);
		if (!err)
			err = make_stem_of(e, s, part);
	}
	return err;
}

/* ---- the whole ---- */

static int make_parts(struct each *e, int (*make)(struct each *e, const struct model_participant *p))
{
	int err = 0;

	for (; !err && e->number < e->job->model->nparticipants; e->number++) {
		const struct model_participant *p = e->job->model->participants[e->number];

		err = make(e, p);
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

	if (!err)
		err = compose_claim(j);
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
	int err = make_parts(&e, strcmp(j->format->name, "stems") ? make_participant : make_stems);

	if (!err)
		err = finish(&e);
	g_ptr_array_unref(e.parts);
	return err;
}

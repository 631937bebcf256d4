/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What composing leaves on disk. Called by compose.c when all is written; the caller's thread.
 *
 *   sink ─▶ finished, still without its name ─▶ beside, metadata ─▶ the media's name last
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/fsio.h"
#include "common/log.h"
#include "common/sha256.h"
#include "postprocess/chapters.h"
#include "postprocess/compose_private.h"
#include "postprocess/metadata.h"

enum { FILE_MODE = 0640, PERCENT_BESIDE = 98 };

struct compose_file *compose_add_file(struct job *j, const char *kind, const char *name, const char *mime, int64_t size)
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
	struct compose_file *f = compose_add_file(j, kind, name, mime, (int64_t)len);

	sha256_hex(f->sha256, data, len);
}

static int write_beside(const char *kind, const char *name, const char *mime, const void *data, size_t len, void *arg)
{
	struct job *j = arg;
	g_autofree char *path = g_build_filename(j->conf->dir, name, NULL), *dir = g_path_get_dirname(path), *base = g_path_get_basename(path);
	int err = fs_write_atomic(dir, base, data, len, FILE_MODE, 1);

	note_beside(j, kind, name, mime, data, len);
	return compose_fail(j, err, "%s could not be written: %s.", name, err_str(err));
}

static int write_pictures_and_texts(struct job *j)
{
	struct beside_conf conf = { compose_output(j), j->picture_model, j->result->duration_ms, write_beside, j };
	int err = beside_write(j->beside, &conf);

	return compose_fail(j, err, "The files beside the output could not be made: %s.", err_str(err));
}

/** The first output's is metadata.json itself; a later one has a file of its own, and stands in metadata.json when it is in its place. */
int compose_metadata(struct job *j, const struct metadata_conf *conf)
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
	return compose_fail(j, err, "metadata.json could not be written: %s.", err_str(err));
}

static int publish(struct job *j, const struct metadata_conf *conf)
{
	int err = sink_publish(j->sink);

	if (err)
		return compose_fail(j, err, "%s could not be put in its place: %s.", j->name, err_str(err));
	return compose_list(j, conf);
}

int compose_list(struct job *j, const struct metadata_conf *conf)
{
	char *text = NULL;
	int err = 0;

	if (metadata_output_id(conf->output) > 1)
		err = metadata_write(conf, &text);
	free(text);
	return compose_fail(j, err, "metadata.json could not be written: %s.", err_str(err));
}

/** Everything beside the media first: where output.webm is, the rest is too. */
static int write_files(struct job *j, const struct sink_result *media, const struct sound_result *sound)
{
	struct compose_file *f = compose_add_file(j, "media", j->name, j->format->mime, media->size);
	struct metadata_conf conf = { .dir = j->conf->dir, .output = compose_output(j), .model = j->picture_model, .spec = &j->conf->spec, .scene = j->scene, .sound = sound,
				      .file = j->name, .mime = j->format->mime, .files = &j->result->files[1], .media = media, .duration_ms = j->result->duration_ms };
	int err = compose_report(j, "thumbnail", PERCENT_BESIDE, 0);

	g_strlcpy(f->sha256, media->digest, sizeof(f->sha256));
	if (!err)
		err = compose_claim(j);
	if (!err)
		err = write_pictures_and_texts(j);
	conf.nfiles = j->result->nfiles - 1;
	if (!err)
		err = compose_metadata(j, &conf);
	return err ? err : publish(j, &conf);
}

/** Those of chapters.vtt, in the container. */
static int put_chapters(struct job *j)
{
	GPtrArray *chapters = chapters_create(j->picture_model, j->result->duration_ms);
	struct sink_chapter *list = g_new0(struct sink_chapter, chapters->len);
	int err;

	for (guint i = 0; i < chapters->len; i++) {
		const struct chapter *c = chapters->pdata[i];

		list[i] = (struct sink_chapter){ c->from_ms, c->to_ms, c->title };
	}
	err = sink_chapters(j->sink, list, chapters->len);
	g_free(list);
	g_ptr_array_unref(chapters);
	return err;
}

int compose_files(struct job *j)
{
	struct sink_result media;
	struct sound_result sound;
	int err = compose_report(j, "finishing", PERCENT_COMPOSED, -1);

	if (err)
		return err;
	sound_result(j->sound, &sound);
	j->result->duration_ms = compose_end_ms(j, j->picture_model);
	err = put_chapters(j);
	if (!err)
		err = sink_finish(j->sink, sound.output_gain_q8, &media);
	if (err)
		return compose_fail(j, err, "The output could not be finished: %s.", err_str(err));
	j->result->size = media.size;
	if (j->format->file)
		return write_files(j, &media, &sound);
	g_strlcpy(compose_add_file(j, "media", "", "", 0)->sha256, media.digest, sizeof(j->result->files[0].sha256));
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files beside the media, a row each. Called by compose: beside_frame() on the composing thread, the rest before and after it.
 *
 *	frames ─▶ thumbnail, storyboard ─┐
 *	                                 ├▶ artefacts[] ─▶ put()
 *	model at the end ────────────────┘
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "postprocess/beside.h"
#include "postprocess/captions.h"
#include "postprocess/chapters.h"
#include "postprocess/storyboard.h"
#include "postprocess/thumbnail.h"

struct beside {
	struct thumbnail *thumbnail;
	struct storyboard *storyboard;
};

static const char FIRST[] = "output";      /* the first output's files have names of their own */

/* ---- the table ---- */

static GByteArray *bytes_of(char *text)
{
	return g_byte_array_new_take((guint8 *)text, strlen(text));
}

static int make_thumbnail(const struct beside *b, const struct beside_conf *conf, GByteArray **out)
{
	(void)conf;
	return b ? thumbnail_jpeg(b->thumbnail, out) : -ENODATA;
}

static int make_storyboard(const struct beside *b, const struct beside_conf *conf, GByteArray **out)
{
	(void)conf;
	return b ? storyboard_jpeg(b->storyboard, out) : -ENODATA;
}

/** A name relative to the index, which stands in the same folder. */
static int make_storyboard_index(const struct beside *b, const struct beside_conf *conf, GByteArray **out)
{
	g_autofree char *name = beside_name(conf->output, "storyboard"), *image = g_path_get_basename(name);

	if (!b || storyboard_empty(b->storyboard))
		return -ENODATA;
	*out = bytes_of(storyboard_vtt(b->storyboard, image, conf->duration_ms));
	return 0;
}

static int make_captions(const struct beside *b, const struct beside_conf *conf, GByteArray **out)
{
	(void)b;
	*out = bytes_of(captions_text(conf->model, conf->duration_ms));
	return 0;
}

static int make_chapters(const struct beside *b, const struct beside_conf *conf, GByteArray **out)
{
	GPtrArray *chapters = chapters_create(conf->model, conf->duration_ms);

	(void)b;
	*out = bytes_of(chapters_text(chapters));
	g_ptr_array_unref(chapters);
	return 0;
}

static const struct artefact {
	const char *kind, *first, *later, *mime;       /* kinds are the catalog's; later: the ending that takes the place of the media's */
	int (*make)(const struct beside *b, const struct beside_conf *conf, GByteArray **out);      /* NULL: made elsewhere */
} artefacts[] = {
	{ "thumbnail", "thumbnail.jpg", ".jpg", "image/jpeg", make_thumbnail },
	{ "captions", "output.vtt", ".vtt", "text/vtt", make_captions },
	{ "chapters", "chapters.vtt", ".chapters.vtt", "text/vtt", make_chapters },
	{ "storyboard", "storyboard.jpg", ".storyboard.jpg", "image/jpeg", make_storyboard },
	{ "storyboard_index", "storyboard.vtt", ".storyboard.vtt", "text/vtt", make_storyboard_index },
	{ "metadata", "metadata.json", ".json", "application/json", NULL },
};

char *beside_name(const char *output, const char *kind)
{
	for (size_t i = 0; i < G_N_ELEMENTS(artefacts); i++)
		if (!strcmp(artefacts[i].kind, kind))
			return strcmp(output, FIRST) ? g_strconcat(output, artefacts[i].later, NULL) : g_strdup(artefacts[i].first);
	return NULL;
}

static int write_one(const struct beside *b, const struct beside_conf *conf, const struct artefact *a)
{
	g_autofree char *name = beside_name(conf->output, a->kind);
	GByteArray *data = NULL;
	int err = a->make(b, conf, &data);

	if (err == -ENODATA)       /* no picture was ever drawn */
		err = 0;
	else if (!err)
		err = conf->put(a->kind, name, a->mime, data->data, data->len, conf->arg);
	if (data)
		g_byte_array_unref(data);
	return err;
}

int beside_write(const struct beside *b, const struct beside_conf *conf)
{
	int err = 0;

	for (size_t i = 0; !err && i < G_N_ELEMENTS(artefacts); i++)
		if (artefacts[i].make)
			err = write_one(b, conf, &artefacts[i]);
	return err;
}

/* ---- while it is composed ---- */

bool beside_due(const struct beside *b, int64_t t_ms)
{
	return thumbnail_due(b->thumbnail, t_ms) || storyboard_due(b->storyboard, t_ms);
}

int beside_frame(struct beside *b, struct canvas *c, int64_t t_ms, unsigned live)
{
	int err = thumbnail_due(b->thumbnail, t_ms) ? thumbnail_offer(b->thumbnail, c, t_ms, live) : 0;

	if (!err && storyboard_due(b->storyboard, t_ms))
		err = storyboard_offer(b->storyboard, c, t_ms);
	return err;
}

int beside_create(struct beside **out, const struct output_spec *spec)
{
	struct beside *b = g_new0(struct beside, 1);
	int err;

	b->thumbnail = thumbnail_create();
	err = storyboard_create(&b->storyboard, spec->width, spec->height);
	if (err)
		beside_unref(&b);
	*out = b;
	return err;
}

void beside_unref(struct beside **b)
{
	if (!*b)
		return;
	thumbnail_unref(&(*b)->thumbnail);
	storyboard_unref(&(*b)->storyboard);
	g_clear_pointer(b, g_free);
}

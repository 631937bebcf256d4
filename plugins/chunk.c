/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One chunk being made; called by cutter on the capture thread, about once a second and track.
 *
 *	frame, recording time ─▶ webm ─▶ memory ─▶ hash ─▶ chunk_file
 */
#include "plugins/chunk.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "plugins/webm.h"

enum { TAGS_MAX = 9 };

struct chunk {
	struct webm *webm;
	struct chunk_file *file;
};

/* Tags are what lets a directory without a timeline be understood. */
static void begin(struct chunk *c, const struct chunk_conf *conf)
{
	char segment[16], index[16], rotation[16], layer[16];
	struct webm_tag tags[TAGS_MAX] = {
		{ "RECROOM_FORMAT", "1" }, { "RECORDING", conf->recording }, { "PARTICIPANT", conf->name.participant }, { "SOURCE", conf->name.source },
		{ "SEGMENT", segment }, { "INDEX", index },
	};
	size_t n = 6;
	uint8_t own[64];
	struct webm_conf w = {
		.doctype = strcmp(conf->codec->ext, "webm") ? "matroska" : "webm", .codec_id = conf->codec->codec_id, .private_data = own,
		.video = conf->codec->video, .width = conf->width, .height = conf->height, .rate_hz = conf->rate_hz, .channels = conf->channels,
		.tags = tags, .expected = conf->expected,
	};

	snprintf(segment, sizeof(segment), "%u", conf->name.segment);
	snprintf(index, sizeof(index), "%u", conf->name.index);
	snprintf(rotation, sizeof(rotation), "%d", conf->rotation);
	snprintf(layer, sizeof(layer), "%d", conf->layer);
	if (conf->codec->video)
		tags[n++] = (struct webm_tag){ "ROTATION", rotation };
	if (conf->codec->video && conf->layer >= 0)
		tags[n++] = (struct webm_tag){ "LAYER", layer };
	if (conf->previous[0])
		tags[n++] = (struct webm_tag){ "PREVIOUS", conf->previous };
	w.ntags = n;
	if (conf->config)
		w.private_data = g_bytes_get_data(conf->config, &w.private_len);
	else if (conf->codec->private_data)
		w.private_len = conf->codec->private_data(own, conf->channels);
	webm_begin(&c->webm, &w);
}

void chunk_create(struct chunk **out, const struct chunk_conf *conf)
{
	struct chunk *c = g_new0(struct chunk, 1);

	c->file = g_new0(struct chunk_file, 1);
	c->file->name = conf->name;
	c->file->video = conf->codec->video;
	chunk_name_format(c->file->file, &conf->name);
	begin(c, conf);
	*out = c;
}

void chunk_unref(struct chunk **c)
{
	if (!*c)
		return;
	webm_unref(&(*c)->webm);
	chunk_file_free((*c)->file);
	g_clear_pointer(c, g_free);
}

void chunk_file_free(struct chunk_file *f)
{
	if (f)
		g_free(f->data);
	g_free(f);
}

void chunk_add(struct chunk *c, const struct frame *f, int64_t t_ms, int64_t duration_ms)
{
	struct chunk_file *file = c->file;

	if (file->frames++ == 0) {
		file->keyframe = f->keyframe;
		file->from_ms = t_ms;
		file->rtp_first = f->rtp;
	}
	file->rtp_last = f->rtp;
	file->end_ms = t_ms + duration_ms;
	webm_frame(c->webm, f->data, f->len, t_ms, f->keyframe);
}

void chunk_lost(struct chunk *c, unsigned packets)
{
	c->file->lost += packets;
}

struct chunk_file *chunk_finish(struct chunk **c)
{
	struct chunk_file *file = g_steal_pointer(&(*c)->file);

	webm_end(&(*c)->webm, file->end_ms, &file->data, &file->size);
	sha256_hex(file->sha256, file->data, file->size);
	chunk_unref(c);
	return file;
}

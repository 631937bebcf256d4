/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One chunk being made; called by track on the capture thread, about once a second and track.
 *
 *	frame, recording time ─▶ AVPacket ─▶ Matroska muxer, bit-exact ─▶ memory ─▶ chunk_file
 *
 * Nothing may move the timestamps: pre-skip is 0 and avoid_negative_ts off, so that a chunk of second 3600 says 3600000.
 */
#include "plugins/chunk.h"

#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <string.h>

struct chunk {
	AVFormatContext *mux;
	AVPacket *packet;
	struct chunk_file *file;
};

static void tag(AVFormatContext *mux, const char *name, const char *value)
{
	av_dict_set(&mux->metadata, name, value, 0);
}

/* What lets a directory without a timeline be understood. */
static void put_tags(AVFormatContext *mux, const struct chunk_conf *conf)
{
	av_dict_set_int(&mux->metadata, "RECROOM_FORMAT", 1, 0);
	tag(mux, "RECORDING", conf->recording);
	tag(mux, "PARTICIPANT", conf->name.participant);
	tag(mux, "SOURCE", conf->name.source);
	av_dict_set_int(&mux->metadata, "SEGMENT", conf->name.segment, 0);
	av_dict_set_int(&mux->metadata, "INDEX", conf->name.index, 0);
	if (conf->previous[0])
		tag(mux, "PREVIOUS", conf->previous);
}

static int put_private_data(AVCodecParameters *par, const struct chunk_conf *conf)
{
	uint8_t own[64];
	const uint8_t *data = own;
	gsize len = 0;

	if (conf->config)
		data = g_bytes_get_data(conf->config, &len);
	else if (conf->codec->private_data)
		len = conf->codec->private_data(own, conf->channels);
	if (len == 0)
		return 0;
	par->extradata = av_mallocz(len + AV_INPUT_BUFFER_PADDING_SIZE);
	if (!par->extradata)
		return -ENOMEM;
	memcpy(par->extradata, data, len);
	par->extradata_size = (int)len;
	return 0;
}

static int put_stream(AVFormatContext *mux, const struct chunk_conf *conf)
{
	AVStream *s = avformat_new_stream(mux, NULL);

	if (!s)
		return -ENOMEM;
	s->time_base = (AVRational){ 1, 1000 };
	s->codecpar->codec_id = conf->codec->codec_id;
	if (conf->codec->video) {
		s->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
		s->codecpar->width = conf->width;
		s->codecpar->height = conf->height;
	} else {
		s->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
		s->codecpar->sample_rate = (int)conf->rate_hz;
		av_channel_layout_default(&s->codecpar->ch_layout, (int)conf->channels);
	}
	return put_private_data(s->codecpar, conf);
}

static int open_mux(struct chunk *c, const struct chunk_conf *conf)
{
	int err = avformat_alloc_output_context2(&c->mux, NULL, strcmp(conf->codec->ext, "webm") ? "matroska" : "webm", NULL);

	if (err < 0)
		return err;
	c->mux->flags |= AVFMT_FLAG_BITEXACT;
	c->mux->flags &= ~AVFMT_FLAG_AUTO_BSF;      /* a filter may hold a frame back, and lose it at the chunk's end */
	c->mux->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
	put_tags(c->mux, conf);
	err = put_stream(c->mux, conf);
	if (err < 0)
		return err;
	err = avio_open_dyn_buf(&c->mux->pb);
	if (err < 0)
		return err;
	err = avformat_write_header(c->mux, NULL);
	return err < 0 ? err : 0;
}

int chunk_create(struct chunk **out, const struct chunk_conf *conf)
{
	struct chunk *c = g_new0(struct chunk, 1);
	int err;

	c->file = g_new0(struct chunk_file, 1);
	c->file->name = conf->name;
	c->file->video = conf->codec->video;
	chunk_name_format(c->file->file, &conf->name);
	c->packet = av_packet_alloc();
	err = c->packet ? open_mux(c, conf) : -ENOMEM;
	if (err)
		chunk_unref(&c);
	else
		*out = c;
	return err;
}

void chunk_unref(struct chunk **cp)
{
	struct chunk *c = *cp;
	uint8_t *data = NULL;

	*cp = NULL;
	if (!c)
		return;
	if (c->mux && c->mux->pb) {
		avio_close_dyn_buf(c->mux->pb, &data);
		c->mux->pb = NULL;
		av_free(data);
	}
	avformat_free_context(c->mux);
	av_packet_free(&c->packet);
	chunk_file_free(c->file);
	g_free(c);
}

void chunk_file_free(struct chunk_file *f)
{
	if (f)
		av_free(f->data);
	g_free(f);
}

static void note(struct chunk_file *file, const struct frame *f, int64_t t_ms, int64_t duration_ms)
{
	if (file->frames == 0) {
		file->keyframe = f->keyframe;
		file->from_ms = t_ms;
		file->rtp_first = f->rtp;
	}
	file->frames++;
	file->rtp_last = f->rtp;
	file->end_ms = t_ms + duration_ms;
}

int chunk_add(struct chunk *c, const struct frame *f, int64_t t_ms, int64_t duration_ms)
{
	AVPacket *p = c->packet;
	int err;

	/* Not counted, so the muxer copies what it keeps. */
	p->data = (uint8_t *)f->data;
	p->size = (int)f->len;
	p->pts = p->dts = t_ms;
	p->duration = duration_ms;
	p->flags = f->keyframe ? AV_PKT_FLAG_KEY : 0;
	p->stream_index = 0;
	err = av_write_frame(c->mux, p);
	av_packet_unref(p);
	if (err < 0)
		return err;
	note(c->file, f, t_ms, duration_ms);
	return 0;
}

void chunk_lost(struct chunk *c, unsigned packets)
{
	c->file->lost += packets;
}

int chunk_finish(struct chunk **cp, struct chunk_file **out)
{
	struct chunk *c = *cp;
	struct chunk_file *file = c->file;
	int err = av_write_trailer(c->mux), size;

	if (err >= 0) {
		size = avio_close_dyn_buf(c->mux->pb, &file->data);
		c->mux->pb = NULL;
		err = size > 0 && file->data ? 0 : -ENOMEM;
		file->size = (size_t)(size > 0 ? size : 0);
	}
	if (err == 0) {
		sha256_hex(file->sha256, file->data, file->size);
		*out = file;
		c->file = NULL;
	}
	chunk_unref(cp);
	return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Remuxing a participant's chunks. Called by compose_each on the writing thread.
 *
 *   source ─ chunk_reader ─▶ its next packet ─┐
 *   source ─ chunk_reader ─▶ its next packet ─┴▶ the earliest ─▶ libavformat ─▶ outfile
 *
 * A track for each source and each way it was coded: where codec or parameter sets change, another track goes on. A new size is in the frames themselves.
 */
#include <errno.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <string.h>
#include "postprocess/chunk_reader.h"
#include "postprocess/decoder.h"
#include "postprocess/outfile_io.h"
#include "postprocess/participant_file.h"

enum { NO_TRACK = -1, ASK_MS = 1000 };

struct input {
	const struct model_source *source;
	struct chunk_reader *reader;
	AVPacket *pkt;
	size_t segment;
	bool has, begun;           /* begun: a keyframe came since the segment began */
	int *tracks;               /* by segment */
};

struct remux {
	const struct model *model;
	struct outfile *file;
	AVFormatContext *ctx;
	bool header_written;
	GArray *inputs;            /* struct input */
	int64_t written;
};

static bool is_plain(const struct model_participant *p, const char *codec)
{
	for (size_t i = 0; i < p->nsources; i++)
		for (size_t k = 0; k < p->sources[i]->nsegments; k++)
			if (!strcmp(p->sources[i]->segments[k]->codec, codec))
				return false;
	return true;
}

const char *participant_extension(const struct model_participant *p)
{
	return is_plain(p, "h264") ? "webm" : "mkv";
}

/* ---- tracks ---- */

static int find_track(const struct remux *r, const struct model_source *s, const AVCodecParameters *par)
{
	for (unsigned i = 0; i < r->ctx->nb_streams; i++) {
		const AVStream *st = r->ctx->streams[i];
		const AVCodecParameters *have = st->codecpar;
		const AVDictionaryEntry *title = av_dict_get(st->metadata, "title", NULL, 0);

		if (title && !strcmp(title->value, s->name) && have->codec_id == par->codec_id && have->extradata_size == par->extradata_size &&
		    !memcmp(have->extradata ? (const void *)have->extradata : "", par->extradata ? (const void *)par->extradata : "", (size_t)par->extradata_size))
			return (int)i;
	}
	return NO_TRACK;
}

static int add_track(struct remux *r, const struct model_source *s, const AVCodecParameters *par)
{
	AVStream *st = avformat_new_stream(r->ctx, NULL);
	int err = st ? avcodec_parameters_copy(st->codecpar, par) : -ENOMEM;

	if (err < 0)
		return err;
	st->codecpar->codec_tag = 0;
	st->time_base = (AVRational){ 1, 1000 };
	av_dict_set(&st->metadata, "title", s->name, 0);
	return st->index;
}

/** What the first readable chunk says of a segment. */
static int open_segment(AVFormatContext **file, const struct model *m, const struct model_source *s, const struct model_segment *g)
{
	int err = -ENOENT;

	for (size_t i = 0; err < 0 && i < g->nchunks; i++)
		err = chunk_open(file, m, s, g, &g->chunks[i]);
	return err;
}

static int track_of(struct remux *r, const struct model_source *s, const struct model_segment *g)
{
	AVFormatContext *file = NULL;
	const AVCodecParameters *par;
	int track = NO_TRACK;

	if (open_segment(&file, r->model, s, g) < 0)
		return NO_TRACK;
	par = file->nb_streams ? file->streams[0]->codecpar : NULL;
	if (par && decoder_knows(par->codec_id) && (par->codec_type == AVMEDIA_TYPE_AUDIO) == s->audio) {
		track = find_track(r, s, par);
		if (track == NO_TRACK)
			track = add_track(r, s, par);
	}
	avformat_close_input(&file);
	return track;
}

static int add_input(struct remux *r, const struct model_source *s)
{
	struct input in = { .source = s, .pkt = av_packet_alloc(), .segment = SIZE_MAX, .tracks = g_new(int, s->nsegments + 1) };
	int err = in.pkt ? chunk_reader_create(&in.reader, r->model, s) : -ENOMEM;

	for (size_t i = 0; i < s->nsegments; i++)
		in.tracks[i] = track_of(r, s, s->segments[i]);
	g_array_append_val(r->inputs, in);
	return err;
}

/* ---- packets ---- */

/** Could a player do something with it? Before a segment's keyframe it could not. */
static bool is_wanted(struct remux *r, struct input *in, size_t segment)
{
	const AVPacket *pkt = in->pkt;

	if (segment != in->segment || chunk_reader_broken(in->reader))
		in->begun = false;
	in->segment = segment;
	if (pkt->pts < 0 || pkt->pts >= r->model->duration_ms || in->tracks[segment] < 0)
		return false;
	in->begun = in->begun || in->source->audio || (pkt->flags & AV_PKT_FLAG_KEY);
	return in->begun;
}

static int fetch(struct remux *r, struct input *in)
{
	int err = 0;

	while (!err && !in->has) {
		size_t segment;

		err = chunk_reader_next(in->reader, in->pkt, &segment);
		if (!err && is_wanted(r, in, segment))
			in->has = true;
		else if (!err)
			av_packet_unref(in->pkt);
	}
	return err == AVERROR_EOF ? 0 : err;
}

/** The source whose next packet is the earliest; *out is NULL at the end. */
static int earliest(struct remux *r, struct input **out)
{
	int err = 0;

	*out = NULL;
	for (guint i = 0; !err && i < r->inputs->len; i++) {
		struct input *in = &g_array_index(r->inputs, struct input, i);

		err = fetch(r, in);
		if (in->has && (!*out || in->pkt->pts < (*out)->pkt->pts))
			*out = in;
	}
	return err;
}

static int write_packet(struct remux *r, struct input *in)
{
	int err;

	in->pkt->stream_index = in->tracks[in->segment];
	av_packet_rescale_ts(in->pkt, (AVRational){ 1, 1000 }, r->ctx->streams[in->pkt->stream_index]->time_base);
	err = av_write_frame(r->ctx, in->pkt);
	av_packet_unref(in->pkt);
	in->has = false;
	r->written++;
	return err;
}

static int write_packets(struct remux *r, int (*done)(int64_t t_ms, void *arg), void *arg)
{
	struct input *in;
	int64_t asked_ms = 0;
	int err = earliest(r, &in);

	while (!err && in) {
		int64_t t_ms = in->pkt->pts;

		err = write_packet(r, in);
		if (!err && t_ms >= asked_ms + ASK_MS) {
			err = done(t_ms, arg);
			asked_ms = t_ms;
		}
		if (!err)
			err = earliest(r, &in);
	}
	return err;
}

/* ---- the file ---- */

static int open_container(struct remux *r, const struct model_participant *p, const char *name)
{
	int err = outfile_create(&r->file, r->model->dir, name);

	if (!err)
		err = avformat_alloc_output_context2(&r->ctx, NULL, strcmp(participant_extension(p), "webm") ? "matroska" : "webm", NULL);
	if (err >= 0)
		err = outfile_io_open(&r->ctx->pb, r->file);
	for (size_t i = 0; err >= 0 && i < p->nsources; i++)
		err = add_input(r, p->sources[i]);
	if (err >= 0 && !r->ctx->nb_streams)
		err = -ENODATA;
	return err;
}

static int write_container(struct remux *r, int (*done)(int64_t t_ms, void *arg), void *arg)
{
	int err;

	r->ctx->flags |= AVFMT_FLAG_BITEXACT;
	r->ctx->avoid_negative_ts = 0;
	err = avformat_write_header(r->ctx, NULL);
	if (err < 0)
		return err;
	r->header_written = true;
	err = write_packets(r, done, arg);
	if (err < 0)
		return err;
	r->header_written = false;
	err = av_write_trailer(r->ctx);
	if (err >= 0)
		avio_flush(r->ctx->pb);
	return err < 0 ? err : r->ctx->pb->error ? r->ctx->pb->error : r->written ? 0 : -ENODATA;
}

static void clear(struct remux *r)
{
	for (guint i = 0; i < r->inputs->len; i++) {
		struct input *in = &g_array_index(r->inputs, struct input, i);

		chunk_reader_unref(&in->reader);
		av_packet_free(&in->pkt);
		g_free(in->tracks);
	}
	g_array_unref(r->inputs);
	if (r->ctx && r->header_written)
		av_write_trailer(r->ctx);      /* frees what the muxer holds */
	if (r->ctx)
		outfile_io_close(&r->ctx->pb);
	avformat_free_context(r->ctx);
	outfile_unref(&r->file);
}

int participant_file(struct outfile **out, const struct model *m, const struct model_participant *p, const char *name, int (*done)(int64_t t_ms, void *arg), void *arg)
{
	struct remux r = { .model = m, .inputs = g_array_new(FALSE, FALSE, sizeof(struct input)) };
	int err = open_container(&r, p, name);

	if (err >= 0)
		err = write_container(&r, done, arg);
	if (err >= 0)
		*out = g_steal_pointer(&r.file);
	clear(&r);
	return MIN(err, 0);
}

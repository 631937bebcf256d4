/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads the chunks of one source in order. Used by video_source and audio_source, each on its own thread with a reader of its own.
 *
 *   segment 0: chunk 0 ─▶ chunk 1 ─▶ (missing) ─▶ chunk 3 ─▶ segment 1: …      one file open at a time
 *
 * The files come from a directory that a crash, a full disk or somebody's script may have been at: a chunk counts only if its tags do not say that it is
 * another's, a packet only if it lies in its chunk's second and not before the one that came last. What does not count is a gap.
 *
 * While the recording runs, a chunk is read when its beginning is sealed, and a segment is left when the next one has begun before the seal: then
 * what comes next is what will come next for ever.
 */
#include <errno.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "postprocess/chunk_reader.h"
#include "postprocess/decoder.h"
#include "postprocess/model_build.h"

struct chunk_reader {
	const struct model *model;
	const struct model_source *source;
	size_t segment, chunk;     /* being read */
	AVFormatContext *file;     /* NULL: the chunk is not open yet */
	int stream;
	int frames;                /* taken from it */
	bool chunk_damaged;
	int64_t last_ms;
	bool skipped, broken;
	unsigned damaged;
	struct model_gap *gaps;    /* where nothing came of chunks that are there */
	size_t ngaps;
};

static const struct model_segment *segment_now(const struct chunk_reader *r)
{
	return r->source->segments[r->segment];
}

/** From the last packet that counted, or its beginning, to the chunk's end. */
static void add_gap(struct chunk_reader *r, const struct model_chunk *c, const char *reason)
{
	int64_t begin_ms = (int64_t)c->index * r->model->chunk_ms, end_ms = begin_ms + r->model->chunk_ms;
	int64_t from_ms = MAX(CLAMP((int64_t)c->from_ms, begin_ms, end_ms), r->last_ms), to_ms = CLAMP((int64_t)c->to_ms, begin_ms, end_ms);
	struct model_gap *g;

	if (from_ms >= to_ms)
		return;
	g = ARRAY_ADD(r->gaps, r->ngaps);
	g->from_ms = from_ms - r->model->shift_ms;
	g->to_ms = to_ms - r->model->shift_ms;
	g_strlcpy(g->reason, reason, sizeof(g->reason));
}

/** Counts a chunk once, whatever is wrong with it; what follows may not be decodable. */
static void damage(struct chunk_reader *r, const struct model_chunk *c, int err)
{
	if (!r->chunk_damaged)
		r->damaged++;
	if (!r->chunk_damaged && err != -ENOENT)
		add_gap(r, c, err == -EXDEV ? "foreign" : "damaged");
	r->chunk_damaged = true;
	r->skipped = true;
}

/* ---- files ---- */

static bool says(const struct chunk_reader *r, const char *tag, const char *expected)
{
	const AVDictionaryEntry *e = av_dict_get(r->file->metadata, tag, NULL, 0);

	return !e || !strcmp(e->value, expected);
}

static bool says_number(const struct chunk_reader *r, const char *tag, unsigned expected)
{
	const AVDictionaryEntry *e = av_dict_get(r->file->metadata, tag, NULL, 0);

	return !e || strtoul(e->value, NULL, 10) == expected;
}

/** Does the file say that it is this chunk, or nothing about it? A directory's name is no proof of which recording it is. */
static bool is_ours(const struct chunk_reader *r, const struct model_chunk *c)
{
	const struct model_source *s = r->source;

	return says(r, "PARTICIPANT", s->owner->id) && says(r, "SOURCE", s->name) && says_number(r, "SEGMENT", segment_now(r)->number) &&
	       says_number(r, "INDEX", c->index) && (!r->model->identified || says(r, "RECORDING", r->model->id));
}

/** What a segment's line promised; where there is no line, whatever a recording may hold. */
static bool is_expected(const struct model_segment *g, enum AVCodecID id)
{
	return g->guessed ? decoder_knows(id) : id != AV_CODEC_ID_NONE && id == decoder_codec(g->codec);
}

static int find_stream(struct chunk_reader *r)
{
	for (unsigned i = 0; i < r->file->nb_streams; i++) {
		const AVCodecParameters *par = r->file->streams[i]->codecpar;

		if (is_expected(segment_now(r), par->codec_id) && (par->codec_type == AVMEDIA_TYPE_AUDIO) == r->source->audio)
			return (int)i;
	}
	return -EBADMSG;
}

/** No probing: a chunk is Matroska or damaged, and its header says all. */
int chunk_open(AVFormatContext **file, const struct model *m, const struct model_source *s, const struct model_segment *g, const struct model_chunk *c)
{
	g_autofree char *url = NULL;
	char name[NAME_SIZE];
	struct stat st;

	model_chunk_name(name, s, g, c);
	url = g_strconcat("file:", m->dir, "/chunks/", name, NULL);
	if (c->missing)
		return -ENOENT;
	if (lstat(url + strlen("file:"), &st))
		return -errno;
	if (!S_ISREG(st.st_mode))      /* a pipe would be waited for, a link leads anywhere */
		return -EBADMSG;
	return avformat_open_input(file, url, av_find_input_format("matroska"), NULL);
}

static int open_chunk(struct chunk_reader *r, const struct model_chunk *c)
{
	int err = chunk_open(&r->file, r->model, r->source, segment_now(r), c);

	if (err < 0)
		return err;
	if (!is_ours(r, c))
		return -EXDEV;
	r->stream = find_stream(r);
	return r->stream < 0 ? r->stream : 0;
}

static void next_chunk(struct chunk_reader *r)
{
	avformat_close_input(&r->file);
	r->chunk++;
	r->frames = 0;
	r->chunk_damaged = false;
}

static void next_segment(struct chunk_reader *r)
{
	r->segment++;
	r->chunk = 0;
	r->skipped = false;
}

/** The packet is in its chunk's second, give or take the rounding to milliseconds, and not before its predecessor. */
static bool in_place(const struct chunk_reader *r, const struct model_chunk *c, int64_t ms)
{
	int64_t from_ms = (int64_t)c->index * r->model->chunk_ms;

	return ms >= from_ms - 1 && ms <= from_ms + r->model->chunk_ms && ms >= r->last_ms;
}

/** 1: a packet; 0: not this one, go on; negative: the chunk is over. */
static int read_packet(struct chunk_reader *r, const struct model_chunk *c, AVPacket *pkt)
{
	int err = av_read_frame(r->file, pkt);

	if (err < 0) {
		if (err != AVERROR_EOF || r->frames < (int)c->frames)
			damage(r, c, -EBADMSG);
		return err;
	}
	if (pkt->stream_index != r->stream) {
		av_packet_unref(pkt);
		return 0;
	}
	av_packet_rescale_ts(pkt, r->file->streams[r->stream]->time_base, (AVRational){ 1, 1000 });
	if (pkt->pts == AV_NOPTS_VALUE || pkt->size <= 0 || !in_place(r, c, pkt->pts)) {
		damage(r, c, -EBADMSG);
		av_packet_unref(pkt);
		return 0;
	}
	return 1;
}

static void deliver(struct chunk_reader *r, AVPacket *pkt, size_t *segment)
{
	r->last_ms = pkt->pts;
	pkt->pts -= r->model->shift_ms;
	pkt->dts = pkt->pts;
	pkt->stream_index = 0;
	r->frames++;
	r->broken = r->skipped;
	r->skipped = false;
	*segment = r->segment;
}

/** Is the chunk that comes next the one that will always have come next? All before its own second must be sealed; that second's last seal may end before it does. */
static bool chunk_settled(const struct chunk_reader *r, const struct model_chunk *c)
{
	return r->model->complete || (int64_t)c->index * r->model->chunk_ms <= r->model->sealed_ms;
}

/** Will the segment have no further chunk? */
static bool segment_settled(const struct chunk_reader *r)
{
	const struct model_source *s = r->source;
	const struct model_segment *next = r->segment + 1 < s->nsegments ? s->segments[r->segment + 1] : NULL;

	return r->model->complete || (next && next->from_ms != OPEN_MS && next->from_ms < r->model->sealed_ms);
}

/** The chunk to be read, NULL where there is none; *err: why. Leaves segments that are over. */
static const struct model_chunk *chunk_now(struct chunk_reader *r, int *err)
{
	*err = 0;
	while (r->segment < r->source->nsegments) {
		const struct model_segment *g = segment_now(r);

		if (r->file || (r->chunk < g->nchunks && chunk_settled(r, &g->chunks[r->chunk])))
			return &g->chunks[r->chunk];
		if (r->chunk < g->nchunks || !segment_settled(r))
			break;
		next_segment(r);
	}
	*err = r->model->complete ? AVERROR_EOF : -EAGAIN;
	return NULL;
}

int chunk_reader_next(struct chunk_reader *r, AVPacket *pkt, size_t *segment)
{
	const struct model_chunk *c;
	int err;

	while ((c = chunk_now(r, &err))) {
		int got = r->file ? 0 : open_chunk(r, c);

		if (got < 0)
			damage(r, c, got);
		else
			got = read_packet(r, c, pkt);
		if (got > 0) {
			deliver(r, pkt, segment);
			return 0;
		}
		if (got < 0)
			next_chunk(r);
	}
	return err;
}

int chunk_reader_create(struct chunk_reader **out, const struct model *m, const struct model_source *s)
{
	struct chunk_reader *r = g_new0(struct chunk_reader, 1);

	r->model = m;
	r->source = s;
	*out = r;
	return 0;
}

const AVCodecParameters *chunk_reader_codec(const struct chunk_reader *r)
{
	return r->file->streams[r->stream]->codecpar;
}

bool chunk_reader_broken(const struct chunk_reader *r)
{
	return r->broken;
}

unsigned chunk_reader_damaged(const struct chunk_reader *r)
{
	return r->damaged;
}

const struct model_gap *chunk_reader_gaps(const struct chunk_reader *r, size_t *n)
{
	*n = r->ngaps;
	return r->gaps;
}

void chunk_reader_unref(struct chunk_reader **r)
{
	if (!*r)
		return;
	avformat_close_input(&(*r)->file);
	g_free((*r)->gaps);
	g_clear_pointer(r, g_free);
}

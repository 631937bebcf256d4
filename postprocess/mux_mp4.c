/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MP4 on disk, as players want it: the index (moov) in front, so that playing begins before all is there. Called through the sink table, on the
 * writing thread.
 *
 *   ftyp │ moov … free │ mdat: half a second of picture, half a second of sound, …
 *        └── reserve ──┘
 *
 * How long it becomes is not known when it begins. The reserve holds the index of two minutes; when it gets too small what is written moves back, to make
 * it four times as large: after 2, 8, 32 minutes, so that each byte moves once at most on average and the reserve costs less than a hundredth of the file. It depends on
 * the frames alone, so the same recording gives the same bytes.
 */
#include <errno.h>
#include <string.h>
#include "postprocess/avc.h"
#include "postprocess/boxes.h"
#include "postprocess/checksum.h"
#include "postprocess/mp4_track.h"
#include "postprocess/mux_mp4.h"
#include "postprocess/outfile.h"

enum {
	MOVIE_RATE = 1000,
	CHUNKS_S = 2,              /* of each track */
	RESERVE = 48 << 10, RESERVE_GROWTH = 4,
	MDAT_HEADER = 16, FREE_MIN = 8,
	MOVIE_SIZE = 512,          /* of what is in moov besides tracks and title */
};

struct track {
	struct mp4_track *index;   /* NULL: has none */
	GByteArray *pending;       /* frames of the next chunk */
	int64_t pending_units, chunk_units;
	int64_t end;               /* of what is shown or heard */
	int64_t frame_units;       /* each frame's, in the container */
	uint32_t rate;
	bool annexb;
};

struct mux {
	struct outfile *file;
	struct track tracks[2];    /* by enum sink_track */
	char *title;
	int64_t ftyp_size, reserve;
	int64_t media;             /* bytes written behind mdat's header */
};

/* ---- the file ---- */

static int64_t media_at(const struct mux *m)
{
	return m->ftyp_size + m->reserve + MDAT_HEADER;
}

static int write_boxes(struct mux *m, GByteArray *b, int64_t at)
{
	int err = outfile_write(m->file, at, b->data, b->len);

	g_byte_array_unref(b);
	return err;
}

static void put_free(GByteArray *b, int64_t size)
{
	size_t at = box_open(b, "free");

	box_zeros(b, (size_t)size - FREE_MIN);
	box_close(b, at);
}

static void put_mdat_header(GByteArray *b, int64_t media)
{
	box_u32(b, 1);                         /* the size follows, 64 bits wide */
	box_text(b, "mdat");
	box_u64(b, (uint64_t)(MDAT_HEADER + media));
}

static int write_front(struct mux *m)
{
	GByteArray *b = g_byte_array_new();
	bool video = m->tracks[SINK_VIDEO].index;
	size_t at = box_open(b, "ftyp");

	box_text(b, video ? "isom" : "M4A ");
	box_u32(b, 0x200);
	box_text(b, video ? "isomiso2avc1mp41" : "M4A isomiso2mp42");
	box_close(b, at);
	m->ftyp_size = b->len;
	m->reserve = RESERVE;
	put_free(b, m->reserve);
	put_mdat_header(b, 0);
	return write_boxes(m, b, 0);
}

/** Sees to it that an index of `need` bytes fits. Up to the size of a block that may be written over without reading the file again (checksum.h) it stays below that. */
static int make_room(struct mux *m, int64_t need)
{
	const int64_t calm = CHECKSUM_BLOCK - m->ftyp_size;
	int64_t larger = m->reserve;
	int err;

	if (need + FREE_MIN <= m->reserve)
		return 0;
	while (need + FREE_MIN > larger)
		larger = larger < calm && larger * RESERVE_GROWTH > calm ? calm : larger * RESERVE_GROWTH;
	err = outfile_insert(m->file, m->ftyp_size + m->reserve, larger - m->reserve);
	if (!err)
		m->reserve = larger;
	return err;
}

/* ---- the tracks ---- */

static int add_track(struct mux *m, enum sink_track which, const AVCodecParameters *par, uint32_t rate)
{
	struct track *t = &m->tracks[which];

	if (!par)
		return 0;
	t->rate = rate;
	t->pending = g_byte_array_new();
	t->chunk_units = rate / CHUNKS_S;
	t->frame_units = par->codec_type == AVMEDIA_TYPE_AUDIO ? par->frame_size : SINK_TICKS;
	t->annexb = par->codec_id == AV_CODEC_ID_H264;
	return mp4_track_create(&t->index, par, rate);
}

int mux_mp4_open(void **state, const struct sink_conf *conf)
{
	struct mux *m = g_new0(struct mux, 1);
	int err;

	*state = m;
	m->title = g_strdup(conf->title ? conf->title : "");
	err = add_track(m, SINK_VIDEO, conf->video, (uint32_t)conf->fps * SINK_TICKS);
	if (!err)
		err = add_track(m, SINK_AUDIO, conf->audio, conf->audio ? (uint32_t)conf->audio->sample_rate : 0);
	if (!err)
		err = outfile_create(&m->file, conf->dir, conf->name);
	return err ? err : write_front(m);
}

static int64_t index_size(const struct mux *m)
{
	size_t size = MOVIE_SIZE + strlen(m->title);

	for (size_t i = 0; i < G_N_ELEMENTS(m->tracks); i++)
		size += m->tracks[i].index ? mp4_track_size(m->tracks[i].index) : 0;
	return (int64_t)size;
}

static int flush(struct mux *m, struct track *t)
{
	int err;

	if (!t->index || !t->pending->len)
		return 0;
	mp4_track_chunk(t->index, m->media);
	m->media += t->pending->len;
	err = outfile_append(m->file, t->pending->data, t->pending->len);
	g_byte_array_set_size(t->pending, 0);
	t->pending_units = 0;
	return err ? err : make_room(m, index_size(m));
}

int mux_mp4_write(void *state, AVPacket *pkt, enum sink_track track)
{
	struct mux *m = state;
	struct track *t = (unsigned)track < G_N_ELEMENTS(m->tracks) ? &m->tracks[track] : NULL;
	int64_t units;
	guint before;

	if (!t || !t->index)
		return -EINVAL;
	before = t->pending->len;
	if (t->annexb)
		avc_frame(t->pending, pkt->data, (size_t)pkt->size);
	else
		box_bytes(t->pending, pkt->data, (size_t)pkt->size);
	units = MAX(pkt->duration, t->frame_units);    /* the last frame is as long as all others; the edit list ends it in time */
	mp4_track_frame(t->index, t->pending->len - before, units, pkt->flags & AV_PKT_FLAG_KEY);
	t->end = pkt->pts + pkt->duration;
	t->pending_units += units;
	return t->pending_units >= t->chunk_units ? flush(m, t) : 0;
}

/* ---- the index ---- */

static uint64_t length_of(const struct track *t)
{
	return t->index && t->end > 0 ? (uint64_t)t->end * MOVIE_RATE / t->rate : 0;
}

static void put_movie_header(const struct mux *m, GByteArray *b)
{
	static const uint32_t matrix[9] = { 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30 };
	size_t at = box_open_full(b, "mvhd", 1, 0);

	box_zeros(b, 16);
	box_u32(b, MOVIE_RATE);
	box_u64(b, MAX(length_of(&m->tracks[SINK_VIDEO]), length_of(&m->tracks[SINK_AUDIO])));
	box_u32(b, 1 << 16);                   /* speed */
	box_u16(b, 0x0100);                    /* volume */
	box_zeros(b, 10);
	for (size_t i = 0; i < G_N_ELEMENTS(matrix); i++)
		box_u32(b, matrix[i]);
	box_zeros(b, 24);
	box_u32(b, G_N_ELEMENTS(m->tracks) + 1);       /* number for the next track */
	box_close(b, at);
}

/** As the format's other writers put it: moov/udta/meta/ilst/©nam. */
static void put_title(const struct mux *m, GByteArray *b)
{
	size_t udta, meta, hdlr, ilst, name, data;

	if (!*m->title)
		return;
	udta = box_open(b, "udta");
	meta = box_open_full(b, "meta", 0, 0);
	hdlr = box_open_full(b, "hdlr", 0, 0);
	box_u32(b, 0);
	box_text(b, "mdirappl");
	box_zeros(b, 9);
	box_close(b, hdlr);
	ilst = box_open(b, "ilst");
	name = box_open(b, "\251nam");
	data = box_open(b, "data");
	box_u32(b, 1);                         /* UTF-8 */
	box_u32(b, 0);
	box_text(b, m->title);
	box_close(b, data);
	box_close(b, name);
	box_close(b, ilst);
	box_close(b, meta);
	box_close(b, udta);
}

static GByteArray *make_index(const struct mux *m)
{
	GByteArray *b = g_byte_array_new();
	size_t at = box_open(b, "moov");

	put_movie_header(m, b);
	for (size_t i = 0; i < G_N_ELEMENTS(m->tracks); i++) {
		const struct track *t = &m->tracks[i];
		struct mp4_track_conf conf = { (uint32_t)i + 1, MOVIE_RATE, length_of(t), media_at(m) };

		if (t->index)
			mp4_track_box(t->index, b, &conf);
	}
	put_title(m, b);
	box_close(b, at);
	return b;
}

static int write_index(struct mux *m)
{
	int err = make_room(m, index_size(m));
	GByteArray *b;

	if (err)
		return err;
	b = make_index(m);
	put_free(b, m->reserve - b->len);
	put_mdat_header(b, m->media);
	return write_boxes(m, b, m->ftyp_size);
}

int mux_mp4_finish(void *state, int gain_q8, struct sink_result *r)
{
	struct mux *m = state;
	int err = gain_q8 ? -EINVAL : 0;       /* AAC has no place for it: who makes the sound puts it there */

	for (size_t i = 0; !err && i < G_N_ELEMENTS(m->tracks); i++)
		err = flush(m, &m->tracks[i]);
	if (!err)
		err = write_index(m);
	return err ? err : outfile_finish(m->file, r);
}

int mux_mp4_publish(void *state)
{
	return outfile_publish(((struct mux *)state)->file);
}

void mux_mp4_close(void *state)
{
	struct mux *m = state;

	if (!m)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(m->tracks); i++) {
		mp4_track_unref(&m->tracks[i].index);
		if (m->tracks[i].pending)
			g_byte_array_unref(m->tracks[i].pending);
	}
	outfile_unref(&m->file);
	g_free(m->title);
	g_free(m);
}

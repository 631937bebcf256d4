/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The trak box (ISO/IEC 14496-12 §8.3) of one track: H.264 with lengths, or AAC-LC. Called by mux_mp4 on the writing thread.
 *
 *   trak ─ tkhd, edts ─ elst (from the padding's end, so long as the recording), mdia ─ mdhd, hdlr, minf ─ …, stbl ─ stsd stts stss stsc stsz co64
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "postprocess/avc.h"
#include "postprocess/boxes.h"
#include "postprocess/mp4_track.h"

enum {
	FIXED_SIZE = 1024,         /* all of the box but its tables and what the codec says of itself */
	LANGUAGE_UND = 0x55c4,     /* "und" (§8.4.2.3) */
	OBJECT_AAC = 0x40, STREAM_AUDIO = 5,   /* ISO/IEC 14496-1 §7.2.6.6 */
	TKHD_SHOWN = 3,            /* enabled, in movie */
	LONG = 1,                  /* versions of boxes with 64-bit times */
};

struct run { uint32_t count, duration; };
struct chunk { int64_t offset; uint32_t frames; };

struct mp4_track {
	AVCodecParameters *par;
	GByteArray *config;        /* avcC's body, or AudioSpecificConfig */
	uint32_t rate;
	GArray *sizes;             /* uint32_t each frame */
	GArray *runs;              /* struct run: frames of the same duration */
	GArray *keys;              /* uint32_t, numbers of keyframes from 1 on */
	GArray *chunks;            /* struct chunk */
	uint32_t in_chunk;         /* frames since the last one */
	uint64_t length;           /* of all frames */
};

static bool is_video(const struct mp4_track *t)
{
	return t->par->codec_type == AVMEDIA_TYPE_VIDEO;
}

static int take_config(struct mp4_track *t)
{
	const AVCodecParameters *par = t->par;

	if (par->codec_id == AV_CODEC_ID_H264)
		return avc_config(t->config, par->extradata, (size_t)par->extradata_size);
	if (par->codec_id != AV_CODEC_ID_AAC)
		return -EINVAL;
	if (par->extradata_size < 2 || par->extradata_size > 64)
		return -EBADMSG;
	box_bytes(t->config, par->extradata, (size_t)par->extradata_size);
	return 0;
}

int mp4_track_create(struct mp4_track **out, const AVCodecParameters *par, uint32_t rate)
{
	struct mp4_track *t = g_new0(struct mp4_track, 1);
	int err;

	t->rate = rate;
	t->config = g_byte_array_new();
	t->sizes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	t->runs = g_array_new(FALSE, FALSE, sizeof(struct run));
	t->keys = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	t->chunks = g_array_new(FALSE, FALSE, sizeof(struct chunk));
	t->par = avcodec_parameters_alloc();
	err = t->par ? avcodec_parameters_copy(t->par, par) : -ENOMEM;
	if (err >= 0)
		err = take_config(t);
	if (err < 0)
		mp4_track_unref(&t);
	else
		*out = t;
	return err < 0 ? err : 0;
}

void mp4_track_unref(struct mp4_track **track)
{
	struct mp4_track *t = *track;

	if (!t)
		return;
	avcodec_parameters_free(&t->par);
	g_byte_array_unref(t->config);
	g_array_unref(t->sizes);
	g_array_unref(t->runs);
	g_array_unref(t->keys);
	g_array_unref(t->chunks);
	g_clear_pointer(track, g_free);
}

void mp4_track_frame(struct mp4_track *t, size_t size, int64_t duration, bool keyframe)
{
	struct run *last = t->runs->len ? &g_array_index(t->runs, struct run, t->runs->len - 1) : NULL, one = { 1, (uint32_t)duration };
	uint32_t bytes = (uint32_t)size, number;

	g_array_append_val(t->sizes, bytes);
	number = t->sizes->len;
	if (keyframe)
		g_array_append_val(t->keys, number);
	if (last && last->duration == one.duration)
		last->count++;
	else
		g_array_append_val(t->runs, one);
	t->length += one.duration;
	t->in_chunk++;
}

void mp4_track_chunk(struct mp4_track *t, int64_t offset)
{
	struct chunk c = { offset, t->in_chunk };

	g_array_append_val(t->chunks, c);
	t->in_chunk = 0;
}

size_t mp4_track_size(const struct mp4_track *t)
{
	return FIXED_SIZE + t->config->len + 4 * (size_t)t->sizes->len + 8 * (size_t)t->runs->len + (is_video(t) ? 4 * (size_t)t->keys->len : 0) +
	       (12 + 8) * (size_t)t->chunks->len;
}

/* ---- what is in it ---- */

static void put_avc1(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open(b, "avc1"), inner;

	box_zeros(b, 6);
	box_u16(b, 1);                         /* data reference */
	box_zeros(b, 16);
	box_u16(b, (unsigned)t->par->width);
	box_u16(b, (unsigned)t->par->height);
	box_u32(b, 72 << 16);
	box_u32(b, 72 << 16);
	box_u32(b, 0);
	box_u16(b, 1);                         /* frames in a sample */
	box_zeros(b, 32);
	box_u16(b, 24);
	box_u16(b, 0xffff);
	inner = box_open(b, "avcC");
	box_bytes(b, t->config->data, t->config->len);
	box_close(b, inner);
	inner = box_open(b, "colr");
	box_text(b, "nclx");
	box_u16(b, (unsigned)t->par->color_primaries);
	box_u16(b, (unsigned)t->par->color_trc);
	box_u16(b, (unsigned)t->par->color_space);
	box_u8(b, t->par->color_range == AVCOL_RANGE_JPEG ? 0x80 : 0);
	box_close(b, inner);
	inner = box_open(b, "pasp");
	box_u32(b, 1);
	box_u32(b, 1);
	box_close(b, inner);
	box_close(b, at);
}

/** A descriptor's tag and length (ISO/IEC 14496-1 §8.3.3), which is below 128 here. */
static void put_tag(GByteArray *b, unsigned tag, size_t length)
{
	box_u8(b, tag);
	box_u8(b, (unsigned)length);
}

static void put_esds(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open_full(b, "esds", 0, 0), config = t->config->len;

	put_tag(b, 3, 3 + 2 + 13 + 2 + config + 3);
	box_u16(b, 0);
	box_u8(b, 0);
	put_tag(b, 4, 13 + 2 + config);
	box_u8(b, OBJECT_AAC);
	box_u8(b, STREAM_AUDIO << 2 | 1);
	box_zeros(b, 3);                       /* buffer: not said */
	box_u32(b, 0);                         /* highest bit rate: not said */
	box_u32(b, (uint32_t)t->par->bit_rate);
	put_tag(b, 5, config);
	box_bytes(b, t->config->data, config);
	put_tag(b, 6, 1);
	box_u8(b, 2);
	box_close(b, at);
}

static void put_mp4a(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open(b, "mp4a");

	box_zeros(b, 6);
	box_u16(b, 1);
	box_zeros(b, 8);
	box_u16(b, (unsigned)t->par->ch_layout.nb_channels);
	box_u16(b, 16);
	box_u32(b, 0);
	box_u32(b, (uint32_t)t->par->sample_rate << 16);
	put_esds(t, b);
	box_close(b, at);
}

/* ---- the tables ---- */

static void put_description(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open_full(b, "stsd", 0, 0);

	box_u32(b, 1);
	if (is_video(t))
		put_avc1(t, b);
	else
		put_mp4a(t, b);
	box_close(b, at);
}

static void put_times(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open_full(b, "stts", 0, 0);

	box_u32(b, t->runs->len);
	for (guint i = 0; i < t->runs->len; i++) {
		const struct run *r = &g_array_index(t->runs, struct run, i);

		box_u32(b, r->count);
		box_u32(b, r->duration);
	}
	box_close(b, at);
}

/** Without it each frame is a keyframe, as each of sound is. */
static void put_keys(const struct mp4_track *t, GByteArray *b)
{
	size_t at;

	if (!is_video(t))
		return;
	at = box_open_full(b, "stss", 0, 0);
	box_u32(b, t->keys->len);
	for (guint i = 0; i < t->keys->len; i++)
		box_u32(b, g_array_index(t->keys, uint32_t, i));
	box_close(b, at);
}

/** A row where the number of frames in a chunk changes. */
static void put_chunk_sizes(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open_full(b, "stsc", 0, 0), count = b->len;
	uint32_t rows = 0, before = 0;
	guint32 be;

	box_u32(b, 0);
	for (guint i = 0; i < t->chunks->len; i++) {
		uint32_t frames = g_array_index(t->chunks, struct chunk, i).frames;

		if (frames == before)
			continue;
		box_u32(b, i + 1);
		box_u32(b, frames);
		box_u32(b, 1);
		before = frames;
		rows++;
	}
	be = GUINT32_TO_BE(rows);
	memcpy(b->data + count, &be, sizeof(be));
	box_close(b, at);
}

static void put_sizes(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open_full(b, "stsz", 0, 0);

	box_u32(b, 0);
	box_u32(b, t->sizes->len);
	for (guint i = 0; i < t->sizes->len; i++)
		box_u32(b, g_array_index(t->sizes, uint32_t, i));
	box_close(b, at);
}

static void put_offsets(const struct mp4_track *t, GByteArray *b, int64_t moved)
{
	int64_t last = t->chunks->len ? g_array_index(t->chunks, struct chunk, t->chunks->len - 1).offset + moved : 0;
	bool wide = last > UINT32_MAX;
	size_t at = box_open_full(b, wide ? "co64" : "stco", 0, 0);

	box_u32(b, t->chunks->len);
	for (guint i = 0; i < t->chunks->len; i++) {
		int64_t offset = g_array_index(t->chunks, struct chunk, i).offset + moved;

		if (wide)
			box_u64(b, (uint64_t)offset);
		else
			box_u32(b, (uint32_t)offset);
	}
	box_close(b, at);
}

/** A decoder that is put down in the middle needs the frame before (ISO/IEC 14496-12 §10.1). */
static void put_preroll(const struct mp4_track *t, GByteArray *b)
{
	size_t at;

	if (is_video(t))
		return;
	at = box_open_full(b, "sgpd", 1, 0);
	box_text(b, "roll");
	box_u32(b, 2);
	box_u32(b, 1);
	box_u16(b, (unsigned)-1);
	box_close(b, at);
	at = box_open_full(b, "sbgp", 0, 0);
	box_text(b, "roll");
	box_u32(b, 1);
	box_u32(b, t->sizes->len);
	box_u32(b, 1);
	box_close(b, at);
}

static void put_sample_table(const struct mp4_track *t, GByteArray *b, int64_t moved)
{
	size_t at = box_open(b, "stbl");

	put_description(t, b);
	put_times(t, b);
	put_keys(t, b);
	put_chunk_sizes(t, b);
	put_sizes(t, b);
	put_offsets(t, b, moved);
	put_preroll(t, b);
	box_close(b, at);
}

/* ---- around the tables ---- */

static void put_track_header(const struct mp4_track *t, GByteArray *b, const struct mp4_track_conf *conf)
{
	static const uint32_t matrix[9] = { 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30 };
	size_t at = box_open_full(b, "tkhd", LONG, TKHD_SHOWN);

	box_zeros(b, 16);                      /* made and changed: at no time, so the same recording gives the same bytes */
	box_u32(b, conf->id);
	box_u32(b, 0);
	box_u64(b, conf->length);
	box_zeros(b, 12);
	box_u16(b, is_video(t) ? 0 : 0x0100);  /* volume */
	box_u16(b, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(matrix); i++)
		box_u32(b, matrix[i]);
	box_u32(b, is_video(t) ? (uint32_t)t->par->width << 16 : 0);
	box_u32(b, is_video(t) ? (uint32_t)t->par->height << 16 : 0);
	box_close(b, at);
}

static void put_edit_list(const struct mp4_track *t, GByteArray *b, const struct mp4_track_conf *conf)
{
	size_t at = box_open(b, "edts"), elst = box_open_full(b, "elst", LONG, 0);

	box_u32(b, 1);
	box_u64(b, conf->length);
	box_u64(b, is_video(t) ? 0 : (uint64_t)t->par->initial_padding);
	box_u32(b, 1 << 16);
	box_close(b, elst);
	box_close(b, at);
}

static void put_media_header(const struct mp4_track *t, GByteArray *b)
{
	size_t at = box_open_full(b, "mdhd", LONG, 0);

	box_zeros(b, 16);
	box_u32(b, t->rate);
	box_u64(b, t->length);
	box_u16(b, LANGUAGE_UND);
	box_u16(b, 0);
	box_close(b, at);
	at = box_open_full(b, "hdlr", 0, 0);
	box_u32(b, 0);
	box_text(b, is_video(t) ? "vide" : "soun");
	box_zeros(b, 12);
	box_text(b, is_video(t) ? "Video" : "Sound");
	box_u8(b, 0);
	box_close(b, at);
}

static void put_media_info(const struct mp4_track *t, GByteArray *b, int64_t moved)
{
	size_t minf = box_open(b, "minf"), at, dref;

	at = box_open_full(b, is_video(t) ? "vmhd" : "smhd", 0, is_video(t) ? 1 : 0);
	box_zeros(b, is_video(t) ? 8 : 4);
	box_close(b, at);
	at = box_open(b, "dinf");
	dref = box_open_full(b, "dref", 0, 0);
	box_u32(b, 1);
	box_close(b, box_open_full(b, "url ", 0, 1));  /* in this file */
	box_close(b, dref);
	box_close(b, at);
	put_sample_table(t, b, moved);
	box_close(b, minf);
}

void mp4_track_box(const struct mp4_track *t, GByteArray *b, const struct mp4_track_conf *conf)
{
	size_t at = box_open(b, "trak"), mdia;

	put_track_header(t, b, conf);
	put_edit_list(t, b, conf);
	mdia = box_open(b, "mdia");
	put_media_header(t, b);
	put_media_info(t, b, conf->moved);
	box_close(b, mdia);
	box_close(b, at);
}

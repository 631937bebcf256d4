/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * H.264 (RFC 6184, packetization modes 0 and 1): NAL units of one timestamp are a picture, written with lengths of four bytes (AVCC).
 *
 *	single NAL ──────────────┐
 *	STAP-A: NAL · NAL ───────┼▶ length · NAL │ length · NAL … ─ marker ─▶ IDR? SPS and PPS in front, avcC ─▶ on_frame
 *	FU-A: start … end ───────┘       └ SPS, PPS: kept by id
 *
 * A keyframe is an IDR picture whose SPS and PPS came, in the stream or in the SDP; it always carries them, so that a chunk explains itself. Where a
 * sender puts them in front of its keyframes, one that comes right behind a hole without them is refused: other ones may have been in the hole.
 */
#include "plugins/depay.h"

#include <errno.h>
#include <string.h>
#include "plugins/h264.h"
#include "plugins/picture.h"

enum { LENGTH = 4, FU_HEADER = 2, FU_START = 0x80, FU_END = 0x40 };

struct h264 {
	struct picture pic;
	struct h264_sets sets;
	GByteArray *whole, *config;    /* a keyframe with its sets, and its avcC */
	size_t fu_at;              /* where the length of the NAL unit in fragments is */
	bool fu_open;
	/* the picture */
	bool sps, pps;             /* came in it */
	bool slice, idr;
	bool after_hole;
	unsigned slice_pps;
	/* the stream */
	bool in_band;              /* sets come in the stream, with keyframes */
};

static void put_length(uint8_t *p, size_t len)
{
	for (int i = 0; i < LENGTH; i++)
		p[i] = (uint8_t)(len >> (24 - 8 * i));
}

/* ---- a whole picture ---- */

static void put_in_front(GByteArray *out, GBytes *set)
{
	gsize len;
	const guint8 *data = g_bytes_get_data(set, &len);
	uint8_t length[LENGTH];

	put_length(length, len);
	g_byte_array_append(out, length, LENGTH);
	g_byte_array_append(out, data, (guint)len);
}

/* A keyframe's sets in front of it, if it came without. */
static int complete(struct h264 *v, struct frame *f)
{
	GBytes *sps, *pps;

	if (!h264_sets_find(&v->sets, v->slice_pps, &sps, &pps))
		return -EBADMSG;
	if (!v->config) {
		v->config = g_byte_array_new();
		v->whole = g_byte_array_new();
	}
	if (!(v->sps && v->pps)) {
		g_byte_array_set_size(v->whole, 0);
		put_in_front(v->whole, sps);
		put_in_front(v->whole, pps);
		g_byte_array_append(v->whole, f->data, (guint)f->len);
		f->data = v->whole->data;
		f->len = v->whole->len;
	}
	return h264_sets_config(&v->sets, v->slice_pps, v->config);
}

static int finish_key(struct h264 *v, struct frame *f)
{
	bool with_sets = v->sps && v->pps;
	int err;

	if (v->in_band && v->after_hole && !with_sets)
		return -EBADMSG;
	err = complete(v, f);
	if (err)
		return err;
	f->keyframe = true;
	f->config = v->config->data;
	f->config_len = v->config->len;
	v->in_band = with_sets;
	return h264_keyframe(f->data, f->len, &f->width, &f->height) == 1 ? 0 : -EBADMSG;
}

static void finish(struct h264 *v, const struct depay_sink *sink)
{
	struct frame f;

	if (v->fu_open) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_LOST, sink);
		return;
	}
	f = picture_close(&v->pic);
	if (!v->slice)
		return;            /* parameter sets or messages only */
	if (v->idr && finish_key(v, &f) < 0)
		sink->on_break(DEPAY_DECODE, sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

/* ---- NAL units ---- */

static int note_slice(struct h264 *v, const uint8_t *nal, size_t len)
{
	struct h264_slice s;
	int err = h264_slice_parse(&s, nal, len);

	bool idr = (nal[0] & 0x1f) == H264_IDR;

	if (err || (!v->slice && !s.first) || (idr && !s.intra))
		return -EBADMSG;
	v->slice = true;
	v->idr |= idr;
	v->slice_pps = s.pps;
	return 0;
}

/* What a whole NAL unit, or the first fragment of one, says. */
static int note_nal(struct h264 *v, const uint8_t *nal, size_t len)
{
	switch (nal[0] & 0x1f) {
	case H264_SPS:
		v->sps = v->in_band = true;
		return h264_sets_put(&v->sets, nal, len);
	case H264_PPS:
		v->pps = true;
		return h264_sets_put(&v->sets, nal, len);
	case H264_SLICE:
	case H264_IDR:
		return note_slice(v, nal, len);
	default:
		return 0;
	}
}

/* 0, or -EBADMSG when the picture is given up. */
static int put_nal(struct h264 *v, const uint8_t *nal, size_t len, const struct depay_sink *sink)
{
	unsigned type = nal[0] & 0x1f;
	uint8_t length[LENGTH];

	if (type == H264_AUD)
		return 0;
	put_length(length, len);
	if (type == 0 || type >= H264_STAP_A || note_nal(v, nal, len) < 0) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_DECODE, sink);
		return -EBADMSG;
	}
	return picture_put(&v->pic, length, LENGTH, sink) && picture_put(&v->pic, nal, len, sink) ? 0 : -EBADMSG;
}

static int put_several(struct h264 *v, const uint8_t *p, size_t len, const struct depay_sink *sink)
{
	int err = 0;

	while (len >= 2 && !err) {
		size_t size = (size_t)p[0] << 8 | p[1];

		p += 2;
		len -= 2;
		if (size > len)
			break;
		err = size ? put_nal(v, p, size, sink) : 0;
		p += size;
		len -= size;
	}
	if (!err && len > 0) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_DECODE, sink);
		err = -EBADMSG;
	}
	return err;
}

/* The first fragment brings the NAL unit's header. */
static int fragment_start(struct h264 *v, const uint8_t *p, size_t len, const struct depay_sink *sink)
{
	uint8_t *nal = g_memdup2(p + 1, len - 1);
	int err;

	nal[0] = (uint8_t)((p[0] & 0xe0) | (p[1] & 0x1f));
	v->fu_at = v->pic.data->len;
	v->fu_open = true;
	err = put_nal(v, nal, len - 1, sink);
	g_free(nal);
	return err;
}

/* Parameter sets are read when they come, so they come whole, as they do from everybody. */
static bool may_be_split(uint8_t fu)
{
	unsigned type = fu & 0x1f;

	return !(fu & FU_END) && type != H264_SPS && type != H264_PPS;
}

static int put_fragment(struct h264 *v, const uint8_t *p, size_t len, const struct depay_sink *sink)
{
	bool start = len > FU_HEADER && p[1] & FU_START;

	if (len <= FU_HEADER || start == v->fu_open || (start && !may_be_split(p[1]))) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_LOST, sink);
		return -EBADMSG;
	}
	if (start)
		return fragment_start(v, p, len, sink);
	if (!picture_put(&v->pic, p + FU_HEADER, len - FU_HEADER, sink))
		return -EBADMSG;
	if (p[1] & FU_END) {
		v->fu_open = false;
		put_length(v->pic.data->data + v->fu_at, v->pic.data->len - v->fu_at - LENGTH);
	}
	return 0;
}

static int put_payload(struct h264 *v, const uint8_t *p, size_t len, const struct depay_sink *sink)
{
	unsigned type = p[0] & 0x1f;

	if (type == H264_FU_A)
		return put_fragment(v, p, len, sink);
	if (v->fu_open) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_LOST, sink);
		return -EBADMSG;
	}
	return type == H264_STAP_A ? put_several(v, p + 1, len - 1, sink) : put_nal(v, p, len, sink);
}

/* ---- packets ---- */

/* The NAL unit a payload begins with: its type, 0 when it is the middle of one. *body: what follows its header. */
static unsigned first_nal(const uint8_t *p, size_t len, const uint8_t **body, size_t *left)
{
	unsigned type = p[0] & 0x1f;
	size_t skip = type == H264_STAP_A ? 3 : type == H264_FU_A ? 1 : 0;

	*body = p + MIN(len, skip + 1);
	*left = len - MIN(len, skip + 1);
	if (len <= skip)
		return 0;
	return type == H264_FU_A && !(p[1] & FU_START) ? 0 : p[skip] & 0x1f;
}

/* Is this the start of a picture for sure, though a hole was in front of it? */
static bool starts_picture(const uint8_t *p, size_t len)
{
	const uint8_t *body;
	size_t left;
	unsigned type = first_nal(p, len, &body, &left);

	if (type == H264_SLICE || type == H264_IDR)
		return left > 0 && (body[0] & 0x80);
	return type == H264_SPS || type == H264_AUD || type == H264_SEI || type == H264_PPS;
}

static bool is_whole_nal(const uint8_t *p, size_t len)
{
	const uint8_t *body;
	size_t left;

	return first_nal(p, len, &body, &left) != 0;
}

static void begin(struct h264 *v, bool hole)
{
	v->after_hole = hole;
	v->fu_open = v->sps = v->pps = v->slice = v->idr = false;
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct h264 *v = state;
	bool hole = picture_hole(&v->pic, p), was_open, next;

	if (p->len == 0)
		return;
	next = !hole && (v->pic.ended || (v->pic.open && p->rtp != v->pic.rtp)) && is_whole_nal(p->payload, p->len);
	if (picture_ends(&v->pic, p, hole, sink))
		finish(v, sink);
	was_open = v->pic.open;
	if (!picture_takes(&v->pic, p, next || starts_picture(p->payload, p->len), sink))
		return;
	if (!was_open)
		begin(v, hole);
	if (put_payload(v, p->payload, p->len, sink) == 0 && p->marker)
		finish(v, sink);
}

static void prime(void *state, const char *fmtp)
{
	struct h264 *v = state;

	h264_sets_prime(&v->sets, fmtp);
}

static void clear(void *state)
{
	struct h264 *v = state;

	picture_clear(&v->pic);
	h264_sets_clear(&v->sets);
	if (v->config) {
		g_byte_array_unref(v->config);
		g_byte_array_unref(v->whole);
	}
	*v = (struct h264){ 0 };
}

/* A keyframe begins with its parameter sets, in packets of their own or together; without, with the first slice of an IDR picture. */
static bool keyframe_starts(const uint8_t *payload, size_t len)
{
	const uint8_t *body;
	size_t left;
	unsigned type = len ? first_nal(payload, len, &body, &left) : 0;

	return type == H264_SPS || (type == H264_IDR && left > 0 && (body[0] & 0x80));
}

const struct depay depay_h264 = {
	.codec = "h264", .video = true, .codec_id = "V_MPEG4/ISO/AVC", .state_size = sizeof(struct h264), .packet = on_packet, .clear = clear,
	.keyframe = h264_keyframe, .prime = prime, .keyframe_starts = keyframe_starts, .ext = "mkv",
};

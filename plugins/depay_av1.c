/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AV1 (RTP Payload Format For AV1, v1.0): OBUs of one timestamp, whole or in fragments, are a temporal unit with all its layers; it is written in the
 * low-overhead format, each OBU with its size.
 *
 *	Z│Y│W│N  OBU · OBU · frag…  ─▶  …ment · OBU  ─▶ header · size · data, without temporal delimiters ─ marker ─▶ on_frame
 *
 * A keyframe is a temporal unit that begins with a shown keyframe and brings its sequence header, as all that begin a sequence do.
 */
#include "plugins/depay.h"

#include <errno.h>
#include "plugins/av1.h"
#include "plugins/picture.h"

struct av1 {
	struct picture pic;
	GByteArray *obu;           /* the one in fragments */
	GByteArray *config;        /* of the last keyframe */
	bool partial;              /* more of it is to come */
};

struct aggregation {
	bool continues, goes_on, sequence;     /* Z, Y, N */
	unsigned count;            /* W; 0: each element has its length */
};

static struct aggregation aggregation_parse(uint8_t b)
{
	return (struct aggregation){ b & 0x80, b & 0x40, b & 8, b >> 4 & 3 };
}

/* The next element of a payload behind its aggregation header: 1, 0 at the end, -EBADMSG. n counts them. */
static int next_element(const struct aggregation *a, const uint8_t *p, size_t len, size_t *at, unsigned *n, const uint8_t **out, size_t *size)
{
	int err = 0;

	if (*at >= len)
		return a->count && *n < a->count ? -EBADMSG : 0;
	if (a->count && *n >= a->count)
		return -EBADMSG;
	*n += 1;
	*size = len - *at;
	if (a->count != *n)
		err = av1_leb128(p, len, at, size);
	if (err || *size > len - *at)
		return -EBADMSG;
	*out = p + *at;
	*at += *size;
	return 1;
}

/* ---- temporal unit ---- */

static int set_config(struct av1 *v, struct frame *f)
{
	int err;

	if (!v->config)
		v->config = g_byte_array_new();
	err = av1_config(f->data, f->len, v->config);
	f->config = v->config->data;
	f->config_len = v->config->len;
	return err;
}

static void finish(struct av1 *v, const struct depay_sink *sink)
{
	struct frame f;
	int key;

	if (v->partial) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_LOST, sink);
		return;
	}
	f = picture_close(&v->pic);
	if (f.len == 0)
		return;            /* delimiters and padding only */
	key = av1_keyframe(f.data, f.len, &f.width, &f.height);
	f.keyframe = key > 0;
	if (key < 0 || (f.keyframe && set_config(v, &f) < 0))
		sink->on_break(DEPAY_DECODE, sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

/* A whole OBU; 0, or -EBADMSG when the temporal unit is given up. */
static int put_obu(struct av1 *v, const uint8_t *data, size_t len, const struct depay_sink *sink)
{
	uint8_t head[2 + 5];
	struct av1_obu o;
	size_t n;

	if (len == 0)
		return 0;
	if (av1_obu_parse(&o, data, len) < 0) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_DECODE, sink);
		return -EBADMSG;
	}
	if (o.type == AV1_TEMPORAL_DELIMITER || o.type == AV1_TILE_LIST || o.type == AV1_PADDING)
		return 0;
	head[0] = data[0] | 2;
	head[1] = o.header > 1 ? data[1] : 0;
	n = o.header + av1_put_leb128(head + o.header, o.len);
	return picture_put(&v->pic, head, n, sink) && picture_put(&v->pic, o.data, o.len, sink) ? 0 : -EBADMSG;
}

static int put_element(struct av1 *v, const uint8_t *data, size_t len, bool goes_on, const struct depay_sink *sink)
{
	int err = 0;

	if (!v->partial && !goes_on)
		return put_obu(v, data, len, sink);
	if (v->obu->len + len > PICTURE_MAX) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_DECODE, sink);
		return -EBADMSG;
	}
	g_byte_array_append(v->obu, data, (guint)len);
	v->partial = goes_on;
	if (!goes_on) {
		err = put_obu(v, v->obu->data, v->obu->len, sink);
		g_byte_array_set_size(v->obu, 0);
	}
	return err;
}

static int put_payload(struct av1 *v, const uint8_t *p, size_t len, const struct depay_sink *sink)
{
	struct aggregation a = aggregation_parse(p[0]);
	const uint8_t *data;
	size_t at = 1, size;
	unsigned n = 0;
	int more = a.continues == v->partial ? next_element(&a, p, len, &at, &n, &data, &size) : -EBADMSG;

	while (more > 0) {
		if (put_element(v, data, size, a.goes_on && at >= len, sink) < 0)
			return -EBADMSG;
		more = next_element(&a, p, len, &at, &n, &data, &size);
	}
	if (more < 0)
		picture_drop(&v->pic, v->pic.rtp, DEPAY_LOST, sink);
	return more;
}

/* ---- packets ---- */

/* The OBU an element begins with, though it may be cut off: its type, and what follows its header. */
static unsigned peek_obu(const uint8_t *data, size_t len, const uint8_t **body, size_t *left)
{
	size_t at = len > 0 && data[0] & 4 ? 2 : 1, size;

	*left = 0;
	if (len == 0 || len < at)
		return 0;
	if ((data[0] & 2) && av1_leb128(data, len, &at, &size) < 0)
		at = len;
	*body = data + at;
	*left = len - at;
	return data[0] >> 3 & 15;
}

/* A sequence header, and then nothing but a keyframe: where the payload shows no frame, bit N says so. */
static bool keyframe_starts(const uint8_t *payload, size_t len)
{
	struct aggregation a = len ? aggregation_parse(payload[0]) : (struct aggregation){ .continues = true };
	const uint8_t *data, *body;
	size_t at = 1, size, left;
	bool sequence = false;
	unsigned n = 0;

	while (!a.continues && at < len) {
		unsigned type;

		n++;
		size = len - at;
		if (n != a.count && av1_leb128(payload, len, &at, &size) < 0)
			break;
		data = payload + at;
		size = MIN(size, len - at);
		at += size;
		type = peek_obu(data, size, &body, &left);
		if (type == AV1_SEQUENCE)
			sequence = true;
		else if ((type == AV1_FRAME || type == AV1_FRAME_HEADER) && left > 0)
			return sequence && av1_begins_key(body, left);
		else if (type != AV1_TEMPORAL_DELIMITER && !sequence)
			break;
	}
	return sequence && a.sequence;
}

static void begin(struct av1 *v)
{
	if (!v->obu)
		v->obu = g_byte_array_new();
	g_byte_array_set_size(v->obu, 0);
	v->partial = false;
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct av1 *v = state;
	bool hole = picture_hole(&v->pic, p), was_open, start;

	if (p->len == 0)
		return;
	start = hole ? keyframe_starts(p->payload, p->len) : !aggregation_parse(p->payload[0]).continues;
	if (picture_ends(&v->pic, p, hole, sink))
		finish(v, sink);
	was_open = v->pic.open;
	if (!picture_takes(&v->pic, p, start, sink))
		return;
	if (!was_open)
		begin(v);
	if (put_payload(v, p->payload, p->len, sink) == 0 && p->marker)
		finish(v, sink);
}

static void clear(void *state)
{
	struct av1 *v = state;

	picture_clear(&v->pic);
	if (v->obu)
		g_byte_array_unref(v->obu);
	if (v->config)
		g_byte_array_unref(v->config);
	*v = (struct av1){ 0 };
}

const struct depay depay_av1 = {
	.codec = "av1", .video = true, .codec_id = "V_AV1", .state_size = sizeof(struct av1), .packet = on_packet, .clear = clear,
	.keyframe = av1_keyframe, .keyframe_starts = keyframe_starts, .ext = "webm",
};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP8 (RFC 7741): packets of one timestamp, from the start of partition 0 to the marker, are a frame.
 *
 *	S=1 PID=0      S=0          S=0 marker
 *	┌──────────┐  ┌──────────┐  ┌──────────┐
 *	│ desc│data│─▶│ desc│data│─▶│ desc│data│─▶ on_frame        a hole anywhere: the frame is dropped, on_break
 *	└──────────┘  └──────────┘  └──────────┘
 *
 * A hole between two frames whose picture ids follow one another held nothing but padding, and breaks nothing.
 */
#include "plugins/depay.h"

#include <errno.h>
#include <glib.h>
#include "plugins/descriptor.h"

enum { FRAME_MAX = 4 << 20, KEY_HEADER = 10 };   /* [bytes] */

struct vp8 {
	GByteArray *data;          /* the frame so far; NULL until the first */
	bool open;                 /* data belongs to a frame whose packets came without a hole */
	bool ended;                /* the last packet closed a frame */
	bool hole;                 /* in front of padding */
	int64_t rtp, arrival_us;
	int picture_id, bits;      /* of the last frame begun */
	int64_t dropped_rtp;       /* the frame that is being skipped */
	bool dropping;
};

/* The frame tag and the keyframe's header, RFC 6386 §9.1. */
static int keyframe(const uint8_t *p, size_t len, int *width, int *height)
{
	if (len < 3)
		return -EBADMSG;
	if (p[0] & 1)
		return 0;
	if (len < KEY_HEADER || p[3] != 0x9d || p[4] != 0x01 || p[5] != 0x2a)
		return -EBADMSG;
	*width = (p[7] << 8 | p[6]) & 0x3fff;
	*height = (p[9] << 8 | p[8]) & 0x3fff;
	return *width && *height ? 1 : -EBADMSG;
}

static void finish(struct vp8 *v, const struct depay_sink *sink)
{
	struct frame f = { .rtp = v->rtp, .arrival_us = v->arrival_us };
	int key;

	if (!v->open)
		return;
	v->open = false;
	f.data = v->data->data;
	f.len = v->data->len;
	key = keyframe(f.data, f.len, &f.width, &f.height);
	f.keyframe = key > 0;
	if (key < 0)
		sink->on_break(sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

static void drop(struct vp8 *v, int64_t rtp, const struct depay_sink *sink)
{
	v->open = false;
	v->dropping = true;
	v->dropped_rtp = rtp;
	sink->on_break(sink->arg);
}

static void begin(struct vp8 *v, const struct depay_packet *p, const struct vp8_descriptor *d)
{
	if (!v->data)
		v->data = g_byte_array_new();
	g_byte_array_set_size(v->data, 0);
	v->open = true;
	v->dropping = false;
	v->rtp = p->rtp;
	v->arrival_us = p->arrival_us;
	v->picture_id = d->picture.id;
	v->bits = d->picture.bits;
}

/* After a hole: does this packet begin the very next picture? */
static bool follows(const struct vp8 *v, const struct vp8_descriptor *d)
{
	int modulo;

	if (!d->start || !v->ended || v->open || d->picture.bits == 0 || d->picture.bits != v->bits)
		return false;
	modulo = 1 << d->picture.bits;
	return d->picture.id == (v->picture_id + 1) % modulo;
}

static void append(struct vp8 *v, const struct depay_packet *p, size_t skip, const struct depay_sink *sink)
{
	if (v->data->len + p->len - skip > FRAME_MAX) {
		drop(v, p->rtp, sink);
		return;
	}
	if (p->arrival_us < v->arrival_us)
		v->arrival_us = p->arrival_us;
	g_byte_array_append(v->data, p->payload + skip, (guint)(p->len - skip));
	v->ended = p->marker;
	if (p->marker)
		finish(v, sink);
}

/* What the packet says about the frame before it. */
static void close_previous(struct vp8 *v, const struct depay_packet *p, bool hole, const struct depay_sink *sink)
{
	if (hole && v->open)
		drop(v, v->rtp, sink);
	else if (hole)
		sink->on_break(sink->arg);
	else if (v->open && p->rtp != v->rtp)
		finish(v, sink);   /* a sender that sets no marker */
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct vp8 *v = state;
	struct vp8_descriptor d;
	bool hole;

	if (p->len == 0) {
		/* Padding tells nothing about the hole in front of it: leave that to the next packet of a picture. */
		v->hole |= p->after_loss;
		return;
	}
	if (vp8_descriptor(&d, p->payload, p->len) < 0) {
		drop(v, p->rtp, sink);
		return;
	}
	hole = (p->after_loss || v->hole) && !follows(v, &d);
	v->hole = false;
	close_previous(v, p, hole, sink);
	if (d.start && !(v->open && p->rtp == v->rtp))
		begin(v, p, &d);
	else if (!v->open && !(v->dropping && p->rtp == v->dropped_rtp))
		drop(v, p->rtp, sink);
	if (v->open)
		append(v, p, d.size, sink);
}

static void clear(void *state)
{
	struct vp8 *v = state;

	if (v->data)
		g_byte_array_unref(v->data);
	*v = (struct vp8){ 0 };
}

/* First packet of a keyframe (RFC 7741 §4.2). */
static bool keyframe_starts(const uint8_t *payload, size_t len)
{
	size_t at = 1;

	if (len < 2 || !(payload[0] & 0x10) || (payload[0] & 7))
		return false;      /* not the start of the first partition */
	if (payload[0] & 0x80) {
		uint8_t x = payload[at++];

		if ((x & 0x80) && at < len)
			at += payload[at] & 0x80 ? 2 : 1;
		at += !!(x & 0x40) + !!(x & 0x30);
	}
	return at < len && !(payload[at] & 1);
}

const struct depay depay_vp8 = {
	.codec = "vp8", .video = true, .codec_id = AV_CODEC_ID_VP8, .state_size = sizeof(struct vp8), .packet = on_packet, .clear = clear,
	.keyframe = keyframe, .keyframe_starts = keyframe_starts, .ext = "webm",
};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP8 (RFC 7741): packets of one timestamp, from the start of partition 0 to the marker, are a frame.
 *
 *	S=1 PID=0      S=0          S=0 marker
 *	┌──────────┐  ┌──────────┐  ┌──────────┐
 *	│ desc│data│─▶│ desc│data│─▶│ desc│data│─▶ on_frame        a hole anywhere: the frame is dropped, on_break
 *	└──────────┘  └──────────┘  └──────────┘
 *
 * A hole between two frames whose picture ids follow one another held nothing but padding, and breaks nothing. One that held only pictures of higher
 * temporal layers (TL0PICIDX goes on) costs these and what rests on them: lower layers never do, and a layer is taken up again where one of its pictures
 * rests on layer 0 alone (Y).
 */
#include "plugins/depay.h"

#include <errno.h>
#include "plugins/descriptor.h"
#include "plugins/picture.h"
#include "plugins/temporal.h"

enum { KEY_HEADER = 10 };   /* [bytes] */

struct vp8 {
	struct picture pic;
	struct temporal layers;
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
	struct frame f = picture_close(&v->pic);
	int key = keyframe(f.data, f.len, &f.width, &f.height);

	f.keyframe = key > 0;
	temporal_whole(&v->layers, f.keyframe);
	if (key < 0)
		sink->on_break(DEPAY_DECODE, sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

static struct temporal_tag tag_of(const struct vp8_descriptor *d)
{
	return (struct temporal_tag){ .picture = d->picture, .tid = d->tid, .tl0 = d->tl0, .sync = d->sync };
}

/* After a hole: does this packet begin the very next picture? */
static bool follows(const struct vp8 *v, const struct vp8_descriptor *d)
{
	const struct picture_number *last = &v->layers.last.picture;

	if (!d->start || !v->pic.ended || v->pic.open || d->picture.bits == 0 || d->picture.bits != last->bits)
		return false;
	return d->picture.id == (last->id + 1) % (1 << d->picture.bits);
}

/* Only layer 0 is whole now, and what was open, or lacks its start, is nothing. */
static void lose_layers(struct vp8 *v, const struct depay_packet *p, const struct vp8_descriptor *d)
{
	temporal_lose(&v->layers);
	if (v->pic.open)
		picture_skip(&v->pic, v->pic.rtp);
	if (!d->start)
		picture_skip(&v->pic, p->rtp);
}

/* A picture that rests on a lost one. */
static bool is_orphan(struct vp8 *v, const struct depay_packet *p, const struct vp8_descriptor *d, const struct depay_sink *sink)
{
	struct temporal_tag tag = tag_of(d);

	if (!d->start || !temporal_rests_on_lost(&v->layers, &tag) || (v->pic.open && p->rtp == v->pic.rtp))
		return false;
	picture_skip(&v->pic, p->rtp);
	if (temporal_skip(&v->layers))
		sink->on_break(DEPAY_LOST, sink->arg);
	return true;
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct vp8 *v = state;
	struct vp8_descriptor d;
	struct temporal_tag tag;
	bool hole = picture_hole(&v->pic, p), was_open;

	if (p->len == 0)
		return;
	if (vp8_descriptor(&d, p->payload, p->len) < 0) {
		picture_drop(&v->pic, p->rtp, DEPAY_DECODE, sink);
		return;
	}
	tag = tag_of(&d);
	hole = hole && !follows(v, &d);
	if (hole && temporal_base_goes_on(&v->layers, &tag, d.start)) {
		lose_layers(v, p, &d);
		hole = false;
	}
	if (picture_ends(&v->pic, p, hole, sink))
		finish(v, sink);   /* a sender that sets no marker */
	if (is_orphan(v, p, &d, sink))
		return;
	was_open = v->pic.open;
	if (!picture_takes(&v->pic, p, d.start, sink))
		return;
	if (!was_open)
		temporal_begin(&v->layers, &tag);
	if (picture_put(&v->pic, p->payload + d.size, p->len - d.size, sink) && p->marker)
		finish(v, sink);
}

static void clear(void *state)
{
	struct vp8 *v = state;

	picture_clear(&v->pic);
	*v = (struct vp8){ 0 };
}

/* First packet of a keyframe (RFC 7741 §4.2). */
static bool keyframe_starts(const uint8_t *payload, size_t len)
{
	struct vp8_descriptor d;

	return vp8_descriptor(&d, payload, len) == 0 && d.start && !(payload[d.size] & 1);
}

const struct depay depay_vp8 = {
	.codec = "vp8", .video = true, .codec_id = "V_VP8", .state_size = sizeof(struct vp8), .packet = on_packet, .clear = clear,
	.keyframe = keyframe, .keyframe_starts = keyframe_starts, .ext = "webm",
};

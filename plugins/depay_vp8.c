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
#include "plugins/descriptor.h"
#include "plugins/picture.h"

enum { KEY_HEADER = 10 };   /* [bytes] */

struct vp8 {
	struct picture pic;
	int picture_id, bits;      /* of the last picture begun */
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
	if (key < 0)
		sink->on_break(DEPAY_DECODE, sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

/* After a hole: does this packet begin the very next picture? */
static bool follows(const struct vp8 *v, const struct vp8_descriptor *d)
{
	if (!d->start || !v->pic.ended || v->pic.open || d->picture.bits == 0 || d->picture.bits != v->bits)
		return false;
	return d->picture.id == (v->picture_id + 1) % (1 << d->picture.bits);
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct vp8 *v = state;
	struct vp8_descriptor d;
	bool hole = picture_hole(&v->pic, p), was_open;

	if (p->len == 0)
		return;
	if (vp8_descriptor(&d, p->payload, p->len) < 0) {
		picture_drop(&v->pic, p->rtp, DEPAY_DECODE, sink);
		return;
	}
	if (picture_ends(&v->pic, p, hole && !follows(v, &d), sink))
		finish(v, sink);   /* a sender that sets no marker */
	was_open = v->pic.open;
	if (!picture_takes(&v->pic, p, d.start, sink))
		return;
	if (!was_open) {
		v->picture_id = d.picture.id;
		v->bits = d.picture.bits;
	}
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

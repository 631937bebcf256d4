/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP9 (RFC 9628): all spatial layers of one timestamp are one picture, and become one superframe, of which a decoder shows the last.
 *
 *	  layer 0               layer 1
 *	┌B─────┐  ┌─────E┐  ┌B───────────E marker┐
 *	│ frame│─▶│ data │─▶│ frame              │─▶ frame 0 · frame 1 · index ─▶ on_frame
 *	└──────┘  └──────┘  └────────────────────┘
 *
 * A hole anywhere drops the picture. A hole between two pictures whose ids follow one another held nothing but padding, and breaks nothing.
 */
#include "plugins/depay.h"

#include <errno.h>
#include "plugins/descriptor.h"
#include "plugins/picture.h"
#include "plugins/vp9_header.h"

struct vp9 {
	struct picture pic;
	unsigned nlayers;          /* frames begun in the picture */
	size_t begins[VP9_SPATIAL_MAX]; /* where in the data */
	bool layer_open;           /* its last packet has not come */
	bool inter;                /* the picture's first frame is predicted */
	int picture_id, bits;      /* of the last picture begun */
};

/* Annex B: what makes several frames one. */
static void put_index(struct vp9 *v)
{
	GByteArray *data = v->pic.data;
	size_t end = data->len;
	uint8_t index[2 + 4 * VP9_SPATIAL_MAX], *at = index;

	*at++ = (uint8_t)(0xc0 | 3 << 3 | (v->nlayers - 1));
	for (unsigned i = 0; i < v->nlayers; i++) {
		size_t size = (i + 1 < v->nlayers ? v->begins[i + 1] : end) - v->begins[i];

		for (int k = 0; k < 4; k++)
			*at++ = (uint8_t)(size >> 8 * k);
	}
	*at++ = index[0];
	g_byte_array_append(data, index, (guint)(at - index));
}

static void finish(struct vp9 *v, const struct depay_sink *sink)
{
	struct frame f;
	int key;

	if (v->layer_open || v->nlayers == 0) {
		picture_drop(&v->pic, v->pic.rtp, DEPAY_LOST, sink);
		return;
	}
	if (v->nlayers > 1)
		put_index(v);
	f = picture_close(&v->pic);
	key = vp9_keyframe(f.data, f.len, &f.width, &f.height);
	f.keyframe = key > 0;
	if (key < 0 || (f.keyframe && v->inter))
		sink->on_break(DEPAY_DECODE, sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

/* After a hole: does this packet begin the very next picture? */
static bool follows(const struct vp9 *v, const struct vp9_descriptor *d)
{
	if (!d->start || d->sid > 0 || !v->pic.ended || v->pic.open || d->picture.bits == 0 || d->picture.bits != v->bits)
		return false;
	return d->picture.id == (v->picture_id + 1) % (1 << d->picture.bits);
}

/* Marks where a layer's frame begins; false when the packet does not fit to the one before. */
static bool begin_layer(struct vp9 *v, const struct vp9_descriptor *d)
{
	if (d->start == v->layer_open || (d->start && v->nlayers == VP9_SPATIAL_MAX))
		return false;
	if (d->start)
		v->begins[v->nlayers++] = v->pic.data->len;
	v->layer_open = !d->end;
	return true;
}

static void append(struct vp9 *v, const struct depay_packet *p, const struct vp9_descriptor *d, const struct depay_sink *sink)
{
	if (!begin_layer(v, d))
		picture_drop(&v->pic, p->rtp, DEPAY_LOST, sink);
	else if (picture_put(&v->pic, p->payload + d->size, p->len - d->size, sink) && p->marker)
		finish(v, sink);
}

static void on_packet(void *state, const struct depay_packet *p, const struct depay_sink *sink)
{
	struct vp9 *v = state;
	struct vp9_descriptor d;
	bool hole = picture_hole(&v->pic, p), was_open;

	if (p->len == 0)
		return;
	if (vp9_descriptor(&d, p->payload, p->len) < 0) {
		picture_drop(&v->pic, p->rtp, DEPAY_DECODE, sink);
		return;
	}
	if (picture_ends(&v->pic, p, hole && !follows(v, &d), sink))
		finish(v, sink);
	was_open = v->pic.open;
	if (!picture_takes(&v->pic, p, d.start && d.sid <= 0, sink))
		return;
	if (!was_open) {
		v->nlayers = 0;
		v->layer_open = false;
		v->inter = d.inter;
		v->picture_id = d.picture.id;
		v->bits = d.picture.bits;
	}
	append(v, p, &d, sink);
}

static void clear(void *state)
{
	struct vp9 *v = state;

	picture_clear(&v->pic);
	*v = (struct vp9){ 0 };
}

static bool keyframe_starts(const uint8_t *payload, size_t len)
{
	struct vp9_descriptor d;

	return vp9_descriptor(&d, payload, len) == 0 && !d.inter && d.start && d.sid <= 0 && vp9_begins_key(payload + d.size, len - d.size);
}

const struct depay depay_vp9 = {
	.codec = "vp9", .video = true, .codec_id = "V_VP9", .state_size = sizeof(struct vp9), .packet = on_packet, .clear = clear,
	.keyframe = vp9_keyframe, .keyframe_starts = keyframe_starts, .ext = "webm",
};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP9 (RFC 9628): all spatial layers of one timestamp are one picture, and become one superframe, of which a decoder shows the last.
 *
 *	  layer 0               layer 1
 *	┌B─────┐  ┌─────E┐  ┌B───────────E marker┐
 *	│ frame│─▶│ data │─▶│ frame              │─▶ frame 0 · frame 1 · index ─▶ on_frame
 *	└──────┘  └──────┘  └────────────────────┘
 *
 * A hole anywhere drops the picture. A hole between two pictures whose ids follow one another held nothing but padding, and breaks nothing. One that held only
 * pictures of higher temporal layers costs these and what rests on them, as in VP8. Where references are listed (flexible mode), they say what rests on what.
 */
#include "plugins/depay.h"

#include <errno.h>
#include <string.h>
#include "plugins/descriptor.h"
#include "plugins/picture.h"
#include "plugins/temporal.h"
#include "plugins/vp9_header.h"

enum { IDS = 128 };            /* pictures that a reference may go back */

struct vp9 {
	struct picture pic;
	unsigned nlayers;          /* frames begun in the picture */
	size_t begins[VP9_SPATIAL_MAX]; /* where in the data */
	bool layer_open;           /* its last packet has not come */
	bool inter;                /* the picture's first frame is predicted */
	struct temporal layers;
	uint16_t whole[IDS];       /* ids, plus one, of pictures that can be decoded; by their last bits */
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

/* What rests on the picture that was put together can be decoded. */
static void note_whole(struct vp9 *v, bool keyframe)
{
	unsigned id = (unsigned)v->layers.last.picture.id;

	if (keyframe)
		memset(v->whole, 0, sizeof(v->whole));
	if (v->layers.last.picture.bits > 0)
		v->whole[id % IDS] = (uint16_t)(id + 1);
	temporal_whole(&v->layers, keyframe);
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
	note_whole(v, f.keyframe);
	if (key < 0 || (f.keyframe && v->inter))
		sink->on_break(DEPAY_DECODE, sink->arg);
	else
		sink->on_frame(&f, sink->arg);
}

static bool begins_picture(const struct vp9_descriptor *d)
{
	return d->start && d->sid <= 0;
}

/* After a hole: does this packet begin the very next picture? */
static bool follows(const struct vp9 *v, const struct vp9_descriptor *d)
{
	const struct picture_number *last = &v->layers.last.picture;

	if (!begins_picture(d) || !v->pic.ended || v->pic.open || d->picture.bits == 0 || d->picture.bits != last->bits)
		return false;
	return d->picture.id == (last->id + 1) % (1 << d->picture.bits);
}

static struct temporal_tag tag_of(const struct vp9_descriptor *d)
{
	return (struct temporal_tag){ .picture = d->picture, .tid = d->tid, .tl0 = d->tl0, .up = d->up };
}

/* Are the references listed, of pictures with numbers enough to tell them apart? */
static bool lists_references(const struct vp9_descriptor *d)
{
	return d->flexible && d->tid >= 0 && d->picture.bits == 15;
}

/* After a hole: can what follows be told from what rests on it? */
static bool goes_on(const struct vp9 *v, const struct vp9_descriptor *d)
{
	struct temporal_tag tag = tag_of(d);

	return lists_references(d) ? v->layers.last.picture.bits == 15 : temporal_base_goes_on(&v->layers, &tag, begins_picture(d));
}

/* What was open, or lacks its start, is nothing. */
static void lose_layers(struct vp9 *v, const struct depay_packet *p, const struct vp9_descriptor *d)
{
	temporal_lose(&v->layers);
	if (v->pic.open)
		picture_skip(&v->pic, v->pic.rtp);
	if (!begins_picture(d))
		picture_skip(&v->pic, p->rtp);
}

static bool references_lost(const struct vp9 *v, const struct vp9_descriptor *d)
{
	unsigned ids = 1u << d->picture.bits;
	bool lost = false;

	for (unsigned i = 0; i < d->refs && d->inter; i++) {
		unsigned id = ((unsigned)d->picture.id + ids - d->ref_diff[i]) % ids;

		/* 0: another frame of this very picture */
		lost |= d->ref_diff[i] && v->whole[id % IDS] != id + 1;
	}
	return lost;
}

static bool rests_on_lost(const struct vp9 *v, const struct depay_packet *p, const struct vp9_descriptor *d)
{
	struct temporal_tag tag = tag_of(d);

	if (lists_references(d))
		return d->start && references_lost(v, d);
	return begins_picture(d) && temporal_rests_on_lost(&v->layers, &tag) && !(v->pic.open && p->rtp == v->pic.rtp);
}

/* A picture that rests on a lost one; one of layer 0 says that it was of that layer. */
static bool is_orphan(struct vp9 *v, const struct depay_packet *p, const struct vp9_descriptor *d, const struct depay_sink *sink)
{
	bool counted;

	if (!rests_on_lost(v, p, d))
		return false;
	counted = v->pic.dropping && p->rtp == v->pic.dropped_rtp;      /* by an earlier layer's frame */
	picture_skip(&v->pic, p->rtp);
	if (d->tid == 0 || (!counted && temporal_skip(&v->layers)))
		sink->on_break(DEPAY_LOST, sink->arg);
	return true;
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
	struct temporal_tag tag;
	bool hole = picture_hole(&v->pic, p), was_open;

	if (p->len == 0)
		return;
	if (vp9_descriptor(&d, p->payload, p->len) < 0) {
		picture_drop(&v->pic, p->rtp, DEPAY_DECODE, sink);
		return;
	}
	hole = hole && !follows(v, &d);
	if (hole && goes_on(v, &d)) {
		lose_layers(v, p, &d);
		hole = false;
	}
	if (picture_ends(&v->pic, p, hole, sink))
		finish(v, sink);
	if (is_orphan(v, p, &d, sink))
		return;
	was_open = v->pic.open;
	if (!picture_takes(&v->pic, p, begins_picture(&d), sink))
		return;
	if (!was_open) {
		v->nlayers = 0;
		v->layer_open = false;
		v->inter = d.inter;
		tag = tag_of(&d);
		temporal_begin(&v->layers, &tag);
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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Payload descriptors. Called by the depacketisers on the capture thread and, for streams with layers, in the RTP hook; no state.
 *
 *	VP8   X R N S R PID │ I L T K │ picture id │ TL0PICIDX │ TID Y KEYIDX │ bitstream
 *	VP9   I P L F B E V Z │ picture id │ TID U SID D │ TL0PICIDX or references │ scalability structure │ bitstream
 */
#include "plugins/descriptor.h"

#include <errno.h>
#include <string.h>

/* What is read; running over the end is remembered and yields zeros. */
struct reader {
	const uint8_t *p;
	size_t len, at;
	bool over;
};

static uint8_t get8(struct reader *r)
{
	if (r->at >= r->len) {
		r->over = true;
		return 0;
	}
	return r->p[r->at++];
}

static uint16_t get16(struct reader *r)
{
	uint8_t high = get8(r);

	return (uint16_t)(high << 8 | get8(r));
}

static struct picture_number get_picture(struct reader *r)
{
	struct picture_number n = { .bits = 7, .at = r->at };

	n.id = get8(r);
	if (n.id & 0x80) {
		n.bits = 15;
		n.id = (n.id & 0x7f) << 8 | get8(r);
	}
	return n;
}

void picture_number_put(uint8_t *payload, const struct picture_number *n, unsigned id)
{
	if (n->bits == 7) {
		payload[n->at] = id & 0x7f;
	} else if (n->bits == 15) {
		payload[n->at] = (uint8_t)(0x80 | (id >> 8 & 0x7f));
		payload[n->at + 1] = (uint8_t)id;
	}
}

int vp8_descriptor(struct vp8_descriptor *d, const uint8_t *p, size_t len)
{
	struct reader r = { .p = p, .len = len };
	uint8_t first = get8(&r), ext = first & 0x80 ? get8(&r) : 0, tk;

	*d = (struct vp8_descriptor){ .start = (first & 0x17) == 0x10, .picture.id = -1, .tl0 = -1, .tid = -1 };
	if (ext & 0x80)
		d->picture = get_picture(&r);
	if (ext & 0x40) {
		d->tl0_at = r.at;
		d->tl0 = get8(&r);
	}
	if (ext & 0x30) {
		tk = get8(&r);
		if (ext & 0x20) {
			d->tid = tk >> 6;
			d->sync = tk & 0x20;
		}
	}
	d->size = r.at;
	return !r.over && r.at < len ? 0 : -EBADMSG;
}

static void get_layers(struct vp9_descriptor *d, struct reader *r)
{
	uint8_t b = get8(r);

	d->tid = b >> 5;
	d->up = b & 0x10;
	d->sid = b >> 1 & 7;
	d->inter_layer = b & 1;
	if (!d->flexible) {
		d->tl0_at = r->at;
		d->tl0 = get8(r);
	}
}

static void get_references(struct vp9_descriptor *d, struct reader *r)
{
	uint8_t b = 1;

	while (b & 1 && d->refs < VP9_REFS_MAX) {
		b = get8(r);
		d->ref_diff[d->refs++] = b >> 1;
	}
}

static void get_structure(struct vp9_descriptor *d, struct reader *r)
{
	uint8_t b = get8(r);
	unsigned pictures;

	d->structure = true;
	d->spatial = (b >> 5) + 1u;
	for (unsigned i = 0; b & 0x10 && i < d->spatial; i++) {
		d->width[i] = get16(r);
		d->height[i] = get16(r);
	}
	pictures = b & 0x08 ? get8(r) : 0;
	for (unsigned i = 0; i < pictures && !r->over; i++) {
		unsigned refs = get8(r) >> 2 & 3;

		while (refs--)
			get8(r);
	}
}

int vp9_descriptor(struct vp9_descriptor *d, const uint8_t *p, size_t len)
{
	struct reader r = { .p = p, .len = len };
	uint8_t b = get8(&r);

	memset(d, 0, sizeof(*d));
	d->inter = b & 0x40;
	d->flexible = b & 0x10;
	d->start = b & 0x08;
	d->end = b & 0x04;
	d->unreferenced = b & 0x01;
	d->picture.id = d->tid = d->sid = d->tl0 = -1;
	if (b & 0x80)
		d->picture = get_picture(&r);
	if (b & 0x20)
		get_layers(d, &r);
	if (d->flexible && d->inter)
		get_references(d, &r);
	if (b & 0x02)
		get_structure(d, &r);
	d->size = r.at;
	return !r.over && r.at < len ? 0 : -EBADMSG;
}

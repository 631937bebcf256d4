/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Packets of one timestamp to a picture; called by the depacketisers on the capture thread. A picture with a hole is never completed: it is dropped,
 * and the sink hears that what follows may rest on it.
 */
#include "plugins/picture.h"

bool picture_hole(struct picture *x, const struct depay_packet *p)
{
	bool hole = p->after_loss || x->hole;

	x->hole = p->len == 0 && hole;
	return p->len > 0 && hole;
}

bool picture_ends(struct picture *x, const struct depay_packet *p, bool hole, const struct depay_sink *sink)
{
	if (hole && x->open)
		picture_drop(x, x->rtp, DEPAY_LOST, sink);
	else if (hole)
		sink->on_break(DEPAY_LOST, sink->arg);
	return x->open && p->rtp != x->rtp;
}

static void begin(struct picture *x, const struct depay_packet *p)
{
	if (!x->data)
		x->data = g_byte_array_new();
	g_byte_array_set_size(x->data, 0);
	x->open = true;
	x->dropping = false;
	x->rtp = p->rtp;
	x->arrival_us = p->arrival_us;
}

bool picture_takes(struct picture *x, const struct depay_packet *p, bool start, const struct depay_sink *sink)
{
	bool dropped = !x->open && x->dropping && p->rtp == x->dropped_rtp;

	if (start && !dropped && !(x->open && p->rtp == x->rtp))
		begin(x, p);
	else if (!x->open && !dropped)
		picture_drop(x, p->rtp, DEPAY_LOST, sink);
	x->arrival_us = MIN(x->arrival_us, p->arrival_us);
	x->ended = x->open && p->marker;
	return x->open;
}

bool picture_put(struct picture *x, const uint8_t *data, size_t len, const struct depay_sink *sink)
{
	if (x->data->len + len > PICTURE_MAX) {
		picture_drop(x, x->rtp, DEPAY_DECODE, sink);
		return false;
	}
	g_byte_array_append(x->data, data, (guint)len);
	return true;
}

void picture_skip(struct picture *x, int64_t rtp)
{
	x->open = x->ended = false;
	x->dropping = true;
	x->dropped_rtp = rtp;
}

void picture_drop(struct picture *x, int64_t rtp, const char *reason, const struct depay_sink *sink)
{
	picture_skip(x, rtp);
	sink->on_break(reason, sink->arg);
}

struct frame picture_close(struct picture *x)
{
	x->open = false;
	return (struct frame){ .data = x->data->data, .len = x->data->len, .rtp = x->rtp, .arrival_us = x->arrival_us };
}

void picture_clear(struct picture *x)
{
	if (x->data)
		g_byte_array_unref(x->data);
	*x = (struct picture){ 0 };
}

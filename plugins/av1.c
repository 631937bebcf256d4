/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AV1 headers; called by the depacketiser on the capture thread.
 *
 *	temporal unit: [sequence header] [frame: layer 0] [frame: layer 1] …      each: header · size · data
 *
 * A keyframe fills every reference, so that sizes which later layers take from one are known within the temporal unit.
 */
#include "plugins/av1.h"

#include <errno.h>
#include <string.h>
#include "plugins/bits.h"

enum { SELECT = 2, SLOTS = 8, REFS = 7, KEY = 0, INTRA_ONLY = 2, SWITCH = 3 };

struct size { int width, height; };

struct sequence {
	unsigned profile, level, tier, high_depth, twelve_bits, mono, half_wide, half_high, position;
	bool reduced, equal_interval, decoder_model, frame_ids, order_hints;
	unsigned time_bits;        /* of frame_presentation_time */
	unsigned delta_id_bits, id_bits, order_bits, width_bits, height_bits;
	unsigned screen_tools, integer_mv;
	struct size max;
};

struct frame_header {
	unsigned kind, refresh;
	bool existing, shown;
	struct size size;
};

/* ---- sequence header ---- */

static void skip_uvlc(struct bits *b)
{
	unsigned zeros = 0;

	while (!b->over && !bits_1(b))
		zeros++;
	bits_u(b, zeros < 32 ? zeros : 0);
}

/* §5.5.3, §5.5.4 */
static void timing(struct sequence *s, struct bits *b, unsigned *delay_bits)
{
	if (!bits_1(b))
		return;
	bits_u(b, 32);
	bits_u(b, 32);
	s->equal_interval = bits_1(b);
	if (s->equal_interval)
		skip_uvlc(b);
	s->decoder_model = bits_1(b);
	if (!s->decoder_model)
		return;
	*delay_bits = bits_u(b, 5) + 1;
	bits_u(b, 32);
	bits_u(b, 5);
	s->time_bits = bits_u(b, 5) + 1;
}

static void operating_points(struct sequence *s, struct bits *b, unsigned delay_bits)
{
	bool display_delay = bits_1(b);
	unsigned n = bits_u(b, 5) + 1;

	for (unsigned i = 0; i < n && !b->over; i++) {
		unsigned level, tier;

		bits_u(b, 12);
		level = bits_u(b, 5);
		tier = level > 7 ? bits_1(b) : 0;
		if (i == 0) {
			s->level = level;
			s->tier = tier;
		}
		if (s->decoder_model && bits_1(b)) {
			bits_u(b, delay_bits);
			bits_u(b, delay_bits);
			bits_1(b);
		}
		if (display_delay && bits_1(b))
			bits_u(b, 4);
	}
}

static void tools(struct sequence *s, struct bits *b)
{
	bits_u(b, 3);
	s->screen_tools = s->integer_mv = SELECT;
	if (s->reduced)
		return;
	bits_u(b, 4);
	s->order_hints = bits_1(b);
	if (s->order_hints)
		bits_u(b, 2);
	if (!bits_1(b))
		s->screen_tools = bits_1(b);
	if (s->screen_tools > 0 && !bits_1(b))
		s->integer_mv = bits_1(b);
	if (s->order_hints)
		s->order_bits = bits_u(b, 3) + 1;
}

static void subsampling(struct sequence *s, struct bits *b)
{
	s->half_wide = s->profile != 1;
	s->half_high = s->profile == 0;
	if (s->profile == 2 && s->twelve_bits) {
		s->half_wide = bits_1(b);
		s->half_high = s->half_wide ? bits_1(b) : 0;
	}
	if (s->half_wide && s->half_high)
		s->position = bits_u(b, 2);
}

static void color(struct sequence *s, struct bits *b)
{
	static const uint32_t rgb = 1 << 16 | 13 << 8;   /* BT.709, sRGB, identity */
	uint32_t description = 0;

	s->high_depth = bits_1(b);
	s->twelve_bits = s->profile == 2 && s->high_depth ? bits_1(b) : 0;
	s->mono = s->profile == 1 ? 0 : bits_1(b);
	if (bits_1(b))
		description = bits_u(b, 24);
	if (s->mono) {
		bits_1(b);
		s->half_wide = s->half_high = 1;
	} else if (description != rgb) {
		bits_1(b);
		subsampling(s, b);
	}
}

static void sequence_size(struct sequence *s, struct bits *b)
{
	s->width_bits = bits_u(b, 4) + 1;
	s->height_bits = bits_u(b, 4) + 1;
	s->max.width = (int)bits_u(b, s->width_bits) + 1;
	s->max.height = (int)bits_u(b, s->height_bits) + 1;
	s->frame_ids = !s->reduced && bits_1(b);
	if (s->frame_ids) {
		s->delta_id_bits = bits_u(b, 4) + 2;
		s->id_bits = s->delta_id_bits + bits_u(b, 3) + 1;
	}
}

/* §5.5.1 */
static int parse_sequence(struct sequence *s, const struct av1_obu *o)
{
	struct bits b = { .data = o->data, .len = o->len };
	unsigned delay_bits = 0;

	*s = (struct sequence){ 0 };
	s->profile = bits_u(&b, 3);
	bits_1(&b);
	s->reduced = bits_1(&b);
	if (s->reduced) {
		s->level = bits_u(&b, 5);
	} else {
		timing(s, &b, &delay_bits);
		operating_points(s, &b, delay_bits);
	}
	sequence_size(s, &b);
	tools(s, &b);
	bits_u(&b, 3);
	color(s, &b);
	return b.over || s->profile > 2 || s->id_bits > 16 ? -EBADMSG : 0;
}

/* ---- frame header ---- */

static struct size explicit_size(const struct sequence *s, struct bits *b, bool override)
{
	struct size out = s->max;

	if (override) {
		out.width = (int)bits_u(b, s->width_bits) + 1;
		out.height = (int)bits_u(b, s->height_bits) + 1;
	}
	return out;
}

/* Which frames it refers to, and which of them says its size. */
static struct size inter_size(const struct sequence *s, struct bits *b, bool override, bool resilient, const struct size slots[SLOTS])
{
	bool shorter = s->order_hints && bits_1(b);
	unsigned refs[REFS] = { 0 };
	int i;

	if (shorter)
		bits_u(b, 6);
	for (i = 0; i < REFS; i++) {
		refs[i] = shorter ? 0 : bits_u(b, 3);
		if (s->frame_ids)
			bits_u(b, s->delta_id_bits);
	}
	if (!override || resilient)
		return explicit_size(s, b, override);
	for (i = 0; i < REFS; i++) {
		if (bits_1(b))
			return slots[refs[i]];
	}
	return explicit_size(s, b, true);
}

/* What stands between the frame's kind and its size; §5.9.2. Returns whether the size is its own. */
static bool before_size(const struct sequence *s, struct bits *b, struct frame_header *h, bool *resilient)
{
	bool intra = h->kind == KEY || h->kind == INTRA_ONLY, override;
	unsigned screen_tools;

	if (h->shown && s->decoder_model && !s->equal_interval)
		bits_u(b, s->time_bits);
	if (!h->shown)
		bits_1(b);
	*resilient = h->kind == SWITCH || (h->kind == KEY && h->shown) || bits_1(b);
	bits_1(b);
	screen_tools = s->screen_tools == SELECT ? bits_1(b) : s->screen_tools;
	if (screen_tools && s->integer_mv == SELECT)
		bits_1(b);
	if (s->frame_ids)
		bits_u(b, s->id_bits);
	override = h->kind == SWITCH || (!s->reduced && bits_1(b));
	bits_u(b, s->order_bits);
	if (!intra && !*resilient)
		bits_u(b, 3);
	return override;
}

static int parse_frame(struct frame_header *h, const struct sequence *s, const struct av1_obu *o, const struct size slots[SLOTS])
{
	struct bits b = { .data = o->data, .len = o->len };
	bool override, resilient;

	*h = (struct frame_header){ .kind = KEY, .shown = true, .size = s->max };
	h->existing = !s->reduced && bits_1(&b);
	if (h->existing) {
		h->size = slots[bits_u(&b, 3)];
		return b.over ? -EBADMSG : 0;
	}
	if (!s->reduced) {
		h->kind = bits_u(&b, 2);
		h->shown = bits_1(&b);
	}
	override = before_size(s, &b, h, &resilient);
	if (s->decoder_model) {
		h->refresh = 0xff;     /* times of the decoder model stand here: take the sequence's size */
		return b.over ? -EBADMSG : 0;
	}
	h->refresh = h->kind == SWITCH || (h->kind == KEY && h->shown) ? 0xff : bits_u(&b, 8);
	if ((h->kind != KEY && h->kind != INTRA_ONLY) || h->refresh != 0xff)
		for (int i = 0; i < SLOTS && resilient && s->order_hints; i++)
			bits_u(&b, s->order_bits);
	if (h->kind == KEY || h->kind == INTRA_ONLY)
		h->size = explicit_size(s, &b, override);
	else
		h->size = inter_size(s, &b, override, resilient, slots);
	return b.over ? -EBADMSG : 0;
}

/* ---- temporal units ---- */

struct unit {
	struct sequence sequence;
	bool has_sequence, has_frame, key;
	struct size slots[SLOTS], shown;
	const uint8_t *sequence_obu;
	size_t sequence_len;
};

static void note_frame(struct unit *u, const struct frame_header *h)
{
	if (!u->has_frame)
		u->key = h->kind == KEY && !h->existing && h->shown;
	u->has_frame = true;
	for (int i = 0; i < SLOTS; i++) {
		if (h->refresh >> i & 1)
			u->slots[i] = h->size;
	}
	if (h->shown)
		u->shown = h->size;
}

static int read_obu(struct unit *u, const struct av1_obu *o, const uint8_t *whole)
{
	struct frame_header h;
	int err = 0;

	if (o->type == AV1_SEQUENCE) {
		err = parse_sequence(&u->sequence, o);
		u->has_sequence = !err;
		u->sequence_obu = whole;
		u->sequence_len = (size_t)(o->data - whole) + o->len;
	} else if ((o->type == AV1_FRAME || o->type == AV1_FRAME_HEADER) && u->has_sequence) {
		err = parse_frame(&h, &u->sequence, o, u->slots);
		if (!err)
			note_frame(u, &h);
	}
	return err;
}

static int read_unit(struct unit *u, const uint8_t *data, size_t len)
{
	struct av1_obu o;
	int err = 0;

	*u = (struct unit){ 0 };
	while (len > 0 && !err) {
		size_t size;

		err = av1_obu_parse(&o, data, len);
		if (err)
			break;
		err = read_obu(u, &o, data);
		size = (size_t)(o.data - data) + o.len;
		data += size;
		len -= size;
	}
	return err;
}

int av1_keyframe(const uint8_t *data, size_t len, int *width, int *height)
{
	struct unit u;
	int err = read_unit(&u, data, len);

	if (err || !u.key)
		return err;
	*width = u.shown.width;
	*height = u.shown.height;
	return u.shown.width ? 1 : -EBADMSG;
}

int av1_config(const uint8_t *data, size_t len, GByteArray *out)
{
	struct unit u;
	const struct sequence *s = &u.sequence;
	int err = read_unit(&u, data, len);

	if (err || !u.has_sequence)
		return -EBADMSG;
	g_byte_array_set_size(out, 0);
	g_byte_array_append(out, (const uint8_t[]){ 0x81, (uint8_t)(s->profile << 5 | s->level),
						    (uint8_t)(s->tier << 7 | s->high_depth << 6 | s->twelve_bits << 5 | s->mono << 4 | s->half_wide << 3 |
							      s->half_high << 2 | s->position), 0 }, 4);
	g_byte_array_append(out, u.sequence_obu, (guint)u.sequence_len);
	return 0;
}

bool av1_begins_key(const uint8_t *frame_header, size_t len)
{
	return len > 0 && (frame_header[0] & 0xf0) == 0x10;   /* new, of kind 0, shown */
}

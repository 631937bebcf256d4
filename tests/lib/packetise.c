/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A packetiser per codec. Pure; one thread per struct.
 *
 *	frame ─▶ units (layers, NAL units, OBUs) ─▶ packets of at most mtu ─▶ send
 */
#include "tests/lib/packetise.h"

#include <errno.h>
#include <string.h>

struct unit { const uint8_t *data; size_t len; };

struct job {
	struct packetise *p;
	bool keyframe;
	packetise_h *send;
	void *arg;
	struct unit units[PACKETISE_UNITS];
	size_t n;
	uint8_t out[PACKETISE_MAX];
};

static int add_unit(struct job *j, const uint8_t *data, size_t len)
{
	if (j->n == PACKETISE_UNITS)
		return -EINVAL;
	j->units[j->n++] = (struct unit){ data, len };
	return 0;
}

static void put_out(struct job *j, size_t head, const uint8_t *data, size_t len, bool marker)
{
	if (len)
		memcpy(j->out + head, data, len);
	j->send(j->out, head + len, marker, j->arg);
}

/* ---- Opus, VP8 ---- */

static int opus(struct job *j, const uint8_t *data, size_t len)
{
	if (len > PACKETISE_MAX)
		return -EINVAL;
	put_out(j, 0, data, len, false);
	return 0;
}

static size_t picture_id(uint8_t *out, unsigned id)
{
	out[0] = (uint8_t)(0x80 | (id >> 8 & 0x7f));
	out[1] = (uint8_t)id;
	return 2;
}

static size_t vp8_head(struct job *j, bool begin)
{
	const struct packetise *p = j->p;
	size_t at = 2;

	j->out[0] = (uint8_t)(0x80 | (begin ? 0x10 : 0));
	j->out[1] = p->temporal ? 0xe0 : 0x80;
	at += picture_id(j->out + at, p->picture);
	if (p->temporal) {
		j->out[at++] = (uint8_t)p->tl0;
		j->out[at++] = (uint8_t)(p->tid << 6 | p->sync << 5);
	}
	return at;
}

static int vp8(struct job *j, const uint8_t *data, size_t len)
{
	j->p->tl0 += j->p->temporal && j->p->tid == 0;
	for (size_t at = 0, n; at < len; at += n) {
		size_t head = vp8_head(j, at == 0);

		n = len - at < j->p->mtu - head ? len - at : j->p->mtu - head;
		put_out(j, head, data + at, n, at + n == len);
	}
	j->p->picture++;
	return 0;
}

/* ---- VP9 ---- */

/* The frames in a superframe are the layers (Annex B of the bitstream specification). */
static int split_superframe(struct job *j, const uint8_t *data, size_t len)
{
	unsigned marker = data[len - 1], n = (marker & 7) + 1, bytes = (marker >> 3 & 3) + 1;
	size_t index = 2 + (size_t)n * bytes, at = 0;
	int err = 0;

	if ((marker & 0xe0) != 0xc0 || len < index || data[len - index] != marker)
		return add_unit(j, data, len);
	for (unsigned i = 0; i < n && !err; i++) {
		size_t size = 0;

		for (unsigned k = 0; k < bytes; k++)
			size |= (size_t)data[len - index + 1 + i * bytes + k] << 8 * k;
		err = size > len - index - at ? -EINVAL : size ? add_unit(j, data + at, size) : 0;
		at += size;
	}
	return err;
}

static size_t vp9_references(uint8_t *out, const unsigned refs[2])
{
	size_t n = refs[1] ? 2 : 1;

	out[0] = (uint8_t)((refs[0] ? refs[0] : 1) << 1 | (n > 1));
	out[n - 1] = n > 1 ? (uint8_t)(refs[1] << 1) : out[0];
	return n;
}

static size_t vp9_head(struct job *j, size_t sid, bool begin, bool end)
{
	bool layers = j->p->layers || j->p->temporal || j->n > 1, inter = !j->keyframe, flexible = j->p->flexible;
	uint8_t *out = j->out;
	size_t at = 1;

	out[0] = (uint8_t)(0x80 | (inter ? 0x40 : 0) | (layers ? 0x20 : 0) | (flexible ? 0x10 : 0) | (begin ? 8 : 0) | (end ? 4 : 0) | (sid + 1 == j->n));
	at += picture_id(out + at, j->p->picture);
	if (layers)
		out[at++] = (uint8_t)((j->p->temporal ? j->p->tid << 5 | j->p->sync << 4 : 0) | (int)(sid << 1) | (sid > 0));
	if (layers && !flexible)
		out[at++] = (uint8_t)j->p->tl0;
	if (flexible && inter)
		at += vp9_references(out + at, j->p->refs);
	if (j->keyframe && begin && sid == 0) {
		out[0] |= 2;
		out[at++] = (uint8_t)((j->n - 1) << 5 | 8);
		out[at++] = 1;
		out[at++] = 1 << 2;
		out[at++] = 1;
	}
	return at;
}

static int vp9(struct job *j, const uint8_t *data, size_t len)
{
	int err = split_superframe(j, data, len);

	j->p->tl0 += j->p->temporal && j->p->tid == 0;
	for (size_t i = 0; i < j->n && !err; i++) {
		const struct unit *u = &j->units[i];

		for (size_t at = 0, n; at < u->len; at += n) {
			size_t room = j->p->mtu - vp9_head(j, i, at == 0, false);
			size_t head;

			n = u->len - at < room ? u->len - at : room;
			head = vp9_head(j, i, at == 0, at + n == u->len);
			put_out(j, head, u->data + at, n, i + 1 == j->n && at + n == u->len);
		}
	}
	j->p->picture++;
	j->p->tl0 += !j->p->temporal;
	return err;
}

/* ---- H.264 ---- */

static bool start_code(const uint8_t *p, size_t left)
{
	return left >= 3 && p[0] == 0 && p[1] == 0 && p[2] == 1;
}

static int split_annex_b(struct job *j, const uint8_t *data, size_t len)
{
	size_t at = 0, begin, end;
	int err = 0;

	while (at < len && !start_code(data + at, len - at))
		at++;
	while (at < len && !err) {
		begin = at + 3;
		for (at = begin; at < len && !start_code(data + at, len - at); at++)
			;
		end = at;
		while (end > begin && data[end - 1] == 0)      /* of a longer start code */
			end--;
		if (end > begin && !(j->p->no_sets && ((data[begin] & 0x1f) == 7 || (data[begin] & 0x1f) == 8)))
			err = add_unit(j, data + begin, end - begin);
	}
	return err;
}

static void fragments(struct job *j, const struct unit *u, bool last)
{
	for (size_t at = 1, n; at < u->len; at += n) {
		n = u->len - at < j->p->mtu - 2 ? u->len - at : j->p->mtu - 2;
		j->out[0] = (uint8_t)((u->data[0] & 0xe0) | 28);
		j->out[1] = (uint8_t)((u->data[0] & 0x1f) | (at == 1 ? 0x80 : 0) | (at + n == u->len ? 0x40 : 0));
		put_out(j, 2, u->data + at, n, last && at + n == u->len);
	}
}

/* As many units as fit into one packet, from i on; returns the first behind them. */
static size_t aggregate(struct job *j, size_t i)
{
	size_t at = 1, first = i;
	uint8_t nri = 0;

	while (i < j->n && at + 2 + j->units[i].len <= j->p->mtu) {
		const struct unit *u = &j->units[i++];

		j->out[at] = (uint8_t)(u->len >> 8);
		j->out[at + 1] = (uint8_t)u->len;
		memcpy(j->out + at + 2, u->data, u->len);
		at += 2 + u->len;
		nri = (u->data[0] & 0x60) > nri ? u->data[0] & 0x60 : nri;
	}
	if (i < first + 2)
		return first;
	j->out[0] = (uint8_t)(nri | 24);
	j->send(j->out, at, i == j->n, j->arg);
	return i;
}

static int h264(struct job *j, const uint8_t *data, size_t len)
{
	int err = split_annex_b(j, data, len);

	for (size_t i = 0; i < j->n && !err; i++) {
		size_t behind = j->p->no_stap ? i : aggregate(j, i);

		if (behind > i)
			i = behind - 1;
		else if (j->units[i].len <= j->p->mtu)
			put_out(j, 0, j->units[i].data, j->units[i].len, i + 1 == j->n);
		else
			fragments(j, &j->units[i], i + 1 == j->n);
	}
	return err;
}

/* ---- AV1 ---- */

static size_t leb128(const uint8_t *data, size_t len, size_t *at)
{
	size_t v = 0;

	for (int i = 0; *at < len && i < 5; i++) {
		uint8_t b = data[(*at)++];

		v |= (size_t)(b & 0x7f) << 7 * i;
		if (!(b & 0x80))
			break;
	}
	return v;
}

static size_t put_leb128(uint8_t *out, size_t v)
{
	size_t n = 0;

	for (; v > 0x7f; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

/* OBUs without their size fields go to `plain`, since RTP leaves those out. */
static int split_obus(struct job *j, const uint8_t *data, size_t len, uint8_t *plain)
{
	int err = 0;

	for (size_t at = 0; at < len && !err;) {
		size_t head = data[at] & 4 ? 2 : 1, from = at, size;
		unsigned type = data[at] >> 3 & 15;

		if (!(data[at] & 2))
			return -EINVAL;
		at += head;
		size = leb128(data, len, &at);
		if (size > len - at)
			return -EINVAL;
		memcpy(plain, data + from, head);
		plain[0] &= (uint8_t)~2;
		memcpy(plain + head, data + at, size);
		if (type != 2)
			err = add_unit(j, plain, head + size);
		plain += head + size;
		at += size;
	}
	return err;
}

struct av1_packet {
	size_t len;                /* with the aggregation header */
	unsigned elements;
	bool continues;
};

static void flush(struct job *j, struct av1_packet *k, bool goes_on, bool first, bool last)
{
	unsigned w = j->p->lengths ? 0 : k->elements;

	j->out[0] = (uint8_t)((k->continues ? 0x80 : 0) | (goes_on ? 0x40 : 0) | w << 4 | (first && j->keyframe ? 8 : 0));
	j->send(j->out, k->len, last, j->arg);
	*k = (struct av1_packet){ .len = 1, .continues = goes_on };
}

/* With W, the last element of a packet has no length: a packet's elements are at most three, and what ends it is written without. */
static int av1_units(struct job *j)
{
	struct av1_packet k = { .len = 1 };
	bool first = true;

	for (size_t i = 0; i < j->n; i++) {
		const struct unit *u = &j->units[i];

		for (size_t at = 0, n; at < u->len; at += n) {
			size_t room = j->p->mtu - k.len - 3;
			bool ends, whole;

			n = u->len - at < room ? u->len - at : room;
			whole = at + n == u->len;
			ends = !whole || i + 1 == j->n || k.elements == 2 || k.len + n + 32 > j->p->mtu;
			if (!ends || j->p->lengths)
				k.len += put_leb128(j->out + k.len, n);
			memcpy(j->out + k.len, u->data + at, n);
			k.len += n;
			k.elements++;
			if (ends) {
				flush(j, &k, !whole, first, whole && i + 1 == j->n);
				first = false;
			}
		}
	}
	return 0;
}

static int av1(struct job *j, const uint8_t *data, size_t len)
{
	static __thread uint8_t plain[1 << 20];
	int err = len <= sizeof(plain) ? split_obus(j, data, len, plain) : -EINVAL;

	return err ? err : av1_units(j);
}

int packetise(struct packetise *p, const uint8_t *data, size_t len, bool keyframe, packetise_h *send, void *arg)
{
	static const struct { const char *codec; int (*run)(struct job *, const uint8_t *, size_t); } table[] = {
		{ "opus", opus }, { "vp8", vp8 }, { "vp9", vp9 }, { "h264", h264 }, { "av1", av1 },
	};
	struct job j = { .p = p, .keyframe = keyframe, .send = send, .arg = arg };

	if (len == 0 || p->mtu < 64 || p->mtu > PACKETISE_MAX)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].codec, p->codec))
			return table[i].run(&j, data, len);
	}
	return -EINVAL;
}

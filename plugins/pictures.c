/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Picture numbers for one receiver. Called in the RTP hook under the slot's lock.
 *
 *   sender    7  8 (9) 10 │ 400 401        left out: those after close up · another layer: they go on by one
 *   receiver  7  8      9 │  10  11        a picture that never came keeps its number, for it may still come
 */
#include "plugins/pictures.h"

void pictures_init(struct pictures *p)
{
	*p = (struct pictures){ .cut = true };
}

void pictures_cut(struct pictures *p)
{
	p->cut = true;
}

/* How many pictures after the newest one, in numbers of that width. */
static int ahead(const struct pictures *p, const struct picture_number *n)
{
	int range = 1 << n->bits, d = (n->id - p->in) & (range - 1);

	return d >= range / 2 ? d - range : d;
}

bool pictures_is_new(const struct pictures *p, const struct picture_number *n)
{
	return p->cut || ahead(p, n) > 0;
}

static void keep(struct pictures *p, uint16_t in, uint16_t out, bool sent)
{
	p->kept[in % PICTURES_KEPT].in = in;
	p->kept[in % PICTURES_KEPT].out = out;
	p->kept[in % PICTURES_KEPT].known = true;
	p->kept[in % PICTURES_KEPT].sent = sent;
}

static void begin(struct pictures *p, const struct picture_number *n, int tl0)
{
	p->out = (uint16_t)(p->started ? p->out + 1 : n->id) & 0x7fff;
	if (tl0 >= 0)
		p->tl0_offset = p->started ? (uint8_t)(p->tl0 + 1 - tl0) : 0;
	for (int i = 0; i < PICTURES_KEPT; i++)
		p->kept[i].known = false;
	p->started = true;
	p->cut = false;
}

void pictures_add(struct pictures *p, const struct picture_number *n, int tl0, bool sent)
{
	int step = p->cut ? 0 : ahead(p, n);

	if (p->cut && !sent)
		return;
	if (p->cut)
		begin(p, n, tl0);
	for (int i = step > PICTURES_KEPT ? PICTURES_KEPT : step - 1; i > 0; i--)
		keep(p, (uint16_t)(n->id - i) & ((1 << n->bits) - 1), (uint16_t)(p->out + step - i) & 0x7fff, true);
	p->out = (uint16_t)(p->out + step - (step && !sent)) & 0x7fff;
	p->in = (uint16_t)n->id;
	keep(p, p->in, p->out, sent);
	if (sent && tl0 >= 0 && (int8_t)(uint8_t)(tl0 + p->tl0_offset - p->tl0) != 0)
		p->tl0 = (uint8_t)(tl0 + p->tl0_offset);
}

bool pictures_map(const struct pictures *p, const struct picture_number *n, int tl0, unsigned *id, uint8_t *tl0_out)
{
	unsigned k = (unsigned)n->id % PICTURES_KEPT;

	if (!p->kept[k].known || p->kept[k].in != n->id || !p->kept[k].sent)
		return false;
	*id = p->kept[k].out;
	*tl0_out = tl0 >= 0 ? (uint8_t)(tl0 + p->tl0_offset) : 0;
	return true;
}

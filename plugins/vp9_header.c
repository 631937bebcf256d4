/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * VP9's uncompressed header (bitstream specification §6.2, §7.2) as far as the frame's size; called by the depacketiser and, for the first bits, in the
 * RTP hook.
 *
 * In a superframe the keyframe comes first and fills every reference, so that the size of the layers above it, which may only say "as that
 * reference", is known without anything from before.
 */
#include "plugins/vp9_header.h"

#include <errno.h>
#include "plugins/bits.h"

enum { SLOTS = 8, REFS = 3, FRAMES = 8, SYNC_CODE = 0x498342, RGB = 7 };

struct size { int width, height; };

struct header {
	unsigned profile;
	bool existing, key, shown, intra_only;
	unsigned slot;             /* of an existing frame that is shown again */
	unsigned refresh;          /* slots this frame goes into */
	struct size size;
};

static void color_config(struct bits *b, unsigned profile)
{
	if (profile >= 2)
		bits_1(b);
	if (bits_u(b, 3) == RGB)
		bits_u(b, profile & 1 ? 1 : 0);
	else
		bits_u(b, profile & 1 ? 4 : 1);
}

static struct size frame_size(struct bits *b)
{
	int width = (int)bits_u(b, 16) + 1, height = (int)bits_u(b, 16) + 1;

	return (struct size){ width, height };
}

static void sync_code(struct bits *b)
{
	b->over |= bits_u(b, 24) != SYNC_CODE;
}

static void key_header(struct header *h, struct bits *b)
{
	sync_code(b);
	color_config(b, h->profile);
	h->refresh = 0xff;
	h->size = frame_size(b);
}

static void intra_header(struct header *h, struct bits *b)
{
	sync_code(b);
	if (h->profile > 0)
		color_config(b, h->profile);
	h->refresh = bits_u(b, 8);
	h->size = frame_size(b);
}

/* The size is that of the first reference that says so, or its own. */
static void inter_header(struct header *h, struct bits *b, const struct size slots[SLOTS])
{
	unsigned refs[REFS], i;

	h->refresh = bits_u(b, 8);
	for (i = 0; i < REFS; i++) {
		refs[i] = bits_u(b, 3);
		bits_1(b);
	}
	for (i = 0; i < REFS && !bits_1(b); i++)
		;
	h->size = i < REFS ? slots[refs[i]] : frame_size(b);
}

static void start(struct header *h, struct bits *b)
{
	*h = (struct header){ 0 };
	b->over |= bits_u(b, 2) != 2;
	h->profile = bits_1(b);
	h->profile |= bits_1(b) << 1;
	b->over |= h->profile == 3 && bits_1(b);
	h->existing = bits_1(b);
	if (h->existing)
		h->slot = bits_u(b, 3);
	else
		h->key = !bits_1(b);
}

static int parse(struct header *h, const uint8_t *data, size_t len, const struct size slots[SLOTS])
{
	struct bits b = { .data = data, .len = len };
	bool resilient;

	start(h, &b);
	if (h->existing) {
		h->shown = true;
		h->size = slots[h->slot];
		return b.over ? -EBADMSG : 0;
	}
	h->shown = bits_1(&b);
	resilient = bits_1(&b);
	if (h->key) {
		key_header(h, &b);
		return b.over ? -EBADMSG : 0;
	}
	h->intra_only = !h->shown && bits_1(&b);
	if (!resilient)
		bits_u(&b, 2);
	if (h->intra_only)
		intra_header(h, &b);
	else
		inter_header(h, &b, slots);
	return b.over ? -EBADMSG : 0;
}

/* The frames of a superframe (Annex B), or the one frame there is: how many, with sizes and what they begin behind. -EBADMSG when the index lies. */
static int split(const uint8_t *data, size_t len, size_t sizes[FRAMES])
{
	unsigned marker = len ? data[len - 1] : 0, n = (marker & 7) + 1, bytes = (marker >> 3 & 3) + 1;
	size_t index = 2 + (size_t)n * bytes, total = 0;

	sizes[0] = len;
	if ((marker & 0xe0) != 0xc0 || len < index || data[len - index] != marker)
		return 1;
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *p = data + len - index + 1 + (size_t)i * bytes;

		sizes[i] = 0;
		for (unsigned k = 0; k < bytes; k++)
			sizes[i] |= (size_t)p[k] << 8 * k;
		total += sizes[i];
		if (sizes[i] == 0 || total > len - index)
			return -EBADMSG;
	}
	return (int)n;
}

static void refresh(struct size slots[SLOTS], const struct header *h)
{
	for (int i = 0; i < SLOTS; i++) {
		if (h->refresh >> i & 1)
			slots[i] = h->size;
	}
}

int vp9_keyframe(const uint8_t *data, size_t len, int *width, int *height)
{
	struct size slots[SLOTS] = { { 0, 0 } }, shown = { 0, 0 };
	size_t sizes[FRAMES];
	struct header h;
	int n = split(data, len, sizes), key = 0, err = n < 0 ? n : 0;

	for (int i = 0; i < n && !err; i++) {
		err = parse(&h, data, sizes[i], slots);
		data += sizes[i];
		key = i == 0 ? h.key : key;
		refresh(slots, &h);
		if (h.shown)
			shown = h.size;
	}
	if (err || !key)
		return err;
	*width = shown.width;
	*height = shown.height;
	return shown.width ? 1 : -EBADMSG;
}

bool vp9_begins_key(const uint8_t *data, size_t len)
{
	struct bits b = { .data = data, .len = len };
	struct header h;

	start(&h, &b);
	return !b.over && h.key;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * H.264 parameter sets; called by the depacketiser on the capture thread.
 *
 *	SPS, PPS ─▶ sets ─ slice ─▶ PPS it names ─▶ SPS that one names ─▶ size, avcC
 */
#include "plugins/h264.h"

#include <errno.h>
#include <string.h>
#include "plugins/bits.h"

enum { SIDE_MAX = 16384, LISTS_MAX = 12, CYCLE_MAX = 255, PPS_IN_CONFIG = 255, SLICE_I = 2, SLICE_SI = 4, SLICE_TYPE_MAX = 9 };

/* ---- parsing ---- */

/* The payload behind the NAL header, without the bytes that keep start codes out of it (§7.4.1.1). */
static size_t unescape(uint8_t out[H264_SET_SIZE_MAX], const uint8_t *nal, size_t len)
{
	size_t n = 0;
	int zeros = 0;

	for (size_t i = 1; i < len && n < H264_SET_SIZE_MAX; i++) {
		if (zeros >= 2 && nal[i] == 3) {
			zeros = 0;
			continue;
		}
		zeros = nal[i] ? 0 : zeros + 1;
		out[n++] = nal[i];
	}
	return n;
}

static void skip_list(struct bits *b, int size)
{
	int last = 8, next = 8;

	for (int i = 0; i < size && next && !b->over; i++) {
		next = (last + bits_se(b) + 256) & 0xff;
		last = next ? next : last;
	}
}

static void scaling_lists(struct bits *b, int n)
{
	for (int i = 0; i < n && i < LISTS_MAX; i++) {
		if (bits_1(b))
			skip_list(b, i < 6 ? 16 : 64);
	}
}

static bool has_chroma_format(unsigned profile)
{
	static const uint8_t profiles[] = { 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 };

	return memchr(profiles, (int)profile, sizeof(profiles)) != NULL;
}

static void high_profile(struct h264_sps *s, struct bits *b)
{
	s->high = true;
	s->chroma_format = bits_ue(b);
	if (s->chroma_format == 3)
		bits_1(b);
	s->depth_luma = bits_ue(b) + 8;
	s->depth_chroma = bits_ue(b) + 8;
	bits_1(b);
	if (bits_1(b))
		scaling_lists(b, s->chroma_format == 3 ? 12 : 8);
	b->over |= s->chroma_format > 3 || s->depth_luma > 14 || s->depth_chroma > 14;
}

static void picture_order(struct bits *b)
{
	unsigned type = bits_ue(b), cycle;

	if (type == 0)
		bits_ue(b);
	if (type != 1)
		return;
	bits_1(b);
	bits_se(b);
	bits_se(b);
	cycle = bits_ue(b);
	b->over |= cycle > CYCLE_MAX;
	while (cycle-- > 0 && !b->over)
		bits_se(b);
}

/* Crop units (table 6-1): chroma is half as wide in 4:2:0 and 4:2:2, half as high in 4:2:0; fields double the height. */
static int cropped(struct bits *b, unsigned size, unsigned unit)
{
	uint64_t crop = bits_ue(b);

	crop += bits_ue(b);
	return crop * unit < size ? (int)(size - crop * unit) : -1;
}

static void picture_size(struct h264_sps *s, struct bits *b)
{
	uint64_t mbs_wide = (uint64_t)bits_ue(b) + 1, units_high = (uint64_t)bits_ue(b) + 1;
	unsigned fields = bits_1(b) ? 1 : 2, half_wide = s->chroma_format == 1 || s->chroma_format == 2 ? 2 : 1, half_high = s->chroma_format == 1 ? 2 : 1;

	if (fields == 2)
		bits_1(b);
	bits_1(b);
	if (mbs_wide * 16 > SIDE_MAX || units_high * fields * 16 > SIDE_MAX) {
		b->over = true;
		return;
	}
	s->width = (int)mbs_wide * 16;
	s->height = (int)(units_high * fields * 16);
	if (bits_1(b)) {
		s->width = cropped(b, (unsigned)s->width, half_wide);
		s->height = cropped(b, (unsigned)s->height, half_high * fields);
	}
}

int h264_sps_parse(struct h264_sps *out, const uint8_t *nal, size_t len)
{
	uint8_t data[H264_SET_SIZE_MAX];
	struct bits b = { .data = data };

	*out = (struct h264_sps){ .chroma_format = 1, .depth_luma = 8, .depth_chroma = 8 };
	if (len < 4 || len > H264_SET_SIZE_MAX || (nal[0] & 0x1f) != H264_SPS)
		return -EBADMSG;
	b.len = unescape(data, nal, len);
	out->profile = (uint8_t)bits_u(&b, 8);
	out->compatibility = (uint8_t)bits_u(&b, 8);
	out->level = (uint8_t)bits_u(&b, 8);
	out->id = bits_ue(&b);
	if (has_chroma_format(out->profile))
		high_profile(out, &b);
	out->frame_num_bits = bits_ue(&b) + 4;
	picture_order(&b);
	bits_ue(&b);
	bits_1(&b);
	picture_size(out, &b);
	return b.over || out->id >= H264_SPS_MAX || out->frame_num_bits > 16 || out->width < 1 || out->height < 1 ? -EBADMSG : 0;
}

int h264_slice_parse(struct h264_slice *out, const uint8_t *nal, size_t len)
{
	uint8_t data[H264_SET_SIZE_MAX];
	struct bits b = { .data = data };
	unsigned type;

	b.len = unescape(data, nal, MIN(len, 64));
	out->first = bits_ue(&b) == 0;
	type = bits_ue(&b);
	out->intra = type % 5 == SLICE_I || type % 5 == SLICE_SI;
	out->pps = bits_ue(&b);
	return b.over || type > SLICE_TYPE_MAX || out->pps >= H264_PPS_MAX ? -EBADMSG : 0;
}

/* ---- sets ---- */

static void keep(GBytes **slot, const uint8_t *nal, size_t len)
{
	gsize had_len = 0;
	const void *had = *slot ? g_bytes_get_data(*slot, &had_len) : NULL;

	if (had && had_len == len && !memcmp(had, nal, len))
		return;
	g_clear_pointer(slot, g_bytes_unref);
	*slot = g_bytes_new(nal, len);
}

static int put_sps(struct h264_sets *s, const uint8_t *nal, size_t len)
{
	struct h264_sps sps;
	int err = h264_sps_parse(&sps, nal, len);

	if (!err)
		keep(&s->sps[sps.id], nal, len);
	return err;
}

static int put_pps(struct h264_sets *s, const uint8_t *nal, size_t len)
{
	uint8_t data[H264_SET_SIZE_MAX];
	struct bits b = { .data = data, .len = unescape(data, nal, len) };
	unsigned id = bits_ue(&b), sps = bits_ue(&b);

	if (b.over || id >= H264_PPS_MAX || sps >= H264_SPS_MAX)
		return -EBADMSG;
	keep(&s->pps[id], nal, len);
	s->sps_of[id] = (uint8_t)sps;
	return 0;
}

int h264_sets_put(struct h264_sets *s, const uint8_t *nal, size_t len)
{
	if (len < 2 || len > H264_SET_SIZE_MAX)
		return -EBADMSG;
	switch (nal[0] & 0x1f) {
	case H264_SPS:
		return put_sps(s, nal, len);
	case H264_PPS:
		return put_pps(s, nal, len);
	default:
		return -EBADMSG;
	}
}

void h264_sets_prime(struct h264_sets *s, const char *fmtp)
{
	static const char key[] = "sprop-parameter-sets=";
	const char *at = fmtp ? strstr(fmtp, key) : NULL;
	char *value, **all;

	if (!at)
		return;
	at += strlen(key);
	value = g_strndup(at, strcspn(at, "; \r\n"));
	all = g_strsplit(value, ",", H264_SPS_MAX);
	for (char **one = all; *one; one++) {
		gsize len = 0;
		guchar *nal = g_base64_decode(*one, &len);

		h264_sets_put(s, nal, len);
		g_free(nal);
	}
	g_strfreev(all);
	g_free(value);
}

void h264_sets_clear(struct h264_sets *s)
{
	for (size_t i = 0; i < H264_SPS_MAX; i++)
		g_clear_pointer(&s->sps[i], g_bytes_unref);
	for (size_t i = 0; i < H264_PPS_MAX; i++)
		g_clear_pointer(&s->pps[i], g_bytes_unref);
}

bool h264_sets_find(const struct h264_sets *s, unsigned pps, GBytes **sps_out, GBytes **pps_out)
{
	*pps_out = pps < H264_PPS_MAX ? s->pps[pps] : NULL;
	*sps_out = *pps_out ? s->sps[s->sps_of[pps]] : NULL;
	return *sps_out != NULL;
}

static void put_set(GByteArray *out, GBytes *set)
{
	gsize len;
	const guint8 *data = g_bytes_get_data(set, &len);
	const uint8_t size[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	g_byte_array_append(out, size, sizeof(size));
	g_byte_array_append(out, data, (guint)len);
}

static void put_high(GByteArray *out, const struct h264_sps *sps)
{
	const uint8_t more[] = { (uint8_t)(0xfc | sps->chroma_format), (uint8_t)(0xf8 | (sps->depth_luma - 8)),
				 (uint8_t)(0xf8 | (sps->depth_chroma - 8)), 0 };

	if (sps->high)
		g_byte_array_append(out, more, sizeof(more));
}

int h264_sets_config(const struct h264_sets *s, unsigned pps, GByteArray *out)
{
	GBytes *one, *sps_set;
	struct h264_sps sps;
	uint8_t n = 0;
	gsize len;

	if (!h264_sets_find(s, pps, &sps_set, &one))
		return -EBADMSG;
	if (h264_sps_parse(&sps, g_bytes_get_data(sps_set, &len), g_bytes_get_size(sps_set)) < 0)
		return -EBADMSG;
	g_byte_array_set_size(out, 0);
	g_byte_array_append(out, (const uint8_t[]){ 1, sps.profile, sps.compatibility, sps.level, 0xff, 0xe1 }, 6);
	put_set(out, sps_set);
	for (int i = 0; i < PPS_IN_CONFIG; i++)
		n += s->pps[i] && s->sps_of[i] == sps.id;
	g_byte_array_append(out, &n, 1);
	for (int i = 0; i < PPS_IN_CONFIG; i++) {
		if (s->pps[i] && s->sps_of[i] == sps.id)
			put_set(out, s->pps[i]);
	}
	put_high(out, &sps);
	return 0;
}

/* ---- whole frames ---- */

int h264_keyframe(const uint8_t *data, size_t len, int *width, int *height)
{
	struct h264_sps sps = { 0 }, s;
	bool idr = false;

	while (len > 4) {
		size_t size = (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];

		data += 4;
		len -= 4;
		if (size == 0 || size > len)
			return -EBADMSG;
		if ((data[0] & 0x1f) == H264_SPS && h264_sps_parse(&s, data, size) == 0)
			sps = s;
		idr |= (data[0] & 0x1f) == H264_IDR;
		data += size;
		len -= size;
	}
	if (len || (idr && !sps.width))
		return -EBADMSG;
	*width = sps.width;
	*height = sps.height;
	return idr;
}

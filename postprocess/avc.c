/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See avc.h. Called by mux_mp4 on the writing thread.
 */
#include <errno.h>
#include <stdbool.h>
#include "postprocess/avc.h"
#include "postprocess/boxes.h"

enum { NAL_SLICE = 1, NAL_IDR = 5, NAL_SPS = 7, NAL_PPS = 8, SPS_MIN = 4 };
/* Of profile_idc, those whose avcC says more (ISO/IEC 14496-15 §5.3.3.1.2); of these only High is made here: 4:2:0, 8 bits. */
enum { PROFILE_HIGH = 100 };

struct nal { const uint8_t *data; size_t len; };

/** Position of the next 00 00 01 from `at` on, or len. */
static size_t start_code(const uint8_t *p, size_t at, size_t len)
{
	for (; at + 3 <= len; at++)
		if (!p[at] && !p[at + 1] && p[at + 2] == 1)
			return at;
	return len;
}

/** The unit behind the start code at *at, which moves to the next one. False: no more. */
static bool next_nal(const uint8_t *p, size_t *at, size_t len, struct nal *nal)
{
	size_t begin = *at + 3, end;

	if (*at >= len || begin >= len)
		return false;
	*at = start_code(p, begin, len);
	for (end = *at; end > begin && !p[end - 1]; end--)
		;               /* the fourth byte of the next start code, or padding */
	*nal = (struct nal){ p + begin, end - begin };
	return true;
}

static int type_of(const struct nal *nal)
{
	return nal->len ? nal->data[0] & 31 : 0;
}

static struct nal find_nal(const uint8_t *annexb, size_t len, int type)
{
	size_t at = start_code(annexb, 0, len);
	struct nal nal;

	while (next_nal(annexb, &at, len, &nal))
		if (type_of(&nal) == type)
			return nal;
	return (struct nal){ NULL, 0 };
}

static void put_set(GByteArray *out, const struct nal *nal)
{
	box_u16(out, (unsigned)nal->len);
	box_bytes(out, nal->data, nal->len);
}

int avc_config(GByteArray *out, const uint8_t *annexb, size_t len)
{
	struct nal sps = find_nal(annexb, len, NAL_SPS), pps = find_nal(annexb, len, NAL_PPS);

	if (sps.len < SPS_MIN || !pps.len || sps.len > UINT16_MAX || pps.len > UINT16_MAX)
		return -EBADMSG;
	box_u8(out, 1);
	box_bytes(out, sps.data + 1, 3);       /* profile, constraints, level */
	box_u8(out, 0xfc | 3);                 /* lengths of four bytes */
	box_u8(out, 0xe0 | 1);
	put_set(out, &sps);
	box_u8(out, 1);
	put_set(out, &pps);
	if (sps.data[1] == PROFILE_HIGH)
		box_u32(out, 0xfdf8f800);      /* 4:2:0, 8 bits luma, 8 bits chroma, no extension sets */
	return 0;
}

void avc_frame(GByteArray *out, const uint8_t *annexb, size_t len)
{
	size_t at = start_code(annexb, 0, len);
	struct nal nal;

	while (next_nal(annexb, &at, len, &nal)) {
		if (type_of(&nal) < NAL_SLICE || type_of(&nal) > NAL_IDR)
			continue;
		box_u32(out, (uint32_t)nal.len);
		box_bytes(out, nal.data, nal.len);
	}
}

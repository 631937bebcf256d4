/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AV1's open bitstream units and their lengths; called by the depacketiser and by what reads headers, on the capture thread, and in the RTP hook.
 *
 *	type, has size │ layers │ size in bytes of seven bits │ data
 */
#include "plugins/av1.h"

#include <errno.h>

int av1_leb128(const uint8_t *data, size_t len, size_t *at, size_t *out)
{
	uint64_t v = 0;

	for (int i = 0; i < 8 && *at < len; i++) {
		uint8_t b = data[(*at)++];

		v |= (uint64_t)(b & 0x7f) << (7 * i);
		if (!(b & 0x80)) {
			*out = (size_t)v;
			return v <= UINT32_MAX ? 0 : -EBADMSG;
		}
	}
	return -EBADMSG;
}

size_t av1_put_leb128(uint8_t out[5], size_t value)
{
	size_t n = 0;

	do {
		out[n] = (uint8_t)((value & 0x7f) | (value >> 7 ? 0x80 : 0));
		value >>= 7;
		n++;
	} while (value && n < 5);
	return n;
}

int av1_obu_parse(struct av1_obu *out, const uint8_t *data, size_t len)
{
	bool ext, sized;
	size_t at, size;
	int err = 0;

	*out = (struct av1_obu){ 0 };
	if (len < 1 || (data[0] & 0x80))
		return -EBADMSG;
	ext = data[0] & 4;
	sized = data[0] & 2;
	at = out->header = ext ? 2 : 1;
	if (len < at)
		return -EBADMSG;
	out->type = data[0] >> 3 & 15;
	out->tid = ext ? data[1] >> 5 : 0;
	out->sid = ext ? data[1] >> 3 & 3 : 0;
	size = len - at;
	if (sized)
		err = av1_leb128(data, len, &at, &size);
	out->data = data + at;
	out->len = size;
	return err || size > len - at ? -EBADMSG : 0;
}

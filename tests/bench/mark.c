/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Marks of frames; used by the generator's threads and by what reads recordings back. Big-endian.
 */
#include "tests/bench/mark.h"

#include <libavutil/crc.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

static const uint8_t magic[4] = { 'R', 'R', 'b', '1' };

static uint32_t crc(const uint8_t *data, size_t len)
{
	return av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), UINT32_MAX, data, len);
}

void mark_put(uint8_t *frame, size_t len, const struct mark *m)
{
	uint8_t *at = frame + len - MARK_SIZE;

	memcpy(at, magic, sizeof(magic));
	AV_WB32(at + 4, m->number);
	AV_WB32(at + 8, m->position);
	AV_WB32(at + 12, crc(frame, len - 4));
}

bool mark_get(struct mark *m, const uint8_t *frame, size_t len)
{
	const uint8_t *at = frame + len - MARK_SIZE;

	if (len < MARK_SIZE || memcmp(at, magic, sizeof(magic)) || AV_RB32(at + 12) != crc(frame, len - 4))
		return false;
	m->number = AV_RB32(at + 4);
	m->position = AV_RB32(at + 8);
	return true;
}

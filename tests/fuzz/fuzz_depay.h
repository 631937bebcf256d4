/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A video depacketiser, and RTP parsing in front of it; the target includes this and names its own. Input: records of a length byte, a flag byte (1
 * marker, 2 after a loss, 4 next timestamp, 8 a whole RTP packet, else a payload), then that many bytes.
 */
#pragma once
#include <glib.h>
#include <string.h>
#include "plugins/depay.h"
#include "plugins/rtp.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_frame(const struct frame *f, void *arg)
{
	const struct depay *codec = arg;
	int width = 0, height = 0, key;

	FUZZ_CHECK(f->len > 0 && f->data);
	key = codec->keyframe(f->data, f->len, &width, &height);
	FUZZ_CHECK(key >= 0 && f->keyframe == (key == 1));
	FUZZ_CHECK(!f->keyframe || (f->width == width && f->height == height && width > 0 && height > 0));
	FUZZ_CHECK(f->config_len == 0 || (f->keyframe && f->config));
}

static void fuzz_break(const char *reason, void *arg)
{
	FUZZ_CHECK(reason && arg);
}

static void fuzz_packet(const struct depay *codec, void *state, const uint8_t *data, size_t len, unsigned flags, int64_t rtp)
{
	const struct depay_sink sink = { fuzz_frame, fuzz_break, (void *)codec };
	struct depay_packet p = { .payload = data, .len = len, .rtp = rtp, .marker = flags & 1, .after_loss = flags & 2 };
	struct rtp_packet r;

	if (flags & 8) {
		if (rtp_parse(&r, data, len))
			return;
		p.payload = r.payload;
		p.len = r.len;
	}
	codec->packet(state, &p, &sink);
	codec->keyframe_starts(p.payload, p.len);
}

static void fuzz_depay(const struct depay *codec, const uint8_t *data, size_t size)
{
	void *state = g_malloc0(codec->state_size);
	int64_t rtp = 0;

	while (size >= 2) {
		size_t len = MIN(data[0], size - 2);
		uint8_t *copy = g_memdup2(data + 2, len);   /* so that a read behind it is seen */

		rtp += data[1] & 4 ? 3000 : 0;
		fuzz_packet(codec, state, copy, len, data[1], rtp);
		g_free(copy);
		data += 2 + len;
		size -= 2 + len;
	}
	codec->clear(state);
	g_free(state);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The VP8 depacketiser, and RTP parsing in front of it. Input: records of a length byte, a flag byte (1 marker, 2 after a loss, 4 next timestamp),
 * then that many bytes: a whole RTP packet when flag 8 is set, else a payload.
 */
#include <glib.h>
#include <string.h>
#include "plugins/depay.h"
#include "plugins/rtp.h"
#include "tests/fuzz/fuzz.h"

static void on_frame(const struct frame *f, void *arg)
{
	int width = 0, height = 0;

	(void)arg;
	FUZZ_CHECK(f->len > 0 && f->data);
	FUZZ_CHECK(f->keyframe == (depay_vp8.keyframe(f->data, f->len, &width, &height) == 1));
	FUZZ_CHECK(!f->keyframe || (f->width == width && f->height == height && width > 0 && height > 0));
}

static void on_break(const char *reason, void *arg)
{
	FUZZ_CHECK(reason);
	(void)arg;
}

static void packet(void *state, const uint8_t *data, size_t len, unsigned flags, int64_t rtp)
{
	static const struct depay_sink sink = { on_frame, on_break, NULL };
	struct depay_packet p = { .payload = data, .len = len, .rtp = rtp, .marker = flags & 1, .after_loss = flags & 2 };
	struct rtp_packet r;

	if (flags & 8) {
		if (rtp_parse(&r, data, len))
			return;
		p.payload = r.payload;
		p.len = r.len;
	}
	depay_vp8.packet(state, &p, &sink);
	depay_vp8.keyframe_starts(p.payload, p.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *state = g_malloc0(depay_vp8.state_size);
	int64_t rtp = 0;

	while (size >= 2) {
		size_t len = MIN(data[0], size - 2);
		uint8_t *copy = g_memdup2(data + 2, len);   /* so that a read behind it is seen */

		rtp += data[1] & 4 ? 3000 : 0;
		packet(state, copy, len, data[1], rtp);
		g_free(copy);
		data += 2 + len;
		size -= 2 + len;
	}
	depay_vp8.clear(state);
	g_free(state);
	return 0;
}

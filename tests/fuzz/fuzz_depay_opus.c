/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The Opus depacketiser: the input is one packet.
 */
#include <glib.h>
#include "plugins/depay.h"
#include "tests/fuzz/fuzz.h"

static void on_frame(const struct frame *f, void *arg)
{
	(void)arg;
	FUZZ_CHECK(f->keyframe && f->len > 0 && f->duration > 0 && f->duration <= 48 * 120);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct depay_sink sink = { .on_frame = on_frame };
	struct depay_packet p = { .payload = data, .len = size };
	uint8_t state = 0;

	depay_opus.packet(&state, &p, &sink);
	return 0;
}

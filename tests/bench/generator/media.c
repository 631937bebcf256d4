/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The group of pictures. Made by the main thread, read by the loops.
 *
 *	position:      0      1   2   3   …          299      a request for a keyframe goes back to 0, so does the end
 *	bytes:     keyframe   delta, filled up to a size that varies as an encoder's does
 */
#include "tests/bench/generator/media.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "tests/bench/mark.h"
#include "tests/plugin/synth.h"

enum { WIDTH = 320, HEIGHT = 192, KEYFRAME_TIMES = 5 };

struct picture {
	uint8_t *data;
	size_t len, sent_len;      /* encoded; with filler and mark */
};

struct media {
	struct picture pictures[MEDIA_GOP];
};

/* A keyframe costs as much as KEYFRAME_TIMES deltas, which vary by a third around their mean. */
static size_t size_of(unsigned position, unsigned bitrate)
{
	double mean = bitrate / 8.0 / MEDIA_FPS * MEDIA_GOP / (MEDIA_GOP - 1 + KEYFRAME_TIMES);

	return (size_t)(position ? mean * (0.67 + 0.66 * (position * 7 % 31) / 30.0) : mean * KEYFRAME_TIMES);
}

struct media *media_create(unsigned bitrate)
{
	struct media *m = g_new0(struct media, 1);
	struct synth_video *encoder = synth_video_create(WIDTH, HEIGHT, MEDIA_FPS);

	for (unsigned i = 0; i < MEDIA_GOP; i++) {
		const AVPacket *pkt = synth_video_encode(encoder, i, i == 0);
		struct picture *p = &m->pictures[i];

		if (!pkt)
			g_error("no encoder for VP8");
		p->len = (size_t)pkt->size;
		p->data = g_memdup2(pkt->data, p->len);
		p->sent_len = CLAMP(size_of(i, bitrate), p->len + MARK_SIZE, MEDIA_FRAME_MAX);
	}
	synth_video_unref(&encoder);
	return m;
}

void media_free(struct media **m)
{
	for (unsigned i = 0; *m && i < MEDIA_GOP; i++)
		g_free((*m)->pictures[i].data);
	g_clear_pointer(m, g_free);
}

size_t media_picture(const struct media *m, unsigned position, uint32_t number, uint8_t *out)
{
	const struct picture *p = &m->pictures[position % MEDIA_GOP];
	struct mark mark = { .number = number, .position = position % MEDIA_GOP };

	memcpy(out, p->data, p->len);
	memset(out + p->len, 0xa5, p->sent_len - p->len);
	mark_put(out, p->sent_len, &mark);
	return p->sent_len;
}

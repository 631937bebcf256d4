/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called by whoever writes stems, on one thread.
 *
 *   strand (decoded, in its place) ─┬─▶ outlet (gain 1; its limiter acts on what Opus could not hold) ─▶ packets
 *                                   └─▶ voice: is there anybody?
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <glib.h>
#include <libavutil/error.h>
#include "postprocess/kweight.h"
#include "postprocess/outlet.h"
#include "postprocess/pcm.h"
#include "postprocess/stem.h"
#include "postprocess/strand.h"
#include "postprocess/voice.h"

static const double aim_lufs = -16, peak_max_db = -1, ceiling_db = -0.1, gain_max_db = 30;

struct stem {
	const struct model *model;
	const struct model_source *source;
	struct strand *strand;
	struct outlet *outlet;
	struct kweight filter;
	struct voice voice;
	int64_t blocks;            /* put into the outlet */
	bool heard, ended;
};

int stem_create(struct stem **out, const struct model *m, const struct model_source *source, int bitrate)
{
	struct stem *s = g_new0(struct stem, 1);
	int err = strand_create(&s->strand, m, source);

	s->model = m;
	s->source = source;
	if (err >= 0)
		err = outlet_create(&s->outlet, "opus", bitrate, ceiling_db);
	if (err < 0)
		stem_unref(&s);
	*out = s;
	return err;
}

const AVCodecParameters *stem_codecpar(const struct stem *s)
{
	return outlet_codecpar(s->outlet);
}

static int64_t samples(const struct stem *s)
{
	return s->model->duration_ms * PCM_PER_MS;
}

static int put_block(struct stem *s)
{
	float pcm[PCM_BLOCK_VALUES];
	int64_t length = CLAMP(samples(s) - s->blocks * PCM_BLOCK, 0, PCM_BLOCK);
	int sound = strand_read(s->strand, pcm);

	if (sound < 0)
		return sound;
	voice_block(&s->voice, kweight_power(&s->filter, sound ? pcm : NULL));
	s->heard = s->heard || (sound && (s->source->screen || voice_heard(&s->voice)));
	memset(pcm + length * PCM_CHANNELS, 0, (size_t)(PCM_BLOCK - length) * PCM_CHANNELS * sizeof(float));
	s->blocks++;
	return outlet_put(s->outlet, pcm, 0, 0);
}

static int go_on(struct stem *s)
{
	if (!s->model->complete)
		return -EAGAIN;
	if (s->blocks * PCM_BLOCK < samples(s))
		return put_block(s);
	if (s->ended)
		return -EPROTO;
	s->ended = true;
	return outlet_end(s->outlet, samples(s));
}

int stem_next(struct stem *s, AVPacket *pkt)
{
	int err;

	while ((err = outlet_take(s->outlet, pkt)) == -EAGAIN) {
		err = go_on(s);
		if (err < 0)
			break;
	}
	return err;
}

void stem_result(const struct stem *s, struct stem_result *r)
{
	double lufs = loudness_integrated(outlet_heard(s->outlet)), peak = loudness_true_peak_db(outlet_heard(s->outlet));

	*r = (struct stem_result){ .heard = s->heard && isfinite(lufs) };
	if (!r->heard)
		return;
	r->gain_q8 = (int)floor(CLAMP(MIN(aim_lufs - lufs, peak_max_db - peak), -gain_max_db, gain_max_db) * 256);
	r->lufs = lufs + r->gain_q8 / 256.0;
	r->true_peak_db = peak + r->gain_q8 / 256.0;
}

void stem_unref(struct stem **s)
{
	if (!*s)
		return;
	strand_unref(&(*s)->strand);
	outlet_unref(&(*s)->outlet);
	g_clear_pointer(s, g_free);
}

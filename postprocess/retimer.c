/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Places runs of samples in recording time. Called by audio_source alone, on the thread that makes the sound.
 *
 *   feed ─▶ libswresample (1:1, bent by ±1.5 %) ─▶ add into the queue at out_pos, faded at the edges ─▶ read in blocks
 *                 ▲
 *   steer: error = where the timestamp says − where the free-running clock says ─▶ low pass ─▶ dead zone ─▶ rate
 *
 * The loop has the resampler as integrator, one low-pass pole at 0.25 s and a gain of 2/s: damping 0.7. The dead zone of 1 ms is wider than the rounding of timestamps to
 * milliseconds, so a source without drift is not bent at all; with drift d the error settles at 1 ms + d/2 s, 6 ms for the 1 % with which capture slews.
 */
#include <errno.h>
#include <string.h>
#include <glib.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
#include "postprocess/pcm.h"
#include "postprocess/retimer.h"

enum {
	FADE_IN = 360, FADE_OUT = 480,         /* samples: 7.5 and 10 ms; a sender that begins has nothing in the first 6.5 */
	FLUSH = 128,                           /* silence that empties the resampler's filter */
	DELAY_UNIT = 256,                      /* the resampler's delay is asked in 1/256 samples */
	BEND_SPAN = 480000,                    /* the rate is told in units of 1/BEND_SPAN */
};
static const double lowpass_s = 0.25, loop_gain = 2, dead_zone = 48, bend_max = 0.015;

struct retimer {
	struct SwrContext *swr;
	float *queue, *scratch;                /* interleaved; queue holds [read_pos, read_pos + queue_frames) */
	size_t queue_frames, scratch_frames;
	int64_t read_pos, out_pos;             /* next to read; next to come out of the resampler */
	int64_t floor, fade_in, fade_out;      /* positions: nothing before floor; where the fades begin */
	double error;                          /* samples, low-passed */
	int bend;                              /* what the resampler was told last */
};

static int resample(struct retimer *r, const float *pcm, int frames)
{
	int room = swr_get_out_samples(r->swr, frames);

	if (room < 0)
		return room;
	if ((size_t)room > r->scratch_frames) {
		r->scratch_frames = (size_t)room;
		r->scratch = g_renew(float, r->scratch, (size_t)room * PCM_CHANNELS);
	}
	return swr_convert(r->swr, (uint8_t *[]){ (uint8_t *)r->scratch }, room, (const uint8_t *[]){ (const uint8_t *)pcm }, frames);
}

/* Silence through the filter, so that nothing of the run before is left in it and its delay is what it will be. */
static int flush(struct retimer *r)
{
	static const float silence[FLUSH * PCM_CHANNELS];

	int n = resample(r, silence, FLUSH);

	return MIN(n, 0);
}

int retimer_create(struct retimer **out)
{
	struct retimer *r = g_new0(struct retimer, 1);
	AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
	int err;

	err = swr_alloc_set_opts2(&r->swr, &stereo, AV_SAMPLE_FMT_FLT, PCM_RATE, &stereo, AV_SAMPLE_FMT_FLT, PCM_RATE, 0, NULL);
	if (err < 0)
		goto out;
	/* Bending once makes the library build the fine filter bank it needs for that, now and not in the middle of a run. */
	err = swr_init(r->swr);
	if (err >= 0)
		err = swr_set_compensation(r->swr, 1, BEND_SPAN);
	if (err >= 0)
		err = swr_set_compensation(r->swr, 0, BEND_SPAN);
	if (err >= 0)
		err = flush(r);
out:
	if (err < 0)
		retimer_unref(&r);
	*out = r;
	return MIN(err, 0);
}

static double delay(const struct retimer *r)
{
	return (double)swr_get_delay(r->swr, (int64_t)PCM_RATE * DELAY_UNIT) / DELAY_UNIT;
}

void retimer_begin(struct retimer *r, int64_t at)
{
	r->floor = MAX(r->floor, r->read_pos);
	r->out_pos = at - (int64_t)(delay(r) + 0.5);
	r->fade_in = MAX(at, r->floor);
	r->fade_out = INT64_MAX;
	r->error = 0;
}

double retimer_error(const struct retimer *r, int64_t at)
{
	return (double)(at - r->out_pos) - delay(r);
}

static double beyond(double x, double zone)
{
	return x > zone ? x - zone : x < -zone ? x + zone : 0;
}

int retimer_steer(struct retimer *r, int64_t at, int frames)
{
	double alpha = MIN(1, frames / (lowpass_s * PCM_RATE)), rate;
	int bend;

	r->error += (retimer_error(r, at) - r->error) * alpha;
	rate = CLAMP(loop_gain * beyond(r->error, dead_zone) / PCM_RATE, -bend_max, bend_max);
	bend = (int)(rate * BEND_SPAN);
	if (bend == r->bend && !bend)
		return 0;
	r->bend = bend;
	return swr_set_compensation(r->swr, bend, BEND_SPAN);
}

static float edge_gain(const struct retimer *r, int64_t pos)
{
	float gain = 1;

	if (pos < r->fade_in + FADE_IN)
		gain = (float)(pos - r->fade_in) / FADE_IN;
	if (pos >= r->fade_out)
		gain *= 1 - (float)(pos - r->fade_out) / FADE_OUT;
	return MAX(gain, 0);
}

static void queue_reserve(struct retimer *r, int64_t to)
{
	size_t need = to > r->read_pos ? (size_t)(to - r->read_pos) : 0;

	if (need <= r->queue_frames)
		return;
	need += PCM_RATE / 10;
	r->queue = g_renew(float, r->queue, need * PCM_CHANNELS);
	memset(r->queue + r->queue_frames * PCM_CHANNELS, 0, (need - r->queue_frames) * PCM_CHANNELS * sizeof(float));
	r->queue_frames = need;
}

/* Adds, so that the faded tail of one run lies under the beginning of the next. */
static void queue_add(struct retimer *r, int frames)
{
	int64_t from = MAX(r->floor, r->out_pos), to = r->out_pos + frames;

	if (r->fade_out != INT64_MAX)
		to = MIN(to, r->fade_out + FADE_OUT);
	queue_reserve(r, to);
	for (int64_t pos = from; pos < to; pos++) {
		const float *in = r->scratch + (pos - r->out_pos) * PCM_CHANNELS;
		float *sum = r->queue + (pos - r->read_pos) * PCM_CHANNELS, gain = edge_gain(r, pos);

		sum[0] += in[0] * gain;
		sum[1] += in[1] * gain;
	}
	r->out_pos += frames;
}

int retimer_feed(struct retimer *r, const float *pcm, int frames)
{
	int n = resample(r, pcm, frames);

	if (n < 0)
		return n;
	queue_add(r, n);
	return 0;
}

int retimer_end(struct retimer *r, const float *tail, int frames)
{
	int err;

	r->fade_out = MAX(r->floor, r->out_pos + (int64_t)(delay(r) + 0.5));
	err = retimer_feed(r, tail, frames);
	r->floor = r->fade_out;
	return err < 0 ? err : flush(r);
}

int64_t retimer_filled(const struct retimer *r)
{
	return r->out_pos;
}

int64_t retimer_position(const struct retimer *r)
{
	return r->read_pos;
}

void retimer_skip(struct retimer *r, int64_t blocks)
{
	r->read_pos += blocks * PCM_BLOCK;
}

bool retimer_read(struct retimer *r, float *pcm)
{
	size_t rest;
	bool sound = false;

	queue_reserve(r, r->read_pos + PCM_BLOCK);
	memcpy(pcm, r->queue, PCM_BLOCK_VALUES * sizeof(float));
	rest = (r->queue_frames - PCM_BLOCK) * PCM_CHANNELS;
	memmove(r->queue, r->queue + PCM_BLOCK_VALUES, rest * sizeof(float));
	memset(r->queue + rest, 0, PCM_BLOCK_VALUES * sizeof(float));
	r->read_pos += PCM_BLOCK;
	for (int i = 0; i < PCM_BLOCK_VALUES && !sound; i++)
		sound = pcm[i] != 0;
	return sound;
}

void retimer_unref(struct retimer **r)
{
	if (!*r)
		return;
	swr_free(&(*r)->swr);
	g_free((*r)->queue);
	g_free((*r)->scratch);
	g_free(*r);
	*r = NULL;
}

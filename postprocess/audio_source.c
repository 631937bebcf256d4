/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Opus packets to PCM in recording time. Called by the mixer through sound, on the thread that makes the sound.
 *
 *   next() ─▶ hole since the last packet? ─▶ libopus ─▶ retimer ─▶ audible() ramps ─▶ block
 *                 │ up to 200 ms: FEC and concealment; after a DTX packet up to 1 s: comfort noise
 *                 └ longer, another segment, or > 60 ms off: the run ends with a fade, the next begins at its packet's time
 *
 * While the recording grows the next packet may not be known yet. Once it is known not to come within a hole that would be filled, the run ends as it would with the packet
 * itself, so the samples are the same; before that, the answer is -EAGAIN.
 *
 * Holes are found by the distance of neighbouring packets, drift by the distance to the free-running clock (retimer): rounding, jitter and slew of timestamps
 * are far below the half frame that makes a hole.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <glib.h>
#include <libavutil/error.h>
#include <opus/opus.h>
#include "postprocess/audio_source.h"
#include "postprocess/pcm.h"
#include "postprocess/retimer.h"

enum {
	ENCODER_DELAY = 312,                            /* what libopus' encoder looks ahead, in all senders; the decoder adds nothing */
	FRAME_MAX = 5760,                               /* 120 ms, the longest packet */
	HOLE_MIN = 3 * PCM_PER_MS,                      /* below it is rounding, whatever the frame */
	CONCEAL_MAX = 200 * PCM_PER_MS,
	COMFORT_MAX = 1000 * PCM_PER_MS,                /* DTX refreshes every 400 ms; one refresh may be lost */
	RESYNC = 60 * PCM_PER_MS,
	RAMP = 5 * PCM_PER_MS,                          /* from heard to muted */
	GATE_MEMORY_MS = 1000,
	PREROLL_MS = 200,                               /* before a part's beginning, not heard: a decoder needs 80 ms to settle (RFC 7845 §4.6) */
	DTX_BYTES = 2,                                  /* a packet this short says that silence follows */
};

static const int64_t pts_max = INT64_C(1000) * 86400 * 1000;   /* keeps a hostile timestamp from overflowing */

struct audio_source {
	struct audio_source_conf conf;
	OpusDecoder *decoder;
	struct retimer *retimer;
	AVPacket *pkt;
	size_t segment;            /* of pkt */
	bool have_pkt, eof;
	bool running;              /* the retimer is within a run */
	size_t run_segment;
	int64_t run_end;           /* by the last packet's timestamp */
	int last_frames;           /* length of the last packet */
	bool last_dtx;
	unsigned concealed;
	int64_t concealed_samples;
	int gate;                  /* 0 … RAMP */
	float pcm[FRAME_MAX * PCM_CHANNELS];
};

int audio_source_create(struct audio_source **out, const struct audio_source_conf *conf)
{
	struct audio_source *s = g_new0(struct audio_source, 1);
	int err, opus_err = OPUS_OK;

	s->conf = *conf;
	err = retimer_create(&s->retimer);
	if (err < 0)
		goto out;
	err = -ENOMEM;
	s->pkt = av_packet_alloc();
	s->decoder = opus_decoder_create(PCM_RATE, PCM_CHANNELS, &opus_err);
	if (s->pkt && s->decoder)
		err = 0;
out:
	if (err < 0)
		audio_source_unref(&s);
	*out = s;
	return err;
}

static int end_run(struct audio_source *s)
{
	int n;

	if (!s->running)
		return 0;
	s->running = false;
	n = opus_decode_float(s->decoder, NULL, 0, s->pcm, PCM_BLOCK, 0);
	if (n < PCM_BLOCK)
		memset(s->pcm, 0, PCM_BLOCK_VALUES * sizeof(float));
	return retimer_end(s->retimer, s->pcm, PCM_BLOCK);
}

static void begin_run(struct audio_source *s, int64_t at)
{
	if (s->segment != s->run_segment)
		opus_decoder_ctl(s->decoder, OPUS_RESET_STATE);
	s->run_segment = s->segment;
	s->running = true;
	s->last_dtx = false;
	retimer_begin(s->retimer, at);
}

/* Decodes into the run; a packet that cannot be decoded becomes concealment of its length. data NULL conceals. */
static int decode(struct audio_source *s, const uint8_t *data, int size, int frames, bool fec)
{
	int n = opus_decode_float(s->decoder, data, size, s->pcm, frames, fec);

	if (n < 0 && data) {
		s->concealed++;
		s->concealed_samples += frames;
		n = opus_decode_float(s->decoder, NULL, 0, s->pcm, frames, 0);
	}
	return n < 0 ? -EBADMSG : retimer_feed(s->retimer, s->pcm, n);
}

/* What was lost between the last packet and this one, which may carry a copy of the last frame lost. */
static int fill_hole(struct audio_source *s, int64_t hole)
{
	int64_t missing = hole < HOLE_MIN ? 0 : (hole + s->last_frames / 2) / s->last_frames;
	int err = 0;

	for (int64_t i = 1; i <= missing && err >= 0; i++) {
		bool fec = i == missing && !s->last_dtx;

		s->concealed += !s->last_dtx;
		s->concealed_samples += s->last_dtx ? 0 : s->last_frames;
		err = decode(s, fec ? s->pkt->data : NULL, fec ? s->pkt->size : 0, s->last_frames, fec);
	}
	return err;
}

/* The longest hole that is filled. */
static int64_t bearable(const struct audio_source *s)
{
	return s->last_dtx ? COMFORT_MAX : CONCEAL_MAX;
}

/* Joins the packet to the run, or ends the run where the two do not fit. */
static int join_run(struct audio_source *s, int64_t at)
{
	int64_t hole = at - s->run_end;
	int err;

	if (s->segment != s->run_segment || hole > bearable(s))
		return end_run(s);
	err = fill_hole(s, hole);
	if (err >= 0 && fabs(retimer_error(s->retimer, at)) > RESYNC)
		err = end_run(s);
	return err;
}

/* 1: a packet is at hand, 0: there are no more. */
static int peek(struct audio_source *s)
{
	int err;

	if (s->have_pkt || s->eof)
		return s->have_pkt;
	av_packet_unref(s->pkt);
	err = s->conf.next(s->conf.arg, s->pkt, &s->segment);
	if (err == AVERROR_EOF)
		s->eof = true;
	else if (err < 0)
		return err;
	s->have_pkt = !s->eof;
	return s->have_pkt;
}

/* The next packet is not known, only that it is not before a time. 0: that suffices for what is before `until`. */
static int do_without(struct audio_source *s, int64_t until)
{
	int64_t at = MIN(s->conf.known_ms(s->conf.arg), pts_max) * PCM_PER_MS - ENCODER_DELAY;
	int err = s->running && at - s->run_end > bearable(s) ? end_run(s) : 0;

	if (err < 0)
		return err;
	return !s->running && at >= until ? 0 : -EAGAIN;
}

/* One packet into the retimer. 1: go on, 0: what comes next begins at `until` or later, or never. */
static int step(struct audio_source *s, int64_t until)
{
	int err = peek(s), frames;
	int64_t at;

	if (err == -EAGAIN)
		return do_without(s, until);
	if (err <= 0)
		return err < 0 ? err : end_run(s);
	frames = opus_packet_get_nb_samples(s->pkt->data, s->pkt->size, PCM_RATE);
	if (frames <= 0 || frames > FRAME_MAX || s->pkt->pts < -PREROLL_MS || s->pkt->pts > pts_max) {
		s->have_pkt = false;   /* not Opus, or long ago: a loss like any other */
		return 1;
	}
	at = s->pkt->pts * PCM_PER_MS - ENCODER_DELAY;
	err = s->running ? join_run(s, at) : 0;
	if (err < 0 || (!s->running && at >= until))
		return err;
	if (!s->running)
		begin_run(s, at);
	err = retimer_steer(s->retimer, at, frames);
	if (err >= 0)
		err = decode(s, s->pkt->data, s->pkt->size, frames, false);
	s->last_dtx = s->pkt->size <= DTX_BYTES;
	s->last_frames = frames;
	s->run_end = at + frames;
	s->have_pkt = false;
	return err < 0 ? err : 1;
}

static int gate_direction(const struct audio_source *s, int64_t t_ms)
{
	return s->conf.audible(s->conf.arg, t_ms) ? 1 : -1;
}

/* Silence while muted or away, with ramps of 5 ms. */
static bool apply_gate(struct audio_source *s, float *pcm, int64_t from)
{
	bool sound = false;

	for (int ms = 0; ms < PCM_BLOCK_MS; ms++) {
		int dir = gate_direction(s, from / PCM_PER_MS + ms);

		for (int i = 0; i < PCM_PER_MS; i++, pcm += PCM_CHANNELS) {
			s->gate = CLAMP(s->gate + dir, 0, RAMP);
			pcm[0] *= (float)s->gate / RAMP;
			pcm[1] *= (float)s->gate / RAMP;
			sound |= pcm[0] != 0 || pcm[1] != 0;
		}
	}
	return sound;
}

/* The gate remembers no more than a ramp, if one second had no wilder mutes than people can make. */
void audio_source_skip(struct audio_source *s, int64_t blocks)
{
	int64_t to_ms = blocks * PCM_BLOCK_MS;

	retimer_skip(s->retimer, blocks);
	for (int64_t ms = MAX(to_ms - GATE_MEMORY_MS, 0); s->conf.audible && ms < to_ms; ms++)
		s->gate = CLAMP(s->gate + gate_direction(s, ms) * PCM_PER_MS, 0, RAMP);
}

int audio_source_read(struct audio_source *s, float *pcm)
{
	int64_t from = retimer_position(s->retimer), until = from + PCM_BLOCK;
	bool sound;
	int err = 1;

	while (err > 0 && (!s->running || retimer_filled(s->retimer) < until))
		err = step(s, until);
	if (err < 0)
		return err;
	sound = retimer_read(s->retimer, pcm);
	if (s->conf.audible)
		sound = apply_gate(s, pcm, from);
	return sound;
}

unsigned audio_source_concealed(const struct audio_source *s)
{
	return s->concealed;
}

double audio_source_concealed_ms(const struct audio_source *s)
{
	return (double)s->concealed_samples / PCM_PER_MS;
}

void audio_source_unref(struct audio_source **s)
{
	if (!*s)
		return;
	if ((*s)->decoder)
		opus_decoder_destroy((*s)->decoder);
	retimer_unref(&(*s)->retimer);
	av_packet_free(&(*s)->pkt);
	g_free(*s);
	*s = NULL;
}

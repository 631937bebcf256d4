/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sound of an output from the recording's chunks to Opus packets. Called by compose on one thread; makes what it needs as sound_next asks for it.
 *
 *   strand (chunk_reader ─▶ audio_source) ─┐
 *                                          ├▶ mixer (a leveller each) ─▶ gain ─▶ limiter ─▶ encode_audio ─▶ packet ─▶ to the caller
 *   …                                     ─┘        │          ▲                                              └▶ libopus ─▶ loudness: what is heard
 *                                                   └▶ loudness ┘
 *
 * The levellers aim where the whole shall end, so the gain has only the sum of several voices left to correct. Up to 3 minutes: the mix is kept, its loudness
 * known before the first packet, and the gain one constant. Longer: the gain follows the loudness so far, slowly, aiming half a unit high, so that what remains is a reduction,
 * which OpusHead's output gain can make without raising a peak.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <glib.h>
#include <libavutil/error.h>
#include <opus/opus.h>
#include "postprocess/encode_audio.h"
#include "postprocess/limiter.h"
#include "postprocess/loudness.h"
#include "postprocess/mixer.h"
#include "postprocess/pcm.h"
#include "postprocess/sound.h"
#include "postprocess/strand.h"

enum { EXACT_MAX_MS = 180000, GAIN_MIN_MS = 3000, TRIALS = 4, SERVO_BLOCKS = 50 };
static const double
	aim_lufs = -16, ceiling_db = -1.5, peak_max_db = -1,
	trial_tolerance = 0.1,                     /* LU */
	exact_tolerance = 0.3,                     /* left alone where the gain is in the samples */
	exact_max_db = 20,
	servo_aim_lufs = -15.5, servo_max_db = 12, servo_step_db = 0.25;   /* a step each SERVO_BLOCKS: a second */
static const struct leveller_conf levelled = { .target_lufs = -16, .min_db = -12, .max_db = 24 };
static const struct leveller_conf untouched = { .target_lufs = -16, .min_db = 0, .max_db = 0 };

enum policy { NO_GAIN, EXACT, SERVO };

struct sound {
	const struct model *model;
	enum policy policy;
	GPtrArray *strands;        /* in the mixer's order */
	struct mixer *mixer;
	struct limiter *limiter;
	struct encode_audio *encoder;
	OpusDecoder *decoder;      /* hears what a player will hear */
	struct loudness *mixed, *heard;
	float *kept;               /* EXACT: the mix */
	int64_t samples, blocks;   /* the recording's length */
	int64_t fed, heard_to;     /* blocks given to the limiter; samples decoded again, pre-skip included */
	double gain_db, want_db;
	bool prepared;
};

/* ---- life ---- */

static void strand_free(void *arg)
{
	struct strand *t = arg;

	strand_unref(&t);
}

static int add_strand(struct sound *s, const struct model_source *source)
{
	struct strand *t;
	int err = strand_create(&t, s->model, source);

	if (err < 0)
		return err;
	g_ptr_array_add(s->strands, t);
	mixer_add(s->mixer, &(struct mixer_input){ .read = strand_read, .arg = t });
	return 0;
}

static int add_strands(struct sound *s)
{
	int err = 0;

	for (size_t i = 0; i < s->model->nparticipants; i++) {
		const struct model_participant *p = s->model->participants[i];

		for (size_t k = 0; k < p->nsources && err >= 0; k++)
			if (p->sources[k]->audio)
				err = add_strand(s, p->sources[k]);
	}
	return err;
}

int sound_create(struct sound **out, const struct model *m, const struct output_spec *spec)
{
	struct sound *s = g_new0(struct sound, 1);
	int err, opus_err;

	s->model = m;
	s->policy = m->duration_ms < GAIN_MIN_MS ? NO_GAIN : m->duration_ms <= EXACT_MAX_MS ? EXACT : SERVO;
	s->samples = m->duration_ms * PCM_PER_MS;
	s->blocks = (s->samples + PCM_BLOCK - 1) / PCM_BLOCK;
	s->strands = g_ptr_array_new_with_free_func(strand_free);
	mixer_create(&s->mixer, s->policy == NO_GAIN ? &untouched : &levelled, s->blocks);
	limiter_create(&s->limiter, ceiling_db);
	err = add_strands(s);
	if (err < 0)
		goto out;
	err = encode_audio_create(&s->encoder, spec->audio_bitrate, s->samples);
	if (err < 0)
		goto out;
	err = loudness_create(&s->mixed, LOUDNESS_ONLY);
	if (err >= 0)
		err = loudness_create(&s->heard, LOUDNESS_AND_PEAK);
	s->decoder = opus_decoder_create(PCM_RATE, PCM_CHANNELS, &opus_err);
	if (err >= 0 && !s->decoder)
		err = -ENOMEM;
out:
	if (err < 0)
		sound_unref(&s);
	*out = s;
	return err;
}

const AVCodecParameters *sound_codecpar(const struct sound *s)
{
	return encode_audio_codecpar(s->encoder);
}

void sound_unref(struct sound **s)
{
	if (!*s)
		return;
	mixer_unref(&(*s)->mixer);
	limiter_unref(&(*s)->limiter);
	encode_audio_unref(&(*s)->encoder);
	if ((*s)->decoder)
		opus_decoder_destroy((*s)->decoder);
	loudness_unref(&(*s)->mixed);
	loudness_unref(&(*s)->heard);
	g_ptr_array_unref((*s)->strands);
	g_free((*s)->kept);
	g_free(*s);
	*s = NULL;
}

/* ---- the gain ---- */

/* How many samples of block k belong to the recording. */
static int block_length(const struct sound *s, int64_t k)
{
	return (int)CLAMP(s->samples - k * PCM_BLOCK, 0, PCM_BLOCK);
}

static bool anybody_heard(const struct sound *s)
{
	for (unsigned i = 0; i < s->strands->len; i++)
		if (mixer_talk_ms(s->mixer, i) > 0)
			return true;
	return false;
}

static int mix_block(struct sound *s, int64_t k, float *pcm)
{
	int err = mixer_next(s->mixer, pcm), length = block_length(s, k);

	if (err < 0)
		return err;
	memset(pcm + length * PCM_CHANNELS, 0, (size_t)(PCM_BLOCK - length) * PCM_CHANNELS * sizeof(float));
	return loudness_add(s->mixed, pcm, length);
}

static int keep_mix(struct sound *s)
{
	int err = 0;

	s->kept = g_new(float, (size_t)s->blocks * PCM_BLOCK_VALUES);
	for (int64_t k = 0; k < s->blocks && err >= 0; k++)
		err = mix_block(s, k, s->kept + k * PCM_BLOCK_VALUES);
	return err;
}

/* How loud the kept mix is with a gain, limited. */
static int try_gain(struct sound *s, double gain_db, double *lufs)
{
	static const float silence[PCM_BLOCK_VALUES];
	struct limiter *limiter;
	struct loudness *trial;
	double gain = db_to_gain(gain_db);
	int err = loudness_create(&trial, LOUDNESS_ONLY);

	if (err < 0)
		return err;
	limiter_create(&limiter, ceiling_db);
	for (int64_t k = 0; k <= s->blocks && err >= 0; k++) {
		float pcm[PCM_BLOCK_VALUES];

		limiter_run(limiter, k < s->blocks ? s->kept + k * PCM_BLOCK_VALUES : silence, gain, gain, pcm);
		if (k > 0)
			err = loudness_add(trial, pcm, block_length(s, k - 1));
	}
	*lufs = loudness_integrated(trial);
	limiter_unref(&limiter);
	loudness_unref(&trial);
	return err;
}

/* What the limiter takes away is given again, as long as that helps. */
static int find_exact_gain(struct sound *s)
{
	double lufs = loudness_integrated(s->mixed);
	int err = 0;

	if (!anybody_heard(s) || !isfinite(lufs))
		return 0;
	s->gain_db = MIN(aim_lufs - lufs, exact_max_db);
	for (int i = 0; i < TRIALS; i++) {
		err = try_gain(s, s->gain_db, &lufs);
		if (err < 0 || fabs(aim_lufs - lufs) < trial_tolerance)
			break;
		s->gain_db = MIN(s->gain_db + aim_lufs - lufs, exact_max_db);
	}
	return err;
}

static int prepare(struct sound *s)
{
	int err;

	s->prepared = true;
	if (s->policy != EXACT)
		return 0;
	err = keep_mix(s);
	if (err >= 0)
		err = find_exact_gain(s);
	s->want_db = s->gain_db;
	return err;
}

/* The servo's knob, once a second. */
static void turn(struct sound *s)
{
	double lufs = loudness_integrated(s->mixed);

	if (anybody_heard(s) && isfinite(lufs))
		s->want_db = CLAMP(servo_aim_lufs - lufs, -servo_max_db, servo_max_db);
}

/* ---- the chain ---- */

/* Block k of the mix, silence after the end. */
static int get_block(struct sound *s, int64_t k, float *pcm)
{
	if (k >= s->blocks)
		memset(pcm, 0, PCM_BLOCK_VALUES * sizeof(float));
	else if (s->kept)
		memcpy(pcm, s->kept + k * PCM_BLOCK_VALUES, PCM_BLOCK_VALUES * sizeof(float));
	else
		return mix_block(s, k, pcm);
	return 0;
}

/* One block into the limiter, one block out of it. */
static int drive(struct sound *s, float *out)
{
	float pcm[PCM_BLOCK_VALUES];
	double step = servo_step_db / SERVO_BLOCKS, before = s->gain_db;
	int err = get_block(s, s->fed, pcm);

	if (err < 0)
		return err;
	if (s->policy == SERVO && s->fed % SERVO_BLOCKS == 0)
		turn(s);
	s->gain_db = CLAMP(s->want_db, s->gain_db - step, s->gain_db + step);
	limiter_run(s->limiter, pcm, db_to_gain(before), db_to_gain(s->gain_db), out);
	s->fed++;
	return 0;
}

/* Decodes our own packet and measures what of it is heard. */
static int hear(struct sound *s, const AVPacket *pkt)
{
	float pcm[PCM_BLOCK_VALUES];
	int preskip = encode_audio_codecpar(s->encoder)->initial_padding;
	int n = opus_decode_float(s->decoder, pkt->data, pkt->size, pcm, PCM_BLOCK, 0);
	int64_t from = MAX(preskip - s->heard_to, 0), to = MIN(s->samples + preskip - s->heard_to, n);

	if (n < 0)
		return -EBADMSG;
	s->heard_to += n;
	return to > from ? loudness_add(s->heard, pcm + from * PCM_CHANNELS, (int)(to - from)) : 0;
}

int sound_next(struct sound *s, AVPacket *pkt)
{
	float pcm[PCM_BLOCK_VALUES];
	int err = s->prepared ? 0 : prepare(s);

	if (err < 0)
		return err;
	if (encode_audio_done(s->encoder))
		return AVERROR_EOF;
	if (!s->fed)
		err = drive(s, pcm);       /* the limiter's delay: what comes out first is before the beginning */
	if (err >= 0)
		err = drive(s, pcm);
	if (err >= 0)
		err = encode_audio_block(s->encoder, pcm, pkt);
	return err < 0 ? err : hear(s, pkt);
}

/* What is still to be done by the player: exact in loudness, but no peak above the limit. */
static double remaining_db(const struct sound *s, double lufs, double peak_db)
{
	double remaining = aim_lufs - lufs;

	if (s->policy == EXACT && fabs(remaining) < exact_tolerance)
		remaining = 0;
	if (s->policy == EXACT)
		remaining = MIN(remaining, 0);
	return MIN(remaining, peak_max_db - peak_db);
}

/* Where in the model somebody is. */
static size_t index_of(const struct model *m, const struct model_participant *p)
{
	size_t i = 0;

	while (i < m->nparticipants && m->participants[i] != p)
		i++;
	return i;
}

void sound_result(const struct sound *s, struct sound_result *r)
{
	double lufs = loudness_integrated(s->heard), peak = loudness_true_peak_db(s->heard);

	memset(r, 0, sizeof(*r));
	for (unsigned i = 0; i < s->strands->len; i++) {
		const struct strand *t = s->strands->pdata[i];

		size_t who = index_of(s->model, strand_participant(t));

		r->concealed_frames += strand_concealed(t);
		r->damaged_chunks += strand_damaged(t);
		if (strand_is_voice(t) && who < G_N_ELEMENTS(r->talk_ms))
			r->talk_ms[who] += mixer_talk_ms(s->mixer, i);
	}
	r->silent = !anybody_heard(s);
	r->measured = !r->silent && s->policy != NO_GAIN && isfinite(lufs);
	if (!r->measured)
		return;
	r->output_gain_q8 = (int)floor(CLAMP(remaining_db(s, lufs, peak), -servo_max_db, servo_max_db) * 256);
	r->lufs = lufs + r->output_gain_q8 / 256.0;
	r->true_peak_db = peak + r->output_gain_q8 / 256.0;
}

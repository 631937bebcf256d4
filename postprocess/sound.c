/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The sound of an output from the recording's chunks to packets. Called by compose on one thread; makes what it needs as sound_next asks for it.
 *
 *   strand (chunk_reader ─▶ audio_source) ─┐
 *                                          ├▶ mixer (a leveller each) ─▶ master ─▶ packet ─▶ to the caller
 *   … (in the model's order)               ─┘
 *
 * A block is mixed only when all that decides about it is sealed; then no strand has to wait in the middle of it. Sources that appear while the recording
 * grows are put in where they would have been from the beginning.
 */
#include <errno.h>
#include <string.h>
#include <glib.h>
#include <libavutil/error.h>
#include "postprocess/master.h"
#include "postprocess/mixer.h"
#include "postprocess/pcm.h"
#include "postprocess/sound.h"
#include "postprocess/strand.h"

/* What a block needs to be known: the levellers' look-ahead, the limiter's block, and what a strand waits for. */
G_STATIC_ASSERT(SOUND_AHEAD_MS >= LEVELLER_DELAY * PCM_BLOCK_MS + PCM_BLOCK_MS + AUDIO_SOURCE_AHEAD_MS);

struct sound {
	const struct model *model;
	GPtrArray *strands;        /* in the mixer's order, which is the model's */
	struct mixer *mixer;
	struct master *master;
	int64_t blocks;            /* mixed */
	bool heard, ended;
	GArray *people, *tracks;   /* of sound_person, sound_track: the result's */
};

static void strand_free(void *arg)
{
	struct strand *t = arg;

	strand_unref(&t);
}

static int64_t samples(const struct sound *s)
{
	return s->model->duration_ms * PCM_PER_MS;
}

static const char *codec_of(const struct output_spec *spec)
{
	const struct output_format *format = output_format_find(spec->format);

	return format && *format->audio ? format->audio : "opus";
}

int sound_create(struct sound **out, const struct model *m, const struct output_spec *spec)
{
	struct sound *s = g_new0(struct sound, 1);
	int err;

	s->model = m;
	s->strands = g_ptr_array_new_with_free_func(strand_free);
	s->people = g_array_new(FALSE, TRUE, sizeof(struct sound_person));
	s->tracks = g_array_new(FALSE, TRUE, sizeof(struct sound_track));
	mixer_create(&s->mixer);
	err = master_create(&s->master, codec_of(spec), spec->audio_bitrate, m->complete && m->duration_ms > MASTER_EXACT_MS ? 0 : MASTER_EXACT_MS, m->dir);
	if (err < 0)
		sound_unref(&s);
	*out = s;
	return err;
}

const AVCodecParameters *sound_codecpar(const struct sound *s)
{
	return master_codecpar(s->master);
}

void sound_unref(struct sound **s)
{
	if (!*s)
		return;
	mixer_unref(&(*s)->mixer);
	master_unref(&(*s)->master);
	g_ptr_array_unref((*s)->strands);
	g_array_unref((*s)->people);
	g_array_unref((*s)->tracks);
	g_clear_pointer(s, g_free);
}

/* ---- sources ---- */

/* Nothing is levelled in a recording too short to know anybody's loudness. */
static enum leveller_kind kind_of(const struct sound *s, const struct model_source *source)
{
	if (s->model->complete && s->model->duration_ms < MASTER_MIN_MS)
		return LEVELLER_OFF;
	return source->screen ? LEVELLER_PROGRAMME : LEVELLER_VOICE;
}

static int insert_strand(struct sound *s, unsigned at, const struct model_source *source)
{
	struct strand *t;
	int err = strand_create(&t, s->model, source);

	if (err < 0)
		return err;
	strand_skip(t, mixer_read_blocks(s->mixer));
	g_ptr_array_insert(s->strands, (int)at, t);
	mixer_insert(s->mixer, at, &(struct mixer_input){ strand_read, t, kind_of(s, source) });
	return 0;
}

/* Strands for sources that are new in the model. */
static int add_sources(struct sound *s)
{
	unsigned at = 0;
	int err = 0;

	for (size_t i = 0; i < s->model->nparticipants; i++) {
		const struct model_participant *p = s->model->participants[i];

		for (size_t k = 0; k < p->nsources && err >= 0; k++) {
			if (!p->sources[k]->audio)
				continue;
			if (at >= s->strands->len || strand_source(s->strands->pdata[at]) != p->sources[k])
				err = insert_strand(s, at, p->sources[k]);
			at++;
		}
	}
	return err;
}

/* ---- the mix ---- */

/* Before the first block it must be known, too, whether anything is levelled. */
static bool is_known(const struct sound *s)
{
	return s->model->complete || s->model->sealed_ms >= MAX((s->blocks + 1) * PCM_BLOCK_MS + SOUND_AHEAD_MS, MASTER_MIN_MS);
}

/* What of the block is beyond the recording's end is silence. */
static void cut(const struct sound *s, float *pcm)
{
	int64_t length = s->model->complete ? CLAMP(samples(s) - s->blocks * PCM_BLOCK, 0, PCM_BLOCK) : PCM_BLOCK;

	memset(pcm + length * PCM_CHANNELS, 0, (size_t)(PCM_BLOCK - length) * PCM_CHANNELS * sizeof(float));
}

static bool anybody_heard(const struct sound *s)
{
	for (unsigned i = 0; i < s->strands->len; i++) {
		struct leveller_report r;

		mixer_report(s->mixer, i, &r);
		if (r.talk_ms > 0)
			return true;
	}
	return false;
}

static int mix(struct sound *s)
{
	float pcm[PCM_BLOCK_VALUES];
	int err = add_sources(s);

	if (err >= 0)
		err = mixer_next(s->mixer, pcm);
	if (err < 0)
		return err;
	cut(s, pcm);
	s->blocks++;
	s->heard = s->heard || anybody_heard(s);
	return master_put(s->master, pcm, s->heard);
}

static int64_t blocks_in_all(const struct sound *s)
{
	return (samples(s) + PCM_BLOCK - 1) / PCM_BLOCK;
}

/* A block more, or the end. */
static int go_on(struct sound *s)
{
	if (!is_known(s))
		return -EAGAIN;
	if (!s->model->complete)
		return mix(s);
	mixer_end(s->mixer, blocks_in_all(s));
	if (s->blocks < blocks_in_all(s))
		return mix(s);
	if (s->ended)
		return -EPROTO;
	s->ended = true;
	return master_end(s->master, samples(s), s->heard);
}

int sound_next(struct sound *s, AVPacket *pkt)
{
	int err;

	while ((err = master_take(s->master, pkt)) == -EAGAIN) {
		err = go_on(s);
		if (err < 0)
			break;
	}
	return err;
}

int64_t sound_time(const struct sound *s)
{
	return s->blocks * PCM_BLOCK_MS;
}

/* ---- what was measured ---- */

static size_t index_of(const struct sound *s, const struct model_participant *p)
{
	size_t i = 0;

	while (s->model->participants[i] != p)
		i++;
	return i;
}

/* Somebody with two microphones is as loud as with the one that was used more. */
static void report_person(struct sound_person *p, const struct leveller_report *r, const struct strand *t)
{
	p->concealed_ms += strand_concealed_ms(t);
	p->damaged_chunks += strand_damaged(t);
	if (r->talk_ms > p->talk_ms) {
		p->heard = true;
		p->loudness_lufs = r->loudness_lufs;
		p->gain_db = r->gain_db;
		p->gain_min_db = r->gain_min_db;
		p->gain_max_db = r->gain_max_db;
	}
	p->talk_ms += r->talk_ms;
}

static void report_people(struct sound *s, struct sound_result *r)
{
	g_array_set_size(s->people, 0);
	g_array_set_size(s->people, (guint)s->model->nparticipants);
	for (unsigned i = 0; i < s->strands->len; i++) {
		const struct strand *t = s->strands->pdata[i];
		const struct model_source *source = strand_source(t);
		struct leveller_report report;

		r->concealed_frames += strand_concealed(t);
		r->damaged_chunks += strand_damaged(t);
		if (source->screen)
			continue;
		mixer_report(s->mixer, i, &report);
		report_person(&g_array_index(s->people, struct sound_person, index_of(s, source->owner)), &report, t);
	}
	r->people = (const struct sound_person *)(void *)s->people->data;
	r->npeople = s->people->len;
}

static void report_tracks(struct sound *s, struct sound_result *r)
{
	g_array_set_size(s->tracks, s->strands->len);
	for (unsigned i = 0; i < s->strands->len; i++) {
		struct sound_track *t = &g_array_index(s->tracks, struct sound_track, i);

		t->source = strand_source(s->strands->pdata[i]);
		t->gaps = strand_gaps(s->strands->pdata[i], &t->ngaps);
	}
	r->tracks = (const struct sound_track *)(void *)s->tracks->data;
	r->ntracks = s->tracks->len;
}

void sound_result(struct sound *s, struct sound_result *r)
{
	struct master_result m;

	master_result(s->master, &m);
	*r = (struct sound_result){ .silent = !s->heard, .measured = m.measured, .lufs = m.lufs, .true_peak_db = m.true_peak_db, .range_lu = m.range_lu,
				    .output_gain_q8 = m.gain_q8 };
	report_people(s, r);
	report_tracks(s, r);
}

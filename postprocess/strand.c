/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ties chunk_reader and audio_source together with what the model knows of mutes and presence. Called by sound and stems, and by the mixer through strand_read, on one thread.
 */
#include <string.h>
#include <glib.h>
#include "postprocess/chunk_reader.h"
#include "postprocess/strand.h"

struct strand {
	const struct model *model;
	const struct model_source *source;
	struct chunk_reader *reader;
	struct audio_source *audio;
};

/* Segments in a codec we do not decode are silence. */
static int next_packet(void *arg, AVPacket *pkt, size_t *segment)
{
	struct strand *t = arg;
	int err;

	while (!(err = chunk_reader_next(t->reader, pkt, segment))) {
		if (!strcmp(t->source->segments[*segment]->codec, "opus"))
			return 0;
		av_packet_unref(pkt);
	}
	return err;
}

/* A chunk's first packet may be rounded to the millisecond before it. */
static int64_t known_ms(void *arg)
{
	return ((const struct strand *)arg)->model->sealed_ms - 1;
}

static bool audible(void *arg, int64_t t_ms)
{
	const struct strand *t = arg;

	return model_present(t->source->owner, t_ms) && !model_muted(t->source, t_ms);
}

int strand_create(struct strand **out, const struct model *m, const struct model_source *source)
{
	struct strand *t = g_new0(struct strand, 1);
	struct audio_source_conf conf = { .next = next_packet, .known_ms = known_ms, .audible = audible, .arg = t };
	int err;

	t->model = m;
	t->source = source;
	err = chunk_reader_create(&t->reader, m, source);
	if (err >= 0)
		err = audio_source_create(&t->audio, &conf);
	if (err < 0)
		strand_unref(&t);
	*out = t;
	return err;
}

int strand_read(void *arg, float *pcm)
{
	return audio_source_read(((struct strand *)arg)->audio, pcm);
}

void strand_skip(struct strand *t, int64_t blocks)
{
	audio_source_skip(t->audio, blocks);
}

const struct model_source *strand_source(const struct strand *t)
{
	return t->source;
}

unsigned strand_concealed(const struct strand *t)
{
	return audio_source_concealed(t->audio);
}

double strand_concealed_ms(const struct strand *t)
{
	return audio_source_concealed_ms(t->audio);
}

unsigned strand_damaged(const struct strand *t)
{
	return chunk_reader_damaged(t->reader);
}

const struct model_gap *strand_gaps(const struct strand *t, size_t *n)
{
	return chunk_reader_gaps(t->reader, n);
}

void strand_unref(struct strand **t)
{
	if (!*t)
		return;
	audio_source_unref(&(*t)->audio);
	chunk_reader_unref(&(*t)->reader);
	g_clear_pointer(t, g_free);
}

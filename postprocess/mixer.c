/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pulls all sources through their levellers and adds them up. Called by sound, on the thread that makes the sound. Edges were faded where they
 * arise, in retimer and audio_source; here is only arithmetic, in a fixed order.
 */
#include <string.h>
#include <glib.h>
#include "postprocess/mixer.h"
#include "postprocess/pcm.h"

struct strand {
	struct mixer_input in;
	struct leveller *leveller;
	int64_t fed;               /* blocks the leveller was given: LEVELLER_DELAY ahead of the mix */
};

struct mixer {
	struct leveller_conf conf;
	struct strand *strands;
	unsigned n;
	int64_t blocks, at;
};

void mixer_create(struct mixer **out, const struct leveller_conf *conf, int64_t blocks)
{
	struct mixer *m = g_new0(struct mixer, 1);

	m->conf = *conf;
	m->blocks = blocks;
	*out = m;
}

unsigned mixer_add(struct mixer *m, const struct mixer_input *in)
{
	struct strand *s;

	m->strands = g_renew(struct strand, m->strands, m->n + 1);
	s = &m->strands[m->n];
	*s = (struct strand){ .in = *in };
	leveller_create(&s->leveller, &m->conf);
	return m->n++;
}

/* The strand's block for the mix's current one. 1 sound, 0 silence, or a negative errno. */
static int pull(struct strand *s, int64_t at, int64_t blocks, float *out)
{
	float raw[PCM_BLOCK_VALUES];
	int sound = 0;

	for (; s->fed <= at + LEVELLER_DELAY; s->fed++) {
		int err = s->fed < blocks ? s->in.read(s->in.arg, raw) : 0;

		if (err < 0)
			return err;
		sound = leveller_run(s->leveller, err ? raw : NULL, out);
	}
	return sound;
}

int mixer_next(struct mixer *m, float *pcm)
{
	float one[PCM_BLOCK_VALUES];

	memset(pcm, 0, PCM_BLOCK_VALUES * sizeof(float));
	for (unsigned k = 0; k < m->n; k++) {
		int sound = pull(&m->strands[k], m->at, m->blocks, one);

		if (sound < 0)
			return sound;
		for (int i = 0; sound && i < PCM_BLOCK_VALUES; i++)
			pcm[i] += one[i];
	}
	m->at++;
	return 0;
}

double mixer_talk_ms(const struct mixer *m, unsigned input)
{
	return leveller_talk_ms(m->strands[input].leveller);
}

void mixer_unref(struct mixer **m)
{
	if (!*m)
		return;
	for (unsigned i = 0; i < (*m)->n; i++)
		leveller_unref(&(*m)->strands[i].leveller);
	g_free((*m)->strands);
	g_free(*m);
	*m = NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pulls all sources through their levellers and adds them up. Called by sound, on the thread that makes the sound. Edges were faded where they
 * arise, in retimer and audio_source; here is only arithmetic, in a fixed order.
 */
#include <string.h>
#include <glib.h>
#include "postprocess/mixer.h"
#include "postprocess/pcm.h"

struct input {
	struct mixer_input in;
	struct leveller *leveller;
	int64_t fed;               /* blocks the leveller was given: LEVELLER_DELAY ahead of the mix */
};

struct mixer {
	struct input *inputs;
	unsigned n;
	int64_t blocks, at;
};

void mixer_create(struct mixer **out)
{
	struct mixer *m = g_new0(struct mixer, 1);

	m->blocks = INT64_MAX;
	*out = m;
}

int64_t mixer_read_blocks(const struct mixer *m)
{
	return m->at ? m->at + LEVELLER_DELAY : 0;
}

void mixer_insert(struct mixer *m, unsigned at, const struct mixer_input *in)
{
	struct input *i;
	float nothing[PCM_BLOCK_VALUES];

	m->inputs = g_renew(struct input, m->inputs, m->n + 1);
	i = &m->inputs[at];
	memmove(i + 1, i, (m->n++ - at) * sizeof(*i));
	*i = (struct input){ .in = *in };
	leveller_create(&i->leveller, in->kind);
	for (; i->fed < mixer_read_blocks(m); i->fed++)
		leveller_run(i->leveller, NULL, nothing);
}

void mixer_end(struct mixer *m, int64_t blocks)
{
	m->blocks = blocks;
}

/* The input's block for the mix's current one. 1 sound, 0 silence, or a negative errno. */
static int pull(struct input *i, int64_t at, int64_t blocks, float *out)
{
	float raw[PCM_BLOCK_VALUES];
	int sound = 0;

	for (; i->fed <= at + LEVELLER_DELAY; i->fed++) {
		int err = i->fed < blocks ? i->in.read(i->in.arg, raw) : 0;

		if (err < 0)
			return err;
		sound = leveller_run(i->leveller, err ? raw : NULL, out);
	}
	return sound;
}

int mixer_next(struct mixer *m, float *pcm)
{
	float one[PCM_BLOCK_VALUES];

	memset(pcm, 0, PCM_BLOCK_VALUES * sizeof(float));
	for (unsigned k = 0; k < m->n; k++) {
		int sound = pull(&m->inputs[k], m->at, m->blocks, one);

		if (sound < 0)
			return sound;
		for (int i = 0; sound && i < PCM_BLOCK_VALUES; i++)
			pcm[i] += one[i];
	}
	m->at++;
	return 0;
}

void mixer_report(const struct mixer *m, unsigned input, struct leveller_report *r)
{
	leveller_report(m->inputs[input].leveller, r);
}

void mixer_unref(struct mixer **m)
{
	if (!*m)
		return;
	for (unsigned i = 0; i < (*m)->n; i++)
		leveller_unref(&(*m)->inputs[i].leveller);
	g_free((*m)->inputs);
	g_clear_pointer(m, g_free);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mixer: who is added, when, and how much is asked of whom.
 */
#include <errno.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/true_peak.c"
#include "postprocess/loudness.c"
#include "postprocess/kweight.c"
#include "postprocess/voice.c"
#include "postprocess/leveller.c"
#include "postprocess/mixer.c"

/* Block k has the value k + 1, times scale; some are silent, one fails. */
struct feed { int k, fail_at, silent_from; float scale; };

static int feed_read(void *arg, float *pcm)
{
	struct feed *f = arg;
	int k = f->k++;

	if (f->fail_at && k == f->fail_at)
		return -EIO;
	if (f->silent_from && k >= f->silent_from)
		return 0;
	for (int i = 0; i < PCM_BLOCK_VALUES; i++)
		pcm[i] = (float)(k + 1) * f->scale;
	return 1;
}

static void test_sum(void)
{
	struct feed a = { .scale = 0.001f }, b = { .scale = 0.01f, .silent_from = 10 };
	struct mixer *m;
	float pcm[PCM_BLOCK_VALUES];

	mixer_create(&m);
	mixer_insert(m, 0, &(struct mixer_input){ feed_read, &b, LEVELLER_OFF });
	mixer_insert(m, 0, &(struct mixer_input){ feed_read, &a, LEVELLER_OFF });
	mixer_end(m, 30);
	for (int k = 0; k < 40; k++) {
		double want = k < 30 ? 0.001 * (k + 1) : 0;

		want += k < 10 ? 0.01 * (k + 1) : 0;
		CHECK_INT(mixer_next(m, pcm), 0);
		CHECK_NEAR(pcm[0], want, 1e-6);
		CHECK_NEAR(pcm[PCM_BLOCK_VALUES - 1], want, 1e-6);
	}
	CHECK_INT(a.k, 30);
	CHECK_INT(b.k, 30);
	mixer_unref(&m);
}

static void test_failure(void)
{
	struct feed a = { .scale = 0.1f, .fail_at = 65 };
	struct mixer *m;
	float pcm[PCM_BLOCK_VALUES];
	int k = 0;

	mixer_create(&m);
	mixer_insert(m, 0, &(struct mixer_input){ feed_read, &a, LEVELLER_OFF });
	while (!mixer_next(m, pcm))
		k++;
	CHECK_INT(k, 65 - LEVELLER_DELAY);
	CHECK_INT(mixer_next(m, pcm), 0);      /* the next block is there again */
	mixer_unref(&m);
}

/* One who comes in later is mixed as if there from the beginning. */
static void test_late(void)
{
	struct feed a = { .scale = 0.001f }, b = { .scale = 0.01f }, c = { .scale = 0.1f };
	struct mixer *m;
	float pcm[PCM_BLOCK_VALUES];

	mixer_create(&m);
	CHECK_INT(mixer_read_blocks(m), 0);
	mixer_insert(m, 0, &(struct mixer_input){ feed_read, &a, LEVELLER_OFF });
	mixer_insert(m, 1, &(struct mixer_input){ feed_read, &c, LEVELLER_OFF });
	for (int k = 0; k < 60; k++)
		CHECK_INT(mixer_next(m, pcm), 0);
	b.k = (int)mixer_read_blocks(m);
	CHECK_INT(b.k, 60 + LEVELLER_DELAY);
	mixer_insert(m, 1, &(struct mixer_input){ feed_read, &b, LEVELLER_OFF });
	for (int k = 60; k < 200; k++) {
		CHECK_INT(mixer_next(m, pcm), 0);
		CHECK_NEAR(pcm[0], (k + 1) * (k < 60 + LEVELLER_DELAY ? 0.101 : 0.111), 1e-4);
	}
	mixer_unref(&m);
}

static void test_nobody(void)
{
	struct mixer *m;
	float pcm[PCM_BLOCK_VALUES];

	mixer_create(&m);
	CHECK_INT(mixer_next(m, pcm), 0);
	CHECK(probe_peak(pcm, 0, PCM_BLOCK) == 0);
	mixer_unref(&m);
	CHECK(!m);
}

struct talker { double level_db; uint32_t seed; int64_t k; int turn; };

/* Three take turns of two seconds, in syllables of a quarter. */
static int voice_read(void *arg, float *pcm)
{
	struct talker *v = arg;
	float gain = (float)(db_to_gain(v->level_db) * (0.2 + 0.8 * fabs(sin(G_PI * 4 * (double)v->k / 50))));
	bool mine = v->k++ / 100 % 3 == v->turn;

	for (int i = 0; i < PCM_BLOCK; i++)
		pcm[2 * i] = pcm[2 * i + 1] = probe_noise(&v->seed) * gain;
	return mine;
}

static void test_turns(void)
{
	struct talker voices[3] = { { -6, 1, 0, 0 }, { -20, 2, 0, 1 }, { -34, 3, 0, 2 } };
	struct loudness *heard[3];
	struct mixer *m;
	float pcm[PCM_BLOCK_VALUES];
	double lufs[3];

	mixer_create(&m);
	mixer_end(m, 50 * 30);
	for (int i = 0; i < 3; i++) {
		mixer_insert(m, (unsigned)i, &(struct mixer_input){ voice_read, &voices[i], LEVELLER_VOICE });
		loudness_create(&heard[i], LOUDNESS_ONLY);
	}
	for (int64_t k = 0; k < 50 * 30; k++) {
		CHECK_INT(mixer_next(m, pcm), 0);
		loudness_add(heard[k / 100 % 3], pcm, PCM_BLOCK);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct leveller_report r;

		lufs[i] = loudness_integrated(heard[i]);
		mixer_report(m, i, &r);
		CHECK_NEAR(r.talk_ms, 10000, 800);
		CHECK_NEAR(r.loudness_lufs + r.gain_db, -16, 1);
		loudness_unref(&heard[i]);
	}
	mixer_unref(&m);
	CHECK_NEAR(lufs[0], -16, 1);
	CHECK_NEAR(lufs[1], -16, 1);
	CHECK_NEAR(lufs[2], -16, 1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_sum), TEST(test_failure), TEST(test_late), TEST(test_nobody), TEST(test_turns) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

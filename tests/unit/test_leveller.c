/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * leveller: speakers of all loudnesses come out alike, pauses change nothing, the first word has its gain.
 */
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/true_peak.c"
#include "postprocess/loudness.c"
#include "postprocess/kweight.c"
#include "postprocess/voice.c"
#include "postprocess/leveller.c"

/* How somebody speaks: noise that swells four times a second, with pauses. Its own loudness is about -0.7 LUFS + level for shape 0. */
struct speaker { double level_db, pause_s, hum_db; bool beeps; };

static void speak(const struct speaker *s, int64_t k, uint32_t *seed, float *pcm)
{
	double gain = db_to_gain(s->level_db), hum = s->hum_db < 0 ? db_to_gain(s->hum_db) : 0;

	for (int i = 0; i < PCM_BLOCK; i++) {
		double t_s = (double)(k * PCM_BLOCK + i) / PCM_RATE, shape = 0.3 + 0.7 * fabs(sin(G_PI * 4 * t_s));
		double x = s->beeps ? probe_beep(t_s) * 2 : shape * (double)probe_noise(seed);

		if (s->pause_s > 0 && fmod(t_s, 2 * s->pause_s) >= s->pause_s)
			x = 0;
		pcm[2 * i] = pcm[2 * i + 1] = (float)(x * gain + hum * (double)probe_noise(seed));
	}
}

struct outcome { double in, out, gain_from, gain_to, talk_ms, measured; };

/* Runs `seconds`; gain_from and gain_to are the least and the highest after the first `settle_s`. */
static struct outcome run(const struct speaker *s, int seconds, int settle_s)
{
	struct outcome o = { .gain_from = 100, .gain_to = -100 };
	struct leveller *l;
	struct leveller_report r;
	struct loudness *in, *out;
	uint32_t seed = 7;

	leveller_create(&l, LEVELLER_VOICE);
	loudness_create(&in, LOUDNESS_ONLY);
	loudness_create(&out, LOUDNESS_ONLY);
	for (int64_t k = 0; k < seconds * 50; k++) {
		float pcm[PCM_BLOCK_VALUES], levelled[PCM_BLOCK_VALUES] = { 0 };

		speak(s, k, &seed, pcm);
		loudness_add(in, pcm, PCM_BLOCK);
		leveller_run(l, pcm, levelled);
		loudness_add(out, levelled, PCM_BLOCK);
		if (k >= settle_s * 50) {
			o.gain_from = fmin(o.gain_from, leveller_gain_db(l));
			o.gain_to = fmax(o.gain_to, leveller_gain_db(l));
		}
	}
	o.in = loudness_integrated(in);
	o.out = loudness_integrated(out);
	leveller_report(l, &r);
	o.talk_ms = r.talk_ms;
	o.measured = r.loudness_lufs;
	leveller_unref(&l);
	loudness_unref(&in);
	loudness_unref(&out);
	return o;
}

static void test_speakers(void)
{
	static const struct speaker rows[] = {
		{ .level_db = -3 }, { .level_db = -18 }, { .level_db = -33 }, { .level_db = -18, .pause_s = 2, .hum_db = -65 },
		{ .level_db = -33, .pause_s = 1.3 }, { .level_db = -3, .beeps = true }, { .level_db = -25, .beeps = true },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct outcome o = run(&rows[i], 15, 0);

		if (fabs(o.out + 16) > 1)
			TEST_FAIL("speaker %zu: %.1f LUFS became %.1f", i, o.in, o.out);
	}
}

/* After it has settled the gain stands still, in speech and in pauses. */
static void test_calm(void)
{
	struct speaker s = { .level_db = -25, .pause_s = 3, .hum_db = -62 };
	struct outcome o = run(&s, 40, 6);

	CHECK(o.gain_to - o.gain_from < 1);
}

/* Noise of a room is not lifted. */
static void test_room(void)
{
	struct speaker s = { .level_db = -200, .hum_db = -55 };
	struct outcome o = run(&s, 10, 0);

	CHECK_NEAR(o.gain_to, 0, 1e-9);
	CHECK_NEAR(o.talk_ms, 0, 0);
}

static void test_talk(void)
{
	struct speaker s = { .level_db = -20, .pause_s = 2 };
	struct outcome o = run(&s, 16, 0);

	CHECK_NEAR(o.talk_ms, 8000, 450);
}

/* Somebody who moves away from the microphone is followed, but slowly. */
static void test_follows(void)
{
	static const struct speaker near = { .level_db = -15 }, far = { .level_db = -30 };
	struct leveller *l;
	uint32_t seed = 3;
	double before = 0, fastest = 0;

	leveller_create(&l, LEVELLER_VOICE);
	for (int64_t k = 0; k < 90 * 50; k++) {
		float pcm[PCM_BLOCK_VALUES], out[PCM_BLOCK_VALUES];
		double gain = leveller_gain_db(l);

		speak(k < 30 * 50 ? &near : &far, k, &seed, pcm);
		leveller_run(l, pcm, out);
		if (k == 30 * 50)
			before = gain;
		if (k > 30 * 50)
			fastest = fmax(fastest, leveller_gain_db(l) - gain);
	}
	CHECK_NEAR(leveller_gain_db(l) - before, 15, 1.5);
	CHECK(fastest <= 2.0 * PCM_BLOCK_MS / 1000 + 1e-9);
	leveller_unref(&l);
}

static void test_silence(void)
{
	struct leveller *l;
	float pcm[PCM_BLOCK_VALUES], out[PCM_BLOCK_VALUES];

	leveller_create(&l, LEVELLER_VOICE);
	for (int i = 0; i < PCM_BLOCK_VALUES; i++)
		pcm[i] = 0.1f;
	CHECK(!leveller_run(l, pcm, out));
	for (int k = 1; k < LEVELLER_DELAY; k++)
		CHECK(!leveller_run(l, NULL, out));
	CHECK(leveller_run(l, NULL, out));
	CHECK(out[100] != 0);
	CHECK(!leveller_run(l, NULL, out));
	leveller_unref(&l);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_speakers), TEST(test_calm), TEST(test_room), TEST(test_talk), TEST(test_follows), TEST(test_silence),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * loudness against the test cases of EBU Tech 3341, and its true peak against libebur128's.
 */
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/true_peak.c"
#include "postprocess/loudness.c"

static void add_tone(struct loudness *l, double hz, double db, double phase, double seconds)
{
	static float pcm[PCM_BLOCK_VALUES];

	for (int64_t k = 0; k < (int64_t)(seconds * 50); k++) {
		for (int i = 0; i < PCM_BLOCK; i++)
			pcm[2 * i] = pcm[2 * i + 1] = (float)(db_to_gain(db) * sin(2 * G_PI * hz * (double)(k * PCM_BLOCK + i) / PCM_RATE + phase));
		CHECK_INT(loudness_add(l, pcm, PCM_BLOCK), 0);
	}
}

static void test_tech_3341(void)
{
	static const struct { double db[3], seconds[3], lufs; } rows[] = {
		{ { -23, -23, -23 }, { 10, 5, 5 }, -23 },             /* case 1 */
		{ { -33, -33, -33 }, { 10, 5, 5 }, -33 },             /* case 2 */
		{ { -36, -23, -36 }, { 10, 60, 10 }, -23 },           /* case 3 */
		{ { -72, -23, -72 }, { 10, 60, 10 }, -23 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct loudness *l;
		double lufs;

		CHECK_INT(loudness_create(&l, LOUDNESS_ONLY), 0);
		for (int k = 0; k < 3; k++)
			add_tone(l, 1000, rows[i].db[k], 0, rows[i].seconds[k]);
		lufs = loudness_integrated(l);
		loudness_unref(&l);
		CHECK_NEAR(lufs, rows[i].lufs, 0.1);
	}
}

static void test_true_peak(void)
{
	struct loudness *l;
	double peak;

	CHECK_INT(loudness_create(&l, LOUDNESS_AND_PEAK), 0);
	add_tone(l, 12000, -6, G_PI / 4, 2);           /* case 16: samples are 3 dB lower */
	peak = loudness_true_peak_db(l);
	loudness_unref(&l);
	CHECK(peak > -6.4 && peak < -5.8);
}

/* Pieces of any length, noise with a crest now and then: as libebur128 has it, but for what 16 taps see more than its 49. */
static void test_against_ebur128(void)
{
	static const double gains[] = { 0.1, 0.5, 0.05, 1, 0.9 };
	ebur128_state *e = ebur128_init(PCM_CHANNELS, PCM_RATE, EBUR128_MODE_TRUE_PEAK);
	struct loudness *l;
	uint32_t seed = 5;
	double left = 0, right = 0, ours;

	CHECK_INT(loudness_create(&l, LOUDNESS_AND_PEAK), 0);
	for (int k = 0; k < 500; k++) {
		float pcm[PCM_BLOCK_VALUES * 2];
		int frames = 1 + k * 37 % (2 * PCM_BLOCK);
		float last = 0;

		for (int i = 0; i < frames * PCM_CHANNELS; i++)
			last = pcm[i] = last * 0.5f + probe_noise(&seed) * (float)gains[k / 100];
		CHECK_INT(loudness_add(l, pcm, frames), 0);
		ebur128_add_frames_float(e, pcm, (size_t)frames);
	}
	ebur128_true_peak(e, 0, &left);
	ebur128_true_peak(e, 1, &right);
	ebur128_destroy(&e);
	ours = loudness_true_peak_db(l);
	loudness_unref(&l);
	CHECK_NEAR(ours, gain_to_db(fmax(left, right)), 0.3);
}

/* What true_peak_find skips by is true of the taps. */
static void test_taps(void)
{
	struct true_peak t;

	true_peak_init(&t);
	for (int p = 0; p < TRUE_PEAK_PHASES; p++) {
		double sum = 0, magnitude = 0;

		for (int i = 0; i < TRUE_PEAK_TAPS; i++) {
			sum += (double)t.taps[p][i];
			magnitude += fabs((double)t.taps[p][i]);
		}
		if (magnitude > (double)overshoot || fabs(sum - 1) > 1e-5)
			TEST_FAIL("phase %d: %g, %g", p, sum, magnitude);
	}
}

static void test_silence(void)
{
	struct loudness *l;

	CHECK_INT(loudness_create(&l, LOUDNESS_AND_PEAK), 0);
	CHECK(isinf(loudness_integrated(l)) && isinf(loudness_true_peak_db(l)));
	add_tone(l, 1000, -300, 0, 2);
	CHECK(isinf(loudness_integrated(l)));
	loudness_unref(&l);
	CHECK(!l);
}

static void test_decibels(void)
{
	CHECK_NEAR(db_to_gain(-6.0206), 0.5, 1e-5);
	CHECK_NEAR(gain_to_db(10), 20, 1e-9);
	CHECK(isinf(gain_to_db(0)));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_tech_3341), TEST(test_true_peak), TEST(test_against_ebur128), TEST(test_taps), TEST(test_silence), TEST(test_decibels) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * limiter against libebur128's true peak meter.
 */
#include <ebur128.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/true_peak.c"
#include "postprocess/loudness.c"
#include "postprocess/limiter.c"

enum { SECONDS = 4, FRAMES = SECONDS * PCM_RATE };

struct signal { const char *name; float (*at)(int64_t i, uint32_t *seed); };

static float loud_noise(int64_t i, uint32_t *seed) { return probe_noise(seed) * (i / 24000 % 2 ? 3.0f : 0.1f); }
static float quarter_tone(int64_t i, uint32_t *seed) { (void)seed; return (float)(1.4 * sin(G_PI / 2 * (double)i + G_PI / 4)); }
static float clicks(int64_t i, uint32_t *seed) { (void)seed; return i % 7001 == 0 ? 4.0f : i % 7001 == 1 ? -4.0f : 0; }
static float low_tone(int64_t i, uint32_t *seed) { (void)seed; return (float)(2 * sin(2 * G_PI * 80 * (double)i / PCM_RATE)); }

/* Runs the signal through; the delay is taken off. g_free() both. */
static void limit(float (*at)(int64_t, uint32_t *), double gain, float **in, float **out, double *reduction_db)
{
	struct limiter *l;
	uint32_t seed = 1;

	*in = g_new0(float, (FRAMES + PCM_BLOCK) * PCM_CHANNELS);
	*out = g_new0(float, (FRAMES + PCM_BLOCK) * PCM_CHANNELS);
	for (int64_t i = 0; i < FRAMES; i++) {
		(*in)[2 * i] = at(i, &seed);
		(*in)[2 * i + 1] = (*in)[2 * i] * 0.9f;
	}
	limiter_create(&l, -1.5);
	for (int64_t k = 0; k <= FRAMES / PCM_BLOCK; k++) {
		float pcm[PCM_BLOCK_VALUES];

		limiter_run(l, *in + k * PCM_BLOCK_VALUES, gain, gain, pcm);
		if (k > 0)
			memcpy(*out + (k - 1) * PCM_BLOCK_VALUES, pcm, sizeof(pcm));
	}
	*reduction_db = limiter_reduction_db(l);
	limiter_unref(&l);
}

static double peak_db(const float *pcm)
{
	ebur128_state *e = ebur128_init(PCM_CHANNELS, PCM_RATE, EBUR128_MODE_TRUE_PEAK);
	double left, right;

	ebur128_add_frames_float(e, pcm, FRAMES);
	ebur128_true_peak(e, 0, &left);
	ebur128_true_peak(e, 1, &right);
	ebur128_destroy(&e);
	return gain_to_db(fmax(left, right));
}

static void test_ceiling(void)
{
	static const struct signal rows[] = { { "noise", loud_noise }, { "quarter", quarter_tone }, { "clicks", clicks }, { "low", low_tone } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		float *in, *out;
		double reduction, peak;

		limit(rows[i].at, 1, &in, &out, &reduction);
		peak = peak_db(out);
		g_free(in);
		g_free(out);
		if (peak > -1.35 || peak < -2.2 || reduction > -3)
			TEST_FAIL("%s: %g dBTP, reduced by %g dB", rows[i].name, peak, reduction);
	}
}

static float quiet_noise(int64_t i, uint32_t *seed) { (void)i; return probe_noise(seed) * 0.35f; }

/* Below the ceiling nothing is touched, and the delay is one block exactly. */
static void test_transparent(void)
{
	float *in, *out;
	double reduction;
	int same;

	limit(quiet_noise, 1, &in, &out, &reduction);
	same = !memcmp(in, out, FRAMES * PCM_CHANNELS * sizeof(float));
	g_free(in);
	g_free(out);
	CHECK(same);
	CHECK_NEAR(reduction, 0, 0);
}

static float one_burst(int64_t i, uint32_t *seed)
{
	(void)seed;
	return (float)((i >= PCM_RATE && i < PCM_RATE + 2400 ? 2.0 : 0.1) * sin(2 * G_PI * 440 * (double)i / PCM_RATE));
}

/* The gain is down when a burst begins, and back within half a second; not lowered long before. */
static void test_recovers(void)
{
	float *in, *out, before, within, after;
	double reduction;

	limit(one_burst, 1, &in, &out, &reduction);
	before = probe_peak(out, PCM_RATE - 4800, PCM_RATE - 480);
	within = probe_peak(out, PCM_RATE, PCM_RATE + 2400);
	after = probe_peak(out, PCM_RATE + 26400, PCM_RATE + 28800);
	g_free(in);
	g_free(out);
	CHECK_NEAR(before, 0.1, 1e-3);
	CHECK_NEAR(within, db_to_gain(-1.5), 0.03);
	CHECK_NEAR(after, 0.1, 2e-3);
}

static float constant(int64_t i, uint32_t *seed) { (void)i; (void)seed; return 0.25f; }

static void test_gain(void)
{
	float *in, *out, value;
	double reduction;

	limit(constant, 2, &in, &out, &reduction);
	value = out[PCM_RATE];
	g_free(in);
	g_free(out);
	CHECK_NEAR(value, 0.5, 1e-6);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_ceiling), TEST(test_transparent), TEST(test_recovers), TEST(test_gain),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

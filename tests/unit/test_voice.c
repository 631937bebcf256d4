/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * voice: what is somebody speaking, and what is not.
 */
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/kweight.c"
#include "postprocess/voice.c"

enum { SECONDS = 20 };

/* Amplitude at t; the carrier is noise, or a hum of 50 Hz and what belongs to it. */
struct row { const char *name; double (*at)(double t_s); bool hum; double least; };     /* least: the share of the time in which a voice is heard; 0: none at all */

static double steady(double t_s) { (void)t_s; return 0.1; }
static double drone(double t_s) { return 0.1 + 0.03 * sin(2 * M_PI * 0.8 * t_s); }
static double ventilator(double t_s) { return fmod(t_s, 6) < 3 ? 0.1 : 0.001; }
static double swelling(double t_s) { return 0.05 * exp(2 * sin(2 * M_PI * t_s / 20)); }
static double door(double t_s) { return 0.02 + (fmod(t_s, 4) < 0.1 ? 0.5 : 0); }
static double room(double t_s) { return 0.0005 + 0.0004 * sin(2 * M_PI * 3 * t_s); }
static double syllables(double t_s) { return 0.1 * fabs(sin(2 * M_PI * 2 * t_s)); }
static double slow_words(double t_s) { return fmod(t_s, 0.6) < 0.4 ? 0.1 : 0.004; }
static double in_noise(double t_s) { return fmax(0.02, 0.1 * fabs(sin(2 * M_PI * 2.5 * t_s))); }
static double beeps(double t_s) { return fmod(t_s, 1) < 0.1 ? 0.5 : 0; }

static void fill(const struct row *r, int64_t k, uint32_t *seed, float *pcm)
{
	for (int i = 0; i < PCM_BLOCK; i++) {
		double t_s = (double)(k * PCM_BLOCK + i) / PCM_RATE, x = (double)probe_noise(seed);

		if (r->hum)
			x = sin(2 * M_PI * 50 * t_s) + 0.5 * sin(2 * M_PI * 150 * t_s) + 0.3 * sin(2 * M_PI * 250 * t_s);
		pcm[2 * i] = pcm[2 * i + 1] = (float)(x * r->at(t_s));
	}
}

/* In which share of the time after the first two seconds a voice is heard. */
static double share(const struct row *r)
{
	struct voice v = { 0 };
	struct kweight w = { 0 };
	uint32_t seed = 5;
	int heard = 0;

	for (int64_t k = 0; k < SECONDS * 50; k++) {
		float pcm[PCM_BLOCK_VALUES];

		fill(r, k, &seed, pcm);
		voice_block(&v, kweight_power(&w, pcm));
		heard += k >= 100 && voice_heard(&v);
	}
	return heard / (SECONDS * 50.0 - 100);
}

static void test_kinds(void)
{
	static const struct row rows[] = {
		{ "steady noise", steady, false, 0 }, { "hum", steady, true, 0 }, { "drone", drone, false, 0 }, { "ventilator", ventilator, false, 0 },
		{ "swelling noise", swelling, false, 0 }, { "a door", door, false, 0 }, { "a quiet room", room, false, 0 },
		{ "syllables", syllables, false, 0.95 }, { "voiced syllables", syllables, true, 0.95 }, { "slow words", slow_words, false, 0.95 },
		{ "speech in noise", in_noise, false, 0.95 }, { "beeps", beeps, false, 0.95 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double heard = share(&rows[i]);

		if (heard < rows[i].least || (heard > 0 && rows[i].least <= 0))
			TEST_FAIL("%s: a voice in %.0f %% of the time", rows[i].name, heard * 100);
	}
}

/* A network that drops out makes no voice of a noise. */
static void test_holes(void)
{
	struct voice v = { 0 };
	struct kweight w = { 0 };
	uint32_t seed = 5;

	for (int64_t k = 0; k < 1000; k++) {
		float pcm[PCM_BLOCK_VALUES];
		bool hole = k % 100 > 85;

		fill(&(struct row){ "noise", steady, false, 0 }, k, &seed, pcm);
		voice_block(&v, kweight_power(&w, hole ? NULL : pcm));
		CHECK(!voice_heard(&v));
	}
}

static void test_age(void)
{
	struct voice v = { 0 };

	for (int k = 0; k < 100; k++)
		voice_block(&v, k % 10 < 5 ? 0.01 : 1e-6);
	CHECK(voice_heard(&v));
	CHECK(voice_age(&v) < 10);
	for (int k = 0; k < 99; k++)
		voice_block(&v, 1e-6);
	CHECK(!voice_heard(&v));
	CHECK(voice_age(&v) >= 99);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_kinds), TEST(test_holes), TEST(test_age) };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

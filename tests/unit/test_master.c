/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * master: loud as it shall be whatever comes, short or long, with either codec; nothing above the ceiling; one gain for a short recording.
 */
#include <ebur128.h>
#include <libavutil/log.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/true_peak.c"
#include "postprocess/loudness.c"
#include "postprocess/limiter.c"
#include "postprocess/kept.c"
#include "postprocess/master.c"

/* Noise in syllables of a quarter of a second, `level_db` at t. */
struct mix { double (*level_db)(double t_s); int seconds; };

static void fill(const struct mix *x, int64_t k, uint32_t *seed, float *pcm)
{
	double t_s = (double)k / 50, gain = db_to_gain(x->level_db(t_s)) * (0.2 + 0.8 * fabs(sin(G_PI * 4 * t_s)));

	for (int i = 0; i < PCM_BLOCK; i++)
		pcm[2 * i] = pcm[2 * i + 1] = probe_noise(seed) * (float)gain;
}

struct outcome { struct master_result r; int64_t bytes, early; uint32_t sum; double lead_db; };

static void take_all(struct master *m, struct outcome *o, bool at_end)
{
	AVPacket *pkt = av_packet_alloc();
	int err;

	while (!(err = master_take(m, pkt))) {
		o->bytes += pkt->size;
		o->early += !at_end;
		for (int i = 0; i < pkt->size; i++)
			o->sum = o->sum * 31 + pkt->data[i];
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	CHECK_INT(err, at_end ? AVERROR_EOF : -EAGAIN);
}

static struct outcome run(const struct mix *x, const char *codec, int exact_s, bool heard)
{
	struct outcome o = { .bytes = 0 };
	struct master *m;
	uint32_t seed = 9;

	CHECK_INT(master_create(&m, codec, 96000, exact_s * 1000, g_get_tmp_dir()), 0);
	for (int64_t k = 0; k < x->seconds * 50; k++) {
		float pcm[PCM_BLOCK_VALUES];

		fill(x, k, &seed, pcm);
		CHECK_INT(master_put(m, pcm, heard), 0);
		take_all(m, &o, false);
	}
	CHECK_INT(master_end(m, (int64_t)x->seconds * PCM_RATE, heard), 0);
	take_all(m, &o, true);
	master_result(m, &o.r);
	o.lead_db = m->gain_db;
	master_unref(&m);
	return o;
}

static double levelled(double t_s) { (void)t_s; return -15; }
static double quiet(double t_s) { (void)t_s; return -30; }
static double loud(double t_s) { (void)t_s; return 3; }
static double falling(double t_s) { return -10 - t_s; }

static void test_short(void)
{
	static const struct mix rows[] = { { levelled, 5 }, { quiet, 5 }, { loud, 5 }, { falling, 15 } };
	static const char *const codecs[] = { "opus", "aac" };

	for (size_t i = 0; i < G_N_ELEMENTS(rows) * G_N_ELEMENTS(codecs); i++) {
		struct outcome o = run(&rows[i / 2], codecs[i % 2], 180, true);

		printf("%zu %s: %.2f LUFS, %.2f dBTP, range %.1f, gain %d\n", i / 2, codecs[i % 2], o.r.lufs, o.r.true_peak_db, o.r.range_lu, o.r.gain_q8);
		CHECK(o.r.measured);
		CHECK_NEAR(o.r.lufs, -16, 0.5);
		CHECK(o.r.true_peak_db <= -1);
		CHECK(o.r.gain_q8 <= 256 && (i % 2 == 0 || !o.r.gain_q8));
		CHECK_INT(o.early, 0);
	}
}

/* Too short, or nobody heard, long or not: nothing is done to it. */
static void test_untouched(void)
{
	static const struct { struct mix mix; int exact_s; bool heard; } rows[] = { { { quiet, 2 }, 180, true }, { { quiet, 4 }, 180, false }, { { quiet, 4 }, 3, false } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct outcome o = run(&rows[i].mix, "opus", rows[i].exact_s, rows[i].heard), aac = run(&rows[i].mix, "aac", rows[i].exact_s, rows[i].heard);

		CHECK(!o.r.measured && !aac.r.measured);
		CHECK_NEAR(o.lead_db + o.r.gain_q8 / 256.0, 0, 0.01);
		CHECK_NEAR(aac.lead_db + aac.r.gain_q8 / 256.0, 0, 0.01);
	}
}

static bool full(void)
{
	const char *text = getenv("RECROOM_FULL");

	return text && *text;
}

static double conversation(double t_s) { double t = full() ? t_s / 3 : 1.5 * t_s; return t < 20 ? -17 : t < 40 ? -22 : -13; }

/* More than the exact length, 3 minutes or, to be quick, 12 s: the same bytes whether that was known or not; packets come as soon as it is. */
static void test_long(void)
{
	int exact_s = full() ? 180 : 12;
	struct mix x = { conversation, full() ? 181 : 35 };
	struct outcome known = run(&x, "opus", 0, true), grown = run(&x, "opus", exact_s, true);

	printf("long: %.2f LUFS, %.2f dBTP, gain %d\n", grown.r.lufs, grown.r.true_peak_db, grown.r.gain_q8);
	CHECK_INT(known.sum, grown.sum);
	CHECK_INT(known.bytes, grown.bytes);
	CHECK_INT(known.r.gain_q8, grown.r.gain_q8);
	CHECK(grown.early > x.seconds * 50 - 10);
	CHECK_NEAR(grown.r.lufs, -16, 0.5);
	CHECK(grown.r.true_peak_db <= -1);
}

/* What levellers leave: near -16 LUFS, with turns and pauses; then somebody whom nothing lifts enough. */
static double turns(double t_s) { return fmod(t_s, 7) < 3 ? -13.5 : fmod(t_s, 7) < 5 ? -10 : -30; }
static double low(double t_s) { return turns(t_s) - 4; }
static double high(double t_s) { return turns(t_s) + 4; }

/* AAC, of which no header takes anything away: within a unit by the servo alone. */
static void test_long_aac(void)
{
	static const struct mix quick[] = { { turns, 20 }, { low, 50 } }, whole[] = { { turns, 185 }, { low, 185 }, { high, 185 }, { conversation, 185 }, { low, 600 } };
	const struct mix *rows = full() ? whole : quick;
	size_t n = full() ? G_N_ELEMENTS(whole) : G_N_ELEMENTS(quick);

	for (size_t i = 0; i < n; i++) {
		struct outcome o = run(&rows[i], "aac", full() ? 180 : 15, true);

		printf("long aac: %d s: %.2f LUFS, %.2f dBTP\n", rows[i].seconds, o.r.lufs, o.r.true_peak_db);
		CHECK_NEAR(o.r.lufs, -16, 1);
		CHECK(o.r.true_peak_db <= -0.9);       /* noise 4 dB too loud is the worst there is */
		CHECK_INT(o.r.gain_q8, 0);
		CHECK(o.early > rows[i].seconds * 46);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_short), TEST(test_untouched), TEST(test_long), TEST(test_long_aac) };

	av_log_set_level(AV_LOG_ERROR);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

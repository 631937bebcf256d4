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

struct outcome { struct master_result r; int64_t bytes, early; uint32_t sum; double first_lufs; };

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

static struct outcome run(const struct mix *x, const char *codec, bool is_long, bool heard)
{
	struct outcome o = { .bytes = 0 };
	struct master *m;
	uint32_t seed = 9;

	CHECK_INT(master_create(&m, codec, 96000, is_long), 0);
	for (int64_t k = 0; k < x->seconds * 50; k++) {
		float pcm[PCM_BLOCK_VALUES];

		fill(x, k, &seed, pcm);
		CHECK_INT(master_put(m, pcm, heard), 0);
		take_all(m, &o, false);
	}
	CHECK_INT(master_end(m, (int64_t)x->seconds * PCM_RATE, heard), 0);
	take_all(m, &o, true);
	master_result(m, &o.r);
	master_unref(&m);
	return o;
}

static double levelled(double t_s) { (void)t_s; return -15; }
static double quiet(double t_s) { (void)t_s; return -30; }
static double loud(double t_s) { (void)t_s; return 3; }
static double falling(double t_s) { return -10 - t_s / 2; }

static void test_short(void)
{
	static const struct mix rows[] = { { levelled, 6 }, { quiet, 6 }, { loud, 6 }, { falling, 30 }, { levelled, 4 } };
	static const char *const codecs[] = { "opus", "aac" };

	for (size_t i = 0; i < G_N_ELEMENTS(rows) * G_N_ELEMENTS(codecs); i++) {
		struct outcome o = run(&rows[i / 2], codecs[i % 2], false, true);

		printf("%zu %s: %.2f LUFS, %.2f dBTP, range %.1f, gain %d\n", i / 2, codecs[i % 2], o.r.lufs, o.r.true_peak_db, o.r.range_lu, o.r.gain_q8);
		CHECK(o.r.measured);
		CHECK_NEAR(o.r.lufs, -16, 0.5);
		CHECK(o.r.true_peak_db <= -1);
		CHECK(o.r.gain_q8 <= 256 && (i % 2 == 0 || !o.r.gain_q8));
		CHECK_INT(o.early, 0);
	}
}

/* Too short, or nobody heard: nothing is done to it. */
static void test_untouched(void)
{
	struct mix two = { quiet, 2 }, noise = { quiet, 6 };
	struct outcome a = run(&two, "opus", false, true), b = run(&noise, "opus", false, false);

	CHECK(!a.r.measured && !a.r.gain_q8);
	CHECK(!b.r.measured && !b.r.gain_q8);
}

static double conversation(double t_s) { return t_s < 60 ? -17 : t_s < 120 ? -22 : -13; }

/* More than 3 minutes: the same bytes whether that was known or not; packets come as soon as it is. */
static void test_long(void)
{
	struct mix x = { conversation, 181 };
	struct outcome known = run(&x, "opus", true, true), grown = run(&x, "opus", false, true);

	printf("long: %.2f LUFS, %.2f dBTP, gain %d\n", grown.r.lufs, grown.r.true_peak_db, grown.r.gain_q8);
	CHECK_INT(known.sum, grown.sum);
	CHECK_INT(known.bytes, grown.bytes);
	CHECK_INT(known.r.gain_q8, grown.r.gain_q8);
	CHECK(grown.early > 181 * 50 - 10);
	CHECK_NEAR(grown.r.lufs, -16, 0.5);
	CHECK(grown.r.true_peak_db <= -1);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_short), TEST(test_untouched), TEST(test_long) };

	av_log_set_level(AV_LOG_ERROR);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * audio_source and retimer against a sender whose truth is known: drift, slew, jitter, loss, DTX, holes, restarts, rubbish.
 */
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/retimer.c"
#include "postprocess/audio_source.c"

enum { SIZE = 1276 };

struct sender {
	double length_s;
	double rate;                       /* recording time passes this much faster than the sender's sample clock */
	double jitter_ms;                  /* of timestamps, ± */
	int64_t from_ms;                   /* only what comes after this time is wanted, and is at 0 */
	double (*signal)(double t_s);      /* of recording time */
	bool (*drop)(int k);               /* is packet k lost? */
	int application, bitrate;
	bool dtx, fec;
	double restart_s, resume_s;        /* a new segment; nothing is sent from restart to resume */
	bool rubbish;
	/* running */
	OpusEncoder *encoder;
	int k, dropped;
	size_t segment;
	double t_s;
	bool in_dtx;
	uint32_t seed;
};

static void sender_start(struct sender *s)
{
	int err;

	if (s->encoder)
		opus_encoder_destroy(s->encoder);
	s->encoder = opus_encoder_create(PCM_RATE, 1, s->application ? s->application : OPUS_APPLICATION_AUDIO, &err);
	opus_encoder_ctl(s->encoder, OPUS_SET_BITRATE(s->bitrate ? s->bitrate : 64000));
	opus_encoder_ctl(s->encoder, OPUS_SET_COMPLEXITY(5));
	opus_encoder_ctl(s->encoder, OPUS_SET_DTX(s->dtx));
	opus_encoder_ctl(s->encoder, OPUS_SET_INBAND_FEC(s->fec));
	opus_encoder_ctl(s->encoder, OPUS_SET_PACKET_LOSS_PERC(s->fec ? 20 : 0));
}

/* Encodes the frame at recording time t_s and moves on; 0 if it is not sent. */
static int sender_frame(struct sender *s, uint8_t *data)
{
	float pcm[PCM_BLOCK];
	int n;

	for (int i = 0; i < PCM_BLOCK; i++)
		pcm[i] = (float)s->signal(s->t_s + i * s->rate / PCM_RATE);
	n = opus_encode_float(s->encoder, pcm, PCM_BLOCK, data, SIZE);
	if (n > DTX_BYTES || !s->in_dtx) {     /* what browsers do: the first DTX packet is sent, the others are not */
		s->in_dtx = n <= DTX_BYTES;
		return n;
	}
	return 0;
}

static int sender_next(void *arg, AVPacket *pkt, size_t *segment)
{
	struct sender *s = arg;
	uint8_t data[SIZE];

	while (s->t_s < s->length_s - 1e-9) {
		double t_s = s->t_s, jitter_ms = s->jitter_ms * (double)probe_noise(&s->seed);
		int n = sender_frame(s, data), k = s->k++;

		s->t_s += PCM_BLOCK * s->rate / PCM_RATE;
		if (s->restart_s > 0 && s->t_s >= s->restart_s) {
			sender_start(s);
			s->t_s = s->resume_s;
			s->restart_s = 0;
			s->segment++;
			continue;
		}
		if (!n)
			continue;
		if (s->drop && s->drop(k)) {
			s->dropped++;
			continue;
		}
		if (s->rubbish && k % 7 == 3)
			memset(data, k % 2 ? 0xff : 0x03, (size_t)n);
		av_new_packet(pkt, n);
		memcpy(pkt->data, data, (size_t)n);
		pkt->pts = s->rubbish && k % 13 == 5 ? INT64_MAX - k : (int64_t)fmax(0, floor(t_s * 1000 + jitter_ms + 0.5)) - s->from_ms;
		*segment = s->segment;
		return 0;
	}
	return AVERROR_EOF;
}

/* Everything the source gives for the sender's length and a second more; g_free(). */
static float *listen(struct sender *s, bool (*when)(void *arg, int64_t t_ms), int64_t *frames, unsigned *invented)
{
	struct audio_source *a;
	int64_t blocks = (int64_t)(s->length_s + 1) * 50;
	float *pcm = g_new(float, (size_t)blocks * PCM_BLOCK_VALUES);
	int err;

	s->rate = s->rate > 0 ? s->rate : 1;
	s->signal = s->signal ? s->signal : probe_beep;
	sender_start(s);
	err = audio_source_create(&a, &(struct audio_source_conf){ .next = sender_next, .audible = when, .arg = s });
	for (int64_t k = 0; k < blocks && err >= 0; k++)
		err = audio_source_read(a, pcm + k * PCM_BLOCK_VALUES);
	*frames = blocks * PCM_BLOCK;
	if (invented)
		*invented = audio_source_concealed(a);
	audio_source_unref(&a);
	opus_encoder_destroy(s->encoder);
	s->encoder = NULL;
	CHECK(err >= 0);
	return pcm;
}

/* Beeps must begin at the seconds from..to; returns the worst error in ms. */
static double worst_onset(const float *pcm, int64_t frames, int from_s, int to_s)
{
	int64_t at[128];
	int n = probe_onsets(pcm, frames, 0.1f, at, 128);
	double worst = 0;

	for (int s = from_s; s <= to_s; s++) {
		double best = 1000;

		for (int i = 0; i < n; i++)
			best = fmin(best, fabs((double)at[i] / PCM_PER_MS - s * 1000.0));
		worst = fmax(worst, best);
	}
	return worst;
}

static double tone(double t_s)
{
	return 0.5 * sin(2 * M_PI * 440 * t_s);
}

static void test_place(void)
{
	struct sender s = { .length_s = 8 };
	int64_t frames;
	float *pcm = listen(&s, NULL, &frames, NULL);
	double worst = worst_onset(pcm, frames, 1, 7), first = worst_onset(pcm, frames, 0, 0);

	CHECK_NEAR(probe_peak(pcm, 0, frames), 0.5, 0.1);
	CHECK(probe_peak(pcm, 8 * PCM_RATE + 1000, frames) == 0);
	g_free(pcm);
	CHECK_NEAR(worst, 0, 0.6);
	CHECK_NEAR(first, 0, 2);       /* it begins in the fade */
}

static void test_clocks(void)
{
	static const struct { double rate, jitter_ms, length_s, worst_ms; } rows[] = {
		{ 1 + 1e-4, 0, 40, 2.5 }, { 1 - 1e-4, 0, 40, 2.5 }, { 1 + 1e-4, 2, 40, 3.5 }, { 1, 2, 20, 3 },
		{ 1.01, 0, 20, 8 }, { 0.99, 0, 20, 8 }, { 1.01, 2, 20, 10 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct sender s = { .length_s = rows[i].length_s, .rate = rows[i].rate, .jitter_ms = rows[i].jitter_ms };
		int64_t frames;
		float *pcm = listen(&s, NULL, &frames, NULL);
		double worst = worst_onset(pcm, frames, 0, (int)rows[i].length_s - 1);

		g_free(pcm);
		CHECK_NEAR(worst, 0, rows[i].worst_ms);
	}
}

/* An hour, or, to be quick, a minute with a clock that is off by 100 ppm: at its end beeps are as well in place as at its beginning. */
static void test_hour(void)
{
	const char *full = getenv("RECROOM_FULL");
	struct sender s = { .length_s = full && *full ? 3600 : 60, .rate = 1 + 1e-4, .signal = probe_beep, .bitrate = 24000 };
	struct audio_source *a;
	int64_t last = -PROBE_QUIET, beeps = 0;
	double worst = 0;

	sender_start(&s);
	CHECK_INT(audio_source_create(&a, &(struct audio_source_conf){ .next = sender_next, .arg = &s }), 0);
	for (int64_t k = 0; k < (int64_t)s.length_s * 50 - 25; k++) {
		float pcm[PCM_BLOCK_VALUES];

		CHECK(audio_source_read(a, pcm) >= 0);
		for (int64_t i = 0; (i = probe_above(pcm, i, PCM_BLOCK, 0.1f)) >= 0; last = k * PCM_BLOCK + i++)
			if (k * PCM_BLOCK + i - last >= PROBE_QUIET)
				worst = fmax(worst, fabs((double)(k * PCM_BLOCK + i) / PCM_PER_MS - 1000.0 * (double)beeps++));
	}
	audio_source_unref(&a);
	opus_encoder_destroy(s.encoder);
	printf("hour: %d beeps, worst %.2f ms\n", (int)beeps, worst);
	CHECK_INT(beeps, (int)s.length_s);
	CHECK_NEAR(worst, 0, 5);
}

/* A part of a recording sounds right from its beginning on, but for the fade: what came before it was heard by the decoder. */
static void test_part(void)
{
	struct sender all = { .length_s = 2, .signal = tone }, part = { .length_s = 2, .signal = tone, .from_ms = 500 };
	int64_t frames;
	float *a = listen(&all, NULL, &frames, NULL), *b = listen(&part, NULL, &frames, NULL), worst = 0;

	for (int64_t i = 10 * PCM_PER_MS; i < 1000 * PCM_PER_MS; i++)
		worst = fmaxf(worst, fabsf(b[i * PCM_CHANNELS] - a[(i + 500 * PCM_PER_MS) * PCM_CHANNELS]));
	g_free(a);
	g_free(b);
	printf("part: %.4f off\n", (double)worst);
	CHECK(worst < 0.01f);
}

/* Neither jitter nor the bending against drift is heard as a click. */
static void test_smooth(void)
{
	static const struct { double rate, jitter_ms; } rows[] = { { 1, 2 }, { 1 + 1e-4, 2 }, { 0.995, 1 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct sender s = { .length_s = 10, .rate = rows[i].rate, .jitter_ms = rows[i].jitter_ms, .signal = tone };
		int64_t frames;
		float *pcm = listen(&s, NULL, &frames, NULL), step = probe_step(pcm, 0, frames);

		g_free(pcm);
		CHECK_NEAR(step, 2 * M_PI * 440 / PCM_RATE * 0.5, 0.008);
	}
}

static bool each_20th(int k) { return k % 20 == 19; }
static bool eight_in_a_row(int k) { return k % 100 >= 60 && k % 100 < 68; }
static bool onset_packets(int k) { return k % 100 == 50; }

static void test_loss(void)
{
	static bool (*const patterns[])(int) = { each_20th, eight_in_a_row };

	for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
		struct sender s = { .length_s = 10, .drop = patterns[i] }, t = { .length_s = 10, .drop = patterns[i], .signal = tone };
		unsigned invented;
		int64_t frames;
		float *pcm = listen(&s, NULL, &frames, &invented);
		double worst = worst_onset(pcm, frames, 1, 9);      /* the first begins in the fade */

		g_free(pcm);
		CHECK_NEAR(worst, 0, 1.5);
		CHECK_NEAR(invented, s.dropped, 1);          /* nobody can know of a last one */
		pcm = listen(&t, NULL, &frames, NULL);
		worst = probe_step(pcm, 0, frames);
		g_free(pcm);
		CHECK_NEAR(worst, 0.0288, 0.03);
	}
}

/* A lost packet's sound comes out of its successor. */
static void test_fec(void)
{
	struct sender s = { .length_s = 8, .drop = onset_packets, .fec = true, .application = OPUS_APPLICATION_VOIP, .bitrate = 24000 };
	struct sender t = { .length_s = 8, .drop = onset_packets, .application = OPUS_APPLICATION_VOIP, .bitrate = 24000 };
	int64_t frames;
	float *with = listen(&s, NULL, &frames, NULL), *without = listen(&t, NULL, &frames, NULL);
	double heard = (double)probe_peak(with, 3 * PCM_RATE, 3 * PCM_RATE + 600), missed = (double)probe_peak(without, 3 * PCM_RATE, 3 * PCM_RATE + 600);

	g_free(with);
	g_free(without);
	CHECK(heard > 0.2);
	CHECK(missed < 0.1);
}

static bool second_three(int k) { return k >= 150 && k < 200; }

static void test_hole(void)
{
	struct sender s = { .length_s = 6, .drop = second_three, .signal = tone }, b = { .length_s = 6, .drop = second_three };
	unsigned invented;
	int64_t frames;
	float *pcm = listen(&s, NULL, &frames, &invented), hole, after, step;
	double worst;

	hole = probe_peak(pcm, 3 * PCM_RATE + 720, 4 * PCM_RATE - 312);
	after = probe_peak(pcm, 4 * PCM_RATE + 960, 4 * PCM_RATE + 2000);
	step = probe_step(pcm, 0, frames);
	g_free(pcm);
	CHECK(hole == 0);
	CHECK(after > 0.4f);
	CHECK(step < 0.04f);
	CHECK_INT(invented, 0);
	pcm = listen(&b, NULL, &frames, NULL);
	worst = worst_onset(pcm, frames, 4, 5);
	g_free(pcm);
	CHECK_NEAR(worst, 0, 6);       /* the first beep after the hole begins in the fade */
}

static void test_dtx(void)
{
	struct sender s = { .length_s = 12, .dtx = true, .application = OPUS_APPLICATION_VOIP, .bitrate = 24000, .rate = 1 + 5e-5 };
	unsigned invented;
	int64_t frames;
	float *pcm = listen(&s, NULL, &frames, &invented);
	double worst = worst_onset(pcm, frames, 0, 11);

	g_free(pcm);
	CHECK_NEAR(worst, 0, 2.5);
	CHECK_INT(invented, 0);
}

static void test_restart(void)
{
	static const struct { double restart_s, resume_s; } rows[] = { { 3.5, 3.5 }, { 3.51, 3.517 }, { 3.5, 7.25 } };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct sender s = { .length_s = 10, .restart_s = rows[i].restart_s, .resume_s = rows[i].resume_s };
		int64_t frames;
		float *pcm = listen(&s, NULL, &frames, NULL);
		double before = worst_onset(pcm, frames, 1, 3), after = worst_onset(pcm, frames, (int)rows[i].resume_s + 1, 9);

		g_free(pcm);
		CHECK_NEAR(before, 0, 1);
		CHECK_NEAR(after, 0, 1);
	}
}

static bool unmuted(void *arg, int64_t t_ms) { (void)arg; return t_ms < 2500 || t_ms >= 4500; }

static void test_muted(void)
{
	struct sender s = { .length_s = 6, .signal = tone };
	int64_t frames;
	float *pcm = listen(&s, unmuted, &frames, NULL), inside, step;

	inside = probe_peak(pcm, 2505 * PCM_PER_MS, 4500 * PCM_PER_MS);
	step = probe_step(pcm, 0, frames);
	g_free(pcm);
	CHECK(inside == 0);
	CHECK(step < 0.04f);
}

static void test_rubbish(void)
{
	struct sender s = { .length_s = 10, .rubbish = true }, same = { .length_s = 4, .rate = 1e-6 };
	int64_t frames;
	float *pcm = listen(&s, NULL, &frames, NULL);

	g_free(pcm);
	same.length_s = 0.0001;        /* 5000 packets at time 0 */
	pcm = listen(&same, NULL, &frames, NULL);
	g_free(pcm);
}

static void test_retimer_place(void)
{
	struct retimer *r;
	static float in[4800 * PCM_CHANNELS], out[PCM_BLOCK_VALUES];
	float best = 0;
	int64_t at = -1;

	CHECK_INT(retimer_create(&r), 0);
	in[1000 * 2] = in[1000 * 2 + 1] = 1;
	retimer_begin(r, 5000);
	CHECK_NEAR(retimer_error(r, 5000), 0, 0.6);
	CHECK_INT(retimer_feed(r, in, 4800), 0);
	CHECK_NEAR(retimer_error(r, 9800), 0, 0.6);
	for (int k = 0; k < 9; k++) {
		retimer_read(r, out);
		for (int i = 0; i < PCM_BLOCK; i++)
			if (fabsf(out[2 * i]) > best) {
				best = fabsf(out[2 * i]);
				at = k * PCM_BLOCK + i;
			}
	}
	retimer_unref(&r);
	CHECK_INT(at, 6000);
	CHECK(best > 0.8f);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_retimer_place), TEST(test_place), TEST(test_clocks), TEST(test_smooth), TEST(test_loss), TEST(test_fec), TEST(test_hole), TEST(test_dtx),
		TEST(test_restart), TEST(test_muted), TEST(test_rubbish), TEST(test_hour), TEST(test_part),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

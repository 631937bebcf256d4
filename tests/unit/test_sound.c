/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sound, from synthetic recordings to packets, which are decoded and measured like a player would.
 */
#include <ebur128.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "tests/lib/make_recording.h"
#include "postprocess/sound.c"

static const struct output_spec spec = { .audio_bitrate = 96000 };

struct heard {
	float *pcm;                /* decoded, without pre-skip and padding; output gain applied */
	int64_t frames;
	GByteArray *bytes;         /* all packets and their times */
	struct sound_result result;
	double lufs, peak_db;
};

static void heard_clear(struct heard *h)
{
	g_free(h->pcm);
	g_byte_array_unref(h->bytes);
}

/* One packet as a player treats it. */
static void play(struct heard *h, OpusDecoder *decoder, const AVPacket *pkt)
{
	float pcm[PCM_BLOCK_VALUES];
	int n = opus_decode_float(decoder, pkt->data, pkt->size, pcm, PCM_BLOCK, 0);
	int64_t from = pkt->pts < 0 ? -pkt->pts : 0, to = pkt->duration;
	size_t size = 0;
	const uint8_t *skip = av_packet_get_side_data(pkt, AV_PKT_DATA_SKIP_SAMPLES, &size);

	CHECK_INT(n, PCM_BLOCK);
	CHECK_INT(pkt->pts + from, h->frames);
	CHECK_INT(pkt->dts, pkt->pts);
	CHECK_INT(skip ? PCM_BLOCK - (skip[4] | skip[5] << 8) : PCM_BLOCK, to);
	memcpy(h->pcm + h->frames * PCM_CHANNELS, pcm + from * PCM_CHANNELS, (size_t)(to - from) * PCM_CHANNELS * sizeof(float));
	h->frames += to - from;
	g_byte_array_append(h->bytes, pkt->data, (guint)pkt->size);
	g_byte_array_append(h->bytes, (const uint8_t *)&pkt->pts, sizeof(pkt->pts));
}

/* By libebur128 alone, which has no part in the peaks sound itself reports. */
static void judge(struct heard *h)
{
	ebur128_state *e = ebur128_init(PCM_CHANNELS, PCM_RATE, EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK);
	float gain = (float)db_to_gain(h->result.output_gain_q8 / 256.0);
	double left = 0, right = 0;

	for (int64_t i = 0; i < h->frames * PCM_CHANNELS; i++)
		h->pcm[i] *= gain;
	CHECK_INT(ebur128_add_frames_float(e, h->pcm, (size_t)h->frames), EBUR128_SUCCESS);
	ebur128_loudness_global(e, &h->lufs);
	ebur128_true_peak(e, 0, &left);
	ebur128_true_peak(e, 1, &right);
	ebur128_destroy(&e);
	h->peak_db = gain_to_db(fmax(left, right));
}

/* Runs sound over a recording and plays what comes out. */
static void hear_recording(struct heard *h, const char *dir)
{
	AVPacket *pkt = av_packet_alloc();
	struct model *m;
	struct sound *s;
	OpusDecoder *decoder;
	int err;

	*h = (struct heard){ .bytes = g_byte_array_new() };
	CHECK_INT(model_load(&m, dir), 0);
	CHECK_INT(sound_create(&s, m, &spec), 0);
	h->pcm = g_new(float, (size_t)(m->duration_ms * PCM_PER_MS + PCM_BLOCK) * PCM_CHANNELS);
	decoder = opus_decoder_create(PCM_RATE, PCM_CHANNELS, &err);
	CHECK_INT(sound_codecpar(s)->initial_padding, 312);
	while (!(err = sound_next(s, pkt))) {
		play(h, decoder, pkt);
		av_packet_unref(pkt);
	}
	CHECK_INT(err, AVERROR_EOF);
	CHECK_INT(h->frames, m->duration_ms * PCM_PER_MS);
	sound_result(s, &h->result);
	judge(h);
	opus_decoder_destroy(decoder);
	sound_unref(&s);
	model_unref(&m);
	av_packet_free(&pkt);
}

static void hear_people(struct heard *h, int64_t duration_ms, const struct make_participant *people)
{
	char *dir = make_scratch("rec");

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = duration_ms, .people = people }), 0);
	hear_recording(h, dir);
	make_remove(&dir);
}

static double turn_of(double t_s, int who)
{
	return (int)(t_s / 2) % 3 == who;
}

/* A voice of sorts, at -3, -18 and -33 dB, two seconds each. */
static double voice(double t_s, void *arg)
{
	const int who = *(const int *)arg;
	static const double level[] = { 0.7, 0.125, 0.022 };
	double swell = 0.4 + 0.6 * fabs(sin(G_PI * 3 * t_s)), x = 0;

	for (int k = 1; k < 8; k++)
		x += sin(2 * G_PI * (110 + 37 * who) * k * t_s + k * k) / k;
	return turn_of(t_s, who) * level[who] * swell * x / 2;
}

static void test_beeps(void)
{
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 0, { { .source = "audio", .tone_hz = 440 } } },
		{ "user2", "Bob", 0, 0, { { .source = "audio", .tone_hz = 660, .from_ms = 2000, .skew_ppm = 100 } } },
		{ .id = NULL },
	};
	struct heard h;
	int64_t at[64];
	int n;
	double worst = 0;

	hear_people(&h, 20500, people);
	n = probe_onsets(h.pcm, h.frames, probe_peak(h.pcm, 0, h.frames) / 5, at, 64);
	CHECK_INT(n, 21);
	for (int i = 0; i < n; i++)
		worst = fmax(worst, fabs((double)at[i] / PCM_PER_MS - i * 1000));
	printf("beeps: %.2f LUFS, %.2f dBTP, gain %d, worst onset %.2f ms, talk %.0f %.0f\n", h.lufs, h.peak_db, h.result.output_gain_q8, worst,
	       h.result.talk_ms[0], h.result.talk_ms[1]);
	CHECK_NEAR(worst, 0, 5);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(h.peak_db <= -1);
	CHECK(h.result.measured && !h.result.silent);
	CHECK_NEAR(h.result.lufs, h.lufs, 0.05);
	CHECK_NEAR(h.result.true_peak_db, h.peak_db, 0.15);
	CHECK_NEAR(h.result.talk_ms[0], 21 * 130, 21 * 30);       /* counted in whole blocks, ringing included */
	CHECK_NEAR(h.result.talk_ms[1], 18 * 130, 18 * 30);
	heard_clear(&h);
}

static void test_speakers(void)
{
	static int who[] = { 0, 1, 2 };
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 0, { { .source = "audio", .sample = voice, .arg = &who[0] } } },
		{ "user2", "Bob", 0, 0, { { .source = "audio", .sample = voice, .arg = &who[1] } } },
		{ "user3", "Cem", 0, 0, { { .source = "audio", .sample = voice, .arg = &who[2] } } },
		{ .id = NULL },
	};
	struct heard h;

	hear_people(&h, 30010, people);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(h.peak_db <= -1);
	for (int p = 0; p < 3; p++) {
		struct loudness *l;
		double lufs;

		CHECK_INT(loudness_create(&l, LOUDNESS_ONLY), 0);
		for (int64_t k = 0; (k + 1) * PCM_BLOCK <= h.frames; k++)
			if (k / 100 % 3 == p)
				loudness_add(l, h.pcm + k * PCM_BLOCK_VALUES, PCM_BLOCK);
		lufs = loudness_integrated(l);
		loudness_unref(&l);
		printf("speaker %d: %.2f LUFS, talked %.0f ms\n", p, lufs, h.result.talk_ms[p]);
		CHECK_NEAR(lufs, -16, 2);
		CHECK_NEAR(h.result.talk_ms[p], 10000, 600);
	}
	heard_clear(&h);
}

static double nothing(double t_s, void *arg) { (void)t_s; (void)arg; return 0; }

static void test_silence(void)
{
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 0, { { .source = "audio", .sample = nothing } } }, { .id = NULL },
	}, nobody[] = { { "user1", "Ann", 0, 0, { { .source = NULL } } }, { .id = NULL } };
	static const struct make_participant *rows[] = { people, nobody };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct heard h;

		hear_people(&h, 5000, rows[i]);
		CHECK(h.result.silent && !h.result.measured);
		CHECK_INT(h.result.output_gain_q8, 0);
		CHECK(probe_peak(h.pcm, 0, h.frames) < 1e-4f);
		heard_clear(&h);
	}
}

/* Under 3 s nothing is amplified. */
static void test_short(void)
{
	static const struct make_participant people[] = { { "user1", "Ann", 0, 0, { { .source = "audio" } } }, { .id = NULL } };
	struct heard h;

	hear_people(&h, 2500, people);
	CHECK(!h.result.measured && !h.result.silent);
	CHECK_NEAR(probe_peak(h.pcm, 0, h.frames), 0.5, 0.08);
	CHECK_INT(h.result.output_gain_q8, 0);
	heard_clear(&h);
	hear_people(&h, 7, people);
	CHECK_INT(h.frames, 7 * PCM_PER_MS);
	heard_clear(&h);
}

static void test_muted_and_gone(void)
{
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 7600, { { .source = "audio", .to_ms = 9000, .muted = { { 2500, 4500 } }, .gaps = { { 5500, 5800 } } } } }, { .id = NULL },
	};
	struct heard h;
	int64_t at[16];

	hear_people(&h, 10000, people);
	CHECK_INT(probe_onsets(h.pcm, h.frames, 0.1f, at, 16), 6);
	CHECK_NEAR((double)at[3] / PCM_PER_MS, 5000, 5);
	CHECK_NEAR((double)at[5] / PCM_PER_MS, 7000, 5);
	CHECK(probe_peak(h.pcm, 7700 * PCM_PER_MS, h.frames) < 0.001f);
	heard_clear(&h);
}

static void test_damage(void)
{
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 0, { { .source = "audio", .missing = { 4 }, .damaged = { 6 } } } }, { .id = NULL },
	};
	struct heard h;
	int64_t at[16];

	hear_people(&h, 10000, people);
	CHECK_INT(h.result.damaged_chunks, 2);
	CHECK(probe_onsets(h.pcm, h.frames, 0.1f, at, 16) >= 8);
	CHECK_NEAR(h.lufs, -16, 0.5);
	heard_clear(&h);
}

static void test_same_bytes(void)
{
	static int who = 1;
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 0, { { .source = "audio" } } }, { "user2", "Bob", 0, 0, { { .source = "audio", .sample = voice, .arg = &who } } }, { .id = NULL },
	};
	char *dir = make_scratch("rec");
	struct heard a, b;
	bool same;

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = 6000, .people = people }), 0);
	hear_recording(&a, dir);
	hear_recording(&b, dir);
	make_remove(&dir);
	same = a.bytes->len == b.bytes->len && !memcmp(a.bytes->data, b.bytes->data, a.bytes->len);
	CHECK_INT(a.result.output_gain_q8, b.result.output_gain_q8);
	heard_clear(&a);
	heard_clear(&b);
	CHECK(same);
}

/* Over 3 minutes: the servo, and the rest as output gain. */
static void test_long(void)
{
	static int who[] = { 0, 1, 2 };
	static const struct make_participant people[] = {
		{ "user1", "Ann", 0, 0, { { .source = "audio", .sample = voice, .arg = &who[0] } } },
		{ "user2", "Bob", 0, 0, { { .source = "audio", .to_ms = 60000 } } },
		{ "user3", "Cem", 0, 0, { { .source = "audio", .sample = voice, .arg = &who[2], .from_ms = 90000 } } },
		{ .id = NULL },
	};
	struct heard h;

	hear_people(&h, 185000, people);
	printf("long: %.2f LUFS, %.2f dBTP, gain %d\n", h.lufs, h.peak_db, h.result.output_gain_q8);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(h.peak_db <= -0.99);
	CHECK_NEAR(h.result.lufs, h.lufs, 0.1);
	heard_clear(&h);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_beeps), TEST(test_speakers), TEST(test_silence), TEST(test_short), TEST(test_muted_and_gone), TEST(test_damage), TEST(test_same_bytes),
		TEST(test_long),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sound, from synthetic recordings to packets, which are decoded and measured like a player would.
 */
#include <ebur128.h>
#include <math.h>
#include <opus/opus.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/loudness.h"
#include "tests/lib/make_recording.h"
#include "postprocess/sound.c"

static const struct output_spec spec = { .audio_bitrate = 96000 };

struct heard {
	float *pcm;                /* decoded, without pre-skip and padding; output gain applied */
	int64_t frames, room;
	int64_t live_ms;           /* how far it was made before the recording was over */
	GByteArray *bytes;         /* all packets and their times */
	struct sound_result result;
	struct sound_person people[8];
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

static bool full(void)
{
	const char *text = g_getenv("RECROOM_FULL");

	return text && *text;
}

/* By libebur128 alone, which has no part in the peaks sound itself reports; those of minutes, which it is slow to find, are believed. */
static void judge(struct heard *h)
{
	bool slow = h->frames > 60 * PCM_RATE && !full();
	ebur128_state *e = ebur128_init(PCM_CHANNELS, PCM_RATE, EBUR128_MODE_I | (slow ? 0 : EBUR128_MODE_TRUE_PEAK));
	float gain = (float)db_to_gain(h->result.output_gain_q8 / 256.0);
	double left = 0, right = 0;

	for (int64_t i = 0; i < h->frames * PCM_CHANNELS; i++)
		h->pcm[i] *= gain;
	CHECK_INT(ebur128_add_frames_float(e, h->pcm, (size_t)h->frames), EBUR128_SUCCESS);
	ebur128_loudness_global(e, &h->lufs);
	ebur128_true_peak(e, 0, &left);
	ebur128_true_peak(e, 1, &right);
	ebur128_destroy(&e);
	h->peak_db = slow ? h->result.true_peak_db : gain_to_db(fmax(left, right));
}

/* ---- a recording that grows ---- */

/* A timeline taken away, and given back piece by piece. */
struct growth {
	char *path, *text;
	size_t size, given;
	GRand *random;
};

static void growth_begin(struct growth *g, const char *dir, guint32 seed)
{
	*g = (struct growth){ .path = g_build_filename(dir, "timeline.jsonl", NULL), .random = g_rand_new_with_seed(seed) };
	CHECK(g_file_get_contents(g->path, &g->text, &g->size, NULL));
	CHECK(g_file_set_contents(g->path, "", 0, NULL));
}

/* More of it, as far as to the middle of a line. False when nothing is left. */
static bool growth_step(struct growth *g)
{
	size_t more = (size_t)g_rand_int_range(g->random, 1, full() ? 4000 : 200);
	FILE *f = fopen(g->path, "ab");

	more = MIN(more, g->size - g->given);
	CHECK(f);
	CHECK_INT(fwrite(g->text + g->given, 1, more, f), more);
	CHECK_INT(fclose(f), 0);
	g->given += more;
	return more > 0;
}

static void growth_end(struct growth *g)
{
	g_rand_free(g->random);
	g_free(g->path);
	g_free(g->text);
}

/* ---- hearing ---- */

/* All packets that there are now. AVERROR_EOF or -EAGAIN. */
static int hear_some(struct heard *h, struct sound *s, OpusDecoder *decoder)
{
	AVPacket *pkt = av_packet_alloc();
	int err;

	while (!(err = sound_next(s, pkt))) {
		if (h->frames + PCM_BLOCK > h->room) {
			h->room = 2 * h->frames + PCM_RATE;
			h->pcm = g_renew(float, h->pcm, (size_t)h->room * PCM_CHANNELS);
		}
		play(h, decoder, pkt);
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	return err;
}

static int open_model(struct model **m, const char *dir, struct growth *g)
{
	int err;

	if (!g)
		return model_load(m, dir);
	err = model_open(m, dir);
	while (!err && !(*m)->started && growth_step(g))
		CHECK(model_advance(*m) >= 0);
	return err;
}

/* Runs sound over a recording, as it is or growing, and plays what comes out. */
static void hear_model(struct heard *h, const char *dir, struct growth *g)
{
	struct model *m;
	struct sound *s;
	OpusDecoder *decoder;
	int err;

	*h = (struct heard){ .bytes = g_byte_array_new() };
	CHECK_INT(open_model(&m, dir, g), 0);
	CHECK_INT(sound_create(&s, m, &spec), 0);
	decoder = opus_decoder_create(PCM_RATE, PCM_CHANNELS, &err);
	CHECK_INT(sound_codecpar(s)->initial_padding, 312);
	while ((err = hear_some(h, s, decoder)) == -EAGAIN) {
		h->live_ms = sound_time(s);
		CHECK(g && growth_step(g));
		CHECK(model_advance(m) >= 0);
	}
	CHECK_INT(err, AVERROR_EOF);
	CHECK_INT(h->frames, m->duration_ms * PCM_PER_MS);
	sound_result(s, &h->result);
	CHECK(h->result.npeople <= G_N_ELEMENTS(h->people));
	memcpy(h->people, h->result.people, h->result.npeople * sizeof(h->people[0]));
	h->result.people = h->people;
	judge(h);
	opus_decoder_destroy(decoder);
	sound_unref(&s);
	model_unref(&m);
}

static void hear_recording(struct heard *h, const char *dir)
{
	hear_model(h, dir, NULL);
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

	if (!turn_of(t_s, who))
		return 0;
	for (int k = 1; k < 8; k++)
		x += sin(2 * G_PI * (110 + 37 * who) * k * t_s + k * k) / k;
	return level[who] * swell * x / 2;
}

static void test_beeps(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .tone_hz = 440 } } },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .tone_hz = 660, .from_ms = 2000, .skew_ppm = 100 } } },
		{ .id = NULL },
	};
	struct heard h;
	int64_t at[64];
	int n;
	double worst = 0;

	hear_people(&h, 12500, people);
	n = probe_onsets(h.pcm, h.frames, probe_peak(h.pcm, 0, h.frames) / 5, at, 64);
	CHECK_INT(n, 13);
	for (int i = 0; i < n; i++)
		worst = fmax(worst, fabs((double)at[i] / PCM_PER_MS - i * 1000));
	printf("beeps: %.2f LUFS, %.2f dBTP, gain %d, worst onset %.2f ms, talk %.0f %.0f\n", h.lufs, h.peak_db, h.result.output_gain_q8, worst,
	       h.people[0].talk_ms, h.people[1].talk_ms);
	CHECK_NEAR(worst, 0, 5);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(h.peak_db <= -1);
	CHECK(h.result.measured && !h.result.silent);
	CHECK_NEAR(h.result.lufs, h.lufs, 0.05);
	CHECK_NEAR(h.result.true_peak_db, h.peak_db, 0.15);
	CHECK_NEAR(h.people[0].talk_ms, 13 * 130, 13 * 30);       /* counted in whole blocks, ringing included */
	CHECK_NEAR(h.people[1].talk_ms, 10 * 130, 10 * 30);
	heard_clear(&h);
}

/* Syllables like voice(), at the level in LUFS that arg says, in turns of two seconds; the last of them talks into the others. */
struct talker { int turn; double lufs; };

static double talk(double t_s, void *arg)
{
	const struct talker *v = arg;
	double swell = 0.1 + 0.9 * fabs(sin(G_PI * 3.5 * t_s)), x = 0;

	if ((int)(t_s / 2) % 3 != v->turn)
		return 0;
	for (int k = 1; k < 12; k++)
		x += sin(2 * G_PI * (120 + 31 * v->turn) * k * t_s + 1.7 * k * k) / sqrt(k);
	return db_to_gain(v->lufs + 13.2) * 0.4 * swell * x / 2;
}

/* One who always talks, known by a high tone, and two who talk into it from second 6 to 12. */
struct overlapper { double base_hz, pilot_hz, level; };

static double overlap(double t_s, void *arg)
{
	const struct overlapper *v = arg;
	double swell = 0.1 + 0.9 * fabs(sin(G_PI * 3.5 * t_s + v->base_hz)), x = 0;

	for (int k = 1; k < 6; k++)
		x += sin(2 * G_PI * v->base_hz * k * t_s + 1.7 * k * k) / sqrt(k);
	return v->level * swell * (x / 4 + (v->pilot_hz > 0 ? 0.3 * sin(2 * G_PI * v->pilot_hz * t_s) : 0));
}

/* The tone's level in dB in two seconds, seven syllables. */
static double pilot_db(const struct heard *h, int from_s, double hz)
{
	double re = 0, im = 0;

	for (int64_t i = from_s * PCM_RATE; i < (from_s + 2) * PCM_RATE; i++) {
		re += (double)h->pcm[i * PCM_CHANNELS] * cos(2 * G_PI * hz * (double)i / PCM_RATE);
		im += (double)h->pcm[i * PCM_CHANNELS] * sin(2 * G_PI * hz * (double)i / PCM_RATE);
	}
	return gain_to_db(hypot(re, im) / PCM_RATE);
}

/* Three at once, each loud: no peak too high, and who talks on does not go up and down with the others. */
static void test_overlap(void)
{
	static struct overlapper ann = { 130, 3001, 0.6 }, bob = { 171, 0, 0.9 }, cem = { 223, 0, 0.2 };
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .sample = overlap, .arg = &ann } } },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .sample = overlap, .arg = &bob, .from_ms = 6000, .to_ms = 12000 } } },
		{ .id = "user3", .name = "Cem", .sources = { { .source = "audio", .sample = overlap, .arg = &cem, .from_ms = 6000, .to_ms = 12000 } } },
		{ .id = NULL },
	};
	struct heard h;
	double level[7];

	hear_people(&h, 14000, people);
	for (int i = 0; i < 7; i++)
		level[i] = pilot_db(&h, 2 * i, 3001);
	printf("overlap: %.2f LUFS, %.2f dBTP, one of three at %.1f %.1f | %.1f %.1f %.1f | %.1f dB\n", h.lufs, h.peak_db, level[1], level[2], level[3], level[4], level[5],
	       level[6]);
	CHECK(h.peak_db <= -1);
	for (int i = 2; i < 7; i++)
		CHECK_NEAR(level[i], level[1], 3);
	CHECK_NEAR(level[4], level[5], 1);
	heard_clear(&h);
}

/* Loudness of what was heard in the turns of one of three. */
static double turns_lufs(const struct heard *h, int who)
{
	struct loudness *l;
	double lufs;

	CHECK_INT(loudness_create(&l, LOUDNESS_ONLY), 0);
	for (int64_t k = 0; (k + 1) * PCM_BLOCK <= h->frames; k++)
		if (k / 100 % 3 == who)
			loudness_add(l, h->pcm + k * PCM_BLOCK_VALUES, PCM_BLOCK);
	lufs = loudness_integrated(l);
	loudness_unref(&l);
	return lufs;
}

/* Three who come in at -10, -25 and -40 LUFS come out alike (complaint 20 of other recorders' users). */
static void test_uneven(void)
{
	static struct talker talkers[] = { { 0, -10 }, { 1, -25 }, { 2, -40 } };
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .sample = talk, .arg = &talkers[0] } } },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .sample = talk, .arg = &talkers[1] } } },
		{ .id = "user3", .name = "Cem", .sources = { { .source = "audio", .sample = talk, .arg = &talkers[2] } } },
		{ .id = NULL },
	};
	struct heard h;

	hear_people(&h, 18000, people);
	printf("uneven: %.2f LUFS, %.2f dBTP, gain %d, range %.1f\n", h.lufs, h.peak_db, h.result.output_gain_q8, h.result.range_lu);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(h.peak_db <= -1);
	for (int p = 0; p < 3; p++) {
		double lufs = turns_lufs(&h, p);

		printf("  came in at %.1f, %.1f dB given (%.1f to %.1f), heard at %.1f LUFS\n", h.people[p].loudness_lufs, h.people[p].gain_db,
		       h.people[p].gain_min_db, h.people[p].gain_max_db, lufs);
		CHECK_NEAR(h.people[p].loudness_lufs, talkers[p].lufs, 1.5);
		CHECK_NEAR(lufs, -16, 2);
	}
	heard_clear(&h);
}

static double hiss(double t_s, void *arg)
{
	static uint32_t seed = 11;

	(void)t_s;
	return db_to_gain(*(const double *)arg) * (double)probe_noise(&seed);
}

/* A fan at -44 LUFS is no voice: nobody is heard, nothing lifted; beside a voice it stays where it was. */
static void test_fan(void)
{
	static double level = -42;
	static struct talker ann = { 0, -20 };
	static const struct make_participant alone[] = { { .id = "user1", .name = "Fan", .sources = { { .source = "audio", .sample = hiss, .arg = &level } } }, { .id = NULL } };
	static const struct make_participant both[] = {
		{ .id = "user1", .name = "Fan", .sources = { { .source = "audio", .sample = hiss, .arg = &level } } },
		{ .id = "user2", .name = "Ann", .sources = { { .source = "audio", .sample = talk, .arg = &ann } } }, { .id = NULL },
	};
	struct heard h;

	hear_people(&h, 8000, alone);
	CHECK(h.result.silent);
	CHECK(turns_lufs(&h, 1) < -40);
	heard_clear(&h);
	hear_people(&h, 12000, both);
	printf("fan: %.1f LUFS between the words\n", turns_lufs(&h, 1));
	CHECK(!h.people[0].heard && h.people[1].heard);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(turns_lufs(&h, 1) < -38);
	heard_clear(&h);
}

/* Music of a shared screen: soft for ten seconds, loud for ten, as its maker meant it. */
static double music(double t_s, void *arg)
{
	double loud = fmod(t_s, 20) < 10 ? 0.05 : 0.2, beat = 0.3 + 0.7 * exp(-4 * fmod(t_s, 0.5));

	(void)arg;
	return loud * beat * (sin(2 * G_PI * 220 * t_s) + sin(2 * G_PI * 277 * t_s) + sin(2 * G_PI * 330 * t_s));
}

static double span_lufs(const struct heard *h, int from_s, int to_s)
{
	struct loudness *l;
	double lufs;

	CHECK_INT(loudness_create(&l, LOUDNESS_ONLY), 0);
	loudness_add(l, h->pcm + (int64_t)from_s * PCM_RATE * PCM_CHANNELS, (to_s - from_s) * PCM_RATE);
	lufs = loudness_integrated(l);
	loudness_unref(&l);
	return lufs;
}

static void test_music(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "screenaudio", .sample = music, .channels = 2 } } }, { .id = NULL },
	};
	struct heard h;
	double soft, loud;

	hear_people(&h, 40000, people);
	soft = span_lufs(&h, 21, 29);
	loud = span_lufs(&h, 31, 39);
	printf("music: soft %.1f, loud %.1f LUFS\n", soft, loud);
	CHECK_NEAR(loud - soft, 12, 2);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK_INT((int)h.people[0].talk_ms, 0);
	heard_clear(&h);
}

static double sine(double t_s, void *arg)
{
	(void)arg;
	return (fmod(t_s, 0.5) < 0.25 ? 0.3 : 0.12) * sin(2 * G_PI * 440 * t_s);
}

/* No click where a segment ends, a mute begins, or somebody goes: no step in a tone is larger than the tone's own (complaint 19). */
static void test_clicks(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .left_ms = 9100, .sources = { { .source = "audio", .sample = sine, .muted = { { 2030, 2510 } }, .gaps = { { 3777, 3999 }, { 5003, 5083 } } } } },
		{ .id = NULL },
	};
	struct heard h;
	double own, step;

	hear_people(&h, 10000, people);
	own = 2 * G_PI * 440 / PCM_RATE * (double)probe_peak(h.pcm, 0, h.frames);
	step = (double)probe_step(h.pcm, 0, h.frames);
	printf("clicks: largest step %.4f, the tone's own %.4f\n", step, own);
	CHECK(step < own * 1.5);
	heard_clear(&h);
}

static void test_speakers(void)
{
	static int who[] = { 0, 1, 2 };
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .sample = voice, .arg = &who[0] } } },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .sample = voice, .arg = &who[1] } } },
		{ .id = "user3", .name = "Cem", .sources = { { .source = "audio", .sample = voice, .arg = &who[2] } } },
		{ .id = NULL },
	};
	struct heard h;

	hear_people(&h, 18010, people);
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
		printf("speaker %d: %.2f LUFS, talked %.0f ms\n", p, lufs, h.people[p].talk_ms);
		CHECK_NEAR(lufs, -16, 2);
		CHECK_NEAR(h.people[p].talk_ms, 6000, 600);
	}
	heard_clear(&h);
}

static double nothing(double t_s, void *arg) { (void)t_s; (void)arg; return 0; }

static void test_silence(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .sample = nothing } } }, { .id = NULL },
	}, nobody[] = { { .id = "user1", .name = "Ann", .sources = { { .source = NULL } } }, { .id = NULL } };
	static const struct make_participant *rows[] = { people, nobody };

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct heard h;

		hear_people(&h, 5000, rows[i]);
		CHECK(h.result.silent && !h.result.measured);
		CHECK(probe_peak(h.pcm, 0, h.frames) < 1e-4f);
		heard_clear(&h);
	}
}

/* Under 3 s nothing is amplified. */
static void test_short(void)
{
	static const struct make_participant people[] = { { .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } }, { .id = NULL } };
	struct heard h;

	hear_people(&h, 2500, people);
	CHECK(!h.result.measured && !h.result.silent);
	CHECK_NEAR(probe_peak(h.pcm, 0, h.frames), 0.5, 0.08);
	heard_clear(&h);
	hear_people(&h, 7, people);
	CHECK_INT(h.frames, 7 * PCM_PER_MS);
	heard_clear(&h);
}

static void test_muted_and_gone(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .left_ms = 7600, .sources = { { .source = "audio", .to_ms = 9000, .muted = { { 2500, 4500 } }, .gaps = { { 5500, 5800 } } } } }, { .id = NULL },
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
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .missing = { 4 }, .damaged = { 6 } } } }, { .id = NULL },
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
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } }, { .id = "user2", .name = "Bob", .sources = { { .source = "audio", .sample = voice, .arg = &who } } }, { .id = NULL },
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

/* Over 3 minutes, most of them silent to be quick: the servo, and the rest as output gain. */
static void test_long(void)
{
	static int who[] = { 0, 1, 2 };
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio", .sample = voice, .arg = &who[0], .to_ms = 8000 } } },
		{ .id = "user2", .name = "Bob", .sources = { { .source = "audio", .from_ms = 50000, .to_ms = 56000 } } },
		{ .id = "user3", .name = "Cem", .sources = { { .source = "audio", .sample = voice, .arg = &who[2], .from_ms = 174000 } } },
		{ .id = NULL },
	};
	struct heard h;

	hear_people(&h, 181000, people);
	printf("long: %.2f LUFS, %.2f dBTP, gain %d\n", h.lufs, h.peak_db, h.result.output_gain_q8);
	CHECK_NEAR(h.lufs, -16, 0.5);
	CHECK(h.peak_db <= -0.99);
	CHECK_NEAR(h.result.lufs, h.lufs, 0.1);
	heard_clear(&h);
}

/* ---- live is the same ---- */

static bool same(const struct heard *a, const struct heard *b)
{
	const struct sound_result *x = &a->result, *y = &b->result;
	bool people = x->npeople == y->npeople && !memcmp(a->people, b->people, x->npeople * sizeof(a->people[0]));

	return a->bytes->len == b->bytes->len && !memcmp(a->bytes->data, b->bytes->data, a->bytes->len) && people && x->silent == y->silent &&
	       x->measured == y->measured && x->output_gain_q8 == y->output_gain_q8 && x->concealed_frames == y->concealed_frames &&
	       x->damaged_chunks == y->damaged_chunks && fabs(x->lufs - y->lufs) + fabs(x->range_lu - y->range_lu) + fabs(x->true_peak_db - y->true_peak_db) <= 0;
}

/* Random people: who comes late, goes early, is muted, loses packets, shares a screen. */
struct crowd { struct make_participant people[4]; int64_t duration_ms; int chunk_ms; };

static int voices[] = { 0, 1, 2 };
static struct make_span random_span(GRand *r, int64_t duration_ms)
{
	int64_t from = g_rand_int_range(r, 0, (gint32)duration_ms), to = from + g_rand_int_range(r, 20, 2000);

	to = MIN(to, duration_ms);
	return g_rand_boolean(r) && to > from ? (struct make_span){ from, to } : (struct make_span){ 0, 0 };
}

static void random_source(GRand *r, struct make_source *s, const char *name, const struct crowd *c, int64_t from_ms)
{
	*s = (struct make_source){ .source = name, .from_ms = from_ms, .channels = g_rand_int_range(r, 1, 3), .skew_ppm = g_rand_int_range(r, -200, 200) };
	if (g_rand_boolean(r)) {
		s->sample = voice;
		s->arg = &voices[g_rand_int_range(r, 0, 3)];
	}
	s->muted[0] = random_span(r, c->duration_ms);
	s->gaps[0] = random_span(r, c->duration_ms);
	s->missing[0] = g_rand_int_range(r, 0, 30);
	s->damaged[0] = g_rand_int_range(r, 0, 30);
}

static void random_crowd(GRand *r, struct crowd *c)
{
	static const char *const ids[] = { "user10", "user2", "user1" };
	int n = g_rand_int_range(r, 1, 4);

	*c = (struct crowd){ .duration_ms = g_rand_int_range(r, 1, 9000), .chunk_ms = g_rand_boolean(r) ? 1000 : g_rand_int_range(r, 500, 4000) };
	for (int i = 0; i < n; i++) {
		struct make_participant *p = &c->people[i];

		*p = (struct make_participant){ .id = ids[i], .name = ids[i], .joined_ms = g_rand_boolean(r) ? 0 : g_rand_int_range(r, 0, (gint32)c->duration_ms) };
		random_source(r, &p->sources[0], "audio", c, p->joined_ms);
		if (g_rand_boolean(r))
			random_source(r, &p->sources[1], "screenaudio", c, g_rand_int_range(r, (gint32)p->joined_ms, (gint32)c->duration_ms));
	}
}

/* A random recording, complete and growing in random steps. */
static void test_grows(void)
{
	guint32 seed = g_getenv("RECROOM_SEED") ? (guint32)atoi(g_getenv("RECROOM_SEED")) : g_random_int();
	int rounds = full() ? 200 : 4;
	bool live = false, want = false;

	for (int i = 0; i < rounds; i++, seed++) {
		GRand *r = g_rand_new_with_seed(seed);
		char *dir = make_scratch("rec");
		struct heard whole, grown;
		struct growth g;
		struct crowd c;
		bool ok;

		random_crowd(r, &c);
		CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = c.duration_ms, .chunk_ms = c.chunk_ms, .people = c.people }), 0);
		hear_recording(&whole, dir);
		growth_begin(&g, dir, seed);
		hear_model(&grown, dir, &g);
		growth_end(&g);
		make_remove(&dir);
		g_rand_free(r);
		ok = same(&whole, &grown);
		live |= grown.live_ms > 0;
		want |= full() || c.duration_ms > 7000;
		heard_clear(&whole);
		heard_clear(&grown);
		if (!ok)
			TEST_FAIL("RECROOM_SEED=%u: %d ms in chunks of %d", seed, (int)c.duration_ms, c.chunk_ms);
	}
	CHECK(live || !want);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_beeps), TEST(test_speakers), TEST(test_silence), TEST(test_short), TEST(test_muted_and_gone), TEST(test_damage), TEST(test_same_bytes),
		TEST(test_long), TEST(test_grows),
		TEST(test_uneven), TEST(test_fan), TEST(test_music), TEST(test_clicks), TEST(test_overlap),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

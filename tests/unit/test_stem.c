/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stem: one source alone, in its place, as long as the mix, its samples as they came.
 */
#include <math.h>
#include <opus/opus.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "tests/lib/make_recording.h"
#include "postprocess/stem.c"

enum { LENGTH_MS = 9510 };

struct heard { float pcm[(LENGTH_MS * PCM_PER_MS + PCM_BLOCK) * PCM_CHANNELS]; int64_t frames; struct stem_result result; };
static struct heard h;

static void hear(const struct model *m, size_t participant, size_t source)
{
	AVPacket *pkt = av_packet_alloc();
	OpusDecoder *decoder;
	struct stem *s;
	int err;

	h.frames = 0;
	CHECK_INT(stem_create(&s, m, m->participants[participant]->sources[source], 64000), 0);
	CHECK_INT(stem_codecpar(s)->initial_padding, 312);
	decoder = opus_decoder_create(PCM_RATE, PCM_CHANNELS, &err);
	while (!(err = stem_next(s, pkt))) {
		float pcm[PCM_BLOCK_VALUES];
		int64_t from = pkt->pts < 0 ? -pkt->pts : 0;

		CHECK_INT(opus_decode_float(decoder, pkt->data, pkt->size, pcm, PCM_BLOCK, 0), PCM_BLOCK);
		memcpy(h.pcm + h.frames * PCM_CHANNELS, pcm + from * PCM_CHANNELS, (size_t)(pkt->duration - from) * PCM_CHANNELS * sizeof(float));
		h.frames += pkt->duration - from;
		av_packet_unref(pkt);
	}
	stem_result(s, &h.result);
	stem_unref(&s);
	opus_decoder_destroy(decoder);
	av_packet_free(&pkt);
	CHECK_INT(err, AVERROR_EOF);
	CHECK_INT(h.frames, m->duration_ms * PCM_PER_MS);
}

static double hiss(double t_s, void *arg)
{
	(void)arg;
	return 0.01 * sin(t_s * 1e6 * (1 + t_s));
}

/* Ann beeps all the time, Bob from the fourth second on, more quietly; Cem's is a fan. */
static double soft_beep(double t_s, void *arg) { (void)arg; return probe_beep(t_s) * 0.05; }

static void test_a_stem_each(void)
{
	static const struct make_participant people[] = {
		{ .id = "user1", .name = "Ann", .sources = { { .source = "audio" } } },
		{ .id = "user2", .name = "Bob", .joined_ms = 4000, .sources = { { .source = "audio", .from_ms = 4000, .sample = soft_beep } } },
		{ .id = "user3", .name = "Cem", .sources = { { .source = "audio", .sample = hiss } } },
		{ .id = NULL },
	};
	char *dir = make_scratch("rec");
	struct model *m;
	int64_t at[16];

	CHECK_INT(make_recording(&(struct make_conf){ .dir = dir, .duration_ms = LENGTH_MS, .people = people }), 0);
	CHECK_INT(model_load(&m, dir), 0);
	hear(m, 0, 0);
	CHECK(h.result.heard);
	CHECK_INT(probe_onsets(h.pcm, h.frames, 0.1f, at, 16), 10);
	CHECK_NEAR(probe_peak(h.pcm, 0, h.frames), 0.5, 0.08);
	hear(m, 1, 0);
	CHECK_INT(probe_onsets(h.pcm, h.frames, 0.005f, at, 16), 6);
	CHECK_NEAR((double)at[1] / PCM_PER_MS, 5000, 3);
	CHECK_NEAR(probe_peak(h.pcm, 0, h.frames), 0.025, 0.005);
	printf("stem: %.1f LUFS with %.1f dB\n", h.result.lufs, h.result.gain_q8 / 256.0);
	CHECK_NEAR(h.result.lufs, -16, 0.1);
	CHECK(h.result.gain_q8 > 20 * 256 && h.result.true_peak_db <= -1);
	hear(m, 2, 0);
	CHECK(!h.result.heard && !h.result.gain_q8);
	model_unref(&m);
	make_remove(&dir);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_a_stem_each) };

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * encode_audio and hearing: each codec's grid, padding and end, and that what is heard is what was put, where it was put.
 */
#include <ebur128.h>
#include <libavutil/error.h>
#include <libavutil/log.h>
#include "tests/unit/test.h"
#include "tests/unit/sound_probe.h"
#include "postprocess/true_peak.c"
#include "postprocess/loudness.c"
#include "postprocess/encode_audio.c"
#include "postprocess/hearing.c"

enum { MAX_S = 4 };

struct heard {
	float pcm[(MAX_S * PCM_RATE + 4096) * PCM_CHANNELS];
	int64_t frames, packets, bytes;
	double lufs;
	uint32_t sum;
};

static void beep_block(int64_t k, float *pcm)
{
	for (int i = 0; i < PCM_BLOCK; i++)
		pcm[2 * i] = pcm[2 * i + 1] = (float)probe_beep((double)(k * PCM_BLOCK + i) / PCM_RATE);
}

static void play(struct heard *h, struct hearing *ear, const AVPacket *pkt, const AVCodecParameters *par)
{
	int64_t from = pkt->pts < 0 ? MIN(-pkt->pts, pkt->duration) : 0;
	size_t size = 0;
	const uint8_t *skip = av_packet_get_side_data(pkt, AV_PKT_DATA_SKIP_SAMPLES, &size);

	CHECK_INT(hearing_add(ear, pkt), 0);
	CHECK_INT(pkt->dts, pkt->pts);
	CHECK_INT(pkt->pts + par->initial_padding, h->packets * par->frame_size);
	CHECK_INT(pkt->duration, par->frame_size - (skip ? AV_RL32(skip + 4) : 0));
	memcpy(h->pcm + h->frames * PCM_CHANNELS, ear->pcm + from * PCM_CHANNELS, (size_t)(pkt->duration - from) * PCM_CHANNELS * sizeof(float));
	h->frames += pkt->duration - from;
	h->packets++;
	h->bytes += pkt->size;
	for (int i = 0; i < pkt->size; i++)
		h->sum = h->sum * 31 + pkt->data[i];
}

/* Beeps through encoder and decoder, `samples` long. */
static void run(struct heard *h, const char *codec, int64_t samples)
{
	struct encode_audio *e;
	struct hearing *ear;
	AVPacket *pkt = av_packet_alloc();
	int err;

	*h = (struct heard){ .frames = 0 };
	CHECK_INT(encode_audio_create(&e, codec, 96000), 0);
	CHECK_INT(hearing_create(&ear, encode_audio_codecpar(e)), 0);
	CHECK_INT(encode_audio_take(e, pkt), -EAGAIN);
	encode_audio_end(e, samples);
	for (int64_t k = 0; !encode_audio_done(e); k++) {
		float pcm[PCM_BLOCK_VALUES];

		beep_block(k, pcm);
		CHECK_INT(encode_audio_put(e, pcm), 0);
		while (!(err = encode_audio_take(e, pkt))) {
			play(h, ear, pkt, encode_audio_codecpar(e));
			av_packet_unref(pkt);
		}
		CHECK(err == -EAGAIN || err == AVERROR_EOF);
	}
	CHECK_INT(encode_audio_take(e, pkt), AVERROR_EOF);
	h->lufs = loudness_integrated(hearing_loudness(ear));
	hearing_unref(&ear);
	encode_audio_unref(&e);
	av_packet_free(&pkt);
}

static struct heard h;

static void test_place(void)
{
	static const struct { const char *codec; int64_t samples; } rows[] = {
		{ "opus", 3 * PCM_RATE }, { "opus", 1 }, { "opus", 648 }, { "opus", 649 }, { "opus", 2 * PCM_RATE + 17 },
		{ "aac", 3 * PCM_RATE }, { "aac", 1 }, { "aac", 1024 }, { "aac", 1025 }, { "aac", 2 * PCM_RATE + 17 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		int64_t at[8];
		int n;

		run(&h, rows[i].codec, rows[i].samples);
		CHECK_INT(h.frames, rows[i].samples);
		if (rows[i].samples < PCM_RATE)
			continue;
		n = probe_onsets(h.pcm, h.frames, 0.1f, at, 8);
		CHECK_INT(n, rows[i].samples / PCM_RATE + (rows[i].samples % PCM_RATE > 0));
		for (int k = 1; k < MIN(n, 2); k++)
			CHECK_NEAR(at[k], k * PCM_RATE, 60);
		CHECK_NEAR(probe_peak(h.pcm, PCM_RATE, PCM_RATE + 4800), 0.5, 0.05);
	}
}

/* The same blocks, the same bytes. */
static void test_same(void)
{
	static const char *const names[] = { "opus", "aac" };

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		uint32_t sum;

		run(&h, names[i], 2 * PCM_RATE);
		sum = h.sum;
		run(&h, names[i], 2 * PCM_RATE);
		CHECK_INT(h.sum, sum);
	}
}

static void test_describes(void)
{
	static const struct { const char *codec; enum AVCodecID id; int frame, padding, extradata; bool gain; } rows[] = {
		{ "opus", AV_CODEC_ID_OPUS, 960, 312, 19, true }, { "aac", AV_CODEC_ID_AAC, 1024, 1024, 2, false },
	};
	struct encode_audio *e;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const AVCodecParameters *par;

		CHECK_INT(encode_audio_create(&e, rows[i].codec, 96000), 0);
		par = encode_audio_codecpar(e);
		CHECK_INT(par->codec_id, rows[i].id);
		CHECK_INT(par->frame_size, rows[i].frame);
		CHECK_INT(par->initial_padding, rows[i].padding);
		CHECK(par->extradata_size >= rows[i].extradata);
		CHECK_INT(par->sample_rate, 48000);
		CHECK_INT(par->ch_layout.nb_channels, 2);
		CHECK_INT(encode_audio_has_gain(e), rows[i].gain);
		encode_audio_unref(&e);
	}
	CHECK_INT(encode_audio_create(&e, "mp3", 96000), -ENOENT);
	CHECK(!e);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_place), TEST(test_same), TEST(test_describes) };

	av_log_set_level(AV_LOG_ERROR);
	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

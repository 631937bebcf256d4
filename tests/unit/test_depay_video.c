/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every video depacketiser on what real encoders make: packets are lost, reordered and doubled, and of the frames exactly those must come out whose
 * packets, and those of all frames they rest on, arrived; each decodes to the very picture the encoder's own stream gives.
 */
#include "depay_stream.h"

/* ---- the tables ---- */

static const char *const codecs[] = { "vp8", "vp9", "h264", "av1" };

static void lose_random(struct stream *s, uint32_t *x, unsigned percent)
{
	for (int i = 0; i < s->nsent; i++) {
		*x = *x * 1664525 + 1013904223;
		s->sent[i].lost = (*x >> 8) % 100 < percent;
	}
}

static void check_whole(struct stream *s, struct packetise how, const char *what)
{
	struct outcome g;

	pack(s, how, false);
	run(&g, s, 0, false, NULL);
	CHECK_INT(g.breaks, 0);
	CHECK_INT(g.frames, FRAMES);
	CHECK_INT(g.width, WIDTH);
	CHECK_INT(g.height, HEIGHT);
	compare(&g, what);
	run(&g, s, 3, true, NULL);
	compare(&g, "reordered and doubled");
	CHECK_INT(g.frames, FRAMES);
}

static void test_whole(void)
{
	static const struct packetise ways[] = {
		{ .mtu = 1100, .picture = 32760 }, { .mtu = 200, .flexible = true }, { .mtu = 1100, .layers = true, .lengths = true, .no_stap = true },
		{ .mtu = 120, .layers = true, .flexible = true, .lengths = true, .no_stap = true },
	};

	for (size_t c = 0; c < G_N_ELEMENTS(codecs); c++) {
		struct stream *s = stream_new(codecs[c]);

		for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
			check_whole(s, ways[i], "nothing lost");
		printf("%s: %d frames in %d packets of at most 120 bytes, all decoded\n", codecs[c], FRAMES, s->nsent);
		stream_free(s);
	}
}

/* Each packet lost alone, one after the other, but for the few that are every codec's every first, second, … in steps. */
static void test_one_lost(void)
{
	for (size_t c = 0; c < G_N_ELEMENTS(codecs); c++) {
		struct stream *s = stream_new(codecs[c]);
		int rounds = 0;
		struct outcome g;

		pack(s, (struct packetise){ .mtu = 400 }, false);
		for (int i = 0; i < s->nsent - 1; i += full_run() ? 1 : 1 + s->nsent / 10) {
			s->sent[i].lost = true;
			run(&g, s, 0, false, NULL);
			compare(&g, "one lost");
			s->sent[i].lost = false;
			rounds++;
		}
		printf("%s: %d times one of %d packets lost\n", codecs[c], rounds, s->nsent);
		stream_free(s);
	}
}

static void test_many_lost(void)
{
	uint32_t seed = getenv("SEED") ? (uint32_t)atoi(getenv("SEED")) : (uint32_t)g_random_int() % 1000000, x = seed;
	int rounds = full_run() ? 100 : 4;

	printf("SEED=%u\n", seed);
	for (size_t c = 0; c < G_N_ELEMENTS(codecs); c++) {
		struct stream *s = stream_new(codecs[c]);
		int decoded = 0;
		struct outcome g;

		pack(s, (struct packetise){ .mtu = 300 }, false);
		for (int i = 0; i < rounds; i++) {
			lose_random(s, &x, i % 2 ? 1 : 10);
			s->sent[s->nsent - 1].lost = false;
			run(&g, s, i % 3 ? 4 : 0, i % 3 == 2, NULL);
			compare(&g, "some lost");
			decoded += g.frames;
		}
		printf("%s: %d of %d frames decoded, none missing, none corrupt\n", codecs[c], decoded, rounds * FRAMES);
		stream_free(s);
	}
}

/* ---- temporal layers ---- */

static int layer_of(int frame)
{
	static const int layers[] = { 0, 2, 1, 2 };

	return layers[frame % GOP % 4];
}

/* libvpx's pattern: the first picture of layer 2 and that of layer 1 rest on layer 0 alone. */
static void pack_layers(struct stream *s, size_t mtu)
{
	struct packetise how = { .codec = "vp8", .mtu = mtu, .temporal = true, .tl0 = 250 };
	struct packing k = { s, 0 };

	s->nsent = 0;
	for (k.frame = 0; k.frame < s->n; k.frame++) {
		how.tid = layer_of(k.frame);
		how.sync = k.frame % GOP % 4 == 1 || k.frame % GOP % 4 == 2;
		CHECK_INT(packetise(&how, s->frames[k.frame]->data, (size_t)s->frames[k.frame]->size, s->key[k.frame], put_sent, &k), 0);
	}
}

/* Pictures of higher layers are lost: layer 0 goes on without a break, and nothing that comes is wrong. */
static void test_temporal_layers(void)
{
	struct stream *s = stream_new("vp8-temporal");
	uint32_t seed = (uint32_t)g_random_int() % 1000000, x = seed;
	int frames = 0, whole = 0;
	struct outcome g;

	printf("SEED=%u\n", seed);
	for (int round = 0; round < (full_run() ? 50 : 5); round++) {
		bool broken[FRAMES] = { false };

		pack_layers(s, 300);
		for (int i = 0; i < s->nsent; i++) {
			x = x * 1664525 + 1013904223;
			s->sent[i].lost = round && layer_of(s->sent[i].frame) > 0 && (x >> 8) % 100 < 10;
			broken[s->sent[i].frame] |= s->sent[i].lost;
		}
		run(&g, s, round % 2 ? 3 : 0, false, NULL);
		CHECK_INT(g.wrong, 0);
		CHECK_INT(g.breaks, 0);
		for (int n = 0; n < FRAMES; n++) {
			CHECK(layer_of(n) > 0 || g.frame[n]);
			CHECK(!broken[n] || !g.frame[n]);
			frames += g.frame[n];
			whole += !broken[n];
		}
		CHECK(round || g.frames == FRAMES);
	}
	printf("%d of the %d frames that arrived whole\n", frames, whole);
	stream_free(s);
}

/* … and of layer 0: nothing until the next keyframe. */
static void test_base_layer(void)
{
	struct stream *s = stream_new("vp8-temporal");
	struct outcome g;

	for (int n = 0; n < FRAMES - 1; n += full_run() ? 1 : 7) {
		pack_layers(s, 300);
		for (int i = 0; i < s->nsent; i++)
			s->sent[i].lost = s->sent[i].frame == n;
		run(&g, s, 0, false, NULL);
		CHECK_INT(g.wrong, 0);
		CHECK_INT(g.breaks > 0, n > 0 && layer_of(n) == 0);      /* nobody knows that there was a first one */
		for (int k = n; layer_of(n) == 0 && k < n / GOP * GOP + GOP; k++)
			CHECK(!g.frame[k]);
	}
	stream_free(s);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_whole), TEST(test_one_lost), TEST(test_many_lost), TEST(test_temporal_layers), TEST(test_base_layer) };

	av_log_set_level(AV_LOG_QUIET);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

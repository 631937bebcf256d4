/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Resizing: weights that sum up, flat areas that stay flat at any size, the quick way to the same numbers as the plain one, and quality against the formula.
 */
#include "tests/unit/test.h"
#include "postprocess/resize.c"

enum { IN_MAX = 700 };

static struct axis axis_of(int in, int out, double from, double seen, enum resize_kernel kernel)
{
	struct axis a;

	axis_init(&a, &(struct axis_conf){ in, out, 1, from, seen / out, 0.5, 0.5, kernel });
	return a;
}

static const struct { int in, out; double from, seen; } sizes[] = {
	{ 640, 640, 0, 640 }, { 640, 630, 0, 640 }, { 640, 312, 0, 640 }, { 640, 418, 85, 470 }, { 640, 60, 0, 640 }, { 320, 640, 0, 320 }, { 1, 64, 0, 1 },
	{ 2, 64, 0, 2 }, { 3, 2, 0, 3 }, { 5, 70, 0, 5 }, { 700, 2, 0, 700 }, { 640, 320, 160, 320 }, { 176, 175, 0, 176 }, { 480, 354, 40, 360 },
};

static void test_weights(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sizes) * 2; i++) {
		struct axis a = axis_of(sizes[i / 2].in, sizes[i / 2].out, sizes[i / 2].from, sizes[i / 2].seen, i % 2);

		CHECK(a.taps == 4 || a.taps % 8 == 0);
		CHECK(a.low >= 0 && a.high <= sizes[i / 2].in && a.low < a.high);
		for (int n = 0; n < a.out; n++) {
			int sum = 0;

			CHECK(a.first[n] >= 0 && a.first[n] < sizes[i / 2].in);
			for (int k = 0; k < a.taps; k++) {
				sum += a.weights[n * a.taps + k];
				if (a.first[n] + k >= sizes[i / 2].in)
					CHECK_INT(a.weights[n * a.taps + k], 0);
			}
			CHECK_INT(sum, RESIZE_ONE);
		}
		axis_clear(&a);
	}
}

/** One row resized along itself, by way of a column of one row. */
static void resize_one(const struct axis *a, const uint8_t *row, int in, uint8_t *out)
{
	struct axis down = axis_of(1, 1, 0, 1, RESIZE_CUBIC);
	g_autofree int16_t *between = g_new0(int16_t, (gsize)in + (gsize)a->taps);

	resize_column(&down, 0, row, in, 1, a->low, a->high, between);
	resize_row(a, between, out);
	axis_clear(&down);
}

static void test_flat(void)
{
	uint8_t row[IN_MAX], out[IN_MAX];

	for (int value = 0; value < 256; value += 51)
		for (size_t i = 0; i < G_N_ELEMENTS(sizes) * 2; i++) {
			struct axis a = axis_of(sizes[i / 2].in, sizes[i / 2].out, sizes[i / 2].from, sizes[i / 2].seen, i % 2);

			memset(row, value, sizeof(row));
			resize_one(&a, row, sizes[i / 2].in, out);
			for (int n = 0; n < a.out; n++)
				CHECK_INT(out[n], value);
			axis_clear(&a);
		}
}

/** The narrower vectors, on a machine that has the wider ones. */
static void check_narrow(const struct axis *a, const int16_t *in, const uint8_t *want)
{
#ifdef __x86_64__
	uint8_t got[IN_MAX];

	CHECK(!memcmp(got, want, (size_t)row_any(a, in, got)));
#else
	(void)a, (void)in, (void)want;
#endif
}

/** Noise: the vectors' sums are the plain loops'. */
static void test_quick_is_exact(void)
{
	static uint8_t plane[64 * IN_MAX], got[IN_MAX], want[IN_MAX];
	static int16_t a16[4 * IN_MAX], b16[4 * IN_MAX];

	for (int i = 0; i < (int)sizeof(plane); i++)
		plane[i] = (uint8_t)((unsigned)i * 2654435761u >> 24) > 100 ? 255 : 0;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes) * 2; i++) {
		int in = sizes[i / 2].in;
		struct axis across = axis_of(in, sizes[i / 2].out, sizes[i / 2].from, sizes[i / 2].seen, i % 2), down = axis_of(64, 23, 3, 50, i % 2);

		for (int n = 0; n < down.out; n++) {
			struct column c = { plane + down.first[n] * in, in, down.weights + n * down.taps, down.wide, 63 - down.first[n] };

			resize_column(&down, n, plane, in, 64, across.low, across.high, a16);
			column_c(&c, across.low, across.high, b16);
			CHECK(!memcmp(a16 + across.low, b16 + across.low, sizeof(*a16) * (size_t)(across.high - across.low)));
			resize_row(&across, a16, got);
			if (!across.copy) {
				row_c(&across, a16, 0, want);
				CHECK(!memcmp(got, want, (size_t)across.out));
				check_narrow(&across, a16, want);
			}
		}
		axis_clear(&across);
		axis_clear(&down);
	}
}

/** A slow wave stays that wave: in phase (nothing shifts) and in height, at every ratio. */
static void test_wave(void)
{
	uint8_t row[IN_MAX], out[IN_MAX];

	for (size_t i = 0; i < G_N_ELEMENTS(sizes) * 2; i++) {
		int in = sizes[i / 2].in;
		double ratio = sizes[i / 2].seen / sizes[i / 2].out, worst = 0;
		struct axis a = axis_of(in, sizes[i / 2].out, sizes[i / 2].from, sizes[i / 2].seen, i % 2);

		for (int x = 0; x < in; x++)
			row[x] = (uint8_t)lrint(128 + 80 * sin((x + 0.5) / 40));
		resize_one(&a, row, in, out);
		for (int n = 8; n < a.out - 8 && in > 100; n++)
			worst = MAX(worst, fabs(out[n] - (128 + 80 * sin((sizes[i / 2].from + (n + 0.5) * ratio) / 40))));
		if (worst > 2.5)
			TEST_FAIL("row %zu: %.1f off", i, worst);
		axis_clear(&a);
	}
}

/** At the same size samples are copied, wherever the part begins. */
static void test_copy(void)
{
	uint8_t row[IN_MAX], out[IN_MAX];
	struct axis a = axis_of(640, 320, 160, 320, RESIZE_CUBIC);

	CHECK(a.copy);
	for (int x = 0; x < IN_MAX; x++)
		row[x] = (uint8_t)(x * 7);
	resize_one(&a, row, 640, out);
	for (int n = 0; n < 320; n++)
		CHECK_INT(out[n], row[160 + n]);
	axis_clear(&a);
	a = axis_of(640, 320, 160.5, 320, RESIZE_CUBIC);
	CHECK(!a.copy);
	axis_clear(&a);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_weights), TEST(test_flat), TEST(test_quick_is_exact), TEST(test_wave), TEST(test_copy),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/pictures.c"
#include "test.h"

static struct picture_number number(int id, int bits)
{
	return (struct picture_number){ .id = id, .bits = bits };
}

static int add(struct pictures *p, int id, int bits, int tl0, bool sent)
{
	struct picture_number n = number(id, bits);
	unsigned out = 0;
	uint8_t t;

	CHECK(pictures_is_new(p, &n));
	pictures_add(p, &n, tl0, sent);
	CHECK(!pictures_is_new(p, &n));
	return pictures_map(p, &n, tl0, &out, &t) ? (int)out : -1;
}

static int map(const struct pictures *p, int id, int bits, int tl0, int *tl0_out)
{
	struct picture_number n = number(id, bits);
	unsigned out = 0;
	uint8_t t = 0;
	bool sent = pictures_map(p, &n, tl0, &out, &t);

	*tl0_out = t;
	return sent ? (int)out : -1;
}

static void test_first_goes_unchanged(void)
{
	struct pictures p;
	int tl0;

	pictures_init(&p);
	CHECK_INT(add(&p, 0x7ffe, 15, 7, true), 0x7ffe);
	CHECK_INT(add(&p, 0x7fff, 15, 7, true), 0x7fff);
	CHECK_INT(add(&p, 0, 15, 8, true), 0);
	CHECK_INT(map(&p, 0x7fff, 15, 7, &tl0), 0x7fff);
	CHECK_INT(tl0, 7);
}

static void test_left_out_close_up(void)
{
	struct pictures p;
	int tl0;

	pictures_init(&p);
	CHECK_INT(add(&p, 10, 15, 1, true), 10);
	CHECK_INT(add(&p, 11, 15, 1, false), -1);
	CHECK_INT(add(&p, 12, 15, 1, false), -1);
	CHECK_INT(add(&p, 13, 15, 2, true), 11);
	CHECK_INT(map(&p, 12, 15, 1, &tl0), -1);           /* late, and left out */
	CHECK_INT(map(&p, 10, 15, 1, &tl0), 10);           /* late, and sent */
	CHECK_INT(add(&p, 16, 15, 3, true), 14);           /* two never came: they keep their numbers */
	CHECK_INT(map(&p, 15, 15, 3, &tl0), 13);
}

static void test_another_layer(void)
{
	struct pictures p;
	int tl0;

	pictures_init(&p);
	add(&p, 100, 15, 250, true);
	add(&p, 101, 15, 251, true);
	pictures_cut(&p);
	CHECK_INT(add(&p, 0x7fff, 15, 3, true), 102);
	CHECK_INT(map(&p, 0x7fff, 15, 3, &tl0), 102);
	CHECK_INT(tl0, 252);
	CHECK_INT(add(&p, 0, 15, 4, true), 103);
	CHECK_INT(map(&p, 0, 15, 4, &tl0), 103);
	CHECK_INT(tl0, 253);
	CHECK_INT(map(&p, 101, 15, 251, &tl0), -1);        /* of the layer before */
}

static void test_seven_bits(void)
{
	struct pictures p;

	pictures_init(&p);
	CHECK_INT(add(&p, 127, 7, 0, true), 127);
	CHECK_INT(add(&p, 0, 7, 0, true), 128);            /* whose low bits are written */
	CHECK_INT(add(&p, 1, 7, 0, false), -1);
	CHECK_INT(add(&p, 2, 7, 0, true), 129);
}

/* Holes of any size, in both widths: what was sent keeps its number while it is remembered, and numbers grow. */
static void test_random(void)
{
	unsigned seed = 12345;
	struct pictures p;
	int in = 0, last = -1, tl0;

	pictures_init(&p);
	for (int i = 0; i < 200000; i++) {
		int step = rand_r(&seed) % 20 ? 1 : 1 + (int)(rand_r(&seed) % 50), out;
		bool sent = i == 0 || rand_r(&seed) % 3;

		in = (in + step) & 0x7fff;
		out = add(&p, in, 15, i, sent);
		CHECK((out >= 0) == sent);
		if (!sent)
			continue;
		CHECK_INT(map(&p, in, 15, i, &tl0), out);
		CHECK(last < 0 || ((out - last) & 0x7fff) <= 2000);
		last = out;
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_first_goes_unchanged), TEST(test_left_out_close_up), TEST(test_another_layer), TEST(test_seven_bits), TEST(test_random),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

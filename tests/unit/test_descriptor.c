/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/descriptor.c"
#include "test.h"

static void test_vp8_table(void)
{
	static const struct { uint8_t p[8]; size_t len; int err; bool start; int id, bits, tl0, tid; bool sync; size_t size; } rows[] = {
		{ { 0x10, 1 }, 2, 0, true, -1, 0, -1, -1, false, 1 },
		{ { 0x00, 1 }, 2, 0, false, -1, 0, -1, -1, false, 1 },
		{ { 0x11, 1 }, 2, 0, false, -1, 0, -1, -1, false, 1 },                    /* another partition */
		{ { 0x90, 0x80, 0x7f, 1 }, 4, 0, true, 0x7f, 7, -1, -1, false, 3 },
		{ { 0x90, 0x80, 0x81, 0x02, 1 }, 5, 0, true, 0x102, 15, -1, -1, false, 4 },
		{ { 0x90, 0xe0, 0xff, 0xff, 9, 0xa0, 1 }, 7, 0, true, 0x7fff, 15, 9, 2, true, 6 },
		{ { 0x90, 0x10, 0xff, 1 }, 4, 0, true, -1, 0, -1, -1, false, 3 },             /* KEYIDX alone */
		{ { 0x90, 0xe0, 0x05, 9, 0x40, 1 }, 6, 0, true, 5, 7, 9, 1, false, 5 },
		{ { 0x10 }, 1, -EBADMSG, true, -1, 0, -1, -1, false, 1 },                     /* nothing follows */
		{ { 0x90 }, 1, -EBADMSG, true, -1, 0, -1, -1, false, 1 },
		{ { 0x90, 0xe0, 0xff, 0xff, 9 }, 5, -EBADMSG, true, 0x7fff, 15, 9, 0, false, 5 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vp8_descriptor d;

		CHECK_INT(vp8_descriptor(&d, rows[i].p, rows[i].len), rows[i].err);
		CHECK(d.start == rows[i].start && d.picture.id == rows[i].id && d.picture.bits == rows[i].bits);
		CHECK(d.tl0 == rows[i].tl0 && d.tid == rows[i].tid && d.sync == rows[i].sync && d.size == rows[i].size);
	}
	CHECK_INT(vp8_descriptor(&(struct vp8_descriptor){ 0 }, NULL, 0), -EBADMSG);
}

static void test_vp9_layers(void)
{
	/* I L B E, 15 bits, TID 2 U SID 1 D, TL0PICIDX */
	static const uint8_t p[] = { 0xac, 0x81, 0x02, 0x53, 0x07, 0xaa };
	struct vp9_descriptor d;

	CHECK_INT(vp9_descriptor(&d, p, sizeof(p)), 0);
	CHECK(!d.inter && !d.flexible && d.start && d.end && !d.unreferenced);
	CHECK_INT(d.picture.id, 0x102);
	CHECK(d.tid == 2 && d.up && d.sid == 1 && d.inter_layer && d.tl0 == 7 && d.tl0_at == 4 && d.size == 5);
	for (size_t n = 0; n < sizeof(p); n++)
		CHECK_INT(vp9_descriptor(&d, p, n), -EBADMSG);
}

static void test_vp9_flexible_and_structure(void)
{
	static const uint8_t flexible[] = { 0xf8, 0x05, 0x20, 0x03, 0x04, 0xaa };
	/* V with three sizes and two pictures of which one has two references */
	static const uint8_t structure[] = { 0x8a, 0x01, 0x58, 0, 160, 0, 90, 1, 64, 0, 180, 2, 128, 1, 104, 2, 0x00, 0x08, 1, 2, 0xaa };
	struct vp9_descriptor d;

	CHECK_INT(vp9_descriptor(&d, flexible, sizeof(flexible)), 0);
	CHECK(d.inter && d.flexible && d.refs == 2 && d.ref_diff[0] == 1 && d.ref_diff[1] == 2 && d.tid == 1 && d.sid == 0 && d.tl0 == -1 && d.size == 5);
	CHECK_INT(vp9_descriptor(&d, structure, sizeof(structure)), 0);
	CHECK(d.structure && d.spatial == 3 && d.width[2] == 640 && d.height[2] == 360 && d.width[0] == 160 && d.size == sizeof(structure) - 1);
	for (size_t n = 0; n < sizeof(structure); n++)
		CHECK_INT(vp9_descriptor(&d, structure, n), -EBADMSG);
}

static void test_numbers_are_put_back(void)
{
	uint8_t p[] = { 0x90, 0x80, 0x81, 0x02, 1 };
	struct vp8_descriptor d;

	CHECK_INT(vp8_descriptor(&d, p, sizeof(p)), 0);
	picture_number_put(p, &d.picture, 0x12345);
	CHECK_INT(vp8_descriptor(&d, p, sizeof(p)), 0);
	CHECK_INT(d.picture.id, 0x2345);
	p[2] = 5;
	CHECK_INT(vp8_descriptor(&d, p, sizeof(p)), 0);
	picture_number_put(p, &d.picture, 0x1ff);
	CHECK(p[2] == 0x7f && p[3] == 0x45);
}

/* Whatever comes, offsets stay within the payload. */
static void test_random_bytes(void)
{
	unsigned seed = 4711;

	for (int i = 0; i < 200000; i++) {
		uint8_t p[24];
		struct vp8_descriptor a;
		struct vp9_descriptor b;
		size_t len;

		for (size_t k = 0; k < sizeof(p); k++)
			p[k] = (uint8_t)(rand_r(&seed) >> 7);
		len = (size_t)rand_r(&seed) % (sizeof(p) + 1);
		if (!vp8_descriptor(&a, p, len))
			CHECK(a.size < len && a.tl0_at < a.size && a.picture.at + (a.picture.bits > 7) < a.size);
		if (!vp9_descriptor(&b, p, len))
			CHECK(b.size < len && b.tl0_at < b.size && b.picture.at + (b.picture.bits > 7) < b.size);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_vp8_table), TEST(test_vp9_layers), TEST(test_vp9_flexible_and_structure), TEST(test_numbers_are_put_back),
		TEST(test_random_bytes),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

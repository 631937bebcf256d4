/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Depacketisers: Opus durations from the TOC, VP8 frames from packets with holes, padding and no markers.
 */
#include "plugins/codec.h"
#include "plugins/depay_vp8.c"

#include "test.h"


struct seen {
	char log[256];             /* "K5" keyframe of 5 ms timestamp, "f6" frame, "!" break, "X" one for damage, "o960" sound */
	bool sound;
	int width, height;
	size_t len;
};

static void note_frame(const struct frame *f, void *arg)
{
	struct seen *s = arg;
	size_t at = strlen(s->log);

	if (s->sound)
		snprintf(s->log + at, sizeof(s->log) - at, "o%u ", f->duration);
	else
		snprintf(s->log + at, sizeof(s->log) - at, "%c%d ", f->keyframe ? 'K' : 'f', (int)f->rtp);
	if (f->keyframe) {
		s->width = f->width;
		s->height = f->height;
	}
	s->len = f->len;
}

static void note_break(const char *reason, void *arg)
{
	struct seen *s = arg;

	g_strlcat(s->log, strcmp(reason, DEPAY_LOST) ? "X " : "! ", sizeof(s->log));
}

static void test_opus(void)
{
	static const struct { uint8_t data[4]; size_t len; const char *log; } rows[] = {
		{ { 0x78, 1, 2, 3 }, 4, "o960 " },            /* hybrid, 20 ms */
		{ { 0x00, 1, 2, 3 }, 4, "o480 " },            /* SILK, 10 ms */
		{ { 0x18, 1, 2, 3 }, 4, "o2880 " },           /* SILK, 60 ms */
		{ { 0x80, 1, 2, 3 }, 4, "o120 " },            /* CELT, 2.5 ms */
		{ { 0xf9, 1, 2, 0 }, 3, "o1920 " },           /* two of one size */
		{ { 0xf9, 1, 2, 3 }, 4, "" },                 /* … which they cannot be */
		{ { 0xfa, 1, 2, 3 }, 4, "o1920 " },
		{ { 0xfb, 3, 2, 3 }, 4, "o2880 " },           /* three frames */
		{ { 0xfb, 6, 2, 3 }, 4, "o5760 " },
		{ { 0xfb, 7, 2, 3 }, 4, "" },                 /* 140 ms */
		{ { 0xfb, 0, 2, 3 }, 4, "" },
		{ { 0xfb }, 1, "" },
		{ { 0xfa }, 1, "" },
		{ { 0x78 }, 1, "o960 " },                     /* DTX */
		{ { 0 }, 0, "" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct seen seen = { .sound = true };
		struct depay_sink sink = { note_frame, note_break, &seen };
		struct depay_packet p = { .payload = rows[i].data, .len = rows[i].len };
		uint8_t state = 0;

		depay_opus.packet(&state, &p, &sink);
		if (strcmp(seen.log, rows[i].log))
			TEST_FAIL("row %d: \"%s\", expected \"%s\"", (int)i, seen.log, rows[i].log);
	}
}

static void test_opus_head(void)
{
	uint8_t out[64];

	CHECK_INT(depay_opus.private_data(out, 2), 19);
	CHECK_INT(memcmp(out, "OpusHead\1\2\0\0\x80\xbb\0\0\0\0\0", 19), 0);
}

/* A packet in a line of text: timestamp, S start, m marker, K keyframe data, f other data, p<n> picture id, L after loss, . padding, X malformed. */
static void feed(struct vp8 *v, const char *spec, const struct depay_sink *sink)
{
	static const uint8_t key[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, 7, 7 }, delta[] = { 0x11, 0, 0, 7 };
	uint8_t data[64] = { 0 };
	char *at;
	struct depay_packet p = { .payload = data, .rtp = strtol(spec, &at, 10) };
	long id = strchr(at, 'p') ? strtol(strchr(at, 'p') + 1, NULL, 10) : -1;
	size_t len = 1;

	p.marker = strchr(at, 'm');
	p.after_loss = strchr(at, 'L');
	data[0] = strchr(at, 'S') ? 0x10 : 0;
	if (id >= 0) {
		data[0] |= 0x80;
		data[1] = 0x80;
		data[2] = (uint8_t)(0x80 | id >> 8);
		data[3] = (uint8_t)id;
		len = 4;
	}
	if (strchr(at, 'K')) {
		memcpy(data + len, key, sizeof(key));
		len += sizeof(key);
	} else if (strchr(at, 'f')) {
		memcpy(data + len, delta, sizeof(delta));
		len += sizeof(delta);
	}
	p.len = strchr(at, '.') ? 0 : strchr(at, 'X') ? 1 : len;
	depay_vp8.packet(v, &p, sink);
}

static void test_vp8(void)
{
	static const struct { const char *what, *packets, *log; } rows[] = {
		{ "one packet each", "1SKm 2Sfm 3Sfm", "K1 f2 f3 " },
		{ "three packets", "1SK 1f 1fm 2Sfm", "K1 f2 " },
		{ "no marker", "1SK 1f 2Sf 3Sfm", "K1 f2 f3 " },
		{ "first packet missing", "1SKm 2Lf 2fm 3Sfm", "K1 ! ! f3 " },     /* of the hole, and of the frame without a start */
		{ "middle missing", "1SKm 2Sf 2Lfm 3Sfm", "K1 ! f3 " },
		{ "last missing", "1SKm 2Sf 3LSfm 4Sfm", "K1 ! f3 f4 " },
		{ "whole frame missing", "1SKm 3LSfm", "K1 ! f3 " },
		{ "only padding was missing", "1SKmp7 2LSfmp8 3Sfmp9", "K1 f2 f3 " },
		{ "picture ids wrap", "1SKmp32767 2LSfmp0", "K1 f2 " },
		{ "a picture id is missing", "1SKmp7 2LSfmp9", "K1 ! f2 " },
		{ "padding after a hole", "1SKmp7 1L. 2Sfmp9", "K1 ! f2 " },
		{ "padding after a hole, nothing missing", "1SKmp7 1L. 2Sfmp8", "K1 f2 " },
		{ "padding inside a frame", "1SK 1. 1fm", "K1 " },
		{ "malformed", "1SKm 2X 3Sfm", "K1 X f3 " },
		{ "starts in the middle of a frame", "1f 1fm 2SKm", "! K2 " },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct seen seen = { 0 };
		struct depay_sink sink = { note_frame, note_break, &seen };
		struct vp8 v = { 0 };
		char **packets = g_strsplit(rows[i].packets, " ", -1);

		for (char **p = packets; *p; p++)
			feed(&v, *p, &sink);
		depay_vp8.clear(&v);
		g_strfreev(packets);
		if (strcmp(seen.log, rows[i].log))
			TEST_FAIL("%s: \"%s\", expected \"%s\"", rows[i].what, seen.log, rows[i].log);
	}
}

static void test_vp8_keyframe(void)
{
	struct seen seen = { 0 };
	struct depay_sink sink = { note_frame, note_break, &seen };
	struct vp8 v = { 0 };
	uint8_t bad[] = { 0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2b, 0x40, 0x01, 0xf0, 0x00 };
	struct depay_packet p = { .payload = bad, .len = sizeof(bad), .marker = true };

	feed(&v, "1SKm", &sink);
	CHECK_INT(seen.width, 320);
	CHECK_INT(seen.height, 240);
	seen.log[0] = 0;
	depay_vp8.packet(&v, &p, &sink);
	CHECK_STR(seen.log, "X ");
	depay_vp8.clear(&v);
}

/* Any bytes: nothing is read beyond the packet. */
static void test_any_bytes(void)
{
	struct seen seen = { 0 };
	struct depay_sink sink = { note_frame, note_break, &seen };
	struct vp8 v = { 0 };
	uint32_t x = 12345;

	for (int i = 0; i < 20000; i++) {
		size_t len = x % 20;
		uint8_t *data = g_malloc(len + !len);
		struct depay_packet p = { .payload = data, .len = len, .rtp = i / 3, .marker = x & 64, .after_loss = (x & 896) == 0 };

		for (size_t k = 0; k < len; k++)
			data[k] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
		x = x * 1664525 + 1013904223;
		seen.log[0] = 0;
		depay_vp8.packet(&v, &p, &sink);
		depay_opus.packet(&v, &p, &sink);
		g_free(data);
	}
	depay_vp8.clear(&v);
}

static void test_find(void)
{
	CHECK(codec_find("opus")->depay == &depay_opus);
	CHECK_STR(codec_find("vp8")->depay->codec, "vp8");
	CHECK(codec_find("h263") == NULL);
	CHECK(codec_find(NULL) == NULL);
}

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static void test_keyframe_starts(void)
{
	CHECK(keyframe_starts(BYTES(0x10, 0x00)));
	CHECK(!keyframe_starts(BYTES(0x10, 0x01)));                        /* a delta frame */
	CHECK(!keyframe_starts(BYTES(0x00, 0x00)));                        /* not the start */
	CHECK(!keyframe_starts(BYTES(0x11, 0x00)));                        /* second partition */
	CHECK(keyframe_starts(BYTES(0x90, 0x80, 0x05, 0x00)));             /* 7-bit picture id */
	CHECK(keyframe_starts(BYTES(0x90, 0x80, 0x85, 0x01, 0x00)));       /* 15-bit */
	CHECK(keyframe_starts(BYTES(0x90, 0xe0, 0x85, 0x01, 9, 9, 0x00))); /* and layers */
	CHECK(!keyframe_starts(BYTES(0x90, 0xe0, 0x85, 0x01, 9, 9)));
	CHECK(!keyframe_starts(BYTES(0x90)));
	CHECK(!keyframe_starts(NULL, 0));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_opus), TEST(test_opus_head), TEST(test_vp8), TEST(test_vp8_keyframe), TEST(test_keyframe_starts), TEST(test_any_bytes), TEST(test_find),
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * H.264: sizes from parameter sets of many encoders, avcC, and packets in every form, whole and broken. Parameter sets are written here bit by bit, so that
 * each field is what the test says.
 */
#include "plugins/h264.c"
#include "plugins/depay_h264.c"

#include "test.h"

/* ---- parameter sets, bit by bit ---- */

struct out { uint8_t data[64]; size_t bits; };

static void put(struct out *o, unsigned n, uint32_t v)
{
	while (n-- > 0) {
		if (v >> n & 1)
			o->data[o->bits / 8] |= (uint8_t)(0x80 >> o->bits % 8);
		o->bits++;
	}
}

static void put_ue(struct out *o, uint32_t v)
{
	unsigned n = 0;

	while (((uint64_t)v + 1) >> (n + 1))
		n++;
	put(o, n, 0);
	put(o, n + 1, v + 1);
}

struct shape {
	unsigned profile, chroma, poc_type, width_mbs, height_units, fields, crop[4], lists;
	int width, height;         /* expected; 0: refused */
};

static size_t make_sps(uint8_t out[64], const struct shape *s, unsigned id)
{
	struct out o = { { 0 }, 0 };

	put(&o, 8, 0x67);
	put(&o, 8, s->profile);
	put(&o, 8, 0xc0);
	put(&o, 8, 31);
	put_ue(&o, id);
	if (has_chroma_format(s->profile)) {
		put_ue(&o, s->chroma);
		if (s->chroma == 3)
			put(&o, 1, 0);
		put_ue(&o, 0);
		put_ue(&o, 0);
		put(&o, 1, 0);
		put(&o, 1, s->lists);
		for (unsigned i = 0; s->lists && i < (s->chroma == 3 ? 12 : 8); i++) {
			put(&o, 1, i == 0);
			if (i == 0)
				put_ue(&o, 16);        /* −8: the rest is the default */
		}
	}
	put_ue(&o, 0);
	put_ue(&o, s->poc_type);
	if (s->poc_type == 0)
		put_ue(&o, 2);
	if (s->poc_type == 1) {
		put(&o, 1, 0);
		put_ue(&o, 1);
		put_ue(&o, 2);
		put_ue(&o, 2);
		put_ue(&o, 3);
		put_ue(&o, 4);
	}
	put_ue(&o, 1);
	put(&o, 1, 0);
	put_ue(&o, s->width_mbs - 1);
	put_ue(&o, s->height_units - 1);
	put(&o, 1, !s->fields);
	if (s->fields)
		put(&o, 1, 0);
	put(&o, 1, 1);
	put(&o, 1, s->crop[0] || s->crop[1] || s->crop[2] || s->crop[3]);
	for (int i = 0; i < 4 && (s->crop[0] || s->crop[1] || s->crop[2] || s->crop[3]); i++)
		put_ue(&o, s->crop[i]);
	put(&o, 1, 0);
	put(&o, 1, 1);
	memcpy(out, o.data, sizeof(o.data));
	return (o.bits + 7) / 8;
}

static size_t make_pps(uint8_t out[64], unsigned id, unsigned sps)
{
	struct out o = { { 0 }, 0 };

	put(&o, 8, 0x68);
	put_ue(&o, id);
	put_ue(&o, sps);
	put(&o, 8, 0xce);
	put(&o, 1, 1);
	memcpy(out, o.data, sizeof(o.data));
	return (o.bits + 7) / 8;
}

static void test_sizes(void)
{
	static const struct shape rows[] = {
		{ 66, 1, 2, 40, 30, 0, { 0 }, 0, 640, 480 },
		{ 66, 1, 0, 80, 45, 0, { 0 }, 0, 1280, 720 },
		{ 77, 1, 1, 120, 68, 0, { 0, 0, 0, 4 }, 0, 1920, 1080 },
		{ 100, 1, 0, 120, 68, 0, { 0, 0, 0, 4 }, 1, 1920, 1080 },
		{ 100, 1, 0, 23, 19, 0, { 1, 2, 3, 4 }, 0, 362, 290 },
		{ 122, 2, 0, 20, 20, 0, { 1, 1, 1, 1 }, 0, 316, 318 },
		{ 244, 3, 0, 20, 20, 0, { 1, 1, 1, 1 }, 1, 318, 318 },
		{ 100, 0, 0, 20, 20, 0, { 1, 1, 1, 1 }, 0, 318, 318 },
		{ 77, 1, 0, 120, 34, 1, { 0, 0, 0, 2 }, 0, 1920, 1080 },            /* fields: units of two macroblocks */
		{ 66, 1, 0, 10, 10, 0, { 80, 0, 0, 0 }, 0, 0, 0 },                  /* all is cut away */
		{ 66, 1, 0, 10, 10, 0, { 0xfffffff0, 0xfffffff0, 0, 0 }, 0, 0, 0 },
		{ 66, 1, 0, 2000, 10, 0, { 0 }, 0, 0, 0 },
		{ 66, 1, 0, 0xfffffffe, 0xfffffffe, 1, { 0 }, 0, 0, 0 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		uint8_t nal[64];
		struct h264_sps sps;
		size_t len = make_sps(nal, &rows[i], 3);
		int err = h264_sps_parse(&sps, nal, len);

		if (err != (rows[i].width ? 0 : -EBADMSG) || (!err && (sps.width != rows[i].width || sps.height != rows[i].height || sps.id != 3)))
			TEST_FAIL("row %d: %d, %d×%d", (int)i, err, sps.width, sps.height);
		for (size_t cut = 0; cut + 1 < len; cut++) {
			uint8_t *copy = g_memdup2(nal, cut + !cut);

			h264_sps_parse(&sps, copy, cut);       /* the sanitizers look */
			g_free(copy);
		}
	}
}

/* Bytes that keep start codes out are no part of the numbers. */
static void test_escaped(void)
{
	uint8_t out[H264_SET_SIZE_MAX];
	static const uint8_t nal[] = { 0x67, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3 }, want[] = { 0, 0, 1, 0, 0, 0, 0 };

	CHECK_INT(unescape(out, nal, sizeof(nal)), sizeof(want));
	CHECK_INT(memcmp(out, want, sizeof(want)), 0);
}

static const struct shape vga = { .profile = 66, .chroma = 1, .width_mbs = 40, .height_units = 30 };
static const struct shape hd = { .profile = 100, .chroma = 1, .width_mbs = 80, .height_units = 45 };

static void test_config(void)
{
	struct h264_sets *s = g_new0(struct h264_sets, 1);
	GByteArray *out = g_byte_array_new();
	uint8_t sps[64], pps[64];
	size_t nsps = make_sps(sps, &hd, 1), npps = make_pps(pps, 2, 1);
	GBytes *a, *b;

	CHECK_INT(h264_sets_put(s, pps, npps), 0);
	CHECK(!h264_sets_find(s, 2, &a, &b));
	CHECK_INT(h264_sets_config(s, 2, out), -EBADMSG);
	CHECK_INT(h264_sets_put(s, sps, nsps), 0);
	npps = make_pps(pps, 200, 1);
	CHECK_INT(h264_sets_put(s, pps, npps), 0);
	npps = make_pps(pps, 7, 5);          /* of another SPS */
	CHECK_INT(h264_sets_put(s, pps, npps), 0);
	CHECK_INT(h264_sets_config(s, 2, out), 0);
	CHECK_INT(memcmp(out->data, (const uint8_t[]){ 1, 100, 0xc0, 31, 0xff, 0xe1, 0, (uint8_t)nsps }, 8), 0);
	CHECK_INT(out->data[8 + nsps], 2);   /* two PPS */
	CHECK_INT(memcmp(out->data + out->len - 4, (const uint8_t[]){ 0xfd, 0xf8, 0xf8, 0 }, 4), 0);
	CHECK_INT(h264_sets_put(s, (const uint8_t[]){ 0x41, 1, 2 }, 3), -EBADMSG);
	CHECK_INT(h264_sets_put(s, (const uint8_t[]){ 0x67 }, 1), -EBADMSG);
	h264_sets_clear(s);
	g_byte_array_unref(out);
	g_free(s);
}

/* ---- packets ---- */

struct seen { char log[256]; int width, height; size_t config; unsigned nals; };

static void note_frame(const struct frame *f, void *arg)
{
	struct seen *s = arg;
	size_t at = strlen(s->log);
	int w, h;

	snprintf(s->log + at, sizeof(s->log) - at, "%c%d ", f->keyframe ? 'K' : 'f', (int)f->rtp);
	CHECK_INT(h264_keyframe(f->data, f->len, &w, &h), f->keyframe);
	if (f->keyframe) {
		s->width = f->width;
		s->height = f->height;
		s->config = f->config_len;
	}
	s->nals = 0;
	for (size_t i = 0; i + 4 < f->len; i += 4 + f->data[i + 3])
		s->nals++;
}

static void note_break(const char *reason, void *arg)
{
	struct seen *s = arg;

	g_strlcat(s->log, strcmp(reason, DEPAY_LOST) ? "X " : "! ", sizeof(s->log));
}

/* What stands in one packet: letters for NAL units (S P I i a u: SPS, PPS, IDR, its second slice, slice, AUD), several make a STAP-A; "(I" "I" "I)" are
 * fragments; in front the timestamp, behind it m marker, L after a loss, . padding, H the other SPS. */
static size_t nal(uint8_t *out, char what, bool other)
{
	static const struct { char what; uint8_t head, body; } rows[] = {
		{ 'I', 0x65, 0xb8 }, { 'i', 0x65, 0x4e }, { 'x', 0x65, 0xe0 }, { 'a', 0x41, 0xe0 }, { 'b', 0x41, 0x5c }, { 'u', 0x09, 0xf0 }, { 'e', 0x06, 5 },
	};

	if (what == 'S')
		return make_sps(out, other ? &hd : &vga, 0);
	if (what == 'P')
		return make_pps(out, 0, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].what == what) {
			memcpy(out, (const uint8_t[]){ rows[i].head, rows[i].body, 0x11, 0x22, 0x33, 0x44 }, 6);
			return 6;
		}
	}
	return 0;
}

static size_t payload(uint8_t *out, const char *what, bool other)
{
	uint8_t one[64];
	size_t n = strcspn(what, " mL.H"), len = 1, k;

	if (n == 0)
		return 0;
	if (*what == '(' || what[n - 1] == ')' || *what == '|') {
		out[0] = 0x7c;
		out[1] = (uint8_t)(5 | (*what == '(' ? 0x80 : 0) | (what[n - 1] == ')' ? 0x40 : 0));
		memcpy(out + 2, (const uint8_t[]){ *what == '(' ? 0xb8 : 0x12, 0x11, 0x22 }, 3);
		return 5;
	}
	if (n == 1)
		return nal(out, *what, other);
	out[0] = 0x78;
	for (size_t i = 0; i < n; i++) {
		k = nal(one, what[i], other);
		out[len++] = 0;
		out[len++] = (uint8_t)k;
		memcpy(out + len, one, k);
		len += k;
	}
	return len;
}

static void feed(struct h264 *v, const char *spec, const struct depay_sink *sink)
{
	uint8_t data[300];
	char *at;
	struct depay_packet p = { .rtp = strtol(spec, &at, 10) };
	const char *flags = at + strcspn(at, "mL.H");
	uint8_t *copy;

	p.marker = strchr(flags, 'm');
	p.after_loss = strchr(flags, 'L');
	p.len = payload(data, at, strchr(flags, 'H'));
	copy = g_memdup2(data, p.len + !p.len);
	p.payload = copy;
	on_packet(v, &p, sink);
	g_free(copy);
}

static void test_packets(void)
{
	static const struct { const char *what, *packets, *log; } rows[] = {
		{ "one packet each", "1S 1P 1Im 2am 3am", "K1 f2 f3 " },
		{ "sets together", "1SP 1Im 2am", "K1 f2 " },
		{ "all together", "1SPIm 2am", "K1 f2 " },
		{ "several slices", "1SP 1I 1im 2a 2bm", "K1 f2 " },
		{ "fragments", "1SP 1(I 1|I 1I)m 2am", "K1 f2 " },
		{ "no marker", "1SP 1I 2a 3am", "K1 f2 f3 " },
		{ "delimiters and messages", "1u 1SP 1e 1Im 2u 2am", "K1 f2 " },
		{ "sets in time of their own", "1SPm 2Im 3am", "K2 f3 " },
		{ "a keyframe without sets, which came before", "1SPIm 2Im", "K1 K2 " },
		{ "a keyframe without sets, ever", "1Im 2am", "X f2 " },
		{ "a PPS is missing", "1S 1Im", "X " },
		{ "first fragment missing", "1SP 1|IL 1I)m 2am", "! f2 " },
		{ "middle fragment missing", "1SP 1(I 1I)mL 2am", "! f2 " },
		{ "last fragment missing", "1SP 1(I 2amL", "! f2 " },
		{ "last fragment missing, nobody says so", "1SP 1(I 2am", "! f2 " },
		{ "fragments without a start", "1SPIm 2|I 2I)m 3am", "K1 ! f3 " },
		{ "fragments within fragments", "1SP 1(I 1(I 1I)m 2am", "! f2 " },
		{ "sets lost in front of a keyframe", "1SPIm 2ImL", "K1 ! X " },
		{ "… and of the one after it: so it needs none", "1SPIm 2ImL 3Im", "K1 ! X K3 " },
		{ "a frame lost", "1SPIm 3amL 4SPIm", "K1 ! f3 K4 " },
		{ "second slice first", "1SPIm 2bm 3am", "K1 X f3 " },
		{ "a keyframe that is predicted", "1SPxm 2am", "X f2 " },
		{ "nothing of a picture given up", "1SPIm 2x 2Im 3am", "K1 X f3 " },
		{ "padding", "1SP 1Im 1. 2am", "K1 f2 " },
		{ "padding behind a hole", "1SPIm 1.L 2am", "K1 ! f2 " },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct seen seen = { .log = "" };
		struct depay_sink sink = { note_frame, note_break, &seen };
		struct h264 *v = g_new0(struct h264, 1);
		char **packets = g_strsplit(rows[i].packets, " ", -1);

		for (char **p = packets; *p; p++)
			feed(v, *p, &sink);
		clear(v);
		g_free(v);
		g_strfreev(packets);
		if (strcmp(seen.log, rows[i].log))
			TEST_FAIL("%s: \"%s\", expected \"%s\"", rows[i].what, seen.log, rows[i].log);
	}
}

/* Sets are always in a keyframe, once; another SPS is another size and another configuration. */
static void test_keyframe_explains_itself(void)
{
	struct seen seen = { .log = "" };
	struct depay_sink sink = { note_frame, note_break, &seen };
	struct h264 *v = g_new0(struct h264, 1);
	size_t config;

	feed(v, "1SPIm", &sink);
	CHECK(seen.width == 640 && seen.height == 480);
	CHECK_INT(seen.nals, 3);
	config = seen.config;
	feed(v, "2Im", &sink);
	CHECK_INT(seen.nals, 3);
	CHECK_INT(seen.config, config);
	feed(v, "3SPImH", &sink);
	CHECK(seen.width == 1280 && seen.height == 720 && seen.config > config);
	CHECK_STR(seen.log, "K1 K2 K3 ");
	clear(v);
	g_free(v);
}

static void test_refused_forms(void)
{
	static const uint8_t forms[][8] = { { 25, 0, 1, 0x65 }, { 26, 0, 0, 0, 1 }, { 27, 1, 2, 3 }, { 29, 0x85, 0, 0, 0xb8 }, { 30, 1, 2 }, { 0, 1, 2 },
					    { 0x7c, 0x87, 1, 2, 3 }, { 0x78, 0, 9, 0x65 }, { 0x78, 0, 1 }, { 0x7c, 0xc5, 1, 2 } };

	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		struct seen seen = { .log = "" };
		struct depay_sink sink = { note_frame, note_break, &seen };
		struct h264 *v = g_new0(struct h264, 1);
		struct depay_packet p = { .payload = forms[i], .len = 5, .rtp = 2, .marker = true };

		feed(v, "1SPIm", &sink);
		on_packet(v, &p, &sink);
		if (strcmp(seen.log, "K1 X ") && strcmp(seen.log, "K1 ! "))
			TEST_FAIL("form %d: \"%s\"", (int)i, seen.log);
		clear(v);
		g_free(v);
	}
}

static void test_prime(void)
{
	uint8_t sps[64], pps[64];
	char *a = g_base64_encode(sps, make_sps(sps, &hd, 0)), *b = g_base64_encode(pps, make_pps(pps, 0, 0));
	char *fmtp = g_strdup_printf("packetization-mode=1;sprop-parameter-sets=%s,%s;profile-level-id=42e01f", a, b);
	struct seen seen = { .log = "" };
	struct depay_sink sink = { note_frame, note_break, &seen };
	struct h264 *v = g_new0(struct h264, 1);

	prime(v, NULL);
	prime(v, "sprop-parameter-sets=,%%%,AA==");
	prime(v, fmtp);
	feed(v, "1Im", &sink);
	feed(v, "3ImL", &sink);      /* a hole does not matter: the sets are not in the stream */
	CHECK_STR(seen.log, "K1 ! K3 ");
	CHECK(seen.width == 1280 && seen.nals == 3 && seen.config > 0);
	clear(v);
	g_free(v);
	g_free(fmtp);
	g_free(a);
	g_free(b);
}

#define STARTS(...) keyframe_starts((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void test_keyframe_starts(void)
{
	CHECK(STARTS(0x67, 0x42));
	CHECK(STARTS(0x67));                                   /* cut off */
	CHECK(!STARTS(0x68, 0xce));                            /* its SPS went by */
	CHECK(STARTS(0x65, 0xb8));
	CHECK(!STARTS(0x65, 0x5c));                            /* second slice */
	CHECK(!STARTS(0x65));
	CHECK(!STARTS(0x41, 0xe0));
	CHECK(STARTS(0x78, 0, 20, 0x67, 0x42));                /* STAP-A */
	CHECK(!STARTS(0x78, 0, 20, 0x41, 0xe0));
	CHECK(!STARTS(0x78, 0, 20));
	CHECK(STARTS(0x7c, 0x85, 0xb8));                       /* FU-A */
	CHECK(!STARTS(0x7c, 0x05, 0xb8));
	CHECK(!STARTS(0x7c, 0x85));
	CHECK(!keyframe_starts(NULL, 0));
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_sizes), TEST(test_escaped), TEST(test_config), TEST(test_packets), TEST(test_keyframe_explains_itself), TEST(test_refused_forms),
		TEST(test_prime), TEST(test_keyframe_starts),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

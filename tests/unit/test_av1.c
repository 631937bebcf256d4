/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * AV1: headers written bit by bit, layers of a temporal unit, and packets in every form of aggregation, whole and broken. Real streams are in
 * test_depay_video.
 */
#include "plugins/av1.c"
#include "plugins/depay_av1.c"

#include "test.h"

struct out { uint8_t data[64]; size_t bits; };

static void put(struct out *o, unsigned n, uint32_t v)
{
	while (n-- > 0) {
		if (v >> n & 1)
			o->data[o->bits / 8] |= (uint8_t)(0x80 >> o->bits % 8);
		o->bits++;
	}
}

/* Profile 0, 8 bits, 4:2:0, order hints of 7 bits; no timing, one operating point or one per layer. */
static size_t sequence_header(uint8_t out[64], int width, int height, unsigned layers)
{
	struct out o = { { 0 }, 0 };

	put(&o, 3 + 1 + 1 + 1 + 1, 0);
	put(&o, 5, layers - 1);
	for (unsigned i = 0; i < layers; i++) {
		put(&o, 12, layers > 1 ? ((1u << (layers - i)) - 1) << 8 | 1 : 0);
		put(&o, 5, 8);                 /* level 4.0, which has a tier */
		put(&o, 1, 0);
	}
	put(&o, 4, 15);
	put(&o, 4, 15);
	put(&o, 16, (unsigned)width - 1);
	put(&o, 16, (unsigned)height - 1);
	put(&o, 1 + 3, 0);
	put(&o, 4, 0);
	put(&o, 1, 1);                         /* order hints */
	put(&o, 2, 0);
	put(&o, 1, 0);                         /* no screen content tools, ever */
	put(&o, 1, 0);
	put(&o, 3, 6);
	put(&o, 3, 0);
	put(&o, 1 + 1 + 1 + 1, 0);
	put(&o, 2, 1);
	put(&o, 1 + 1, 0);
	put(&o, 1, 1);
	memcpy(out, o.data, sizeof(o.data));
	return (o.bits + 7) / 8;
}

/* A shown frame; width 0: the sequence's size. An inter frame that says its size takes it from no reference. */
static size_t frame_header(uint8_t out[64], bool key, int width, int height)
{
	struct out o = { { 0 }, 0 };

	put(&o, 1, 0);
	put(&o, 2, key ? 0 : 1);
	put(&o, 1, 1);
	if (!key)
		put(&o, 1, 0);                 /* error resilience */
	put(&o, 1, 0);
	put(&o, 1, width > 0);
	put(&o, 7, 5);
	if (!key) {
		put(&o, 3, 0);
		put(&o, 8, 1);
		put(&o, 1, 0);
		put(&o, 21, 0);
		put(&o, width ? 7 : 0, 0);
	}
	if (width) {
		put(&o, 16, (unsigned)width - 1);
		put(&o, 16, (unsigned)height - 1);
	}
	put(&o, 32, 0x12345678);
	memcpy(out, o.data, sizeof(o.data));
	return (o.bits + 7) / 8;
}

/* An OBU, with size and layer where asked for; its length. */
static size_t obu(uint8_t *out, unsigned type, const uint8_t *data, size_t len, bool sized, int sid)
{
	size_t n = 1;

	out[0] = (uint8_t)(type << 3 | (sid >= 0 ? 4 : 0) | (sized ? 2 : 0));
	if (sid >= 0)
		out[n++] = (uint8_t)(sid << 3);
	if (sized)
		out[n++] = (uint8_t)len;
	memcpy(out + n, data, len);
	return n + len;
}

/* A letter each: S sequence header (T with three layers), K keyframe, k small keyframe of layer 0, m middle and n top layer, f frame, d delimiter, p
 * padding. */
static size_t make(uint8_t *out, char what, bool sized)
{
	uint8_t h[64] = { 0 };

	switch (what) {
	case 'S':
		return obu(out, AV1_SEQUENCE, h, sequence_header(h, 640, 360, 1), sized, -1);
	case 'T':
		return obu(out, AV1_SEQUENCE, h, sequence_header(h, 640, 360, 3), sized, -1);
	case 'K':
		return obu(out, AV1_FRAME, h, frame_header(h, true, 0, 0), sized, -1);
	case 'k':
		return obu(out, AV1_FRAME, h, frame_header(h, true, 160, 90), sized, 0);
	case 'm':
		return obu(out, AV1_FRAME, h, frame_header(h, false, 320, 180), sized, 1);
	case 'n':
		return obu(out, AV1_FRAME, h, frame_header(h, false, 0, 0), sized, 2);
	case 'f':
		return obu(out, AV1_FRAME, h, frame_header(h, false, 0, 0), sized, -1);
	case 'd':
		return obu(out, AV1_TEMPORAL_DELIMITER, h, 0, sized, -1);
	default:
		return obu(out, AV1_PADDING, (const uint8_t *)"pppp", 4, sized, -1);
	}
}

static size_t make_all(uint8_t *out, const char *what)
{
	size_t n = 0;

	for (; *what; what++)
		n += make(out + n, *what, true);
	return n;
}

static void test_units(void)
{
	static const struct { const char *what; int key, width, height; } rows[] = {
		{ "SK", 1, 640, 360 }, { "Sk", 1, 160, 90 }, { "Tkm", 1, 320, 180 }, { "Tkmn", 1, 640, 360 }, { "Skm", 1, 320, 180 },
		{ "K", 0, 0, 0 }, { "f", 0, 0, 0 }, { "Sf", 0, 0, 0 }, { "S", 0, 0, 0 }, { "dSK", 1, 640, 360 },
	};
	uint8_t data[512];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		int w = 0, h = 0, key = av1_keyframe(data, make_all(data, rows[i].what), &w, &h);

		if (key != rows[i].key || w != rows[i].width || h != rows[i].height)
			TEST_FAIL("%s: %d, %d×%d", rows[i].what, key, w, h);
	}
	for (size_t n = make_all(data, "Tkmn"); n-- > 0;) {
		uint8_t *copy = g_memdup2(data, n + !n);
		int w, h;

		av1_keyframe(copy, n, &w, &h);         /* the sanitizers look */
		g_free(copy);
	}
}

static void test_config(void)
{
	GByteArray *out = g_byte_array_new();
	uint8_t data[256], sequence[64];
	size_t n = make(sequence, 'S', true);

	CHECK_INT(av1_config(data, make_all(data, "SK"), out), 0);
	CHECK_INT(out->len, 4 + n);
	CHECK_INT(memcmp(out->data, (const uint8_t[]){ 0x81, 8, 0x0d, 0 }, 4), 0);
	CHECK_INT(memcmp(out->data + 4, sequence, n), 0);
	CHECK_INT(av1_config(data, make_all(data, "f"), out), -EBADMSG);
	g_byte_array_unref(out);
}

/* ---- packets ---- */

struct seen { char log[256]; uint8_t last[512]; size_t len; int width, height; size_t config; };

static void take_frame(const struct frame *f, void *arg)
{
	struct seen *s = arg;
	size_t at = strlen(s->log);

	snprintf(s->log + at, sizeof(s->log) - at, "%c%d ", f->keyframe ? 'K' : 'f', (int)f->rtp);
	CHECK(f->len <= sizeof(s->last) && f->keyframe == (f->config_len > 4));
	memcpy(s->last, f->data, f->len);
	s->len = f->len;
	s->width = f->width;
	s->height = f->height;
}

static void note_break(const char *reason, void *arg)
{
	struct seen *s = arg;

	g_strlcat(s->log, strcmp(reason, DEPAY_LOST) ? "X " : "! ", sizeof(s->log));
}

/* One packet: timestamp, then OBUs; '/' cuts the one behind it in two and ends the packet, or begins it; flags: . marker, L after a loss, W each
 * element with its length, Z sizes inside too; flags stand behind '-'. */
static size_t payload(uint8_t *out, const char *what, const char *flags)
{
	bool continues = *what == '/', lengths = strchr(flags, 'W'), sized = strchr(flags, 'Z'), goes_on;
	size_t n = strcspn(what, "-"), len = 1;

	what += continues;
	n -= continues;
	goes_on = n && what[n - 1] == '/';
	n -= goes_on;
	out[0] = (uint8_t)((continues ? 0x80 : 0) | (goes_on ? 0x40 : 0) | (lengths ? 0 : n << 4) | (what[0] == 'S' || what[0] == 'T' ? 8 : 0));
	for (size_t i = 0; i < n; i++) {
		uint8_t one[128];
		size_t size = make(one, what[i], sized), from = i == 0 && continues ? 3 : 0, to = goes_on && i + 1 == n ? 3 : size;

		if (lengths || i + 1 < n)
			out[len++] = (uint8_t)(to - from);
		memcpy(out + len, one + from, to - from);
		len += to - from;
	}
	return len;
}

static void feed(struct av1 *v, const char *spec, const struct depay_sink *sink)
{
	uint8_t data[512];
	char *at;
	struct depay_packet p = { .rtp = strtol(spec, &at, 10) };
	const char *flags = strchr(at, '-') ? strchr(at, '-') : "";
	uint8_t *copy;

	p.marker = strchr(flags, '.');
	p.after_loss = strchr(flags, 'L');
	p.len = *at == '-' ? 0 : payload(data, at, flags);
	copy = g_memdup2(data, p.len + !p.len);
	p.payload = copy;
	on_packet(v, &p, sink);
	g_free(copy);
}

static void test_packets(void)
{
	static const struct { const char *what, *packets, *log; } rows[] = {
		{ "one packet", "1SK-. 2f-.", "K1 f2 " },
		{ "with lengths", "1SK-W. 2f-W.", "K1 f2 " },
		{ "with sizes", "1SK-Z. 2f-Z.", "K1 f2 " },
		{ "with a delimiter and padding", "1dSK-. 1p- 2dfp-W.", "K1 f2 " },
		{ "an OBU a packet", "1S- 1K-. 2f-.", "K1 f2 " },
		{ "a fragment", "1SK/- 1/K-. 2f/- 2/f-.", "K1 f2 " },
		{ "a fragment, with lengths", "1SK/-W 1/K-W. 2f-.", "K1 f2 " },
		{ "no marker", "1SK- 2f- 3f-.", "K1 f2 f3 " },
		{ "layers", "1Tk- 1m- 1n-. 2fmn-W.", "K1 f2 " },
		{ "first half lost", "1SK-. 2/f-L. 3f-.", "K1 ! ! f3 " },     /* of the hole, and of what has no start */
		{ "second half lost", "1SK/- 2f-L.", "! ! " },
		{ "second half lost, not said", "1SK/- 2f-.", "! f2 " },
		{ "a fragment of nothing", "1SK-. 2/f-. 3f-.", "K1 ! f3 " },
		{ "a whole one lost", "1SK-. 3f-L. 4SK-.", "K1 ! ! K4 " },
		{ "a keyframe behind a hole", "1SK-. 3SK-L.", "K1 ! K3 " },
		{ "no sequence header: no keyframe", "1K-. 2f-.", "f1 f2 " },
		{ "padding packets", "1SK-. 1- 2f-.", "K1 f2 " },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct seen seen = { .log = "" };
		struct depay_sink sink = { take_frame, note_break, &seen };
		struct av1 v = { .partial = false };
		char **packets = g_strsplit(rows[i].packets, " ", -1);

		for (char **p = packets; *p; p++)
			feed(&v, *p, &sink);
		clear(&v);
		g_strfreev(packets);
		if (strcmp(seen.log, rows[i].log))
			TEST_FAIL("%s: \"%s\", expected \"%s\"", rows[i].what, seen.log, rows[i].log);
	}
}

/* What is written is the same whatever the packets looked like: sizes in it, no delimiters. */
static void test_same_bytes(void)
{
	static const char *const ways[][3] = { { "1Tkmn-ZW." }, { "1Tk-", "1m-", "1n-." }, { "1dTk/-", "1/kmn-." }, { "1Tkm/-W", "1/m-", "1n-Z." } };
	uint8_t want[512];
	size_t len = make_all(want, "Tkmn");

	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
		struct seen seen = { .log = "" };
		struct depay_sink sink = { take_frame, note_break, &seen };
		struct av1 v = { .partial = false };

		for (int k = 0; k < 3 && ways[i][k]; k++)
			feed(&v, ways[i][k], &sink);
		clear(&v);
		CHECK_STR(seen.log, "K1 ");
		CHECK_INT(seen.len, len);
		CHECK_INT(memcmp(seen.last, want, len), 0);
		CHECK(seen.width == 640 && seen.height == 360);
	}
}

static void test_keyframe_starts(void)
{
	static const struct { const char *what, *flags; bool starts; } rows[] = {
		{ "SK", "", true }, { "SK", "W", true }, { "dSK", "", true }, { "SK", "Z", true }, { "S", "", true }, { "Tk", "", true }, { "Sf", "", false },
		{ "f", "", false }, { "K", "", false }, { "/K", "", false }, { "SK/", "", true }, { "dp", "", false },
	};
	uint8_t data[512];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t len = payload(data, rows[i].what, rows[i].flags);

		if (keyframe_starts(data, len) != rows[i].starts)
			TEST_FAIL("%s %s", rows[i].what, rows[i].flags);
		for (size_t n = 0; n < len; n++) {
			uint8_t *copy = g_memdup2(data, n + !n);

			CHECK(!keyframe_starts(copy, n) || rows[i].starts || rows[i].what[0] == 'S');
			g_free(copy);
		}
	}
}

static void test_leb128(void)
{
	static const struct { uint8_t data[9]; size_t len, value; int err; } rows[] = {
		{ { 0 }, 1, 0, 0 }, { { 0x7f }, 1, 127, 0 }, { { 0x80, 1 }, 2, 128, 0 }, { { 0xff, 0xff, 0xff, 0xff, 0x0f }, 5, UINT32_MAX, 0 },
		{ { 0xff, 0xff, 0xff, 0xff, 0x1f }, 5, 0, -EBADMSG }, { { 0x80 }, 1, 0, -EBADMSG }, { { 0 }, 0, 0, -EBADMSG },
		{ { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1 }, 9, 0, -EBADMSG },
	};
	uint8_t out[5];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t at = 0, value = 0;

		CHECK_INT(av1_leb128(rows[i].data, rows[i].len, &at, &value), rows[i].err);
		if (!rows[i].err)
			CHECK(value == rows[i].value && av1_put_leb128(out, value) == at && !memcmp(out, rows[i].data, at));
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_leb128), TEST(test_units), TEST(test_config), TEST(test_packets), TEST(test_same_bytes), TEST(test_keyframe_starts),
	};

	return test_run(tests, G_N_ELEMENTS(tests), argc, argv);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every codec from a tap to chunk files and back to pictures: real encoders' frames are recorded, read with libavformat and decoded, segment by segment,
 * as the composer does; each frame that can be decoded is there once and is the right picture, a change of configuration or size begins a segment, and
 * what is lost or damaged is a gap with its reason.
 */
#include "plugins/capture_thread.c"

#include <errno.h>
#include "test.h"
#include "capture_sim.h"
#include "plugins/rtp.h"
#include "video_stream.h"

static const char *const codecs[] = { "vp8", "vp9", "h264", "av1" };

/* Two streams, one after the other, as packets of one sender. */
struct call {
	struct stream *parts[2];
	int lose;                  /* packet of this number, -1: none */
	int damage;                /* the same: the bitstream's first bytes are wrong */
	int64_t start_us;          /* capture time of frame 0 */
	bool got[2 * FRAMES];
	int frames, wrong;
};

static struct capture *cap;
static struct sender audio;
static struct tap *tap;
static int recordings;
static bool damage_ones;       /* zeros are what no header of H.264 begins with, ones what none of the others does */

static void put_rtp(const struct sent *p, uint16_t seq, uint32_t ts, bool damaged, int64_t now_us)
{
	uint8_t pkt[RTP_HEADER + PACKETISE_MAX] = { 0x80, (uint8_t)(p->marker << 7 | 96) };

	put_be(pkt + 2, seq, 2);
	put_be(pkt + 4, ts, 4);
	put_be(pkt + 8, 0x3333, 4);
	memcpy(pkt + RTP_HEADER, p->data, p->len);
	for (size_t i = 8; damaged && i < p->len && i < 40; i++)
		pkt[RTP_HEADER + i] = (uint8_t)(damage_ones ? 0x80 | (pkt[RTP_HEADER + i] ^ 0x5a) : 0);
	tap_rtp(tap, pkt, RTP_HEADER + p->len, now_us);
}

static void advance_to(int64_t end_us)
{
	while (sim_clock() < end_us) {
		int64_t now_us = atomic_fetch_add(&sim_us, 1000) + 1000;

		sender_run(&audio, now_us);
		if (now_us % TICK_US == 0)
			tick_all(now_us);
	}
}

/* Sends every frame when its time has come. */
static void send_all(struct call *c)
{
	uint16_t seq = 65500;
	int number = 0;

	c->start_us = sim_clock();
	for (int part = 0; part < 2 && c->parts[part]; part++) {
		const struct stream *s = c->parts[part];

		for (int i = 0; i < s->nsent; i++) {
			int frame = s->sent[i].frame + part * FRAMES;

			advance_to(c->start_us + (int64_t)frame * 1000000 / 30);
			if (number != c->lose)
				put_rtp(&s->sent[i], seq, (uint32_t)frame * STEP, number == c->damage, sim_clock());
			seq++;
			number++;
		}
	}
}

static void begin(char id[ID_SIZE], const char *codec)
{
	struct capture_conf conf = { .settings = &sim_settings, .recording_id = id, .room = "demo", .call_id = "call_demo_1_aaaaaa", .title = "T",
				     .layout = "grid", .seq = 2 };
	struct tap_conf tc = { .codec = codec, .rate_hz = 90000 };

	snprintf(id, ID_SIZE, "rec_demo_1760000000000_aaaa%c%c", 'a' + recordings / 26, 'a' + recordings % 26);
	recordings++;
	sender_init(&audio, false);
	CHECK_INT(tap_create(&tap, &tc), 0);
	CHECK_INT(capture_create(&cap, &conf), 0);
	capture_joined(cap, "user1", "ann@example.org", "Ann", "host");
	CHECK_INT(capture_add(cap, "user1", "audio", audio.tap), 0);
	CHECK_INT(capture_add(cap, "user1", "video", tap), 0);
	advance_to(sim_clock() + 500000);
}

static void end_and_read(const char *id)
{
	struct capture_result r;

	advance_to(sim_clock() + 300000);
	capture_end(cap);
	advance_to(sim_clock() + 600000);
	CHECK_INT(capture_stop(&cap, 6, "host", NULL, &r), 0);
	sender_done(&audio);
	tap_unref(&tap);
	read_recording(id);
}

static void record(struct call *c, const char *codec)
{
	char id[ID_SIZE];

	begin(id, codec);
	send_all(c);
	end_and_read(id);
}

/* ---- reading back ---- */

struct reading { AVCodecContext *decoder; int64_t segment; };

/* The frame at that time of the recording: frames come every 33 ms, and the recording's clock is the arrival's. */
static int number_at(const struct call *c, uint32_t hash)
{
	for (int part = 0; part < 2 && c->parts[part]; part++)
		for (int i = 0; i < FRAMES; i++)
			if (c->parts[part]->hash[i] == hash && !c->got[part * FRAMES + i])
				return part * FRAMES + i;
	return -1;
}

static void read_frame(struct call *c, struct reading *r, const AVPacket *p, int *last)
{
	int width, height, number = -1;
	uint32_t hash = 0;

	if (decode(r->decoder, p->data, (size_t)p->size, &hash, &width, &height) >= 1)
		number = number_at(c, hash);
	if (number <= *last) {
		c->wrong++;
		return;
	}
	*last = number;
	c->got[number] = true;
	c->frames++;
}

static void read_file(struct call *c, struct reading *r, const char *path, int64_t segment, int *last)
{
	const AVCodecParameters *par;
	AVFormatContext *f = NULL;
	AVPacket *p = av_packet_alloc();
	GBytes *config;

	CHECK_INT(avformat_open_input(&f, path, NULL, NULL), 0);
	par = f->streams[0]->codecpar;
	if (segment != r->segment) {
		avcodec_free_context(&r->decoder);
		config = par->extradata_size ? g_bytes_new(par->extradata, (gsize)par->extradata_size) : NULL;
		r->decoder = decoder(avcodec_get_name(par->codec_id), config);
		g_clear_pointer(&config, g_bytes_unref);
		r->segment = segment;
	}
	while (av_read_frame(f, p) >= 0) {
		read_frame(c, r, p, last);
		av_packet_unref(p);
	}
	av_packet_free(&p);
	avformat_close_input(&f);
}

/* Decodes the video chunks in the order of the timeline; returns how many segments there are. */
static int read_pictures(struct call *c)
{
	g_autofree char *dir = g_build_filename(sim_root, str_of(json_array_get(sim_lines, 0), "recording"), "chunks", NULL);
	struct reading r = { .segment = -1 };
	int last = -1;
	size_t i;
	json_t *o;

	json_array_foreach(sim_lines, i, o) {
		g_autofree char *path = g_build_filename(dir, str_of(o, "file"), NULL);

		if (!strcmp(str_of(o, "type"), "chunk") && !strcmp(str_of(o, "source"), "video"))
			read_file(c, &r, path, int_of(o, "segment"), &last);
	}
	avcodec_free_context(&r.decoder);
	return (int)r.segment + 1;
}

static json_t *video_segment(int n)
{
	size_t i;
	json_t *o;

	json_array_foreach(sim_lines, i, o) {
		if (!strcmp(str_of(o, "type"), "segment") && !strcmp(str_of(o, "source"), "video") && int_of(o, "segment") == n)
			return o;
	}
	TEST_FAIL("no segment %d", n);
	return NULL;
}

static struct stream *packed(const char *name)
{
	struct stream *s = stream_new(name);

	pack(s, (struct packetise){ .mtu = 1000 }, false);
	return s;
}

static void call_free(struct call *c)
{
	for (int i = 0; i < 2; i++) {
		if (c->parts[i])
			stream_free(c->parts[i]);
	}
}

/* Number of the packet that is the n-th one of a frame. */
static int packet_of(const struct stream *s, int frame, int n)
{
	for (int i = 0; i < s->nsent; i++) {
		if (s->sent[i].frame == frame)
			return i + n;
	}
	return -1;
}

/* ---- the tests ---- */

static void test_whole(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
		struct call c = { .parts = { packed(codecs[i]) }, .lose = -1, .damage = -1 };
		const char *ext = strcmp(codecs[i], "h264") ? ".webm" : ".mkv";

		record(&c, codecs[i]);
		CHECK_INT(read_pictures(&c), 1);
		printf("%s: %d of %d frames, %d wrong, chunks are %s\n", codecs[i], c.frames, FRAMES, c.wrong, ext);
		CHECK_INT(c.wrong, 0);
		CHECK_INT(c.frames, FRAMES);
		CHECK_STR(str_of(video_segment(0), "codec"), codecs[i]);
		CHECK_INT(int_of(video_segment(0), "width"), WIDTH);
		CHECK_INT(lines_of("gap", NULL, NULL), 0);
		CHECK(lines_of("chunk", "source", "video") >= 2);
		for (size_t k = 0; k < json_array_size(sim_lines); k++) {
			json_t *o = json_array_get(sim_lines, k);

			if (!strcmp(str_of(o, "type"), "chunk") && !strcmp(str_of(o, "source"), "video"))
				CHECK(g_str_has_suffix(str_of(o, "file"), ext));
		}
		call_free(&c);
	}
}

/* Another SPS of the same size: one decoder, set up once, would not do. */
static void test_other_config(void)
{
	struct call c = { .parts = { packed("h264"), packed("h264-main") }, .lose = -1, .damage = -1 };

	record(&c, "h264");
	CHECK_INT(read_pictures(&c), 2);
	CHECK_STR(str_of(video_segment(1), "reason"), "codec");
	CHECK_INT(c.wrong, 0);
	CHECK_INT(c.frames, 2 * FRAMES);
	CHECK_INT(lines_of("gap", NULL, NULL), 0);
	call_free(&c);
}

/* The timeline is gone: the files alone say what they are. */
static void test_recovered(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
		struct call c = { .parts = { packed(codecs[i]) }, .lose = -1, .damage = -1 };
		g_autofree char *id = NULL, *path = NULL;
		struct capture_result r;

		record(&c, codecs[i]);
		id = g_strdup(str_of(json_array_get(sim_lines, 0), "recording"));
		path = g_build_filename(sim_root, id, "timeline.jsonl", NULL);
		CHECK_INT(unlink(path), 0);
		CHECK_INT(capture_recover(&sim_settings, id, &r), 0);
		CHECK_INT(r.tracks, 2);
		read_recording(id);
		CHECK_STR(str_of(video_segment(0), "codec"), codecs[i]);
		CHECK_INT(int_of(video_segment(0), "width"), WIDTH);
		CHECK_INT(read_pictures(&c), 1);
		CHECK_INT(c.wrong, 0);
		CHECK_INT(c.frames, FRAMES);
		call_free(&c);
	}
}

/* A packet of a frame is lost: nothing until the next keyframe, and a gap that says so. */
static void test_lost(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
		struct call c = { .parts = { packed(codecs[i]) }, .damage = -1 };
		int from = GOP + 5;

		c.lose = packet_of(c.parts[0], from, 0);
		record(&c, codecs[i]);
		read_pictures(&c);
		CHECK_INT(c.wrong, 0);
		for (int k = 0; k < FRAMES; k++)
			CHECK_INT(c.got[k], k < from || k >= 2 * GOP);
		CHECK_INT(lines_of("gap", "reason", "lost"), lines_of("gap", NULL, NULL));
		CHECK(lines_of("gap", "source", "video") >= 1);
		call_free(&c);
	}
}

/* A keyframe whose headers are garbage is not recorded, nor what rests on it. */
static void test_damaged(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
		struct call c = { .parts = { packed(codecs[i]) }, .lose = -1 };

		c.damage = packet_of(c.parts[0], GOP, 0);
		damage_ones = strcmp(codecs[i], "h264");
		record(&c, codecs[i]);
		read_pictures(&c);
		if (c.wrong || !lines_of("gap", "reason", "decode") || c.frames != FRAMES - GOP)
			TEST_FAIL("%s: %d frames, %d wrong, %d gaps of that reason", codecs[i], c.frames, c.wrong, lines_of("gap", "reason", "decode"));
		for (int k = 0; k < FRAMES; k++)
			CHECK_INT(c.got[k], k < GOP || k >= 2 * GOP);
		call_free(&c);
	}
}

/* Nothing is said, so nothing is sent: a hole in time without one in the numbers is silence, and no loss. */
static void test_silence(void)
{
	int64_t before_ms = -1, after_ms = -1;
	uint32_t stopped;
	char id[ID_SIZE];

	begin(id, "vp8");
	audio.silent = true;
	stopped = audio.number;
	advance_to(sim_clock() + 3000000);
	audio.silent = false;
	advance_to(sim_clock() + 500000);
	end_and_read(id);
	for (guint i = 0; i < sim_got->len; i++) {
		const struct got *g = &g_array_index(sim_got, struct got, i);

		before_ms = g->number == stopped - 1 ? g->pts : before_ms;
		after_ms = g->number == stopped ? g->pts : after_ms;
	}
	CHECK_INT(lines_of("gap", NULL, NULL), 0);
	CHECK_INT(lines_of("segment", "source", "audio"), 1);
	CHECK(before_ms > 0);
	CHECK_NEAR(after_ms - before_ms, 3020, 20);
}

int main(int argc, char **argv)
{
	static const struct test tests[] = { TEST(test_whole), TEST(test_other_config), TEST(test_recovered), TEST(test_lost), TEST(test_damaged), TEST(test_silence) };
	int err;

	if (!mkdtemp(sim_root))
		return 1;
	umask(077);
	av_log_set_level(AV_LOG_QUIET);
	sim_settings = (struct settings){ .recordings = sim_root, .chunk_ms = 1000, .reorder_ms = 500, .stall_budget_ms = 10000,
					  .durability = DURABILITY_NONE };
	rec_clock_us = sim_clock;
	/* The test is the capture thread. */
	cond_init(&engine.cond);
	engine.captures = g_ptr_array_new();
	if (writer_init())
		return 1;
	err = test_run(tests, G_N_ELEMENTS(tests), argc, argv);
	writer_exit();
	g_ptr_array_unref(engine.captures);
	json_decref(sim_lines);
	if (sim_got)
		g_array_unref(sim_got);
	if (!getenv("KEEP"))
		fs_remove_tree(sim_root);
	return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MP4 as players want it, each property read back from the boxes themselves (box_read.h): no Apple player is at hand to ask.
 */
#include <libavcodec/avcodec.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/lib/make_recording.h"
#include "tests/unit/box_read.h"
#include "tests/unit/test.h"
#include "postprocess/mux_mp4.c"
#include "postprocess/encode_video.h"

enum { FPS = 30, SEGMENT = 30, AAC_FRAME = 1024, PADDING = 1024 };
static const int64_t FIRST_SOUND = -PADDING;

static const struct output_spec spec = { .width = 320, .height = 180, .fps = FPS, .video_bitrate = 300000, .segment_ms = 1000, .format = "mp4", .fit = "fill" };

struct file {
	char *dir, *text;
	gsize size;
	struct box all, moov, mdat;
	struct sink_result result;
};

static AVCodecParameters *aac(void)
{
	AVCodecParameters *par = avcodec_parameters_alloc();

	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = AV_CODEC_ID_AAC;
	par->sample_rate = 48000;
	par->frame_size = AAC_FRAME;
	par->initial_padding = PADDING;
	par->bit_rate = 96000;
	av_channel_layout_default(&par->ch_layout, 2);
	par->extradata = av_mallocz(2 + AV_INPUT_BUFFER_PADDING_SIZE);
	memcpy(par->extradata, "\x11\x90", 2);         /* AAC-LC, 48 kHz, stereo */
	par->extradata_size = 2;
	return par;
}

static void put(void *mux, enum sink_track track, int64_t pts, int64_t duration, bool key, const void *data, int size)
{
	AVPacket *pkt = av_packet_alloc();

	CHECK_INT(av_new_packet(pkt, size), 0);
	memcpy(pkt->data, data, (size_t)size);
	pkt->pts = pkt->dts = pts;
	pkt->duration = duration;
	pkt->flags = key ? AV_PKT_FLAG_KEY : 0;
	CHECK_INT(mux_mp4_write(mux, pkt, track), 0);
	av_packet_free(&pkt);
}

/** Sound until t in ms, of which a frame holds its number. */
static void put_sound(void *mux, int64_t *n, int64_t until_ms, int64_t end_ms)
{
	for (; FIRST_SOUND + *n * AAC_FRAME < until_ms * 48; ++*n) {
		int64_t pts = FIRST_SOUND + *n * AAC_FRAME;
		uint32_t data[3] = { GUINT32_TO_BE((guint32)*n), 0, 0 };

		put(mux, SINK_AUDIO, pts, MIN(AAC_FRAME, end_ms * 48 - pts), true, data, sizeof(data));
	}
}

/** Ticks from frame n on to the next, or to the end. */
static int64_t ticks_at(int64_t n, int64_t end_ms)
{
	return MIN(SINK_TICKS, end_ms * FPS - n * SINK_TICKS);
}

static void encode_segment(void *mux, int64_t from, int64_t to, int64_t end_ms, int64_t *sound)
{
	GPtrArray *packets = g_ptr_array_new();
	struct video_encoder *e = NULL;

	CHECK_INT(video_encoder_create(&e, "h264", &spec), 0);
	for (int64_t n = from; n < to; n++) {
		AVFrame *f = av_frame_alloc();

		f->format = AV_PIX_FMT_YUV420P;
		f->width = spec.width;
		f->height = spec.height;
		CHECK_INT(av_frame_get_buffer(f, 0), 0);
		for (int p = 0; p < 3; p++)
			for (int y = 0; y < (p ? 90 : 180); y++)
				for (int x = 0; x < (p ? 160 : 320); x++)
					f->data[p][y * f->linesize[p] + x] = (uint8_t)(p ? 128 : x * 3 + y + n * 4);
		f->pts = n;
		CHECK_INT(video_encoder_put(e, f, packets), 0);
		av_frame_free(&f);
	}
	CHECK_INT(video_encoder_put(e, NULL, packets), 0);
	CHECK_INT(packets->len, to - from);
	for (guint i = 0; i < packets->len; i++) {
		AVPacket *pkt = packets->pdata[i];

		CHECK_INT(pkt->pts, from + i);         /* no frame waits for a later one */
		put_sound(mux, sound, pkt->pts * 1000 / FPS, end_ms);
		put(mux, SINK_VIDEO, pkt->pts * SINK_TICKS, ticks_at(pkt->pts, end_ms), pkt->flags & AV_PKT_FLAG_KEY, pkt->data, pkt->size);
		av_packet_free(&pkt);
	}
	g_ptr_array_unref(packets);
	video_encoder_unref(&e);
}

static void open_mux(void **mux, const char *dir, bool picture)
{
	AVCodecParameters *video = avcodec_parameters_alloc(), *audio = aac();
	struct sink_conf conf = { dir, "output.mp4", picture ? video : NULL, audio, FPS, "Weekly" };

	CHECK_INT(video_encoder_parameters(video, "h264", &spec), 0);
	CHECK_INT(mux_mp4_open(mux, &conf), 0);
	avcodec_parameters_free(&video);
	avcodec_parameters_free(&audio);
}

static void read_back(struct file *f)
{
	g_autofree char *path = g_build_filename(f->dir, "output.mp4", NULL);

	CHECK(g_file_get_contents(path, &f->text, &f->size, NULL));
	f->all = (struct box){ (const uint8_t *)f->text, f->size };
	f->moov = box_child(f->all, 0, "moov", 0);
	f->mdat = box_child(f->all, 0, "mdat", 0);
	CHECK(f->moov.data && f->mdat.data);
}

static struct file finish_file(void *mux, char *dir)
{
	struct file f = { .dir = dir };
	g_autofree char *path = g_build_filename(dir, "output.mp4", NULL);

	CHECK_INT(mux_mp4_finish(mux, 0, &f.result), 0);
	CHECK(access(path, F_OK) < 0);         /* nothing under the final name that is not whole and durable */
	CHECK_INT(mux_mp4_publish(mux), 0);
	read_back(&f);
	CHECK_INT(f.result.size, f.size);
	mux_mp4_close(mux);
	return f;
}

static void drop(struct file *f)
{
	g_free(f->text);
	make_remove(&f->dir);
}

static struct file encoded(int64_t end_ms)
{
	char *dir = make_scratch("mp4");
	int64_t sound = 0, frames = (end_ms * FPS + 999) / 1000;
	void *mux = NULL;

	open_mux(&mux, dir, true);
	for (int64_t n = 0; n < frames; n += SEGMENT)
		encode_segment(mux, n, MIN(n + SEGMENT, frames), end_ms, &sound);
	put_sound(mux, &sound, end_ms, end_ms);
	return finish_file(mux, dir);
}

static struct box table(const struct file *f, int track, const char *name)
{
	g_autofree char *path = g_strconcat("trak/mdia/minf/stbl/", name, NULL);

	return box_at(f->moov, path, track);
}

/* ---- the properties ---- */

static void check_front(const struct file *f)
{
	CHECK(!memcmp(f->text + 4, "ftyp", 4));
	CHECK(f->moov.data < f->mdat.data);
	CHECK(box_child(f->all, 0, "free", 0).data < f->mdat.data);
	CHECK(f->mdat.data + f->mdat.size == f->all.data + f->all.size);
}

static void check_codec(const struct file *f)
{
	struct box avc1 = box_child(table(f, 0, "stsd"), 8, "avc1", 0), avcc = box_child(avc1, 78, "avcC", 0), colr = box_child(avc1, 78, "colr", 0);

	CHECK_INT(box_number(avc1, 24, 2), spec.width);
	CHECK_INT(box_number(avc1, 26, 2), spec.height);
	CHECK_INT(box_number(avcc, 0, 1), 1);
	CHECK_INT(box_number(avcc, 1, 1), 100);        /* High */
	CHECK(box_number(avcc, 3, 1) <= 41);
	CHECK_INT(box_number(avcc, 4, 1) & 3, 3);      /* lengths of four bytes */
	CHECK_INT(box_number(avcc, avcc.size - 4, 4), 0xfdf8f800);     /* 4:2:0, 8 bits */
	CHECK(!memcmp(colr.data, "nclx", 4));
	CHECK_INT(box_number(colr, 4, 2), 1);
	CHECK_INT(box_number(colr, 6, 2), 1);
	CHECK_INT(box_number(colr, 8, 2), 1);
	CHECK_INT(box_number(colr, 10, 1), 0);         /* limited range */
}

static void check_times(const struct file *f, int64_t end_ms)
{
	struct box stts = table(f, 0, "stts"), stss = table(f, 0, "stss"), elst = box_at(f->moov, "trak/edts/elst", 0);
	int64_t frames = (end_ms * FPS + 999) / 1000;

	CHECK_INT(box_number(box_at(f->moov, "mvhd", 0), 20, 4), 1000);
	CHECK_INT(box_number(box_at(f->moov, "mvhd", 0), 24, 8), end_ms);
	CHECK_INT(box_number(box_at(f->moov, "trak/mdia/mdhd", 0), 20, 4), FPS * SINK_TICKS);
	CHECK_INT(box_number(stts, 4, 4), 1);          /* one row: a constant frame rate */
	CHECK_INT(box_number(stts, 8, 4), frames);
	CHECK_INT(box_number(stts, 12, 4), SINK_TICKS);
	CHECK(!table(f, 0, "ctts").data);              /* shown in the order of decoding */
	CHECK_INT(box_number(stss, 4, 4), (frames + SEGMENT - 1) / SEGMENT);
	for (uint64_t i = 0; i < box_number(stss, 4, 4); i++)
		CHECK_INT(box_number(stss, 8 + 4 * i, 4), 1 + i * SEGMENT);
	CHECK_INT(box_number(elst, 8, 8), end_ms);
	CHECK_INT(box_number(elst, 16, 8), 0);
}

static void check_sound(const struct file *f, int track, int64_t end_ms)
{
	struct box mp4a = box_child(table(f, track, "stsd"), 8, "mp4a", 0), esds = box_child(mp4a, 28, "esds", 0), elst = box_at(f->moov, "trak/edts/elst", track);
	struct box stts = table(f, track, "stts");

	CHECK_INT(box_number(mp4a, 16, 2), 2);
	CHECK_INT(box_number(mp4a, 24, 4), 48000u << 16);
	CHECK(memmem(esds.data, esds.size, "\x05\x02\x11\x90", 4));
	CHECK_INT(box_number(esds, 4 + 5 + 2, 1), 0x40);
	CHECK_INT(box_number(box_at(f->moov, "trak/mdia/mdhd", track), 20, 4), 48000);
	CHECK_INT(box_number(stts, 4, 4), 1);
	CHECK_INT(box_number(stts, 12, 4), AAC_FRAME);
	CHECK_INT(box_number(elst, 8, 8), end_ms);     /* the end of what is heard */
	CHECK_INT(box_number(elst, 16, 8), PADDING);   /* the encoder's padding is skipped */
	CHECK_INT((int16_t)box_number(table(f, track, "sgpd"), 16, 2), -1);
}

/** Calls `each` with every frame of a track as the tables lead to it. */
static int walk(const struct file *f, int track, void (*each)(const uint8_t *data, size_t size, int n, void *arg), void *arg)
{
	struct box stsz = table(f, track, "stsz"), stsc = table(f, track, "stsc"), stco = table(f, track, "stco");
	uint64_t row = 0, n = 0, chunks = box_number(stco, 4, 4), rows = box_number(stsc, 4, 4);

	for (uint64_t c = 0; c < chunks; c++) {
		uint64_t at = box_number(stco, 8 + 4 * c, 4);

		while (row + 1 < rows && box_number(stsc, 8 + 12 * (row + 1), 4) <= c + 1)
			row++;
		for (uint64_t k = 0; k < box_number(stsc, 12 + 12 * row, 4); k++, n++) {
			uint64_t size = box_number(stsz, 12 + 4 * n, 4);

			CHECK(f->all.data + at >= f->mdat.data && at + size <= f->size);
			each(f->all.data + at, size, (int)n, arg);
			at += size;
		}
	}
	CHECK_INT(n, box_number(stsz, 8, 4));
	return (int)n;
}

static void check_units(const uint8_t *data, size_t size, int n, void *arg)
{
	int want = n % SEGMENT ? 1 : 5;

	(void)arg;
	for (size_t at = 0; at < size;) {
		size_t len = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];

		CHECK(len && at + 4 + len <= size);
		CHECK_INT(data[at + 4] & 31, want);    /* nothing but slices: a keyframe that closes what was before, or not */
		at += 4 + len;
	}
}

static void check_number(const uint8_t *data, size_t size, int n, void *arg)
{
	uint32_t be;

	(void)arg;
	CHECK_INT(size, 12);
	memcpy(&be, data, sizeof(be));
	CHECK_INT(GUINT32_FROM_BE(be), n);
}

static void test_structure(void)
{
	struct file f = encoded(2210);

	check_front(&f);
	check_codec(&f);
	check_times(&f, 2210);
	check_sound(&f, 1, 2210);
	CHECK_INT(walk(&f, 0, check_units, NULL), 67);
	walk(&f, 1, check_number, NULL);
	CHECK(memmem(f.text, f.size, "\251nam", 4) && memmem(f.text, f.size, "Weekly", 6));
	drop(&f);
}

static void test_same_again(void)
{
	struct file a = encoded(1400), b = encoded(1400);

	CHECK_INT(a.size, b.size);
	CHECK(!memcmp(a.text, b.text, a.size));
	drop(&a);
	drop(&b);
}

/* ---- long ones, of frames without a picture ---- */

static struct file long_one(int seconds, bool picture)
{
	static const uint8_t key[] = { 0, 0, 0, 1, 0x65, 1, 2, 3 }, other[] = { 0, 0, 1, 0x41, 9 };
	char *dir = make_scratch("mp4");
	int64_t sound = 0, end_ms = seconds * 1000LL;
	void *mux = NULL;

	open_mux(&mux, dir, picture);
	for (int64_t n = 0; n < seconds * FPS; n++) {
		bool k = n % SEGMENT == 0;

		put_sound(mux, &sound, n * 1000 / FPS, end_ms);
		if (picture)
			put(mux, SINK_VIDEO, n * SINK_TICKS, ticks_at(n, end_ms), k, k ? key : other, k ? sizeof(key) : sizeof(other));
	}
	put_sound(mux, &sound, end_ms, end_ms);
	return finish_file(mux, dir);
}

/** The list's hash over blocks of 8 MiB, from the file. */
static void check_digest(const struct file *f)
{
	g_autofree char *path = g_build_filename(f->dir, "output.mp4", NULL);
	struct checksum *c = checksum_create();
	FILE *file = fopen(path, "rb");

	CHECK_INT(checksum_again(c, fileno(file)), 0);
	CHECK_INT(checksum_finish(c, fileno(file)), 0);
	CHECK_STR(checksum_list(c), f->result.digest);
	checksum_unref(&c);
	fclose(file);
}

/** The index outgrows its reserve twice; all is where the tables say, and moov is still in front. */
static void test_grows(void)
{
	struct file f = long_one(600, true);

	check_front(&f);
	check_times(&f, 600000);
	check_sound(&f, 1, 600000);
	CHECK(f.mdat.data - f.all.data > RESERVE * RESERVE_GROWTH);
	CHECK_INT(walk(&f, 0, check_units, NULL), 600 * FPS);
	walk(&f, 1, check_number, NULL);
	check_digest(&f);
	drop(&f);
}

static void test_sound_only(void)
{
	struct file f = long_one(3, false);

	check_front(&f);
	CHECK(!memcmp(f.text + 8, "M4A ", 4));
	CHECK(!box_at(f.moov, "trak", 1).data);
	check_sound(&f, 0, 3000);
	walk(&f, 0, check_number, NULL);
	drop(&f);
}

/** Given up before the end: nothing stays. */
static void test_given_up(void)
{
	char *dir = make_scratch("mp4");
	void *mux = NULL;
	int64_t sound = 0;

	open_mux(&mux, dir, true);
	put_sound(mux, &sound, 2000, 2000);
	mux_mp4_close(mux);
	CHECK_INT(rmdir(dir), 0);
	make_remove(&dir);
}

/** Levels by size and rate, none above 4.1. */
static void test_levels(void)
{
	static const struct { int w, h, fps, bitrate, most; } rows[] = {
		{ 640, 360, 30, 600000, 30 }, { 1280, 720, 30, 1500000, 31 }, { 1280, 720, 60, 3000000, 32 }, { 1920, 1080, 30, 4000000, 40 },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct output_spec s = spec;
		AVCodecParameters *par = avcodec_parameters_alloc();
		GByteArray *avcc = g_byte_array_new();
		char why[200];

		s.width = rows[i].w;
		s.height = rows[i].h;
		s.fps = rows[i].fps;
		s.video_bitrate = rows[i].bitrate;
		s.audio_bitrate = 96000;
		CHECK_INT(output_spec_check(&s, why, sizeof(why)), 0);
		CHECK_INT(video_encoder_parameters(par, "h264", &s), 0);
		CHECK_INT(avc_config(avcc, par->extradata, (size_t)par->extradata_size), 0);
		if (avcc->data[3] > rows[i].most)
			TEST_FAIL("%d×%d at %d: level %d", s.width, s.height, s.fps, avcc->data[3]);
		g_byte_array_unref(avcc);
		avcodec_parameters_free(&par);
	}
}

int main(int argc, char **argv)
{
	static const struct test tests[] = {
		TEST(test_structure), TEST(test_same_again), TEST(test_grows), TEST(test_sound_only), TEST(test_given_up), TEST(test_levels),
	};

	av_log_set_level(AV_LOG_WARNING);
	return test_run(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}

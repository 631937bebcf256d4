/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Senders of numbered media on a clock of the test's own, and a reader that knows what must have become of them. Included by tests of capture after
 * the .c under test.
 */
#pragma once
#include <dirent.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <libavformat/avformat.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/chain.h"
#include "common/ebml.h"
#include "common/fsio.h"
#include "common/timeline.h"

enum { NTP_BASE_S = 3900000000u, LATENCY_US = 30000, SIM_FRAMES = 40000 };
#define SIM_START INT64_C(5000000000)

static _Atomic int64_t sim_us = SIM_START;

static int64_t sim_clock(void)
{
	return atomic_load(&sim_us);
}

/* A packet on its way. */
struct flight {
	int64_t arrival_us;
	size_t len;
	bool report;
	uint32_t ntp_msw, ntp_lsw, rtp;
	uint8_t data[1500];
};

struct sender {
	struct tap *tap;
	bool video, silent;        /* silent: sends nothing */
	unsigned rate_hz;
	int64_t period_us, next_us, report_us, skew_us;
	uint32_t ssrc, ts0;
	uint16_t seq;
	int width, height;
	uint32_t number, key_every;
	_Atomic int want_key;
	_Atomic int keyframe_requests;
	size_t frame_size;
	/** What the network does to a packet: arrival_us to change, false to lose it. */
	bool (*network)(struct sender *s, uint16_t seq, int64_t *arrival_us, bool *twice);
	/** How a packet is put before it is sent (may be NULL). */
	void (*wrap)(struct sender *s, struct flight *f);
	GQueue flights;            /* sorted by arrival */
	int64_t captured_us[SIM_FRAMES];   /* of frame number n */
	bool key[SIM_FRAMES];
};

static void sim_want(void *arg, enum tap_want how)
{
	struct sender *s = arg;

	(void)how;

	s->keyframe_requests++;
	atomic_store(&s->want_key, 1);
}

static void sender_init(struct sender *s, bool video)
{
	struct tap_conf conf = { .codec = video ? "vp8" : "opus", .rate_hz = video ? 90000 : 48000, .channels = video ? 0 : 2,
				 .want_keyframe = sim_want, .arg = s };

	memset(s, 0, sizeof(*s));
	s->video = video;
	s->rate_hz = conf.rate_hz;
	s->period_us = video ? 33333 : 20000;
	s->next_us = s->report_us = sim_clock() + 7000;
	s->ssrc = video ? 0x1111 : 0x2222;
	s->seq = 65000;
	s->ts0 = UINT32_MAX - conf.rate_hz;    /* wraps after a second */
	s->width = 640;
	s->height = 480;
	s->frame_size = video ? 3000 : 90;
	s->want_key = 1;
	g_queue_init(&s->flights);
	if (tap_create(&s->tap, &conf))
		abort();
}

static void sender_done(struct sender *s)
{
	g_queue_clear_full(&s->flights, g_free);
	tap_unref(&s->tap);
}

static gint by_arrival(gconstpointer a, gconstpointer b, gpointer unused)
{
	int64_t x = ((const struct flight *)a)->arrival_us, y = ((const struct flight *)b)->arrival_us;

	(void)unused;
	return (x > y) - (x < y);
}

static void put_be(uint8_t *p, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

static uint32_t sender_rtp(const struct sender *s, int64_t at_us)
{
	return s->ts0 + (uint32_t)((at_us - SIM_START) * s->rate_hz / 1000000);
}

static void launch(struct sender *s, const uint8_t *payload, size_t len, int64_t at_us, bool marker, bool padding)
{
	struct flight *f = g_new0(struct flight, 1);
	uint16_t seq = s->seq++;
	bool twice = false;

	f->arrival_us = at_us + LATENCY_US;
	f->data[0] = padding ? 0xa0 : 0x80;
	f->data[1] = (uint8_t)(marker << 7 | 96);
	put_be(f->data + 2, seq, 2);
	put_be(f->data + 4, sender_rtp(s, at_us), 4);
	put_be(f->data + 8, s->ssrc, 4);
	memcpy(f->data + 12, payload, len);
	f->len = 12 + len;
	if (s->wrap)
		s->wrap(s, f);
	if (s->network && !s->network(s, seq, &f->arrival_us, &twice)) {
		g_free(f);
		return;
	}
	g_queue_insert_sorted(&s->flights, f, by_arrival, NULL);
	if (twice) {
		f = g_memdup2(f, sizeof(*f));
		f->arrival_us += 15000;
		g_queue_insert_sorted(&s->flights, f, by_arrival, NULL);
	}
}

static void send_report(struct sender *s, int64_t at_us)
{
	struct flight *f = g_new0(struct flight, 1);
	int64_t sender_us = at_us - SIM_START;

	f->report = true;
	f->arrival_us = at_us + LATENCY_US;
	f->ntp_msw = NTP_BASE_S + (uint32_t)(sender_us / 1000000);
	f->ntp_lsw = (uint32_t)(((uint64_t)(sender_us % 1000000) << 32) / 1000000);
	f->rtp = sender_rtp(s, at_us);
	g_queue_insert_sorted(&s->flights, f, by_arrival, NULL);
}

static void send_audio(struct sender *s)
{
	uint8_t payload[1200] = { 0x78 };      /* one frame of 20 ms */

	put_be(payload + 1, s->number, 4);
	launch(s, payload, s->frame_size, s->next_us, false, false);
}

static void send_video(struct sender *s, bool key)
{
	uint8_t frame[SIM_FRAMES] = { key ? 0x10 : 0x11, 0, 0 }, payload[1200] = { 0 };
	uint8_t head[] = { 0x9d, 0x01, 0x2a, (uint8_t)s->width, (uint8_t)(s->width >> 8), (uint8_t)s->height, (uint8_t)(s->height >> 8) };

	if (key)
		memcpy(frame + 3, head, sizeof(head));
	put_be(frame + 10, s->number, 4);
	for (size_t i = 14; i < s->frame_size; i++)
		frame[i] = (uint8_t)(i * 7 + s->number);
	for (size_t at = 0; at < s->frame_size; at += 1000) {
		size_t n = MIN(1000, s->frame_size - at);

		payload[0] = (uint8_t)(0x80 | (at == 0 ? 0x10 : 0));
		payload[1] = 0x80;
		put_be(payload + 2, 0x8000 | (s->number & 0x7fff), 2);
		memcpy(payload + 4, frame + at, n);
		launch(s, payload, 4 + n, s->next_us, at + n >= s->frame_size, false);
	}
}

static void send_frame(struct sender *s)
{
	bool key = s->video && (atomic_exchange(&s->want_key, 0) || (s->key_every && s->number % s->key_every == 0));

	s->captured_us[s->number] = s->next_us;
	s->key[s->number] = key;
	if (s->video)
		send_video(s, key);
	else
		send_audio(s);
	s->number++;
}

/* Sends and delivers what is due. */
static void sender_run(struct sender *s, int64_t now_us)
{
	struct flight *f;

	while (s->next_us <= now_us) {
		if (!s->silent)
			send_frame(s);
		if (s->next_us >= s->report_us && !s->silent) {
			send_report(s, s->next_us);
			s->report_us += 1500000;
		}
		s->next_us += s->period_us;
	}
	while ((f = g_queue_peek_head(&s->flights)) && f->arrival_us <= now_us) {
		g_queue_pop_head(&s->flights);
		if (f->report)
			tap_sender_report(s->tap, f->ntp_msw, f->ntp_lsw, f->rtp, f->arrival_us);
		else
			tap_rtp(s->tap, f->data, f->len, f->arrival_us);
		g_free(f);
	}
}

/* --- reading back --- */

struct got {
	char participant[16], source[24];
	unsigned segment, index;
	uint32_t number;
	int64_t pts;
	bool key, video;
};

static char sim_root[64] = "/tmp/recroom-capture-XXXXXX";
static struct settings sim_settings;
static json_t *sim_lines;      /* of the timeline last read */
static GArray *sim_got;        /* of struct got, in order of the chunk lines */

static int take_line(enum timeline_type type, int64_t t_ms, json_t *o, void *arg)
{
	(void)type;
	(void)t_ms;
	json_array_append(arg, o);
	return 0;
}

static const char *str_of(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int64_t int_of(json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static uint32_t number_of(const AVPacket *p, bool video)
{
	const uint8_t *at = p->data + (video ? 10 : 1);

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Frames of one file, checked against its line. */
static void read_chunk(const char *path, json_t *line, int64_t chunk_ms)
{
	AVFormatContext *f = NULL;
	AVPacket *p = av_packet_alloc();
	int64_t index = int_of(line, "index"), n = 0;

	CHECK_INT(avformat_open_input(&f, path, NULL, NULL), 0);
	CHECK_INT(f->nb_streams, 1);
	CHECK_STR(av_dict_get(f->metadata, "PARTICIPANT", NULL, 0)->value, str_of(line, "participant"));
	while (av_read_frame(f, p) >= 0) {
		struct got g = { .segment = (unsigned)int_of(line, "segment"), .index = (unsigned)index, .pts = p->pts,
				 .key = p->flags & AV_PKT_FLAG_KEY, .video = f->streams[0]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO };

		g_strlcpy(g.participant, str_of(line, "participant"), sizeof(g.participant));
		g_strlcpy(g.source, str_of(line, "source"), sizeof(g.source));
		g.number = number_of(p, g.video);
		if (n++ == 0)
			CHECK_INT(p->pts, int_of(line, "t_ms"));
		CHECK(p->pts >= index * chunk_ms && p->pts < (index + 1) * chunk_ms);
		g_array_append_val(sim_got, g);
		av_packet_unref(p);
	}
	CHECK_INT(n, int_of(line, "frames"));
	CHECK_INT(((struct got *)sim_got->data)[sim_got->len - 1].pts < int_of(line, "end_ms"), 1);
	av_packet_free(&p);
	avformat_close_input(&f);
}

static void check_file(const char *dir, json_t *line, int64_t chunk_ms)
{
	char *path = g_strdup_printf("%s/chunks/%s", dir, str_of(line, "file")), *data, hash[SHA256_HEX];
	struct stat st;
	size_t len;

	CHECK_INT(fs_read(path, 100 << 20, &data, &len), 0);
	sha256_hex(hash, data, len);
	CHECK_STR(str_of(line, "sha256"), hash);
	CHECK_INT(int_of(line, "bytes"), len);
	stat(path, &st);
	CHECK_INT(st.st_mode & 07777, 0640);
	read_chunk(path, line, chunk_ms);
	g_free(data);
	g_free(path);
}

/* Each chunk line holds the hash of the one before. */
static void check_chain(void)
{
	char hash[SHA256_HEX];
	size_t i;
	json_t *o;

	hash[0] = 0;
	json_array_foreach(sim_lines, i, o) {
		char *text;

		if (strcmp(str_of(o, "type"), "chunk"))
			continue;
		CHECK_STR(str_of(o, "prev"), hash);
		text = json_dumps(o, JSON_COMPACT);
		sha256_hex(hash, text, strlen(text));
		free(text);
	}
}

/* `sealed` lines come in order, and nothing earlier comes after them. */
static void check_order(int64_t chunk_ms)
{
	int64_t sealed = -1;
	size_t i;
	json_t *o;

	json_array_foreach(sim_lines, i, o) {
		const char *type = str_of(o, "type");
		bool free_of = !strcmp(type, "stop") || !strcmp(type, "signature") || !strcmp(type, "recovered") || (!strcmp(type, "gap") && !strcmp(str_of(o, "reason"), "late"));

		if (!strcmp(type, "sealed")) {
			CHECK(int_of(o, "n") > sealed);
			sealed = int_of(o, "n");
		} else if (!free_of && int_of(o, "t_ms") < (sealed + 1) * chunk_ms) {
			char *text = json_dumps(o, JSON_COMPACT);

			TEST_FAIL("after sealed %d: %s", (int)sealed, text);
		}
	}
}

static int files_in(const char *dir)
{
	char *path = g_build_filename(dir, "chunks", NULL);
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	if (d)
		closedir(d);
	g_free(path);
	return n;
}

static int look_at(const char *file, struct chain_file *out, void *arg)
{
	char *path = g_build_filename(arg, "chunks", file, NULL), *data = NULL;
	size_t len = 0;
	int err = fs_read(path, 64 << 20, &data, &len);

	if (!err) {
		sha256_hex(out->sha256, data, len);
		ebml_tag((const uint8_t *)data, len, "PREVIOUS", out->previous, sizeof(out->previous));
	}
	g_free(data);
	g_free(path);
	return err;
}

static int survey_line(const struct timeline_line *line, void *arg)
{
	return chain_survey(arg, line);
}

static int judge_line(const struct timeline_line *line, void *arg)
{
	return chain_line(arg, line);
}

/* What was just written passes for what was captured. */
static void check_sound(const char *dir, const char *path)
{
	struct chain_conf conf = { .look = look_at, .arg = (void *)dir };
	struct chain *c = chain_create(&conf);
	int fd = timeline_open_read(path);
	int64_t end, size;
	size_t more;

	CHECK_INT(timeline_scan(fd, survey_line, c, &end, &size), 0);
	CHECK_INT(timeline_scan(fd, judge_line, c, &end, &size), 0);
	close(fd);
	chain_finish(c, size - end);
	if (chain_count(c, &more))
		TEST_FAIL("%s line %u %s: %s", path, chain_finding(c, 0)->line, chain_finding(c, 0)->file, chain_finding(c, 0)->why);
	CHECK(chain_summary(c)->closed);
	chain_unref(&c);
}

/* Reads a recording into sim_lines and sim_got, and checks all that holds for any recording. */
static void read_recording(const char *id)
{
	char *dir = g_build_filename(sim_root, id, NULL), *path = g_build_filename(dir, "timeline.jsonl", NULL);
	unsigned bad = 0;
	int chunks = 0;
	int64_t chunk_ms;
	struct stat st;
	size_t i, last;
	json_t *o;

	json_decref(sim_lines);
	sim_lines = json_array();
	if (sim_got)
		g_array_unref(sim_got);
	sim_got = g_array_new(FALSE, TRUE, sizeof(struct got));
	CHECK_INT(timeline_read(path, take_line, sim_lines, &bad), 0);
	CHECK_INT(bad, 0);
	stat(path, &st);
	CHECK_INT(st.st_mode & 07777, 0660);
	stat(dir, &st);
	CHECK_INT(st.st_mode & 07777, 02770);
	chunk_ms = int_of(json_array_get(sim_lines, 0), "chunk_ms");
	CHECK_STR(str_of(json_array_get(sim_lines, 0), "type"), "start");
	last = json_array_size(sim_lines) - 1;
	if (!strcmp(str_of(json_array_get(sim_lines, last), "type"), "signature"))
		last--;
	CHECK_STR(str_of(json_array_get(sim_lines, last), "type"), "stop");
	json_array_foreach(sim_lines, i, o) {
		if (strcmp(str_of(o, "type"), "chunk"))
			continue;
		chunks++;
		check_file(dir, o, chunk_ms);
	}
	CHECK_INT(files_in(dir), chunks);
	check_order(chunk_ms);
	check_chain();
	check_sound(dir, path);
	g_free(path);
	g_free(dir);
}

static int lines_of(const char *type, const char *key, const char *value)
{
	int n = 0;
	size_t i;
	json_t *o;

	json_array_foreach(sim_lines, i, o)
		n += !strcmp(str_of(o, "type"), type) && (!key || !strcmp(str_of(o, key), value));
	return n;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writes what the other side of the benchmark reads. Called by make.
 *
 *   MJR: "MJR00002", length, JSON; then for each packet "MEET", ms since the first, length, RTP
 */
#include <errno.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <string.h>
#include "common/ids.h"
#include "tests/bench/mix/peer.h"
#include "tests/lib/packetise.h"

enum { MTU = 1200, RTP_HEADER = 12, PT_VIDEO = 96, PT_AUDIO = 111 };

typedef int (packet_h)(const AVPacket *pkt, int64_t t_ms, void *arg);

static int each(const struct make_source *src, int64_t duration_ms, packet_h *put, void *arg)
{
	const struct make_clip *c = src->clip;
	int err = 0;

	for (int64_t begin_ms = 0; !err && begin_ms < duration_ms; begin_ms += c->length_ms)
		for (size_t i = 0; !err && i < c->npackets && begin_ms + c->packets[i]->pts < duration_ms; i++)
			err = put(c->packets[i], begin_ms + c->packets[i]->pts, arg);
	return err;
}

/* ---- WebM ---- */

static int put_webm(const AVPacket *from, int64_t t_ms, void *arg)
{
	AVFormatContext *mux = arg;
	AVPacket *pkt = av_packet_clone(from);
	int err;

	if (!pkt)
		return -ENOMEM;
	pkt->stream_index = 0;
	pkt->pts = pkt->dts = t_ms;
	err = av_write_frame(mux, pkt);
	av_packet_free(&pkt);
	return err;
}

static void describe(const struct make_source *src, AVCodecParameters *par)
{
	static const uint8_t head[] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0 };

	par->codec_type = AVMEDIA_TYPE_VIDEO;
	par->codec_id = AV_CODEC_ID_VP8;
	par->width = src->width;
	par->height = src->height;
	if (!source_is_audio(src->source))
		return;
	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = AV_CODEC_ID_OPUS;
	par->sample_rate = 48000;
	av_channel_layout_default(&par->ch_layout, 1);
	par->extradata = av_mallocz(sizeof(head) + AV_INPUT_BUFFER_PADDING_SIZE);
	memcpy(par->extradata, head, sizeof(head));
	par->extradata_size = sizeof(head);
}

int peer_webm(const char *dir, const char *name, const struct make_source *src, int64_t duration_ms)
{
	g_autofree char *path = g_strdup_printf("%s/%s.webm", dir, name);
	AVFormatContext *mux = NULL;
	AVStream *st;
	int err = avformat_alloc_output_context2(&mux, NULL, "webm", path);

	if (err < 0)
		return err;
	st = avformat_new_stream(mux, NULL);
	st->time_base = (AVRational){ 1, 1000 };
	describe(src, st->codecpar);
	err = avio_open(&mux->pb, path, AVIO_FLAG_WRITE);
	if (err >= 0)
		err = avformat_write_header(mux, NULL);
	if (err >= 0)
		err = each(src, duration_ms, put_webm, mux);
	if (err >= 0)
		err = av_write_trailer(mux);
	avio_closep(&mux->pb);
	avformat_free_context(mux);
	return err;
}

/* ---- MJR ---- */

struct mjr {
	FILE *f;
	struct packetise cut;
	int payload_type, khz;
	uint16_t seq;
	int64_t t_ms;
};

static void put_be(uint8_t *p, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

static void put_rtp(const uint8_t *payload, size_t len, bool marker, void *arg)
{
	struct mjr *m = arg;
	uint8_t head[4 + 4 + 2 + RTP_HEADER] = { 'M', 'E', 'E', 'T' }, *rtp = head + 10;

	put_be(head + 4, (uint32_t)m->t_ms, 4);
	put_be(head + 8, (uint32_t)(RTP_HEADER + len), 2);
	rtp[0] = 0x80;
	rtp[1] = (uint8_t)(m->payload_type | (marker ? 0x80 : 0));
	put_be(rtp + 2, m->seq++, 2);
	put_be(rtp + 4, (uint32_t)(m->t_ms * m->khz), 4);
	put_be(rtp + 8, 0x12345678, 4);
	fwrite(head, 1, sizeof(head), m->f);
	fwrite(payload, 1, len, m->f);
}

static int put_mjr(const AVPacket *pkt, int64_t t_ms, void *arg)
{
	struct mjr *m = arg;

	m->t_ms = t_ms;
	return packetise(&m->cut, pkt->data, (size_t)pkt->size, (pkt->flags & AV_PKT_FLAG_KEY) != 0, put_rtp, m);
}

int peer_mjr(const char *dir, const char *name, const struct make_source *src, int64_t duration_ms)
{
	g_autofree char *path = g_strdup_printf("%s/%s.mjr", dir, name);
	bool audio = source_is_audio(src->source);
	struct mjr m = { .cut = { .codec = audio ? "opus" : "vp8", .mtu = MTU }, .payload_type = audio ? PT_AUDIO : PT_VIDEO, .khz = audio ? 48 : 90 };
	g_autofree char *about = g_strdup_printf("{\"t\":\"%s\",\"c\":\"%s\",\"s\":1760090400123000,\"u\":1760090400123000}", audio ? "a" : "v", m.cut.codec);
	uint8_t len[2];
	int err;

	m.f = fopen(path, "wb");
	if (!m.f)
		return -errno;
	put_be(len, (uint32_t)strlen(about), 2);
	fwrite("MJR00002", 1, 8, m.f);
	fwrite(len, 1, 2, m.f);
	fwrite(about, 1, strlen(about), m.f);
	err = each(src, duration_ms, put_mjr, &m);
	return fclose(m.f) && !err ? -errno : err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Chunk files by their own testimony. Called by repair, main thread. Whatever is in them, libavformat reads the very file that was opened.
 */
#include "postprocess/probe.h"

#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <string.h>
#include <unistd.h>
#include "common/ebml.h"

enum { PIECE = 1 << 18, FRAMES_MAX = 1 << 20, FRAME_MAX_MS = 60000, LAYER_MAX = 7 };
static const int64_t T_MAX_MS = 31LL * 24 * 3600 * 1000;       /* of a recording */

static void read_tags(struct probe *p, const uint8_t *head, size_t len)
{
	if (!ebml_tag(head, len, "PREVIOUS", p->previous, sizeof(p->previous)) || strlen(p->previous) != SHA256_HEX - 1)
		p->previous[0] = '\0';
	if (!ebml_tag(head, len, "RECORDING", p->recording, sizeof(p->recording)) || !recording_id_valid(p->recording))
		p->recording[0] = '\0';
	p->rotation = ebml_rotation(head, len);
	p->layer = ebml_tag_number(head, len, "LAYER", LAYER_MAX);
}

static int hash_file(struct probe *p, int fd)
{
	struct sha256 *hash = sha256_create();
	uint8_t *piece = g_malloc(PIECE);
	ssize_t n;
	int err = 0;

	while (!err && (n = pread(fd, piece, PIECE, p->bytes)) != 0) {
		if (n < 0) {
			err = errno == EINTR ? 0 : -errno;
			continue;
		}
		if (p->bytes == 0)
			read_tags(p, piece, (size_t)n);
		sha256_update(hash, piece, (size_t)n);
		p->bytes += n;
	}
	sha256_final(hash, p->sha256);
	g_free(piece);
	return err;
}

static int read_codec(struct probe *p, const AVCodecParameters *par)
{
	static const struct { const char *name; enum AVCodecID id; bool video; } rows[] = {
		{ "opus", AV_CODEC_ID_OPUS, false }, { "vp8", AV_CODEC_ID_VP8, true }, { "vp9", AV_CODEC_ID_VP9, true },
		{ "h264", AV_CODEC_ID_H264, true }, { "av1", AV_CODEC_ID_AV1, true },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].id != par->codec_id)
			continue;
		g_strlcpy(p->codec, rows[i].name, sizeof(p->codec));
		p->video = rows[i].video;
		p->rate_hz = p->video ? 90000 : par->sample_rate;
		p->channels = par->ch_layout.nb_channels;
		p->width = par->width;
		p->height = par->height;
		return 0;
	}
	return -EBADMSG;
}

/* Times are any 64 bits: those that no recording has count as no frame. */
static void take_packet(struct probe *p, AVPacket *pkt, AVRational base)
{
	if (pkt->stream_index != 0 || pkt->pts == AV_NOPTS_VALUE || pkt->size <= 0)
		return;
	av_packet_rescale_ts(pkt, base, (AVRational){ 1, 1000 });
	if (pkt->pts > T_MAX_MS)
		return;
	if (p->frames++ == 0) {
		p->from_ms = pkt->pts;
		p->keyframe = pkt->flags & AV_PKT_FLAG_KEY;
	}
	p->end_ms = MAX(p->end_ms, pkt->pts + CLAMP(pkt->duration, 1, FRAME_MAX_MS));
}

static int read_frames(struct probe *p, AVFormatContext *in)
{
	AVPacket *pkt = av_packet_alloc();

	while (pkt && p->frames < FRAMES_MAX && av_read_frame(in, pkt) >= 0) {
		take_packet(p, pkt, in->streams[0]->time_base);
		av_packet_unref(pkt);
	}
	av_packet_free(&pkt);
	return p->frames > 0 && p->from_ms >= 0 ? 0 : -EBADMSG;
}

static int read_media(struct probe *p, int fd)
{
	g_autofree char *url = g_strdup_printf("file:/proc/self/fd/%d", fd);
	AVFormatContext *in = NULL;
	int err = avformat_open_input(&in, url, av_find_input_format("matroska"), NULL);

	if (err < 0)
		return -EBADMSG;
	err = in->nb_streams == 1 ? read_codec(p, in->streams[0]->codecpar) : -EBADMSG;
	if (!err)
		err = read_frames(p, in);
	avformat_close_input(&in);
	return err;
}

int probe_fd(struct probe *out, int fd)
{
	int err;

	*out = (struct probe){ .rotation = -1, .layer = -1 };
	err = hash_file(out, fd);
	return err ? err : read_media(out, fd);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebM on disk: seekable (cues, duration), tagged with its colours, the same bytes for the same packets. Called through the sink table, on the writing
 * thread.
 *
 *   packets ─▶ libavformat ─▶ on_write / on_seek ─▶ .output.webm.tmp ─▶ gain into OpusHead ─▶ sync ─▶ rename
 *                                   └▶ checksum
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <string.h>
#include <unistd.h>
#include "common/fsio.h"
#include "postprocess/checksum.h"
#include "postprocess/mux_webm.h"

enum { IO_BUFFER = 1 << 16, HEADER_MAX = 4096, GAIN_OFFSET = 16 };     /* of the output gain in OpusHead, RFC 7845 §5.1 */

struct mux {
	char *dir, *tmp, *final;
	int fd;
	int64_t pos, size;
	AVFormatContext *ctx;
	bool header_written;
	int64_t codec_delay_ms;    /* of the sound */
	struct checksum *sum;
};

/* ---- the file ---- */

static int write_at(struct mux *m, int64_t pos, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t left = len;

	for (int64_t at = pos; left;) {
		ssize_t n = pwrite(m->fd, p, left, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		at += n;
		left -= (size_t)n;
	}
	checksum_update(m->sum, pos, data, len);
	m->size = MAX(m->size, pos + (int64_t)len);
	return 0;
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int on_write(void *arg, const uint8_t *data, int len)
#else
static int on_write(void *arg, uint8_t *data, int len)
#endif
{
	struct mux *m = arg;
	int err = write_at(m, m->pos, data, (size_t)len);

	if (err)
		return err;
	m->pos += len;
	return len;
}

static int64_t on_seek(void *arg, int64_t offset, int whence)
{
	struct mux *m = arg;

	if (whence == AVSEEK_SIZE)
		return m->size;
	if (whence == SEEK_CUR)
		offset += m->pos;
	else if (whence == SEEK_END)
		offset += m->size;
	else if (whence != SEEK_SET)
		return -EINVAL;
	m->pos = offset;
	return offset;
}

static int open_file(struct mux *m, const struct sink_conf *conf)
{
	m->dir = g_strdup(conf->dir);
	m->tmp = g_strdup_printf("%s/.%s.tmp", conf->dir, conf->name);
	m->final = g_build_filename(conf->dir, conf->name, NULL);
	unlink(m->tmp);
	m->fd = open(m->tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	return m->fd < 0 ? -errno : 0;
}

/* ---- the container ---- */

static int open_io(struct mux *m)
{
	uint8_t *buf = av_malloc(IO_BUFFER);

	m->ctx->pb = buf ? avio_alloc_context(buf, IO_BUFFER, 1, m, NULL, on_write, on_seek) : NULL;
	if (!m->ctx->pb)
		av_free(buf);
	return m->ctx->pb ? 0 : -ENOMEM;
}

static int add_stream(struct mux *m, const AVCodecParameters *par)
{
	AVStream *st = avformat_new_stream(m->ctx, NULL);

	if (!st)
		return -ENOMEM;
	st->time_base = (AVRational){ 1, 1000 };
	if (par->codec_type == AVMEDIA_TYPE_VIDEO)
		st->sample_aspect_ratio = par->sample_aspect_ratio;
	return avcodec_parameters_copy(st->codecpar, par);
}

static int write_header(struct mux *m, const struct sink_conf *conf)
{
	AVDictionary *opts = NULL;
	int err;

	m->ctx->flags |= AVFMT_FLAG_BITEXACT;      /* no random UIDs, no date, no version */
	m->ctx->avoid_negative_ts = 0;             /* nothing is to be shifted to hide the sound's pre-skip */
	if (conf->title && *conf->title)
		av_dict_set(&m->ctx->metadata, "title", conf->title, 0);
	av_dict_set(&opts, "write_crc32", "0", 0);     /* the gain is written into the header after it */
	err = avformat_write_header(m->ctx, &opts);
	av_dict_free(&opts);
	m->header_written = err >= 0;
	return err < 0 ? err : 0;
}

int mux_webm_open(void **state, const struct sink_conf *conf)
{
	struct mux *m = g_new0(struct mux, 1);
	int err;

	*state = m;
	m->fd = -1;
	m->sum = checksum_create();
	err = open_file(m, conf);
	if (!err)
		err = avformat_alloc_output_context2(&m->ctx, NULL, "webm", NULL);
	if (err >= 0)
		err = open_io(m);
	if (!err)
		err = add_stream(m, conf->video);
	if (!err && conf->audio) {
		err = add_stream(m, conf->audio);
		m->codec_delay_ms = av_rescale(conf->audio->initial_padding, 1000, conf->audio->sample_rate);
	}
	return err < 0 ? err : write_header(m, conf);
}

int mux_webm_write(void *state, AVPacket *pkt, enum sink_track track)
{
	struct mux *m = state;

	if ((unsigned)track >= m->ctx->nb_streams)
		return -EINVAL;
	pkt->stream_index = (int)track;
	if (track == SINK_AUDIO) {      /* WebM's block times include the codec delay, libav's do not */
		pkt->pts += m->codec_delay_ms;
		pkt->dts += m->codec_delay_ms;
	}
	av_packet_rescale_ts(pkt, (AVRational){ 1, 1000 }, m->ctx->streams[track]->time_base);
	return av_write_frame(m->ctx, pkt);
}

/** libavformat has written OpusHead long ago; only now is the gain known. */
static int patch_gain(struct mux *m, int gain_q8)
{
	static const char magic[8] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd' };
	uint8_t head[HEADER_MAX], gain[2] = { (uint8_t)(gain_q8 & 255), (uint8_t)(gain_q8 >> 8 & 255) };
	ssize_t n = pread(m->fd, head, sizeof(head), 0);
	const uint8_t *at = n > 0 ? memmem(head, (size_t)n, magic, sizeof(magic)) : NULL;

	if (n < 0)
		return -errno;
	if (!at || at - head + GAIN_OFFSET + 2 > n)
		return -EBADMSG;
	return write_at(m, at - head + GAIN_OFFSET, gain, sizeof(gain));
}

int mux_webm_finish(void *state, int gain_q8, struct sink_result *r)
{
	struct mux *m = state;
	int err = av_write_trailer(m->ctx);

	m->header_written = false;
	if (err < 0)
		return err;
	avio_flush(m->ctx->pb);
	err = m->ctx->pb->error;
	if (!err && gain_q8 && m->ctx->nb_streams > SINK_AUDIO)
		err = patch_gain(m, gain_q8);
	if (!err && fsync(m->fd))
		err = -errno;
	if (!err)
		err = checksum_finish(m->sum, m->fd);
	if (err)
		return err;
	r->size = m->size;
	r->blocks = checksum_blocks(m->sum);
	g_strlcpy(r->digest, checksum_list(m->sum), sizeof(r->digest));
	return 0;
}

int mux_webm_publish(void *state)
{
	struct mux *m = state;

	if (rename(m->tmp, m->final))
		return -errno;
	g_clear_pointer(&m->tmp, g_free);
	return fs_sync_dir(m->dir);
}

void mux_webm_close(void *state)
{
	struct mux *m = state;

	if (!m)
		return;
	if (m->ctx && m->header_written)
		av_write_trailer(m->ctx);          /* frees what the muxer holds */
	if (m->ctx && m->ctx->pb) {
		av_freep(&m->ctx->pb->buffer);
		avio_context_free(&m->ctx->pb);
	}
	avformat_free_context(m->ctx);
	if (m->fd >= 0)
		close(m->fd);
	if (m->tmp)
		unlink(m->tmp);
	checksum_unref(&m->sum);
	g_free(m->dir);
	g_free(m->tmp);
	g_free(m->final);
	g_free(m);
}

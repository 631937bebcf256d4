/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * WebM on disk: seekable (cues, duration), tagged with its colours, the same bytes for the same packets. Called through the sink table, on the writing
 * thread.
 *
 *   packets ─▶ libavformat ─▶ outfile ◀─ gain into OpusHead
 */
#include <errno.h>
#include <glib.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <string.h>
#include "postprocess/mux_webm.h"
#include "postprocess/outfile_io.h"

enum { HEADER_MAX = 16384, HEAD_MAX = 64, GAIN_OFFSET = 16 };     /* of the output gain in OpusHead, RFC 7845 §5.1 */

struct mux {
	struct outfile *file;
	AVFormatContext *ctx;
	bool header_written;
	int fps;
	int64_t padding;           /* the sound's, in samples */
	int rate;
	uint8_t head[HEAD_MAX];    /* OpusHead as it was handed over */
	size_t head_len;
};

/* ---- the container ---- */

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
	m->fps = conf->fps;
	err = outfile_create(&m->file, conf->dir, conf->name);
	if (!err)
		err = avformat_alloc_output_context2(&m->ctx, NULL, "webm", NULL);
	if (err >= 0)
		err = outfile_io_open(&m->ctx->pb, m->file);
	if (!err)
		err = add_stream(m, conf->video);
	if (!err && conf->audio) {
		err = add_stream(m, conf->audio);
		m->padding = conf->audio->initial_padding;
		m->rate = conf->audio->sample_rate;
		m->head_len = MIN((size_t)MAX(conf->audio->extradata_size, 0), sizeof(m->head));
		memcpy(m->head, m->head_len ? conf->audio->extradata : m->head, m->head_len);
	}
	return err < 0 ? err : write_header(m, conf);
}

/** A track's time as WebM has it: in ms, and the sound's with its padding, which libav leaves out. */
static int64_t block_ms(const struct mux *m, enum sink_track track, int64_t t)
{
	if (track == SINK_AUDIO)
		return av_rescale(t + m->padding, 1000, m->rate);
	return av_rescale(t, 1000, (int64_t)m->fps * SINK_TICKS);
}

int mux_webm_write(void *state, AVPacket *pkt, enum sink_track track)
{
	struct mux *m = state;
	int64_t end_ms;

	if ((unsigned)track >= m->ctx->nb_streams)
		return -EINVAL;
	end_ms = block_ms(m, track, pkt->pts + pkt->duration);
	pkt->stream_index = (int)track;
	pkt->pts = pkt->dts = block_ms(m, track, pkt->pts);
	pkt->duration = MAX(1, end_ms - pkt->pts);
	av_packet_rescale_ts(pkt, (AVRational){ 1, 1000 }, m->ctx->streams[track]->time_base);
	return av_write_frame(m->ctx, pkt);
}

/** libavformat has written OpusHead long ago; only now is the gain known. All of it is looked for: its first word may stand in the title. */
static int patch_gain(struct mux *m, int gain_q8)
{
	uint8_t head[HEADER_MAX], gain[2] = { (uint8_t)(gain_q8 & 255), (uint8_t)(gain_q8 >> 8 & 255) };
	int n = outfile_read(m->file, 0, head, sizeof(head));
	const uint8_t *at = n > 0 ? memmem(head, (size_t)n, m->head, m->head_len) : NULL;

	if (n < 0)
		return n;
	if (!at || m->head_len < GAIN_OFFSET + sizeof(gain))
		return -EBADMSG;
	return outfile_write(m->file, at - head + GAIN_OFFSET, gain, sizeof(gain));
}

static AVChapter *new_chapter(const struct sink_chapter *c, int64_t id)
{
	AVChapter *own = av_mallocz(sizeof(*own));

	if (!own)
		return NULL;
	own->id = id;
	own->time_base = (AVRational){ 1, 1000 };
	own->start = c->from_ms;
	own->end = c->to_ms;
	av_dict_set(&own->metadata, "title", c->title, 0);
	return own;
}

/** The muxer writes into its end what was not there at its beginning. What is in the context is freed with it. */
int mux_webm_chapters(void *state, const struct sink_chapter *list, size_t n)
{
	AVFormatContext *ctx = ((struct mux *)state)->ctx;

	ctx->chapters = av_calloc(n, sizeof(*ctx->chapters));
	for (size_t i = 0; ctx->chapters && i < n; i++) {
		ctx->chapters[i] = new_chapter(&list[i], (int64_t)i + 1);
		if (!ctx->chapters[i])
			return -ENOMEM;
		ctx->nb_chapters = (unsigned)i + 1;
	}
	return ctx->chapters ? 0 : -ENOMEM;
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
	return err ? err : outfile_finish(m->file, r);
}

int mux_webm_publish(void *state)
{
	return outfile_publish(((struct mux *)state)->file);
}

void mux_webm_close(void *state)
{
	struct mux *m = state;

	if (!m)
		return;
	if (m->ctx && m->header_written)
		av_write_trailer(m->ctx);          /* frees what the muxer holds */
	if (m->ctx)
		outfile_io_close(&m->ctx->pb);
	avformat_free_context(m->ctx);
	outfile_unref(&m->file);
	g_free(m);
}

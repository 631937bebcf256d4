/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Synthetic recordings for the tests of composing. One thread, no clock: the same description gives the same bytes.
 *
 *   make_source ─▶ runs (between mutes and gaps) = segments ─▶ pictures or samples ─▶ encode, libopus ─▶ chunk files + timeline lines
 */
#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <math.h>
#include <opus.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/fsio.h"
#include "common/ids.h"
#include "common/sha256.h"
#include "common/timeline.h"
#include "tests/lib/encode.h"
#include "tests/lib/make_recording.h"

enum { OPUS_MS = 20, OPUS_SAMPLES = 960, BLOCKS = 16, MARK_COLUMNS = 8 };
static const int64_t STARTED_MS = 1760090400123LL, CALL_BEFORE_MS = 10123;

struct maker {
	const struct make_conf *conf;
	struct timeline *tl;
	const struct make_participant *who;
	const struct make_source *src;
	bool audio;
	GPtrArray *lines;          /* of json_t: a timeline is in order of time, sources are made one after the other */
	char previous[SHA256_HEX]; /* file of the source's chunk before */
	int64_t sealed;            /* seconds */
	/* the segment */
	unsigned segment;
	const char *codec;         /* of pictures */
	int width, height;
	struct encode *encode;
	AVPacket *first;           /* the segment's first keyframe, which describes it */
	OpusEncoder *opus;
	/* the chunk */
	AVFormatContext *mux;
	struct chunk_name name;
	int64_t first_ms, end_ms;
	int frames;
	bool keyframe;
};

static int to_ms_of(const struct maker *k)
{
	return (int)(k->src->to_ms ? k->src->to_ms : k->conf->duration_ms);
}

/* The recording's time stands still while it is paused; what is of that very moment comes after. */
static json_int_t wall_ms(const struct maker *k, int64_t t_ms)
{
	bool after = k->conf->pause.length_ms && t_ms >= k->conf->pause.at_ms;

	return k->conf->started_ms + t_ms + (after ? k->conf->pause.length_ms : 0);
}

static void line(struct maker *k, int64_t t_ms, const char *type, const char *fmt, ...)
{
	json_t *o = json_pack("{s:s,s:I,s:I}", "type", type, "t_ms", (json_int_t)t_ms, "wall_ms", wall_ms(k, t_ms)), *more;
	va_list ap;

	va_start(ap, fmt);
	more = json_vpack_ex(NULL, 0, fmt, ap);
	va_end(ap);
	json_object_update(o, more);
	json_decref(more);
	g_ptr_array_add(k->lines, o);
}

static void free_line(void *line)
{
	json_decref(line);
}

static int64_t time_of(gconstpointer line)
{
	return json_integer_value(json_object_get(*(json_t *const *)line, "t_ms"));
}

static gint by_time(gconstpointer a, gconstpointer b)
{
	return time_of(a) < time_of(b) ? -1 : time_of(a) > time_of(b);
}

static void put_seal(struct maker *k, int64_t to_ms)
{
	int64_t from_ms = k->sealed * k->conf->chunk_ms;

	timeline_append(k->tl, json_pack("{s:s,s:I,s:I,s:I,s:I}", "type", "sealed", "t_ms", (json_int_t)from_ms, "wall_ms",
					 wall_ms(k, from_ms) + k->conf->chunk_ms, "n", (json_int_t)k->sealed++, "to_ms", (json_int_t)to_ms));
}

/* The lines so far, and the seals between them and in front of until_ms. */
static void put_lines(struct maker *k, int64_t until_ms)
{
	g_ptr_array_sort(k->lines, by_time);
	for (guint i = 0; k->tl && i < k->lines->len; i++) {
		while (time_of(&k->lines->pdata[i]) >= (k->sealed + 1) * k->conf->chunk_ms)
			put_seal(k, (k->sealed + 1) * k->conf->chunk_ms);
		timeline_append(k->tl, json_incref(k->lines->pdata[i]));
	}
	while (k->tl && k->sealed * k->conf->chunk_ms < until_ms)
		put_seal(k, MIN(until_ms, (k->sealed + 1) * k->conf->chunk_ms));
	g_ptr_array_set_size(k->lines, 0);
}

/* ---- chunks ---- */

static int sound_parameters(AVCodecParameters *par)
{
	static const uint8_t head[] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0 };

	par->codec_type = AVMEDIA_TYPE_AUDIO;
	par->codec_id = AV_CODEC_ID_OPUS;
	par->sample_rate = 48000;
	av_channel_layout_default(&par->ch_layout, 2);
	par->extradata = av_mallocz(sizeof(head) + AV_INPUT_BUFFER_PADDING_SIZE);
	memcpy(par->extradata, head, sizeof(head));
	par->extradata_size = sizeof(head);
	return 0;
}

/* Of a clip: a codec whose frames say all there is to know. */
static int describe(const struct maker *k, AVCodecParameters *par)
{
	par->codec_type = AVMEDIA_TYPE_VIDEO;
	par->codec_id = strcmp(k->codec, "vp9") ? AV_CODEC_ID_VP8 : AV_CODEC_ID_VP9;
	par->width = k->width;
	par->height = k->height;
	return 0;
}

static char *chunk_path(const struct maker *k, char name[NAME_SIZE])
{
	chunk_name_format(name, &k->name);
	return g_build_filename(k->conf->dir, "chunks", name, NULL);
}

static void put_tags(struct maker *k)
{
	g_autofree char *base = g_path_get_basename(k->conf->dir);

	av_dict_set(&k->mux->metadata, "RECROOM_FORMAT", "1", 0);
	av_dict_set(&k->mux->metadata, "RECORDING", base, 0);
	av_dict_set(&k->mux->metadata, "PARTICIPANT", k->name.participant, 0);
	av_dict_set(&k->mux->metadata, "SOURCE", k->name.source, 0);
	av_dict_set_int(&k->mux->metadata, "SEGMENT", k->name.segment, 0);
	av_dict_set_int(&k->mux->metadata, "INDEX", k->name.index, 0);
	if (!k->audio)
		av_dict_set_int(&k->mux->metadata, "ROTATION", k->src->turn.at_ms && k->first_ms >= k->src->turn.at_ms ? k->src->turn.rotation : k->src->rotation, 0);
	if (k->previous[0])
		av_dict_set(&k->mux->metadata, "PREVIOUS", k->previous, 0);
}

static int chunk_open(struct maker *k, int64_t t_ms)
{
	char name[NAME_SIZE];
	g_autofree char *path = NULL;
	AVStream *st;
	int err;

	k->name.index = (unsigned)(t_ms / k->conf->chunk_ms);
	path = chunk_path(k, name);
	k->first_ms = t_ms;
	k->frames = 0;
	err = avformat_alloc_output_context2(&k->mux, NULL, strcmp(k->name.ext, "webm") ? "matroska" : "webm", path);
	if (err < 0)
		return err;
	k->mux->flags |= AVFMT_FLAG_BITEXACT;
	k->mux->avoid_negative_ts = 0;
	put_tags(k);
	st = avformat_new_stream(k->mux, NULL);
	st->time_base = (AVRational){ 1, 1000 };
	err = k->audio ? sound_parameters(st->codecpar) : k->encode ? encode_describe(k->encode, k->first, st->codecpar) : describe(k, st->codecpar);
	if (!err)
		err = avio_open(&k->mux->pb, path, AVIO_FLAG_WRITE);
	return err < 0 ? err : avformat_write_header(k->mux, NULL);
}

static bool listed(const int list[MAKE_SPANS], unsigned index)
{
	for (int i = 0; i < MAKE_SPANS; i++)
		if (list[i] == (int)index + 1)
			return true;
	return false;
}

static int chunk_close(struct maker *k)
{
	char name[NAME_SIZE], sha[SHA256_HEX];
	g_autofree char *path = chunk_path(k, name), *data = NULL;
	size_t len;
	int err;

	if (!k->mux)
		return 0;
	err = av_write_trailer(k->mux);
	avio_closep(&k->mux->pb);
	avformat_free_context(k->mux);
	k->mux = NULL;
	if (err < 0 || (err = fs_read(path, 64 << 20, &data, &len)))
		return err;
	sha256_hex(sha, data, len);
	memcpy(k->previous, sha, sizeof(k->previous));
	line(k, k->first_ms, "chunk", "{s:s,s:s,s:i,s:i,s:s,s:I,s:I,s:I,s:i,s:I,s:i,s:b,s:s,s:s}", "participant", k->who->id, "source", k->src->source,
	     "segment", (int)k->segment, "index", (int)k->name.index, "file", name, "end_ms", (json_int_t)k->end_ms,
	     "rtp_first", (json_int_t)(k->first_ms * (k->audio ? 48 : 90)), "rtp_last", (json_int_t)(k->end_ms * (k->audio ? 48 : 90)),
	     "frames", k->frames, "bytes", (json_int_t)len, "lost", 0, "keyframe", k->keyframe, "sha256", sha, "prev", "");
	if (listed(k->src->missing, k->name.index))
		return unlink(path) ? -errno : 0;
	return listed(k->src->damaged, k->name.index) && truncate(path, (off_t)len / 2) ? -errno : 0;
}

static int put_packet(struct maker *k, AVPacket *pkt, int64_t t_ms, int64_t duration_ms)
{
	int err = 0;

	if (k->mux && k->name.index != (unsigned)(t_ms / k->conf->chunk_ms))
		err = chunk_close(k);
	if (!err && !k->mux) {
		k->keyframe = (pkt->flags & AV_PKT_FLAG_KEY) != 0;
		err = chunk_open(k, t_ms);
	}
	if (err < 0)
		return err;
	pkt->stream_index = 0;
	pkt->pts = pkt->dts = t_ms;
	pkt->duration = duration_ms;
	k->frames++;
	k->end_ms = t_ms + duration_ms;
	return av_write_frame(k->mux, pkt);
}

/* ---- pictures ---- */

static bool flashing(int64_t t_ms)
{
	return t_ms % 1000 < MAKE_FLASH_MS;
}

static void fill(AVFrame *f, int plane, int x, int y, int w, int h, int value)
{
	for (int i = y; i < y + h; i++)
		memset(f->data[plane] + (ptrdiff_t)i * f->linesize[plane] + x, value, (size_t)w);
}

/** The frame's number in a row of black and white blocks along the lower edge, lowest bit first. */
static void draw_number(AVFrame *f, unsigned number)
{
	int w = f->width / BLOCKS, h = f->height / 12;

	for (int i = 0; i < BLOCKS; i++)
		fill(f, 0, i * w, f->height - h, w, h, number >> i & 1 ? 235 : 16);
}

/** The same in two rows of large blocks, above where names are put. */
static void draw_mark(AVFrame *f, unsigned number)
{
	int w = f->width / MARK_COLUMNS, h = f->height / 4;

	for (int i = 0; i < BLOCKS; i++)
		fill(f, 0, i % MARK_COLUMNS * w, f->height / 8 + i / MARK_COLUMNS * h, w, h, number >> i & 1 ? 235 : 16);
}

static void draw_picture(const struct maker *k, AVFrame *f, int64_t t_ms, unsigned number)
{
	double r = (k->src->rgb >> 16 & 255) / 255.0, g = (k->src->rgb >> 8 & 255) / 255.0, b = (k->src->rgb & 255) / 255.0;
	double y = 0.299 * r + 0.587 * g + 0.114 * b;
	bool white = !k->src->plain && flashing(t_ms);

	fill(f, 0, 0, 0, f->width, f->height, white ? 235 : (int)lrint(16 + 219 * y));
	fill(f, 1, 0, 0, f->width / 2, f->height / 2, white ? 128 : (int)lrint(128 + 224 * (b - y) / 1.772));
	fill(f, 2, 0, 0, f->width / 2, f->height / 2, white ? 128 : (int)lrint(128 + 224 * (r - y) / 1.402));
	if (k->src->halves) {
		fill(f, 0, 0, f->height / 2, f->width, f->height / 2, 16);
		fill(f, 1, 0, f->height / 4, f->width / 2, f->height / 4, 128);
		fill(f, 2, 0, f->height / 4, f->width / 2, f->height / 4, 128);
	}
	if (k->src->marked)
		draw_mark(f, number);
	else if (!k->src->plain)
		draw_number(f, number);
}

static int encode_at(struct maker *k, bool first, int64_t t_ms, int64_t duration_ms)
{
	AVPacket *pkt = av_packet_alloc();
	int err = encode_frame(k->encode, t_ms, first, pkt);

	if (!err && first) {
		k->first = av_packet_clone(pkt);
		err = k->first ? 0 : -ENOMEM;
	}
	if (!err)
		err = put_packet(k, pkt, t_ms, duration_ms);
	av_packet_free(&pkt);
	return err;
}

static void segment_line(struct maker *k, int64_t t_ms)
{
	line(k, t_ms, "segment", "{s:s,s:s,s:i,s:s,s:s,s:i,s:i,s:i,s:i,s:s}", "participant", k->who->id, "source", k->src->source, "segment",
	     (int)k->segment, "kind", "video", "codec", k->codec, "rate_hz", 90000, "width", k->width, "height", k->height, "rotation", k->src->rotation,
	     "reason", "start");
	if (k->src->turn.at_ms >= t_ms && k->src->turn.at_ms)
		line(k, k->src->turn.at_ms, "rotation", "{s:s,s:s,s:i,s:i}", "participant", k->who->id, "source", k->src->source, "segment",
		     (int)k->segment, "rotation", k->src->turn.rotation);
}

/* What is sent from t on. */
static void choose_codec(struct maker *k, int64_t t_ms)
{
	bool changed = k->src->change.at_ms && t_ms >= k->src->change.at_ms;

	k->codec = changed && k->src->change.codec ? k->src->change.codec : k->src->codec ? k->src->codec : "vp8";
	k->width = changed && k->src->change.width ? k->src->change.width : k->src->width ? k->src->width : 320;
	k->height = changed && k->src->change.height ? k->src->change.height : k->src->height ? k->src->height : 180;
	g_strlcpy(k->name.ext, strcmp(k->codec, "h264") ? "webm" : "mkv", sizeof(k->name.ext));
}

static bool within(const struct make_span list[MAKE_SPANS], int64_t t_ms)
{
	for (int i = 0; i < MAKE_SPANS; i++)
		if (t_ms >= list[i].from_ms && t_ms < list[i].to_ms)
			return true;
	return false;
}

static int video_run(struct maker *k, struct make_span run)
{
	int fps = k->src->fps ? k->src->fps : 30, err;
	bool first = true;

	err = encode_create(&k->encode, k->codec, k->width, k->height);
	if (err)
		return err;
	segment_line(k, run.from_ms);
	for (int64_t n = (run.from_ms * fps + 999) / 1000; !err; n++) {
		int64_t t_ms = n * 1000 / fps;

		if (t_ms >= run.to_ms)
			break;
		if (within(k->src->still, t_ms))
			continue;
		draw_picture(k, encode_picture(k->encode), t_ms, (unsigned)n);
		err = encode_at(k, first, t_ms, (n + 1) * 1000 / fps - t_ms);
		first = false;
	}
	return err;
}

/* ---- sound ---- */

static double sample_at(const struct maker *k, double t_s)
{
	if (k->src->sample)
		return k->src->sample(t_s, k->src->arg);
	return fmod(t_s, 1.0) * 1000 < MAKE_FLASH_MS ? 0.5 * sin(2 * M_PI * (k->src->tone_hz > 0 ? k->src->tone_hz : 440) * t_s) : 0;
}

static int encode_sound(struct maker *k, double t_ms, double frame_ms, int channels)
{
	float pcm[OPUS_SAMPLES * 2];
	AVPacket *pkt = av_packet_alloc();
	int n, err;

	for (int i = 0; i < OPUS_SAMPLES; i++)
		for (int c = 0; c < channels; c++)
			pcm[i * channels + c] = (float)sample_at(k, (t_ms + frame_ms * i / OPUS_SAMPLES) / 1000);
	err = av_new_packet(pkt, 1500);
	n = opus_encode_float(k->opus, pcm, OPUS_SAMPLES, pkt->data, 1500);
	av_shrink_packet(pkt, MAX(n, 0));
	pkt->flags |= AV_PKT_FLAG_KEY;
	if (!err)
		err = n < 0 ? -EIO : put_packet(k, pkt, (int64_t)t_ms, OPUS_MS);
	av_packet_free(&pkt);
	return err;
}

static void sound_line(struct maker *k, int64_t t_ms)
{
	line(k, t_ms, "segment", "{s:s,s:s,s:i,s:s,s:s,s:i,s:i,s:s}", "participant", k->who->id, "source", k->src->source, "segment",
	     (int)k->segment, "kind", "audio", "codec", "opus", "rate_hz", 48000, "channels", 2, "reason", "start");
}

static int audio_run(struct maker *k, struct make_span run)
{
	int channels = k->src->channels == 2 ? 2 : 1, err;
	double frame_ms = OPUS_MS / (1 + k->src->skew_ppm / 1e6);

	k->opus = opus_encoder_create(48000, channels, OPUS_APPLICATION_AUDIO, &err);
	if (!k->opus)
		return -EIO;
	opus_encoder_ctl(k->opus, OPUS_SET_BITRATE(64000));
	opus_encoder_ctl(k->opus, OPUS_SET_COMPLEXITY(5));      /* half the time */
	sound_line(k, run.from_ms);
	for (double t_ms = (double)run.from_ms; !err && t_ms < (double)run.to_ms; t_ms += frame_ms)
		err = encode_sound(k, t_ms, frame_ms, channels);
	opus_encoder_destroy(k->opus);
	return err;
}

/* ---- frames made beforehand ---- */

static int clip_run(struct maker *k, struct make_span run)
{
	const struct make_clip *c = k->src->clip;
	int64_t begin_ms = run.from_ms;
	int err = 0;

	if (k->audio)
		sound_line(k, run.from_ms);
	else
		segment_line(k, run.from_ms);
	for (size_t i = 0; !err && begin_ms + c->packets[i]->pts < run.to_ms; i++) {
		AVPacket *pkt = av_packet_clone(c->packets[i]);

		err = pkt ? put_packet(k, pkt, begin_ms + pkt->pts, pkt->duration) : -ENOMEM;
		av_packet_free(&pkt);
		if (i + 1 == c->npackets) {
			i = (size_t)-1;
			begin_ms += c->length_ms;
		}
	}
	return err;
}

/* ---- sources and people ---- */

/** The earliest span that begins at or after t, or NULL. */
static const struct make_span *span_after(const struct make_span list[MAKE_SPANS], int64_t t_ms)
{
	const struct make_span *best = NULL;

	for (int i = 0; i < MAKE_SPANS; i++)
		if (list[i].to_ms > list[i].from_ms && list[i].from_ms >= t_ms && (!best || list[i].from_ms < best->from_ms))
			best = &list[i];
	return best;
}

static void lines_of_break(struct maker *k, const struct make_span *s, bool mute)
{
	if (mute) {
		line(k, s->from_ms, "muted", "{s:s,s:s}", "participant", k->who->id, "source", k->src->source);
		if (s->to_ms < to_ms_of(k))
			line(k, s->to_ms, "unmuted", "{s:s,s:s}", "participant", k->who->id, "source", k->src->source);
		return;
	}
	line(k, s->from_ms, "gap", "{s:s,s:s,s:i,s:I,s:s}", "participant", k->who->id, "source", k->src->source, "segment", (int)k->segment, "to_ms",
	     (json_int_t)s->to_ms, "reason", "lost");
}

static int source_run(struct maker *k, struct make_span run)
{
	int err;

	if (run.from_ms >= run.to_ms)
		return 0;
	k->name.segment = k->segment;
	if (!k->audio)
		choose_codec(k, run.from_ms);
	err = k->src->clip ? clip_run(k, run) : k->audio ? audio_run(k, run) : video_run(k, run);
	err = err < 0 ? err : chunk_close(k);
	line(k, run.to_ms, "ended", "{s:s,s:s,s:i}", "participant", k->who->id, "source", k->src->source, "segment", (int)k->segment);
	encode_unref(&k->encode);
	av_packet_free(&k->first);
	return err;
}

/* A run, in two segments where codec or size change in it. */
static int change_run(struct maker *k, struct make_span run)
{
	int64_t at_ms = k->src->change.at_ms;
	int err;

	if (at_ms <= run.from_ms || at_ms >= run.to_ms)
		return source_run(k, run);
	err = source_run(k, (struct make_span){ run.from_ms, at_ms });
	k->segment++;
	return err < 0 ? err : source_run(k, (struct make_span){ at_ms, run.to_ms });
}

/* The same before and after the pause. */
static int pause_run(struct maker *k, struct make_span run)
{
	int64_t at_ms = k->conf->pause.at_ms;
	int err;

	if (!k->conf->pause.length_ms || at_ms <= run.from_ms || at_ms >= run.to_ms)
		return change_run(k, run);
	err = change_run(k, (struct make_span){ run.from_ms, at_ms });
	k->segment++;
	return err < 0 ? err : change_run(k, (struct make_span){ at_ms, run.to_ms });
}

static int make_source(struct maker *k)
{
	int64_t t_ms = k->src->from_ms, end_ms = to_ms_of(k);
	int err = 0;

	k->audio = source_is_audio(k->src->source);
	k->segment = 0;
	k->previous[0] = '\0';
	memset(&k->name, 0, sizeof(k->name));
	g_strlcpy(k->name.participant, k->who->id, sizeof(k->name.participant));
	g_strlcpy(k->name.source, k->src->source, sizeof(k->name.source));
	strcpy(k->name.ext, "webm");
	while (!err && t_ms < end_ms) {
		const struct make_span *mute = span_after(k->src->muted, t_ms), *gap = span_after(k->src->gaps, t_ms), *stop;

		stop = !gap || (mute && mute->from_ms < gap->from_ms) ? mute : gap;
		err = pause_run(k, (struct make_span){ t_ms, stop ? MIN(stop->from_ms, end_ms) : end_ms });
		if (!stop)
			break;
		lines_of_break(k, stop, stop == mute);
		k->segment += stop->from_ms > t_ms;
		t_ms = stop->to_ms;
	}
	return err;
}

static void talking_lines(struct maker *k)
{
	for (int i = 0; i < MAKE_SPANS; i++) {
		const struct make_span *s = &k->who->talking[i];

		if (s->to_ms <= s->from_ms)
			continue;
		line(k, s->from_ms, "talking", "{s:s}", "participant", k->who->id);
		if (s->to_ms < k->conf->duration_ms)
			line(k, s->to_ms, "stopped_talking", "{s:s}", "participant", k->who->id);
	}
}

static int make_people(struct maker *k, json_t *names)
{
	int err = 0;

	for (k->who = k->conf->people; !err && k->who && k->who->id; k->who++) {
		line(k, k->who->joined_ms, "joined", "{s:s,s:s}", "participant", k->who->id, "role", k->who == k->conf->people ? "host" : "guest");
		talking_lines(k);
		for (k->src = k->who->sources; !err && k->src->source; k->src++)
			err = make_source(k);
		if (k->who->left_ms)
			line(k, k->who->left_ms, "left", "{s:s}", "participant", k->who->id);
		if (k->who->name)
			json_object_set_new(names, k->who->id, json_pack("{s:s,s:s,s:s}", "identity", k->who->name, "name", k->who->name, "role",
									 k->who == k->conf->people ? "host" : "guest"));
	}
	return err;
}

static int write_names(const struct make_conf *conf, json_t *names)
{
	json_t *doc = json_pack("{s:O}", "participants", names);
	char *text = json_dumps(doc, JSON_COMPACT);
	int err = fs_write_atomic(conf->dir, "participants.json", text, strlen(text), 0660, 0);

	free(text);
	json_decref(doc);
	return err;
}

static void pause_lines(struct maker *k)
{
	int64_t at_ms = k->conf->pause.at_ms;
	json_t *paused;

	if (!k->conf->pause.length_ms)
		return;
	line(k, at_ms, "pause", "{s:i}", "seq", 3);
	paused = k->lines->pdata[k->lines->len - 1];
	json_object_set_new(paused, "wall_ms", json_integer(k->conf->started_ms + at_ms));
	line(k, at_ms, "resume", "{s:i}", "seq", 4);
}

static int make_all(struct maker *k, json_t *names)
{
	g_autofree char *base = g_path_get_basename(k->conf->dir), *call = g_strdup_printf("call_demo_%lld_abcdef", (long long)(k->conf->started_ms - CALL_BEFORE_MS));
	int err;

	line(k, 0, "start", "{s:i,s:i,s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s*,s:s}", "format", 1, "seq", 2, "recording", base, "room", "demo", "call",
	     call, "title", k->conf->title ? k->conf->title : "", "chunk_ms", k->conf->chunk_ms, "reorder_ms", 500,
	     "layout", "grid", "continues", k->conf->continues, "software", "make_recording");
	pause_lines(k);
	err = make_people(k, names);
	put_lines(k, k->conf->duration_ms);
	if (!err && !k->conf->no_stop)
		line(k, k->conf->duration_ms, "stop", "{s:i,s:I,s:I,s:s,s:[]}", "seq", k->conf->pause.length_ms ? 5 : 4, "duration_ms", (json_int_t)k->conf->duration_ms, "elapsed_ms",
		     (json_int_t)(k->conf->duration_ms + k->conf->pause.length_ms), "reason", "host", "flags");
	put_lines(k, 0);
	if (!err && k->tl)
		err = timeline_flush(k->tl, false);
	return err ? err : write_names(k->conf, names);
}

int make_recording(const struct make_conf *conf)
{
	struct make_conf c = *conf;
	struct maker k = { .conf = &c, .lines = g_ptr_array_new_with_free_func(free_line) };
	g_autofree char *chunks = g_build_filename(conf->dir, "chunks", NULL), *tl = g_build_filename(conf->dir, "timeline.jsonl", NULL);
	json_t *names = json_object();
	int err;

	if (!c.chunk_ms)
		c.chunk_ms = 1000;
	if (!c.started_ms)
		c.started_ms = STARTED_MS;
	err = fs_mkdirs(chunks, 0755);
	if (!err && !c.no_timeline)
		err = timeline_open(&k.tl, tl);
	if (!err)
		err = make_all(&k, names);
	timeline_close(&k.tl);
	g_ptr_array_unref(k.lines);
	json_decref(names);
	return err;
}

char *make_scratch(const char *name)
{
	g_autofree char *dir = g_dir_make_tmp("recroom-XXXXXX", NULL);

	return g_build_filename(dir, name, NULL);
}

void make_remove(char **dir)
{
	g_autofree char *scratch = *dir ? g_path_get_dirname(*dir) : NULL;

	if (scratch)
		fs_remove_tree(scratch);
	g_clear_pointer(dir, g_free);
}

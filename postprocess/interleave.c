/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Orders packets for the container. Called by compose, on the writing thread; pulls the sound as it goes, so the sound is made here too.
 *
 *   segmenter ─▶ one held back until the next tells its length ─┐
 *   sound_next ─▶ one ahead ────────────────────────────────────┴▶ the earlier one ─▶ sink
 */
#include <errno.h>
#include <glib.h>
#include <libavcodec/avcodec.h>
#include "postprocess/interleave.h"
#include "postprocess/pcm.h"

struct interleave {
	struct sink *sink;
	struct sound *sound;
	int fps;
	AVPacket *video, *audio;
	bool has_video, has_audio, audio_ended;
	int64_t audio_ms;          /* written so far */
};

struct interleave *interleave_create(struct sink *sink, struct sound *sound, int fps)
{
	struct interleave *i = g_new0(struct interleave, 1);

	i->sink = sink;
	i->sound = sound;
	i->fps = fps;
	i->video = av_packet_alloc();
	i->audio = av_packet_alloc();
	return i;
}

/** A place on the frame grid's finer ticks, of a time in ms. */
static int64_t ticks_of(const struct interleave *in, int64_t ms)
{
	return av_rescale(ms, (int64_t)in->fps * SINK_TICKS, 1000);
}

static int fetch_audio(struct interleave *in)
{
	int err;

	if (in->has_audio || in->audio_ended)
		return 0;
	err = sound_next(in->sound, in->audio);
	if (err == AVERROR_EOF)
		in->audio_ended = true;
	if (err)
		return err == AVERROR_EOF ? 0 : err;
	in->has_audio = true;
	return 0;
}

/** All sound that begins before t. */
static int write_audio(struct interleave *in, int64_t before)
{
	AVRational ticks = { 1, in->fps * SINK_TICKS }, samples = { 1, PCM_RATE };
	int err = fetch_audio(in);

	while (!err && in->has_audio && av_compare_ts(in->audio->pts, samples, before, ticks) < 0) {
		in->audio_ms = (in->audio->pts + in->audio->duration) / PCM_PER_MS;
		err = sink_write(in->sink, in->audio, SINK_AUDIO);
		av_packet_unref(in->audio);
		in->has_audio = false;
		if (!err)
			err = fetch_audio(in);
	}
	return err;
}

static int write_video(struct interleave *in, int64_t until)
{
	int err = write_audio(in, in->video->pts);

	if (err)
		return err;
	in->video->duration = MAX(1, until - in->video->pts);
	err = sink_write(in->sink, in->video, SINK_VIDEO);
	av_packet_unref(in->video);
	in->has_video = false;
	return err;
}

int interleave_video(struct interleave *in, AVPacket *pkt)
{
	int64_t t = pkt->pts * SINK_TICKS;
	int err = in->has_video ? write_video(in, t) : 0;

	if (err)
		return err;
	av_packet_move_ref(in->video, pkt);
	in->video->pts = in->video->dts = t;
	in->has_video = true;
	return 0;
}

int interleave_sound(struct interleave *in, int64_t before_ms)
{
	return write_audio(in, ticks_of(in, before_ms));
}

int interleave_end(struct interleave *in, int64_t end_ms)
{
	int err = in->has_video ? write_video(in, ticks_of(in, end_ms)) : 0;

	return err ? err : write_audio(in, INT64_MAX);
}

int64_t interleave_time(const struct interleave *in)
{
	return in->has_video ? av_rescale(in->video->pts, 1000, (int64_t)in->fps * SINK_TICKS) : in->audio_ms;
}

void interleave_unref(struct interleave **in)
{
	if (!*in)
		return;
	av_packet_free(&(*in)->video);
	av_packet_free(&(*in)->audio);
	g_clear_pointer(in, g_free);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Called by master, on the thread that makes the sound.
 *
 *   block × gain ─▶ limiter (a block late) ─▶ encode_audio ─┬─▶ queue ─▶ outlet_take
 *                                                           └─▶ hearing: what a player will hear
 */
#include <errno.h>
#include <glib.h>
#include <libavutil/error.h>
#include "postprocess/encode_audio.h"
#include "postprocess/hearing.h"
#include "postprocess/limiter.h"
#include "postprocess/outlet.h"
#include "postprocess/pcm.h"

struct outlet {
	struct limiter *limiter;
	struct encode_audio *encoder;
	struct hearing *hearing;
	GQueue packets;            /* of AVPacket */
	bool primed, ended;        /* primed: what comes out of the limiter first is before the beginning */
	double gain_db;
};

int outlet_create(struct outlet **out, const char *codec, int bitrate, double ceiling_db)
{
	struct outlet *o = g_new0(struct outlet, 1);
	int err = encode_audio_create(&o->encoder, codec, bitrate);

	g_queue_init(&o->packets);
	limiter_create(&o->limiter, ceiling_db);
	if (err >= 0)
		err = hearing_create(&o->hearing, encode_audio_codecpar(o->encoder));
	if (err < 0)
		outlet_unref(&o);
	*out = o;
	return err;
}

const AVCodecParameters *outlet_codecpar(const struct outlet *o)
{
	return encode_audio_codecpar(o->encoder);
}

bool outlet_has_gain(const struct outlet *o)
{
	return encode_audio_has_gain(o->encoder);
}

/* One packet, if there is one. */
static int collect(struct outlet *o)
{
	AVPacket *pkt = av_packet_alloc();
	int err = pkt ? encode_audio_take(o->encoder, pkt) : -ENOMEM;

	if (err >= 0)
		err = hearing_add(o->hearing, pkt);
	if (err >= 0)
		g_queue_push_tail(&o->packets, pkt);
	else
		av_packet_free(&pkt);
	return err;
}

int outlet_put(struct outlet *o, const float *pcm, double from_db, double to_db)
{
	float out[PCM_BLOCK_VALUES];
	int err = 0;

	limiter_run(o->limiter, pcm, db_to_gain(from_db), db_to_gain(to_db), out);
	o->gain_db = to_db;
	if (!o->primed) {
		o->primed = true;
		return 0;
	}
	err = encode_audio_put(o->encoder, out);
	while (err >= 0)
		err = collect(o);
	return err == -EAGAIN || err == AVERROR_EOF ? 0 : err;
}

int outlet_end(struct outlet *o, int64_t samples)
{
	static const float silence[PCM_BLOCK_VALUES];
	int err = 0;

	encode_audio_end(o->encoder, samples);
	while (err >= 0 && !encode_audio_done(o->encoder))
		err = outlet_put(o, silence, o->gain_db, o->gain_db);
	o->ended = true;
	return err;
}

int outlet_take(struct outlet *o, AVPacket *pkt)
{
	AVPacket *first = g_queue_pop_head(&o->packets);

	if (!first)
		return o->ended ? AVERROR_EOF : -EAGAIN;
	av_packet_move_ref(pkt, first);
	av_packet_free(&first);
	return 0;
}

const struct loudness *outlet_heard(const struct outlet *o)
{
	return hearing_loudness(o->hearing);
}

void outlet_unref(struct outlet **o)
{
	AVPacket *pkt;

	if (!*o)
		return;
	while ((pkt = g_queue_pop_head(&(*o)->packets)))
		av_packet_free(&pkt);
	limiter_unref(&(*o)->limiter);
	encode_audio_unref(&(*o)->encoder);
	hearing_unref(&(*o)->hearing);
	g_clear_pointer(o, g_free);
}

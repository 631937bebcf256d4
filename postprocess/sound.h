/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole sound of an output: every participant's audio decoded, put in its place in time, levelled, mixed, limited, encoded.
 *
 *   chunk_reader ─▶ audio_source (libopus, concealment, drift by resampling) ─▶ leveller ─▶ mixer ─▶ loudness ─▶ limiter ─▶ Opus
 *
 * Recordings up to 3 minutes keep their PCM and get an exact gain; longer ones a causal servo, and what remains as OpusHead output gain.
 */
#pragma once
#include <libavcodec/packet.h>
#include <libavcodec/codec_par.h>
#include "postprocess/model.h"
#include "postprocess/spec.h"

struct sound;                      /* one thread; m and spec must outlive it */

struct sound_result {
	bool silent;               /* nothing above silence: no gain */
	bool measured;             /* false when silent or under 3 s: loudness is null, and the next two are 0 */
	double lufs, true_peak_db; /* of what a player will hear: measured on our own packets, decoded, with the output gain below */
	int output_gain_q8;        /* for OpusHead, Q7.8 dB (RFC 7845 §5.1); 0 when already in the samples */
	double talk_ms[64];        /* how long each participant (index in the model) was heard, screen sound left out */
	unsigned concealed_frames; /* invented for lost packets */
	unsigned damaged_chunks;   /* left out by chunk_reader */
};

int sound_create(struct sound **out, const struct model *m, const struct output_spec *spec);
/** Codec parameters with OpusHead as extradata; owned by s. */
const AVCodecParameters *sound_codecpar(const struct sound *s);
/** The next packet in order: pts, dts, duration in 1/48000 s, as encode_audio_block says (the first pts is minus the pre-skip). The sound ends with the recording's
 *  duration. 0 or AVERROR_EOF or negative errno. May do much work: for a recording up to 3 minutes the first call mixes all of it. */
int sound_next(struct sound *s, AVPacket *pkt);
/** After the last packet. */
void sound_result(const struct sound *s, struct sound_result *r);
void sound_unref(struct sound **s);

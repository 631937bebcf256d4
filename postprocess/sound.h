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

struct sound;

struct sound_result {
	bool silent;               /* nothing above silence: no gain, loudness null */
	double lufs, true_peak_db; /* of what a player will hear */
	int output_gain_q8;        /* for OpusHead, Q7.8 dB (RFC 7845 §5.1); 0 when already in the samples */
	double talk_ms[64];        /* how long each participant (index in the model) was heard */
	unsigned concealed_frames;
};

int sound_create(struct sound **out, const struct model *m, const struct output_spec *spec);
/** Codec parameters with OpusHead as extradata; owned by s. */
const AVCodecParameters *sound_codecpar(const struct sound *s);
/** The next packet in order: pts, dts, duration in 1/48000 s. The sound ends with the recording's duration. 0 or AVERROR_EOF or negative errno. May do much work. */
int sound_next(struct sound *s, AVPacket *pkt);
/** After the last packet. */
void sound_result(const struct sound *s, struct sound_result *r);
void sound_unref(struct sound **s);

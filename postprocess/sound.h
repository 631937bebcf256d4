/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole sound of an output: every participant's audio decoded, put in its place in time, levelled, mixed, limited, encoded. Follows a recording that grows: what it makes
 * of a moment depends on nothing later than SOUND_AHEAD_MS after it, so made live or afterwards it is the same.
 *
 *   strand (libopus, concealment, drift by resampling) ─▶ mixer (a leveller each) ─▶ master ─▶ outlet (gain, limiter, encoder)
 */
#pragma once
#include <libavcodec/packet.h>
#include <libavcodec/codec_par.h>
#include "common/spec.h"
#include "postprocess/model.h"

struct sound;                      /* one thread; m must outlive it */

enum { SOUND_AHEAD_MS = 2000 };

/** What was heard of one participant, the sound of a shared screen left out. */
struct sound_person {
	double talk_ms;
	bool heard;                /* false: all below is 0 */
	double loudness_lufs;      /* as it came, while talking */
	double gain_db, gain_min_db, gain_max_db;      /* given to it while talking: mean and range */
	double concealed_ms;       /* invented for lost packets */
	unsigned damaged_chunks;
};

/** Where chunks of a source gave nothing although they are there: "damaged" or "foreign". */
struct sound_track {
	const struct model_source *source;     /* of the sound's own model */
	const struct model_gap *gaps;
	size_t ngaps;
};

struct sound_result {
	bool silent;               /* nobody heard: played as loud as it came */
	bool measured;             /* false when silent or under 3 s: loudness is null, the next three are 0, and it is played as loud as it came */
	double lufs, true_peak_db; /* of what a player will hear: measured on our own packets, decoded, with the output gain below */
	double range_lu;           /* EBU Tech 3342 */
	int output_gain_q8;        /* for OpusHead, Q7.8 dB (RFC 7845 §5.1); 0 for other codecs */
	const struct sound_person *people;     /* as many, and in the order, as the model's participants; the sound's */
	size_t npeople;
	const struct sound_track *tracks;      /* the sound's */
	size_t ntracks;
	unsigned concealed_frames; /* invented for lost packets, of everybody and all screens */
	unsigned damaged_chunks;   /* left out by chunk_reader */
};

/** In the codec of the spec's format, Opus where that has none. The model may grow, by the caller's model_advance(). */
int sound_create(struct sound **out, const struct model *m, const struct output_spec *spec);
/** Codec parameters for the container (encode_audio.h); owned by s. */
const AVCodecParameters *sound_codecpar(const struct sound *s);
/** The next packet in order: pts, dts, duration in 1/48000 s, as encode_audio_take() says (the first pts is minus the padding). The sound ends with the recording's
 *  duration. 0, AVERROR_EOF, -EAGAIN when more of the recording must be known first, or a negative errno. While a recording may turn out to be no longer than 3 minutes
 *  it makes and keeps packets, but gives none. May do much work. */
int sound_next(struct sound *s, AVPacket *pkt);
/** How far the sound is made, in ms. */
int64_t sound_time(const struct sound *s);
/** After the last packet. */
void sound_result(struct sound *s, struct sound_result *r);
void sound_unref(struct sound **s);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RTP payloads to frames: one descriptor per codec, found in a table. Pure; one thread per state.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A payload in sequence order, padding stripped; len 0 is a packet of nothing but padding. Borrowed. */
struct depay_packet {
	const uint8_t *payload;
	size_t len;
	int64_t rtp;               /* unwrapped */
	int64_t arrival_us;
	bool marker;
	bool after_loss;           /* packets between this one and the one before were lost */
};

/** A whole frame; borrowed during the call. */
struct frame {
	const uint8_t *data;
	size_t len;
	int64_t rtp, arrival_us;   /* of its packet that came first */
	unsigned duration;         /* in RTP units, 0: unknown */
	bool keyframe;
	int width, height;         /* of a video keyframe, else 0 */
	const uint8_t *config;     /* CodecPrivate this keyframe needs (avcC, av1C), borrowed; NULL: the codec's private_data() does, or none */
	size_t config_len;
};

/* As on `gap` lines: packets did not come; they came, and cannot be decoded. */
#define DEPAY_LOST   "lost"
#define DEPAY_DECODE "decode"

struct depay_sink {
	void (*on_frame)(const struct frame *f, void *arg);
	/** Something that later frames may rest on is missing: they are of no use before the next keyframe. reason: one of the below. */
	void (*on_break)(const char *reason, void *arg);
	void *arg;
};

struct depay {
	const char *codec;         /* as in tap_conf and on `segment` lines */
	bool video;
	const char *codec_id;      /* Matroska's */
	size_t state_size;         /* zeroed memory is a fresh state */
	void (*packet)(void *state, const struct depay_packet *p, const struct depay_sink *sink);
	void (*clear)(void *state);                    /* frees what the state holds and makes it fresh */
	/** Tells a fresh state what the SDP said (the text behind `a=fmtp:<pt> `), NULL where nothing in it matters. */
	void (*prime)(void *state, const char *fmtp);
	/** Keyframe and its size, for a whole frame: 1 and the size, 0, or -EBADMSG. NULL for sound. */
	int (*keyframe)(const uint8_t *data, size_t len, int *width, int *height);
	/** CodecPrivate into out[64], its length; NULL: none, or with each keyframe's `config`. */
	size_t (*private_data)(uint8_t out[64], unsigned channels);
	/** Does a keyframe begin in this payload, which may be cut off anywhere? From the bitstream; RTP hook. NULL for sound, which begins anywhere. */
	bool (*keyframe_starts)(const uint8_t *payload, size_t len);
	const char *ext;           /* of chunk files: "webm", "mkv" where WebM does not allow the codec */
};

extern const struct depay depay_opus, depay_vp8, depay_vp9, depay_h264, depay_av1;

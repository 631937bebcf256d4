/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Makes packets of the mix such that the whole is as loud as it shall be, without knowing how long the whole will be. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>

struct master;

struct master_result {
	bool measured;             /* false: nobody was heard, or it is shorter than MASTER_MIN_MS; the next three are 0, and it is played as loud as it came */
	double lufs, true_peak_db, range_lu;   /* of what a player will hear, with the gain below */
	int gain_q8;               /* for OpusHead, Q7.8 dB (RFC 7845 §5.1) */
};

enum { MASTER_MIN_MS = 3000, MASTER_EXACT_MS = 180000 };

/** codec, bitrate as encode_audio_create(). `exact_ms`: up to this length the mix is kept and made exact, usually MASTER_EXACT_MS; 0 when it is known already that
 *  there will be more, which makes the same bytes. `dir`: where what is kept lies (kept.h). */
int master_create(struct master **out, const char *codec, int bitrate, int64_t exact_ms, const char *dir);
/** The encoder's (encode_audio.h), owned by m. */
const AVCodecParameters *master_codecpar(const struct master *m);
/** The next block of the mix (pcm.h). `heard`: somebody was heard until here. */
int master_put(struct master *m, const float *pcm, bool heard);
/** After the last block: all is so many samples long. */
int master_end(struct master *m, int64_t samples, bool heard);
/** The next packet: 0, -EAGAIN when more of the mix is needed (while it may turn out to be short, all of it), AVERROR_EOF after the last, or a negative errno. */
int master_take(struct master *m, AVPacket *pkt);
/** After the last packet. */
void master_result(const struct master *m, struct master_result *r);
void master_unref(struct master **m);

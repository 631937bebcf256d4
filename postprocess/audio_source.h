/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One participant's audio: Opus packets with recording time in, blocks of PCM (pcm.h) at their exact places out. A sound captured at t is heard at t: the 6.5 ms by which
 * a sender's encoder looks ahead are taken off. Lost packets are concealed (in-band FEC, then libopus' concealment), longer holes are silence. One thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libavcodec/packet.h>

struct audio_source;

enum { AUDIO_SOURCE_AHEAD_MS = 1100 };     /* a hole of comfort noise and what a run may be off its timestamps */

struct audio_source_conf {
	/** The next packet, pts in ms of recording time; *segment changes where the decoder must start anew. 0, AVERROR_EOF or a negative errno; -EAGAIN: it is not known yet. */
	int (*next)(void *arg, AVPacket *pkt, size_t *segment);
	/** Asked after -EAGAIN: no packet that next() will give is before this time. NULL: next() never says -EAGAIN. */
	int64_t (*known_ms)(void *arg);
	/** May the source be heard at t? Not while muted or away. NULL: always. */
	bool (*audible)(void *arg, int64_t t_ms);
	void *arg;
};

int audio_source_create(struct audio_source **out, const struct audio_source_conf *conf);
/** Goes on by so many blocks without a sound in them, of a source that appears late. Only before the first read. */
void audio_source_skip(struct audio_source *s, int64_t blocks);
/** The next block: the n-th call gives samples n·PCM_BLOCK on. 1 if there is sound in it, 0 if it is silence (pcm is then all zero), or a negative errno. After the last packet
 *  there is silence for ever. What is given does not depend on when a packet became known. -EAGAIN: the block needs to know more; never while known_ms is
 *  AUDIO_SOURCE_AHEAD_MS after the block's end. */
int audio_source_read(struct audio_source *s, float *pcm);
/** Frames invented for lost or undecodable packets so far, and how long they are. */
unsigned audio_source_concealed(const struct audio_source *s);
double audio_source_concealed_ms(const struct audio_source *s);
void audio_source_unref(struct audio_source **s);

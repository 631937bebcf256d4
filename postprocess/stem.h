/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One source's sound alone, for podcasters and transcribers: it begins with the recording and is as long as the mix, in its place to the sample, silent where the source was,
 * its levels as they came. Opus; a constant gain for the header makes it as loud as the others without touching a sample. One thread.
 */
#pragma once
#include <libavcodec/codec_par.h>
#include <libavcodec/packet.h>
#include "postprocess/model.h"

struct stem;

struct stem_result {
	bool heard;                /* false: no voice, no music; all else is 0 */
	double lufs, true_peak_db; /* with the gain */
	int gain_q8;               /* for OpusHead: to -16 LUFS, as far as no peak comes above -1 dBTP */
};

/** `source` is an audio source of m; both must outlive the stem. */
int stem_create(struct stem **out, const struct model *m, const struct model_source *source, int bitrate);
const AVCodecParameters *stem_codecpar(const struct stem *s);
/** The next packet, as sound_next() gives them. 0, AVERROR_EOF, -EAGAIN while the model is not complete, or a negative errno. */
int stem_next(struct stem *s, AVPacket *pkt);
/** After the last packet. */
void stem_result(const struct stem *s, struct stem_result *r);
void stem_unref(struct stem **s);

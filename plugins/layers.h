/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The layers of one sent picture: simulcast substreams (an SSRC each) and, within them, spatial and temporal layers. Says of each packet what it belongs to,
 * which substreams are there, and what each layer costs. Pure but for `used` and the rates, which any thread may read; all else is the RTP hook's, one thread at a time.
 */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "plugins/descriptor.h"
#include "plugins/rtp.h"

enum { LAYERS_SUBSTREAMS = 3, LAYERS_SPATIAL = 3, LAYERS_TEMPORAL = 4, LAYERS_RID_SIZE = 16 };
enum { LAYERS_SILENT_US = 300000, LAYERS_SILENT_PICTURES = 4 };

/** What a packet is. Layers that are not told are 0. */
struct layer_tag {
	int substream, spatial, temporal;
	bool keyframe;             /* one begins here, from which a receiver may start */
	bool start, end;           /* of the frame of a spatial layer */
	bool inter;                /* rests on earlier pictures */
	bool sync;                 /* VP8: rests on temporal layer 0 alone. VP9: what follows rests on nothing older in higher layers */
	bool vp9;
	struct picture_number picture;
	int tl0;
	size_t tl0_at;
};

/** How simulcast was negotiated; substream 0 is the lowest. */
struct layers_conf {
	unsigned n;                /* substreams; 0: no simulcast */
	int rid_ext;               /* id of the header extension, 0: by SSRC */
	char rids[LAYERS_SUBSTREAMS][LAYERS_RID_SIZE];
	uint32_t ssrcs[LAYERS_SUBSTREAMS];
};

/** One substream as it arrives. */
struct substream {
	uint32_t ssrc;             /* 0: not known yet */
	uint32_t ts;               /* newest picture */
	unsigned pictures;         /* since the beginning */
	unsigned seen[LAYERS_SUBSTREAMS];  /* pictures of the others when the last packet of this one came */
	int64_t last_us;           /* last packet; 0: none so far */
	int64_t since_us;          /* it has been there since */
	bool reported;             /* a sender report: */
	uint32_t report_rtp;
	int64_t report_ntp_us;
};

/** Bytes of each layer in the present second, and what the last ones came to. */
struct layer_meter {
	int64_t start_us;
	uint32_t bytes[LAYERS_SUBSTREAMS][LAYERS_TEMPORAL];
	atomic_uint rates[LAYERS_SUBSTREAMS][LAYERS_TEMPORAL];     /* bit/s; first index: substream, or spatial layer where there is no simulcast */
};

struct layers {
	struct layers_conf conf;
	const struct layer_codec *codec;
	bool (*keyframe_starts)(const uint8_t *payload, size_t len);
	atomic_bool used;          /* there is something to choose between: simulcast, or more than one layer was seen; any thread may read it */
	int top_spatial, top_temporal;     /* highest seen */
	struct substream subs[LAYERS_SUBSTREAMS];
	struct layer_meter meter;
};

/** codec: as in the table of codecs; keyframe_starts: its own. */
void layers_init(struct layers *l, const struct layers_conf *conf, const char *codec, bool (*keyframe_starts)(const uint8_t *payload, size_t len));
/** Quick look for streams without simulcast: does the payload tell of more than one layer? */
bool layers_told(const struct layers *l, const struct rtp_packet *rtp);
/** Follows a packet that came at now_us; false: its substream is unknown, it cannot be used. */
bool layers_packet(struct layers *l, const uint8_t *pkt, const struct rtp_packet *rtp, int64_t now_us, struct layer_tag *tag);
/** A sender report. The substream, or -1. */
int layers_report(struct layers *l, uint32_t ssrc, uint32_t rtp, int64_t ntp_us);
/** Whether a substream arrives: it goes silent when others have brought several pictures since. */
bool layers_present(const struct layers *l, int substream, int64_t now_us);
/** By how much timestamps of substream b are ahead of those of a for the same instant; false while reports do not tell. */
bool layers_shift(const struct layers *l, int a, int b, unsigned rate_hz, uint32_t *shift);
/** bit/s of a receiver that gets the layer: (substream or spatial layer, temporal layer), with what it rests on. Any thread. */
uint32_t layers_rate(struct layers *l, int layer, int temporal);
/** Highest layer and temporal layer that carry something now. Any thread. */
void layers_top(struct layers *l, int *layer, int *temporal);

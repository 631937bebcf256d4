/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recorder must know of H.264 (ITU-T H.264 §7): parameter sets, the size in them, the start of a slice. NAL units come without start code or
 * length. Pure; one thread per set.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum h264_nal { H264_SLICE = 1, H264_IDR = 5, H264_SEI = 6, H264_SPS = 7, H264_PPS = 8, H264_AUD = 9, H264_STAP_A = 24, H264_FU_A = 28 };
enum { H264_SPS_MAX = 32, H264_PPS_MAX = 256, H264_SET_SIZE_MAX = 1024 };

struct h264_sps {
	unsigned id;
	uint8_t profile, compatibility, level;
	unsigned chroma_format;    /* 1: 4:2:0 */
	unsigned depth_luma, depth_chroma;
	unsigned frame_num_bits;
	bool high;                 /* avcC says chroma and depth */
	int width, height;         /* after cropping */
};
/** 0 or -EBADMSG. */
int h264_sps_parse(struct h264_sps *out, const uint8_t *nal, size_t len);

/** The parameter sets a stream sent, by id; zeroed memory holds none. */
struct h264_sets {
	GBytes *sps[H264_SPS_MAX], *pps[H264_PPS_MAX];
	uint8_t sps_of[H264_PPS_MAX];
};
/** Keeps a copy of an SPS or PPS. 0, -EBADMSG for one that is malformed or larger than H264_SET_SIZE_MAX. */
int h264_sets_put(struct h264_sets *s, const uint8_t *nal, size_t len);
/** Reads sprop-parameter-sets (RFC 6184 §8.1) out of an fmtp line; what is malformed is passed over. */
void h264_sets_prime(struct h264_sets *s, const char *fmtp);
void h264_sets_clear(struct h264_sets *s);

struct h264_slice {
	bool first;                /* begins its picture */
	bool intra;                /* of a kind that rests on nothing */
	unsigned pps;
};
/** Start of a slice header. 0 or -EBADMSG. */
int h264_slice_parse(struct h264_slice *out, const uint8_t *nal, size_t len);
/** The sets a slice rests on: false when one of them never came. */
bool h264_sets_find(const struct h264_sets *s, unsigned pps, GBytes **sps_out, GBytes **pps_out);
/** avcC (ISO/IEC 14496-15 §5.3.3.1) of the SPS, and all PPS that rest on it, replaces `out`. 0 or -EBADMSG. */
int h264_sets_config(const struct h264_sets *s, unsigned pps, GByteArray *out);

/** A whole frame of NAL units with lengths of four bytes: 1 and the size for an IDR picture with its SPS, 0, or -EBADMSG. */
int h264_keyframe(const uint8_t *data, size_t len, int *width, int *height);

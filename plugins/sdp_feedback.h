/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The kinds of RTCP feedback that are understood; bit n of sdp_codec.feedback is row n. Between sdp.c and sdp_write.c.
 */
#pragma once

enum { SDP_FEEDBACKS = 5, SDP_FB_NACK = 1, SDP_FB_PLI = 2, SDP_FB_FIR = 4, SDP_FB_REMB = 8, SDP_FB_TRANSPORT = 16 };

struct sdp_feedback { const char *name; };
extern const struct sdp_feedback sdp_feedbacks[SDP_FEEDBACKS];

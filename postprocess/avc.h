/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * H.264 from the encoder's byte stream (Annex B) to what MP4 holds (ISO/IEC 14496-15): parameter sets in front, lengths instead of start codes. Pure.
 */
#pragma once
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/** The body of an avcC box out of the encoder's extradata. 0, or -EBADMSG: no sequence or picture parameter set in it. */
int avc_config(GByteArray *out, const uint8_t *annexb, size_t len);
/** Appends a frame with four bytes of length before each unit; parameter sets, delimiters and messages of the encoder about itself are left out. */
void avc_frame(GByteArray *out, const uint8_t *annexb, size_t len);

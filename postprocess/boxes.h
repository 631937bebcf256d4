/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Building MP4 boxes (ISO/IEC 14496-12 §4.2) in memory. Numbers are big-endian. One thread.
 *
 *	size_t moov = box_open(b, "moov"), mvhd = box_open_full(b, "mvhd", 0, 0);
 *	box_u32(b, …);
 *	box_close(b, mvhd);
 *	box_close(b, moov);
 */
#pragma once
#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/** Where it begins, for box_close(). `type` has four characters. */
size_t box_open(GByteArray *b, const char *type);
size_t box_open_full(GByteArray *b, const char *type, unsigned version, unsigned flags);
/** Fills in the size. */
void box_close(GByteArray *b, size_t at);
void box_u8(GByteArray *b, unsigned v);
void box_u16(GByteArray *b, unsigned v);
void box_u32(GByteArray *b, uint32_t v);
void box_u64(GByteArray *b, uint64_t v);
void box_zeros(GByteArray *b, size_t n);
void box_bytes(GByteArray *b, const void *data, size_t n);
void box_text(GByteArray *b, const char *text);       /* without the NUL */

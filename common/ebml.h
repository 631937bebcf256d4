/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * As much of Matroska (RFC 8794, RFC 9559) as tells what a chunk file is, without a demuxer. Pure; any bytes.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Does the data hold one complete file: a Segment whose length was filled in at its end and is all there. */
bool ebml_is_whole(const uint8_t *data, size_t len);
/** The text of a tag of the file, which stands in front of its frames; the beginning of a file will do. False when there is none, or it does not fit. */
bool ebml_tag(const uint8_t *data, size_t len, const char *name, char *out, size_t size);
/** The same for a tag that is a whole number from 0 to max; -1: there is none. */
int ebml_tag_number(const uint8_t *data, size_t len, const char *name, int max);
/** How a chunk's pictures are to be turned: 0, 90, 180 or 270; -1: it does not say so. */
int ebml_rotation(const uint8_t *data, size_t len);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a recorder must know of a VP9 frame's uncompressed header. Pure; any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A frame, or a superframe of all spatial layers: 1 and the size of what is shown when it is a keyframe, 0, or -EBADMSG. */
int vp9_keyframe(const uint8_t *data, size_t len, int *width, int *height);
/** Is this the beginning of a keyframe? The data may be cut off anywhere. */
bool vp9_begins_key(const uint8_t *data, size_t len);

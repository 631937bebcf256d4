/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pre-encoded media that all publishers share: one group of pictures, made once. Read-only after media_create(), any thread.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { MEDIA_GOP = 300, MEDIA_FPS = 30, MEDIA_FRAME_MAX = 64 * 1024 };

struct media;

/** bitrate: what the pictures come to [bit/s]. Aborts without an encoder. */
struct media *media_create(unsigned bitrate);
void media_free(struct media **m);
/** Picture `position` since the keyframe (0 is one; below MEDIA_GOP) with its number, into out[MEDIA_FRAME_MAX]; returns its length. */
size_t media_picture(const struct media *m, unsigned position, uint32_t number, uint8_t *out);

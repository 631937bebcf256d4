/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same frames as others record them: a WebM file a track, and Janus' own dump of the packets.
 */
#pragma once
#include "tests/lib/make_recording.h"

/** DIR/NAME.webm; 0 or negative. */
int peer_webm(const char *dir, const char *name, const struct make_source *src, int64_t duration_ms);
/** DIR/NAME.mjr, as Janus 1.x writes it. */
int peer_mjr(const char *dir, const char *name, const struct make_source *src, int64_t duration_ms);

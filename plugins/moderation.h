/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a host has muted of a person: it holds for the person, so also for what they publish later. Pure; the caller has the lock.
 */
#pragma once
#include <stdbool.h>
#include "common/ids.h"

enum { MODERATION_SOURCES = 32 };          /* as many as a publisher has m-lines */

/** Zeroed: nothing. */
struct moderation {
	bool all;                          /* everything that no host unmuted by name */
	unsigned n;
	struct moderation_source {
		char source[SOURCE_SIZE];
		bool muted;
	} sources[MODERATION_SOURCES];     /* of which a host said it by name */
};

/** A host mutes or unmutes one source, or (NULL) all there is and will be. */
void moderation_set(struct moderation *m, const char *source, bool mute);
/** Is a source of this name muted? Where a sound is muted, so is every sound that no host unmuted, whatever it is called; likewise pictures. */
bool moderation_mutes(const struct moderation *m, const char *source);

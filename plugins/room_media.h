/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a room takes from those who send, and how it tells who talks: from the configuration, `create` and `edit`.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "common/settings.h"
#include "plugins/codec.h"

struct room_media {
	struct codec_policy codecs;
	bool audiolevel_event;
	int audio_active_packets, audio_level_average;
};

void room_media_of(struct room_media *m, const struct settings_room *conf);
/** Takes over what the body has under the names of the configuration with a prefix ("new_" for edit), their types checked already. False: a value is
 *  wrong, `why` gets a sentence. */
bool room_media_read(struct room_media *m, json_t *body, const char *prefix, char *why, size_t why_size);

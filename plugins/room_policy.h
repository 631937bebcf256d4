/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a room wants to be recorded: whom it asks, when recordings begin and end by themselves, how much it keeps. From the configuration, `create` and
 * `edit`; a recording takes a copy when it starts.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "common/settings.h"

enum { CONSENT_TEXT_MAX = 250, CONSENT_URL_MAX = 500 };        /* characters, bytes */

struct room_policy {
	enum consent_policy consent;
	char consent_text[4 * CONSENT_TEXT_MAX + 1], consent_url[CONSENT_URL_MAX + 1];
	bool auto_record;
	int auto_stop_empty_s, max_recording_s;        /* 0: never, no limit */
	int quota_recordings, quota_mb;                /* 0: any */
	int keep_chunks_days, keep_outputs_days;       /* after the end; 0: for ever */
};

void room_policy_of(struct room_policy *p, const struct settings_room *conf);
/** As room_media_read(). */
bool room_policy_read(struct room_policy *p, json_t *body, const char *prefix, char *why, size_t why_size);
/** "notice" or "require". */
const char *consent_policy_name(enum consent_policy policy);

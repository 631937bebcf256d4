/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a webhook says, and its signature: Standard Webhooks 1.0. Pure but for the secret's file; any thread.
 */
#pragma once
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { WEBHOOK_BODY_MAX = 20000, WEBHOOK_SECRETS = 3, WEBHOOK_SECRET_MAX = 64, WEBHOOK_SIGNATURES = WEBHOOK_SECRETS * 48 };

/** The newest key first; more than one while they are being changed. */
struct webhook_secrets {
	int n;
	size_t len[WEBHOOK_SECRETS];
	unsigned char key[WEBHOOK_SECRETS][WEBHOOK_SECRET_MAX];
};
/** Lines "whsec_<base64 of 24 to 64 bytes>"; empty ones and such with # count not. -EACCES when others than owner and group may read the file, -EINVAL when it
 *  holds no such lines; `why` is a sentence then, which quotes nothing of it. */
int webhook_secrets_load(struct webhook_secrets *out, const char *path, char *why, size_t why_size);

/** {"type","timestamp","data":{…payload, roomId, recordingId, seq}} of a message of the catalog (catalog_webhook_take) as text; `more` (borrowed, may be NULL) goes into data. free() it.
 *  NULL when it is larger than WEBHOOK_BODY_MAX. */
char *webhook_body(json_t *message, json_t *more);
/** The header's value, "v1,<base64> …", one for each key, over id.timestamp.body. */
void webhook_sign(char out[WEBHOOK_SIGNATURES], const struct webhook_secrets *s, const char *id, int64_t timestamp_s, const char *body);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keys of stores: from the environment, a file, or the metadata service of the machine; kept until they change or are about to expire. Any thread. No text of
 * these functions holds a secret.
 *
 *   environment   AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN · GOOG_ACCESS_KEY_ID GOOG_SECRET_ACCESS_KEY · AZURE_STORAGE_KEY or
 *                 AZURE_STORAGE_SAS_TOKEN
 *   file          [profile] with aws_access_key_id, aws_secret_access_key, aws_session_token (S3 and GCS); one line for Azure: key, or signature; S3's default is
 *                 that of AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials. Read again when it changes
 *   metadata      S3: a container's (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI: ECS, EKS), else EC2's, version 2 only
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/settings.h"

struct credentials;

struct credential {
	char *id;                      /* of the key; Azure: the account */
	char *secret;                  /* Azure: the account's key, base64; NULL: token is a shared access signature */
	char *token;                   /* of a session, or of Azure; NULL: none */
};

/** Nothing is read yet. conf is borrowed. */
struct credentials *credentials_create(const struct settings_storage *conf);
void credentials_free(struct credentials **c);
/** A copy; credential_clear(). -EACCES: there are none, or they cannot be read; a sentence in why. -EAGAIN: the metadata service does not answer. */
int credentials_get(struct credentials *c, struct credential *out, char *why, size_t size);
/** The store did not take `used`: reads them anew. True if there are others now, so that it is worth another try. */
bool credentials_refused(struct credentials *c, const struct credential *used);
void credential_clear(struct credential *c);

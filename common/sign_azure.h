/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Authorization of Azure Blob Storage by the account's key: SharedKey in a header, and a service SAS of one blob for links. Pure; any thread. As measured,
 * "/" account and the encoded path is right for https://ACCOUNT.blob.core.windows.net/container/blob and for http://host/ACCOUNT/container/blob alike.
 */
#pragma once
#include "common/sign_request.h"

#define SIGN_AZURE_VERSION "2021-12-02"        /* x-ms-version of our requests, and sv of our links: their string to sign has 16 lines from 2020-12-06 on */

struct sign_azure_key {
	const char *account;
	const char *key;                   /* base64, as Azure shows it */
};

/** The lines "Name: value" that the request needs besides its own headers: x-ms-date and x-ms-version where it has none, Authorization. Content-Length must be
 *  among its headers if there is a body. payload_hash is not looked at. NULL-terminated, g_strfreev(). -EINVAL: the key is not base64, a header's name or
 *  value, a path without '/'. */
int sign_azure_headers(char ***out, const struct sign_azure_key *key, const struct sign_request *req);

struct sign_azure_sas {
	const char *container, *blob;      /* decoded; blob without a leading '/' */
	const char *permissions;           /* "r", "cw", in Azure's order "racwd" */
	const char *protocol;              /* "https", or "https,http"; NULL: not said */
	int64_t start_s, expiry_s;         /* start 0: at once */
	const char *disposition, *mime;    /* how the answer's headers shall be; NULL: as stored */
};

/** The query of a link to the blob: "sv=…&sig=…". g_free(). -EINVAL as above. */
int sign_azure_sas(char **out, const struct sign_azure_key *key, const struct sign_azure_sas *sas);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests to a store over HTTP, as S3's and Azure's drivers share them: signed anew for each attempt, judged by status and by what the body says, tried again
 * as the thread's patience says. Private to store*.c. Any thread.
 */
#pragma once
#include "common/uri.h"
#include "postprocess/credentials.h"
#include "postprocess/store_driver.h"
#include "postprocess/store_http.h"

struct store_call {
	const char *method, *key;      /* key NULL: the bucket */
	const struct uri_pair *query, *headers;        /* not encoded; end with a NULL name; NULL: none */
	const struct store_body *body;
	const char *root;              /* a 2xx answer must have this outermost element; NULL: any but Error */
	int (*take)(const void *data, size_t n, void *arg);    /* may look into *answer's headers */
	void *arg;
	int64_t idle_ms;
	struct store_answer *answer;   /* of the last attempt; the caller clears it, always */
};

/* What is signed, beside the call. */
struct store_signing {
	const struct credential *key;
	const char *path;              /* decoded */
	const char *hash;              /* SHA-256 of the body; "" where the driver wants none */
	GPtrArray *lines;              /* gets header lines, owned; without the call's own */
	GString *query;                /* as it will be sent; may be added to */
};

/** First member of the own part of such a store. */
struct store_remote {
	struct store_http *http;
	struct credentials *credentials;
	const char *scheme;            /* "https" */
	char *host;                    /* lower-case, with port unless it is the scheme's own */
	char *base;                    /* before "/key": "/bucket", or "" */
	const char *region;            /* NULL: none; for a sentence when the bucket is elsewhere */
	bool hashed;                   /* sign() wants the hash */
	int (*sign)(struct store *s, const struct store_call *c, const struct store_signing *signing);
};

/** scheme and host of an endpoint, and the path in it (g_free()). */
void store_remote_address(struct store_remote *r, const char *endpoint, char **path);
void store_remote_clear(struct store_remote *r);
/** "https://host/base/key?query" with what is in it encoded, query as it is; NULL: none. g_free(). */
char *store_remote_url(const struct store_remote *r, const char *key, const char *query);
/** One attempt. */
int store_call_once(struct store *s, const struct store_call *c, struct store_why *why);
/** As often as the patience says; tried (may be NULL): how often that was. */
int store_call(struct store *s, const struct store_call *c, int *tried, struct store_why *why);
/** From the headers of an answer about an object: size, etag, modified_ms; the rest is "". */
void store_answer_stat(const struct store_answer *a, struct store_stat *st);

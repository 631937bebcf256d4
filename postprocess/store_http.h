/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * HTTP to a store (libcurl): a pool of connections that are kept, any thread, a request on one of them. TLS is always verified, no redirect is followed, no
 * proxy of the environment used; the length of what is sent is always told, and nothing waits for a 100. A request ends when it is answered, when connecting
 * took STORE_CONNECT_MS, when nothing moved for idle_ms or too little for
 * too long, or when the thread's stopping() says so.
 */
#pragma once
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include "postprocess/store.h"

enum {
	STORE_CONNECT_MS = 10000,
	STORE_IDLE_MS = 60000,
	STORE_IDLE_TIMES = 5,          /* idle_ms so many times, and what is sent at … */
	STORE_SLOWEST = 8192,          /* … so many bytes a second, is the longest a request lasts, unless its answer is taken */
	STORE_POOL = 32,               /* handles kept for later */
	STORE_ANSWER_MAX = 8 << 20,    /* bytes of an answer that is not taken */
	STORE_HEADERS_MAX = 64 << 10,
};

struct store_http;

struct store_request {
	const char *method, *url;
	const char *const *headers;    /* "Name: value", ended by NULL */
	const struct store_body *body; /* NULL: none */
	int (*take)(const void *data, size_t n, void *arg);    /* gets the body of a 2xx; NULL: it is collected */
	void *arg;
	int64_t idle_ms;               /* 0: STORE_IDLE_MS */
};

struct store_answer {
	int status;                    /* 0: none */
	GString *text;                 /* what was collected; of an error always */
	GHashTable *headers;           /* lower-case names */
	int taken;                     /* what take() returned, if not 0 */
};

/** ca_file NULL: the system's. It must outlive all requests. */
struct store_http *store_http_create(const char *ca_file, bool plain);
void store_http_free(struct store_http **h);
/** 0 when there is an answer, whatever its status. Else fills why (without the store's name and what was asked): -ECONNREFUSED, -ETIMEDOUT, -EIO, -EPROTO,
 *  -EFBIG, -ECANCELED, what pread() of the body said, or what take() returned, negative or not. Then store_answer_clear(), always. */
int store_http(struct store_http *h, const struct store_request *r, struct store_answer *a, struct store_why *why);
void store_answer_clear(struct store_answer *a);
/** "" if absent. Of `a` during take(), too. */
const char *store_answer_header(const struct store_answer *a, const char *name);

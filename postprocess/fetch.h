/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One HTTP request of ours to another server (libcurl), and its whole answer. Any thread; blocks, never longer than timeout_ms. No redirect is followed,
 * no proxy of the environment used, a certificate must be good, and an answer larger than `max` is refused.
 */
#pragma once
#include <glib.h>
#include <stddef.h>

enum { FETCH_HEADER = 512 };

struct fetch_conf {
	const char *method, *url;
	const char *const *headers;        /* "Name: value", ended by NULL; may be NULL */
	const char *body;                  /* NULL: none */
	size_t body_size;
	int connect_ms, timeout_ms;
	size_t max;                        /* bytes of the answer's body */
	const char *ca;                    /* PEM file of authorities; NULL: the system's */
};
struct fetched {
	int status;
	GString *body;
	char content_type[FETCH_HEADER], location[FETCH_HEADER], retry_after[FETCH_HEADER], replayed[FETCH_HEADER];    /* "" if absent */
};

/** 0 whatever the status is; then fetched_free(). -ECONNREFUSED: nothing was sent; -ETIMEDOUT, -EFBIG, -EPROTO (certificate), -EIO: it may have been. */
int fetch(struct fetched *out, const struct fetch_conf *conf);
void fetched_free(struct fetched *f);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One attempt to post a message to an endpoint: an easy handle of libcurl with all that makes it safe to post to strangers (no redirect, no proxy, an
 * address that was looked at, 20 s at most, 4 KiB of the answer), and what came of it in words. One thread at a time.
 */
#pragma once
#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"
#include "postprocess/webhook_message.h"

enum { WEBHOOK_TIMEOUT_MS = 20000, WEBHOOK_ANSWER_MAX = 4096, WEBHOOK_WHY = 320 };

struct webhook_answer {
	int status;                    /* 0: there was none */
	int64_t retry_after_s;         /* 0: not said */
	int64_t took_ms;
	size_t len;
	char body[WEBHOOK_ANSWER_MAX + 1];     /* its beginning */
	char why[WEBHOOK_WHY];         /* without a 2xx: what went wrong, a clause without full stop */
};

struct webhook_post {
	const struct settings_webhook *endpoint;
	const struct webhook_secrets *secrets;
	const char *id, *body;         /* copied */
	int64_t now_s;                 /* the attempt's time */
	int timeout_ms;                /* 0: WEBHOOK_TIMEOUT_MS */
};
struct webhook_attempt;
/** Made ready; nothing is sent yet. */
int webhook_attempt_create(struct webhook_attempt **out, const struct webhook_post *p);
void webhook_attempt_unref(struct webhook_attempt **a);
/** For curl_multi_add_handle(); CURLINFO_PRIVATE of it is `arg`. */
CURL *webhook_attempt_handle(struct webhook_attempt *a, void *arg);
/** When libcurl is done with the handle. */
void webhook_attempt_answer(struct webhook_attempt *a, CURLcode rc, struct webhook_answer *out);
/** Sends and waits. */
void webhook_attempt_run(struct webhook_attempt *a, struct webhook_answer *out);

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Once for each Idempotency-Key. Called by service.c when the token is known to be good, at the host that carries the request out.
 *
 *   key, hash of the request ─▶ catalog ─┬─ new ─▶ handler ─▶ answer ─┬─▶ client
 *                                        │                            └─▶ catalog
 *                                        ├─ answered ─▶ that answer, Idempotent-Replayed: true
 *                                        └─ another request 422, still under way 409
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/catalog_idempotent.h"
#include "common/log.h"
#include "common/sha256.h"
#include "postprocess/idempotent.h"
#include "postprocess/problem.h"
#include "postprocess/service.h"

enum { RUNNING_MS = 1000, KEEP_TRIES = 3 };

static enum app_error say(struct http_request *rq, enum app_error e, const char *sentence)
{
	g_strlcpy(rq->detail, sentence, sizeof(rq->detail));
	return e;
}

/* The draft's string in quotes (RFC 8941), or what clients send without them; both are the same key. */
static enum app_error read_key(struct http_request *rq, const char *header, char key[IDEMPOTENT_KEY_MAX + 1])
{
	size_t len = strlen(header), quotes = len > 1 && header[0] == '"' && header[len - 1] == '"';

	len -= 2 * quotes;
	for (size_t i = 0; len <= IDEMPOTENT_KEY_MAX && i < len; i++) {
		char c = header[quotes + i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == ',')
			len = 0;
	}
	if (!len || len > IDEMPOTENT_KEY_MAX)
		return say(rq, APP_INVALID_ELEMENT, "Idempotency-Key is 1 to 255 printable ASCII characters, without quotes, commas or backslashes in it.");
	g_strlcpy(key, header + quotes, len + 1);
	return APP_OK;
}

static void hash_request(const struct http_request *rq, char out[SHA256_HEX])
{
	struct sha256 *s = sha256_create();

	sha256_update(s, rq->method, strlen(rq->method) + 1);
	sha256_update(s, rq->path, strlen(rq->path) + 1);
	sha256_update(s, rq->body, rq->body_size);
	sha256_final(s, out);
}

static enum app_error replay(struct http_reply *rp, const struct catalog_answer *a)
{
	rp->status = (unsigned)a->status;
	rp->response = MHD_create_response_from_buffer(strlen(a->body), a->body, MHD_RESPMEM_MUST_COPY);
	http_set(rp, MHD_HTTP_HEADER_CONTENT_TYPE, a->status < 400 ? "application/json" : "application/problem+json");
	http_set(rp, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	http_set(rp, "Idempotent-Replayed", "true");
	if (*a->location)
		http_set(rp, MHD_HTTP_HEADER_LOCATION, a->location);
	return APP_OK;
}

/* What the server could not do just now may be tried again under the same key. The answer goes out even if it cannot be kept. */
static void keep(struct http_request *rq, const struct http_reply *rp, const struct catalog_once *o, int64_t turn)
{
	const struct service *svc = rq->ctx;
	const char *location = MHD_get_response_header(rp->response, MHD_HTTP_HEADER_LOCATION);
	struct catalog_answer a = { .status = (int)rp->status, .location = (char *)(location ? location : ""), .body = (char *)rp->text };
	bool kept = rp->text && rp->status < 500 && rp->status != MHD_HTTP_TOO_MANY_REQUESTS;
	int err = -EBUSY;

	for (int i = 0; i < KEEP_TRIES && err == -EBUSY; i++)
		err = catalog_once_end(svc->catalog, o, turn, kept ? &a : NULL);
	if (err)
		log_warn("http %s: the answer to an Idempotency-Key was not kept: %s", rq->id, err_str(err));
}

static enum app_error carry_out(struct http_request *rq, struct http_reply *rp, const struct catalog_once *o, int64_t turn)
{
	enum app_error e = rq->route->handle(rq, rp);

	if (e)
		problem_reply(rq, e, rp);
	keep(rq, rp, o, turn);
	return APP_OK;
}

static enum app_error refusal(struct http_request *rq, int err)
{
	if (err == -EEXIST)
		return APP_IDEMPOTENCY_REUSED;
	if (err == -EINPROGRESS) {
		rq->retry_ms = RUNNING_MS;
		return APP_IDEMPOTENCY_RUNNING;
	}
	log_warn("http %s: Idempotency-Key: %s", rq->id, err_str(err));
	return say(rq, APP_UNAVAILABLE, "The database does not answer, and without it the Idempotency-Key cannot be kept; nothing was done.");
}

enum app_error idempotent_run(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	const char *header = http_header(rq, "Idempotency-Key");
	char key[IDEMPOTENT_KEY_MAX + 1], hash[SHA256_HEX];
	struct catalog_once o = { .room = rq->token.room, .subject = rq->token.sub, .key = key, .request = hash };
	struct catalog_answer a;
	int64_t turn;
	enum app_error e;
	int got;

	if (!header || !rq->has_token)
		return rq->route->handle(rq, rp);
	e = read_key(rq, header, key);
	if (e)
		return e;
	hash_request(rq, hash);
	got = catalog_once_begin(svc->catalog, &o, &turn, &a);
	if (got > 0)
		return carry_out(rq, rp, &o, turn);
	if (got < 0)
		return refusal(rq, got);
	e = replay(rp, &a);
	catalog_answer_free(&a);
	return e;
}

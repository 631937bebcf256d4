/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every HTTP handler of `recroom-pp serve` may use; the `ctx` of its requests. Read-only once the server runs.
 */
#pragma once
#include "common/catalog_access.h"
#include "common/settings.h"
#include "common/token.h"
#include "postprocess/http.h"

struct janus_admin;
struct attempts;
struct access_log;
struct stores;
struct delivery;
struct master_keys;
struct passing;
struct service {
	const struct settings *settings;
	struct catalog *catalog;
	struct token_keys *keys;
	struct attempts *attempts;             /* NULL: wrong tokens are not slowed */
	struct janus_admin *janus;             /* NULL: no way to this host's Janus */
	int forward_ms;                        /* for another host's answer; 0: FORWARD_MS */
	struct access_log *accesses;           /* NULL: nobody notes who does what */
	struct stores *stores;                 /* NULL: there are none */
	const struct master_keys *masters;     /* NULL: none */
	struct delivery *delivery;             /* addresses of files in stores; NULL: there are no stores */
	struct passing *passing;               /* NULL: nothing is passed on from stores */
	const char *page;                      /* directory of the demo page */
	bool (*jobs_alive)(void *arg);         /* NULL: this process runs none */
	void *jobs_arg;
};

extern const struct route service_routes[];
/** For http_conf: looks at the token or the link, and asks permission_check() for the route. Handlers decide nothing of the kind. */
enum app_error service_authorize(struct http_request *rq);

/** For http_conf: around the handlers. A request about a call is answered by the host that owns it, a POST once for each Idempotency-Key. */
enum app_error service_handle(struct http_request *rq, struct http_reply *rp);

/** The row of the path's id, if the requester may know of it; the caller decrefs. A signed link has no token and knows its recording. */
enum app_error rest_row(struct http_request *rq, json_t **out);
enum app_error rest_catalog_error(const struct http_request *rq, int err);

/** Of a query: a number that is not there leaves *out; the page asked for, *page_token NULL for the first, and no room but the token's. */
enum app_error rest_query_bad(struct http_request *rq, const char *sentence);
enum app_error rest_query_number(struct http_request *rq, const char *name, int64_t *out);
enum app_error rest_query_page(struct http_request *rq, int *page_size, const char **page_token);
/** Has this address shown too many wrong tokens, links or secrets? APP_TOO_MANY_ATTEMPTS, and when it may again. */
enum app_error service_pace(struct http_request *rq);
/** What it showed was one. */
void service_guessed(struct http_request *rq);
/** It was done: for the access log. item: the file, output or participant it was about, or NULL. */
void rest_note(const struct http_request *rq, enum access_action action, const char *recording, const char *item);

/** Sends a file of the row, from here or from where it is, and notes it. The caller has seen that it may be sent. */
enum app_error rest_send(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file);

struct file_reply_conf;
/** Has a store it, that we may read? */
bool rest_stored_there(const struct http_request *rq, json_t *file);
/** Opens it: sets fd (-1 before), or object and passing, and st. APP_OK with neither: it has to wait for the store, and asks to be called again where that is
 *  allowed (rq->waits). APP_STORE_UNAVAILABLE. */
enum app_error rest_stored(struct http_request *rq, json_t *file, struct file_reply_conf *conf);
/** Is this file a storyboard's index, asked for over a signed link? Then it is sent with a signed link to its sheet in it; conf->fd is taken. */
bool rest_storyboard_applies(struct http_request *rq, json_t *file);
enum app_error rest_storyboard(struct http_request *rq, struct http_reply *rp, json_t *row, json_t *file, const struct file_reply_conf *conf);

/* handlers */
enum app_error rest_list(struct http_request *rq, struct http_reply *rp);
enum app_error rest_get(struct http_request *rq, struct http_reply *rp);
enum app_error rest_calls(struct http_request *rq, struct http_reply *rp);
enum app_error rest_events(struct http_request *rq, struct http_reply *rp);
enum app_error rest_delete(struct http_request *rq, struct http_reply *rp);
enum app_error rest_file(struct http_request *rq, struct http_reply *rp);
enum app_error rest_recompose(struct http_request *rq, struct http_reply *rp);
enum app_error rest_cancel(struct http_request *rq, struct http_reply *rp);
enum app_error rest_start(struct http_request *rq, struct http_reply *rp);
enum app_error rest_stop(struct http_request *rq, struct http_reply *rp);
enum app_error rest_pause(struct http_request *rq, struct http_reply *rp);
enum app_error rest_resume(struct http_request *rq, struct http_reply *rp);
enum app_error rest_erase(struct http_request *rq, struct http_reply *rp);
enum app_error rest_hold(struct http_request *rq, struct http_reply *rp);
enum app_error rest_release(struct http_request *rq, struct http_reply *rp);
enum app_error rest_keep(struct http_request *rq, struct http_reply *rp);
enum app_error rest_share(struct http_request *rq, struct http_reply *rp);
enum app_error rest_shares(struct http_request *rq, struct http_reply *rp);
enum app_error rest_unshare(struct http_request *rq, struct http_reply *rp);
enum app_error rest_shared(struct http_request *rq, struct http_reply *rp);
enum app_error page_openapi(struct http_request *rq, struct http_reply *rp);
enum app_error rest_accesses(struct http_request *rq, struct http_reply *rp);
enum app_error page_config(struct http_request *rq, struct http_reply *rp);
enum app_error page_file(struct http_request *rq, struct http_reply *rp);
enum app_error rest_metrics(struct http_request *rq, struct http_reply *rp);
enum app_error probe_live(struct http_request *rq, struct http_reply *rp);
enum app_error probe_ready(struct http_request *rq, struct http_reply *rp);

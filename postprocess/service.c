/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of routes, who may use them, and the probes. HTTP threads.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include "common/log.h"
#include "common/sync.h"
#include "postprocess/attempts.h"
#include "postprocess/forward.h"
#include "postprocess/gauges.h"
#include "postprocess/idempotent.h"
#include "postprocess/loopback.h"
#include "postprocess/ready.h"
#include "postprocess/service.h"

const struct route service_routes[] = {
	{ HTTP_GET, "/recordings", WHO_JOINED, rest_list, false },
	{ HTTP_GET, "/recording/:id", WHO_JOINED, rest_get, false },
	{ HTTP_GET, "/recording/:id/events", WHO_JOINED, rest_events, false },
	{ HTTP_GET, "/calls", WHO_JOINED, rest_calls, false },
	{ HTTP_DELETE, "/recording/:id", WHO_HOST_DELETE, rest_delete, false },
	{ HTTP_GET, "/recording/:id/files/:name", WHO_FILE, rest_file, false },
	{ HTTP_GET, "/recording/:id/files/:folder/:name", WHO_FILE, rest_file, false },
	{ HTTP_POST, "/recording/start", WHO_HOST_RECORD, rest_start, true },
	{ HTTP_POST, "/recording/stop", WHO_HOST_RECORD, rest_stop, true },
	{ HTTP_POST, "/recording/:id/pause", WHO_HOST_RECORD, rest_pause, true },
	{ HTTP_POST, "/recording/:id/resume", WHO_HOST_RECORD, rest_resume, true },
	{ HTTP_POST, "/recording/:id/recompose", WHO_HOST_RECORD, rest_recompose, false },
	{ HTTP_POST, "/recording/:id/cancel", WHO_HOST_RECORD, rest_cancel, false },
	{ HTTP_DELETE, "/recording/:id/participants/:participant", WHO_HOST_DELETE, rest_erase, false },
	{ HTTP_POST, "/recording/:id/hold", WHO_HOST_DELETE, rest_hold, false },
	{ HTTP_DELETE, "/recording/:id/hold", WHO_HOST_DELETE, rest_release, false },
	{ HTTP_POST, "/recording/:id/keep", WHO_HOST_DELETE, rest_keep, false },
	{ HTTP_POST, "/recording/:id/share", WHO_HOST, rest_share, false },
	{ HTTP_GET, "/recording/:id/shares", WHO_HOST, rest_shares, false },
	{ HTTP_DELETE, "/recording/:id/share/:share", WHO_HOST, rest_unshare, false },
	{ HTTP_GET, "/s/:secret", WHO_ANYONE, rest_shared, false },
	{ HTTP_GET, "/openapi.yaml", WHO_ANYONE, page_openapi, false },
	{ HTTP_GET, "/recording/:id/accesses", WHO_HOST, rest_accesses, false },
	{ HTTP_GET, "/config.json", WHO_ANYONE, page_config, false },
	{ HTTP_GET, "/metrics", WHO_OPERATOR, rest_metrics, true },
	{ HTTP_GET, "/livez", WHO_ANYONE, probe_live, false },
	{ HTTP_GET, "/healthz", WHO_ANYONE, probe_live, false },
	{ HTTP_GET, "/readyz", WHO_ANYONE, probe_ready, false },
	{ HTTP_GET, "/*", WHO_ANYONE, page_file, false },
	{ 0 },
};

static enum app_error check_bearer(struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	const char *header = http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION);
	const char *why = NULL;
	int err;

	if (!header || g_ascii_strncasecmp(header, "Bearer ", 7))
		return APP_UNAUTHORIZED;
	token_keys_reload(svc->keys);
	err = token_verify_why(&rq->token, svc->keys, header + 7, rq->now_ms / 1000, &why);
	if (err)
		g_strlcpy(rq->detail, why, sizeof(rq->detail));
	if (err)
		return err == -ETIME ? APP_TOKEN_EXPIRED : APP_UNAUTHORIZED;
	rq->has_token = true;
	rq->actor.joined = true;
	rq->actor.host = rq->token.host;
	rq->actor.grants = rq->token.grants;
	return APP_OK;
}

/* ?exp=<unix s>&sig=<hex>, for this very path. */
static enum app_error check_link(struct http_request *rq, const char *exp, const char *sig)
{
	const struct service *svc = rq->ctx;
	gint64 exp_s;
	int err;

	if (!exp || !g_ascii_string_to_signed(exp, 10, 0, G_MAXINT64, &exp_s, NULL))
		return APP_FORBIDDEN;
	token_keys_reload(svc->keys);
	err = url_verify(svc->keys, rq->path, exp_s, sig, rq->now_ms / 1000);
	if (err == -ETIME)
		g_strlcpy(rq->detail, "This link has expired; ask for the recording again to get a new one.", sizeof(rq->detail));
	if (err)
		return err == -ETIME ? APP_TOKEN_EXPIRED : APP_FORBIDDEN;
	rq->actor.link = true;
	return APP_OK;
}

/* Who was wrong too often waits, before anything is looked at. */
enum app_error service_pace(struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	char address[HTTP_ADDRESS_SIZE];

	http_client_address(rq, address);
	rq->retry_ms = svc->attempts ? attempts_wait_ms(svc->attempts, address, clock_mono_us()) : 0;
	if (!rq->retry_ms)
		return APP_OK;
	g_strlcpy(rq->detail, "Too many wrong tokens or links came from this address; try again after the time in Retry-After.", sizeof(rq->detail));
	return APP_TOO_MANY_ATTEMPTS;
}

void service_guessed(struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	char address[HTTP_ADDRESS_SIZE];

	http_client_address(rq, address);
	if (svc->attempts)
		attempts_wrong(svc->attempts, address, clock_mono_us());
}

/* A token or link that is no longer good was good once: that is no guess. */
static enum app_error check_proof(struct http_request *rq, const char *sig)
{
	enum app_error e = service_pace(rq);

	if (e)
		return e;
	e = sig ? check_link(rq, http_query(rq, "exp"), sig) : check_bearer(rq);
	if (e == APP_UNAUTHORIZED || e == APP_FORBIDDEN)
		service_guessed(rq);
	return e;
}

/* Behind a proxy everybody comes from this machine: whom it speaks for is no operator, nor is a page of another name in a browser here. */
static bool is_operator(const struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	const char *host = http_header(rq, MHD_HTTP_HEADER_HOST);
	char address[HTTP_ADDRESS_SIZE];

	if (svc->settings->metrics_public)
		return true;
	http_client_address(rq, address);
	return loopback_host(address) && host && loopback_authority(host) && !http_header(rq, "X-Forwarded-For") && !http_header(rq, "Forwarded");
}

/* What needs no proof is not asked for one: a page loads with an old token in the browser. */
enum app_error service_authorize(struct http_request *rq)
{
	const char *sig = rq->route->who == WHO_FILE ? http_query(rq, "sig") : NULL;
	enum app_error e;

	rq->actor = (struct actor){ .rest = true, .local = is_operator(rq) };
	e = permission_check(rq->route->who, &rq->actor);
	if (!e || (!sig && !http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION)))
		return e;
	e = check_proof(rq, sig);
	return e ? e : permission_check(rq->route->who, &rq->actor);
}

/* A POST that waits is about a call, and that may be another host's. */
enum app_error service_handle(struct http_request *rq, struct http_reply *rp)
{
	struct catalog_owner owner;
	bool post = rq->route->methods == HTTP_POST, of_call = post && rq->route->waits;
	enum app_error e = of_call ? forward_misled(rq) : APP_OK;

	if (e)
		return e;
	if (of_call && forward_applies(rq, &owner))
		return forward(rq, rp, &owner);
	return post ? idempotent_run(rq, rp) : rq->route->handle(rq, rp);
}

enum app_error probe_live(struct http_request *rq, struct http_reply *rp)
{
	(void)rq;
	return http_text(rp, MHD_HTTP_OK, "ok\n");
}

enum app_error rest_metrics(struct http_request *rq, struct http_reply *rp)
{
	const struct service *svc = rq->ctx;
	GString *text = g_string_new(NULL);
	enum app_error e;

	gauges_write(text, svc->catalog, svc->janus);
	e = http_text(rp, MHD_HTTP_OK, text->str);
	g_string_free(text, TRUE);
	return e;
}

/* Not part of liveness: a restart would mend nothing that is looked at here. */
enum app_error probe_ready(struct http_request *rq, struct http_reply *rp)
{
	bool verbose = http_has_query(rq, "verbose"), ready;
	GString *text = g_string_new(NULL);
	enum app_error e;

	ready = ready_look(rq->ctx, verbose, text);
	e = http_text(rp, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, ready && !verbose ? "ok\n" : text->str);
	g_string_free(text, TRUE);
	return e;
}

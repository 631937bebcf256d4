/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of routes, who may use them, and the probes. HTTP threads.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>
#include "common/log.h"
#include "postprocess/service.h"

const struct route service_routes[] = {
	{ HTTP_GET, "/recordings", AUTH_TOKEN, rest_list },
	{ HTTP_GET, "/recording/:id", AUTH_TOKEN, rest_get },
	{ HTTP_DELETE, "/recording/:id", AUTH_TOKEN, rest_delete },
	{ HTTP_GET, "/recording/:id/files/:name", AUTH_FILE, rest_file },
	{ HTTP_GET, "/recording/:id/files/:folder/:name", AUTH_FILE, rest_file },
	{ HTTP_POST, "/recording/:id/recompose", AUTH_TOKEN, rest_recompose },
	{ HTTP_POST, "/recording/:id/cancel", AUTH_TOKEN, rest_cancel },
	{ HTTP_DELETE, "/recording/:id/participants/:participant", AUTH_TOKEN, rest_erase },
	{ HTTP_GET, "/config.json", AUTH_NONE, page_config },
	{ HTTP_GET, "/livez", AUTH_NONE, probe_live },
	{ HTTP_GET, "/healthz", AUTH_NONE, probe_live },
	{ HTTP_GET, "/readyz", AUTH_NONE, probe_ready },
	{ HTTP_GET, "/vendor/:name", AUTH_NONE, page_vendor },
	{ HTTP_GET, "/*", AUTH_NONE, page_file },
	{ 0 },
};

bool may_download(const struct token *t)
{
	return t->host || (t->grants & GRANT_DOWNLOAD);
}

static enum app_error check_bearer(struct http_request *rq)
{
	const struct service *svc = rq->ctx;
	const char *header = http_header(rq, MHD_HTTP_HEADER_AUTHORIZATION);
	int err;

	if (!header || g_ascii_strncasecmp(header, "Bearer ", 7))
		return APP_UNAUTHORIZED;
	err = token_verify(&rq->token, svc->key, header + 7, rq->now_ms / 1000);
	rq->has_token = !err;
	if (err == -ETIME)
		return APP_TOKEN_EXPIRED;
	return err ? APP_UNAUTHORIZED : APP_OK;
}

/* ?exp=<unix s>&sig=<hex>, for this very path. */
static enum app_error check_link(struct http_request *rq, const char *exp, const char *sig)
{
	const struct service *svc = rq->ctx;
	gint64 exp_s;
	int err;

	if (!exp || !g_ascii_string_to_signed(exp, 10, 0, G_MAXINT64, &exp_s, NULL))
		return APP_FORBIDDEN;
	err = url_verify(svc->key, rq->path, exp_s, sig, rq->now_ms / 1000);
	if (err == -ETIME)
		g_strlcpy(rq->detail, "This link has expired; ask for the recording again to get a new one.", sizeof(rq->detail));
	if (err == -ETIME)
		return APP_TOKEN_EXPIRED;
	return err ? APP_FORBIDDEN : APP_OK;
}

enum app_error service_authorize(struct http_request *rq)
{
	const char *sig;

	switch (rq->route->auth) {
	case AUTH_NONE:
		return APP_OK;
	case AUTH_FILE:
		sig = http_query(rq, "sig");
		return sig ? check_link(rq, http_query(rq, "exp"), sig) : check_bearer(rq);
	default:
		return check_bearer(rq);
	}
}

enum app_error probe_live(struct http_request *rq, struct http_reply *rp)
{
	(void)rq;
	return http_text(rp, MHD_HTTP_OK, "ok\n");
}

static bool catalog_ready(const struct service *svc)
{
	int64_t version;

	return catalog_version(svc->catalog, &version) == 0;
}

static bool recordings_ready(const struct service *svc)
{
	return access(svc->settings->recordings, R_OK | W_OK | X_OK) == 0;
}

static bool jobs_ready(const struct service *svc)
{
	return !svc->jobs_alive || svc->jobs_alive(svc->jobs_arg);
}

/* What this process depends on. Not part of liveness: a restart would mend none of it. */
static const struct { const char *name; bool (*ready)(const struct service *svc); } checks[] = {
	{ "catalog", catalog_ready }, { "recordings", recordings_ready }, { "jobs", jobs_ready },
};

enum app_error probe_ready(struct http_request *rq, struct http_reply *rp)
{
	GString *text = g_string_new(NULL);
	bool ready = true;
	enum app_error e;

	for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
		bool good = checks[i].ready(rq->ctx);

		ready = ready && good;
		g_string_append_printf(text, "[%c]%s %s\n", good ? '+' : '-', checks[i].name, good ? "ok" : "failed");
	}
	e = http_text(rp, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, ready && !http_has_query(rq, "verbose") ? "ok\n" : text->str);
	g_string_free(text, TRUE);
	return e;
}

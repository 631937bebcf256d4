/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way to the plugin: {"janus":"message_plugin", …} to Janus' Admin API. HTTP threads.
 *
 *   handler ─ request ─▶ envelope with the secret ─▶ Janus ─▶ plugins/request_admin.c
 *           ◀─ answer ──────────── "response" ◀──────┘
 */
#include <curl/curl.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/fsio.h"
#include "common/json.h"
#include "common/log.h"
#include "postprocess/fetch.h"
#include "postprocess/janus_admin.h"
#include "postprocess/loopback.h"

enum { CONNECT_MS = 2000, ANSWER_MAX = 1 << 20, SECRET_MAX = 1024 };
enum { JANUS_UNAUTHORIZED = 403, JANUS_NO_PLUGIN = 460 };

struct janus_admin {
	char *url, *secret;
};

static int check_url(const char *url, char *why, size_t why_size)
{
	CURLU *u = curl_url();
	char *host = NULL, *scheme = NULL;
	bool good = u && !curl_url_set(u, CURLUPART_URL, url, 0) && !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
		    !curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) && !strcmp(scheme, "http") && loopback_host(host);

	if (!good)
		snprintf(why, why_size, "serve.janus_admin = \"%s\" is no http:// address on loopback, as http://127.0.0.1:7088/admin is", url);
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(u);
	return good ? 0 : -EINVAL;
}

static int read_secret(char **out, const char *path, char *why, size_t why_size)
{
	size_t len;
	int err = fs_read(path, SECRET_MAX, out, &len);

	if (err) {
		snprintf(why, why_size, "cannot read serve.janus_admin_secret_file %s: %s", path, err_str(err));
		return err;
	}
	(*out)[strcspn(*out, "\r\n")] = '\0';
	if (**out)
		return 0;
	snprintf(why, why_size, "serve.janus_admin_secret_file %s is empty", path);
	return -EINVAL;
}

int janus_admin_create(struct janus_admin **out, const char *url, const char *secret_file, char *why, size_t why_size)
{
	struct janus_admin *a = g_new0(struct janus_admin, 1);
	int err = check_url(url, why, why_size);

	if (!err)
		err = read_secret(&a->secret, secret_file, why, why_size);
	a->url = g_strdup(url);
	if (err)
		janus_admin_unref(&a);
	else
		*out = a;
	return err;
}

void janus_admin_unref(struct janus_admin **ap)
{
	struct janus_admin *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	g_free(a->url);
	g_free(a->secret);
	g_free(a);
}

/* What Janus itself refused. */
static int refusal(json_t *o)
{
	json_t *error = json_object_get(o, "error");
	const char *reason = json_str(error, "reason");
	int64_t code = json_num(error, "code", 0);

	log_warn("janus: the Admin API refused a request: %s", reason ? reason : "no reason given");
	if (code == JANUS_UNAUTHORIZED)
		return -EACCES;
	return code == JANUS_NO_PLUGIN ? -ENODEV : -EBADMSG;
}

static int read_answer(const struct fetched *f, json_t **answer)
{
	json_t *o = json_loadb(f->body->str, f->body->len, 0, NULL), *response = json_object_get(o, "response");
	const char *janus = json_str(o, "janus");
	int err = -EBADMSG;

	if (f->status == 200 && janus && !strcmp(janus, "success") && json_is_object(response)) {
		*answer = json_incref(response);
		err = 0;
	} else if (janus && !strcmp(janus, "error")) {
		err = refusal(o);
	}
	json_decref(o);
	return err;
}

int janus_admin_ask(struct janus_admin *a, json_t *request, json_t **answer, int timeout_ms)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	json_t *o = json_pack("{ss ss ss ss sO}", "janus", "message_plugin", "plugin", "janus.plugin.recroom", "transaction", "serve", "admin_secret", a->secret,
			      "request", request);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	struct fetch_conf conf = { .method = "POST", .url = a->url, .headers = headers, .body = text, .body_size = text ? strlen(text) : 0,
				   .connect_ms = CONNECT_MS, .timeout_ms = timeout_ms, .max = ANSWER_MAX };
	struct fetched f;
	int err = text ? fetch(&f, &conf) : -EINVAL;

	if (!err) {
		err = read_answer(&f, answer);
		fetched_free(&f);
	}
	if (err)
		log_warn("janus: no answer from %s: %s", a->url, err_str(err));
	json_decref(o);
	free(text);
	return err;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests to other servers. Called by janus_admin.c and forward.c on HTTP threads; a handle for each, since they are few.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "common/log.h"
#include "postprocess/fetch.h"

struct transfer {
	struct fetched *out;
	size_t max;
	bool too_large;
};

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->too_large = t->out->body->len + size * n > t->max;
	if (t->too_large)
		return 0;
	g_string_append_len(t->out->body, data, (gssize)(size * n));
	return size * n;
}

/* "Name: value\r\n" without a NUL, one at a time. */
static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct fetched *out = ((struct transfer *)arg)->out;
	const struct { const char *name; char *value; } rows[] = {
		{ "Content-Type:", out->content_type }, { "Location:", out->location }, { "Retry-After:", out->retry_after },
		{ "Idempotent-Replayed:", out->replayed },
	};
	size_t len = size * n;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t name = strlen(rows[i].name);

		if (len < name || len - name >= FETCH_HEADER || g_ascii_strncasecmp(data, rows[i].name, name))
			continue;
		g_strlcpy(rows[i].value, data + name, len - name + 1);
		g_strstrip(rows[i].value);
	}
	return len;
}

static int error_of(CURLcode code, const struct transfer *t)
{
	static const struct { CURLcode code; int err; } rows[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, -ECONNREFUSED }, { CURLE_COULDNT_CONNECT, -ECONNREFUSED }, { CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT },
		{ CURLE_PEER_FAILED_VERIFICATION, -EPROTO }, { CURLE_SSL_CONNECT_ERROR, -EPROTO }, { CURLE_SSL_CACERT_BADFILE, -EPROTO },
	};

	if (t->too_large)
		return -EFBIG;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].code == code)
			return rows[i].err;
	return -EIO;
}

static struct curl_slist *list_of(const char *const *headers)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");      /* bodies are small: no 100-continue */

	for (; headers && *headers; headers++)
		list = curl_slist_append(list, *headers);
	return list;
}

static void set_rules(CURL *curl, const struct fetch_conf *conf)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)conf->connect_ms);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)conf->timeout_ms);
	if (conf->ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, conf->ca);
}

int fetch(struct fetched *out, const struct fetch_conf *conf)
{
	struct transfer t = { .out = out, .max = conf->max };
	struct curl_slist *headers = list_of(conf->headers);
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;
	long status = 0;
	int err;

	memset(out, 0, sizeof(*out));
	out->body = g_string_new(NULL);
	if (curl && headers) {
		set_rules(curl, conf);
		curl_easy_setopt(curl, CURLOPT_URL, conf->url);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		if (conf->body) {
			curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)conf->body_size);
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, conf->body);
		}
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, conf->method);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, &t);
		curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
		curl_easy_setopt(curl, CURLOPT_HEADERDATA, &t);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	}
	err = code == CURLE_OK ? 0 : error_of(code, &t);
	if (err)
		log_debug("fetch %s %s: %s", conf->method, conf->url, curl_easy_strerror(code));
	out->status = (int)status;
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (err)
		fetched_free(out);
	return err;
}

void fetched_free(struct fetched *f)
{
	if (f->body)
		g_string_free(f->body, TRUE);
	f->body = NULL;
}
